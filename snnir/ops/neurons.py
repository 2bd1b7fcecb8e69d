"""The ops that make spikes, one for each kind of neuron; all of them have an `amplitude` ``[neurons]``."""

from __future__ import annotations

from typing import TypeAlias

from snnir.ir import Op
from snnir.ops.digits import SignedDigits
from snnir.ops.spiking import IntegrateAndFire

Neuron: TypeAlias = IntegrateAndFire | SignedDigits
NEURONS: tuple[type[Op], ...] = (IntegrateAndFire, SignedDigits)
