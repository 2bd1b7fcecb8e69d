"""The table of docs/reset-to-zero.md: what neurons that reset to zero can do, by several ideas.

Run `python -m benchmarks.reset_to_zero [NETWORK ...]`, Poisson and Burgers by default; it prints Markdown, in about
four minutes. Codes of snnir are compiled and simulated as spikingjelly runs them. Trials are not: there the numbers
that a unit can send are taken for granted, and layers are fitted one after the other, by ridge, to what is sent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import snnir
from snnir.calibration.ridge import ridge
from snnir.codes.population.populate import Populate
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.tune import STEPS, Tune
from snnir.data.sampling import sample
from snnir.ops import Dense
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.precision import Precision
from snnir.semantics import Semantics, evaluate
from snnir.types import Array

from .models import PAPER, Model

Sending = Callable[[Array], Array]
"""From ramps ``[points, ramps]``, not cut yet, to what arrives of each neuron, ``[points, neurons]``."""
ITERATIONS = 4000
CODES: tuple[tuple[str, int, int], ...] = (
    ("population", 8, 32),
    ("population", 16, 32),
    ("first-spike", 2, 16),
    ("first-spike", 2, 32),
    ("first-spike", 2, 64),
    ("first-spike", 4, 16),
    ("first-spike", 4, 32),
    ("first-spike", 4, 64),
)
"""Code, neurons per unit, steps."""


@dataclass(frozen=True)
class Trial:
    """One idea.

    Attributes:
        name: In words.
        ramps: Per unit.
        neurons: Per ramp.
        steps: Of a layer.
        sending: What arrives of ramps.
        digits: Training gets the noise of ``2^digits`` values of a ramp.
    """

    name: str
    ramps: int
    neurons: int
    steps: int
    sending: Sending
    digits: int


def levels(count: int) -> Sending:
    """Return threshold neurons at equal distances on each ramp."""
    places = (np.arange(count) + 0.5) / count
    return lambda ramps: (ramps[..., np.newaxis] >= places).reshape(len(ramps), -1).astype(float)


def planes(digits: int) -> Sending:
    """Return a neuron for each binary digit, that of the largest first."""
    places = np.arange(digits - 1, -1, -1)

    def sent(ramps: Array) -> Array:
        number = np.clip(np.rint(ramps * (2**digits - 1)), 0, 2**digits - 1).astype(int)
        bits: Array = (number[..., np.newaxis] >> places & 1).reshape(len(ramps), -1).astype(float)
        return bits

    return sent


def leading(digits: int) -> Sending:
    """Return the nearest power of two, silence below the smallest."""

    def sent(ramps: Array) -> Array:
        exponent = np.maximum(np.rint(-np.log2(np.maximum(ramps, 1e-9))), 0)
        powers: Array = np.where(exponent < digits, 2.0**-exponent, 0.0)
        return powers

    return sent


TRIALS = (
    Trial("thresholds in one step, K = 8", 4, 2, 1, levels(2), 1),
    Trial("thresholds in one step, K = 16", 4, 4, 1, levels(4), 2),
    Trial("thresholds in one step, K = 16", 2, 8, 1, levels(8), 3),
    Trial("leading digit, K = 8", 8, 1, 8, leading(8), 3),
    Trial("bit planes, K = 8", 2, 4, 4, planes(4), 4),
    Trial("bit planes, K = 14", 2, 7, 7, planes(7), 7),
)


def tried(model: Model, trial: Trial) -> tuple[float, float]:
    """Return error (relative L2, unseen points) and spikes per unit of an idea."""
    graph = model.load()
    drawn = sample(graph, model.domain, 0)
    context = Context(drawn.calibration, Semantics(), STEPS, 0)
    ann = analog_pipeline(graph, context)
    tune = Tune(
        iterations=ITERATIONS, activity=0.0, rate=1e-2, noise=1 / (24 * STEPS**2), batch=64, digits=trial.digits
    )
    passes = (Activations(), Couple(), Precision(), Populate(trial.ramps), tune)
    tuned = run_passes(ann, passes, Context(drawn.calibration, Semantics(), STEPS, 0, ann=ann))
    dense = [node.op for node in tuned.nodes if isinstance(node.op, Dense)]
    maps = [(op.weight.array.astype(float), op.biases) for op in dense]
    (seen,), (unseen,) = drawn.calibration.values(), drawn.held_out.values()
    ideal, sent, sent_unseen = seen.astype(float), seen.astype(float), unseen.astype(float)
    spikes: list[float] = []
    for index, (weight, bias) in enumerate(maps[0::2]):
        goal = ideal @ weight + bias
        fitted = (weight, bias) if index == 0 else ridge(sent, goal, np.zeros((sent.shape[1], goal.shape[1])))
        z, z_unseen = (each @ fitted[0] + fitted[1] for each in (sent, sent_unseen))
        if 2 * index + 1 == len(maps):
            return _error(z_unseen, evaluate(ann, drawn.held_out)[ann.outputs[0]]), float(np.mean(spikes))
        gain, offset = maps[2 * index + 1]
        ideal = np.clip(goal @ gain + offset, 0, 1)
        sent, sent_unseen = (trial.sending(each @ gain + offset) for each in (z, z_unseen))
        spikes.append(float(np.count_nonzero(sent_unseen)) / len(unseen) / weight.shape[1])
    raise ValueError("the network has no output")


def _error(found: Array, wanted: Array) -> float:
    return float(np.linalg.norm(found - wanted.reshape(found.shape)) / np.linalg.norm(wanted))


def compiled(model: Model, code: str, per_unit: int, steps: int) -> tuple[float, float, int, float]:
    """Return error, spikes per unit, steps of an inference, and energy over the ANN's, of a code in spikingjelly."""
    options: dict[str, Any] = {"code": code, "neurons_per_unit": per_unit, "steps": steps}
    report = snnir.compile(model.load(), target="nir", reader="spikingjelly", domain=model.domain, **options).report
    energy = report["energy_pj"]
    return (
        report["conversion"]["rel_l2"],
        report["spikes"]["per_unit"],
        report["latency"],
        energy["snn"] / energy["ann"],
    )


def rows(names: list[str]) -> Iterator[str]:
    """Yield the table line by line."""
    yield "| network | idea | neurons per unit | spikes per unit | steps | error | energy / ANN's |"
    yield "|---|---|---|---|---|---|---|"
    for name in names:
        layers = PAPER[name].load()
        depth = sum(node.op.elementwise for node in layers.nodes)
        for trial in TRIALS:
            error, spikes = tried(PAPER[name], trial)
            steps = trial.steps * depth if trial.steps > 1 else 1
            yield f"| {name} | {trial.name} | {trial.ramps * trial.neurons} | {spikes:.1f} | {steps} | {error:.1e} | |"
        for code, per_unit, steps in CODES:
            error, spikes, latency, energy = compiled(PAPER[name], code, per_unit, steps)
            shown = f"`{code}`, K = {per_unit}, T = {steps}"
            yield f"| {name} | {shown} | {per_unit} | {spikes:.1f} | {latency} | {error:.1e} | {energy:.2f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure neurons that reset to zero.")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help="Poisson and Burgers by default")
    for line in rows(parser.parse_args().names or ["poisson", "burgers"]):
        print(line, flush=True)


if __name__ == "__main__":
    main()
