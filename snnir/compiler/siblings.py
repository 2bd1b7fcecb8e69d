"""Files with one stem: an archive belongs to the files beside it, and one of another target would take it from them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from snnir.errors import Diagnostic, SnnirError
from snnir.registry import backend_for
from snnir.text import archive_target


def orphaned(written: Collection[Path], target: str) -> list[Diagnostic]:
    """Return what stands against writing files: that files of another target would lose their archive.

    An archive that is there may be replaced where it is of the same target, or where no file that belongs to it stays.

    Args:
        written: The files, archives among them.
        target: That they are for.
    """
    found: list[Diagnostic] = []
    for path in written:
        other = _target_of(path) if path.suffix == ".snnir" else None
        if other is None or other == target:
            continue
        with suppress(SnnirError):  # a target that is not installed here: whatever it wrote is not known
            beside = (path.with_suffix(ending) for ending in backend_for(other).target.artifacts)
            left = [file.name for file in beside if file.is_file() and file not in written]
            if left:
                message = f"this is the archive of {' and '.join(left)} (target {other}), which needs it"
                hint = f"choose another name, e.g. {path.stem}-{target}{path.suffix}, or remove {' and '.join(left)}"
                found.append(Diagnostic("other-archive", message, str(path), hint))
    return found


def _target_of(path: Path) -> str | None:
    if not path.is_file():  # reading a pipe would wait for who writes into it
        return None
    try:
        return archive_target(path.read_bytes())
    except OSError:
        return None
