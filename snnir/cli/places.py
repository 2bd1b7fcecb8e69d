"""Where results go: checked before the work, made after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from snnir.errors import Diagnostic, UsageError
from snnir.io.files import write_all


class Collector:
    """Collects what is wrong with a command, to report all of it at once."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def add(self, code: str, message: str, where: str = "", hint: str = "") -> None:
        """Note a finding."""
        self.found.append(Diagnostic(code, message, where, hint))

    @contextmanager
    def collecting(self) -> Generator[None, None, None]:
        """Note the findings of a usage error that is raised inside, and go on."""
        try:
            yield
        except UsageError as error:
            self.found += [each for each in error.diagnostics if each not in self.found]

    def finish(self) -> None:
        """Raise a UsageError if anything was found."""
        if self.found:
            raise UsageError(self.found)


def check_places(
    outputs: Iterable[tuple[str, Path]], inputs: Iterable[Path], folder: Path | None = None
) -> list[Diagnostic]:
    """Return what stands against writing files, found without writing them.

    Args:
        outputs: Files to be written, each with the option that it comes from.
        inputs: Files that are read, and so must not be replaced.
        folder: Will be made if it is missing.
    """
    read = {_real(path) for path in inputs}
    seen: set[Path] = set()
    found = [] if folder is None else _folder_problem(folder)
    # Files in a folder that is still to be made, or that takes none, cannot be checked.
    unchecked = None if folder is None or (folder.is_dir() and not found) else _real(folder)
    for option, path in outputs:
        real = _real(path)
        if real in read:
            found.append(_unwritable(option, path, "the result would replace what it is made from", "name another"))
        elif real in seen:
            found.append(_unwritable(option, path, "two results go to this file", "name two different files"))
        elif _real(path.parent) != unchecked:
            found += _file_problem(path, option)
        seen.add(real)
    return found


def write_results(files: Mapping[Path, bytes], folder: Path | None = None) -> None:
    """Write all files or none; a folder that was made for them goes again if they cannot be written.

    Raises:
        UsageError: They cannot be written; code ``cannot-write``.
    """
    made: list[Path] = []
    try:
        if folder is not None:
            _make(folder, made)
        write_all(files)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        raise


def _make(folder: Path, made: list[Path]) -> None:
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError([_unwritable("--output", path, f"the folder cannot be made: {_reason(error)}")]) from None
        made.append(path)


def _file_problem(path: Path, option: str) -> list[Diagnostic]:
    if path.is_dir():
        return [_unwritable(option, path, "this is a folder", "name a file in it")]
    if path.exists() and not path.is_file():
        return [_unwritable(option, path, "this is a device or pipe, not a file", "name a file")]
    if path.exists() and not os.access(path, os.W_OK):
        return [_unwritable(option, path, "the file is write-protected", "name another, or make it writable")]
    parent = _real(path).parent
    if not parent.is_dir():
        return [_unwritable(option, path, f"there is no folder {str(path.parent)!r}", "create it first")]
    return _denied(option, path, parent)


def _folder_problem(folder: Path) -> list[Diagnostic]:
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return [_unwritable("--output", folder, f"{str(nearest)!r} is a file, not a folder", "name another folder")]
    return _denied("--output", folder, nearest)


def _denied(option: str, path: Path, folder: Path) -> list[Diagnostic]:
    """Try to make a file in a folder: asking for permissions is not enough, e.g. on a read-only disk."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return []
    except OSError as error:
        message = f"the folder {str(folder)!r} cannot be written to: {_reason(error)}"
        return [_unwritable(option, path, message, "choose another place")]


def _unwritable(option: str, path: Path, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic("cannot-write", message, f"{option} {path}", hint)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
