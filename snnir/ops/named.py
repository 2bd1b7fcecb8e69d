"""Ops by their names in the text form, those of codes and of plug-ins among them."""

from __future__ import annotations

from importlib.metadata import EntryPoint

from snnir.ir import Op
from snnir.ops import OF_CODES, OPS
from snnir.plugins import broken, entries, imported

GROUP = "snnir.ops"


def op_named(mnemonic: str) -> type[Op] | None:
    """Return the op of a name, imported where a code or a plug-in has it; None where there is none.

    Raises:
        ModelError: The plug-in cannot be imported, or has no such op; code ``broken-plugin``.
        UsageError: Plug-ins clash; code ``plugin-clash``.
    """
    found = _entries()
    if mnemonic not in found:
        return OPS.get(mnemonic)
    entry = found[mnemonic]
    kind = imported(entry)
    if not (isinstance(kind, type) and issubclass(kind, Op)) or kind.mnemonic != mnemonic:
        raise broken(entry, f"it is no op whose mnemonic is {mnemonic!r}")
    return kind


def own_ops() -> dict[str, type[Op]]:
    """Return every op of snnir itself by its name, sorted; all its codes are imported for it."""
    found = {**OPS, **{name: imported(EntryPoint(name, place, GROUP)) for name, place in OF_CODES.items()}}
    return dict(sorted(found.items()))


def op_names() -> tuple[str, ...]:
    """Return the names of all ops, sorted."""
    return tuple(sorted({*OPS, *_entries()}))


def _entries() -> dict[str, EntryPoint]:
    of_codes = {name: EntryPoint(name, place, GROUP) for name, place in OF_CODES.items()}
    return {**of_codes, **entries(GROUP, {*OPS, *OF_CODES})}
