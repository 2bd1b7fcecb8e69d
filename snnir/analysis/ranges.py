"""Whether the numbers of an integer network fit their format: every quantity of every layer with its limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from snnir.analysis.arrivals import incoming
from snnir.arithmetic.integer import bias_limit, half_limit, scaled_weights, weight_limit, weight_unit
from snnir.errors import Diagnostic
from snnir.ir import Answers, Graph, Node
from snnir.metrics.chip import Range
from snnir.ops import Receiver
from snnir.semantics import IntegerFormat, Semantics, evaluate
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
            plain = term.source.op.graded or not node.op.shifted
            here = replace(form, shift=0) if plain else form
            limit = weight_limit(here) << (here.shift + here.weight_exponent)
            yield Range(node.name, "weight", most(weight), limit, scaled_weights(weight, here) is not None)
            if bias is not None and plain:
                # What a sum starts from, or what neurons add themselves.
                yield state_range(node, "bias", bias.array, form)
            elif bias is not None:
                # From the clock, as two synapses: high and low.
                unit, half = weight_unit(form), half_limit(form)
                limit = half * (half + 2) * unit
                fits = most(bias.array) <= limit and not np.any(bias.array % unit)
                yield Range(node.name, "bias", most(bias.array), limit, fits)
        answer = stored.find(node.op)
        if answer is not None:
            yield answer(node, form, halved)


def state_range(node: Node, quantity: str, array: Array, form: IntegerFormat) -> Range:
    """Return the range of numbers that a state holds."""
    limit, largest = (1 << (form.state_bits - 1)) - 1, most(array)
    return Range(node.name, quantity, largest, limit, largest <= limit)


def most(array: Array) -> float:
    """Return the largest size in an array."""
    return float(np.abs(array.astype(np.float64)).max(initial=0))


@dataclass
class RangeWatch:
    """Sees what an integer network does while it is simulated, and keeps the largest of every quantity.

    What the host injects must be a bias. Sums of weights in one step wrap beyond 2^23, membranes saturate there; where
    thresholds are subtracted, these are the sums of all currents so far, which are never reset. Of a sigma-delta neuron
    the membrane is the pre-activation; its slope may wrap, for what wraps twice is right again.

    Attributes:
        graph: The network.
        semantics: Of integers.
        found: Largest size, and whether all numbers were ones that the quantity can be, by layer and quantity.
    """

    graph: Graph
    semantics: Semantics
    found: dict[tuple[str, str], tuple[float, bool]] = field(default_factory=dict[tuple[str, str], tuple[float, bool]])

    @property
    def form(self) -> IntegerFormat:
        """The format of its numbers."""
        assert self.semantics.integer is not None  # noqa: S101 - the caller asks for integers
        return self.semantics.integer

    @cached_property
    def _wide(self) -> Semantics:
        """States that never overflow."""
        return replace(self.semantics, integer=replace(self.form, state_bits=WIDE))

    def currents(self, node: Node, _: slice, current: Array) -> None:
        """Take what a layer integrates, an observer of `snnir.semantics.evaluate`."""
        for layer, quantity, value, fits in moving.of(node.op)(self.graph, node, current, self._wide):
            self._note(layer, quantity, value, fits=fits)

    def messages(self, node: Node, _: slice, messages: Array) -> None:
        """Take what a layer sends, another one; spikes have no size."""
        if node.op.graded:
            self._note(node.name, "message", most(messages), fits=bool(np.all(messages == np.rint(messages))))

    def _note(self, layer: str, quantity: str, value: float, *, fits: bool) -> None:
        before, fitted = self.found.get((layer, quantity), (0.0, True))
        self.found[layer, quantity] = max(before, value), fitted and fits

    def ranges(self) -> tuple[Range, ...]:
        """Return the ranges of what was seen."""
        top = (1 << (self.form.state_bits - 1)) - 1
        limits = {"input": bias_limit(self.form) << self.form.bias_exponent, "current": top, "membrane": top}
        limits["message"] = (1 << (self.form.message_bits - 1)) - 1
        return tuple(
            Range(layer, quantity, value, limits[quantity], fits and value <= limits[quantity])
            for (layer, quantity), (value, fits) in sorted(self.found.items())
        )


def dynamic_ranges(graph: Graph, points: Mapping[str, Array], semantics: Semantics) -> tuple[Range, ...]:
    """Return the ranges of what an integer network does on some points, see `RangeWatch`."""
    watch = RangeWatch(graph, semantics)
    evaluate(graph, points, semantics=semantics, currents=watch.currents, observe=watch.messages)
    return watch.ranges()


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
