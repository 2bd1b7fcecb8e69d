"""Loihi and Lava as data."""

from __future__ import annotations

from snnir.semantics import IntegerFormat, Semantics
from snnir.target import Target

OPS = frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"})

LOIHI1 = Target(
    name="loihi1",
    summary="a Lava program of LIF neurons in Loihi's fixed point: they reset to 0",
    spiking_ops=OPS,
    codes=frozenset({"population"}),
    semantics=Semantics(reset="value", compare=">", dtype="float64", integer=IntegerFormat()),
    relays=False,
    artifacts=(".py", ".npz"),
)

LOIHI2 = Target(
    name="loihi2",
    summary="a Lava program of ATRLIF neurons in Loihi's fixed point: thresholds are subtracted",
    spiking_ops=OPS,
    codes=frozenset({"rate", "population"}),
    semantics=Semantics(dtype="float64", integer=IntegerFormat(threshold_bits=12)),
    relays=False,
    artifacts=(".py", ".npz"),
)

LAVA_FLOAT = Target(
    name="lava-float",
    summary="a Lava program of ATRLIF neurons in floating point",
    spiking_ops=OPS,
    codes=frozenset({"rate", "population"}),
    semantics=Semantics(dtype="float64"),
    relays=False,
    artifacts=(".py", ".npz"),
)
