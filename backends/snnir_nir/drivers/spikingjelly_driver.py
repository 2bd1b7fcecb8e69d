"""spikingjelly: ``nir_exchange.import_from_nir`` with a dt of 1, as it requires r = 1 / dt."""

import nir
from spikingjelly.activation_based.nir_exchange import import_from_nir
from torch_steps import step_by_step

PACKAGES = ("spikingjelly", "nirtorch", "nir", "torch")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``."""
    graph = nir.read(file)
    return step_by_step(import_from_nir(graph, dt=1.0), graph, signal)
