"""Tune: fit the network of clipped lines that the neurons compute, before any spike is simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.calibration.ridge import Affine, diagonal_fit
from snnir.calibration.sweep import LimitSweep, Sweep
from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.codes.ramps.region import Region
from snnir.codes.ramps.training import Training
from snnir.ir import Graph, Node, Tensor, regions
from snnir.ops import Decode, Encode
from snnir.passes.base import Context, Need, Pass, Property, run_pass
from snnir.passes.layerwise import Layerwise, Task
from snnir.passes.properties import SCALED, UNIT_THRESHOLDS
from snnir.types import Array

RATE = 4e-3
NOISE = 0.02
STEPS = 16
"""Time steps that the noise of populations stands for in training, whatever the network is compiled for."""
WORK = 3.5e10
"""Of one training, in multiply-accumulates times points: some five seconds of a core."""
NEURON = 80
"""Multiply-accumulates that take as long as the arithmetic of one neuron."""
MIN_ITERATIONS = 200


@dataclass(frozen=True)
class Tune(Pass):
    """Train every region's limit for T to infinity, a network of clipped lines, to give the analog network's outputs.

    First each layer in closed form: ``min over W, b of mean |h W + b - z|^2 + 0.02 |W|^2`` on the clipped
    activations h in [-1, 1] of the layer before. The penalty stands for the noise that spikes will add;
    without it the weights grow so large that the next step makes things worse (5e-2 becomes 2e-1 on Burgers).
    Then Adam on the whole region:

        mean over outputs of |y - y_ann|^2 / var y_ann + activity mean |h|

    with a network's weights measured in units of what they drive, so that outputs of any size train alike. Points come
    from a pool that is much larger than what calibration simulates, and the weights are kept that were best on 1,024
    points of it which training does not see; the closed form is among them, so training makes nothing worse.
    The last term pushes neurons towards silence: spikes are what a spiking network costs. Nothing is
    simulated, so a step costs about a millisecond. On Poisson and Burgers (T = 32) it brings 4.5e-2 and 4.9e-2 down
    to 1.9e-2 and 3.3e-2, at spike rates of 0.29 and 0.45 instead of 0.54 and 0.68. An activity of 0.03 gives
    1.7e-2 and 3.1e-2 at 0.37 and 0.56; 0.15 gives 1.9e-2 and 3.8e-2 at 0.24 and 0.38. Noise or a
    straight-through quantiser inside, a second sweep, and tuning on simulated spikes gave nothing more.

    Populations of the `population` code are trained in the same way, gains and offsets of their neurons too, and with
    the noise that `STEPS` time steps add (see `snnir.codes.ramps.populations.deviation`) on their activities. What is
    trained does not depend on the number of steps that it runs with, so that more steps are never worse: training with
    the noise of 8, 16 or 32 steps makes no difference of more than a fifth at any of 8, 16, 32 and 64. Weights of the
    activity, and what they save: see `snnir.codes.population.code`.

    What limits populations of deep networks, of many inputs and of sines is the number of points, then of steps.
    12-60-60-60-60-1, K = 8, error of what the neurons tend to, on points of the training and on others: 6e-3, 2.3e-1
    with 4,096 points; 8.7e-2, 1.2e-1 with 32,768; with a quarter of the rate 4.9e-2, 7.4e-2, and with 131,072 points
    6.8e-2, 7.6e-2. A SIREN of 5 x 64: 1.5e-2 with 4,096 points, 1.1e-2 with more and a quarter of the rate, 7e-3 with
    three times the steps of Adam. The closed form alone: 1.2e-1 and 1.9e-2. Adding the errors of hidden pre-activations
    to the loss gave nothing more where training sees enough points.

    Where neurons lose their overshoot (reset to zero, K = 4, T = 32, Burgers) what is left is noise: 7.4e-2, and 6.5e-2
    with four times the steps. Neither the exact staircase of a constant current in the first layer (1.2e-1) nor
    training on simulated spikes after least squares ("tandem learning", Wu et al., IEEE TNNLS 34, 2023: 1,000 steps,
    30 s, 6.2e-2) is worth its time. More neurons are: 4.9e-2 for K = 8.

    Before: thresholds are 1. After: the same structure with other weights; only the outputs of regions still
    mean what they mean in the analog network. To be followed by `LeastSquares` with ``tuned``.

    Attributes:
        iterations: Adam steps at most; large networks take fewer, see `WORK`. 0 leaves the closed form.
        activity: Weight of the mean activity.
        rate: The largest step of Adam, in units of what the weights drive.
        noise: Penalty of the closed form.
        batch: Points in a step of Adam.
        offset: Factor of the activity, at most, where outputs have an offset: errors relative to the norm, as the paper
            has them, are smaller there than those over the variation, and so is what silence may cost.
        work: The most arithmetic of a training, as a multiple of `WORK`.
        budget: Error of outputs over their variation that is spent on silence, see `Training`; None: `activity` stays
            the weight. It stays so, too, of regions that the host makes outputs of: what errors of branches become in
            a merge is hard to tell. To first order, from slopes at a few hundred points, separable Burgers and Beltrami
            would keep 1e-2 (K = 2) and have 2e-2 to 6e-2.
        silencing: Weight of the activity to begin with where there is a budget.
        digits: What neurons send are binary digits, so many: training gets their noise, and activity is the number of
            ones, see `Activity`. None: spikes, with the noise of `STEPS` steps.
    """

    name: ClassVar[str] = "tune"
    requires: ClassVar[tuple[Property, ...]] = (SCALED, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (UNIT_THRESHOLDS,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    iterations: int = 500
    activity: float = 0.08
    rate: float = RATE
    noise: float = NOISE
    batch: int = 128
    offset: float = 1.0
    work: float = 1.0
    budget: float | None = None
    silencing: float = 0.1
    digits: int | None = None

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with tuned weights."""
        graph = run_pass(_ClosedForm(self.noise), graph, context)
        found = regions(graph)
        rng = np.random.default_rng(context.seed)
        tuned: dict[str, Node] = {}
        for index, nodes in enumerate(found):
            region = self._region(nodes, context)
            budget = self.budget if set(results(nodes)) <= set(context.analog.outputs) else None
            if budget is not None:
                region.activity = self.silencing
            training = Training(self._iterations(region), self.rate, self.batch, budget)
            with np.errstate(over="ignore", invalid="ignore"):  # huge weights: caught right below
                for done in training.run(region, rng):
                    context.progress((index + done) / len(found))
            if region.is_finite():
                tuned |= {node.name: node for node in region.nodes(self.name)}
        return _widths(graph.with_nodes(tuple(tuned.get(node.name, node) for node in graph.nodes)))

    def _region(self, nodes: tuple[Node, ...], context: Context) -> Region:
        steps = STEPS if self.digits is None else 1 << self.digits
        ends = boundary(nodes, context)
        region = Region(nodes, ends, self.activity, context.semantics, steps=steps, digits=self.digits)
        region.activity *= min(max(region.ends.offset(), 1.0), self.offset)
        return region

    def _iterations(self, region: Region) -> int:
        """Return the steps of Adam that the work of a region leaves."""
        return min(self.iterations, max(MIN_ITERATIONS, int(self.work * WORK / self.batch / _work(region))))


def _work(region: Region) -> float:
    """Return the arithmetic of one point, in multiply-accumulates."""
    weights = sum(pair[0].size for pair in region.parameters.values())
    return float(weights + NEURON * region.neurons)


def _widths(graph: Graph) -> Graph:
    """Return the graph with the amplitudes of populations as wide as their gains have become."""
    wide: dict[str, Node] = {}
    for node in graph.of(IntegrateAndFire):
        before = node.op.encoder(graph, node)
        if before is not None:
            gain = np.abs(before.op.weight.array.sum(axis=0))
            width = np.where(gain > 0, 1 / np.where(gain > 0, gain, 1), node.op.amplitude.array)
            wide[node.name] = replace(node, op=replace(node.op, amplitude=Tensor(width.astype(gain.dtype))))
    return graph.with_nodes(tuple(wide.get(node.name, node) for node in graph.nodes))


@dataclass(frozen=True)
class _ClosedForm(Layerwise):
    """The first step: each layer in turn on the limit's activations."""

    name: ClassVar[str] = "tune"
    noise: float = NOISE

    def sweep(self, context: Context) -> Sweep:
        return LimitSweep(context.points, context.semantics)

    def fit(self, task: Task) -> Affine:
        if task.diagonal:
            return diagonal_fit(task.spikes, task.goal, task.per_unit)
        mean, goal_mean = task.spikes.mean(axis=0), task.goal.mean(axis=0)
        spread = task.spikes - mean
        gram: Array = spread.T @ spread / len(spread) + self.noise * np.eye(spread.shape[1])
        right: Array = spread.T @ (task.goal - goal_mean) / len(spread)
        weight: Array = np.linalg.solve(gram, right)
        return weight, goal_mean - mean @ weight


def results(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    """Return the values that a region gives."""
    return tuple(node.output.name for node in nodes if isinstance(node.op, Decode))


def boundary(nodes: tuple[Node, ...], context: Context) -> dict[str, Array]:
    """Return what goes into a region and what should come out of it, in the analog network, as ``[points, width]``.

    On the points of the context's pool.
    """
    names = {node.inputs[0] for node in nodes if isinstance(node.op, Encode)}
    names |= {*results(nodes)}
    values = context.known.values(context.analog, context.pool or context.points, names)
    return {name: array.reshape(-1, array.shape[-1]).astype(np.float32) for name, array in values.items()}
