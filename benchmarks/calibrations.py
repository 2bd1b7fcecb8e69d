"""The table of README: conversion error and spike rate of every calibration on the shipped networks.

Run `python benchmarks/calibrations.py`; it prints Markdown.
"""

from __future__ import annotations

import math
from pathlib import Path

import snnir
from snnir.passes import CALIBRATIONS, Calibration

MODELS = Path(__file__).parents[1] / "examples" / "models"
DOMAINS = {
    "poisson": {"x": (-1.0, 1.0), "y": (-1.0, 1.0)},
    "burgers": {"x": (0.0, 2 * math.pi), "t": (0.0, 4.0)},
}
FITTED: dict[Calibration, str] = {
    "none": "nothing",
    "light": "biases",
    "advanced": "weights and biases, to the activations",
    "least-squares": "weights and biases, to the pre-activations of a tuned network",
}


def cell(network: str, calibration: Calibration, steps: int = 32) -> tuple[float, float]:
    """Return conversion error (relative L2, unseen points) and spike rate of one network and calibration."""
    graph = snnir.load(MODELS / f"{network}.onnx")
    report = snnir.compile(graph, domain=DOMAINS[network], code="rate", steps=steps, calibration=calibration).report
    return report["conversion"]["rel_l2"], report["spikes"]["rate"]


def main() -> None:
    """Print the rows."""
    for calibration in CALIBRATIONS:
        cells = [cell(network, calibration) for network in DOMAINS]
        shown = " | ".join(f"{error:.1e} ({rate:.2f})" for error, rate in cells)
        print(f"| `{calibration}` | {FITTED[calibration]} | {shown} |")


if __name__ == "__main__":
    main()
