"""How the neurons of a target really behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Reset: TypeAlias = Literal["subtract", "value"]
Comparison: TypeAlias = Literal[">=", ">"]
Precision: TypeAlias = Literal["float32", "float64"]


@dataclass(frozen=True, slots=True)
class IntegerFormat:
    """Numbers of a chip that computes in fixed point.

    A weight is ``m step 2^(shift + e)`` with a mantissa ``|m| < 2^(bits - 1)`` and one exponent ``0 <= e`` for a layer:
    a smaller one would cut bits off sums. A threshold is ``m 2^shift``, one for a layer, a bias ``m 2^e``.

    What needs more bits than a mantissa has takes two weights, high and low; the high ones need the exponent to be that
    much larger: with ``2^e`` below the largest mantissa, either has so many bits less.

    Neurons that send graded messages shift nothing: the sums themselves need the bits.

    Attributes:
        weight_bits: Of a weight's mantissa, its sign included.
        weight_exponent: The largest.
        shift: Bits by which sums of weights and thresholds are shifted up.
        state_bits: Of currents, which wrap, and membranes, which saturate.
        threshold_bits: Of a threshold's mantissa, which has no sign.
        bias_bits: Of a bias's mantissa, its sign included.
        bias_exponent: The largest.
        message_bits: Of a graded message, its sign included.
        weight_step: Distance between weights, a power of two: 2 where the lowest bit is not there.
    """

    weight_bits: int
    weight_exponent: int
    shift: int
    state_bits: int
    threshold_bits: int
    bias_bits: int
    bias_exponent: int
    message_bits: int
    weight_step: int = 2  # of formats that were stored before they had it


@dataclass(frozen=True, slots=True)
class Semantics:
    """Neuron semantics, as data; the reference simulator runs any of them.

    Attributes:
        reset: After a spike, subtract the threshold from the membrane, or set it to `reset_value`.
        reset_value: Membrane after a spike where `reset` is ``value``, in membrane units.
        compare: A neuron fires when the membrane is ``>=`` or ``>`` the threshold.
        delay: Steps until a spike acts behind a synapse; 0 = within the same step.
        dtype: Precision of currents and membranes; of integers, a type that holds all of them exactly.
        many: A neuron may send several spikes in one step, ``trunc(v / theta)`` of them, instead of one.
        floor: What no membrane falls below, in thresholds; None where there is no such thing.
        initial: Membranes may start at values of their own; else all start at zero.
        integer: Numbers of a chip that computes in fixed point, see `snnir.semantics.integer`; else None.
    """

    reset: Reset = "subtract"
    reset_value: float = 0.0
    compare: Comparison = ">="
    delay: int = 0
    dtype: Precision = "float32"
    many: bool = False
    floor: float | None = None
    initial: bool = True
    integer: IntegerFormat | None = None

    @staticmethod
    def of(plain: Mapping[str, object]) -> Semantics:
        """Return the semantics that `dataclasses.asdict` made plain.

        Raises:
            TypeError: They have other fields.
        """
        fields: Any = dict(plain)
        if fields.get("integer") is not None:
            fields["integer"] = IntegerFormat(**fields["integer"])
        return Semantics(**fields)
