"""Types inferred by evaluation: run the nodes on small arrays of several sizes and read the shapes off.

A size that is known only when points arrive has a name, e.g. ``N``. Every name gets a few numbers, the
nodes run once per number, and a result whose size follows the numbers is named after them: ``N``,
``3*N``, ``N*M``. So shape arithmetic in the graph needs no rules: it is simply computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from snnir.errors import model_error
from snnir.ir import Graph, Node, Op, Value
from snnir.semantics.kernels import KERNELS
from snnir.semantics.limits import TooLargeError, check_size
from snnir.types import Array, Dim, ValueType, dtype_of

PRIMES = tuple(n for n in range(2, 200) if all(n % d for d in range(2, n)))
RUNS = 3
"""One run would confuse sizes that happen to agree, two could not distinguish ``2*N`` from ``N + 2``."""

EVALUATION_ERRORS = (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError, MemoryError, TooLargeError)
"""What NumPy raises where operands do not fit the op."""


class ShapesDifferError(Exception):
    """A value has different ranks or types in different runs: it has no type."""


@dataclass(frozen=True)
class Sizes:
    """Numbers for the names of sizes, one per run.

    Attributes:
        names: Which name stands for each name: itself, or another that must be equal.
        numbers: The numbers of each name that stands for itself.
    """

    names: Mapping[str, str]
    numbers: Mapping[str, tuple[int, ...]]

    @property
    def runs(self) -> int:
        """How often everything is evaluated; once where no size has a name."""
        return RUNS if self.numbers else 1

    def renamed(self, shape: Iterable[Dim]) -> tuple[Dim, ...]:
        """Return a shape with equal sizes under one name."""
        return tuple(self.names.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)

    def concrete(self, shape: Iterable[Dim], run: int) -> tuple[int, ...]:
        """Return a shape in numbers."""
        return tuple(self.numbers[dim][run] if isinstance(dim, str) else dim for dim in self.renamed(shape))

    def dim(self, found: tuple[int, ...]) -> Dim:
        """Return the dim that has these sizes in the runs."""
        if len(set(found)) == 1:
            return found[0]
        for text, numbers in self._candidates():
            if numbers == found:
                return text
        for text, numbers in self._candidates():
            line = _line(numbers, found)
            if line is not None:
                return _affine(text, *line)
        return f"size({', '.join(map(str, found))})"

    def _candidates(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield names, then products and sums of two or three of them."""
        yield from self.numbers.items()
        for count in (2, 3):
            for chosen in combinations_with_replacement(sorted(self.numbers), count):
                columns = list(zip(*(self.numbers[name] for name in chosen), strict=True))
                yield "*".join(chosen), tuple(int(np.prod(column)) for column in columns)
                if len(set(chosen)) == count:
                    yield "(" + " + ".join(chosen) + ")", tuple(sum(column) for column in columns)


def _line(numbers: tuple[int, ...], found: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the whole numbers a, b of ``found = a numbers + b``, if there are any."""
    rise = numbers[1] - numbers[0]
    if rise == 0 or (found[1] - found[0]) % rise:
        return None
    slope = (found[1] - found[0]) // rise
    offset = found[0] - slope * numbers[0]
    fits = slope and all(slope * number + offset == size for number, size in zip(numbers, found, strict=True))
    return (slope, offset) if fits else None


def _affine(text: str, slope: int, offset: int) -> str:
    scaled = text if slope == 1 else f"{slope}*{text}"
    return scaled if offset == 0 else f"{scaled} {'+' if offset > 0 else '-'} {abs(offset)}"


def assignments(names: Iterable[str]) -> Iterator[Sizes]:
    """Yield ways to give numbers to names: all different first, then more and more of them equal."""
    distinct = tuple(dict.fromkeys(names))
    groupings = _groupings(distinct) if len(distinct) <= 4 else iter([[[name] for name in distinct], [list(distinct)]])
    for blocks in sorted(groupings, key=len, reverse=True):
        leaders = {name: block[0] for block in blocks for name in block}
        yield Sizes(leaders, {block[0]: _numbers(index, len(blocks)) for index, block in enumerate(blocks)})


def _numbers(index: int, count: int) -> tuple[int, ...]:
    return tuple(PRIMES[(run * count + index) % len(PRIMES)] for run in range(RUNS))


def _groupings(names: tuple[str, ...]) -> Iterator[list[list[str]]]:
    if not names:
        yield []
        return
    *rest, last = names
    for blocks in _groupings(tuple(rest)):
        yield [*blocks, [last]]
        for index, block in enumerate(blocks):
            yield [*blocks[:index], [*block, last], *blocks[index + 1 :]]


def sample(kind: ValueType, sizes: Sizes, run: int) -> Array:
    """Return a small array of the type: zeros for integers, which are valid indices, a ramp for others."""
    shape = sizes.concrete(kind.shape, run)
    check_size(shape)
    dtype = np.dtype(kind.dtype)
    if not np.issubdtype(dtype, np.floating):
        return np.zeros(shape, dtype)
    return np.reshape(np.linspace(0.25, 0.75, int(np.prod(shape))).astype(dtype), shape)


def evaluate_op(op: Op, operands: tuple[Array, ...]) -> tuple[Array, ...]:
    """Run one kernel, refusing results that are too large to hold before they are made.

    Raises:
        TooLargeError: The result has too many elements.
        ValueError: The operands do not fit; NumPy also raises others of `EVALUATION_ERRORS`.
    """
    check_size(operands=operands, op=op)
    return KERNELS[type(op)](op, operands)


def type_of(arrays: tuple[Array, ...], sizes: Sizes) -> ValueType:
    """Return the type of a value from its arrays in all runs.

    Raises:
        ShapesDifferError: Ranks or element types differ between the runs.
    """
    if len({(array.ndim, array.dtype) for array in arrays}) > 1:
        raise ShapesDifferError(f"its rank depends on sizes: {', '.join(str(list(a.shape)) for a in arrays)}")
    shape = tuple(sizes.dim(found) for found in zip(*(array.shape for array in arrays), strict=True))
    return ValueType(dtype_of(arrays[0]), shape)


def infer(graph: Graph) -> Graph:
    """Return a graph of analog ops with the type of every value worked out from its inputs' types.

    The types of node outputs that `graph` comes with are ignored. Where the nodes cannot run with
    different numbers for differently named sizes, these sizes are equal, and get one name.

    Raises:
        ModelError: A node cannot take its operands; code ``bad-operands`` or ``too-large``.
    """
    names = (dim for value in graph.inputs for dim in value.type.shape if isinstance(dim, str))
    first: _Failure | None = None
    for sizes in assignments(names):
        outcome = _typed(graph, sizes)
        if isinstance(outcome, Graph):
            return outcome
        first = first or outcome
    assert first is not None  # noqa: S101 - there is at least one way, and it failed
    code = "too-large" if isinstance(first.reason, TooLargeError) else "bad-operands"
    where = f"{graph.name}, node {first.node.name!r} ({first.node.provenance})"
    raise model_error(code, f"{first.node.op.mnemonic} cannot take its operands: {first.reason}", where)


@dataclass(frozen=True)
class _Failure:
    node: Node
    reason: Exception


def _typed(graph: Graph, sizes: Sizes) -> Graph | _Failure:
    runs = range(sizes.runs)
    values = {value.name: tuple(sample(value.type, sizes, run) for run in runs) for value in graph.inputs}
    inputs = tuple(
        Value(value.name, replace(value.type, shape=sizes.renamed(value.type.shape))) for value in graph.inputs
    )
    nodes: list[Node] = []
    for node in graph.nodes:
        try:
            results = [evaluate_op(node.op, tuple(values[name][run] for name in node.inputs)) for run in runs]
            made = {value.name: arrays for value, *arrays in zip(node.outputs, *results, strict=True)}
            outputs = tuple(Value(name, type_of(tuple(arrays), sizes)) for name, arrays in made.items())
        except (*EVALUATION_ERRORS, ShapesDifferError) as error:
            return _Failure(node, error)
        values.update({name: tuple(arrays) for name, arrays in made.items()})
        nodes.append(replace(node, outputs=outputs))
    return replace(graph, inputs=inputs, nodes=tuple(nodes))
