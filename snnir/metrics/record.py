"""Records of what was measured: frozen dataclasses that are plain JSON on one side and a mapping on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Made = TypeVar("Made", bound="Record")
LEFT_OUT = "left out"
"""Marks fields that JSON does not have where they are None."""
OPTIONAL = {LEFT_OUT: True}
"""Metadata of such fields."""
KEY = "key"
"""Names the key of fields that have another name in JSON."""


class RecordError(ValueError):
    """JSON that is no record of the kind that was expected: where, and why."""


class Record(Mapping[str, Any]):
    """Base of frozen dataclasses of numbers, names, further records, and tuples and mappings of these.

    As a mapping it is its JSON, so that ``record["rel_l2"]`` and ``record.rel_l2`` are the same; records are equal to
    whatever mapping has that content.

    Attributes:
        LEADING: Fields that come first in JSON, before those that are inherited.
    """

    LEADING: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, as plain JSON, in their order."""
        return {
            _key(each): _plain(value)
            for each in _ordered(type(self))
            if (value := getattr(self, each.name)) is not None or LEFT_OUT not in each.metadata
        }

    @classmethod
    def of(cls: type[Made], content: object, where: str = "") -> Made:
        """Return the record that JSON stands for: what `to_json` returned.

        Fields that have a default may be missing, as they are in JSON of versions that did not have them yet.

        Args:
            content: The JSON.
            where: Names the place in messages, e.g. ``conversion``.

        Raises:
            RecordError: A field without a default is missing, of another type, or none that the record has.
        """
        given = _object(content, where)
        kinds, known = _kinds(cls), _ordered(cls)
        if unknown := [name for name in given if name not in set(map(_key, known))]:
            raise RecordError(f"{_place(where, unknown[0])} is not known")
        found: dict[str, Any] = {}
        for each in known:
            key = _key(each)
            place = _place(where, key)
            if key in given:
                found[each.name] = read(kinds[each.name], given[key], place)
            elif each.default is MISSING and each.default_factory is MISSING:
                raise RecordError(f"{place} is missing")
        return cls(**found)

    @cached_property
    def _content(self) -> dict[str, Any]:
        return self.to_json()

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


def read(kind: Any, value: object, where: str) -> Any:  # a type as of `get_type_hints`, and a value of it
    """Return the value of a type that JSON stands for.

    Args:
        kind: A scalar type, a `Record`, or a tuple, a mapping, a union or a literal of these.
        value: The JSON.
        where: Names the place in messages.

    Raises:
        RecordError: It is no such value.
    """
    if get_origin(kind) in {Union, UnionType}:
        return _either(get_args(kind), value, where)
    if isinstance(kind, type) and issubclass(kind, Record):
        return kind.of(value, where)
    reader = _READERS.get(get_origin(kind))
    if reader is not None:
        return reader(get_args(kind), value, where)
    allowed = {int, float} if kind is float else {kind}
    if kind is not object and type(value) not in allowed:
        raise RecordError(f"{where} is {_shown(value)}, not {kind.__name__}")
    return value


def _either(kinds: Sequence[Any], value: object, where: str) -> Any:
    """Return a value of the first type of a union that takes it; what the last one refuses is the error."""
    if value is None and NoneType in kinds:
        return None
    *others, last = [kind for kind in kinds if kind is not NoneType]
    fitting = (kind for kind in others if _fits(kind, value))
    return read(next(fitting, last), value, where)


def _fits(kind: Any, value: object) -> bool:
    try:
        read(kind, value, "")
    except RecordError:
        return False
    return True


def _tuple(kinds: Sequence[Any], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise RecordError(f"{where} is {_shown(value)}, not a list")
    items = cast("Sequence[object]", value)
    each = [kinds[0]] * len(items) if kinds[-1] is ... else kinds
    if len(each) != len(items):
        raise RecordError(f"{where} has {len(items)} items, not {len(each)}")
    return tuple(
        read(kind, item, f"{where}[{index}]") for index, (kind, item) in enumerate(zip(each, items, strict=True))
    )


def _mapping(kinds: Sequence[Any], value: object, where: str) -> dict[str, Any]:
    return {name: read(kinds[1], item, _place(where, name)) for name, item in _object(value, where).items()}


def _literal(kinds: Sequence[Any], value: object, where: str) -> object:
    if value not in kinds:
        raise RecordError(f"{where} is {_shown(value)}, not {' or '.join(map(repr, kinds))}")
    return value


_READERS: dict[object, Callable[[Sequence[Any], object, str], Any]] = {
    tuple: _tuple,
    Mapping: _mapping,
    Literal: _literal,
}


def _key(each: Field[Any]) -> str:
    return str(each.metadata.get(KEY, each.name))


@cache
def _ordered(kind: type[Record]) -> tuple[Field[Any], ...]:
    """Return the fields of a record in the order of its JSON."""
    known = {each.name: each for each in fields(cast("Any", kind))}
    return tuple(known[name] for name in dict.fromkeys((*kind.LEADING, *known)))


@cache
def _kinds(kind: type[Record]) -> dict[str, Any]:
    return get_type_hints(kind)


def _plain(value: Any) -> Any:
    """Return a value of a field as JSON."""
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in cast("Mapping[str, Any]", value).items()}
    return [_plain(each) for each in cast("Sequence[Any]", value)] if isinstance(value, list | tuple) else value


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise RecordError(f"{where or 'it'} is {_shown(value)}, not an object")
    return cast("Mapping[str, object]", value)


def _place(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _shown(value: object) -> str:
    return "null" if value is None else f"{type(value).__name__} {value!r}"[:60]
