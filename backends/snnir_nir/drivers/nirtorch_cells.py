"""The neurons of snnir's NIR files for nirtorch, which has none of its own.

Import `load` from ``snnir_nir.drivers.nirtorch_cells``, or copy this file: it needs nir, nirtorch and torch only. ::

    graph = nir.read("poisson.nir")
    model = load(graph)
    state, total = None, 0
    for _ in range(32):  # the steps are in the metadata of the file
        output, state = model(points, state)  # the same points at every step
        total = total + output
    u = total / 32

`run` does that for any file of snnir, those whose layers send digits among them: their inputs have further columns,
and their outputs are numbers in binary digits.
"""

from __future__ import annotations

import json
from typing import Any

import nir
import nirtorch
import numpy as np
import torch


class IF(torch.nn.Module):
    """``v += r i``; a spike where ``v >= threshold``; then the threshold is subtracted from v.

    v starts at ``v_init`` in the metadata of the node, or at zero.
    """

    def __init__(self, node: nir.IF) -> None:
        super().__init__()
        start = node.metadata.get("v_init", np.zeros_like(node.v_threshold))
        self.register_buffer("r", torch.from_numpy(node.r))
        self.register_buffer("threshold", torch.from_numpy(node.v_threshold))
        self.register_buffer("v_init", torch.from_numpy(start))

    def forward(self, current: torch.Tensor, state: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return spikes and membranes after them, ``[points, neurons]``."""
        v = (self.v_init if state is None else state) + self.r * current
        spikes = (v >= self.threshold).to(v.dtype)
        return spikes, v - self.threshold * spikes


class LI(torch.nn.Module):
    """``v = (1 - 1 / tau) v + (v_leak + r i) / tau``: NIR's equation by the forward Euler method, for a step of 1.

    With tau and r of -1 a membrane doubles, ``v = 2 v + i``, and is rounded once.
    """

    def __init__(self, node: nir.LI | nir.LIF) -> None:
        super().__init__()
        self.register_buffer("tau", torch.from_numpy(node.tau))
        self.register_buffer("r", torch.from_numpy(node.r))
        self.register_buffer("leak", torch.from_numpy(node.v_leak))

    def forward(self, current: torch.Tensor, state: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the membrane twice: it is output and state, ``[points, values]``."""
        v = (self.leak + self.r * current) / self.tau
        v = v if state is None else (1 - 1 / self.tau) * state + v
        return v, v


class LIF(torch.nn.Module):
    """The membrane of `LI`; a spike where ``v >= threshold``; then the threshold is subtracted from v."""

    def __init__(self, node: nir.LIF) -> None:
        super().__init__()
        self.membrane = LI(node)
        self.register_buffer("threshold", torch.from_numpy(node.v_threshold))

    def forward(self, current: torch.Tensor, state: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return spikes and membranes after them, ``[points, neurons]``."""
        v, _ = self.membrane(current, state)
        spikes = (v >= self.threshold).to(v.dtype)
        return spikes, v - self.threshold * spikes


class Delay(torch.nn.Module):
    """``y(t) = x(t - delay)``, zero before that; as NIR specifies it, for whole numbers of steps."""

    def __init__(self, node: nir.Delay) -> None:
        super().__init__()
        self.steps = torch.from_numpy(node.delay).round().long()

    def forward(self, x: torch.Tensor, state: tuple[torch.Tensor, ...] | None = None) -> tuple[torch.Tensor, Any]:
        """Return what came in before, ``[points, values]``, and all that is still needed, the newest last."""
        longest = int(self.steps.max())
        line = (*((torch.zeros_like(x),) * longest if state is None else state[1:]), x)
        return torch.stack(line)[longest - self.steps, :, torch.arange(x.shape[1])].T, line


class I(torch.nn.Module):  # noqa: E742 - its name in NIR
    """``v += r i``, as NIR specifies it, for a step of 1."""

    def __init__(self, node: nir.I) -> None:
        super().__init__()
        self.register_buffer("r", torch.from_numpy(node.r))

    def forward(self, current: torch.Tensor, state: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the integral twice: it is output and state, ``[points, values]``."""
        v = self.r * current if state is None else state + self.r * current
        return v, v


class Threshold(torch.nn.Module):
    """1 where the input is above the threshold, as NIR specifies it."""

    def __init__(self, node: nir.Threshold) -> None:
        super().__init__()
        self.register_buffer("threshold", torch.from_numpy(node.threshold))

    def forward(self, v: torch.Tensor) -> torch.Tensor:
        """Return spikes, ``[points, neurons]``."""
        return (v > self.threshold).to(v.dtype)


class Scale(torch.nn.Module):
    """``y = s x``."""

    def __init__(self, node: nir.Scale) -> None:
        super().__init__()
        self.register_buffer("scale", torch.from_numpy(node.scale))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product, ``[points, values]``."""
        return self.scale * x


def affine(node: nir.Affine) -> torch.nn.Linear:
    """Return a layer with the weights and the bias of a node; nirtorch's own map leaves the bias at random values."""
    layer = torch.nn.Linear(node.weight.shape[1], node.weight.shape[0])
    layer.weight.data = torch.from_numpy(node.weight)
    layer.bias.data = torch.from_numpy(node.bias)
    return layer


CELLS = {nir.IF: IF, nir.LIF: LIF, nir.I: I, nir.LI: LI, nir.Threshold: Threshold, nir.Scale: Scale, nir.Delay: Delay}
NODE_MAP = {nir.Affine: affine, **CELLS}
"""For `nirtorch.nir_to_torch`."""


def load(graph: nir.NIRGraph, dtype: torch.dtype = torch.float32) -> torch.fx.GraphModule:
    """Return a model that makes one step: ``output, state = model(input, state)``, with None as the first state."""
    return nirtorch.nir_to_torch(graph, NODE_MAP, dtype=dtype)


def series(port: dict[str, Any], points: torch.Tensor, steps: int) -> torch.Tensor:
    """Return what an Input of a file of snnir gets, ``[steps, points, columns]``.

    Args:
        port: Of the ``inputs`` in the metadata. Its ``lanes`` are columns that bring the points, or 1, from their first
            step to before their end, and 0 elsewhere; with a ``pulse`` there is one that is 1 at the first step.
        points: ``[points, values]``.
        steps: Of an inference.
    """
    pulse = [{"value": False, "first": 0, "end": 1}] if port.get("pulse") else []
    made = []
    for lane in port.get("lanes", [{"value": True, "first": 0, "end": None}, *pulse]):
        given = points if lane["value"] else torch.ones_like(points[:, :1])
        now = torch.arange(steps)
        on = (now >= lane["first"]) & (now < (steps if lane["end"] is None else lane["end"]))
        made.append(given * on.to(points.dtype)[:, None, None])
    return torch.cat(made, dim=2)


def run(graph: nir.NIRGraph, points: torch.Tensor) -> torch.Tensor:
    """Return the output of a file of snnir with one Input and one Output, for points ``[points, values]``."""
    facts = json.loads(graph.metadata["snnir"])
    (port,), (read,) = facts["inputs"], facts["outputs"]
    model, state, outputs = load(graph, points.dtype), None, []
    with torch.no_grad():
        for given in series(port, points, facts["steps"]):
            output, state = model(given, state)
            outputs.append(output)
    made = torch.stack(outputs)
    if "digits" not in read:
        return made.mean(dim=0)
    made = made[read["first"] : read["first"] + read["digits"]]
    weights = torch.tensor([2.0**k for k in reversed(range(len(made)))], dtype=made.dtype)
    return torch.tensordot(weights, made, dims=1) / (2.0 ** len(made) - 1)
