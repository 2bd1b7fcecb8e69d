"""Passes, one per file, and the pipeline that orders those of analog networks."""

from snnir.passes.base import Context, Pass, run_passes
from snnir.passes.pipeline import CALIBRATIONS, Calibration, analog_pipeline
from snnir.passes.products import Products
from snnir.passes.thresholds import Thresholds

__all__ = [
    "CALIBRATIONS",
    "Calibration",
    "Context",
    "Pass",
    "Products",
    "Thresholds",
    "analog_pipeline",
    "run_passes",
]
