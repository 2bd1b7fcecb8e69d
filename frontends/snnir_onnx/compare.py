"""When two computations of one file agree.

The bound is relative to the largest output. A badly conditioned network amplifies rounding beyond any fixed
bound; then the import must be as close to onnxruntime as its own rounding noise lets one expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from snnir.ir import Graph, Node, Op, Tensor
from snnir.ops import Cast, Ceil, Floor, Round, Sign
from snnir.semantics.infer import EVALUATION_ERRORS, evaluate_op
from snnir.types import Array
from snnir_onnx.half import rounded
from snnir_onnx.source import RefusedError

BOUNDS = {"float16": 5e-3, "float32": 1e-5, "float64": 1e-12}
"""Largest difference allowed, relative to the largest output, by the least precise type in the graph."""
JUMPS: tuple[type[Op], ...] = (Ceil, Floor, Round, Sign)
"""Ops whose result another order of summation may change by a whole step."""
TIE = 5e-7
"""Relative; how near to a jump another order of summation may get to its other side."""
NOISE = 20.0
"""Two orders of summation differ by a few times what one differs from the exact sum."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where two computations differ.

    Attributes:
        name: The value.
        text: How.
        place: The node that makes it, where known.
    """

    name: str
    text: str
    place: str = ""


def compare(
    graph: Graph, feeds: Mapping[str, Array], theirs: Mapping[str, Array], precision: str = ""
) -> Disagreement | None:
    """Return the first of `theirs` that the graph computes otherwise, or None.

    Args:
        graph: Computes ours.
        feeds: Its inputs.
        theirs: Some of its values.
        precision: Element type whose rounding `theirs` have, where that is less than the graph's.

    Raises:
        RefusedError: A node of the graph cannot run on these inputs; code ``import-differs``.
    """
    ours = run(graph.nodes, feeds)
    kinds = {*(kind.dtype for kind in graph.types.values()), precision}
    bound = max((BOUNDS[kind] for kind in BOUNDS if kind in kinds), default=0.0)
    suspects: dict[str, str] = {}
    for name, expected in theirs.items():
        text = _difference(ours[name], expected, bound)
        if text is not None and (not _numbers(ours[name], expected)):
            return Disagreement(name, text)
        if text is not None:
            suspects[name] = text
    if not suspects:
        return None
    noise = _half_noise if precision == "float16" else _noise
    expected_noise = noise(graph, feeds, ours, tuple(suspects))
    if any(graph.of(*JUMPS)):
        ties = _tie_noise(graph, feeds, ours, tuple(suspects))
        expected_noise = {name: max(ties[name], expected_noise[name]) for name in suspects}
    for name, text in suspects.items():
        scale = float(np.max(np.abs(theirs[name]), initial=0.0, where=np.isfinite(theirs[name])))
        if _largest(ours[name], theirs[name]) > bound * scale + NOISE * expected_noise[name]:
            return Disagreement(name, text)
    return None


def run(
    nodes: tuple[Node, ...], feeds: Mapping[str, Array], settle: Callable[[Array], Array] | None = None
) -> dict[str, Array]:
    """Return every value that the nodes make, and the feeds.

    Args:
        nodes: In topological order.
        feeds: What comes from outside.
        settle: Applied to every result.

    Raises:
        RefusedError: A node cannot run on these; code ``import-differs``.
    """
    values = dict(feeds)
    for node in nodes:
        try:
            results = evaluate_op(node.op, tuple(values[name] for name in node.inputs))
        except EVALUATION_ERRORS as error:
            raise RefusedError("import-differs", f"node {node.name!r} cannot run: {error}") from error
        kept = results if settle is None else map(settle, results)
        values.update({value.name: result for value, result in zip(node.outputs, kept, strict=True)})
    return values


def _numbers(ours: Array, theirs: Array) -> bool:
    """Return whether two arrays differ at most in finite digits, which noise might explain."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype or not np.issubdtype(ours.dtype, np.floating):
        return False
    return bool(np.array_equal(np.isfinite(ours), np.isfinite(theirs)))


def _difference(ours: Array, theirs: Array, bound: float) -> str | None:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"{ours.dtype}{list(ours.shape)} instead of {theirs.dtype}{list(theirs.shape)}"
    if not np.issubdtype(ours.dtype, np.floating):
        count = int(np.count_nonzero(ours != theirs))
        return f"{count} of {ours.size} values differ" if count else None
    finite = np.isfinite(theirs)
    if not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True) or not np.isfinite(ours[finite]).all():
        return "NaN or infinite at other places"
    scale = float(np.max(np.abs(theirs), initial=0.0, where=finite))
    largest = _largest(ours, theirs)
    if largest <= bound * scale:
        return None
    return f"largest difference {largest:.3g} where the largest output is {scale:.3g}"


def _largest(ours: Array, theirs: Array) -> float:
    finite = np.isfinite(theirs) & np.isfinite(ours)
    return float(np.max(np.abs(ours[finite].astype(np.float64) - theirs[finite].astype(np.float64)), initial=0.0))


def _noise(
    graph: Graph, feeds: Mapping[str, Array], ours: Mapping[str, Array], names: tuple[str, ...]
) -> dict[str, float]:
    """Return the rounding noise of values: against double precision, or against inputs off by one bit."""
    nodes, inputs = tuple(map(_widened, graph.nodes)), {name: _wide(array) for name, array in feeds.items()}
    if all(array.dtype == np.float64 for array in ours.values() if np.issubdtype(array.dtype, np.floating)):
        nodes = graph.nodes
        inputs = {
            name: np.nextafter(array, np.inf) if np.issubdtype(array.dtype, np.floating) else array
            for name, array in feeds.items()
        }
    exact = run(nodes, inputs)
    return {name: _largest(ours[name], exact[name]) for name in names}


def _half_noise(
    graph: Graph, feeds: Mapping[str, Array], ours: Mapping[str, Array], names: tuple[str, ...]
) -> dict[str, float]:
    """Return how far rounding every result to float16 moves values."""
    with np.errstate(over="ignore", invalid="ignore"):
        coarse = run(graph.nodes, feeds, rounded)
    return {name: _largest(ours[name], coarse[name]) for name in names}


def _tie_noise(
    graph: Graph, feeds: Mapping[str, Array], ours: Mapping[str, Array], names: tuple[str, ...]
) -> dict[str, float]:
    """Return how far a few units in the last place of every result move values: a step, where one is at a jump."""

    def moved(factor: float) -> Callable[[Array], Array]:
        return lambda array: array * array.dtype.type(factor) if np.issubdtype(array.dtype, np.floating) else array

    near = [run(graph.nodes, feeds, moved(1 + sign * TIE)) for sign in (-1, 1)]
    return {name: max(_largest(ours[name], values[name]) for values in near) for name in names}


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array


def _widened(node: Node) -> Node:
    """Return a node that computes in double precision."""
    op = node.op
    if isinstance(op, Cast) and op.to in BOUNDS:
        return replace(node, op=Cast("float64"))
    tensors = {field.name: getattr(op, field.name) for field in fields(op)}
    wide = {name: Tensor(_wide(value.array)) for name, value in tensors.items() if isinstance(value, Tensor)}
    return replace(node, op=replace(op, **wide)) if wide else node
