"""norse: ``norse.torch.from_nir`` with a dt of 1, the time step of our files; IF ignores it."""

import nir
import norse.torch
from torch_steps import step_by_step

PACKAGES = ("norse", "nirtorch", "nir", "torch")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``."""
    graph = nir.read(file)
    return step_by_step(norse.torch.from_nir(graph, dt=1.0), graph, signal)
