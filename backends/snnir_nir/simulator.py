"""NIR graphs of any origin, run step by step as a reader would run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from snnir.errors import ModelError, model_error, usage_error
from snnir.semantics import Precision
from snnir.stepwise import ReadOut, Run, Stepwise, check_dt, run_stepwise
from snnir.types import Array, Current
from snnir_nir import metadata, signals
from snnir_nir.circuit import Circuit, circuit_of
from snnir_nir.facts import Facts
from snnir_nir.hdf5 import Tree
from snnir_nir.hosting import hosted, left_out
from snnir_nir.importing import import_circuit
from snnir_nir.lanes import Lane
from snnir_nir.library import METADATA, NIRGraph, tree_of
from snnir_nir.net import Net
from snnir_nir.rules import DYNAMICS, Rules, rules_of


def import_nir(
    source: NIRGraph,
    *,
    reader: str | None = None,
    dt: float | None = None,
    dtype: Precision | None = None,
    name: str = "nir",
) -> Stepwise:
    """Return a NIR graph of any origin as a network that runs step by step.

    The graph has an input ``[T, N, ...]`` for every Input of the file, and an output for every Output; a
    `snnir.ops.Scan` between them spells out what each NIR node does in a step (`snnir_nir.dynamics`).

    Args:
        source: As from `snnir_nir.read_nir`.
        reader: How it is run (`snnir_nir.readers`). If None, a file of ours is run as its metadata ask for, and any
            other as NIR specifies, ``spec``. A file of ours is read out by the mean over the steps in any case.
        dt: The time step in the unit of the graph's time constants. It may be left open, but for delays; the graph
            then has an input for it. Where no node depends on it, a step is the unit of time.
        dtype: Precision of all numbers; that of the parameters if None.
        name: What messages call the file.

    Raises:
        ModelError: It is no legal NIR graph, or the reader does not run it; all findings at once. The codes are
            those of `snnir_nir.circuit.circuit_of` and `snnir_nir.importing.import_circuit`.
        UsageError: There is no such reader, or dt is no time step.
    """
    return import_tree(tree_of(source), name, reader=reader, dt=dt, dtype=dtype)


def import_tree(
    tree: Tree,
    name: str,
    *,
    reader: str | None = None,
    dt: float | None = None,
    dtype: Precision | None = None,
) -> Stepwise:
    """Return what a file holds as a network that runs step by step; see `import_nir`."""
    check_dt(dt)
    own = None if reader is None or reader not in DYNAMICS else DYNAMICS[reader].dt
    if own is not None and dt not in {None, own}:
        raise usage_error("bad-option", f"{reader} steps by {own:g}, whatever is asked for", "`dt`", "leave it out")
    circuit = circuit_of(tree, name)
    try:
        asked = _asked(own_metadata(tree))
    except ModelError as error:
        note = f"{error.diagnostics[0].message}: so it is run with the semantics of the NIR specification"
        network = import_circuit(circuit, rules_of(reader or "spec"), dt, dtype)
        return replace(network, notes=(note, *network.notes))
    if asked is None:
        return import_circuit(circuit, rules_of(reader or "spec"), dt, dtype)
    semantics = asked.settings.semantics
    kind = dtype or semantics.dtype
    rules = Rules("the file's own metadata", semantics, DYNAMICS["spec"]) if reader is None else rules_of(reader)

    def imported(part: Circuit) -> Stepwise:
        network = import_circuit(part, rules, 1.0 if dt is None else dt, kind, asked.lanes)
        notes = () if reader is None else network.notes  # what we wrote means just that
        windows = {name: window for name, window in asked.windows.items() if name in part.outputs}
        read_out: ReadOut = "digits" if asked.windows else "mean"
        return replace(network, steps=asked.settings.steps, read_out=read_out, windows=windows, notes=notes)

    network = imported(circuit)
    try:
        whole = hosted(asked.facts, circuit, imported)
    except ModelError as error:
        note = f"{error.diagnostics[0].message}: so only what its nodes do is run"
        return replace(network, notes=(note, *network.notes))
    notes = (left_out(asked.facts), *network.notes) if whole is None else network.notes
    return replace(network, hosted=whole, notes=notes)


def simulate(
    source: NIRGraph,
    inputs: Mapping[str, Array] | Array,
    *,
    reader: str | None = None,
    dt: float | None = None,
    steps: int | None = None,
    dtype: Precision | None = None,
) -> Run:
    """Run a NIR graph of any origin, and return its outputs and its spikes by node.

    Args:
        source: As from `snnir_nir.read_nir`.
        inputs: By Input node, or one array where there is one: ``[N, ...]`` is the same at every step,
            ``[T, N, ...]`` a series.
        reader: See `import_nir`.
        dt: See `import_nir`; needed where a node depends on it.
        steps: T, for inputs that are the same at every step; a file of ours has its own.
        dtype: See `import_nir`.

    Returns:
        Outputs by Output node, ``[T, N, ...]`` or their mean ``[N, ...]``, and spikes by node as int8 ``[T, N, ...]``.

    Raises:
        ModelError: See `import_nir`.
        UsageError: Inputs do not fit, or steps or dt are missing; see `snnir.stepwise.run_stepwise`.
    """
    network = import_nir(source, reader=reader, dt=dt, dtype=dtype)
    given = inputs if isinstance(inputs, Mapping) else {"": inputs}
    return run_stepwise(network, given, steps=steps, dt=dt, record=True)


def own_metadata(tree: Tree) -> str | None:
    """Return the text that snnir leaves in its files; None in those of others."""
    node = tree.get("node")
    group = node.get("metadata") if isinstance(node, Mapping) else None
    text = group.get(METADATA) if isinstance(group, Mapping) else None
    return text if isinstance(text, str) else None


@dataclass(frozen=True)
class _Asked:
    """How a file of ours asks to be run.

    Attributes:
        facts: All of its metadata.
        settings: Semantics and steps.
        lanes: Of the Inputs, see `snnir_nir.lanes`.
        windows: Of the Outputs that are read out in one, the first step and how it decodes.
    """

    facts: Facts
    settings: metadata.Settings
    lanes: Mapping[str, tuple[Lane, ...]]
    windows: Mapping[str, tuple[int, Current]]


def _asked(text: str | None) -> _Asked | None:
    """Return how a file of ours asks to be run; None for files of others.

    Raises:
        ModelError: Its metadata are not ones that this version reads.
    """
    if text is None:
        return None
    facts = metadata.parse(Net({}, (), text))
    settings = metadata.settings(facts)
    try:
        return _Asked(facts, settings, signals.lanes(facts), signals.windows(facts))
    except (LookupError, TypeError, ValueError, AttributeError):
        raise model_error("damaged-nir", "its metadata do not describe its inputs and outputs") from None
