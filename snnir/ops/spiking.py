"""The way into spikes, and the way out; neurons are with their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import CodingError, Op
from snnir.ops.neurons import Receiver
from snnir.types import ANALOG, Analog, Coding, Current, Weighting


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
class Decode(Receiver):
    """``y = sum over t of w(t) c(t) / sum over t of w(t)``: the mean of a current, or of spikes; an estimate's end.

    ``w(t)`` is the same for all steps; of binary weighting (codes of digits) ``w(k) = 2^-k``, of decaying
    weighting ``w(k) = (1 - a)^(T-1-k)`` with `snnir.semantics.leak` a. Messages of the `sigma-delta` code decode to y
    of `SigmaDelta`.
    """

    mnemonic: ClassVar[str] = "decode"
    reads_out: ClassVar[bool] = True

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current, spikes or an estimate, give analog."""
        (coding,) = inputs
        if isinstance(coding, Analog):
            raise CodingError(f"{self.mnemonic} got {coding}, which needs no decoding")
        return ANALOG
