"""Chips simulated by SANA-FE as data."""

from __future__ import annotations

from types import MappingProxyType

from snnir.codes.ramps.normalise import Normalise
from snnir.passes.join import Join
from snnir.semantics import Semantics
from snnir.target import Reader, Target, Wiring
from snnir_sanafe.grid import Grid

MODULE = "sanafe"
INSTALL = "pip install sanafe==2.2.9 numpy"
OBSERVED = "sanafe 2.2.9"

HARD = Reader(
    name="hard",
    summary="neurons that reset to 0 (reset_mode hard), which Loihi 1 has, instead of by subtraction",
    observed=OBSERVED,
    install=INSTALL,
    semantics=Semantics(reset="value", dtype="float64"),
    codes=frozenset({"population"}),
    branching=True,
    ports=True,
    lacks={"binary_digits": "its neurons reset to 0, and what is left after a digit is lost"},
    source="LoihiLifModel, run by tests/sanafe",
)

SANAFE = Target(
    name="sana-fe",
    summary="Loihi 1, or a chip of your own, in the simulator SANA-FE: energy and latency, memory and routing included",
    spiking_ops=frozenset({"add", "binary_digits", "decode", "dense", "encode", "integrate_and_fire"}),
    codes=frozenset({"population", "phase"}),
    lacks=MappingProxyType(
        {
            "rate": "its neurons send no spikes of -1, and a pair that inhibits each other would be a step late",
            "radix": "its neurons send no digits of -1, and evaluate no f",
            "sigma-delta": "its messages have no values",
        }
    ),
    semantics=Semantics(dtype="float64"),
    readers=(HARD,),
    wiring=Wiring(linear_chains=False, synapse_delay=1, max_delay=0),
    pipelining=False,
    lowering=(Normalise(), Join(), Grid()),
    notes=(
        "Weights and thresholds have 24 bits, membranes 32, 6 of them behind the point (sanafe 2.2.9, LoihiLifModel).",
        "All numbers are multiples of what membranes are counted in, so the simulator's spikes are those of the chip.",
        "With more than 8 digits rounding to these costs more than they gain.",
        "Biases, gates and the end of a train come from clock neurons (inputs), whose events are counted.",
        "Weights are SANA-FE's, not the 8 bits of Loihi 1; layers are spread over cores as if they had 8 bits.",
    ),
    artifacts=(".py", ".npz"),
)
