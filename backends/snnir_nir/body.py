"""Builds the graph of one step, out of signals that are written as in an equation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.ops import (
    Add,
    Cast,
    Constant,
    Div,
    Greater,
    GreaterOrEqual,
    Mul,
    Sub,
    Where,
)
from snnir.provenance import NO_PROVENANCE, Origin, Provenance
from snnir.types import Array, Dim, DType, ValueType

POINTS = "N"
"""Name of the size that counts points."""


@dataclass(frozen=True, eq=False)
class Signal:
    """A value of the step; ``+ - * /`` make nodes.

    Attributes:
        body: What it belongs to.
        name: Of the value.
        type: Of the value; those that differ between points have these as their first axis.
    """

    body: Body
    name: str
    type: ValueType

    def __add__(self, other: Signal) -> Signal:
        return self.body.joined(Add(), self, other)

    def __sub__(self, other: Signal) -> Signal:
        return self.body.joined(Sub(), self, other)

    def __mul__(self, other: Signal) -> Signal:
        return self.body.joined(Mul(), self, other)

    def __truediv__(self, other: Signal) -> Signal:
        return self.body.joined(Div(), self, other)


@dataclass(frozen=True)
class _State:
    value: Value
    after: str
    initial: Array | None


@dataclass
class Body:
    """Collects nodes and states. What is made next is named after, and comes from, the node that was begun last.

    Attributes:
        dtype: Element type of all numbers.
        spikes: What nodes of the file fire, by their names.
    """

    dtype: DType
    nodes: list[Node] = field(default_factory=list[Node])
    states: list[_State] = field(default_factory=list[_State])
    inputs: list[Value] = field(default_factory=list[Value])
    held: list[Value] = field(default_factory=list[Value])
    spikes: dict[str, Signal] = field(default_factory=dict[str, Signal])
    _taken: Counter[str] = field(default_factory=Counter[str])
    _prefix: str = ""
    _provenance: Provenance = NO_PROVENANCE

    def begin(self, name: str, origin: Origin) -> None:
        """Set which node of the file is lowered next."""
        self._prefix = name
        self._provenance = Provenance((origin,))

    def series(self, name: str, shape: tuple[int, ...]) -> Signal:
        """Return what comes in at each step, ``[N, shape...]``."""
        self.inputs.append(Value(self._new(name), self._type((POINTS, *shape))))
        return self._signal(self.inputs[-1])

    def hold(self, name: str) -> Signal:
        """Return a number that comes in, the same at every step."""
        self.held.append(Value(self._new(name), self._type(())))
        return self._signal(self.held[-1])

    def constant(self, name: str, array: Array) -> Signal:
        """Return a parameter."""
        tensor = Tensor(np.asarray(array).astype(self.dtype))
        return self.make(Constant(tensor), (), tensor.shape, name=name)

    def state(self, name: str, shape: tuple[int, ...]) -> Signal:
        """Return a state of the step before, ``[N, shape...]``; `remember` must define it."""
        return self._signal(Value(self._new(f"{self._prefix}.{name}"), self._type((POINTS, *shape))))

    def remember(self, state: Signal, after: Signal, initial: Array | None = None) -> None:
        """Define what a state is after the step, and before the first one (None: zero)."""
        start = None if initial is None else np.asarray(initial).astype(self.dtype)
        self.states.append(_State(Value(state.name, state.type), after.name, start))

    def make(
        self, op: Op, inputs: Iterable[Signal], shape: tuple[Dim, ...], *, name: str = "", dtype: DType | None = None
    ) -> Signal:
        """Return what a new node makes; it is called after its op if not by a name, ``.`` being the NIR node's own."""
        wanted = self._prefix if name == "." else f"{self._prefix}.{name or op.mnemonic}"
        made = Value(self._new(wanted), self._type(shape, dtype))
        self.nodes.append(Node(made.name, op, tuple(each.name for each in inputs), (made,), self._provenance))
        return self._signal(made)

    def joined(self, op: Op, *operands: Signal, name: str = "", dtype: DType | None = None) -> Signal:
        """Return the result of an elementwise op for operands of one shape, some without an axis for points."""
        shape = max((each.type.shape for each in operands), key=len)
        return self.make(op, operands, shape, name=name, dtype=dtype)

    def above(self, left: Signal, right: Signal, *, equal: bool) -> Signal:
        """Return whether left is greater than right, or also where they are equal."""
        return self.joined(GreaterOrEqual() if equal else Greater(), left, right, dtype="bool")

    def where(self, condition: Signal, yes: Signal, no: Signal) -> Signal:
        """Return one signal where a condition holds, another elsewhere."""
        return self.joined(Where(), condition, yes, no)

    def ones(self, condition: Signal) -> Signal:
        """Return 1 where a condition holds, 0 elsewhere, as what the NIR node makes."""
        return self.make(Cast(self.dtype), (condition,), condition.type.shape, name=".")

    def graph(self, name: str, outputs: Iterable[str]) -> Graph:
        """Return the step; first the states, then what comes in and goes out."""
        states = [state.value for state in self.states]
        after = [state.after for state in self.states]
        return Graph(name, (*states, *self.inputs, *self.held), tuple(self.nodes), (*after, *outputs))

    def _signal(self, value: Value) -> Signal:
        return Signal(self, value.name, value.type)

    def _type(self, shape: tuple[Dim, ...], dtype: DType | None = None) -> ValueType:
        return ValueType(dtype or self.dtype, shape)

    def _new(self, wanted: str) -> str:
        """Return a name that is not taken."""
        name = wanted
        while self._taken[name]:
            name = f"{wanted}.{self._taken[wanted]}"
            self._taken[wanted] += 1
        self._taken[name] += 1
        return name
