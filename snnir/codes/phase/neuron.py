"""The neuron of the `phase` code: a leaky integrate-and-fire neuron that reads and sends binary digits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np

from snnir.codes.ramps.neuron import FiringNeuron
from snnir.ir import CodingError, Tensor
from snnir.types import Coding, Current, Spikes, weigh

CODE = "phase"
weigh(CODE, "binary")  # spikes are binary digits, the first one worth most


@final
@dataclass(frozen=True)
class BinaryDigits(FiringNeuron):
    """``v <- 2 v + x(t); s = 1 if v >= theta else 0; v <- v - theta s``: it reads b digits, then it sends b digits.

    A leaky integrate-and-fire neuron whose leak doubles the membrane, with a threshold theta and reset by subtraction,
    starting from ``v = 0``. For b steps, k = 0 .. b-1, while the layers before it send, and then for b steps:

        x = 2^-b c(k)                 at k = 0 also ``- 2^-(b-1) B``
        x = 0                         at k = 0 also ``2 (B + 2^-(b+1) theta)``

    Doubling decodes what arrives, most significant digit first: after b steps ``v + B`` is ``(1 - 2^-b) z``, z what
    `Decode` makes of the current. Doubling and subtracting then sends the binary digits of that, rounded to the nearest
    by the half of a digit: ``sum over k of 2^(b-1-k) s(k) = round((2^b - 1) z / theta)``, cut to 0 and ``2^b - 1``. A
    negative membrane stays so, silent. The gate B keeps the neuron from firing while it reads; where it fires
    nevertheless, the spike comes before the layers behind read, and what it took from the membrane is lost. A constant
    current is not read: all of it comes with the first step of sending.

    With a lag l it reads d = b - l digits, with d in place of b, and then sends while the last l arrive:

        x = 2^-d c(d + j)             at step j of sending, while j < l

    Where these make the number smaller than its digits are already, the neuron falls silent, and an error of some
    ``2^-d`` is left, of which least squares takes off much. (K = 2, b = 7, Poisson and Burgers: 3.8e-3 and 8.4e-3 with
    a lag of 0 or 2, 4.2e-3 and 8.8e-3 with 3, 6.5e-3 and 1.2e-2 with 4, 1.4e-2 and 2.8e-2 with 5.)

    In fixed point membranes are in units of the
    last digit, and it needs no gate, for it does not fire while it reads (`snnir.codes.phase.scan.binary_integers`).

    Phase coding with weighted spikes: Kim, Kim, Huh, Lee, Choi, "Deep neural networks with weighted spikes",
    Neurocomputing 311 (2018); on FPGAs as radix encoding: Wang et al., ICCAD 2021.

    Attributes:
        threshold: theta > 0, of shape ``[neurons]``.
        gate: B, not negative, of shape ``[neurons]``; from a clock, like the half of a digit.
        amplitude: A record for people and reports, of shape ``[neurons]``: the change of the pre-activation that all
            ones stand for.
        lag: Digits that still arrive when it begins to send; 0 where it waits for all.
        per_unit: K: neurons ``i K`` to ``i K + K - 1`` are those of unit i, and their currents come from a dense layer
            of their own, the encoder.
    """

    mnemonic: ClassVar[str] = "binary_digits"
    sequential: ClassVar[bool] = True
    integrates: ClassVar[bool] = True
    shifted: ClassVar[bool] = False
    records: ClassVar[frozenset[str]] = frozenset({"amplitude"})
    threshold: Tensor  # pyright: ignore[reportIncompatibleMethodOverride] - a field is read as the property is
    gate: Tensor
    amplitude: Tensor  # pyright: ignore[reportIncompatibleMethodOverride]
    per_unit: int  # pyright: ignore[reportIncompatibleMethodOverride]
    lag: int = 0

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current of binary weighting, give spikes."""
        (coding,) = inputs
        if not isinstance(coding, Current) or coding.weighting != "binary":
            raise CodingError(f"{self.mnemonic} reads currents from binary digits and got {coding}")
        return Spikes(CODE, coding.steps)

    def pace(self, steps: int) -> int:
        """Return all steps: a layer behind reads while this one sends, and sends when it has read all."""
        return steps

    def with_thresholds(self, threshold: Tensor) -> BinaryDigits:
        """Return the same neurons with other thresholds, and gates in proportion."""
        factor = threshold.array.astype(np.float64) / self.threshold.array
        return replace(self, threshold=threshold, gate=self.gate.scaled(factor))
