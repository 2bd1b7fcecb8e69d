"""What norse gets wrong."""

import nir
import norse.torch
import numpy as np
import torch
from chains import answer, chain, forked, neurons, stepped


def of(graph, **options):
    return norse.torch.from_nir(graph, ignore_warnings=True, **options)


torch.set_num_threads(1)
subtract = norse.torch.functional.reset.reset_subtract
odd = chain(neurons(r=2.0, v_reset=0.25))
leaky = chain(
    nir.LIF(
        tau=np.full(1, 4.0),
        r=np.full(1, 1.0),
        v_leak=np.full(1, 0.0),
        v_threshold=np.full(1, 1.0),
        v_reset=np.full(1, 0.0),
    )
)
answer(
    leaky=stepped(of(leaky), [2.0] * 6),
    leaky_dt=stepped(of(leaky, dt=1.0), [2.0] * 6),
    plain=stepped(of(chain(neurons())), [0.75] * 6),
    odd=stepped(of(odd), [0.75] * 6),
    odd_dt=stepped(of(odd, dt=1.0, reset_method=subtract), [0.75] * 6),
    forked=stepped(of(forked()), [2.0] * 3),
)
