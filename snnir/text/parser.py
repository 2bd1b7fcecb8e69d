"""Text to graph: the exact inverse of `snnir.text.printer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from snnir.errors import did_you_mean
from snnir.ir import Graph, Node, Op, Tensor, Value, verify
from snnir.ops.named import op_named, op_names
from snnir.provenance import Origin, Provenance, Source
from snnir.text.attributes import Attribute, Field, describe, fields_of, fit
from snnir.text.cursor import Cursor
from snnir.text.literals import (
    chained,
    listed,
    read_integer,
    read_scalar,
    read_tensor,
    read_type,
)
from snnir.text.printer import VERSION
from snnir.text.scalars import NAME, STRING, WORD, unquote

_NO_TENSORS: Mapping[str, Tensor] = MappingProxyType({})
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
    version = read_integer(cursor, "the version of the text form")
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


def _value_name(cursor: Cursor) -> str:
    cursor.expect("%")
    quoted = cursor.match(STRING)
    return unquote(quoted) if quoted else cursor.read(NAME, "a value name")


def _input(cursor: Cursor) -> Value:
    name = _value_name(cursor)
    cursor.expect(":")
    return Value(name, read_type(cursor))


def _node(cursor: Cursor, tensors: Mapping[str, Tensor], *, inner: bool) -> Node:
    names: tuple[str, ...] = ()
    place = cursor.skip()
    if cursor.text.startswith("%", place):
        names = chained(cursor, _value_name)
        cursor.expect("=")
    kind = _kind(cursor)
    inputs = _inputs(cursor, kind)
    op = _op(cursor, kind, tensors, inner=inner)
    place = cursor.skip()
    types = chained(cursor, read_type) if cursor.accept(":") else ()
    if len(types) != len(names):
        raise cursor.error(f"{len(names)} outputs need as many types, got {len(types)}", place)
    cursor.expect("@")
    name = cursor.string("the node's name")
    outputs = tuple(Value(value, kind) for value, kind in zip(names, types, strict=True))
    return Node(name, op, inputs, outputs, _provenance(cursor))


def _inputs(cursor: Cursor, kind: type[Op]) -> tuple[str, ...]:
    place = cursor.skip()
    cursor.expect("(")
    inputs = listed(cursor, _value_name, ")")
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
    values: dict[str, object] = {}

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
        listed(cursor, attribute, "}")
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
        value = read_tensor(cursor, tensors)
    elif cursor.accept("["):
        value = listed(cursor, read_scalar, "]")
    else:
        value = None if cursor.accept("none") else read_scalar(cursor)
    try:
        return fit(value, field.hint)
    except TypeError:
        message = f"{field.name!r} of {kind.mnemonic} must be {describe(field.hint)}"
        raise cursor.error(message, place) from None


def _provenance(cursor: Cursor) -> Provenance:
    origins = chained(cursor, _origin) if cursor.accept("from") else ()
    steps = chained(cursor, lambda cursor: cursor.word("a step")) if cursor.accept("by") else ()
    return Provenance(origins, steps)


def _origin(cursor: Cursor) -> Origin:
    place = cursor.skip()
    parts = chained(cursor, lambda cursor: cursor.string("file, node and op"), ":")
    if len(parts) not in {3, 4}:
        raise cursor.error('an origin is "file":"node":"op" or "file":"node":"op":"line"', place)
    return Origin(*parts)
