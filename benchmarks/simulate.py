"""How near the simulator comes to the matrix products that it cannot do without, and how much memory it adds.

    python -m benchmarks.simulate             simulation / bare matrix products of all steps, 10,000 points
    python -m benchmarks.simulate --memory    megabytes added by 1,000,000 points

The network is the Poisson example, 2-100-100-100-1, compiled for 32 steps; limits: 1.5, and 500 MB.
Both times are taken in one process, in turns, the least of several; set OMP_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

import snnir
from snnir.ir import Node
from snnir.ops import Dense, Encode
from snnir.semantics import evaluate
from snnir.types import Array

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "examples" / "models" / "poisson.onnx"
STEPS = 32


def network(steps: int = STEPS) -> snnir.Compiled:
    """Return the compiled Poisson example."""
    graph = snnir.load(MODEL)
    return snnir.compile(graph, target="numpy", domain={"x": (-1, 1), "y": (-1, 1)}, code="rate", steps=steps)


def drawn(compiled: snnir.Compiled, count: int) -> dict[str, Array]:
    """Return uniform points of the domain."""
    (value,) = compiled.graph.inputs
    return {value.name: np.random.default_rng(0).uniform(-1, 1, (count, 2)).astype(value.type.dtype)}


def products(compiled: snnir.Compiled, points: dict[str, Array], *, chunked: bool) -> list[tuple[Array, Array]]:
    """Return the operands of every matrix product of a run: real spikes at all steps, and weights.

    One product for each layer; or, `chunked`, one for each layer and chunk of points, whose results fit the cache.
    """
    graph = compiled.graph
    chunks: dict[str, list[Array]] = {}

    def record(node: Node, _: slice, spikes: Array) -> None:
        chunks.setdefault(node.output.name, []).append(spikes.reshape(-1, spikes.shape[-1]).copy())

    evaluate(graph, points, semantics=compiled.semantics, observe=record)
    chunks |= {node.output.name: [points[node.inputs[0]]] for node in graph.of(Encode)}
    found: list[tuple[Array, Array]] = []
    for node in graph.nodes:
        if isinstance(node.op, Dense) and node.inputs[0] in chunks:
            parts = chunks[node.inputs[0]]
            weight = node.op.weight.array
            found += [(part, weight) for part in (parts if chunked else [np.concatenate(parts)])]
    return found


def seconds(call: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def multiply(operands: list[tuple[Array, Array]]) -> None:
    """Take all products and drop the results."""
    for left, right in operands:
        _ = left @ right


def ratio(count: int = 10_000, repeats: int = 7, *, chunked: bool = False) -> float:
    """Return the time of a simulation as a multiple of that of its bare matrix products."""
    compiled = network()
    points = drawn(compiled, count)
    operands = products(compiled, points, chunked=chunked)
    simulated: list[float] = []
    bare: list[float] = []
    for _ in range(repeats):
        simulated.append(seconds(lambda: evaluate(compiled.graph, points, semantics=compiled.semantics)))
        bare.append(seconds(lambda: multiply(operands)))
    return min(simulated) / min(bare)


def added_bytes() -> int:
    """Return by how much a million points raise the largest memory of a process that only simulates (Linux)."""
    with TemporaryDirectory() as folder:
        (archive,) = network().save(Path(folder) / "network.snnir")
        command = [sys.executable, "-m", "benchmarks.simulate", "--archive", str(archive)]
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 - this file
    return int(result.stdout)


def added_here(archive: Path, count: int = 1_000_000) -> int:
    """Return by how much a simulation raises the largest memory that this process ever had."""
    compiled = snnir.Compiled.load(archive)
    compiled.run(np.zeros((16, 2)))
    before = peak()
    evaluate(compiled.graph, drawn(compiled, count), semantics=compiled.semantics)
    return peak() - before


def peak() -> int:
    """Return the largest memory that this program has had in bytes; ``ru_maxrss`` would count who started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024


def main() -> None:
    """Print the number asked for."""
    parser = argparse.ArgumentParser(description="Measure the simulator.")
    parser.add_argument("--memory", action="store_true", help="megabytes added by a million points")
    parser.add_argument("--archive", type=Path, help="print the bytes that a million points add with this network")
    chosen = parser.parse_args()
    if chosen.archive:
        print(added_here(chosen.archive))
    elif chosen.memory:
        print(f"{added_bytes() / 1e6:.0f} MB added by 1,000,000 points (limit 500)")
    else:
        print(f"simulation / bare matrix products, one for each layer: {ratio():.2f} (limit 1.5)")
        print(f"simulation / the same products in pieces that fit the cache: {ratio(chunked=True):.2f}")


if __name__ == "__main__":
    main()
