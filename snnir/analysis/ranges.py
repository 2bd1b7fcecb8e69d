"""Whether the numbers of an integer network fit their format: every quantity of every layer with its limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from snnir.analysis.arrivals import incoming
from snnir.arithmetic.integer import bias_limit, half_limit, scaled_weights, threshold_unit, weight_limit, weight_unit
from snnir.errors import Diagnostic
from snnir.ir import Answers, Graph, Node
from snnir.metrics.chip import Range
from snnir.ops import Accumulate, IntegrateAndFire, Neuron, Receiver, SigmaDelta
from snnir.semantics import IntegerFormat, Semantics, evaluate, scan
from snnir.types import Array, Spikes

WIDE = 52
"""Bits of a state that never overflows and is still exact in double precision."""

HINTS = {
    "weight": "retrain with weight decay, or take more neurons per unit",
    "threshold": "fewer steps, or fewer neurons per unit",
    "bias": "retrain with weight decay, or take a smaller domain",
    "input": "take a smaller domain, or normalise the inputs",
    "current": "fewer neurons per unit, or retrain with weight decay",
    "membrane": "fewer steps, or a smaller domain",
    "message": "take a smaller domain, or an activation function that is bounded",
}


Stored: TypeAlias = "Callable[[Node, IntegerFormat, bool], Range]"
stored: Answers[Stored] = Answers("the range of thresholds")
"""Takes a layer, the format of integers, and whether thresholds are halved, as where they are subtracted; returns the
range of its thresholds. Ops without an answer have none."""

Noted: TypeAlias = tuple[str, str, float, bool]
"""Layer, quantity, largest size, and whether that is a number which the quantity can be."""
Moving: TypeAlias = Callable[[Graph, Node, Array, Semantics], Iterator[Noted]]
moving: Answers[Moving] = Answers("the range of membranes")
"""Takes a node that integrates, its current ``[steps, points, neurons]``, and semantics with states that never
overflow; yields the ranges of its membranes under it."""


def static_ranges(graph: Graph, semantics: Semantics) -> tuple[Range, ...]:
    """Return the ranges of weights, thresholds and biases of an integer network."""
    form = semantics.integer
    assert form is not None  # noqa: S101 - the caller asks for it
    return tuple(_static(graph, form, halved=semantics.reset == "subtract"))


def _static(graph: Graph, form: IntegerFormat, *, halved: bool) -> Iterator[Range]:
    for node in graph.of(Receiver):
        current = node.op.membrane_input(graph, node)
        if isinstance(graph.types[current].coding, Spikes):
            continue
        for term in incoming(graph, current).terms:
            weight, bias = term.node.op.weight.array, term.node.op.bias
            graded = term.source.op.graded
            here = replace(form, shift=0) if graded else form
            limit = weight_limit(here) << (here.shift + here.weight_exponent)
            yield Range(node.name, "weight", _most(weight), limit, scaled_weights(weight, here) is not None)
            if bias is not None and graded:
                # What a sum starts from.
                yield _state(node, "bias", bias.array, form)
            elif bias is not None:
                # From the clock, as two synapses: high and low.
                unit, most = weight_unit(form), half_limit(form)
                limit = most * (most + 2) * unit
                fits = _most(bias.array) <= limit and not np.any(bias.array % unit)
                yield Range(node.name, "bias", _most(bias.array), limit, fits)
        answer = stored.find(node.op)
        if answer is not None:
            yield answer(node, form, halved)


def _state(node: Node, quantity: str, array: Array, form: IntegerFormat) -> Range:
    limit, most = (1 << (form.state_bits - 1)) - 1, _most(array)
    return Range(node.name, quantity, most, limit, most <= limit)


@stored(SigmaDelta)
def _changes(node: Node[SigmaDelta], form: IntegerFormat, _: bool) -> Range:
    return _state(node, "threshold", node.op.threshold.array, form)


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
        _most(threshold),
        limit,
        bool(whole and np.min(threshold) > 0) and _most(threshold) <= limit,
    )


def _most(array: Array) -> float:
    return float(np.abs(array.astype(np.float64)).max(initial=0))


def dynamic_ranges(graph: Graph, points: Mapping[str, Array], semantics: Semantics) -> tuple[Range, ...]:
    """Return the ranges of what an integer network does on some points.

    What the host injects must be a bias. Sums of weights in one step wrap beyond 2^23, membranes saturate there; where
    thresholds are subtracted, these are the sums of all currents so far, which are never reset. Of a sigma-delta neuron
    the membrane is the pre-activation; its slope may wrap, for what wraps twice is right again.
    """
    form = semantics.integer
    assert form is not None  # noqa: S101 - the caller asks for it
    wide = replace(semantics, integer=replace(form, state_bits=WIDE))
    found: dict[tuple[str, str], tuple[float, bool]] = {}

    def note(layer: str, quantity: str, value: float, *, fits: bool = True) -> None:
        before, fitted = found.get((layer, quantity), (0.0, True))
        found[layer, quantity] = max(before, value), fitted and fits

    def see(node: Node, _: slice, current: Array) -> None:
        for layer, quantity, value, fits in moving.of(node.op)(graph, node, current, wide):
            note(layer, quantity, value, fits=fits)

    def observe(node: Node, _: slice, messages: Array) -> None:
        if node.op.graded:
            note(node.name, "message", _most(messages), fits=bool(np.all(messages == np.rint(messages))))

    evaluate(graph, points, semantics=semantics, currents=see, observe=observe)
    top = (1 << (form.state_bits - 1)) - 1
    limits = {"input": bias_limit(form) << form.bias_exponent, "current": top, "membrane": top}
    limits["message"] = (1 << (form.message_bits - 1)) - 1
    return tuple(
        Range(layer, quantity, value, limits[quantity], fits and value <= limits[quantity])
        for (layer, quantity), (value, fits) in sorted(found.items())
    )


@moving(Accumulate)
def _digits(graph: Graph, node: Node[Accumulate], current: Array, _: Semantics) -> Iterator[Noted]:
    partial = np.cumsum(np.floor(current * 0.5 ** np.arange(len(current))[:, np.newaxis, np.newaxis]), axis=0)
    senders = [each.name for each in graph.of(Neuron) if each.op.membrane_input(graph, each) == node.inputs[0]]
    yield senders[-1], "membrane", _most(partial), bool(np.all(current == np.rint(current)))


@moving(SigmaDelta)
def _pre_activations(_: Graph, node: Node[SigmaDelta], current: Array, _semantics: Semantics) -> Iterator[Noted]:
    yield node.name, "membrane", _most(current), True


@moving(IntegrateAndFire)
def _membranes(graph: Graph, node: Node[IntegrateAndFire], current: Array, semantics: Semantics) -> Iterator[Noted]:
    form = semantics.integer
    assert form is not None  # noqa: S101 - integers are asked about
    if incoming(graph, node.inputs[0]).terms:
        yield node.name, "current", _most(current), True
    else:
        yield node.name, "input", _most(current), _is_bias(current, form)
    for _spikes, states in scan(node.op, current, node.output.type.steps, semantics):
        yield node.name, "membrane", max(_most(membrane) for membrane in states.membranes), True


def _is_bias(current: Array, form: IntegerFormat) -> bool:
    """Whether every point's currents are whole numbers that share an exponent which makes them mantissas."""
    size = np.abs(current).max(axis=-1, keepdims=True, initial=0)
    exponent = np.maximum(np.ceil(np.log2(np.maximum(size, 1) / bias_limit(form))), 0)
    return bool(np.all(current % 2.0**exponent == 0)) and float(exponent.max(initial=0)) <= form.bias_exponent


def range_findings(ranges: tuple[Range, ...]) -> Iterator[Diagnostic]:
    """Yield everything that does not fit."""
    for each in ranges:
        if each.fits:
            continue
        if each.value > each.limit:
            message = f"its {each.quantity} reaches {each.value:,.0f}, the limit is {each.limit:,.0f}"
        else:
            message = (
                f"its {each.quantity} (up to {each.value:,.0f}) is no mantissa times a power of two, or is not positive"
            )
        yield Diagnostic(f"{each.quantity}-range", message, f"layer {each.layer!r}", HINTS[each.quantity])
