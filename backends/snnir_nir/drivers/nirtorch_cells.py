"""The neurons of snnir's NIR files for nirtorch, which has none of its own.

Import `load` from ``snnir_nir.drivers.nirtorch_cells``, or copy this file: it needs nir, nirtorch and torch only. ::

    graph = nir.read("poisson.nir")
    model = load(graph)
    state, total = None, 0
    for _ in range(32):  # the steps are in the metadata of the file
        output, state = model(points, state)  # the same points at every step
        total = total + output
    u = total / 32
"""

from __future__ import annotations

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


NODE_MAP = {nir.Affine: affine, nir.IF: IF, nir.I: I, nir.Threshold: Threshold, nir.Scale: Scale}
"""For `nirtorch.nir_to_torch`."""


def load(graph: nir.NIRGraph, dtype: torch.dtype = torch.float32) -> torch.fx.GraphModule:
    """Return a model that makes one step: ``output, state = model(input, state)``, with None as the first state."""
    return nirtorch.nir_to_torch(graph, NODE_MAP, dtype=dtype)
