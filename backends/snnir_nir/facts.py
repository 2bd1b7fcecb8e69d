"""The metadata of a file as they are read; see `snnir_nir.metadata` for what the keys mean.

Files come from anywhere: these are the types of what `snnir_nir.metadata.parse` should find; who uses it checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from snnir.target import Form
from snnir.text import GraphRecord
from snnir.types import Dim, DType


class Typed(TypedDict):
    """What has a type."""

    dtype: DType
    shape: list[Dim]


class PortFacts(Typed):
    """An Input or Output of the file."""

    port: str
    node: str
    value: str
    pulse: bool


class LayerFacts(TypedDict):
    """A layer of neurons; the last three are of the exact form, see `snnir_nir.lower.Lowered`."""

    node: str
    signed: bool
    per_unit: int | None
    neurons: int
    digest: str
    membrane: str
    minus: str | None
    start: str | None


class NodeFacts(Typed):
    """A node of the IR; the last two where it has them."""

    name: str
    op: str
    inputs: list[str]
    output: str
    origins: list[list[str]]
    passes: list[str]
    nir: str
    bias: bool


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
    inputs: list[PortFacts]
    outputs: list[PortFacts]
    layers: Mapping[str, LayerFacts]
    nodes: list[NodeFacts]
    interface: Interface
    host: Mapping[str, list[str]]
    program: GraphRecord
    setting: Mapping[str, object]
    report: Mapping[str, object]
