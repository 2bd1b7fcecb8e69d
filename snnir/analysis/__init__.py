"""What can be learned from a graph without changing it."""

from snnir.analysis.accuracy import (
    conversion_errors,
    differences,
    point_count,
    shapes_of,
    variation,
)
from snnir.analysis.afferents import (
    Afferents,
    find_afferents,
    received,
)
from snnir.analysis.arrivals import (
    MIXED_GAIN,
    Incoming,
    Term,
    delays,
    depths,
    gain_of,
    incoming,
    integrated,
    timing_findings,
)
from snnir.analysis.asymptote import limit
from snnir.analysis.bound import Cut, error_bound, find_cuts
from snnir.analysis.chip import Chip, Limit
from snnir.analysis.evaluations import Evaluations
from snnir.analysis.further import with_further_points
from snnir.analysis.host import Stage, host_graph, host_parts, host_stages, spiking_ends, with_host
from snnir.analysis.inference import inference_counts, inferences
from snnir.analysis.latencies import Latency, latency, time_steps
from snnir.analysis.measurement import (
    Measurement,
    Simulation,
    measure,
    measured,
    simulate,
)
from snnir.analysis.placement import resource_findings, resources
from snnir.analysis.quantised import quantised_errors
from snnir.analysis.ranges import RangeWatch, dynamic_ranges, range_findings, static_ranges
from snnir.analysis.recording import as_integers, as_recorded, sent
from snnir.analysis.sparse import evaluate_sparsely, every, is_stream, strides
from snnir.analysis.thinning import merges_before_units, thinned
from snnir.analysis.units import Layer, constants, downstream, feeding, find_layers

__all__ = [
    "MIXED_GAIN",
    "Afferents",
    "Chip",
    "Cut",
    "Evaluations",
    "Incoming",
    "Latency",
    "Layer",
    "Limit",
    "Measurement",
    "RangeWatch",
    "Simulation",
    "Stage",
    "Term",
    "as_integers",
    "as_recorded",
    "constants",
    "conversion_errors",
    "delays",
    "depths",
    "differences",
    "downstream",
    "dynamic_ranges",
    "error_bound",
    "evaluate_sparsely",
    "every",
    "feeding",
    "find_afferents",
    "find_cuts",
    "find_layers",
    "gain_of",
    "host_graph",
    "host_parts",
    "host_stages",
    "incoming",
    "inference_counts",
    "inferences",
    "integrated",
    "is_stream",
    "latency",
    "limit",
    "measure",
    "measured",
    "merges_before_units",
    "point_count",
    "quantised_errors",
    "range_findings",
    "received",
    "resource_findings",
    "resources",
    "sent",
    "shapes_of",
    "simulate",
    "spiking_ends",
    "static_ranges",
    "strides",
    "thinned",
    "time_steps",
    "timing_findings",
    "variation",
    "with_further_points",
    "with_host",
]
