"""The public names, and what a notebook shows."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import snnir
from snnir.codes.ramps.activations import Activations
from snnir.errors import ModelError, UsageError
from snnir.ir import Graph, Tensor
from snnir.ops import Dense, Tanh
from snnir.passes import Context, Pass
from snnir.passes.least_squares import LeastSquares
from tests.networks import mlp
from tests.support import failure

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}


@dataclass(frozen=True)
class Renamed(Pass):
    """Gives the nodes other names, and scales all weights."""

    name: ClassVar[str] = "renamed"
    factor: float = 1.0
    output: str = ""

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with changed nodes."""
        nodes = []
        for node in graph.nodes:
            op = node.op
            if isinstance(op, Dense):
                op = replace(op, weight=Tensor((op.weight.array * self.factor).astype(op.weight.dtype)))
            nodes.append(replace(node, name=f"my.{node.name}", op=op))
        made = graph.with_nodes(tuple(nodes))
        return replace(made, outputs=(graph.nodes[0].output.name,)) if self.output else made


def test_public_names_are_listed() -> None:
    """Tab shows every public name before any was used, and every one of them is there."""
    program = "import snnir; print(sorted(set(snnir.__all__) - set(dir(snnir))), 'numpy' in __import__('sys').modules)"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert made.stdout.split() == ["[]", "False"]
    assert all(getattr(snnir, name) is not None for name in snnir.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = snnir.nonsense  # type: ignore[attr-defined]


def test_version_and_targets() -> None:
    """The version is the distribution's, and targets are listed by name."""
    assert snnir.__version__.count(".") == 2
    assert {"nir", "numpy", "loihi2"} <= set(snnir.targets())


def test_what_is_shown_is_short() -> None:
    """Graphs, nodes and compiled networks have a line; a notebook shows a table, whose texts are escaped."""
    graph = mlp(2, 6, 1)
    compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, code="rate", steps=4, calibration="none")
    for shown in (repr(graph), repr(graph.nodes[0]), repr(compiled)):
        assert len(shown) < 200
        assert "\n" not in shown
    assert repr(graph).startswith("<Graph 'net': ")
    assert repr(compiled).startswith("<Compiled network 'net', target numpy, code rate, steps 4, rel_l2 ")
    html = replace(graph, name="a<b")._repr_html_()
    assert html.count("<tr>") == 2 + len(graph.nodes)
    assert "a&lt;b" in html
    assert "rel_l2" in compiled._repr_html_()


def test_own_passes_are_run_before_conversion() -> None:
    """What they make of the canonical network is what is converted."""
    graph = mlp(2, 6, 1)
    compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, code="rate", steps=4, passes=(Renamed(),))
    assert all(node.name.startswith("my.") for node in compiled.ann.nodes)
    assert [type(node.op) for node in compiled.ann.nodes] == [Dense, Tanh, Dense]
    plain = snnir.compile(graph, target="numpy", domain=DOMAIN, code="rate", steps=4)
    np.testing.assert_array_equal(compiled.run(np.zeros((3, 2))), plain.run(np.zeros((3, 2))))


@pytest.mark.parametrize(
    ("step", "kind", "code", "message"),
    [
        (Renamed(1.01), ModelError, "pass-differs", "the passes change what the network computes by 2.0e-02"),
        (Renamed(output="other"), ModelError, "broken-pass", "passes renamed: it gives other outputs"),
        (Activations(), ModelError, "broken-pass", "passes activations: node "),
        (LeastSquares(), UsageError, "pass-order", "least-squares takes a graph that is scaled"),
    ],
    ids=lambda value: value.name if isinstance(value, Pass) else None,
)
def test_own_passes_are_checked(step: Pass, kind: type[snnir.SnnirError], code: str, message: str) -> None:
    """They give back an analog network with the same inputs and outputs, which computes the same."""
    graph = mlp(2, 6, 1)
    error = failure(
        lambda: snnir.compile(graph, target="numpy", domain=DOMAIN, code="rate", steps=4, passes=(step,)), kind
    )
    assert [each.code for each in error.diagnostics] == [code]
    assert message in str(error)
