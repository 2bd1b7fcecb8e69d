"""The attributes of an op class: their types, their defaults, and whether a value fits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from snnir.ir import Graph, Op, Tensor

Scalar: TypeAlias = int | float | bool | str
Attribute: TypeAlias = Scalar | Tensor | Graph | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of an op class.

    Attributes:
        name: As in the text form.
        hint: Its declared type.
        required: It has no default.
        default: The default; None where it is required.
    """

    name: str
    hint: Any
    required: bool
    default: Any


def fields_of(kind: type[Op]) -> Mapping[str, Field]:
    """Return the attributes of an op class by name, in the order declared."""
    key: Any = kind  # mypy holds that a class cannot be hashed where its instances can
    return _fields_of(key)


@cache
def _fields_of(kind: type[Op]) -> Mapping[str, Field]:
    hints = get_type_hints(kind)
    found: dict[str, Field] = {}
    for field in dataclasses.fields(kind):
        required = field.default is dataclasses.MISSING
        found[field.name] = Field(field.name, hints[field.name], required, None if required else field.default)
    return MappingProxyType(found)


def tensors_in(op: Op) -> dict[str, Tensor]:
    """Return the tensors of an op by attribute; those of a function's nodes as ``attribute.node.attribute``."""
    found: dict[str, Tensor] = {}
    for name in fields_of(type(op)):
        value = getattr(op, name)
        if isinstance(value, Tensor):
            found[name] = value
        elif isinstance(value, Graph):
            inner = ((node.name, tensors_in(node.op)) for node in value.nodes)
            found |= {f"{name}.{node}.{key}": tensor for node, held in inner for key, tensor in held.items()}
    return found


def fit(value: object, hint: Any) -> Attribute:
    """Return `value` as an attribute of the declared type; an int becomes a float where one is asked for.

    Raises:
        TypeError: It does not fit.
    """
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return _fit_any(value, arguments)
    if origin is Literal:
        if any(type(value) is type(choice) and value == choice for choice in arguments):
            return cast("Attribute", value)
        raise TypeError(f"one of {', '.join(map(str, arguments))}")
    if origin is tuple:
        if not isinstance(value, tuple):
            raise TypeError(describe(hint))
        items = cast("tuple[object, ...]", value)
        return tuple(cast("Scalar", fit(item, arguments[0])) for item in items)
    return _fit_plain(value, hint)


def describe(hint: Any) -> str:
    """Return a declared type in words of the text form."""
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return " or ".join(map(describe, arguments))
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if origin is tuple:
        return f"a list of {describe(arguments[0])}"
    names: dict[Any, str] = {NoneType: "none", Tensor: "tensor", Graph: "graph", bool: "true or false", str: "string"}
    return names.get(hint, getattr(hint, "__name__", str(hint)))


def _fit_any(value: object, hints: tuple[Any, ...]) -> Attribute:
    for hint in hints:
        with suppress(TypeError):
            return fit(value, hint)
    raise TypeError(" or ".join(map(describe, hints)))


def _fit_plain(value: object, hint: Any) -> Attribute:
    # bool is a subclass of int, but true is no number in the text form.
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _as_float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if hint in {bool, str, Tensor, Graph, NoneType} and isinstance(value, hint):
        return cast("Attribute", value)
    raise TypeError(describe(hint))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise TypeError("a float in the range of float64") from None
