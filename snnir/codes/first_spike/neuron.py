"""The neuron of the `first-spike` code: a leaky neuron that fires once, the later the more it got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, final

import numpy as np

from snnir.codes.ramps.neuron import FiringNeuron
from snnir.ir import CodingError, Tensor
from snnir.semantics import leak
from snnir.types import Array, Coding, Current, Spikes, weigh

CODE = "first-spike"
weigh(CODE, "decaying")  # what is left of a spike, on a membrane that leaks, when the last one has arrived
PUSH = 0.25
"""Of a threshold: what makes neurons fire in the last step that did not before. A neuron that fired holds less than
0.7 of a threshold until then, so it does not fire again."""


@dataclass(frozen=True)
class Course:
    """How membranes of `FirstSpike` move, in thresholds.

    Attributes:
        steps: T, of a window.
    """

    steps: int

    @property
    def leak(self) -> float:
        """The part a of a membrane that is lost in a step: a power of two, ``1 / (2 T) < a <= 1 / T``."""
        return leak(self.steps)

    @property
    def kept(self) -> float:
        """What is left of a membrane after a window, ``(1 - a)^T``."""
        return (1 - self.leak) ** self.steps

    @cached_property
    def ends(self) -> tuple[float, float]:
        """What a spike in the first step decodes to, and one in the last step."""
        kept = 1 - self.leak
        total = (1 - self.kept) / self.leak
        return kept ** (self.steps - 1) / total, 1 / total

    @property
    def rest(self) -> float:
        """R, just above the threshold: the constant current of the window in which it fires.

        A membrane that is ``R - (1 - a) z S`` below threshold when it is released, S the sum of all weights
        ``(1 - a)^k``, comes nearer to R by the factor ``1 - a`` in every step. So its spike decodes to the z that would
        have it fire half a step earlier or later.
        """
        return 1 + self.leak * (1 - self.leak) ** (self.steps - 1) * (1 - self.leak / 2)


@final
@dataclass(frozen=True)
class FirstSpike(FiringNeuron):
    """``v <- v + a (x(t) - v); s = 1 if v >= theta else 0; v <- 0 if s``: it reads T steps, then fires once.

    A leaky integrate-and-fire neuron that resets to zero, in programs that have no other, starting from ``v = 0``. For
    T steps, k = 0 .. T-1, while the layers before it send, and then for T steps:

        x = -c(k)                     at k = 0 also ``- B / a``
        x = R theta                   at k = 0 ``(R theta + (1 - a)^T B) / a``, at k = T-1 also ``P theta / a``

    A spike that arrives at step k leaves ``(1 - a)^(T-1-k)`` of itself on the membrane at the end of reading; so
    weighted, spikes decode to numbers. Then the membrane comes nearer to R (`Course.rest`), in geometric progression,
    and fires when it crosses the threshold: at k where ``(1 - a)^(T-1-k)`` is in proportion to what was read, rounded.
    So the neuron repeats what it reads, cut at the ends (`Course.ends`), in T values. The gate B keeps it from firing
    while it reads; the push P makes all fire in the last step that have not. It fires once in an inference, unless it
    got some tens of times what it can send: then never.

    Time to first spike with an exponential kernel, layer after layer: Park, Kim, Na, Yoon, "T2FSNN: deep spiking neural
    networks with time-to-first-spike coding", DAC 2020.

    Attributes:
        threshold: theta > 0, of shape ``[neurons]``.
        gate: B, not negative, of shape ``[neurons]``; from a clock, like R and P.
        amplitude: A record for people and reports, of shape ``[neurons]``.
        per_unit: K: neurons ``i K`` to ``i K + K - 1`` are those of unit i.
    """

    mnemonic: ClassVar[str] = "first_spike"
    sequential: ClassVar[bool] = True
    integrates: ClassVar[bool] = True
    shifted: ClassVar[bool] = False
    records: ClassVar[frozenset[str]] = frozenset({"amplitude"})
    threshold: Tensor  # pyright: ignore[reportIncompatibleMethodOverride] - a field is read as the property is
    gate: Tensor
    amplitude: Tensor  # pyright: ignore[reportIncompatibleMethodOverride]
    per_unit: int  # pyright: ignore[reportIncompatibleMethodOverride]

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current of decaying weighting, give spikes."""
        (coding,) = inputs
        if not isinstance(coding, Current) or coding.weighting != "decaying":
            raise CodingError(f"{self.mnemonic} reads currents of decaying weighting and got {coding}")
        return Spikes(CODE, coding.steps)

    @property
    def has_one_threshold(self) -> bool:
        """Whether the thresholds are one number."""
        return bool(np.all(self.threshold.array == self.threshold.array[:1]))

    def pace(self, steps: int) -> int:
        """Return all steps: a layer behind reads while this one sends."""
        return steps

    def with_thresholds(self, threshold: Tensor) -> FirstSpike:
        """Return the same neurons with other thresholds, and gates in proportion."""
        factor = threshold.array.astype(np.float64) / self.threshold.array
        return replace(self, threshold=threshold, gate=self.gate.scaled(factor))

    def pulses(self, steps: int) -> tuple[Array, Array, Array, Array]:
        """Return what a clock adds to x, ``[neurons]`` each, in the precision of the thresholds.

        At the first step of reading, at every step of sending, at the first of these besides, and at the last.
        """
        course, dtype = Course(steps), self.threshold.array.dtype
        gate, threshold = (array.array.astype(np.float64) / course.leak for array in (self.gate, self.threshold))
        sending = threshold * course.leak * course.rest
        found = (-gate, sending, threshold * course.rest - sending + gate * course.kept, threshold * PUSH)
        opened, sending, released, pushed = (array.astype(dtype) for array in found)
        return opened, sending, released, pushed
