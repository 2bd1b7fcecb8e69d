"""What the programs that load NIR files really do with them: one profile each.

All was observed in the unmodified programs, on CPU, with Python 3.11 (sinabs: with the nir 1.0.4 that it pins);
`tests/readers` observes it again in those that are installed, and fails where one has changed. None of them sets
membranes before the first step, and all compute in float32 unless stated otherwise.
"""

from __future__ import annotations

from snnir.semantics import Semantics
from snnir.target import Reader

TORCH = "pip install torch nir nirtorch"
DIGITS = "binary_digits"
ONCE = "first_spike"
SUBTRACTED = "its neurons reset by subtraction, so they can fire twice"
ZERO = "its neurons reset to zero, and what is left after a digit is lost"
LEAKY = "what its LIF does has not been observed"
CLAMPED = "it has no membranes that grow: leaks are cut to between 0 and 1"

SPEC = Reader(
    name="spec",
    summary="the NIR specification: IF resets to v_reset and fires above its threshold, for a step of 1",
    observed="nir 1.0.8, nir/ir/neuron.py",
    semantics=Semantics(reset="value", compare=">", initial=False),
    codes=frozenset({"first-spike", "population"}),
    recurrent=True,
    branching=True,
    ports=True,
    exact=Semantics(compare=">", dtype="float64"),
    lacks={DIGITS: f"{ZERO}, but for the form `exact`, which needs no reset"},
    source="the NIR documentation; run by the interpreter that comes with snnir",
)

NIRTORCH = Reader(
    name="nirtorch",
    summary="nirtorch.nir_to_torch with the neurons that snnir ships: reset by subtraction, membranes from metadata",
    observed="nirtorch 2.6, torch 2.13",
    install=TORCH,
    semantics=Semantics(),
    codes=frozenset({"phase", "population", "rate"}),
    signed=True,
    recurrent=True,
    branching=True,
    exact=Semantics(compare=">", dtype="float64"),
    lacks={ONCE: SUBTRACTED},
    faults=(
        "its own map for Affine leaves the bias at random values: a map of one's own is needed",
        "files with several inputs are refused, and with several outputs the import runs for ever",
    ),
    source="nirtorch/nir_interpreter.py",
)

NORSE = Reader(
    name="norse",
    summary="norse.torch.from_nir: reset to zero",
    observed="norse 1.1.0, nirtorch 2.6",
    install=f"{TORCH} && pip install --no-deps norse",
    semantics=Semantics(reset="value", compare=">", initial=False),
    codes=frozenset({"first-spike", "population"}),
    faults=(
        "r, v_reset and dt of IF are ignored, and so is reset_method",
        "a step of LIF is a thousandth of the file's unit of time: give dt=1",
        "nodes run depth first: where signals branch, one runs before its second input is there",
    ),
    lacks={DIGITS: ZERO},
    source="norse/torch/utils/import_nir.py, norse/torch/functional/iaf.py",
)

SPIKINGJELLY = Reader(
    name="spikingjelly",
    summary="spikingjelly.activation_based.nir_exchange.import_from_nir with dt = 1: reset to v_reset",
    observed="spikingjelly 2.0.0, nirtorch 2.6",
    install=f"{TORCH} tqdm && pip install --no-deps spikingjelly loguru",
    semantics=Semantics(reset="value", compare=">=", initial=False),
    codes=frozenset({"first-spike", "population"}),
    uniform=True,
    faults=(
        "with its own dt of 1e-4 it refuses r = 1: give dt=1",
        "membranes start at v_reset",
        "thresholds must be the same for all neurons of a layer",
    ),
    lacks={DIGITS: f"{ZERO}; and it refuses a tau below one step"},
    source="spikingjelly/activation_based/nir_exchange/from_nir.py",
)

SINABS = Reader(
    name="sinabs",
    summary="sinabs.nir.from_nir: reset by subtraction, several spikes in a step, membranes never below -threshold",
    observed="sinabs 3.1.3, nirtorch 2.0.2, nir 1.0.4",
    install="pip install torch sinabs",
    semantics=Semantics(compare=">=", many=True, floor=-1.0, initial=False),
    codes=frozenset({"population"}),
    legacy=True,
    faults=(
        "files with v_reset cannot be read: it pins nir 1.0.4",
        "Linear nodes are dropped without a word: Affine ones are written",
        "r is ignored",
        "state stays from one call to the next",
        "a leak is exp(-1 / tau): e for a tau of -1, with which a step of NIR's LIF doubles",
        "nodes run depth first: where signals branch, one runs before its second input is there",
    ),
    lacks={
        DIGITS: "its neurons send several spikes in a step, so numbers are not cut at the upper end of a ramp; with "
        "a tau of -1 its leak is e, not 2; and pulses of a clock are a second way into neurons",
        ONCE: f"{SUBTRACTED}, and a leak is exp(-1 / tau)",
    },
    source="sinabs/nir.py, sinabs/layers/functional/lif.py",
)

SNNTORCH = Reader(
    name="snntorch",
    summary="snntorch.import_nir.import_from_nir",
    observed="snntorch 1.0.0, nirtorch 2.6",
    install=f"{TORCH} && pip install snntorch",
    semantics=Semantics(compare=">", initial=False),
    codes=frozenset(),
    refused="it makes IF a neuron that leaks (beta = 0.9), and two layers of them end in a TypeError",
    faults=(
        "IF becomes a leaky neuron, beta = 0.9",
        "a layer behind an IF gets a tuple and raises TypeError",
        "the reset of a step is taken from the membrane after the last one: it can stay above its threshold for ever",
    ),
    lacks={DIGITS: CLAMPED, ONCE: LEAKY},
    source="snntorch/import_nir.py",
)

SPYX = Reader(
    name="spyx",
    summary="spyx.nir.from_nir: reset by subtraction, every layer a step late",
    observed="spyx 1.0.0, jax 0.10.2",
    install="pip install spyx nir",
    semantics=Semantics(compare=">", delay=1, initial=False),
    codes=frozenset({"population"}),
    faults=(
        "a layer's spikes are those of its membrane before the input of the step arrives: one step late",
        "r and v_reset are ignored",
        "a second edge into a node is ignored, and a cycle makes the import run for ever",
        "ends that are not called input and output make an empty network, which returns its input",
    ),
    lacks={DIGITS: CLAMPED, ONCE: LEAKY},
    source="spyx/nir.py, spyx/nn.py",
)

SNN_MLIR = Reader(
    name="snn-mlir",
    summary="snn-mlir export: text of an MLIR dialect, from which binaries for CPUs and microcontrollers are made",
    observed="snn-mlir 1.0.0, nir 1.0",
    install="pip install snn-mlir",
    semantics=Semantics(reset="value", compare=">", initial=False),
    codes=frozenset({"population"}),
    uniform=True,
    outlets=True,
    faults=(
        "what stands behind the last neurons is dropped without a word: files end in an LI that passes on its input",
        "it makes text alone, and what compiles that is in no package: `snnir verify` runs the text by its rules",
        "thresholds must be the same for all neurons of a layer",
        "signals may not branch",
    ),
    lacks={DIGITS: ZERO, ONCE: LEAKY},
    source="snn_mlir/nodes/lif.py, snn_mlir/_graph.py, lib/Conversion/SNNToLinalg/SNNToLinalg.cpp",
)

READERS = (SPEC, NIRTORCH, NORSE, SPIKINGJELLY, SINABS, SPYX, SNNTORCH, SNN_MLIR)
