"""Rewriting to a fixed point: what the passes that are lists of rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from snnir.errors import model_error
from snnir.ir import Graph, Node, Tensor, Value, prune, rewire
from snnir.ops import Constant, Dense, Encode
from snnir.types import Analog, Array, Current, Weighting

MAX_REWRITES = 100
"""Per node of the graph, far more than any pass needs."""


class Matcher:
    """What a rule may ask about the graph it is offered a node of."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def constants(self) -> Mapping[str, Array]:
        """Constant arrays by value name."""
        nodes = self.graph.nodes
        return {node.output.name: node.op.value.array for node in nodes if isinstance(node.op, Constant)}

    def producer(self, name: str) -> Node | None:
        """Return the node that makes a value; None for a graph input."""
        return self.graph.producers.get(name)

    def only_use(self, name: str) -> bool:
        """Whether exactly one node reads a value and it is no graph output."""
        return len(self.graph.consumers[name]) == 1 and name not in self.graph.outputs

    def constant_operand(self, node: Node) -> tuple[str, Array, bool] | None:
        """Split a binary node into its varying operand, its constant one, and whether the constant comes first."""
        first, second = node.inputs
        if second in self.constants and first not in self.constants:
            return first, self.constants[second], False
        if first in self.constants and second not in self.constants:
            return second, self.constants[first], True
        return None


Rewrite: TypeAlias = str | tuple[Node, ...]
"""Either the name of another value that equals the node's output, or nodes that take its place."""
Rule: TypeAlias = Callable[[Matcher, Node], Rewrite | None]


def rewrite(graph: Graph, rules: Sequence[Rule], step: str) -> Graph:
    """Return the graph after applying the rules wherever they match, until none does.

    Rules are tried in order; nodes that lose their readers are dropped. The names of graph
    inputs and outputs are kept. `step` is recorded in the provenance of nodes that a rule makes.

    Raises:
        ModelError: The rules do not come to an end; code ``rewrite-diverges`` (a defect).
    """
    start = 0
    for _ in range(MAX_REWRITES * (1 + len(graph.nodes))):
        changed = _next_match(graph, rules, step, start) or _next_match(graph, rules, step, 0)
        if changed is None:
            return graph
        graph, start = changed
    raise model_error(
        "rewrite-diverges", f"pass {step} does not come to an end", graph.name, "please report this model"
    )


def matched(graph: Graph, rules: Sequence[Rule]) -> str | None:
    """Return the name of the first node that a rule would rewrite; None where none matches any more."""
    matcher = Matcher(graph)
    for place, node in enumerate(graph.nodes):
        if any(_changed(graph, node, place, rule(matcher, node), "") is not None for rule in rules):
            return node.name
    return None


def _next_match(graph: Graph, rules: Sequence[Rule], step: str, start: int) -> tuple[Graph, int] | None:
    """Return the graph after the first match at or behind a place, and the place to go on from."""
    matcher = Matcher(graph)
    for place, node in enumerate(graph.nodes[start:], start):
        for rule in rules:
            changed = _changed(graph, node, place, rule(matcher, node), step)
            if changed is not None:
                pruned = prune(changed)
                gone = len(changed.nodes) - len(pruned.nodes)
                return pruned, max(0, place - gone)
    return None


def _changed(graph: Graph, node: Node, place: int, result: Rewrite | None, step: str) -> Graph | None:
    if result is None:
        return None
    if isinstance(result, str):
        return _alias(graph, node, result)
    new = tuple(replace(each, provenance=each.provenance.then(step)) for each in result)
    names = {each.name for each in new}  # a merged node may keep the name of one that dies with it
    before = tuple(each for each in graph.nodes[:place] if each.name not in names)
    return graph.with_nodes((*before, *new, *graph.nodes[place + 1 :]))


def _alias(graph: Graph, node: Node, name: str) -> Graph | None:
    """Return the graph that reads `name` instead of the node's output; None where both names must stay."""
    output = node.output.name
    without = graph.with_nodes(tuple(each for each in graph.nodes if each is not node))
    if output not in graph.outputs:
        return rewire(without, {output: name})
    if name not in graph.producers or name in graph.outputs:
        return None
    # The output's name must survive, so the value it equals takes it over.
    source = graph.producers[name]
    renamed = tuple(replace(value, name=output) if value.name == name else value for value in source.outputs)
    nodes = tuple(replace(source, outputs=renamed) if each is source else each for each in without.nodes)
    return rewire(replace(without, nodes=nodes), {name: output})


def composed(first: Dense, second: Dense) -> Dense:
    """Return one dense layer for two in a row, ``(x W + b) V + c = x (W V) + (b V + c)``, rounded once."""
    weight, dtype = second.weight.array.astype(np.float64), second.weight.dtype
    bias = np.zeros(weight.shape[1])
    if first.bias is not None:
        bias += first.bias.array @ weight
    if second.bias is not None:
        bias += second.bias.array
    product = first.weight.array @ weight
    return Dense(Tensor(product.astype(dtype)), Tensor(bias.astype(dtype)) if np.any(bias) else None)


def with_steps(graph: Graph, steps: int) -> Graph:
    """Return a spiking graph with another number of time steps for every train; weights stay."""

    def retyped(value: Value) -> Value:
        coding = value.type.coding
        changed = coding if isinstance(coding, Analog) else replace(coding, steps=steps)
        return Value(value.name, replace(value.type, coding=changed))

    return graph.with_nodes(
        tuple(
            replace(
                node,
                op=replace(node.op, steps=steps) if isinstance(node.op, Encode) else node.op,
                outputs=tuple(map(retyped, node.outputs)),
            )
            for node in graph.nodes
        )
    )


def with_weighting(graph: Graph, weighting: Weighting) -> Graph:
    """Return a spiking graph with the steps of every current weighted in another way."""

    def retyped(value: Value) -> Value:
        coding = value.type.coding
        changed = replace(coding, weighting=weighting) if isinstance(coding, Current) else coding
        return Value(value.name, replace(value.type, coding=changed))

    return graph.with_nodes(
        tuple(
            replace(
                node,
                op=replace(node.op, weighting=weighting) if isinstance(node.op, Encode) else node.op,
                outputs=tuple(map(retyped, node.outputs)),
            )
            for node in graph.nodes
        )
    )
