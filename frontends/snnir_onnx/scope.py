"""What a converter sees of its node, and how it makes ops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from snnir.ir import Node, Op, Value
from snnir.provenance import Provenance
from snnir.types import Array
from snnir_onnx.builder import Builder, Operand
from snnir_onnx.source import RefusedError, SourceNode


class Scope:
    """One node under conversion.

    Attributes:
        node: The node of the file.
        opset: Version of its operator set.
        freed: See `Builder`.
    """

    def __init__(self, builder: Builder, node: SourceNode) -> None:
        self.node = node
        self.opset = builder.source.opsets[node.domain]
        self.freed = builder.freed
        self._builder = builder
        self._made: list[Node] = []
        self._temporary: set[str] = set()

    # Operands

    def operand(self, index: int) -> Operand:
        """Return an input that must be there."""
        found = self.optional(index)
        if found is None:
            raise RefusedError("bad-model", f"input {index} is missing", "the file is damaged")
        return found

    def optional(self, index: int) -> Operand | None:
        """Return an input, or None where it is left out."""
        name = self.node.inputs[index] if index < len(self.node.inputs) else ""
        return self._builder.values[name] if name else None

    def operands(self) -> tuple[Operand, ...]:
        """Return all inputs; none may be left out."""
        return tuple(self.operand(index) for index in range(len(self.node.inputs)))

    def known(self, index: int, what: str) -> Array:
        """Return an input that must be a constant."""
        array = self.operand(index).constant
        if array is None:
            hint = "export with constant folding, or with this operand fixed"
            raise RefusedError("unsupported-operand", f"{self.node.op} with computed {what} is not supported", hint)
        return array

    def known_integers(self, index: int, what: str) -> tuple[int, ...] | None:
        """Return an input that must be a constant list of integers, or None where it is left out."""
        if self.optional(index) is None:
            return None
        return tuple(int(number) for number in np.reshape(self.known(index, what), -1))

    # Attributes

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an integer attribute."""
        return int(self._attribute(name, int, default))

    def real(self, name: str, default: float) -> float:
        """Return a float attribute; digits beyond single precision are not part of the file, nor of its defaults."""
        return float(np.float32(self._attribute(name, float, default)))

    def text(self, name: str, default: str) -> str:
        """Return a string attribute."""
        return str(self._attribute(name, str, default))

    def integers(self, name: str) -> tuple[int, ...] | None:
        """Return an attribute that is a list of integers, or None where it is left out."""
        found = self.node.attributes.get(name)
        return None if found is None else self._list(name, found, int)

    def reals(self, name: str) -> tuple[float, ...]:
        """Return an attribute that is a list of floats; empty where it is left out."""
        return self._list(name, self.node.attributes.get(name, ()), float)

    def _attribute(self, name: str, kind: type[Any], default: Any) -> Any:
        found: Any = self.node.attributes.get(name, default)
        if found is None:
            raise RefusedError("bad-model", f"attribute {name!r} is missing", "the file is damaged")
        if not isinstance(found, kind):
            raise RefusedError("bad-model", f"attribute {name!r} is no {kind.__name__}", "the file is damaged")
        return found

    def _list(self, name: str, found: Any, kind: type[Any]) -> tuple[Any, ...]:
        if not _is_list(found, kind):
            raise RefusedError("bad-model", f"attribute {name!r} is no list of {kind.__name__}", "the file is damaged")
        return tuple(found)

    # Making ops

    def constant(self, value: npt.ArrayLike, like: Operand | None = None) -> Operand:
        """Return a constant operand, in the element type of `like` if given."""
        array = np.asarray(value, dtype=like.arrays[0].dtype if like else None)
        return self._builder.known(self._fresh(), array)

    def emit(self, op: Op, *operands: Operand) -> Operand:
        """Return the result of an op; a node is made unless it is a constant."""
        return self.emit_several(op, operands, 1)[0]

    def emit_several(self, op: Op, operands: Sequence[Operand], count: int) -> tuple[Operand, ...]:
        """Return the results of an op with several."""
        names = tuple(self._fresh() for _ in range(count))
        results = self._builder.run(op, tuple(operands), names)
        if any(result.constant is None for result in results):
            inputs = tuple(self._builder.stored(operand) for operand in operands)
            outputs = tuple(Value(result.name, result.type) for result in results)
            self._made.append(Node("", op, inputs, outputs))
        return results

    def _fresh(self) -> str:
        base = next((name for name in self.node.outputs if name), self.node.name)
        name = self._builder.names.fresh(base)
        self._temporary.add(name)
        return name

    def finish(self, results: Sequence[Operand]) -> None:
        """Give results the names that the file has for them, and nodes the name of the file's node."""
        names: dict[str, str] = {}
        for wanted, result in zip(self.node.outputs, results, strict=False):
            own = result.name in self._temporary and result.name not in names
            if wanted and own and result.constant is None:
                names[result.name] = wanted
            if wanted:
                self._builder.values[wanted] = replace(result, name=wanted) if own else result
        provenance = Provenance((self.node.origin,))
        for index, node in enumerate(self._made):
            last = index == len(self._made) - 1
            name = self.node.name if last else self._builder.node_names.fresh(self.node.name)
            inputs = tuple(names.get(value, value) for value in node.inputs)
            outputs = tuple(Value(names.get(value.name, value.name), value.type) for value in node.outputs)
            self._builder.nodes.append(Node(name, node.op, inputs, outputs, provenance))


def _is_list(found: Any, kind: type[Any]) -> bool:
    return isinstance(found, tuple) and all(isinstance(item, kind) for item in cast("tuple[object, ...]", found))
