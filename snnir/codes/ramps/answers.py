"""What is asked of integrate-and-fire neurons: their steps, what they tend to, and their numbers as integers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snnir.analysis import incoming
from snnir.analysis.asymptote import asymptotic
from snnir.analysis.ranges import Noted, most, moving, stored
from snnir.arithmetic.integer import bias_limit, scaled_weights, threshold_unit, weight_limit
from snnir.codes.ramps.integers import scan
from snnir.codes.ramps.limits import clipped, renewal
from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.codes.ramps.scan import count_ties, integrate_and_fire
from snnir.ir import Graph, Node
from snnir.metrics.chip import Range
from snnir.ops import Add, Clip, Dense
from snnir.semantics import IntegerFormat, Semantics, ThresholdTies, Work, step, ties_of
from snnir.types import Array


@step(IntegrateAndFire)
def _integrate_and_fire(node: Node[IntegrateAndFire], operands: list[Array], work: Work) -> Array:
    steps, overwrite = node.output.type.steps, _is_temporary(node, work.graph)
    return integrate_and_fire(node.op, operands[0], steps, work.semantics, overwrite=overwrite)


def _is_temporary(node: Node, graph: Graph) -> bool:
    """Whether only this node uses its operand; what an encode makes may be the caller's own array."""
    (name,) = node.inputs
    maker = graph.producers.get(name)
    return len(graph.consumers[name]) == 1 and maker is not None and isinstance(maker.op, Dense | Add)


@ties_of(IntegrateAndFire)
def _of_layer(node: Node[IntegrateAndFire], current: Array, semantics: Semantics) -> ThresholdTies:
    return count_ties(node.op, current, node.output.type.steps, semantics)


@asymptotic(IntegrateAndFire)
def _rate(_: Graph, node: Node[IntegrateAndFire], semantics: Semantics) -> list[Node]:
    if semantics.reset == "value" and node.op.population is not None:
        return renewal(node, node.op, semantics.reset_value)
    low = -1.0 if node.op.signed else 0.0
    if semantics.many:
        return clipped(node, Clip(None if node.op.signed else low, None))
    return clipped(node, Clip(low, 1.0))


@stored(IntegrateAndFire)
def _threshold(node: Node[IntegrateAndFire], form: IntegerFormat, halved: bool) -> Range:
    op = node.op
    threshold, unit = op.threshold.array, threshold_unit(form, halved=halved)
    limit = ((1 << form.threshold_bits) - 1) * unit
    whole = not np.any(threshold % unit) and len(np.unique(threshold)) == 1
    if op.signed:  # the two of a pair reach each other by a weight as large
        limit = min(limit, weight_limit(form) << (form.shift + form.weight_exponent))
        whole = whole and scaled_weights(threshold, form) is not None
    return Range(
        node.name,
        "threshold",
        most(threshold),
        limit,
        bool(whole and np.min(threshold) > 0) and most(threshold) <= limit,
    )


@moving(IntegrateAndFire)
def _membranes(graph: Graph, node: Node[IntegrateAndFire], current: Array, semantics: Semantics) -> Iterator[Noted]:
    form = semantics.integer
    assert form is not None  # noqa: S101 - integers are asked about
    if incoming(graph, node.inputs[0]).terms:
        yield node.name, "current", most(current), True
    else:
        yield node.name, "input", most(current), _is_bias(current, form)
    for _spikes, states in scan(node.op, current, node.output.type.steps, semantics):
        yield node.name, "membrane", max(most(membrane) for membrane in states.membranes), True


def _is_bias(current: Array, form: IntegerFormat) -> bool:
    """Whether every point's currents are whole numbers that share an exponent which makes them mantissas."""
    size = np.abs(current).max(axis=-1, keepdims=True, initial=0)
    exponent = np.maximum(np.ceil(np.log2(np.maximum(size, 1) / bias_limit(form))), 0)
    return bool(np.all(current % 2.0**exponent == 0)) and float(exponent.max(initial=0)) <= form.bias_exponent
