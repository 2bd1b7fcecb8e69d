"""Passes, one per file, and the pipeline that orders those of analog networks."""

from snnir.passes.base import Context, Pass, Property, run_pass, run_passes
from snnir.passes.pipeline import CALIBRATIONS, Calibration, analog_pipeline

__all__ = [
    "CALIBRATIONS",
    "Calibration",
    "Context",
    "Pass",
    "Property",
    "analog_pipeline",
    "run_pass",
    "run_passes",
]
