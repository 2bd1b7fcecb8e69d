"""Physics-informed neural networks in PyTorch: build, train on the equation alone, export to ONNX."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from problems import Jet, Points, Problem
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters


@dataclass(frozen=True)
class Training:
    """How long and on how many points to train."""

    points: int  # interior points; the sets on the boundary are sized after it
    adam_steps: int
    rounds: int  # of L-BFGS, each on newly drawn points
    round_steps: int
    seed: int
    learning_rate: float = 2e-3  # of Adam, at the start
    memory: int = 50  # pairs of steps and gradients that L-BFGS keeps


def build(problem: Problem, seed: int) -> nn.Sequential:
    """The problem's tanh network in float64: Glorot normal weights, zero biases, no normalisation layers."""
    torch.manual_seed(seed)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    last = len(problem.widths) - 1
    for number, (inputs, outputs) in enumerate(pairwise(problem.widths), start=1):
        linear = nn.Linear(inputs, outputs, dtype=torch.float64)
        nn.init.xavier_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers["output" if number == last else f"hidden_{number}"] = linear
        if number < last:
            layers[f"tanh_{number}"] = nn.Tanh()
    network = nn.Sequential(layers)
    count = sum(parameter.numel() for parameter in network.parameters())
    if count != problem.parameters:
        raise ValueError(f"{problem.name}: built {count} parameters, the paper has {problem.parameters}")
    return network


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


def loss(problem: Problem, network: nn.Sequential, points: Mapping[str, Points]) -> Tensor:
    """The weighted sum of the residuals' mean squares: a scalar."""
    whole = jet(network, torch.from_numpy(np.concatenate(list(points.values()))))
    ends = np.cumsum([len(rows) for rows in points.values()])
    rows = (slice(end - len(part), end) for part, end in zip(points.values(), ends.tolist(), strict=True))
    jets = {
        name: Jet(whole.value[part], whole.first[:, part], whole.second[:, part])
        for name, part in zip(points, rows, strict=True)
    }
    terms = problem.residuals(points, jets)
    return torch.stack([problem.weights[name] * term.square().mean() for name, term in terms.items()]).sum()


def train(problem: Problem, training: Training, log: Callable[[str], None]) -> nn.Sequential:
    """A network trained on the residuals alone: Adam, then rounds of L-BFGS on fresh points."""
    network = build(problem, training.seed)
    log(f"Adam      loss {adam(problem, network, training):.2e}")
    for number in range(1, training.rounds + 1):
        log(f"L-BFGS {number:2} loss {lbfgs_round(problem, network, training, number):.2e}")
    return network


def adam(problem: Problem, network: nn.Sequential, training: Training) -> float:
    """Trains in place with a cosine-decayed rate; returns the last loss."""
    parameters = list(network.parameters())
    optimizer = torch.optim.Adam(parameters, lr=training.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.adam_steps)
    points = problem.sample(training.points, training.seed)
    last = float("nan")
    for _ in range(training.adam_steps):
        optimizer.zero_grad()
        value = loss(problem, network, points)
        torch.autograd.backward(value)
        optimizer.step()
        schedule.step()
        last = value.item()
    return last


def lbfgs_round(problem: Problem, network: nn.Sequential, training: Training, number: int) -> float:
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

    found = minimize(
        objective,
        parameters_to_vector(parameters).detach().numpy(),
        jac=True,
        method="L-BFGS-B",
        # Zero tolerances: a round ends by its steps alone, so the time it takes is known beforehand.
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


def export(network: nn.Sequential, path: Path) -> None:
    """Writes the network in float32 as one ONNX file: `points` [N, d] -> `u` [N, m], any N."""
    single = deepcopy(network).float().eval()
    inputs = next(single.parameters()).shape[1]
    # dynamo=False: the newer exporter writes the source paths of whoever exports into the file.
    torch.onnx.export(
        single,
        (torch.zeros(1, inputs),),
        str(path),
        input_names=["points"],
        output_names=["u"],
        dynamic_axes={"points": {0: "N"}, "u": {0: "N"}},
        dynamo=False,
    )
