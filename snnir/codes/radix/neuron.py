"""The difference neuron of the `radix` code: it follows f of its decoded input with signed binary digits.

A neuron is three things in a row: `Accumulate` makes the running estimate of the pre-activation, any elementwise ops
evaluate f on it, and `SignedDigits` sends what is new. So f may be any scalar function, written by however many nodes,
and stays as readable as in the analog network; a target with tables samples these nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.codes.exact import Table
from snnir.ir import CodingError, Graph, Node, Op, Tensor, is_of
from snnir.ops.neurons import Affine, Neuron
from snnir.types import Coding, Current, Estimate, Spikes, weigh

CODE = "radix"
weigh(CODE, "binary")  # spikes are binary digits, the first one worth most


@final
@dataclass(frozen=True)
class Accumulate(Op):
    """``V <- 2 V + c(k); z(k) = V / (2^(k+1) - 1)``: what the digits so far decode to.

    Starting from ``V = 0``. A constant current, and a bias, are right from the first step on, and after all K steps z
    is what `Decode` gives. Reading starts some steps after the digits do: at step t the estimate is
    ``z(min(t + lag, K - 1))``. (Where spikes take d steps to arrive, digits up to ``t + lag - d`` are there.)

    Attributes:
        lag: Steps between the first digit that arrives and the first estimate: the neuron works while digits still
            arrive (most significant digit first, "online arithmetic": Ercegovac, "On-line arithmetic: an
            overview", 1984). None: it waits until all digits are there, and the estimate is the same at all steps.
    """

    mnemonic: ClassVar[str] = "accumulate"
    integrates: ClassVar[bool] = True
    lag: int | None = None

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current of binary weighting, give an estimate."""
        (coding,) = inputs
        if not isinstance(coding, Current) or coding.weighting != "binary":
            raise CodingError(f"{self.mnemonic} reads currents from binary digits and got {coding}")
        return Estimate(coding.steps)


@final
@dataclass(frozen=True)
class SignedDigits(Neuron):
    """``s(k) = sign(r) if |r| >= 2/3 else 0; r = 2^k ((y(k) - offset) / amplitude - sum of 2^-j s(j) over j < k)``.

    For a constant y this is ``r <- 2 (r - s)``, signed binary digits with the most significant one first; where y still
    changes, later digits repair earlier ones. For ``|y - offset| <= 5/3 amplitude``, and estimates that change by
    ``amplitude 2^-k / 3`` at most between steps k - 1 and k, the sum is at most ``2/3 amplitude 2^-(K-1)`` off: if
    ``|r| <= 5/3`` then ``|r - s| <= 2/3``, and the next r is at most ``4/3 + 1/3``. A third of all digits are spikes.

    Attributes:
        amplitude: What the first digit stands for, of shape ``[neurons]``; the train as a whole gives
            ``y ~ offset + amplitude sum over k of 2^-k s(k)``. Weights behind already contain it.
        offset: What a silent train stands for, of shape ``[neurons]``; biases behind already contain it.
    """

    mnemonic: ClassVar[str] = "signed_digits"
    sequential: ClassVar[bool] = True
    amplitude: Tensor  # pyright: ignore[reportIncompatibleMethodOverride] - a field is read as the property is
    offset: Tensor

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take an estimate, give spikes."""
        (coding,) = inputs
        if not isinstance(coding, Estimate):
            raise CodingError(f"{self.mnemonic} follows an estimate and got {coding}: an accumulate is missing")
        return Spikes(CODE, coding.steps)

    def pace(self, steps: int) -> int:
        """Return all steps: digits come first that count most, and a layer behind waits for the last one."""
        return steps

    def membrane_input(self, graph: Graph, node: Node) -> str:
        """Return the current that the layer's accumulate reads."""
        return estimator(graph, node).inputs[0]

    def fixed_point_scale(self, graph: Graph, node: Node) -> Affine | None:
        """Return the map from currents, as decoded, to pre-activations: V is another multiple of the estimate."""
        table = graph.producers[node.inputs[0]].op
        if not isinstance(table, Table):
            return None
        steps = node.output.type.steps
        digits = 2.0 ** (steps - 1) / (2**steps - 1)
        return 1 / (digits * table.scale), table.low - table.start.array / table.scale


def estimator(graph: Graph, node: Node) -> Node[Accumulate]:
    """Return the accumulate whose estimate the digits of a layer follow, through all nodes of f.

    Raises:
        ValueError: They follow none, or several.
    """
    found: dict[str, Node[Accumulate]] = {}
    stack = list(node.inputs)
    while stack:
        maker = graph.producers.get(stack.pop())
        if maker is not None and is_of(maker, Accumulate):
            found[maker.name] = maker
        elif maker is not None:
            stack += maker.inputs
    if len(found) != 1:
        raise ValueError(f"{node.name} follows {len(found)} estimates: a neuron has one pre-activation")
    return found.popitem()[1]
