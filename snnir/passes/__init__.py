"""Passes, one per file, and the pipeline that orders them."""

from snnir.passes.base import Context, Pass, Property, run_pass, run_passes
from snnir.passes.pipeline import CALIBRATIONS, Calibration, Converted, analog_pipeline, spiking_pipeline
from snnir.passes.products import Products
from snnir.passes.thresholds import Thresholds

__all__ = [
    "CALIBRATIONS",
    "Calibration",
    "Context",
    "Converted",
    "Pass",
    "Products",
    "Property",
    "Thresholds",
    "analog_pipeline",
    "run_pass",
    "run_passes",
    "spiking_pipeline",
]
