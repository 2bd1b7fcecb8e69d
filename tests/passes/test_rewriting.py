"""Rewriting: deep networks, names that files chose, and two dense layers in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from snnir.analysis import find_afferents
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.errors import ModelError
from snnir.ir import Graph, Node
from snnir.ops import Add, Dense, Tanh
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.rewriting import Matcher, rewrite
from snnir.types import Spikes
from tests.networks import Analog, concat_skip, mlp


def coupled(graph: Graph) -> tuple[Graph, Graph]:
    """Return the coupled graph and the canonical analog one."""
    context = Context({}, steps=8)
    ann = analog_pipeline(graph, context)
    return run_passes(ann, (Activations(), Couple()), context), ann


def linear_blocks(width: int = 6, blocks: int = 3) -> Graph:
    """Return a network of blocks ``h + dense tanh(dense h)``."""
    net = Analog()
    h = net.dense(net.input(), width)
    for _ in range(blocks):
        h = net.op(Add(), h, net.dense(net.op(Tanh(), net.dense(h, width)), width))
    return net.graph(net.dense(h, 1))


def test_a_rule_that_never_ends_is_noticed() -> None:
    """A rule that makes what it matches is a defect, which is reported instead of waiting for ever."""

    def again(_: Matcher, node: Node) -> tuple[Node, ...] | None:
        return (node,) if isinstance(node.op, Tanh) else None

    with pytest.raises(ModelError, match=r"pass loop does not come to an end \[rewrite-diverges\]"):
        rewrite(mlp(2, 3, 1), (again,), "loop")


def test_a_network_may_be_deep() -> None:
    """Rewriting comes to an end however deep a network is, and not with the cube of its depth."""
    before = process_time()
    graph, _ = coupled(mlp(2, *[4] * 250, 1))
    assert process_time() - before < 20
    assert sum(1 for _ in graph.of(IntegrateAndFire)) == 250
    assert sum(1 for _ in graph.of(Dense)) == 251


def test_synapses_between_layers_meet_spikes() -> None:
    """A dense layer behind a dense layer is one with it, so that all weights behind spikes can be calibrated."""
    graph, ann = coupled(linear_blocks())
    for each in find_afferents(graph, ann):
        assert all(isinstance(graph.types[graph.by_name[name].inputs[0]].coding, Spikes) for name in each.synapses)
        makers = [graph.producers[graph.producers[name].inputs[0]] for name in each.fixed]
        assert not any(isinstance(maker.op, Dense | Add) for maker in makers)
    assert [len(each.synapses) for each in find_afferents(graph, ann) if each.receiver.startswith("tanh")] == [0, 1, 2]


@pytest.mark.parametrize("build", [linear_blocks, concat_skip])
def test_names_of_a_file_do_not_collide_with_new_ones(build: Callable[[], Graph]) -> None:
    """A file may call its nodes what a pass would call the ones that it makes."""
    graph = build()
    plain = coupled(graph)[0]
    made = [node.name for node in plain.nodes if node.name not in graph.by_name]
    old = [node.name for node in graph.nodes if isinstance(node.op, Tanh | Add)]
    for name in made:
        renamed = dict(zip(old, (name, *(f"{name}.{index}" for index in range(len(old)))), strict=False))
        nodes = tuple(replace(node, name=renamed.get(node.name, node.name)) for node in graph.nodes)
        result = coupled(graph.with_nodes(nodes))[0]
        assert len(result.nodes) == len(plain.nodes)
        assert _sums(result) == pytest.approx(_sums(plain))


def _sums(graph: Graph) -> list[float]:
    return sorted(float(np.sum(node.op.weight.array)) for node in graph.nodes if isinstance(node.op, Dense))
