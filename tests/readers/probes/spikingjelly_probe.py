"""What spikingjelly gets wrong."""

import numpy as np
import torch
from chains import affine, answer, chain, error, neurons, stepped
from spikingjelly.activation_based.nir_exchange import import_from_nir

torch.set_num_threads(1)
mixed = neurons(size=2)
mixed.v_threshold = np.array([1, 2], np.float32)
answer(
    own_dt=error(lambda: import_from_nir(chain(neurons()))),
    raised=stepped(import_from_nir(chain(neurons(v_reset=0.5)), dt=1.0), [0.5] * 3),
    mixed=error(lambda: import_from_nir(chain(mixed, affine([1, 1]), affine([1], [1])), dt=1.0)),
)
