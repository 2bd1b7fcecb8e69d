"""The table of README: conversion error and spike rate of every calibration on the shipped networks.

Run `python -m benchmarks.calibrations`; it prints Markdown.
"""

from __future__ import annotations

from typing import Any

import snnir
from snnir.passes import CALIBRATIONS, Calibration

from .models import PAPER

NETWORKS = ("poisson", "burgers")
FITTED: dict[Calibration, str] = {
    "none": "nothing",
    "light": "biases",
    "advanced": "weights and biases, to the activations",
    "least-squares": "weights and biases, to the pre-activations of a tuned network",
}


def cell(network: str, calibration: Calibration, steps: int = 32) -> tuple[float, float]:
    """Return conversion error (relative L2, unseen points) and spike rate of one network and calibration."""
    model = PAPER[network]
    options: dict[str, Any] = {"code": "rate", "steps": steps, "calibration": calibration}
    report = snnir.compile(model.load(), domain=model.domain, **options).report
    return report["conversion"]["rel_l2"], report["spikes"]["rate"]


def main() -> None:
    """Print the rows."""
    for calibration in CALIBRATIONS:
        cells = [cell(network, calibration) for network in NETWORKS]
        shown = " | ".join(f"{error:.1e} ({rate:.2f})" for error, rate in cells)
        print(f"| `{calibration}` | {FITTED[calibration]} | {shown} |")


if __name__ == "__main__":
    main()
