"""Passes in text form: what stands above the arrow becomes what stands below it.

A case is ``tests/golden/passes/NAME/*.txt``, NAME the specification of a pass that reads no points.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from snnir.ir import Graph
from snnir.passes import Context, run_pass
from snnir.passes.specification import parse_passes
from snnir.text import parse_graph, print_graph
from tests.support import GOLDEN, assert_golden

CASES = sorted(file.relative_to(GOLDEN) for file in (GOLDEN / "passes").rglob("*.txt"))


def after(path: Path, graph: Graph) -> Graph:
    """Return a graph after the pass that a folder is named after."""
    (step,) = parse_passes(path.parent.name)
    return run_pass(step, graph, Context({}, steps=4))


@pytest.mark.parametrize("path", CASES, ids=str)
def test_pass_in_text_form(path: Path) -> None:
    """The graph above the arrow becomes the one below it."""
    before, _, _ = (GOLDEN / path).read_text(encoding="utf-8").partition("=>\n")
    made = after(path, parse_graph(before))
    assert_golden(str(path), f"{before}=>\n{print_graph(made, provenance=False)}")
