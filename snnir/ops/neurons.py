"""The ops that make spikes, one for each kind of neuron; all of them have an `amplitude` ``[neurons]``.

Spikes are +1 and -1; messages of `SigmaDelta` are graded.
"""

from __future__ import annotations

from typing import TypeAlias

from snnir.ir import Op
from snnir.ops.digits import SignedDigits
from snnir.ops.sigma_delta import SigmaDelta
from snnir.ops.spiking import IntegrateAndFire

Neuron: TypeAlias = IntegrateAndFire | SignedDigits | SigmaDelta
NEURONS: tuple[type[Op], ...] = (IntegrateAndFire, SignedDigits, SigmaDelta)
