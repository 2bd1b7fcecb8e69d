"""How the neurons of a target really behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Reset: TypeAlias = Literal["subtract", "value"]
Comparison: TypeAlias = Literal[">=", ">"]
Precision: TypeAlias = Literal["float32", "float64"]


@dataclass(frozen=True, slots=True)
class Semantics:
    """Neuron semantics, as data; the reference simulator runs any of them.

    Attributes:
        reset: After a spike, subtract the threshold from the membrane, or set it to `reset_value`.
        reset_value: Membrane after a spike where `reset` is ``value``, in membrane units.
        compare: A neuron fires when the membrane is ``>=`` or ``>`` the threshold.
        delay: Steps until a spike acts behind a synapse; 0 = within the same step.
        dtype: Precision of currents and membranes.
        many: A neuron may send several spikes in one step, ``trunc(v / theta)`` of them, instead of one.
        floor: What no membrane falls below, in thresholds; None where there is no such thing.
        initial: Membranes may start at values of their own; else all start at zero.
    """

    reset: Reset = "subtract"
    reset_value: float = 0.0
    compare: Comparison = ">="
    delay: int = 0
    dtype: Precision = "float32"
    many: bool = False
    floor: float | None = None
    initial: bool = True
