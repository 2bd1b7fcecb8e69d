"""Passes by name, those of plug-ins among them; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from types import MappingProxyType

from snnir.errors import did_you_mean, usage_error
from snnir.passes.base import Pass
from snnir.plugins import broken, entries, imported

GROUP = "snnir.passes"
OWN: Mapping[str, str] = MappingProxyType(
    {
        "activations": "snnir.codes.ramps.activations:Activations",
        "canonicalise": "snnir.passes.canonicalise:Canonicalise",
        "couple": "snnir.passes.couple:Couple",
        "fold": "snnir.passes.fold:Fold",
        "fuse": "snnir.passes.fuse:Fuse",
        "join": "snnir.passes.join:Join",
        "least-squares": "snnir.passes.least_squares:LeastSquares",
        "light": "snnir.passes.light:Light",
        "normalise": "snnir.codes.ramps.normalise:Normalise",
        "precision": "snnir.passes.precision:Precision",
        "quantise": "snnir.codes.ramps.quantise:Quantise",
        "separate": "snnir.passes.separate:Separate",
        "tune": "snnir.codes.ramps.tune:Tune",
    }
)
"""Where the passes are that several codes share; those of one code are registered as those of plug-ins are."""


def pass_named(name: str) -> type[Pass]:
    """Return the class of a pass.

    Raises:
        UsageError: There is no such pass, code ``unknown-pass``; or plug-ins clash, code ``plugin-clash``.
        ModelError: A plug-in has it and cannot be imported, or it is no pass of that name; code ``broken-plugin``.
    """
    found = entries(GROUP, OWN)
    if name not in OWN and name not in found:
        raise usage_error("unknown-pass", f"there is no pass {name!r}", "passes", did_you_mean(name, pass_names()))
    entry = found[name] if name in found else EntryPoint(name, OWN[name], GROUP)
    kind = imported(entry)
    if not (isinstance(kind, type) and issubclass(kind, Pass)) or kind.name != name:
        raise broken(entry, f"it is no pass whose name is {name!r}")
    return kind


def pass_names() -> tuple[str, ...]:
    """Return the names of all passes, sorted."""
    return tuple(sorted({*OWN, *entries(GROUP, OWN)}))
