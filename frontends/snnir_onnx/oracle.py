"""The check of every import: the graph must compute what onnxruntime computes from the same file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Value
from snnir.semantics.limits import TooLargeError, check_size
from snnir.types import Array
from snnir_onnx.compare import Disagreement, compare, run
from snnir_onnx.runtime import Runtime, loadable, with_all_values
from snnir_onnx.source import RefusedError, Source

POINTS = (1, 3, 7)
"""Numbers of points tried; 1 broadcasts, the others tell axes apart."""
RANGES = ((-1.0, 1.0), (-1.0, 1.0), (-4.0, 4.0))
"""Where the points of each try are drawn."""
POSITIVE = (0.05, 1.0)
"""Where points are drawn again, if others gave NaN on both sides."""


class Oracle:
    """Runs a file in onnxruntime, which is loaded when first asked."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def _runtime(self) -> Runtime:
        return Runtime(loadable(self._source))

    def check(self, graph: Graph) -> None:
        """Return if the graph computes what the file does, for several numbers of points.

        Raises:
            ModelError: It does not, code ``import-differs``; or onnxruntime cannot say, code ``oracle-failed``.
        """
        names = sorted({dim for value in graph.inputs for dim in value.type.shape if isinstance(dim, str)})
        failures: list[RefusedError] = []
        agreed = 0
        for turn in range(len(POINTS)):
            sizes = {name: POINTS[(turn + place) % len(POINTS)] for place, name in enumerate(names)}
            try:
                difference = self._difference(graph, sizes, turn)
            except RefusedError as error:
                failures.append(error)
                continue
            if difference is not None:
                raise self._differs(difference)
            agreed += 1
        if not agreed:
            raise self._failed(failures[0])

    def agrees_freed(self, graph: Graph, batch: int) -> bool:
        """Return whether a graph with an open batch computes, row by row, what the file does with its fixed one."""
        try:
            return all(self._agrees_in_blocks(graph, batch, points, turn) for turn, points in enumerate(POINTS))
        except RefusedError:
            return False

    def _difference(self, graph: Graph, sizes: Mapping[str, int], turn: int) -> Disagreement | None:
        feeds = draw(graph.inputs, sizes, RANGES[turn], turn)
        theirs = self._runtime.run(feeds)
        if any(np.issubdtype(array.dtype, np.floating) and np.isnan(array).any() for array in theirs):
            feeds = draw(graph.inputs, sizes, POSITIVE, turn)
            theirs = self._runtime.run(feeds)
        found = compare(graph, feeds, dict(zip(self._runtime.outputs, theirs, strict=True)))
        return found and self._first(graph, feeds, found)

    def _agrees_in_blocks(self, graph: Graph, batch: int, points: int, turn: int) -> bool:
        feeds = draw(graph.inputs, {"N": points}, RANGES[turn], turn)
        blocks: list[tuple[Array, ...]] = []
        for start in range(0, points, batch):
            rows = np.minimum(np.arange(start, start + batch), points - 1)
            block = {
                value.name: feeds[value.name][rows] if value.type.shape[:1] == ("N",) else feeds[value.name]
                for value in graph.inputs
            }
            blocks.append(self._runtime.run(block))
        joined = (np.concatenate(parts)[:points] for parts in zip(*blocks, strict=True))
        return compare(graph, feeds, dict(zip(self._runtime.outputs, joined, strict=True))) is None

    def _first(self, graph: Graph, feeds: Mapping[str, Array], found: Disagreement) -> Disagreement:
        """Return the disagreement at the first value that differs, if onnxruntime shows the values inside."""
        try:
            ours = run(graph.nodes, feeds)
            inner = Runtime(with_all_values(loadable(self._source), frozenset(ours)))
            theirs = dict(zip(inner.outputs, inner.run(feeds), strict=True))
        except RefusedError:
            return found
        for node in graph.nodes:
            names = tuple(value.name for value in node.outputs if value.name in theirs)
            first = compare(graph, feeds, {name: theirs[name] for name in names})
            if first is not None:
                return Disagreement(first.name, first.text, f"node {node.name!r} ({node.provenance})")
        return found

    def _differs(self, found: Disagreement) -> ModelError:
        place = f"{self._source.file}, {found.place or f'output {found.name!r}'}"
        what = f"the import computes something else than onnxruntime: {found.text}"
        hint = "this is a defect of snnir, or of onnxruntime; please report it with the file"
        return ModelError([Diagnostic("import-differs", what, place, hint)])

    def _failed(self, error: RefusedError) -> ModelError:
        hint = error.hint or "every import is checked against onnxruntime; export to an operator set that it can run"
        return ModelError([Diagnostic(error.code, error.message, self._source.file, hint)])


def draw(
    inputs: tuple[Value, ...], sizes: Mapping[str, int], limits: tuple[float, float], seed: int
) -> dict[str, Array]:
    """Return random inputs: floats between the limits, integers 0 and 1, which are valid indices of most axes.

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
            feeds[value.name] = np.asarray(random.integers(0, 2, shape)).astype(dtype)
    return feeds
