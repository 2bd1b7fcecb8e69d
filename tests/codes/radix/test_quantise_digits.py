"""The radix code in integers: tables, digits, and the network as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.analysis import dynamic_ranges, error_bound, range_findings, static_ranges
from snnir.codes import Radix, spiking_pipeline
from snnir.codes.exact import Table
from snnir.codes.exact.table import looked_up
from snnir.codes.radix import SignedDigits
from snnir.codes.radix.scan import accumulate_integers, integer_digits
from snnir.ir import Graph, Tensor
from snnir.ops import Dense
from snnir.passes import Context, analog_pipeline
from snnir.passes.join import Join
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from snnir_lava.targets import FORMAT
from tests.networks import SHAPES, points_for
from tests.support import assert_round_trip

FLOAT = Semantics(dtype="float64")
WHOLE = Semantics(dtype="float64", integer=replace(FORMAT, threshold_bits=12))


def row(values: list[int]) -> Array:
    """Return one step and one point."""
    return np.array(values, np.float64)[np.newaxis, np.newaxis]


@given(st.lists(st.integers(-(2**20), 2**20), min_size=2, max_size=14))
def test_digits_arrive_shifted(current: list[int]) -> None:
    """The estimate is what Python's shifts make of it."""
    expected = sum(arriving >> place for place, arriving in enumerate(current))
    found = accumulate_integers(np.array(current, np.float64)[:, np.newaxis, np.newaxis])
    assert found.tolist() == [[[expected]]]


@given(
    st.lists(st.integers(-(2**15), 2**15), min_size=3, max_size=9),
    st.lists(st.integers(-5000, 5000), min_size=1, max_size=5),
    st.integers(0, 8),
    st.integers(-2000, 2000),
)
def test_tables(values: list[int], estimates: list[int], bits: int, start: int) -> None:
    """Lines between entries, and what the ends are beyond them, in Python's integers."""
    table = Table(Tensor(np.array(values)), Tensor(np.full(len(estimates), start)), bits, 1.0, 0.0)
    expected = []
    for estimate in estimates:
        entry = min(max((estimate - start) >> bits, 0), len(values) - 2)
        rest = min(max(estimate - start - (entry << bits), 0), 1 << bits)
        expected.append(values[entry] + ((values[entry + 1] - values[entry]) * rest >> bits))
    assert looked_up(table, row(estimates))[0, 0].tolist() == expected


@given(st.integers(0, 2**22), st.integers(-(2**15), 2**15), st.integers(-(2**15), 2**15), st.integers(1, 14))
def test_digits(amplitude: int, offset: int, value: int, steps: int) -> None:
    """The digits leave at most two thirds of the last one, and no residue ever needs more than 24 bits."""
    op = SignedDigits(Tensor(np.array([amplitude])), Tensor(np.array([offset])))
    digits = integer_digits(op, row([value]), steps)[:, 0, 0].astype(int).tolist()
    left = value - offset
    in_range = 3 * abs(left) <= 5 * amplitude
    for digit in digits if in_range else ():
        assert abs(left) < 2**23
        assert digit == (0 if 3 * abs(left) < 2 * amplitude else (left > 0) - (left < 0))
        left = 2 * (left - amplitude * digit)
    if amplitude == 0:
        assert not any(digits)
    elif in_range:
        assert 3 * abs(left) <= 4 * amplitude


def converted(graph: Graph, semantics: Semantics, steps: int = 10) -> tuple[Graph, Graph, Context]:
    """Return a network in the radix code, what it came from, and the context."""
    context = Context(points_for(graph, 300), semantics, steps)
    ann = analog_pipeline(graph, context)
    lowering = () if semantics.integer is None else (Join(),)
    return (
        spiking_pipeline(ann, context, Radix(), "least-squares", lowering=lowering).graph,
        ann,
        context,
    )


@pytest.mark.parametrize("name", ["mlp", "mlp-sin", "adaptive", "separable", "hard-constraint", "modified-mlp"])
def test_integers_lose_little(name: str) -> None:
    """All tensors between encode and decode are integers that fit, and the error is that of the float network."""
    graph = SHAPES[name]()
    made, ann, _ = converted(graph, WHOLE)
    assert_round_trip(made)
    for node in made.of(Dense, SignedDigits, Table):
        op: Any = node.op
        tensors = [getattr(op, field, None) for field in ("weight", "amplitude", "offset", "values", "start")]
        if made.types[node.output.name].coding != ann.inputs[0].type.coding:
            assert {each.dtype for each in tensors if each is not None} == {"int32"}
    points = points_for(graph, 200, seed=7)
    ranges = (*static_ranges(made, WHOLE), *dynamic_ranges(made, points, WHOLE))
    assert not tuple(range_findings(ranges))
    assert "membrane" in {each.quantity for each in ranges}
    expected, plain = evaluate(ann, points), converted(graph, FLOAT)[0]
    for output in graph.outputs:
        found, of_floats = (
            float(np.linalg.norm(values[output] - expected[output]) / np.linalg.norm(expected[output]))
            for values in (evaluate(made, points, semantics=WHOLE), evaluate(plain, points, semantics=FLOAT))
        )
        assert found <= 2 * of_floats + 2e-3


def test_bound_reads_estimates_through_tables() -> None:
    """What a layer's current decodes to is a pre-activation again, by the scale and the bias in its table."""
    graph = SHAPES["mlp"]()
    made, ann, context = converted(graph, WHOLE)
    bound = error_bound(made, ann, context.points, WHOLE)
    assert all(part.local_error < 1e-2 for part in bound.parts)
    assert bound.rel_l2 <= bound.telescoped * (1 + 1e-9)
