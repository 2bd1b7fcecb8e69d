"""Networks compiled for Lava, run there and by the simulator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.analysis import as_recorded
from snnir.codes.phase import BinaryDigits
from snnir.codes.phase.scan import scan_digits, scan_integers
from snnir.codes.radix import Accumulate, SignedDigits
from snnir.codes.radix.scan import accumulate_integers
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.integers import scan
from snnir.codes.sigma_delta import SigmaDelta
from snnir.compiler import Compiled
from snnir.ir import Graph, Node
from snnir.ops import Neuron
from snnir.passes import Calibration
from snnir.registry import backend_for
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from snnir_lava.run import run_program

PYTHON = os.environ.get("SNNIR_LAVA_PYTHON", "")
needs_lava = pytest.mark.skipif(not PYTHON, reason="SNNIR_LAVA_PYTHON names no Python with Lava")
MODELS = Path(__file__).parents[2] / "examples" / "models"
BOXES = {"poisson": ((-1.0, -1.0), (1.0, 1.0)), "burgers": ((0.0, 0.0), (2 * np.pi, 4.0))}


def points_of(name: str, count: int, seed: int) -> Array:
    """Return random points of a problem's domain."""
    return np.random.default_rng(seed).uniform(*BOXES[name], (count, 2)).astype(np.float32)


def line_of(name: str, count: int) -> Array:
    """Return points in order on the diagonal of a problem's domain."""
    return np.linspace(*BOXES[name], count).astype(np.float32)


def compiled(name: str, target: str, code: str, **options: Any) -> Compiled:
    """Return a shipped network, calibrated on few points: what is compared is what it does, not how well."""
    graph = snnir.load(MODELS / f"{name}.onnx")
    if code == "sigma-delta":
        return snnir.compile(graph, target=target, samples=line_of(name, 400), code=code, **options)
    few = points_of(name, 600, 0)
    calibration: Calibration = "least-squares" if code == "rate" else "advanced"
    return snnir.compile(graph, target=target, samples=few, code=code, calibration=calibration, **options)


def under_lava(network: Compiled, points: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the outputs of the emitted program and its record of spikes and states."""
    files = backend_for(network.target).emit(network.graph, network.setting)
    return run_program(files, {network.graph.inputs[0].name: points}, PYTHON)


def simulated(graph: Graph, semantics: Semantics, points: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the outputs of the simulator, and spikes and, of integers, states after T steps, by the record's names.

    Of neurons that send binary digits, membranes are there in floating point, too.
    Messages are graded; of neurons that send them, the states are those after the last point.
    """
    record: dict[str, list[Array]] = {}
    last_sums: dict[str, Array] = {}
    sender = {found.name: node for node in graph.of(SignedDigits) if (found := _accumulate(graph, node)) is not None}

    def spikes(node: Node, _: slice, train: Array) -> None:
        if isinstance(node.op, Neuron):
            record.setdefault(f"spikes/{node.name}", []).append(as_recorded(node, train))

    def states(node: Node, _: slice, current: Array) -> None:
        if isinstance(node.op, SigmaDelta) and semantics.integer is not None:
            last_sums[f"c/{node.name}"] = np.floor(current[0, -1])
            return
        layer = sender.get(node.name, node)
        for name, each in _last(node, current, semantics).items():
            record.setdefault(f"{name}/{layer.name}", []).append(each)

    values = evaluate(graph, {graph.inputs[0].name: points}, semantics=semantics, observe=spikes, currents=states)
    return values, {name: np.concatenate(chunks) for name, chunks in record.items()} | last_sums


def _last(node: Node, current: Array, semantics: Semantics) -> dict[str, Array]:
    """Return the states of a layer after its last step, as far as they can be compared."""
    op, steps = node.op, node.output.type.steps
    if isinstance(op, BinaryDigits):
        form = semantics.integer
        scanned = scan_digits(op, current, steps) if form is None else scan_integers(op, current, steps, form)
        return {"v": scanned[1]}
    if semantics.integer is None:
        return {}
    if isinstance(op, Accumulate):
        return {"v": accumulate_integers(current)[0]}
    assert isinstance(op, IntegrateAndFire)
    for _spikes, states in scan(op, current, steps, semantics):
        found = states
    return {name: np.concatenate(each, -1) for name, each in {"v": found.membranes, "r": found.sent}.items() if each}


def _accumulate(graph: Graph, node: Node) -> Node | None:
    """Return the accumulate that a layer of digits follows."""
    while not isinstance(node.op, Accumulate):
        node = graph.producers[node.inputs[0]]
    return node


def joined(record: Mapping[str, Array], name: str, width: int) -> Array:
    """Return the spikes of a layer, pairs joined."""
    spikes = record[name]
    return spikes if spikes.shape[-1] == width else spikes[..., :width] - spikes[..., width:]
