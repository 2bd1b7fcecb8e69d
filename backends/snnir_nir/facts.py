"""The metadata of a file as they are read; see `snnir_nir.metadata` for what the keys mean.

Files come from anywhere: these are the types of what `snnir_nir.metadata.parse` should find; who uses it checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from snnir.target import Form
from snnir.text import GraphRecord
from snnir.types import Dim, DType, Weighting


class Typed(TypedDict):
    """What has a type."""

    dtype: DType
    shape: list[Dim]


class PortFacts(Typed):
    """An Input or Output of the file.

    Of an Input ``pulse``, or where layers send digits ``lanes``, see `snnir_nir.lanes`; of an Output, where digits are
    read out, their number and the step of the first one.
    """

    port: str
    node: str
    value: str
    pulse: bool
    lanes: list[Mapping[str, object]]
    first: int
    digits: int


class LayerFacts(TypedDict):
    """A layer of neurons.

    ``membrane``, ``minus`` and ``start`` are of the exact form, see `snnir_nir.lower.Lowered`. Where layers send
    digits, ``first`` is the step of the first one, ``clock`` the node through which pulses come, and ``gate`` its
    column that closes the gate, or null.
    """

    node: str
    signed: bool
    per_unit: int | None
    neurons: int
    digest: str
    membrane: str
    minus: str | None
    start: str | None
    first: int
    clock: str
    gate: int | None


class NodeFacts(Typed):
    """A node of the IR; ``nir`` and ``bias`` where it has them.

    Where layers send digits, ``first`` is the first column of a synapse with the weights of the IR, and ``offset`` the
    node through which its bias comes, and the column of that; or null.
    """

    name: str
    op: str
    inputs: list[str]
    output: str
    origins: list[list[str]]
    passes: list[str]
    nir: str
    bias: bool
    first: int
    offset: tuple[str, int] | None


class Interface(TypedDict):
    """Inputs and outputs of the whole graph, in order."""

    inputs: list[str]
    outputs: list[str]


class Facts(TypedDict):
    """All of it that is read by name; ``program`` where there is one, ``report`` in older files."""

    format: int
    reader: str | None
    form: Form
    legacy: bool
    graph: str
    steps: int
    digits: int
    weighting: Weighting
    inputs: list[PortFacts]
    outputs: list[PortFacts]
    layers: Mapping[str, LayerFacts]
    nodes: list[NodeFacts]
    interface: Interface
    host: Mapping[str, list[str]]
    program: GraphRecord
    setting: Mapping[str, object]
    report: Mapping[str, object]
