"""The `sigma-delta` code: where changes are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from snnir.codes.exact import Table
from snnir.ir import CodingError, Graph, Node, Tensor
from snnir.ops.neurons import Affine, Neuron, Sender
from snnir.types import Coding, Current, Spikes

TRAIN = Spikes("sigma-delta", 1)
"""A stream of messages: one inference is one point of the stream and takes one time step."""


@final
@dataclass(frozen=True)
class Delta(Sender):
    """``s = e if |e| >= theta else 0; y += s`` with ``e = x - y``, at every point of a stream: the way in.

    Graded changes of the inputs, starting from ``y = 0``.

    Attributes:
        threshold: theta, in the units of x; 0 sends every change.
    """

    mnemonic: ClassVar[str] = "delta"
    encodes: ClassVar[bool] = True
    graded: ClassVar[bool] = True
    threshold: float = 0.0

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take analog, give messages."""
        super().coding(inputs)
        return TRAIN


@final
@dataclass(frozen=True)
class SigmaDelta(Neuron):
    """``y += v; s = e if |e| >= theta else 0; y += s; v += beta s`` with ``e = f(c) - y``, point after point.

    It starts from ``y = v = 0``. y is the value that the receivers decode, so after every point ``|f(c) - y| < theta``,
    however long the stream is: errors do not accumulate. The messages s are graded.

    With ``beta = 0`` this is the sigma-delta neuron of Lava's SDN processes, up to bookkeeping: they keep the residue
    ``f(c) - y`` and add the change of ``f(c)`` to it. With ``beta > 0`` both sides extrapolate: y goes on with the
    slope v, and a message is the residual of that prediction. It corrects value and slope at once, so it stays one
    number: the gains (1, beta) of an alpha-beta filter (Kalata, "The tracking index", IEEE Transactions on Aerospace
    and Electronic Systems 20, 1984).

    A synapse behind it accumulates in the same way: with ``u = s W``, ``c += g + u; g += beta u``, starting from
    ``c = b, g = 0``. So its current is the decoded pre-activation itself. Such sums must not be rounded, or both sides
    drift apart: chips add integers, the simulator adds in double precision whatever the target's is.

    Where numbers are whole, f is evaluated at ``floor(c)``, and s is rounded, halves up; slopes, and so y and c, keep
    the fraction that beta, a power of two, gives them. c wraps at the size of a state.

    A target's delay moves each layer by so many points of the stream against the one before. What has fewer synapses
    behind it waits (an axonal delay), and a readout reads that many points later, so that all meet at the same
    point: the numbers are the same whatever the delay is, and that is what the simulator gives.

    Attributes:
        threshold: theta, in the units of the activation, of shape ``[neurons]``; 0 sends every change.
        function: f: an analog graph of one input and one output, elementwise, evaluated in its own number type.
        gain: beta, from 0 to 1.
    """

    mnemonic: ClassVar[str] = "sigma_delta"
    integrates: ClassVar[bool] = True
    graded: ClassVar[bool] = True
    threshold: Tensor
    function: Graph
    gain: float = 0.0

    @property
    def amplitude(self) -> Tensor:
        """The least that a message stands for, as of other neurons what a spike does: the threshold."""
        return self.threshold

    @property
    def table(self) -> Table | None:
        """What f is where numbers are whole."""
        ops = [node.op for node in self.function.nodes]
        return ops[0] if len(ops) == 1 and isinstance(ops[0], Table) else None

    @property
    def inside(self) -> tuple[Node, ...]:
        """The nodes of f, where it is no table."""
        return self.function.nodes if self.table is None else ()

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current of a stream, give messages."""
        (coding,) = inputs
        if coding != Current(1):
            raise CodingError(f"{self.mnemonic} reads a current of one step and got {coding}")
        return TRAIN

    @property
    def extrapolation(self) -> float:
        """Beta."""
        return self.gain

    def activation_scale(self) -> float:
        """Return 1: receivers decode the activation itself."""
        return 1.0

    def fixed_point_scale(self, graph: Graph, node: Node) -> Affine | None:
        """Return the map from currents to pre-activations, which the table of f contains."""
        if self.table is None:
            return None
        return 1 / self.table.scale, self.table.low - self.table.start.array / self.table.scale

    def misfits(self, inputs: int, outputs: int) -> Iterator[str]:
        """Yield that f is no function of one value, where it is none."""
        if len(self.function.inputs) != 1 or len(self.function.outputs) != 1:
            yield f"{self.function.name!r} is no function of one value"
