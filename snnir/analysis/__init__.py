"""What can be learned from a graph without changing it."""

from snnir.analysis.afferents import Afferents, find_afferents
from snnir.analysis.host import host_parts
from snnir.analysis.inferences import Inferences, inferences
from snnir.analysis.limit import limit
from snnir.analysis.measure import (
    Measurement,
    local_errors,
    measure,
    membrane_scale,
    merges_before_units,
    thinned,
)
from snnir.analysis.units import Layer, constants, downstream, find_layers

__all__ = [
    "Afferents",
    "Inferences",
    "Layer",
    "Measurement",
    "constants",
    "downstream",
    "find_afferents",
    "find_layers",
    "host_parts",
    "inferences",
    "limit",
    "local_errors",
    "measure",
    "membrane_scale",
    "merges_before_units",
    "thinned",
]
