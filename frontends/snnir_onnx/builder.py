"""One attempt to turn a `Source` into a graph, with given numbers for the sizes that have names.

Every op is run on small arrays the moment it is made. So every converter has the types of its operands,
shape arithmetic is plain arithmetic, and what depends on constants alone is a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from snnir.ir import Graph, Node, Op, Tensor, Value, prune
from snnir.ops import Cast, Constant, Shape, Size
from snnir.provenance import Origin, Provenance
from snnir.semantics.infer import EVALUATION_ERRORS, ShapesDifferError, Sizes, evaluate_op, sample, type_of
from snnir.semantics.limits import TooLargeError
from snnir.types import Array, ValueType
from snnir_onnx.source import RefusedError, Source

MAX_BYTES = 1 << 30
MAX_BYTES_OPEN = 1 << 27
"""Kept at most while a graph is built, and where sizes are open: these are small then, so little is needed."""

Depends: TypeAlias = Literal["nothing", "sizes", "data"]


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A value while the graph is being built.

    Attributes:
        name: Its name in the graph.
        type: Element type and shape.
        arrays: What it is in each run.
        depends: What it depends on; on nothing, so it is a constant; on sizes of inputs; or on their data.
    """

    name: str
    type: ValueType
    arrays: tuple[Array, ...]
    depends: Depends

    @property
    def constant(self) -> Array | None:
        """The array, where it is known now."""
        return self.arrays[0] if self.depends == "nothing" else None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.type.shape)


class Names:
    """Gives out names that are not taken yet."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def fresh(self, base: str) -> str:
        """Return `base`, or `base` with a number."""
        name, number = base, 1
        while name in self._taken:
            name, number = f"{base}.{number}", number + 1
        self._taken.add(name)
        return name


class Builder:
    """Holds the values and nodes made so far.

    Attributes:
        values: By their names in the file.
        freed: Fixed sizes of first axes that are open in this attempt; empty where the file's own sizes are kept.
    """

    def __init__(
        self, source: Source, inputs: Iterable[Value], sizes: Sizes, freed: frozenset[int] = frozenset()
    ) -> None:
        self.source = source
        self.sizes = sizes
        self.freed = freed
        self.runs = range(sizes.runs)
        self.values: dict[str, Operand] = {}
        self.nodes: list[Node] = []
        self.inputs: list[Value] = []
        made = (name for node in source.nodes for name in node.outputs)
        self.names = Names([value.name for value in source.inputs] + list(source.initializers) + list(made))
        self.node_names = Names(node.name for node in source.nodes)
        self._stored: dict[str, str] = {}
        self._held = 0
        for value in inputs:
            kind = replace(value.type, shape=sizes.renamed(value.type.shape))
            self.inputs.append(Value(value.name, kind))
            arrays = tuple(sample(kind, sizes, run) for run in self.runs)
            self.values[value.name] = Operand(value.name, kind, arrays, "data")
        for name, array in source.initializers.items():
            self.values[name] = self.known(name, array)

    def known(self, name: str, array: Array) -> Operand:
        """Return a constant as an operand."""
        arrays = (array,) * self.sizes.runs
        return Operand(name, type_of(arrays, self.sizes), arrays, "nothing")

    def run(self, op: Op, operands: tuple[Operand, ...], names: tuple[str, ...]) -> tuple[Operand, ...]:
        """Return the results of an op under the given names, without making a node.

        Raises:
            RefusedError: The operands do not fit the op, or the result is too large.
        """
        constant = all(operand.depends == "nothing" for operand in operands)
        try:
            results = [
                evaluate_op(op, tuple(operand.arrays[run] for operand in operands))
                for run in (self.runs[:1] if constant else self.runs)
            ]
            columns = list(zip(*(results * self.sizes.runs if constant else results), strict=True))
            types = [type_of(column, self.sizes) for column in columns]
            self._hold(columns)
        except TooLargeError as error:
            raise RefusedError(
                "too-large", f"{op.mnemonic}: {error}", "give the inputs a smaller fixed shape"
            ) from error
        except (*EVALUATION_ERRORS, ShapesDifferError) as error:
            shapes = " and ".join(str(operand.type) for operand in operands)
            raise RefusedError("bad-operands", f"{op.mnemonic} cannot take {shapes or 'nothing'}: {error}") from error
        depends = self._depends(op, operands)
        return tuple(
            Operand(name, kind, column, _settled(depends, column))
            for name, kind, column in zip(names, types, columns, strict=True)
        )

    def _hold(self, columns: Iterable[tuple[Array, ...]]) -> None:
        """Count what is kept; many arrays below the limit of one may still be too much."""
        self._held += sum(array.nbytes for column in columns for array in column)
        most = MAX_BYTES_OPEN if self.sizes.numbers else MAX_BYTES
        if self._held > most:
            raise TooLargeError(f"with what was made before it takes more than {most >> 20} MiB")

    @staticmethod
    def _depends(op: Op, operands: tuple[Operand, ...]) -> Depends:
        kinds = {operand.depends for operand in operands}
        if isinstance(op, Shape | Size):
            return "nothing" if kinds == {"nothing"} else "sizes"
        return "data" if "data" in kinds else "sizes" if "sizes" in kinds else "nothing"

    def stored(self, operand: Operand) -> str:
        """Return the name of an operand in the graph; a constant becomes a node when it is first needed."""
        if operand.constant is None:
            return operand.name
        if operand.name not in self._stored:
            self._stored[operand.name] = operand.name
            origin = Origin(self.source.file, operand.name, "initializer")
            self.nodes.append(
                Node(
                    self.node_names.fresh(operand.name),
                    Constant(Tensor(operand.constant)),
                    (),
                    (Value(operand.name, operand.type),),
                    Provenance((origin,)),
                )
            )
        return operand.name

    def graph(self) -> Graph:
        """Return the graph, its outputs called as in the file, without nodes that they do not need."""
        final: dict[str, str] = {}
        inputs = {value.name for value in self.inputs}
        for name in self.source.outputs:
            operand = self.values[name]
            current = self.stored(operand)
            if current == name:
                continue
            if current in inputs or current in self.source.outputs or current in final:
                self._copy(operand, name)
            else:
                final[current] = name
        nodes = tuple(_renamed(node, final) for node in self.nodes)
        stem = self.source.file.rsplit(".", 1)[0] or "model"
        return prune(Graph(stem, tuple(self.inputs), nodes, self.source.outputs))

    def _copy(self, operand: Operand, name: str) -> None:
        """Add a node that hands on a value under another name."""
        origin = Origin(self.source.file, name, "Identity")
        op = Cast(to=operand.type.dtype)
        value = Value(name, operand.type)
        self.nodes.append(
            Node(self.node_names.fresh(name), op, (self.stored(operand),), (value,), Provenance((origin,)))
        )


def _settled(depends: Depends, column: tuple[Array, ...]) -> Depends:
    """Return "nothing" for what depends on sizes but is the same for all of them."""
    if depends == "sizes" and all(np.array_equal(column[0], array) for array in column[1:]):
        return "nothing"
    return depends


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    outputs = tuple(Value(names.get(value.name, value.name), value.type) for value in node.outputs)
    return replace(node, inputs=tuple(names.get(name, name) for name in node.inputs), outputs=outputs)
