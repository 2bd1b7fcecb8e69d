"""How long compiling takes, in simulations of the points that it calibrates on.

    python -m benchmarks.compile

Compiling is: read the ONNX file, calibrate on 4,096 points for 32 steps, measure, and emit the NIR file. The
simulation runs the same 4,096 points once. One process, after imports, the best of three; limit: 20.
"""

from __future__ import annotations

from time import perf_counter

import snnir
from benchmarks.simulate import MODEL, STEPS, drawn
from snnir.data.sampling import CALIBRATION
from snnir.semantics import evaluate


def compiled() -> snnir.Compiled:
    """Read, compile and emit the Poisson example."""
    network = snnir.compile(
        snnir.load(MODEL), target="nir", domain={"x": (-1, 1), "y": (-1, 1)}, code="rate", steps=STEPS
    )
    network.artifacts()
    return network


def ratio(repeats: int = 3) -> float:
    """Return the time of compiling as a multiple of that of one simulation."""
    network = compiled()  # imports what is imported when first needed
    points = drawn(network, CALIBRATION)
    compiling: list[float] = []
    simulating: list[float] = []
    for _ in range(repeats):
        start = perf_counter()
        compiled()
        compiling.append(perf_counter() - start)
        start = perf_counter()
        evaluate(network.graph, points, semantics=network.semantics)
        simulating.append(perf_counter() - start)
    return min(compiling) / min(simulating)


def main() -> None:
    """Print the ratio."""
    print(f"compiling / simulating {CALIBRATION} points: {ratio():.1f} (limit 20)")


if __name__ == "__main__":
    main()
