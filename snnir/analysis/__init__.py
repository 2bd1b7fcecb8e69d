"""What can be learned from a graph without changing it."""

from snnir.analysis.afferents import Afferents, encoder, estimator, find_afferents, membrane_scale, received
from snnir.analysis.bound import Bound, Cut, Part, error_bound, find_cuts
from snnir.analysis.differences import differences, point_count
from snnir.analysis.functions import function_of
from snnir.analysis.host import host_parts
from snnir.analysis.inferences import Inferences, inference_counts, inferences
from snnir.analysis.latency import Latency, latency
from snnir.analysis.limit import limit
from snnir.analysis.measure import (
    Measurement,
    measure,
    merges_before_units,
    thinned,
)
from snnir.analysis.quantised import equal_bits, quantised_errors
from snnir.analysis.recording import as_recorded, sent
from snnir.analysis.rounding import Rounding, few, rounding_errors
from snnir.analysis.sensitivity import sensitivities
from snnir.analysis.sparse import evaluate_sparsely, every, is_stream, strides
from snnir.analysis.units import Layer, constants, downstream, feeding, find_layers

__all__ = [
    "Afferents",
    "Bound",
    "Cut",
    "Inferences",
    "Latency",
    "Layer",
    "Measurement",
    "Part",
    "Rounding",
    "as_recorded",
    "constants",
    "differences",
    "downstream",
    "encoder",
    "equal_bits",
    "error_bound",
    "estimator",
    "evaluate_sparsely",
    "every",
    "feeding",
    "few",
    "find_afferents",
    "find_cuts",
    "find_layers",
    "function_of",
    "host_parts",
    "inference_counts",
    "inferences",
    "is_stream",
    "latency",
    "limit",
    "measure",
    "membrane_scale",
    "merges_before_units",
    "point_count",
    "quantised_errors",
    "received",
    "rounding_errors",
    "sensitivities",
    "sent",
    "strides",
    "thinned",
]
