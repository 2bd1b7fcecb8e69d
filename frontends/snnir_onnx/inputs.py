"""Which sizes inputs have: named ones stay open, and unknown ones are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product

from snnir import provenance
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Value
from snnir.semantics.infer import assignments
from snnir.types import Dim, ValueType
from snnir_onnx.batch import BATCH, of_many_points, with_shape
from snnir_onnx.convert import attempt
from snnir_onnx.half import NOTE, is_half, widened
from snnir_onnx.oracle import Oracle
from snnir_onnx.source import Source, SourceInput

MAX_GUESSES = 64
"""Combinations of sizes tried for sizes that the file does not give."""


def import_graph(source: Source) -> Graph:
    """Return the graph of a file, checked by the oracle.

    Raises:
        ModelError: It cannot be converted, or the oracle disagrees.
    """
    graph = _converted(source, _declared(source))
    half = is_half(graph)
    oracle = Oracle(source, half=half)
    if half:
        source = widened(source)
        graph = _converted(source, _declared(source))
    many = of_many_points(source, graph, oracle)
    if many is None:
        oracle.check(graph)
    notes = (NOTE,) if half else ()
    return replace(many or graph, source=provenance.Source(source.file, "", oracle.checked_by, notes))


def _declared(source: Source) -> tuple[Value, ...]:
    """Return the inputs as the file declares them, unknown sizes named."""
    taken = {dim for given in source.inputs for dim in given.shape or () if isinstance(dim, str)}
    values: list[Value] = []
    for given in source.inputs:
        shape = tuple(_named(given, axis, dim, taken) for axis, dim in enumerate(_shape(given)))
        taken.update(dim for dim in shape if isinstance(dim, str))
        values.append(Value(given.name, ValueType(given.dtype, shape)))
    return tuple(values)


def _shape(given: SourceInput) -> tuple[int | str | None, ...]:
    """Return the declared shape; where there is none, points in rows."""
    return (None, None) if given.shape is None else given.shape


def _named(given: SourceInput, axis: int, dim: Dim | None, taken: set[str]) -> Dim:
    if dim is not None:
        return dim
    return BATCH if axis == 0 and BATCH not in taken else f"{given.name}_{axis}"


def _converted(source: Source, inputs: tuple[Value, ...]) -> Graph:
    """Convert with sizes open, those equal that must be; else with sizes found for all but the batch."""
    first: ModelError | None = None
    for types in (inputs, *_guesses(source, inputs)):
        names = (dim for value in types for dim in value.type.shape if isinstance(dim, str))
        outcome = _first_that_fits(source, types, tuple(names))
        if isinstance(outcome, Graph):
            return outcome
        first = first or outcome
    assert first is not None  # noqa: S101 - there was at least one attempt, and it failed
    raise ModelError((*first.diagnostics, *_open_sizes(source)))


def _first_that_fits(source: Source, inputs: tuple[Value, ...], names: tuple[str, ...]) -> Graph | ModelError:
    first: ModelError | None = None
    for sizes in assignments(names):
        outcome = attempt(source, inputs, sizes)
        if isinstance(outcome, Graph):
            return outcome
        first = first or outcome
    assert first is not None  # noqa: S101 - there is always one assignment
    return first


def _guesses(source: Source, inputs: tuple[Value, ...]) -> Iterator[tuple[Value, ...]]:
    """Yield inputs with open sizes behind the first axis set to sizes that weights have.

    1 comes last: it broadcasts, so it fits where it is not meant.
    """
    inner = {dim for value in inputs for dim in value.type.shape[1:] if isinstance(dim, str)}
    inner -= {dim for value in inputs for dim in value.type.shape[:1] if isinstance(dim, str)}
    if not inner:
        return
    found = {size for array in source.initializers.values() for size in array.shape}
    candidates = [*sorted(found - {0, 1}), 1]
    for numbers in islice(product(candidates, repeat=len(inner)), MAX_GUESSES):
        fixed = dict(zip(sorted(inner), numbers, strict=True))
        yield tuple(with_shape(value, tuple(fixed.get(str(dim), dim) for dim in value.type.shape)) for value in inputs)


def _open_sizes(source: Source) -> Iterator[Diagnostic]:
    """Yield inputs whose missing sizes may be why nothing fits."""
    for given in source.inputs:
        if any(not isinstance(dim, int) for dim in _shape(given)[1:]):
            shape = "unknown" if given.shape is None else list(given.shape)
            hint = "export with a fixed number of columns; only the number of points needs to stay open"
            what = f"its shape is {shape}, and no sizes could be found that fit the network"
            yield Diagnostic("unknown-shape", what, f"{source.file}, input {given.name!r}", hint)
