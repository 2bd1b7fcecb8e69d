"""Weights on grids: sums of them are the same in any order, and hardly changed."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import find_afferents
from snnir.codes.phase.grid import Grid
from snnir.ir import Graph
from snnir.ops import Dense
from snnir.passes import Context, run_pass
from snnir.passes.sequence import run_chosen
from snnir.passes.specification import parse_passes
from snnir.semantics import Semantics
from snnir.types import Array
from tests.networks import SHAPES, points_for


def prepared(name: str, semantics: Semantics) -> tuple[Graph, Context]:
    """Return a network of digits whose weights were not rounded yet, and what calibrates it."""
    ann = SHAPES[name]()
    context = Context(points_for(ann, 40), semantics, 4, ann=ann)
    return run_chosen(ann, parse_passes("activations,couple,precision,populate{per_unit=2},phases"), context), context


def synapses(graph: Graph, context: Context) -> dict[str, list[Dense]]:
    """Return the synapses of every receiver."""
    found = {each.receiver: each.synapses for each in find_afferents(graph, context.analog) if each.synapses}
    ops = {name: [graph.by_name[each].op for each in names] for name, names in found.items()}
    return {name: [op for op in each if isinstance(op, Dense)] for name, each in ops.items()}


def terms(ops: list[Dense]) -> Array:
    """Return the weights and biases that may add up in each neuron, ``[terms, neurons]``."""
    return np.concatenate([np.vstack([op.weight.array, *(() if op.bias is None else (op.bias.array,))]) for op in ops])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["mlp", "residual", "concat-skip"])
def test_sums_are_the_same_in_any_order(name: str, dtype: str) -> None:
    """Bit by bit, where they were not before; and every weight moves by far less than rounding to digits."""
    graph, context = prepared(name, Semantics(dtype=dtype))  # type: ignore[arg-type]
    before, after = (synapses(each, context) for each in (graph, run_pass(Grid(), graph, context)))
    rng = np.random.default_rng(0)
    spread = {False: 0, True: 0}
    for rounded, ops in ((rounded, ops) for rounded, each in ((False, before), (True, after)) for ops in each.values()):
        array = terms(ops)
        for _ in range(50):
            order = rng.permutation(len(array))
            sent = rng.integers(0, 2, (len(array), 1)).astype(array.dtype)
            one, other = (np.add.reduce((array * sent)[places], axis=0) for places in (np.arange(len(array)), order))
            spread[rounded] += int(np.sum(one != other))
    assert spread[False] > 0
    assert spread[True] == 0
    for receiver, ops in before.items():
        was, now = terms(ops).astype(np.float64), terms(after[receiver]).astype(np.float64)
        assert np.abs(now - was).max() <= 2 * np.finfo(dtype).eps * np.abs(was).sum(axis=0).max()


def test_it_is_done_once() -> None:
    """What is on a grid stays there."""
    graph, context = prepared("mlp", Semantics())
    once = run_pass(Grid(), graph, context)
    again = run_pass(Grid(), once, context)
    assert synapses(again, context) == synapses(once, context)
