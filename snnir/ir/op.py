"""What an op is: a frozen dataclass whose fields are its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from snnir.ir.tensor import Tensor
from snnir.types import ANALOG, Analog, Coding, Estimate


class CodingError(Exception):
    """Values were joined whose codings do not go together; the verifier adds the place."""


@dataclass(frozen=True)
class Op:
    """What a node computes. Subclasses are frozen dataclasses, final, one per operation.

    Fields are the attributes; allowed types: int, float, bool, str, `Tensor`, `Graph`, None, and tuples
    of the first four. A graph is analog; further requirements are checked by `misfits`. The docstring states
    the equation. `mnemonic` is the name in the text form.
    """

    mnemonic: ClassVar[str]
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs; None = no upper limit."""
    elementwise: ClassVar[bool] = False
    """Each element of the output depends on the elements at its own place alone (after broadcasting)."""

    encodes: ClassVar[bool] = False
    """It makes a current, or messages, of an analog value: the way into a spiking region."""
    reads_out: ClassVar[bool] = False
    """It makes an analog value of a current, or of spikes: the way out."""
    records: ClassVar[frozenset[str]] = frozenset()
    """Fields that are kept for people and reports: no result depends on them."""
    integrates: ClassVar[bool] = False
    """Its operand is the current of membranes, shown to who observes currents."""
    graded: ClassVar[bool] = False
    """It sends graded messages about a stream, whose receivers accumulate them, instead of spikes of +1 and -1."""

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Return the coding of the outputs, given those of the inputs.

        Raises:
            CodingError: The op cannot work on these; analog ops take analog values only, elementwise ones also one
                kind of estimates, which they follow step by step.
        """
        moving = {coding for coding in inputs if isinstance(coding, Estimate)}
        if self.elementwise and len(moving) == 1 and all(isinstance(each, Analog | Estimate) for each in inputs):
            return moving.pop()
        for coding in inputs:
            if not isinstance(coding, Analog):
                raise CodingError(f"{self.mnemonic} is an analog op and got {coding}: a decode is missing")
        return ANALOG

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors that results depend on, by the name of the field."""
        named = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in self.records}
        return {name: value for name, value in named.items() if isinstance(value, Tensor)}

    def misfits(self, inputs: int, outputs: int) -> Iterator[str]:
        """Yield what is wrong with graphs among the attributes, for a node of so many inputs and outputs."""
        return iter(())
