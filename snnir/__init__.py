"""A compiler from ONNX physics-informed neural networks to spiking neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snnir.compiler import Compiled, Verification, compare, compile, load, pareto  # noqa: A004 - users expect it
    from snnir.compiler import verify_file as verify
    from snnir.errors import ModelError, SnnirError, UsageError
    from snnir.registry import targets

    __version__: str

__all__ = [
    "Compiled",
    "ModelError",
    "SnnirError",
    "UsageError",
    "Verification",
    "__version__",
    "compare",
    "compile",
    "load",
    "pareto",
    "targets",
    "verify",
]

_HOMES = {
    "Compiled": "snnir.compiler:Compiled",
    "ModelError": "snnir.errors:ModelError",
    "SnnirError": "snnir.errors:SnnirError",
    "UsageError": "snnir.errors:UsageError",
    "Verification": "snnir.compiler:Verification",
    "compare": "snnir.compiler:compare",
    "compile": "snnir.compiler:compile",
    "load": "snnir.compiler:load",
    "pareto": "snnir.compiler:pareto",
    "targets": "snnir.registry:targets",
    "verify": "snnir.compiler:verify_file",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: ``snnir --help`` must not wait for NumPy."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("snnir")
    elif name in _HOMES:
        from importlib import import_module

        home, _, attribute = _HOMES[name].partition(":")
        value = getattr(import_module(home), attribute)
    else:
        raise AttributeError(f"module 'snnir' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return all public names, those that were not asked for yet among them."""
    return sorted({*globals(), *__all__})
