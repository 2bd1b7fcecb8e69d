"""What can be learned from a graph without changing it."""

from snnir.analysis.afferents import Afferents, encoder, find_afferents, received
from snnir.analysis.host import host_parts
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
    "Layer",
    "Measurement",
    "constants",
    "downstream",
    "encoder",
    "find_afferents",
    "find_layers",
    "host_parts",
    "limit",
    "local_errors",
    "measure",
    "membrane_scale",
    "merges_before_units",
    "received",
    "thinned",
]
