"""What sinabs gets wrong; in an environment with the old nir that it pins."""

import sys

import nir
import numpy as np
import torch
from chains import answer, chain, error, forked, neurons
from sinabs.nir import from_nir

torch.set_num_threads(1)


def run(model, inputs):
    with torch.no_grad():
        made = model(torch.tensor(inputs, dtype=torch.float32).reshape(-1, 1))
    return np.ravel(made[0] if isinstance(made, tuple) else made).tolist()


def of(graph):
    return from_nir(graph, batch_size=1)


linear = nir.Linear(np.full((1, 1), 8, np.float32))
kept = of(chain(neurons()))
ones = np.ones(1, np.float32)
doubling = nir.LIF(-ones, ones, 0 * ones, ones)
answer(
    nir=error(lambda: nir.read(sys.argv[1])),
    plain=run(of(chain(neurons())), [0.75] * 4),
    linear=run(of(chain(neurons(), linear)), [0.75] * 4),
    resistance=run(of(chain(neurons(r=2.0))), [0.75] * 4),
    calls=[run(kept, [0.75]) for _ in range(4)],
    leak=run(of(chain(doubling)), [0.1, 0, 0, 0, 0]),
    forked=run(of(forked()), [2.0] * 3),
)
