"""What is measured, as frozen dataclasses: errors, cost, bounds, what a chip takes, what a search tried; and tables."""

from snnir.metrics.bound import Bound, BoundPart
from snnir.metrics.chip import Busiest, ChipUse, Core, Range
from snnir.metrics.conversion import Stream
from snnir.metrics.cost import (
    Energy,
    EnergyPart,
    Host,
    InferenceCounts,
    LayerReport,
    Messages,
    Operations,
    Region,
    Spikes,
)
from snnir.metrics.derivative import Derivatives
from snnir.metrics.error import (
    ERRORS_OF,
    UNEXPLAINED,
    ColumnErrors,
    ConversionErrors,
    Errors,
    OutputErrors,
    PointErrors,
    QuantisedErrors,
    asked_error,
    found_words,
    goal_words,
    nearness,
)
from snnir.metrics.record import Record
from snnir.metrics.search import DEFAULT_ERROR, NEAR_ENOUGH, Search, Skipped, ThresholdSearch, ThresholdTried
from snnir.metrics.section import Section
from snnir.metrics.setting import Argument, Called, Compared, Surveyed, Tried, Way
from snnir.metrics.table import Command, Table

__all__ = [
    "DEFAULT_ERROR",
    "ERRORS_OF",
    "NEAR_ENOUGH",
    "UNEXPLAINED",
    "Argument",
    "Bound",
    "BoundPart",
    "Busiest",
    "Called",
    "ChipUse",
    "ColumnErrors",
    "Command",
    "Compared",
    "ConversionErrors",
    "Core",
    "Derivatives",
    "Energy",
    "EnergyPart",
    "Errors",
    "Host",
    "InferenceCounts",
    "LayerReport",
    "Messages",
    "Operations",
    "OutputErrors",
    "PointErrors",
    "QuantisedErrors",
    "Range",
    "Record",
    "Region",
    "Search",
    "Section",
    "Skipped",
    "Spikes",
    "Stream",
    "Surveyed",
    "Table",
    "ThresholdSearch",
    "ThresholdTried",
    "Tried",
    "Way",
    "asked_error",
    "found_words",
    "goal_words",
    "nearness",
]
