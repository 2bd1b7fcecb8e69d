"""sinabs: ``sinabs.nir.from_nir``, on all steps at once."""

import nir
import numpy as np
import torch
from sinabs.nir import from_nir
from torch_steps import observe

PACKAGES = ("sinabs", "nirtorch", "nir", "torch")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``; neurons send several spikes in a step."""
    graph = nir.read(file)
    steps, points, _ = signal.shape

    def by_step(array):
        return array.reshape(points, steps, -1).swapaxes(0, 1)

    model = from_nir(graph, batch_size=points)
    seen = observe(model, graph)
    with torch.no_grad():
        rows = np.ascontiguousarray(signal.swapaxes(0, 1)).reshape(points * steps, -1)
        made = model(torch.from_numpy(rows))
    output = made[0] if isinstance(made, tuple) else made
    return by_step(output.numpy()), {name: by_step(trains[0]) for name, trains in seen.items()}
