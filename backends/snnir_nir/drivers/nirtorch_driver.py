"""nirtorch with the neurons in `nirtorch_cells`."""

import nir
import nirtorch_cells
import torch
from torch_steps import step_by_step

PACKAGES = ("nirtorch", "nir", "torch")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``."""
    graph = nir.read(file)
    return step_by_step(nirtorch_cells.load(graph, torch.tensor(signal[:0]).dtype), graph, signal)
