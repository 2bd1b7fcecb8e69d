"""Physics-informed neural networks in PyTorch: build, train on the equation alone, export to ONNX."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from . import Axes, Jet, Points, Problem, Training, product


class Separable(nn.Module):
    """One network per axis and, for each output, the sum over r of the products of their r-th features.

    The values on a grid of N1 x N2 x ... points cost N1 + N2 + ... evaluations.
    """

    def __init__(self, axes: Mapping[str, nn.Sequential], rank: int) -> None:
        super().__init__()
        self.axes = nn.ModuleDict(axes)
        self.rank = rank
        letters = "ijkl"[: len(axes)]
        self.merge = ",".join(f"{letter}r" for letter in letters) + f"->{letters}"

    def forward(self, *coordinates: Tensor) -> tuple[Tensor, ...]:
        """The outputs [N1, N2, ...] on the grid with these axes, [n, 1] each."""
        features = [
            axis(column).split(self.rank, dim=1) for axis, column in zip(self.axes.values(), coordinates, strict=True)
        ]
        return tuple(torch.einsum(self.merge, *factors) for factors in zip(*features, strict=True))


Network: TypeAlias = nn.Sequential | Separable


def build(problem: Problem, seed: int) -> Network:
    """The problem's tanh network in float64: Glorot normal weights, zero biases, no normalisation layers."""
    torch.manual_seed(seed)
    if problem.rank is None:
        network: Network = tanh_network(problem.widths)
        if problem.steepness is not None:
            spread(network[0], problem.domain.values(), problem.steepness)
    else:
        axes = {name: tanh_network(problem.widths) for name in problem.domain}
        network = Separable(axes, problem.rank)
        if problem.steepness is not None:
            for axis, bounds, steepness in zip(axes.values(), problem.domain.values(), problem.steepness, strict=True):
                spread(axis[0], [bounds], (steepness,))
    count = sum(parameter.numel() for parameter in network.parameters())
    if count != problem.parameters:
        raise ValueError(f"{problem.name}: built {count} parameters, the paper has {problem.parameters}")
    return network


def tanh_network(widths: tuple[int, ...]) -> nn.Sequential:
    """Linear layers of these widths with tanh between them."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    last = len(widths) - 1
    for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
        linear = nn.Linear(inputs, outputs, dtype=torch.float64)
        nn.init.xavier_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers["output" if number == last else f"hidden_{number}"] = linear
        if number < last:
            layers[f"tanh_{number}"] = nn.Tanh()
    return nn.Sequential(layers)


def spread(first: nn.Linear, box: Iterable[tuple[float, float]], steepness: tuple[float, ...]) -> None:
    """Makes the first layer's units bend all over the box of its inputs, with these deviations of their weights.

    Glorot's small weights and zero biases bend little, and at 0 only: training is slow to add detail.
    """
    lowest, highest = torch.tensor(list(box), dtype=torch.float64).T
    with torch.no_grad():
        first.weight.normal_().mul_(torch.tensor(steepness, dtype=torch.float64))
        centres = lowest + (highest - lowest) * torch.rand_like(first.weight)
        first.bias.copy_(-(first.weight * centres).sum(dim=1))


def jet(network: nn.Sequential, points: Tensor) -> Jet:
    """The network's value and derivatives at `points` [N, d], carried forward layer by layer.

    One forward sweep costs less than differentiating backwards twice: with h = tanh(z),
    h' = (1 - h^2) z' and h'' = (1 - h^2) (z'' - 2 h z'^2).
    """
    count, inputs = points.shape
    value = points
    first = torch.eye(inputs, dtype=points.dtype)[:, None, :].expand(inputs, count, inputs)
    second = torch.zeros_like(first)
    for layer in network:
        if isinstance(layer, nn.Linear):
            value = layer(value)
            first = first @ layer.weight.T
            second = second @ layer.weight.T
        else:
            value = torch.tanh(value)
            slope = 1 - value**2
            second = slope * (second - 2 * value * first**2)
            first = slope * first
    return Jet(value, first, second)


def plain_jets(network: nn.Sequential, points: Mapping[str, Points]) -> dict[str, Jet]:
    """The jets at each set of points, from one sweep over all of them."""
    whole = jet(network, torch.from_numpy(np.concatenate(list(points.values()))))
    return {
        name: Jet(whole.value[part], whole.first[:, part], whole.second[:, part])
        for name, part in spans(points).items()
    }


def separable_jets(network: Separable, grids: Mapping[str, Axes]) -> dict[str, Jet]:
    """The jets at every point of each grid, from one sweep per axis over the coordinates of all grids.

    Along one axis only that axis' features have a derivative, so a derivative is the same sum of products
    with one factor exchanged.
    """
    factors: dict[str, list[tuple[Tensor, Tensor, Tensor]]] = {name: [] for name in grids}
    for number, axis in enumerate(network.axes.values()):
        columns = {name: axes[number] for name, axes in grids.items()}
        whole = jet(axis, torch.from_numpy(np.concatenate(list(columns.values()))))
        for name, part in spans(columns).items():
            parts = (whole.value[part], whole.first[0, part], whole.second[0, part])
            factors[name].append(tuple(values.unflatten(1, (-1, network.rank)) for values in parts))
    return {name: merged_jet(parts) for name, parts in factors.items()}


def merged_jet(factors: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Jet:
    """The jet on a grid, from features and their two derivatives along each axis: [n_i, m, rank] each."""
    letters = "ijkl"[: len(factors)]
    equation = ",".join(f"{letter}mr" for letter in letters) + f"->{letters}m"

    def merge(order: int, along: int) -> Tensor:
        chosen = [parts[order if number == along else 0] for number, parts in enumerate(factors)]
        return torch.einsum(equation, *chosen).flatten(0, -2)

    axes = range(len(factors))
    return Jet(
        merge(0, 0), torch.stack([merge(1, axis) for axis in axes]), torch.stack([merge(2, axis) for axis in axes])
    )


def spans(parts: Mapping[str, Points]) -> dict[str, slice]:
    """Where each part's rows lie once all are stacked."""
    ends = np.cumsum([len(rows) for rows in parts.values()]).tolist()
    return {name: slice(end - len(rows), end) for (name, rows), end in zip(parts.items(), ends, strict=True)}


def residuals(problem: Problem, network: Network, sets: Mapping[str, Points | Axes]) -> dict[str, Tensor]:
    """What must vanish, at every point of the sets: by the names of the problem's weights."""
    if isinstance(network, Separable):
        jets = separable_jets(network, sets)
        points = {name: product(axes) for name, axes in sets.items()}
    else:
        jets, points = plain_jets(network, sets), sets
    return problem.residuals(points, jets)


def loss(problem: Problem, network: Network, sets: Mapping[str, Points | Axes]) -> Tensor:
    """The weighted sum of the residuals' mean squares: a scalar."""
    terms = residuals(problem, network, sets)
    return torch.stack([problem.weights[name] * term.square().mean() for name, term in terms.items()]).sum()


def accumulate(problem: Problem, network: Network, parts: Sequence[Mapping[str, Points | Axes]]) -> float:
    """Adds the gradient of the mean of the parts' losses to the parameters' `grad`; returns that mean.

    Where the parts cut every set into equal pieces, that is the loss on the whole sets.
    """
    total = 0.0
    for part in parts:
        value = loss(problem, network, part) / len(parts)
        torch.autograd.backward(value)
        total += value.item()
    return total


def train(problem: Problem, training: Training, log: Callable[[str], None]) -> Network:
    """A network trained on the residuals alone: Adam, then rounds of L-BFGS on fresh points.

    With a goal, it ends as soon as the loss is below.

    Raises:
        RuntimeError: The loss did not fall below the goal.
    """
    network = build(problem, training.seed)
    last = adam(problem, network, training)
    log(f"Adam      loss {last:.2e}")
    for number in range(1, training.rounds + 1):
        if reached(last, training):
            break
        last = lbfgs_round(problem, network, training, number)
        log(f"L-BFGS {number:2} loss {last:.2e}")
    if training.goal is not None and not reached(last, training):
        raise RuntimeError(f"{problem.name}: trained to a loss of {last:.2e}, not below {training.goal:.3g}")
    return network


def reached(value: float, training: Training) -> bool:
    """Whether there is a goal and this loss is below it."""
    return training.goal is not None and value < training.goal


def adam(problem: Problem, network: Network, training: Training) -> float:
    """Trains in place with a cosine-decayed rate; returns the last loss."""
    parameters = list(network.parameters())
    optimizer = torch.optim.Adam(parameters, lr=training.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.adam_steps)
    points = problem.sample(training.points, training.seed)
    last = float("nan")
    for _ in range(training.adam_steps):
        optimizer.zero_grad()
        last = accumulate(problem, network, [points])
        if reached(last, training):  # before the step: the network is the one with this loss
            break
        optimizer.step()
        schedule.step()
    return last


def lbfgs_round(problem: Problem, network: Network, training: Training, number: int) -> float:
    """Trains in place on one draw of points; returns the loss reached."""
    points = problem.sample(training.points, training.seed + 1000 * number)
    parameters = list(network.parameters())

    def load(flat: NDArray[np.float64]) -> None:
        with torch.no_grad():
            vector_to_parameters(torch.from_numpy(flat.copy()), parameters)

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        load(flat)
        value = loss(problem, network, points)
        return value.item(), parameters_to_vector(torch.autograd.grad(value, parameters)).numpy()

    def stop(intermediate_result: OptimizeResult) -> None:
        if reached(intermediate_result.fun, training):
            raise StopIteration

    found = minimize(
        objective,
        parameters_to_vector(parameters).detach().numpy(),
        jac=True,
        method="L-BFGS-B",
        callback=stop,
        # Zero tolerances: without a goal a round ends by its steps alone, so its time is known beforehand.
        options={
            "maxiter": training.round_steps,
            "maxfun": 2 * training.round_steps,
            "maxcor": training.memory,
            "ftol": 0.0,
            "gtol": 0.0,
        },
    )
    load(found.x)
    return float(found.fun)


def export(problem: Problem, network: Network, path: Path) -> None:
    """Writes the network in float32 as one ONNX file.

    A plain network maps `points` [N, d] to one output [N, m], any N; a separable one the coordinates along each axis,
    [N1, 1], [N2, 1] and so on by the names of the inputs, to one array [N1, N2, ...] per output.
    """
    single = deepcopy(network).float().eval()
    inputs = {"points": {0: "N"}} if problem.rank is None else {name: {0: f"N{name}"} for name in problem.domain}
    sizes = [entry[0] for entry in inputs.values()]
    columns = len(problem.domain) // len(inputs)
    outputs = ["".join(problem.outputs)] if problem.rank is None else list(problem.outputs)
    # dynamo=False: the newer exporter writes local source paths into the file.
    torch.onnx.export(
        single,
        # Axes of different lengths, so that the exporter cannot take one for another.
        tuple(torch.zeros(number, columns) for number in range(2, 2 + len(inputs))),
        str(path),
        input_names=list(inputs),
        output_names=outputs,
        dynamic_axes={**inputs, **{name: dict(enumerate(sizes)) for name in outputs}},
        opset_version=17,
        dynamo=False,
    )
