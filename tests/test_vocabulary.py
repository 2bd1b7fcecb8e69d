"""The words of the tracked text.

Networks and neurons have established terms (presynaptic, decoded, residual, compensate); words for what people do, in
the place of these, make readers translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ("snnir", "backends", "frontends", "examples", "benchmarks", "docs", "README.md", "CHANGELOG.md")
SUFFIXES = frozenset({".md", ".py"})
SUBJECT = r"(networks?|neurons?|layers?|units?|pass(es)?|graphs?|synapses?|receivers?|senders?)"
FILLER = r"( (that|which|it|they|can|cannot|do|does|must|not|only|to|itself|already)){0,3}"
BANNED = re.compile(
    r"\b(hear|hears|heard|feels|whoever|somebody|nobody|anybody|by the letter|(makes?|made|making) (up|good) for)\b"
    rf"|\b{SUBJECT}{FILLER} (say|says|said|know|knows|want|wants)\b",
    re.IGNORECASE,
)
KEPT = re.compile(r'"heard"|^    heard: float$', re.MULTILINE)
"""A key of the plan in an emitted Lava program, which is a file format."""


def texts() -> Iterator[Path]:
    """Yield the files whose words are checked."""
    for place in map(ROOT.joinpath, PLACES):
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in files if path.suffix in SUFFIXES)


def banned(text: str) -> list[str]:
    """Return the banned expressions of a text, also where a line ends in them."""
    words = re.sub(r"[\s_#]+", " ", KEPT.sub("", text))
    return [found.group() for found in BANNED.finditer(words)]


def test_text_is_plain_technical_english() -> None:
    """Docstrings, comments, messages, identifiers and pages use the vocabulary of the field."""
    found = {str(path.relative_to(ROOT)): banned(path.read_text(encoding="utf-8")) for path in texts()}
    assert len(found) > 100
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text",
    [
        "neurons that hear\n    spikes",
        "the layers say",
        "heard_spikes = 1",
        "reset BY THE\n# LETTER",
        "made up for",
    ],
)
def test_banned_words_are_found(text: str) -> None:
    """In any case, in identifiers, and across the ends of lines."""
    assert banned(text)


@pytest.mark.parametrize("text", ["known units", "the report says", "parts that make up a network", "a unit is known"])
def test_other_words_are_not(text: str) -> None:
    """Documents state things, and a value may be known."""
    assert not banned(text)
