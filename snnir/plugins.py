"""Entry points of plug-ins: found when a group is first asked for, imported when one of them is.

=====================  =======================================  ==================================================
group                  name of an entry point                   what it refers to
=====================  =======================================  ==================================================
``snnir.frontends``    ending of the files                      an instance of `snnir.registry.Frontend`
``snnir.backends``     name of the target                       an instance of `snnir.registry.Backend`
``snnir.codes``        name of the code                         a subclass of `snnir.codes.Code`
``snnir.passes``       name of the pass                         a subclass of `snnir.passes.Pass`
``snnir.ops``          mnemonic of the op                       a subclass of `snnir.ir.Op`; its module registers the
                                                                kernel, see `snnir.semantics.kernel`
``snnir.converters``   ONNX operator, ``Snake``; of other       a converter, which its module registers by
                       sets ``domain.Snake``                    `snnir_onnx.converters.converts`
=====================  =======================================  ==================================================
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from snnir.errors import ModelError, model_error, usage_error

GROUPS = ("snnir.frontends", "snnir.backends", "snnir.codes", "snnir.passes", "snnir.ops", "snnir.converters")


def entries(group: str, own: Collection[str] = ()) -> Mapping[str, EntryPoint]:
    """Return the entry points of a group by name.

    Args:
        group: One of `GROUPS`.
        own: Names that snnir has itself, which plug-ins may not take.

    Raises:
        UsageError: Two packages provide one name; code ``plugin-clash``.
    """
    found = _entries(group)
    for name in found.keys() & set(own):
        what = f"{package(found[name])} provides {group}:{name}, which is snnir's own"
        raise usage_error("plugin-clash", what, group, "rename it there, or remove the package")
    return found


@cache
def _entries(group: str) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        other = found.get(entry.name)
        if other is not None and other.value != entry.value:
            names = [each.dist.name if each.dist else "?" for each in (other, entry)]
            hint = f"remove {' or '.join(names)}"
            raise usage_error("plugin-clash", f"{' and '.join(names)} both provide {group}:{entry.name}", group, hint)
        found[entry.name] = entry
    return found


@cache
def imported(entry: EntryPoint) -> Any:
    """Return what an entry point refers to.

    Raises:
        ModelError: It cannot be imported; code ``broken-plugin``.
    """
    try:
        return entry.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise broken(entry, f"it cannot be imported: {error}") from error


def broken(entry: EntryPoint, why: str) -> ModelError:
    """Return the finding that a plug-in is not what its group asks for."""
    message = f"{package(entry)} provides {entry.name!r}, but {why}"
    return model_error("broken-plugin", message, entry.value, f"reinstall or remove {package(entry)}")


def package(entry: EntryPoint) -> str:
    """Return the distribution of an entry point, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"


def plugins() -> dict[str, str]:
    """Return how to name the plug-ins that are not snnir's own, by the top-level package that each is in."""
    found = [entry for group in GROUPS for entry in entry_points(group=group)]
    return {
        entry.module.partition(".")[0]: f"the plug-in {entry.name!r} ({entry.group}) of {package(entry)}"
        for entry in found
        if entry.dist is None or entry.dist.name != "snnir"
    }


def forget() -> None:
    """Look for entry points again: packages were installed or removed."""
    _entries.cache_clear()
    imported.cache_clear()
