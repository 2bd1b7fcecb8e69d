"""What is said of the programs that run files: whether they are here."""

from __future__ import annotations

from pathlib import Path

import pytest

from snnir.io.processes import is_installed


def test_a_folder_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a file counts: any folder of the name would be found as a package without content."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "some_program").mkdir()
    assert not is_installed("some_program")
    assert not is_installed("some_program.core.resources")
    (tmp_path / "some_program" / "core").mkdir()
    (tmp_path / "some_program" / "core" / "resources.py").touch()
    assert is_installed("some_program.core.resources")
    (tmp_path / "other_program.py").touch()
    assert is_installed("other_program")
    assert not is_installed("other_program.core")
