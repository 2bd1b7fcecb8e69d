"""Codes: how the value of a unit travels as spikes, one folder for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snnir.codes.base import Asked, Code, Task, steps_findings
from snnir.codes.conversion import Converted, spiking_pipeline
from snnir.codes.ladder import CORRECTED, Descent, Ladder
from snnir.codes.option import Option, defaults_of, given, options_of, values_of

if TYPE_CHECKING:
    from snnir.codes.first_spike import FirstSpikeCode
    from snnir.codes.phase import Phase
    from snnir.codes.population import Population
    from snnir.codes.radix import Radix
    from snnir.codes.rate import Rate
    from snnir.codes.sigma_delta import SigmaDeltaCode

BUILT_IN = {
    "rate": "snnir.codes.rate:Rate",
    "population": "snnir.codes.population:Population",
    "phase": "snnir.codes.phase:Phase",
    "radix": "snnir.codes.radix:Radix",
    "first-spike": "snnir.codes.first_spike:FirstSpikeCode",
    "sigma-delta": "snnir.codes.sigma_delta:SigmaDeltaCode",
}
"""Where the codes of snnir itself are, by name; others are found by their entry points."""

__all__ = [
    "BUILT_IN",
    "CORRECTED",
    "Asked",
    "Code",
    "Converted",
    "Descent",
    "FirstSpikeCode",
    "Ladder",
    "Option",
    "Phase",
    "Population",
    "Radix",
    "Rate",
    "SigmaDeltaCode",
    "Task",
    "defaults_of",
    "given",
    "options_of",
    "spiking_pipeline",
    "steps_findings",
    "values_of",
]


def __getattr__(name: str) -> Any:
    """Import one of the codes when it is first asked for."""
    for place in BUILT_IN.values():
        module, _, found = place.partition(":")
        if found == name:
            from importlib import import_module

            return getattr(import_module(module), name)
    raise AttributeError(f"module 'snnir.codes' has no attribute {name!r}")
