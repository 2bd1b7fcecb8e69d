"""Files are written whole or not at all, and reading fails with a hint."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snnir.errors import UsageError
from snnir.io.files import git_lfs_pointer, read_bytes, write_all
from tests.support import failure


def content(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder, hidden ones too."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def refusal(files: dict[Path, bytes]) -> str:
    """Return the only finding of a write that must be refused."""
    (finding,) = failure(lambda: write_all(files), UsageError).diagnostics
    assert finding.code == "cannot-write"
    assert finding.where
    assert finding.hint
    return f"{finding.where}: {finding.message}"


@pytest.fixture
def pair(tmp_path: Path) -> dict[Path, bytes]:
    """Return two files to write; one of them exists already."""
    (tmp_path / "a.snnir").write_bytes(b"old a")
    return {tmp_path / "a.snnir": b"new a", tmp_path / "b.nir": b"new b"}


def test_files_are_written(pair: dict[Path, bytes], tmp_path: Path) -> None:
    """New and existing files get their content, and nothing else is left in the folder."""
    write_all(pair)
    assert content(tmp_path) == {"a.snnir": b"new a", "b.nir": b"new b"}


def test_nothing_to_write() -> None:
    """No files are no work."""
    write_all({})


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is a file in the working folder."""
    monkeypatch.chdir(tmp_path)
    write_all({Path("a"): b"1"})
    assert content(tmp_path) == {"a": b"1"}


def test_modes_are_kept(tmp_path: Path) -> None:
    """A file that is replaced keeps its mode; a new one gets the usual one, not that of a temporary file."""
    old, plain, new = tmp_path / "old", tmp_path / "plain", tmp_path / "new"
    old.write_bytes(b"")
    old.chmod(0o640)
    plain.write_bytes(b"")
    write_all({old: b"1", new: b"2"})
    assert old.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode == plain.stat().st_mode


def test_links_are_followed(tmp_path: Path) -> None:
    """A link goes on pointing at its file, which gets the content."""
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target"
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_all({link: b"new"})
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def _fails_at(count: int, error: BaseException, *, after: bool = False) -> Callable[..., Any]:
    """Return a rename that raises at its n-th call, before or after it has happened."""
    calls = iter(range(1, 1000))
    rename = os.replace

    def replace(source: Path, target: Path) -> Path:
        number = next(calls)
        if number == count and not after:
            raise error
        rename(source, target)
        if number == count:
            raise error
        return target

    return replace


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_an_interrupt_between_renames(
    pair: dict[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, *, after: bool
) -> None:
    """After a Ctrl-C at any rename, the old content stands as before and nothing new is left."""
    monkeypatch.setattr(Path, "replace", _fails_at(count, KeyboardInterrupt(), after=after))
    with pytest.raises(KeyboardInterrupt):
        write_all(pair)
    assert content(tmp_path) == {"a.snnir": b"old a"}


@pytest.mark.parametrize("count", [1, 2])
def test_a_rename_that_fails(
    pair: dict[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """A rename that the system refuses is a usage error that names its file; no file is changed."""
    monkeypatch.setattr(Path, "replace", _fails_at(count, OSError(errno.EBUSY, "Device or resource busy")))
    assert refusal(pair) == f"{list(pair)[count - 1]}: the file cannot be written: device or resource busy"
    assert content(tmp_path) == {"a.snnir": b"old a"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_failure_while_storing(
    pair: dict[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A full disk or a Ctrl-C before the renames leaves nothing behind."""

    def fsync(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fsync)
    kind = UsageError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(kind):
        write_all(pair)
    assert content(tmp_path) == {"a.snnir": b"old a"}


def test_a_file_system_without_hard_links(
    pair: dict[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where old content cannot be linked, it is copied, and restored just so."""

    def hardlink_to(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", hardlink_to)
    monkeypatch.setattr(Path, "replace", _fails_at(2, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_all(pair)
    assert content(tmp_path) == {"a.snnir": b"old a"}


def test_one_bad_place_stops_all(tmp_path: Path) -> None:
    """A missing folder is found before anything is written."""
    good, bad = tmp_path / "a", tmp_path / "none" / "b"
    assert refusal({good: b"1", bad: b"2"}).startswith(f"{bad}: there is no folder")
    assert content(tmp_path) == {}


def test_places_that_are_no_files(tmp_path: Path) -> None:
    """A folder, a device, a file used as a folder and an impossible name are refused, each with its reason."""
    (tmp_path / "file").write_bytes(b"")
    assert "this is a folder" in refusal({tmp_path: b""})
    assert "a device or pipe" in refusal({Path(os.devnull): b""})
    assert "there is no folder" in refusal({tmp_path / "file" / "b": b""})
    assert "embedded null" in refusal({tmp_path / "a\0b": b""})
    assert "too long" in refusal({tmp_path / ("x" * 300): b""})


def test_write_protected_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be written is not replaced, although a rename could."""
    file = tmp_path / "a"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "write-protected" in refusal({file: b"new"})
    assert file.read_bytes() == b"old"


def test_two_results_in_one_file(tmp_path: Path) -> None:
    """Two paths that lead to one file are refused."""
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert "two results go to this file" in refusal({tmp_path / "a": b"1", tmp_path / "link": b"2"})


def test_reading(tmp_path: Path) -> None:
    """A file that is there is read whole."""
    (tmp_path / "a").write_bytes(b"\x00\xff")
    assert read_bytes(tmp_path / "a") == b"\x00\xff"


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    """The error names the place, offers the nearest name and exits with code 2."""
    (tmp_path / "burgers.onnx").write_bytes(b"")
    error = failure(lambda: read_bytes(tmp_path / "burger.onnx"), UsageError)
    assert (error.diagnostics[0].code, error.exit_code) == ("no-such-file", 2)
    assert error.diagnostics[0].where == str(tmp_path / "burger.onnx")
    assert "burgers.onnx" in error.diagnostics[0].hint
    missing = failure(lambda: read_bytes(tmp_path / "none" / "x"), UsageError)
    assert "there is no folder" in missing.diagnostics[0].hint


def test_reading_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders, impossible names and missing rights are usage errors."""
    assert "this is a folder" in str(failure(lambda: read_bytes(tmp_path), UsageError))
    assert "embedded null" in str(failure(lambda: read_bytes(tmp_path / "\0"), UsageError))

    def denied(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    error = failure(lambda: read_bytes(tmp_path / "a"), UsageError)
    assert error.diagnostics[0].code == "cannot-read"
    assert "permission denied" in error.diagnostics[0].message


def test_pointers_of_git_lfs() -> None:
    """What Git LFS leaves in place of a file is distinguished from every other content."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert git_lfs_pointer(pointer)
    assert not any(map(git_lfs_pointer, (b"", b"\x08\x08\x12\x07pytorch", b"\x93NUMPY\x01", b"version 2\n")))
