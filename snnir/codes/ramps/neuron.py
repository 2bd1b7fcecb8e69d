"""Neurons whose mean spikes are a ramp of their current: the integrate-and-fire neuron, and what it shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from snnir.ir import CodingError, Graph, Node, Tensor, is_of
from snnir.ops import Dense, Neuron
from snnir.types import Array, Coding, Current, Spikes


class FiringNeuron(Neuron):
    """A layer of neurons whose membranes fire at a threshold, one for every unit, or K.

    Attributes:
        threshold: In the units of the membrane, ``[neurons]``.
        per_unit: K, whose currents come from a dense layer of their own, the encoder; None where a unit is one neuron.
    """

    if TYPE_CHECKING:

        @property
        def threshold(self) -> Tensor:
            """In the units of the membrane, ``[neurons]``."""
            ...

        @property
        def per_unit(self) -> int | None:
            """K, or None."""
            ...

        def with_thresholds(self, threshold: Tensor) -> FiringNeuron:
            """Return the same neurons with other thresholds, ``[neurons]``, and all of their membranes in proportion.

            Where currents are in proportion, too, they send the same spikes, up to rounding.
            """
            ...

    @property
    def population(self) -> int | None:
        """K where there are several."""
        return self.per_unit

    @property
    def has_unit_thresholds(self) -> bool:
        """Whether all thresholds are 1."""
        return bool(np.all(self.threshold.array == 1))

    @property
    def is_normalised(self) -> bool:
        """Whether all thresholds are 1, or the amplitudes."""
        return self.has_unit_thresholds or self.threshold == self.amplitude

    def pre_activation(self, graph: Graph, node: Node) -> str:
        """Return what the encoder reads, where there is one."""
        before = self.encoder(graph, node)
        return node.inputs[0] if before is None else before.inputs[0]

    def encoder(self, graph: Graph, node: Node) -> Node[Dense] | None:
        """Return the dense node that makes the currents of a population out of its units' pre-activations, else None.

        There is none either where such a matrix is joined with the synapses before it.
        """
        return None if self.per_unit is None else population_encoder(graph, node, self.per_unit)

    def limit_scale(self, graph: Graph, node: Node) -> Array | float:
        """Return one over the thresholds, where no encoder comes behind."""
        return 1.0 if self.encoder(graph, node) is not None else 1 / self.threshold.array.astype(np.float64)


@final
@dataclass(frozen=True)
class IntegrateAndFire(FiringNeuron):
    """``v += c(t); s(t) = +1 if v >= theta, -1 if signed and v <= -theta, else 0; v -= theta s(t)``.

    Starting from ``v = initial``. Comparison (``>=`` or ``>``), reset (by subtraction or to a value)
    and delay are the target's and come as `snnir.semantics.Semantics`. Signed neurons: Zhang et al.,
    "Artificial to Spiking Neural Networks Conversion for Scientific Machine Learning", section 3.3.

    In the `rate` code a unit is one neuron. In the `population` code it is K of them, neurons ``i K`` to
    ``i K + K - 1`` for unit i; their currents come from a dense layer of their own, the encoder, which reads
    the units' pre-activations.

    Attributes:
        threshold: theta > 0 in the units of the current times steps, of shape ``[neurons]``.
        amplitude: A record for people and reports, of shape ``[neurons]``; weights already contain it.
            Rate code: what one spike stands for, in the units of the activation, ``a ~ amplitude mean_t s(t)``.
            Population code: the change of the pre-activation that changes the current by one threshold.
        initial: v before the first step, of shape ``[neurons]``, or None for zero.
        signed: Fires -1 as well.
        per_unit: K, in the population code; None in the rate code.
    """

    mnemonic: ClassVar[str] = "integrate_and_fire"
    integrates: ClassVar[bool] = True
    records: ClassVar[frozenset[str]] = frozenset({"amplitude"})
    threshold: Tensor  # pyright: ignore[reportIncompatibleMethodOverride] - a field is read as the property is
    amplitude: Tensor  # pyright: ignore[reportIncompatibleMethodOverride] - a field is read as the property is
    initial: Tensor | None = None
    signed: bool = True
    per_unit: int | None = None  # pyright: ignore[reportIncompatibleMethodOverride]

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current, give spikes."""
        (coding,) = inputs
        if not isinstance(coding, Current) or coding.weighting != "even":
            raise CodingError(f"{self.mnemonic} integrates a current and got {coding}: an encode or synapse is missing")
        return Spikes("rate" if self.per_unit is None else "population", coding.steps)

    @property
    def halves(self) -> int:
        """Two where it fires -1 as well."""
        return 2 if self.signed else 1

    def at_rest(self) -> IntegrateAndFire:
        """Return the same neurons with membranes that all start at zero."""
        return replace(self, initial=None)

    @property
    def unscaled(self) -> bool:
        """Whether thresholds and amplitudes are all 1; a population is placed with its thresholds."""
        return self.per_unit is None and self.has_unit_thresholds and bool(np.all(self.amplitude.array == 1))

    def with_thresholds(self, threshold: Tensor) -> IntegrateAndFire:
        """Return the same neurons with other thresholds, and initial membranes in proportion."""
        factor = threshold.array.astype(np.float64) / self.threshold.array
        return replace(self, threshold=threshold, initial=self.initial and self.initial.scaled(factor))

    def membrane_scale(self) -> Array:
        """Return thresholds over amplitudes in the rate code; the encoder of a population comes behind."""
        if self.per_unit is not None:
            return super().membrane_scale()
        scale: Array = self.threshold.array.astype(np.float64) / self.amplitude.array
        return scale

    def activation_scale(self) -> Array | None:
        """Return the amplitudes in the rate code; one neuron of a population stands for no activation."""
        return self.amplitude.array.astype(np.float64) if self.per_unit is None else None


def encoder_lines(encoder: Dense) -> tuple[Array, Array]:
    """Return gains and offsets of an encoder's neurons, ``[neurons]`` each, in double precision."""
    gain: Array = encoder.weight.array.astype(np.float64).sum(axis=0)
    return gain, encoder.biases


def population_encoder(graph: Graph, node: Node, per_unit: int) -> Node[Dense] | None:
    """Return the dense node that makes the currents of populations out of their units' pre-activations, else None.

    There is none either where such a matrix is joined with the synapses before it.

    Args:
        graph: Spiking.
        node: The neurons.
        per_unit: K of them for every unit.
    """
    before = graph.producers[node.inputs[0]]
    if not is_of(before, Dense) or not isinstance(graph.types[before.inputs[0]].coding, Current):
        return None
    weight = before.op.weight.array
    row, column = np.indices(weight.shape)
    own = column // per_unit == row
    return before if weight.shape[1] == len(weight) * per_unit and not np.any(weight * ~own) else None
