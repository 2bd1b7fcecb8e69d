"""The way into spikes, the neuron, and the way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np

from snnir.ir import CodingError, Op, Tensor
from snnir.ops.neurons import FiringNeuron, Receiver
from snnir.types import ANALOG, Analog, Array, Coding, Current, Spikes, Weighting


@final
@dataclass(frozen=True)
class Encode(Op):
    """``c(t) = x`` for ``t = 1 .. T``: an analog value as a constant current.

    Attributes:
        steps: T, the time steps of one inference.
        weighting: Of the current; it must equal that of the currents which it is added to.
    """

    mnemonic: ClassVar[str] = "encode"
    encodes: ClassVar[bool] = True
    steps: int
    weighting: Weighting = "even"

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take analog, give a current."""
        super().coding(inputs)
        return Current(self.steps, self.weighting)


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


@final
@dataclass(frozen=True)
class Decode(Receiver):
    """``y = sum over t of w(t) c(t) / sum over t of w(t)``: the mean of a current, or of spikes; an estimate's end.

    ``w(t)`` is the same for all steps; of binary weighting (codes of digits) ``w(k) = 2^-k``. Messages of the
    `sigma-delta` code decode to y of `SigmaDelta`.
    """

    mnemonic: ClassVar[str] = "decode"
    reads_out: ClassVar[bool] = True

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current, spikes or an estimate, give analog."""
        (coding,) = inputs
        if isinstance(coding, Analog):
            raise CodingError(f"{self.mnemonic} got {coding}, which needs no decoding")
        return ANALOG
