"""Rewriting to a fixed point: what the passes that are lists of rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from snnir.errors import model_error
from snnir.ir import Graph, Node, prune, rewire, sort_nodes
from snnir.ops import Constant
from snnir.types import Array

MAX_SWEEPS = 1000


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
    for _ in range(MAX_SWEEPS):
        changed = _first_match(graph, rules, step)
        if changed is None:
            return graph
        graph = prune(changed)
    raise model_error(
        "rewrite-diverges", f"pass {step} does not come to an end", graph.name, "please report this model"
    )


def _first_match(graph: Graph, rules: Sequence[Rule], step: str) -> Graph | None:
    matcher = Matcher(graph)
    for node in graph.nodes:
        for rule in rules:
            result = rule(matcher, node)
            if isinstance(result, str):
                aliased = _alias(graph, node, result)
                if aliased is not None:
                    return aliased
            elif result is not None:
                new = [replace(each, provenance=each.provenance.then(step)) for each in result]
                names = {each.name for each in new}  # a merged node may keep the name of one that dies with it
                rest = [each for each in graph.nodes if each is not node and each.name not in names]
                return graph.with_nodes(sort_nodes([*rest, *new]))
    return None


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
