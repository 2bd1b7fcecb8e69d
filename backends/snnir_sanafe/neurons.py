"""What layers of neurons are on the chip: groups of its leaky integrate-and-fire neurons, and when they do what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.codes.phase import BinaryDigits
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Answers, Node, Tensor
from snnir.ops import Neuron
from snnir.types import Array
from snnir_sanafe.numbers import rounded

MARGIN = 2.0
"""How much larger than on all calibration points a current from the host may be before it is cut."""


@dataclass(frozen=True)
class Pulse:
    """What a clock neuron adds to all neurons of a layer.

    Attributes:
        name: What for.
        steps: In which its spikes arrive.
        weight: ``[neurons]``, in the units of the graph.
    """

    name: str
    steps: tuple[int, ...]
    weight: Array


@dataclass(frozen=True)
class Injection:
    """What the host sets biases of a layer to: ``factor c + offset``, from a step on.

    Attributes:
        step: The first.
        factor: Of the current.
        offset: ``[neurons]``, in the units of the graph.
    """

    step: int
    factor: float
    offset: Array


@dataclass(frozen=True)
class Form(ABC):
    """A layer as it is on the chip.

    Attributes:
        width: Neurons.
        steps: T, or the digits b.
        depth: Synapses between the inputs and the layer; each takes a step.
        leak: What a membrane is multiplied by in every step.
    """

    leak: ClassVar[float]
    width: int
    steps: int
    depth: int

    @property
    @abstractmethod
    def bits(self) -> int:
        """Weights are divided by ``2^bits`` there."""

    @property
    @abstractmethod
    def reads(self) -> int:
        """The step in which the first spikes arrive."""

    @property
    @abstractmethod
    def sends(self) -> int:
        """The step in which it sends first."""

    @property
    @abstractmethod
    def threshold(self) -> Array:
        """In the units of the graph, ``[neurons]``."""

    @abstractmethod
    def gated(self, excitation: Array) -> Form:
        """Return it with what keeps it from firing while it only reads.

        Args:
            excitation: The largest current in one step, ``[neurons]``.
        """

    @abstractmethod
    def rounded(self, scale: Array) -> Neuron:
        """Return the op with numbers that are multiples of the unit of membranes at these exponents of the scales."""

    @abstractmethod
    def kept(self) -> Iterator[Array]:
        """Yield further numbers of the layer that have to be multiples of the unit of membranes."""

    @abstractmethod
    def cap(self, highest: float) -> float:
        """Return what currents of the host are cut to, for the largest on the calibration points."""

    @abstractmethod
    def largest(self, drive: Array, bias: Array) -> tuple[Array, Array]:
        """Return the largest sizes of a pulse and of a membrane, ``[neurons]``.

        Args:
            drive: The largest size of what arrives in one step, decoded, ``[neurons]``.
            bias: Part of the drive, ``[neurons]``.
        """

    @abstractmethod
    def pulses(self, bias: Array) -> Iterator[Pulse]:
        """Yield what a clock adds; layers behind the first one get their biases from it."""

    @abstractmethod
    def injections(self) -> Iterator[Injection]:
        """Yield what the host sets biases to in one inference, in order; at the end to 0."""


@dataclass(frozen=True)
class Integrating(Form):
    """Neurons that integrate for T steps, and send from the first one on.

    Attributes:
        op: Thresholds and initial membranes.
    """

    leak: ClassVar[float] = 1.0
    op: IntegrateAndFire

    @property
    def bits(self) -> int:
        """Nothing is divided."""
        return 0

    @property
    def reads(self) -> int:
        """Every layer starts a step after the one before."""
        return self.depth

    @property
    def sends(self) -> int:
        """It sends while it reads."""
        return self.depth

    @property
    def threshold(self) -> Array:
        """As the op has it."""
        return self.op.threshold.array.astype(np.float64)

    @property
    def initial(self) -> Array:
        """Membranes before the first step."""
        return np.zeros(self.width) if self.op.initial is None else self.op.initial.array.astype(np.float64)

    def gated(self, excitation: Array) -> Form:
        """Return it as it is."""
        return self

    def rounded(self, scale: Array) -> Neuron:
        """Return neurons with rounded thresholds and initial membranes."""
        dtype = self.op.threshold.array.dtype
        initial = self.op.initial and Tensor(rounded(self.initial, scale).astype(dtype))
        return replace(self.op, threshold=Tensor(rounded(self.threshold, scale).astype(dtype)), initial=initial)

    def kept(self) -> Iterator[Array]:
        """Yield thresholds and initial membranes."""
        yield self.threshold
        yield self.initial

    def cap(self, highest: float) -> float:
        """Return at least twice as much; it fires in every step with one threshold already."""
        return float(2.0 ** np.ceil(np.log2(max(MARGIN * highest, 2.0))))

    def largest(self, drive: Array, bias: Array) -> tuple[Array, Array]:
        """Return initial membranes or biases, and what arrives in all steps."""
        start = np.abs(self.initial)
        return np.maximum(start, np.abs(bias)), self.steps * drive + start

    def pulses(self, bias: Array) -> Iterator[Pulse]:
        """Yield biases, in every step, and initial membranes."""
        yield Pulse("bias", tuple(range(self.reads, self.reads + self.steps)), bias)
        yield Pulse("start", (self.reads,), self.initial)

    def injections(self) -> Iterator[Injection]:
        """Yield the current, for T steps, in the first one with the initial membranes."""
        none = np.zeros(self.width)
        yield Injection(self.reads, 1.0, self.initial)
        if self.steps > 1 and np.any(self.initial):
            yield Injection(self.reads + 1, 1.0, none)
        yield Injection(self.reads + self.steps, 0.0, none)


@dataclass(frozen=True)
class Digital(Form):
    """Neurons that read b digits, then send b digits; see `snnir.ops.BinaryDigits`.

    Biases are added with the release, all at once: ``bias (1 - 2^-b)`` is what they amount to by then.

    Attributes:
        op: The gates.
    """

    leak: ClassVar[float] = 2.0
    op: BinaryDigits

    @property
    def bits(self) -> int:
        """The last digit counts ``2^-b``."""
        return self.steps

    @property
    def reads(self) -> int:
        """A layer reads while the one before sends, a step later."""
        return self.depth * (self.steps + 1) - self.steps

    @property
    def sends(self) -> int:
        """It sends when it has read all."""
        return self.depth * (self.steps + 1)

    @property
    def threshold(self) -> Array:
        """1."""
        return np.ones(self.width)

    @property
    def gate(self) -> Array:
        """B."""
        return self.op.gate.array.astype(np.float64)

    @property
    def last(self) -> float:
        """What the last digit counts."""
        return float(0.5**self.steps)

    def kept(self) -> Iterator[Array]:
        """Yield thresholds and what gates are closed and opened with."""
        yield self.threshold
        yield 2 * self.gate * self.last
        yield np.full(self.width, self.last)

    def cap(self, highest: float) -> float:
        """Return 2: all digits are ones from 1 on, and 0 below 0."""
        return 2.0

    def largest(self, drive: Array, bias: Array) -> tuple[Array, Array]:
        """Return the release, and membranes: low while digits arrive; what is beyond 1 doubles while they send."""
        return np.abs(self._release(bias)), np.maximum(drive + self.gate, (drive + 1) / self.last)

    def pulses(self, bias: Array) -> Iterator[Pulse]:
        """Yield what closes the gates, and what opens them and begins sending."""
        yield Pulse("gate", (self.reads,), -2 * self.gate * self.last)
        yield Pulse("release", (self.sends,), self._release(bias))

    def _release(self, bias: Array) -> Array:
        release: Array = 2 * self.gate + self.last + 2 * (1 - self.last) * bias
        return release

    def injections(self) -> Iterator[Injection]:
        """Yield all of the current at once."""
        yield Injection(self.sends, 2 * (1 - self.last), np.full(self.width, self.last))
        yield Injection(self.sends + 1, 0.0, np.zeros(self.width))

    def gated(self, excitation: Array) -> Form:
        """Return it with the least gates that are powers of two, for biases that come in every step or later."""
        gate = np.where(excitation > 1, np.exp2(np.ceil(np.log2(np.maximum(excitation, 1)))), 0)
        return replace(self, op=replace(self.op, gate=Tensor(gate.astype(self.op.gate.dtype))))

    def rounded(self, scale: Array) -> Neuron:
        """Return the op: gates are powers of two."""
        return self.op


form: Answers[Callable[[Node, int], Form]] = Answers("the group of the chip's neurons")
"""Takes a layer and its depth."""


@form(IntegrateAndFire)
def _integrating(node: Node[IntegrateAndFire], depth: int) -> Form:
    return Integrating(node.op.width, node.output.type.steps, depth, node.op)


@form(BinaryDigits)
def _digital(node: Node[BinaryDigits], depth: int) -> Form:
    return Digital(node.op.width, node.output.type.steps, depth, node.op)
