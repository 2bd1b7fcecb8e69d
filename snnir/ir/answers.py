"""Open questions on ops: a function for each kind, registered beside what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from snnir.ir.op import Op

F = TypeVar("F", bound=Callable[..., object])
Given = TypeVar("Given", bound=Callable[..., object])


class Answers(Generic[F]):
    """A question that ops answer, each kind by a function of its own.

    An op answers for itself in one of two ways. What follows from its attributes and the graph around it is a method
    or a class variable (`snnir.ops.neurons`). What needs more than ops may import, the simulator's arithmetic or an
    analysis, is a function that enters the table of that question, as kernels of analog ops do:

        @asymptotic(IntegrateAndFire)
        def _clip(graph: Graph, node: Node[IntegrateAndFire], semantics: Semantics) -> Sequence[Node]: ...

    A new op needs no change of this package: its functions are registered where they are defined.
    The questions: `snnir.semantics.stepping.step`, `snnir.semantics.ties.ties_of`,
    `snnir.analysis.asymptote.asymptotic`, `snnir.analysis.operations.evaluations`,
    `snnir.analysis.operations.pulses`, `snnir.analysis.latencies.timing`, and of integers
    `snnir.analysis.ranges.stored` and `snnir.analysis.ranges.moving`.

    Args:
        question: In words, for messages.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self._functions: dict[type[Op], F] = {}

    def __call__(self, *kinds: type[Op]) -> Callable[[Given], Given]:
        """Register the decorated function for some kinds of ops, which are the ones that it is then called with."""

        def register(function: Given) -> Given:
            self._functions.update(dict.fromkeys(kinds, cast("F", function)))
            return function

        return register

    def find(self, op: Op) -> F | None:
        """Return the function for an op, or None if there is none."""
        return self._functions.get(type(op))

    def of(self, op: Op) -> F:
        """Return the function for an op.

        Raises:
            TypeError: There is none.
        """
        found = self.find(op)
        if found is None:
            raise TypeError(f"{op.mnemonic}: {self.question} is not defined")
        return found
