"""Networks that run step by step, with their state from one step to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import Graph, Op


@final
@dataclass(frozen=True)
class Scan(Op):
    """``state(t), y(t) = body(state(t-1), x(t), held)`` for ``t = 1 .. T``: a network that runs step by step.

    Inputs: the series x, ``[T, ...]`` each; then what the states are before the first step, for all of them or, where
    all start from zero, for none (they broadcast to the states' types); then what is held, the same at every step.
    Outputs: the series y, ``[T, ...]`` each. So it is the operator of the same name in ONNX, without its final states.

    Attributes:
        body: One step, analog: its inputs are states, series and held values, its outputs states and series.
        states: How many of its first inputs and outputs are states.
        held: How many of its last inputs are the same at every step.
    """

    mnemonic: ClassVar[str] = "scan"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    body: Graph
    states: int = 0
    held: int = 0

    @property
    def series(self) -> int:
        """How many series come in."""
        return len(self.body.inputs) - self.states - self.held

    def misfits(self, inputs: int, outputs: int) -> Iterator[str]:
        """Yield how the body differs from what the node reads and makes."""
        name = self.body.name
        if min(self.states, self.held) < 0 or self.series < 1 or len(self.body.outputs) < self.states:
            yield f"{name!r} has no {self.states} states, {self.held} held values and a series"
            return
        counts = sorted({self.series + self.held, self.series + self.states + self.held})
        if inputs not in counts:
            yield f"{name!r} needs {' or '.join(map(str, counts))} inputs, got {inputs}"
        if outputs != len(self.body.outputs) - self.states:
            yield f"{name!r} makes {len(self.body.outputs) - self.states} series, not {outputs}"
        types = self.body.types
        for before, after in zip(self.body.inputs[: self.states], self.body.outputs, strict=False):
            if before.type != types.get(after, before.type):
                yield f"state {before.name!r} of {name!r} is {before.type}, and becomes {types[after]}"
