"""How long calibration takes with ever more layers of the same width: populations of 2, 16 steps, 1,024 points.

    python -m benchmarks.depth

Prints Markdown. 32 layers may take at most 4.5 times as long as 8: every layer is simulated once, whatever its depth.
(`tests/calibration/test_sweep.py` counts the simulations.) Set OMP_NUM_THREADS=1 for times on one core.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean, median
from time import process_time

import numpy as np

from snnir.codes import Population, spiking_pipeline
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics, one_thread_each

from .models import show
from .networks import imported, tanh_network

LAYERS = (8, 16, 32)
WIDTH, POINTS, STEPS, NEURONS = 40, 1024, 16, 2
MAX_RATIO = 4.5
ROUNDS = 5


def seconds(layers: int) -> float:
    """Return the processor time of fitting a network of so many layers to its spikes; its structure is not counted."""
    graph = imported(tanh_network((2, *layers * (WIDTH,), 1), (1.6, *layers * (1.4,))))
    points = np.random.default_rng(0).uniform(-1, 1, (POINTS, 2)).astype(np.float32)
    context = Context({graph.inputs[0].name: points}, Semantics(), STEPS)
    ann = analog_pipeline(graph, context)
    start = process_time()
    spiking_pipeline(ann, context, Population(neurons_per_unit=NEURONS), "advanced")
    return process_time() - start


def one_round() -> list[float]:
    """Return the mean seconds by depth, of as many layers in all: other processes slow short runs down less."""
    most = max(LAYERS)
    return [fmean(seconds(layers) for _ in range(most // layers)) for layers in LAYERS]


def rows(times: Iterable[tuple[int, float]]) -> list[tuple[str, ...]]:
    """Return layers, seconds, and how many times as long that is as the first one."""
    taken = list(times)
    first = taken[0][1]
    return [(str(layers), f"{each:.2f}", f"{each / first:.1f}") for layers, each in taken]


def main() -> None:
    """Print the table: the median of several rounds."""
    with one_thread_each():
        seconds(2)
        times = [median(each) for each in zip(*(one_round() for _ in range(ROUNDS)), strict=True)]
        show(("layers", "seconds", "ratio"), rows(zip(LAYERS, times, strict=True)))


if __name__ == "__main__":
    main()
