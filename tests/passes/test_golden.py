"""Passes in text form: what stands above the arrow becomes what stands below it.

A case is ``tests/golden/passes/NAME/*.txt``, NAME the specification of a pass. Passes that read calibration points have
two arrows: above the first is the analog network, which the passes of the first line turn into what is between them.
Only the part above the first arrow is written by hand: ``SNNIR_GOLDEN=write`` makes the others.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from snnir.ir import Graph
from snnir.passes import Context, run_pass
from snnir.passes.catalogue import pass_named, pass_names
from snnir.passes.sequence import run_chosen
from snnir.passes.specification import parse_passes
from snnir.registry import backend_for
from snnir.text import parse_graph, print_graph
from tests.support import GOLDEN, assert_golden

ARROW = "=>\n"
CASES = {
    several: sorted(
        file.relative_to(GOLDEN)
        for file in (GOLDEN / "passes").rglob("*.txt")
        if file.read_text(encoding="utf-8").startswith("# prepared by ") == several
    )
    for several in (False, True)
}
HEAD = re.compile(r"# prepared by (?P<passes>\S+), for (?P<target>\S+)(, in (?P<steps>\d+) steps?)?\n")
"""The first line of a case that reads points."""
POINTS = np.linspace(-1, 1, 33, dtype=np.float32)[:, np.newaxis]
"""Of the only input, in order: what a stream needs."""
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)")
"""With a point or an exponent; integers must be equal."""


@pytest.mark.parametrize("path", CASES[False], ids=str)
def test_pass_in_text_form(path: Path) -> None:
    """The graph above the arrow becomes the one below it."""
    before, _, _ = (GOLDEN / path).read_text(encoding="utf-8").partition(ARROW)
    (step,) = parse_passes(path.parent.name)
    made = run_pass(step, parse_graph(before), Context({}, steps=4))
    assert_golden(str(path), f"{before}{ARROW}{print_graph(made, provenance=False)}")


def prepared(head: str, analog: Graph) -> tuple[Graph, Context]:
    """Return the graph that a case's first line asks for, and what the pass may read besides."""
    asked = HEAD.match(head)
    assert asked is not None, head
    (value,) = analog.inputs
    semantics = backend_for(asked["target"]).target.semantics
    context = Context({value.name: POINTS}, semantics, int(asked["steps"] or 4), bounded=True, ann=analog)
    floats = replace(context, semantics=replace(semantics, integer=None))
    return run_chosen(analog, parse_passes(asked["passes"]), floats), context


@pytest.mark.parametrize("path", CASES[True], ids=str)
def test_calibrated_pass_in_text_form(path: Path) -> None:
    """The graph between the arrows becomes the one below, numbers up to rounding."""
    analog, _, _ = (GOLDEN / path).read_text(encoding="utf-8").partition(ARROW)
    before, context = prepared(analog, parse_graph(analog))
    (step,) = parse_passes(path.parent.name)
    made = run_pass(step, before, context)
    assert_close(str(path), ARROW.join((analog, *(print_graph(each, provenance=False) for each in (before, made)))))


def assert_close(path: str, text: str) -> None:
    """Check a text against a golden file, in which other processors round differently."""
    if os.environ.get("SNNIR_GOLDEN") == "write":
        assert_golden(path, text)
    wanted = (GOLDEN / path).read_text(encoding="utf-8")
    assert NUMBER.sub("#", text) == NUMBER.sub("#", wanted)
    numbers, expected = ([float(each) for each in NUMBER.findall(part)] for part in (text, wanted))
    np.testing.assert_allclose(numbers, expected, rtol=1e-3, atol=3e-4)


def test_every_pass_has_a_case() -> None:
    """Canonicalising has a folder and tests of its own."""
    own = {name for name in pass_names() if pass_named(name).__module__.startswith("snnir.")}
    folders = {parse_passes(path.parent.name)[0].name for paths in CASES.values() for path in paths}
    assert own - folders == {"canonicalise"}
