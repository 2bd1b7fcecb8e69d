"""norse: ``norse.torch.from_nir``."""

import nir
import norse.torch
from torch_steps import step_by_step

PACKAGES = ("norse", "nirtorch", "nir", "torch")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``."""
    graph = nir.read(file)
    return step_by_step(norse.torch.from_nir(graph), graph, signal)
