"""The check of every import: the graph must compute what onnxruntime computes from the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np

from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, Value
from snnir.ops import Div
from snnir.semantics.limits import TooLargeError, check_size
from snnir.types import Array
from snnir_onnx.compare import Disagreement, compare, run
from snnir_onnx.program import Program
from snnir_onnx.source import RefusedError, Source

POINTS = (1, 3, 7)
"""Numbers of points tried; 1 broadcasts, the others distinguish axes."""
RANGES = ((-1.0, 1.0), (0.05, 1.0))
"""Where points are drawn; from the second range if the first gave NaN, as a logarithm does."""


class Oracle:
    """Compares graphs with what a file computes; in float32, where the file is one that computes in float16."""

    def __init__(self, source: Source, *, half: bool = False) -> None:
        self._source = source
        self._program = Program(source, half=half)

    @property
    def checked_by(self) -> str:
        """The program that ran the file."""
        return self._program.name

    def check(self, graph: Graph) -> None:
        """Return if the graph computes what the file does, for several numbers of points.

        Raises:
            ModelError: It does not, code ``import-differs``; or onnxruntime cannot run it, code ``oracle-failed``.
        """
        names = sorted({dim for value in graph.inputs for dim in value.type.shape if isinstance(dim, str)})
        failures: list[RefusedError] = []
        agreed = 0
        for turn in range(len(POINTS)):
            try:
                difference = self._difference(graph, _sizes(names, turn), turn)
            except RefusedError as error:
                failures.append(error)
                continue
            if difference is not None:
                raise self._differs(difference)
            agreed += 1
        if not agreed:
            raise self._failed(failures[0])

    def agrees_freed(self, graph: Graph, blocks: Mapping[str, int]) -> bool:
        """Return whether a graph with open sizes computes, block by block, what the file does with its fixed ones.

        Args:
            graph: Every output has every open size once, as an axis of its own.
            blocks: The size in the file for each size that is open now.
        """
        names = sorted(blocks)
        try:
            return all(self._agrees_in_blocks(graph, blocks, _sizes(names, turn), turn) for turn in range(len(POINTS)))
        except RefusedError:
            return False

    def agrees_point_by_point(self, graph: Graph, axis: str) -> bool:
        """Return whether a graph computes for every point along an axis in front what the file does for one."""

        def each(feeds: Mapping[str, Array], count: int) -> dict[str, Array]:
            rows = [
                self._program.run({name: np.asarray(array[row]) for name, array in feeds.items()})
                for row in range(count)
            ]
            return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

        try:
            for turn, count in enumerate(POINTS):
                feeds, theirs = self._drawn(graph, {axis: count}, turn, partial(each, count=count))
                if self._compare(graph, feeds, theirs) is not None:
                    return False
        except RefusedError:
            return False
        return True

    def _difference(self, graph: Graph, sizes: Mapping[str, int], turn: int) -> Disagreement | None:
        feeds, theirs = self._drawn(graph, sizes, turn, self._program.run)
        found = self._compare(graph, feeds, theirs)
        if found is None or self._specified(graph, feeds):
            return None
        return self._first(graph, feeds, found)

    def _specified(self, graph: Graph, feeds: Mapping[str, Array]) -> bool:
        """Return whether ONNX's reference implementation takes our side.

        The sigmoid of onnxruntime is off by 5e-8 in its tails; a quotient of two tails, as in windowed networks
        outside their domain, makes that visible.
        """
        try:
            return self._compare(graph, feeds, self._program.specified(feeds)) is None
        except RefusedError:
            return False

    def _agrees_in_blocks(self, graph: Graph, blocks: Mapping[str, int], sizes: Mapping[str, int], turn: int) -> bool:
        feeds, theirs = self._drawn(graph, sizes, turn, lambda feeds: self._in_blocks(graph, feeds, blocks, sizes))
        return self._compare(graph, feeds, theirs) is None

    def _compare(self, graph: Graph, feeds: Mapping[str, Array], theirs: Mapping[str, Array]) -> Disagreement | None:
        return compare(graph, feeds, theirs, self._program.precision)

    def _drawn(
        self,
        graph: Graph,
        sizes: Mapping[str, int],
        turn: int,
        evaluate_file: Callable[[Mapping[str, Array]], dict[str, Array]],
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return inputs and the outputs of `evaluate_file` for them; from the second range if the first gives NaN."""
        divisions = [node for node in graph.of(Div) if node.output.type.dtype.startswith(("int", "uint"))]
        least = 1 if divisions else 0
        first, second = (self._program.held(draw(graph.inputs, sizes, limits, turn, least)) for limits in RANGES)
        if divisions:
            _check_divisors(graph, divisions, first)
        results = evaluate_file(first)
        return (second, evaluate_file(second)) if _nan(results.values()) else (first, results)

    def _in_blocks(
        self, graph: Graph, feeds: Mapping[str, Array], blocks: Mapping[str, int], sizes: Mapping[str, int]
    ) -> dict[str, Array]:
        """Return the outputs put together from runs with the sizes in the file; the last block repeats the last row.

        Raises:
            RefusedError: onnxruntime fails, or gives another shape.
        """
        joined: dict[str, Array] = {}
        for starts in product(*(range(0, sizes[name], size) for name, size in blocks.items())):
            rows = {name: range(start, start + blocks[name]) for name, start in zip(blocks, starts, strict=True)}
            block = {
                value.name: _taken(feeds[value.name], [rows.get(str(dim)) for dim in value.type.shape])
                for value in graph.inputs
            }
            for name, part in self._program.run(block).items():
                dims = [str(dim) for dim in graph.types[name].shape]
                if list(part.shape) != [blocks[dim] if dim in blocks else int(dim) for dim in dims]:
                    raise RefusedError("import-differs", f"output {name!r} has another shape in {self.checked_by}")
                shape = [sizes.get(dim, size) for dim, size in zip(dims, part.shape, strict=True)]
                whole = joined.setdefault(name, np.zeros(shape, part.dtype))
                place = tuple(
                    slice(rows[dim].start, min(rows[dim].stop, sizes[dim])) if dim in rows else slice(None)
                    for dim in dims
                )
                whole[place] = part[tuple(slice(size) for size in whole[place].shape)]
        return joined

    def _first(self, graph: Graph, feeds: Mapping[str, Array], found: Disagreement) -> Disagreement:
        """Return the disagreement at the first value that differs, if onnxruntime shows the values inside."""
        try:
            ours = run(graph.nodes, feeds)
            theirs = self._program.inner(feeds, frozenset(ours))
        except RefusedError:
            return found
        for node in graph.nodes:
            names = tuple(value.name for value in node.outputs if value.name in theirs)
            first = self._compare(graph, feeds, {name: theirs[name] for name in names})
            if first is not None:
                return Disagreement(first.name, first.text, f"node {node.name!r} ({node.provenance})")
        return found

    def _differs(self, found: Disagreement) -> ModelError:
        place = f"{self._source.file}, {found.place or f'output {found.name!r}'}"
        what = f"the import computes something else than {self.checked_by}: {found.text}"
        hint = f"this is a defect of snnir, or of {self.checked_by}; please report it with the file"
        return ModelError([Diagnostic("import-differs", what, place, hint)])

    def _failed(self, error: RefusedError) -> ModelError:
        hint = error.hint or "every import is checked against onnxruntime; export to an operator set that it can run"
        return ModelError([Diagnostic(error.code, error.message, self._source.file, hint)])


def _sizes(names: Sequence[str], turn: int) -> dict[str, int]:
    """Return numbers of points that differ between names."""
    return {name: POINTS[(turn + place) % len(POINTS)] for place, name in enumerate(names)}


def _check_divisors(graph: Graph, divisions: Sequence[Node], feeds: Mapping[str, Array]) -> None:
    """Return if no division of integers is by zero: some onnxruntimes end the whole process at that.

    Raises:
        RefusedError: One is; code ``oracle-failed``.
    """
    with np.errstate(all="ignore"):
        values = {**feeds, **run(graph.nodes, feeds)}
    for node in divisions:
        if np.any(values[node.inputs[1]] == 0):
            raise RefusedError("oracle-failed", f"node {node.name!r} divides integers by zero")


def _nan(arrays: Iterable[Array]) -> bool:
    return any(np.issubdtype(array.dtype, np.floating) and bool(np.isnan(array).any()) for array in arrays)


def _taken(array: Array, rows: Sequence[range | None]) -> Array:
    """Return the rows of each axis, the last one repeated where there are not enough."""
    for axis, chosen in enumerate(rows):
        if chosen is not None:
            array = np.take(array, np.minimum(chosen, array.shape[axis] - 1), axis=axis)
    return array


def draw(
    inputs: tuple[Value, ...], sizes: Mapping[str, int], limits: tuple[float, float], seed: int, least: int = 0
) -> dict[str, Array]:
    """Return random inputs: floats between the limits, integers `least` to 1, which are valid indices of most axes.

    Raises:
        RefusedError: An input is too large.
    """
    random = np.random.default_rng(seed)
    feeds: dict[str, Array] = {}
    for value in inputs:
        shape = tuple(sizes[dim] if isinstance(dim, str) else dim for dim in value.type.shape)
        try:
            check_size(shape)
        except TooLargeError as error:
            raise RefusedError("too-large", f"input {value.name!r}: {error}") from error
        dtype = np.dtype(value.type.dtype)
        if np.issubdtype(dtype, np.floating):
            feeds[value.name] = np.asarray(random.uniform(*limits, shape)).astype(dtype)
        else:
            feeds[value.name] = np.asarray(random.integers(least, 2, shape)).astype(dtype)
    return feeds
