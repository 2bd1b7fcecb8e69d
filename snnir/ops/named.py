"""Ops by their names in the text form, those of plug-ins among them."""

from __future__ import annotations

from snnir.ir import Op
from snnir.ops import OPS
from snnir.plugins import broken, entries, imported


def op_named(mnemonic: str) -> type[Op] | None:
    """Return the op of a name, imported where a plug-in has it; None where there is none.

    Raises:
        ModelError: The plug-in cannot be imported, or has no such op; code ``broken-plugin``.
        UsageError: Plug-ins clash; code ``plugin-clash``.
    """
    found = entries("snnir.ops", OPS)
    if mnemonic not in found:
        return OPS.get(mnemonic)
    entry = found[mnemonic]
    kind = imported(entry)
    if not (isinstance(kind, type) and issubclass(kind, Op)) or kind.mnemonic != mnemonic:
        raise broken(entry, f"it is no op whose mnemonic is {mnemonic!r}")
    return kind


def op_names() -> tuple[str, ...]:
    """Return the names of all ops, sorted."""
    return tuple(sorted({*OPS, *entries("snnir.ops", OPS)}))
