"""Codings in the text form: printed, read back, and refused where they are none."""

from __future__ import annotations

import pytest

from snnir.errors import ModelError
from snnir.ir import Graph, Value
from snnir.text import parse_graph, print_graph
from snnir.types import ANALOG, Coding, Current, Estimate, Spikes
from tests.support import failure, typed

CODINGS: dict[str, Coding] = {
    "": ANALOG,
    "current<8> ": Current(8),
    "current<8,binary> ": Current(8, "binary"),
    "estimate<8> ": Estimate(8),
    "spikes<rate,8> ": Spikes("rate", 8),
    "spikes<radix,8> ": Spikes("radix", 8),
    "spikes<phase,8> ": Spikes("phase", 8),
}


@pytest.mark.parametrize("text", CODINGS)
def test_codings_are_printed_and_read(text: str) -> None:
    """Every coding has one text, with the weighting of currents where it is not even."""
    graph = Graph("wire", (Value("x", typed("N", coding=CODINGS[text])),), (), ("x",))
    printed = print_graph(graph)
    assert f"input %x: {text}float32[N]" in printed
    assert parse_graph(printed) == graph


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("current<8,binry>", "there is no weighting 'binry'"),
        ("current<8,>", "expected a weighting"),
        ("estimate<>", "expected a number of steps"),
        ("estimate<8,binary>", "expected '>'"),
    ],
)
def test_what_is_no_coding_is_refused(text: str, fragment: str) -> None:
    """A message says what was expected, and the place."""
    source = f'snnir 1 graph "wire" {{ input %x: {text} float32[N] output %x }}'
    (found,) = failure(lambda: parse_graph(source), ModelError).diagnostics
    assert found.code == "text-syntax"
    assert fragment in found.message


def test_spikes_have_a_weighting() -> None:
    """Digits count by their place, spikes of other codes all alike."""
    assert [Spikes(code, 4).weighting for code in ("rate", "population", "phase", "radix")] == ["even"] * 2 + [
        "binary"
    ] * 2
