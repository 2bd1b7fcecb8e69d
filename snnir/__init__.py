"""A compiler from ONNX physics-informed neural networks to spiking neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snnir.compiler import Compiled, compare, compile, load, pareto  # noqa: A004 - the name that users expect
    from snnir.errors import ModelError, SnnirError, UsageError

__all__ = ["Compiled", "ModelError", "SnnirError", "UsageError", "compare", "compile", "load", "pareto"]

_HOMES = {
    "Compiled": "snnir.compiler",
    "ModelError": "snnir.errors",
    "SnnirError": "snnir.errors",
    "UsageError": "snnir.errors",
    "compare": "snnir.compiler",
    "compile": "snnir.compiler",
    "load": "snnir.compiler",
    "pareto": "snnir.compiler",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: ``snnir --help`` must not wait for NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'snnir' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
