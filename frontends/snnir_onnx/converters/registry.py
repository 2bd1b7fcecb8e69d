"""The table of converters and how they enter it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from snnir_onnx.builder import Operand
from snnir_onnx.scope import Scope

Converter: TypeAlias = "Callable[[Scope], Operand | tuple[Operand, ...]]"
"""Makes the ops of one node and returns its results, in the node's order."""

MAX_OPSET = 28
"""The newest operator set that the converters were written against; a newer one may change any op."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A converter and the versions of the operator set that it is right for.

    Attributes:
        since: First version.
        until: Last version.
        convert: The converter.
    """

    since: int
    until: int
    convert: Converter


TABLE: dict[tuple[str, str], list[Entry]] = {}


def converts(
    *names: str, since: int = 1, until: int | None = None, domain: str = ""
) -> Callable[[Converter], Converter]:
    """Register the decorated converter for operators, in a range of versions of their operator set."""

    def register(convert: Converter) -> Converter:
        for name in names:
            TABLE.setdefault((domain, name), []).append(Entry(since, MAX_OPSET if until is None else until, convert))
        return convert

    return register


def find(domain: str, name: str, opset: int) -> Converter | None:
    """Return the converter of an operator in a version of its set, or None."""
    for entry in TABLE.get((domain, name), ()):
        if entry.since <= opset <= entry.until:
            return entry.convert
    return None


def versions(domain: str, name: str) -> str:
    """Return in words which versions of an operator have a converter; empty if none has."""
    return ", ".join(f"{entry.since} to {entry.until}" for entry in TABLE.get((domain, name), ()))
