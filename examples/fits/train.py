"""Fit the networks that show other activations, gates and operators: `python -m examples.fits.train`; needs torch.

Plain networks 2-64-64-64-1, one per activation, and a modified MLP (Wang, Teng and Perdikaris, "Understanding and
mitigating gradient flow pathologies in physics-informed neural networks", 2021) learn

    u(x, y) = sin(3 x) cos(2 y) + x y / 2    on [-1, 1]^2;

a DeepONet (Lu et al., "Learning nonlinear operators via DeepONet", 2021) learns the antiderivative from 0 to x of the
function that is linear between 8 sensors on [0, 1], with values in [-1, 1].
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import click
import torch
from torch import Tensor, nn

MODELS = Path(__file__).parents[1] / "models" / "fits"
POINTS = 1000
SENSORS = 8
ADAM_STEPS = 600
LBFGS_STEPS = 1000


class Sine(nn.Module):
    """sin z."""

    def forward(self, z: Tensor) -> Tensor:
        """The sine of every element."""
        return torch.sin(z)


ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "sin": Sine,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "elu": nn.ELU,
}


def mlp(widths: tuple[int, ...], activation: type[nn.Module]) -> nn.Sequential:
    """Linear layers of these widths with activations between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


class ModifiedMLP(nn.Module):
    """h <- (1 - z) U + z V with z = tanh(W h + b), and gates U, V of the input."""

    def __init__(self, width: int = 48, layers: int = 3) -> None:
        super().__init__()
        self.gates = nn.ModuleList([nn.Linear(2, width), nn.Linear(2, width)])
        self.layers = nn.ModuleList([nn.Linear(2 if number == 0 else width, width) for number in range(layers)])
        self.output = nn.Linear(width, 1)

    def forward(self, points: Tensor) -> Tensor:
        """U at `points` [N, 2]: shape [N, 1]."""
        u, v = (torch.tanh(gate(points)) for gate in self.gates)
        h = points
        for layer in self.layers:
            z = torch.tanh(layer(h))
            h = (1 - z) * u + z * v
        return self.output(h)


class DeepONet(nn.Module):
    """The sum over r of branch_r(sensors) trunk_r(x)."""

    def __init__(self, width: int = 48, rank: int = 24) -> None:
        super().__init__()
        self.branch = mlp((SENSORS, width, width, rank), nn.Tanh)
        self.trunk = mlp((1, width, width, rank), nn.Tanh)

    def forward(self, sensors: Tensor, x: Tensor) -> Tensor:
        """The antiderivative at `x` [N, 1] for `sensors` [N, 8]: shape [N, 1]."""
        return (self.branch(sensors) * self.trunk(x)).sum(dim=1, keepdim=True)


def surface(points: Tensor) -> Tensor:
    """U at `points` [N, 2]: shape [N, 1]."""
    x, y = points.split(1, dim=1)
    return torch.sin(3 * x) * torch.cos(2 * y) + x * y / 2


def antiderivative(sensors: Tensor, x: Tensor) -> Tensor:
    """The integral from 0 to `x` [N, 1] of the function that is linear between `sensors` [N, 8]: shape [N, 1]."""
    gaps = SENSORS - 1
    left = torch.clamp((x * gaps).floor(), 0, gaps - 1)
    inside = x * gaps - left
    areas = torch.cumsum((sensors[:, :-1] + sensors[:, 1:]) / 2, dim=1)
    whole = torch.cat([torch.zeros_like(x), areas], dim=1).gather(1, left.long())
    first = sensors.gather(1, left.long())
    slope = sensors.gather(1, left.long() + 1) - first
    return (whole + first * inside + slope * inside**2 / 2) / gaps


def fit(network: nn.Module, inputs: tuple[Tensor, ...], goal: Tensor) -> float:
    """Trains in place, in float64, by Adam and then L-BFGS; returns the relative L2 error on the training points."""
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, ADAM_STEPS)
    for _ in range(ADAM_STEPS):
        optimizer.zero_grad()
        torch.autograd.backward(nn.functional.mse_loss(network(*inputs), goal))
        optimizer.step()
        schedule.step()
    polish = torch.optim.LBFGS(
        network.parameters(), max_iter=LBFGS_STEPS, history_size=50, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        polish.zero_grad()
        loss = nn.functional.mse_loss(network(*inputs), goal)
        torch.autograd.backward(loss)
        return loss.item()

    polish.step(closure)
    with torch.no_grad():
        return float(torch.linalg.norm(network(*inputs) - goal) / torch.linalg.norm(goal))


def problems() -> dict[str, Callable[[], tuple[nn.Module, tuple[str, ...]]]]:
    """How to build each network, with the names of its inputs."""
    plain = {
        name: (lambda kind=kind: (mlp((2, 64, 64, 64, 1), kind), ("points",))) for name, kind in ACTIVATIONS.items()
    }
    return {
        **plain,
        "modified_mlp": lambda: (ModifiedMLP(), ("points",)),
        "deeponet": lambda: (DeepONet(), ("sensors", "x")),
    }


def data(inputs: tuple[str, ...]) -> tuple[tuple[Tensor, ...], Tensor]:
    """Training points and what to learn there."""
    if inputs == ("points",):
        points = torch.rand(POINTS, 2) * 2 - 1
        return (points,), surface(points)
    sensors, x = torch.rand(2 * POINTS, SENSORS) * 2 - 1, torch.rand(2 * POINTS, 1)
    return (sensors, x), antiderivative(sensors, x)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(problems())), metavar="[NAME]...")
def main(names: tuple[str, ...]) -> None:
    """Train each NAME (all by default) and write it to models/fits."""
    torch.set_default_dtype(torch.float64)
    MODELS.mkdir(parents=True, exist_ok=True)
    for name in names or problems():
        started = time.perf_counter()
        torch.manual_seed(0)
        network, inputs = problems()[name]()
        points, goal = data(inputs)
        error = fit(network, points, goal)
        path = MODELS / f"{name}.onnx"
        torch.onnx.export(
            network.float().eval(),
            tuple(part[:2].float() for part in points),
            str(path),
            input_names=list(inputs),
            output_names=["u"],
            dynamic_axes={part: {0: "N"} for part in (*inputs, "u")},
            opset_version=20,
            dynamo=False,
        )
        click.echo(f"{name:14} relative L2 error {error:.1e}, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
