"""Files: written whole or not at all, and read with errors that state what to do."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from snnir.errors import UsageError, usage_error

GIT_LFS_HINT = "this is what Git LFS leaves in place of a file; fetch the file: git lfs pull"
"""What to do about a file that is a pointer."""
_LFS = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class _Plan:
    """One file on its way.

    Attributes:
        path: As the caller named it.
        target: The file behind it, links followed.
        existed: Something stood there before.
        new: Temporary file with the new content.
        old: Temporary name of the old content.
    """

    path: Path
    target: Path
    existed: bool
    new: Path
    old: Path


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write all files, or none: after any failure, an interrupt included, every place is as it was.

    Each content goes into a temporary file in the folder of its target and to the disk; only then are all
    renamed into place. Links are followed; a file that is replaced hands on its mode.

    Raises:
        UsageError: One of them cannot be written; code ``cannot-write``.
    """
    plans: list[_Plan] = []
    for path in files:
        plan = _plan(path)
        if any(plan.target == other.target for other in plans):
            raise usage_error("cannot-write", "two results go to this file", str(path), "name two different files")
        plans.append(plan)
    try:
        for plan in plans:
            with _explained(plan.path):
                _store(plan, files[plan.path])
        _commit(plans)
    finally:
        for plan in plans:
            _discard(plan)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        UsageError: It cannot be read; codes ``no-such-file`` and ``cannot-read``.
    """
    place = str(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise usage_error("no-such-file", "there is no such file", place, _nearest(path)) from None
    except IsADirectoryError:
        raise usage_error("cannot-read", "this is a folder", place, "name a file in it") from None
    except (OSError, ValueError) as error:
        raise usage_error("cannot-read", f"the file cannot be read: {_reason(error)}", place) from None


def git_lfs_pointer(data: bytes) -> bool:
    """Return whether a file's content is the pointer that Git LFS leaves where the file itself was never fetched."""
    return data.startswith(_LFS)


def _plan(path: Path) -> _Plan:
    with _explained(path):
        target = Path(os.path.realpath(path))
        existed = target.exists()
    _check(path, target, existed=existed)
    token = secrets.token_hex(8)
    new, old = (target.with_name(f".snnir-{token}.{kind}") for kind in ("new", "old"))
    return _Plan(path, target, existed, new, old)


def _check(path: Path, target: Path, *, existed: bool) -> None:
    if not target.parent.is_dir():
        raise _unwritable(path, f"there is no folder {str(path.parent)!r}", "create it first")
    if target.is_dir():
        raise _unwritable(path, "this is a folder", "name a file in it")
    if existed and not target.is_file():
        raise _unwritable(path, "this is a device or pipe, not a file", "write to a file")
    # A rename would replace a file that its owner has protected.
    if existed and not os.access(target, os.W_OK):
        raise _unwritable(path, "the file is write-protected", "choose another name, or make it writable")


def _store(plan: _Plan, content: bytes) -> None:
    """Bring the new content to the disk beside its target, and give the old content a second name."""
    with plan.new.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if not plan.existed:
        return
    shutil.copymode(plan.target, plan.new)
    try:
        plan.old.hardlink_to(plan.target)
    except OSError:  # a file system without hard links
        shutil.copy2(plan.target, plan.old)


def _commit(plans: list[_Plan]) -> None:
    try:
        for plan in plans:
            with _explained(plan.path):
                plan.new.replace(plan.target)
    except BaseException:
        for plan in plans:
            # What happened is read off the disk: an interrupt can fall between a rename and any note of it.
            if not plan.new.exists():
                _restore(plan)
        raise


def _restore(plan: _Plan) -> None:
    with suppress(OSError):
        if plan.existed:
            plan.old.replace(plan.target)
        else:
            plan.target.unlink(missing_ok=True)


def _discard(plan: _Plan) -> None:
    for leftover in (plan.new, plan.old):
        with suppress(OSError):
            leftover.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Generator[None, None, None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _unwritable(path, f"the file cannot be written: {_reason(error)}", "choose another place") from None


def _unwritable(path: Path, message: str, hint: str) -> UsageError:
    return usage_error("cannot-write", message, str(path), hint)


def _reason(error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or str(error)).lower()


def _nearest(path: Path) -> str:
    with suppress(OSError):
        near = get_close_matches(path.name, [entry.name for entry in path.parent.iterdir()], n=1)
        return f"did you mean {str(path.with_name(near[0]))!r}?" if near else ""
    return f"there is no folder {str(path.parent)!r}"
