"""Loihi and Lava as data."""

from __future__ import annotations

from dataclasses import replace

from snnir.analysis import Chip, Limit
from snnir.ops import OPS as ALL
from snnir.passes.join import Join
from snnir.semantics import IntegerFormat, Semantics
from snnir.target import Reader, Target, Wiring
from snnir_lava.hosting import HOST_OPS
from snnir_lava.run import INSTALL

OPS = frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"})
DIGITAL = OPS | {"accumulate", "binary_digits", "signed_digits"}
STREAM = {"delta", "sigma_delta"}
NO_DOUBLING = "the decays of Loihi's stock neurons are unsigned, so no leak doubles a membrane"
FUNCTIONS = HOST_OPS & {name for name, op in ALL.items() if op.elementwise}
"""Of what f may be made where a process computes it as the host would."""

FORUM = "forum.nengo.ai, 927 and 1732"
MAGAZINE = "IEEE Circuits and Systems Magazine, 2022, second quarter, page 21"
PUBLIC = "open-neuromorphic.org, secondary"

CHIP1 = Chip(
    cores=Limit(128, MAGAZINE),
    neurons=Limit(1024, MAGAZINE),
    synapse_bits=Limit(1_048_576, FORUM),
    axons=Limit(4096, FORUM),
    bias_synapses=2,
    unknown=("the bits that a synapse takes besides its weight", "output axons of a core"),
)
CHIP2 = Chip(
    cores=Limit(120, PUBLIC),
    neurons=Limit(8192, PUBLIC),
    synapses=Limit(120_000_000, PUBLIC),
    bias_synapses=2,
    unknown=("synaptic memory of a core", "input and output axons of a core"),
)
FIXED = (
    "Weights of 8 bits and mixed signs are even, -256 to 254, times 2^(6+e), one e each (lava.utils.weightutils).",
    "An e below 0 would cut bits off sums, and is not used (lava.proc.dense.models).",
    "Currents wrap and membranes saturate at 24 bits; biases have 13 and an exponent up to 7 (lava.proc.lif.models).",
    "Not verified without the chip: only Lava's CPU models of its arithmetic are public.",
)

WIRING = Wiring(linear_chains=False, synapse_delay=1, max_delay=62)
"""A synapse takes a step, and can hold a spike back: 6 bits, of which lava-dl's netx takes no more than 62."""

FORMAT = IntegerFormat(
    weight_bits=8,
    weight_exponent=7,
    shift=6,
    state_bits=24,
    threshold_bits=17,
    bias_bits=13,
    bias_exponent=7,
    message_bits=16,
    weight_step=2,
)
"""Loihi's numbers, as Lava's bit-accurate models declare them; sources: `FIXED`. Of weights with mixed signs the lowest
bit is not there."""

HARD = Semantics(reset="value", compare=">", dtype="float64", integer=FORMAT)
WHERE = "lava.proc.lif.models and lava.proc.atrlif.models, run by tests/lava"


def _lif(semantics: Semantics) -> Reader:
    """Return the other neuron of a target: all that Loihi 1 has."""
    return Reader(
        name="lif",
        summary="LIF processes, which reset to 0, instead of ATRLIF",
        observed="lava-nc 0.10.0",
        install=INSTALL,
        semantics=semantics,
        codes=frozenset({"population"}),
        branching=True,
        ports=True,
        lacks={"binary_digits": f"{NO_DOUBLING}; leave the reader out for a process of our own"},
        source=WHERE,
    )


LOIHI1 = Target(
    name="loihi1",
    summary="a Lava program of LIF neurons in Loihi's fixed point: they reset to 0",
    spiking_ops=OPS,
    host_ops=HOST_OPS,
    codes=frozenset({"population"}),
    semantics=HARD,
    wiring=WIRING,
    uniform_thresholds=True,
    pipelining=False,
    lowering=(Join(),),
    capacity=CHIP1,
    lacks={"binary_digits": NO_DOUBLING},
    notes=(*FIXED, "Thresholds have 17 bits, times 2^6, one for a layer (lava.proc.lif.models)."),
    artifacts=(".py", ".npz"),
)

LOIHI2 = Target(
    name="loihi2",
    summary="a Lava program of ATRLIF neurons in Loihi's fixed point: thresholds are subtracted",
    spiking_ops=DIGITAL | STREAM | {"table"},
    host_ops=HOST_OPS,
    codes=frozenset({"rate", "population", "phase", "radix", "sigma-delta"}),
    semantics=Semantics(dtype="float64", integer=replace(FORMAT, threshold_bits=12)),
    readers=(_lif(HARD),),
    wiring=WIRING,
    uniform_thresholds=True,
    pipelining=False,
    lowering=(Join(),),
    capacity=CHIP2,
    suggested=2,
    notes=(
        *FIXED,
        "Half thresholds have 12 bits, times 2^6, one for a layer (lava.proc.atrlif.models).",
        "Membranes are not reset, but hold the sum of all currents, which has to fit (the same).",
        "Neurons that send binary digits are processes of our own: on the chip they take a program for its neurons.",
        "Graded messages have 16 bits (lava-dl's netx), and what sums them up is not shifted (lava.proc.sdn.models).",
        "Whether a model of ATRLIF for the chip exists is not public.",
    ),
    artifacts=(".py", ".npz"),
)

LAVA_FLOAT = Target(
    name="lava-float",
    summary="a Lava program of ATRLIF neurons in floating point",
    spiking_ops=DIGITAL | STREAM | FUNCTIONS,
    host_ops=HOST_OPS,
    semantics=Semantics(dtype="float64"),
    readers=(_lif(Semantics(reset="value", compare=">", dtype="float64")),),
    wiring=WIRING,
    uniform_thresholds=True,
    pipelining=False,
    lowering=(Join(),),
    artifacts=(".py", ".npz"),
)
