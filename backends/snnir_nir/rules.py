"""How the readers of NIR differ from its specification in what they do between spikes, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from snnir.errors import did_you_mean, usage_error
from snnir.semantics import Semantics
from snnir_nir.primitives import PRIMITIVES
from snnir_nir.readers import READERS

_PORTS = frozenset({"Input", "Output"})
_LINEAR = frozenset({"Affine", "Linear"})
Parameter: TypeAlias = tuple[str, str]
"""Of a type of node: that type, and the parameter."""

NEUTRAL: Mapping[str, float] = MappingProxyType({"r": 1.0, "v_reset": 0.0})
"""What parameters count as where a reader ignores them."""


@dataclass(frozen=True)
class Dynamics:
    """How a reader differs from the specification of NIR in what it does between spikes.

    Attributes:
        types: Nodes that it is known to run as described here.
        ignored: Parameters that count as their `NEUTRAL` value.
        starts: Parameters that membranes start from, instead of zero.
        synapse_leaks: The synaptic current of CubaLIF leaks to ``v_leak`` instead of zero.
        dt: Its own time step, in seconds, whatever is asked for; None where it has none.
        semantics: What happens at a spike of these, where it differs from the reader's profile, which is of IF.
        source: Where that was observed.
    """

    types: frozenset[str] = frozenset(PRIMITIVES)
    ignored: frozenset[Parameter] = frozenset()
    starts: frozenset[Parameter] = frozenset()
    synapse_leaks: bool = False
    dt: float | None = None
    semantics: Semantics | None = None
    source: str = ""


_IF_IGNORED = frozenset({("IF", "r"), ("IF", "v_reset")})

DYNAMICS: Mapping[str, Dynamics] = MappingProxyType(
    {
        "spec": Dynamics(),
        "nirtorch": Dynamics(frozenset(PRIMITIVES) - {"CubaLI", "CubaLIF"}),
        "norse": Dynamics(
            _PORTS | _LINEAR | {"Conv2d", "IF", "LIF", "CubaLIF"},
            ignored=frozenset({*_IF_IGNORED, ("LIF", "r"), ("LIF", "v_reset"), ("CubaLIF", "v_reset")}),
            starts=frozenset({("LIF", "v_leak"), ("CubaLIF", "v_leak")}),
            synapse_leaks=True,
            source="norse 1.1.0, norse/torch/utils/import_nir.py, norse/torch/functional/lif_box.py",
        ),
        "spikingjelly": Dynamics(
            _PORTS | _LINEAR | {"Conv1d", "Conv2d", "AvgPool2d", "Flatten", "IF", "LIF", "CubaLIF"},
            starts=frozenset({("IF", "v_reset"), ("LIF", "v_reset"), ("CubaLIF", "v_reset")}),
            source="spikingjelly 2.0.0, spikingjelly/activation_based/nir_exchange/from_nir.py",
        ),
        "sinabs": Dynamics(
            _PORTS | {"Affine", "Conv2d", "SumPool2d", "Flatten", "IF"},
            ignored=_IF_IGNORED,
            source="sinabs 3.1.3, sinabs/nir.py",
        ),
        "spyx": Dynamics(
            _PORTS | _LINEAR | {"IF"},
            ignored=_IF_IGNORED,
            source="spyx 1.0.0, spyx/nir.py",
        ),
        "snn-mlir": Dynamics(
            _PORTS | _LINEAR | {"I", "IF", "LI"},
            source="snn-mlir 1.0.0, snn_mlir/nodes",
        ),
        "snntorch": Dynamics(
            _PORTS | _LINEAR | {"Conv2d", "AvgPool2d", "LIF"},
            ignored=frozenset({("LIF", "v_reset")}),
            dt=1e-4,
            semantics=Semantics(reset="value", compare=">", initial=False),
            source="snntorch 1.0.0, snntorch/import_nir.py",
        ),
    }
)
"""By the name of the reader."""


@dataclass(frozen=True)
class Rules:
    """How a circuit is run.

    Attributes:
        name: Of the reader.
        semantics: What happens at a spike.
        dynamics: What happens between spikes.
    """

    name: str
    semantics: Semantics
    dynamics: Dynamics


def rules_of(reader: str) -> Rules:
    """Return the rules that a reader follows.

    Raises:
        UsageError: There is no such reader; code ``unknown-reader``.
    """
    known = {each.name: each for each in READERS}
    if reader not in known:
        hint = did_you_mean(reader, known)
        raise usage_error("unknown-reader", f"there is no reader {reader!r} of NIR files", "`reader`", hint)
    dynamics = DYNAMICS[reader]
    return Rules(reader, dynamics.semantics or known[reader].semantics, dynamics)
