"""Text to graph: the exact inverse of `snnir.text.printer`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from snnir.errors import did_you_mean
from snnir.ir import Graph, Node, Op, Tensor, Value, verify
from snnir.ops.named import op_named, op_names
from snnir.provenance import Origin, Provenance, Source
from snnir.text.attributes import Attribute, Field, Scalar, describe, fields_of, fit
from snnir.text.cursor import Cursor
from snnir.text.printer import DIM, VERSION
from snnir.text.scalars import INTEGER, NAME, NUMBER, STRING, WORD, array_of, unquote
from snnir.types import (
    ANALOG,
    DTYPES,
    WEIGHTINGS,
    Coding,
    Current,
    Dim,
    DType,
    Estimate,
    Spikes,
    ValueType,
    Weighting,
)

_NO_TENSORS: Mapping[str, Tensor] = MappingProxyType({})
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}(?![0-9a-f])")
_ELEMENT = re.compile(rf"true|false|{NUMBER.pattern}")
_Item = TypeVar("_Item")


def parse_graph(text: str, tensors: Mapping[str, Tensor] = _NO_TENSORS, *, source: str = "text") -> Graph:
    """Return the graph that a text describes, verified.

    Args:
        text: The text form; blanks, line ends and comments (``# ...``) may stand anywhere.
        tensors: By digest, for tensors that the text does not write out.
        source: Name of the text in messages.

    Raises:
        ModelError: The text is malformed (code ``text-syntax``), needs a tensor that was not given
            (``missing-tensor``), or describes an illegal graph (``invalid-ir``).
    """
    cursor = Cursor(text, source)
    cursor.expect("snnir")
    version = _integer(cursor, "the version of the text form")
    if version != VERSION:
        raise cursor.error(f"text form {version} is not known", hint=f"this snnir reads version {VERSION}")
    cursor.expect("graph")
    graph = _graph(cursor, tensors)
    if cursor.skip() < len(text):
        raise cursor.error("expected the end of the text")
    verify(graph)
    return graph


def _graph(cursor: Cursor, tensors: Mapping[str, Tensor], *, inner: bool = False) -> Graph:
    """Read a graph from its name on; an inner one is an attribute, and its nodes hold no graphs themselves."""
    name = cursor.string("the graph's name")
    cursor.expect("{")
    read_from = _source(cursor) if cursor.accept("source") else None
    inputs = _repeated(cursor, "input", _input)
    nodes: list[Node] = []
    while not cursor.accept("}"):
        if cursor.accept("output"):
            outputs = (_value_name(cursor), *_repeated(cursor, "output", _value_name))
            cursor.expect("}")
            break
        nodes.append(_node(cursor, tensors, inner=inner))
    else:
        outputs = ()
    return Graph(name, inputs, tuple(nodes), outputs, read_from)


def _source(cursor: Cursor) -> Source:
    file, digest = cursor.string("a file name"), cursor.string("a SHA-256 digest")
    checked_by = ""
    if cursor.accept("checked"):
        cursor.expect("by")
        checked_by = cursor.string("the program that it was checked by")
    notes = _repeated(cursor, "note", lambda cursor: cursor.string("a note"))
    return Source(file, digest, checked_by, notes)


def _repeated(cursor: Cursor, keyword: str, read: Callable[[Cursor], _Item]) -> tuple[_Item, ...]:
    items: list[_Item] = []
    while cursor.accept(keyword):
        items.append(read(cursor))
    return tuple(items)


def _listed(cursor: Cursor, read: Callable[[Cursor], _Item], end: str) -> tuple[_Item, ...]:
    """Read items between commas up to `end`; there may be none."""
    items: list[_Item] = []
    while not cursor.accept(end):
        if items and not cursor.accept(","):
            raise cursor.error(f"expected ',' or {end!r}")
        items.append(read(cursor))
    return tuple(items)


def _chained(cursor: Cursor, read: Callable[[Cursor], _Item], separator: str = ",") -> tuple[_Item, ...]:
    """Read one item or more between separators."""
    items = [read(cursor)]
    while cursor.accept(separator):
        items.append(read(cursor))
    return tuple(items)


def _integer(cursor: Cursor, what: str) -> int:
    place = cursor.skip()
    return _int(cursor, cursor.read(INTEGER, what), place)


def _int(cursor: Cursor, text: str, place: int) -> int:
    try:
        return int(text)
    except ValueError:  # Python refuses numbers of thousands of digits
        raise cursor.error("the number is too long", place) from None


def _value_name(cursor: Cursor) -> str:
    cursor.expect("%")
    quoted = cursor.match(STRING)
    return unquote(quoted) if quoted else cursor.read(NAME, "a value name")


def _input(cursor: Cursor) -> Value:
    name = _value_name(cursor)
    cursor.expect(":")
    return Value(name, _type(cursor))


def _node(cursor: Cursor, tensors: Mapping[str, Tensor], *, inner: bool) -> Node:
    names: tuple[str, ...] = ()
    place = cursor.skip()
    if cursor.text.startswith("%", place):
        names = _chained(cursor, _value_name)
        cursor.expect("=")
    kind = _kind(cursor)
    inputs = _inputs(cursor, kind)
    op = _op(cursor, kind, tensors, inner=inner)
    place = cursor.skip()
    types = _chained(cursor, _type) if cursor.accept(":") else ()
    if len(types) != len(names):
        raise cursor.error(f"{len(names)} outputs need as many types, got {len(types)}", place)
    cursor.expect("@")
    name = cursor.string("the node's name")
    outputs = tuple(Value(value, kind) for value, kind in zip(names, types, strict=True))
    return Node(name, op, inputs, outputs, _provenance(cursor))


def _inputs(cursor: Cursor, kind: type[Op]) -> tuple[str, ...]:
    place = cursor.skip()
    cursor.expect("(")
    inputs = _listed(cursor, _value_name, ")")
    fewest, most = kind.arity
    if len(inputs) < fewest or (most is not None and len(inputs) > most):
        count = str(fewest) if most == fewest else f"{fewest} or more" if most is None else f"{fewest} to {most}"
        raise cursor.error(f"{kind.mnemonic} takes {count} inputs, got {len(inputs)}", place)
    return inputs


def _kind(cursor: Cursor) -> type[Op]:
    place = cursor.skip()
    mnemonic = cursor.read(WORD, "a node, 'output' or '}'")
    kind = op_named(mnemonic)
    if kind is None:
        raise cursor.error(f"there is no op {mnemonic!r}", place, did_you_mean(mnemonic, op_names()))
    return kind


def _op(cursor: Cursor, kind: type[Op], tensors: Mapping[str, Tensor], *, inner: bool) -> Op:
    place = cursor.skip()
    fields = fields_of(kind)
    values: dict[str, Any] = {}

    def attribute(cursor: Cursor) -> None:
        place = cursor.skip()
        name = cursor.read(WORD, "an attribute")
        if name not in fields:
            hint = did_you_mean(name, fields) if fields else f"{kind.mnemonic} has no attributes"
            raise cursor.error(f"{kind.mnemonic} has no attribute {name!r}", place, hint)
        if name in values:
            raise cursor.error(f"attribute {name!r} is given twice", place)
        cursor.expect("=")
        values[name] = _attribute(cursor, kind, fields[name], tensors, inner=inner)

    if cursor.accept("{"):
        _listed(cursor, attribute, "}")
    missing = [name for name, field in fields.items() if field.required and name not in values]
    if missing:
        raise cursor.error(f"{kind.mnemonic} needs {' and '.join(missing)}", place)
    try:
        return kind(**values)
    except ValueError as error:
        raise cursor.error(str(error), place) from None


def _attribute(
    cursor: Cursor, kind: type[Op], field: Field, tensors: Mapping[str, Tensor], *, inner: bool
) -> Attribute:
    place = cursor.skip()
    value: object
    if cursor.accept("graph"):
        if inner:
            raise cursor.error("a graph that is an attribute holds no other", place)
        value = _graph(cursor, tensors, inner=True)
    elif cursor.accept("tensor"):
        value = _tensor(cursor, tensors)
    elif cursor.accept("["):
        value = _listed(cursor, _scalar, "]")
    else:
        value = None if cursor.accept("none") else _scalar(cursor)
    try:
        return fit(value, field.hint)
    except TypeError:
        message = f"{field.name!r} of {kind.mnemonic} must be {describe(field.hint)}"
        raise cursor.error(message, place) from None


def _scalar(cursor: Cursor) -> Scalar:
    place = cursor.skip()
    if cursor.accept("true"):
        return True
    if cursor.accept("false"):
        return False
    quoted = cursor.match(STRING)
    if quoted is not None:
        return unquote(quoted)
    text = cursor.read(NUMBER, "a value")
    if INTEGER.fullmatch(text):
        return _int(cursor, text, place)
    return float(_elements(cursor, [text], "float64", place)[0])


def _elements(cursor: Cursor, texts: list[str], dtype: DType, place: int) -> Any:
    try:
        return array_of(texts, dtype)
    except ValueError as error:
        raise cursor.error(str(error), place) from None


def _tensor(cursor: Cursor, tensors: Mapping[str, Tensor]) -> Tensor:
    place = cursor.skip()
    kind = _type(cursor)
    sizes = tuple(dim for dim in kind.shape if isinstance(dim, int) and dim >= 0)
    if len(sizes) != len(kind.shape) or kind.coding != ANALOG:
        raise cursor.error("a tensor has a fixed shape and no coding", place)
    place = cursor.skip()
    digest = cursor.match(_DIGEST)
    if digest is not None:
        return _looked_up(cursor, digest.removeprefix("sha256:"), kind, tensors, place)
    cursor.expect("[")
    texts = _listed(cursor, lambda cursor: cursor.read(_ELEMENT, "a number"), "]")
    if len(texts) != math.prod(sizes):
        raise cursor.error(f"{kind} has {math.prod(sizes)} elements, got {len(texts)}", place)
    array = _elements(cursor, list(texts), kind.dtype, place)
    return Tensor(array.reshape(sizes))


def _looked_up(cursor: Cursor, digest: str, kind: ValueType, tensors: Mapping[str, Tensor], place: int) -> Tensor:
    tensor = tensors.get(digest)
    if tensor is None:
        hint = "the text leaves large tensors out: read the archive it belongs to"
        raise cursor.error("this tensor was not given", place, hint, "missing-tensor")
    if tensor.dtype != kind.dtype or tensor.shape != kind.shape:
        raise cursor.error(f"the tensor is {tensor.dtype}{list(tensor.shape)}, declared {kind}", place)
    return tensor


def _type(cursor: Cursor) -> ValueType:
    coding = _coding(cursor)
    place = cursor.skip()
    name = cursor.read(WORD, "an element type")
    for dtype in DTYPES:
        if dtype == name:
            cursor.expect("[")
            return ValueType(dtype, _listed(cursor, _dim, "]"), coding)
    raise cursor.error(f"there is no element type {name!r}", place, did_you_mean(name, DTYPES))


def _coding(cursor: Cursor) -> Coding:
    if cursor.accept("current"):
        cursor.expect("<")
        steps = _integer(cursor, "a number of steps")
        current = Current(steps, _weighting(cursor) if cursor.accept(",") else "even")
        cursor.expect(">")
        return current
    if cursor.accept("estimate"):
        cursor.expect("<")
        estimate = Estimate(_integer(cursor, "a number of steps"))
        cursor.expect(">")
        return estimate
    if cursor.accept("spikes"):
        cursor.expect("<")
        code = cursor.word("a code")
        cursor.expect(",")
        spikes = Spikes(code, _integer(cursor, "a number of steps"))
        cursor.expect(">")
        return spikes
    return ANALOG


def _weighting(cursor: Cursor) -> Weighting:
    place = cursor.skip()
    name = cursor.read(WORD, "a weighting")
    for weighting in WEIGHTINGS:
        if weighting == name:
            return weighting
    raise cursor.error(f"there is no weighting {name!r}", place, did_you_mean(name, WEIGHTINGS))


def _dim(cursor: Cursor) -> Dim:
    place = cursor.skip()
    quoted = cursor.match(STRING)
    if quoted is not None:
        return unquote(quoted)
    text = cursor.read(DIM, "a size")
    return _int(cursor, text, place) if INTEGER.fullmatch(text) else text


def _provenance(cursor: Cursor) -> Provenance:
    origins = _chained(cursor, _origin) if cursor.accept("from") else ()
    steps = _chained(cursor, lambda cursor: cursor.word("a step")) if cursor.accept("by") else ()
    return Provenance(origins, steps)


def _origin(cursor: Cursor) -> Origin:
    place = cursor.skip()
    parts = _chained(cursor, lambda cursor: cursor.string("file, node and op"), ":")
    if len(parts) not in {3, 4}:
        raise cursor.error('an origin is "file":"node":"op" or "file":"node":"op":"line"', place)
    return Origin(*parts)
