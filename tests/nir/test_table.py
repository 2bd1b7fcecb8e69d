"""The table of readers in the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from snnir_nir.readers import READERS
from snnir_nir.table import put, table

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_table_of_today() -> None:
    """After a change of a profile: ``python -m snnir_nir.table README.md``."""
    text = README.read_text(encoding="utf-8")
    assert table() in text
    assert put(text) == text


def test_every_reader_and_fault_is_in_it() -> None:
    """Nothing that a profile says is left out."""
    for reader in READERS:
        for part in (f"| `{reader.name}` |", reader.observed, reader.install, reader.summary, *reader.faults):
            assert part in table()


def test_a_page_without_a_place_for_it_is_refused() -> None:
    """It is not put anywhere else."""
    with pytest.raises(ValueError, match="the page has no"):
        put("# A page\n")
