"""Membranes at the threshold and beyond it, counted; and the currents that make them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.scan import count_ties
from snnir.ir import Tensor
from snnir.semantics import Semantics, ThresholdTies, evaluate
from tests.nir.conftest import Network


def counted(current: list[float], *, signed: bool = False, start: float = 0.0, **rules: Any) -> ThresholdTies:
    """Return the ties of one neuron with threshold 1."""
    one = Tensor(np.ones(1, np.float32))
    op = IntegrateAndFire(one, one, Tensor(np.full(1, start, np.float32)), signed)
    train = np.array(current, np.float32).reshape(-1, 1, 1)
    return count_ties(op, train, len(current), Semantics(**rules))


@pytest.mark.parametrize(
    ("current", "rules", "ties", "backlog"),
    [
        ([0.5, 0.5, 0.75, 0.0], {}, 1, 0),  # 0.5, 1 fires, 0.75, 0.75
        ([0.5, 0.5, 0.75, 0.0], {"compare": ">"}, 1, 0),  # 0.5, 1 stays, 1.75 fires, 0.75: staying is no backlog
        ([2.5, 0.0, 0.0], {}, 0, 1),  # 2.5 leaves 1.5, which leaves 0.5
        ([3.0, 0.0, 0.0], {}, 1, 2),  # 3 leaves 2 leaves 1, which fires and is a tie
        ([3.0, 0.0, 0.0], {"reset": "value"}, 0, 0),
        ([3.0, 0.0, 2.5], {"many": True}, 1, 0),  # three at once, from a multiple of the threshold
        ([-1.0, -2.5, 0.0], {"signed": True}, 1, 1),  # the same below zero
        ([-1.0, -2.5, 0.0], {}, 0, 0),
        ([0.5], {"start": 0.5}, 1, 0),
    ],
)
def test_one_neuron_by_hand(current: list[float], rules: dict[str, Any], ties: int, backlog: int) -> None:
    """Counts follow the membrane of every step."""
    assert counted(current, **rules) == ThresholdTies(ties, backlog)


def test_counts_add_up() -> None:
    """Those of chunks and layers together are their sum."""
    assert ThresholdTies(1, 2) + ThresholdTies(3, 4) == ThresholdTies(4, 6)


def test_currents_are_seen_before_spikes_take_their_place() -> None:
    """A layer that reads a constant shows one step of it, the next one all of them; chunks come in order."""
    net = Network(steps=4)
    first = net.fire(net.dense(net.encode(net.input(1)), [[2.0]]), 1.0, signed=False)
    graph = net.graph(net.decode(net.dense(net.fire(net.dense(first, [[3.0]]), 1.0, signed=False), [[1.0]])))
    points = np.linspace(0, 1, 5, dtype=np.float32)[:, np.newaxis]
    seen: list[tuple[str, str, Any]] = []
    evaluate(
        graph,
        {"x": points},
        observe=lambda node, _, spikes: seen.append(("spikes", node.name, spikes.copy())),
        currents=lambda node, _, current: seen.append(("current", node.name, current.copy())),
    )
    assert [each[:2] for each in seen] == [(kind, name) for name in ("if", "if.0") for kind in ("current", "spikes")]
    np.testing.assert_array_equal(seen[0][2], 2 * points[np.newaxis])
    np.testing.assert_array_equal(seen[2][2], 3 * seen[1][2])
