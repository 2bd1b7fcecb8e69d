"""The table of converters and how they enter it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from snnir.plugins import broken, entries, imported
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
_PLUGGED: set[str] = set()
"""Operators whose converters plug-ins registered, with their domains."""


def converts(
    *names: str, since: int = 1, until: int | None = None, domain: str = ""
) -> Callable[[Converter], Converter]:
    """Register the decorated converter for operators, in a range of versions of their operator set."""

    def register(convert: Converter) -> Converter:
        for name in names:
            TABLE.setdefault((domain, name), []).append(Entry(since, MAX_OPSET if until is None else until, convert))
        return convert

    return register


def plugged(domain: str, name: str) -> None:
    """Import the plug-in that converts an operator, where there is one and it was not imported yet.

    Raises:
        ModelError: It cannot be imported, or registers no converter of this operator; code ``broken-plugin``.
        UsageError: It converts what is converted here, or another plug-in does; code ``plugin-clash``.
    """
    full = f"{domain}.{name}" if domain else name
    if full in _PLUGGED:
        return
    own = any(entry.convert.__module__.startswith("snnir_onnx.") for entry in TABLE.get((domain, name), ()))
    found = entries("snnir.converters", (full,) if own else ())
    if full not in found:
        return
    imported(found[full])
    if (domain, name) not in TABLE:
        raise broken(found[full], f"it registers no converter of operator {full}")
    _PLUGGED.add(full)


def find(domain: str, name: str, opset: int) -> Converter | None:
    """Return the converter of an operator in a version of its set, or None; see `plugged` for what is raised."""
    plugged(domain, name)
    for entry in TABLE.get((domain, name), ()):
        if entry.since <= opset <= entry.until:
            return entry.convert
    return None


def versions(domain: str, name: str) -> str:
    """Return in words which versions of an operator have a converter; empty if none has."""
    plugged(domain, name)
    return ", ".join(f"{entry.since} to {entry.until}" for entry in TABLE.get((domain, name), ()))
