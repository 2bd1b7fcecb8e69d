"""Tables as text."""

from __future__ import annotations

import pytest

from snnir.cli.output import echo, show
from snnir.metrics.table import Table, visible


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers stand on the right, words on the left, notes below."""
    show([Table("title", (("a", "1"), ("long", "22")), ("name", "count"), ("A note.",)), Table("end")])
    expected = "title\n  name  count\n  a         1\n  long     22\n  A note.\n\nend\n"
    assert capsys.readouterr().out == expected


def test_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without rows is its header."""
    show([Table("title", (), ("name", "count"))])
    assert capsys.readouterr().out == "title\n  name  count\n"


def test_cells_are_one_line_of_visible_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends and escape codes in a cell do not break the table."""
    show([Table("t", (("a\nb", "\x1b[2J\u202e"),))])
    assert capsys.readouterr().out == "t\n  a b  \\x1b[2J\\u202e\n"


def test_rich_markup_is_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that look like markup are shown as they are, on a terminal too."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show([Table("[bold]t[/bold]", (("[red]name", ":smile: [/]"),), ("[b]", "x"), ("[i]note",))])
    text = capsys.readouterr().out
    assert all(part in text for part in ("[bold]t[/bold]", "[red]name", ":smile: [/]", "[b]", "[i]note"))


@pytest.mark.parametrize(("text", "seen"), [("na\u00efve", "na\u00efve"), ("\x07", "\\x07"), ("\ud800", "\\ud800")])
def test_visible(text: str, seen: str) -> None:
    """Letters of any language stay, whatever else is escaped."""
    assert visible(text) == seen


def test_echo_of_what_no_encoding_has(capsys: pytest.CaptureFixture[str]) -> None:
    """A lone surrogate, as in file names that are not UTF-8, is printed escaped."""
    echo("\udcff")
    assert capsys.readouterr().out == "\\udcff\n"
