"""Targets and readers as data: what a place can run, and whether a graph conforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from snnir.analysis import Chip, range_findings, resource_findings, static_ranges, timing_findings
from snnir.errors import Diagnostic, did_you_mean, usage_error
from snnir.ir import Graph, is_spiking
from snnir.ops import Add, Decode, Dense, Encode, Neuron
from snnir.passes import Pass
from snnir.semantics import Semantics
from snnir.types import Analog, Current

Form: TypeAlias = Literal["portable", "exact"]
FORMS: tuple[Form, ...] = get_args(Form)
"""Of a file: ``portable``, which most readers run, or ``exact``: reset by subtraction in primitives of its format."""


@dataclass(frozen=True)
class Reader:
    """A program that loads an emitted file, and what it really does with it.

    Attributes:
        name: As given by the parameter `reader`.
        summary: One line for people.
        observed: Versions in which all this was observed.
        install: Command that installs it; empty where it comes with snnir.
        semantics: What its neurons do, whatever the file asks for.
        codes: Names of the codes that it can carry.
        signed: It runs signed neurons, pairs that inhibit each other.
        recurrent: It runs edges that close a cycle, one step late.
        branching: It adds up several edges into a node.
        ports: It takes files with several inputs and outputs.
        uniform: All neurons of a layer must have the same threshold.
        exact: What its neurons do with the exact form; None where it cannot run that.
        legacy: It cannot read files with a ``v_reset`` (nir 1.0.5 and older).
        outlets: Nothing but neurons may stand in front of its outputs.
        faults: What it gets wrong or ignores, each a sentence.
        refused: Why nothing is emitted for it; empty where something is.
        lacks: Why it cannot run the neurons of an op, by its mnemonic; a clause.
        source: Where all this was observed.
    """

    name: str
    summary: str
    observed: str
    install: str = ""
    semantics: Semantics = field(default_factory=Semantics)
    codes: frozenset[str] = frozenset()
    signed: bool = False
    recurrent: bool = False
    branching: bool = False
    ports: bool = False
    uniform: bool = False
    exact: Semantics | None = None
    legacy: bool = False
    outlets: bool = False
    faults: tuple[str, ...] = ()
    refused: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    source: str = ""


@dataclass(frozen=True)
class Wiring:
    """How spikes reach neurons.

    Attributes:
        linear_chains: A current may pass through another dense layer before it reaches a neuron; a chip whose spikes
            act on neurons only has no such thing.
        synapse_delay: Steps that every synapse takes.
        max_delay: Steps that a synapse can hold a spike back besides; None where there is no limit.
    """

    linear_chains: bool = True
    synapse_delay: int = 0
    max_delay: int | None = None


@dataclass(frozen=True)
class Target:
    """A place that a network is meant to run.

    Attributes:
        name: As given by the parameter `target`.
        summary: One line for ``snnir targets``.
        spiking_ops: Mnemonics of the ops that may stand between encode and decode.
        codes: Names of the codes that it can carry; None for all whose neurons are among its ops.
        semantics: What its neurons do.
        host: Whether analog ops may surround the spiking part (run by the user's own program).
        host_ops: Mnemonics of those that may, where what is emitted computes them itself; None for any.
        wiring: How spikes reach neurons.
        uniform_thresholds: All neurons of a layer have the same threshold.
        pipelining: Layers may start while digits still arrive.
        lowering: Passes that bring a calibrated network to its wiring; where it has integers, quantisation does.
        capacity: What it has room for; None where memory is all that counts.
        lacks: Why it does not run the neurons of an op, by its mnemonic, or a code, by its name; a clause. Those that
            some of its readers run are among `spiking_ops`, too.
        inexact: The same of the exact form of its files.
        suggested: Rank among the targets that are tried where another does not reach an error; 0 for never.
        notes: Further remarks, and the sources of its numbers; sentences.
        artifacts: Suffixes of the files that its backend writes, besides the archive.
        readers: Programs that its files are known to be loaded by.
        reader: The one of these that it stands for; see `with_reader`.
    """

    name: str
    summary: str
    spiking_ops: frozenset[str]
    codes: frozenset[str] | None = None
    semantics: Semantics = field(default_factory=Semantics)
    host: bool = True
    host_ops: frozenset[str] | None = None
    wiring: Wiring = field(default_factory=Wiring)
    uniform_thresholds: bool = False
    pipelining: bool = True
    lowering: tuple[Pass, ...] = ()
    capacity: Chip | None = None
    lacks: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    inexact: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    suggested: int = 0
    notes: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = ()
    reader: Reader | None = None

    def carries(self, code: str, neurons: frozenset[str]) -> bool:
        """Whether it can carry a code.

        Args:
            code: Its name.
            neurons: Mnemonics of the ops that its neurons are made of.
        """
        return code in self.codes if self.codes is not None else neurons <= self.spiking_ops - self.lacks.keys()

    def with_reader(self, name: str | None, form: Form = "portable") -> Target:
        """Return what the target is where one of its readers loads the file, in one of the file's forms.

        Raises:
            UsageError: There is no such reader, it runs nothing right, or not this form; codes ``unknown-reader``,
                ``reader-refused`` and ``form-not-in-reader``.
        """
        if form == "exact" and name is None:
            name = next((each.name for each in self.readers if each.exact is not None), None)
            if name is None:
                raise usage_error("form-not-in-reader", f"target {self.name!r} has no exact form", "`form`")
        if name is None:
            return self
        found = {each.name: each for each in self.readers}
        if name not in found:
            hint = did_you_mean(name, found) if found else "leave it out"
            message = f"target {self.name!r} has no reader {name!r}"
            raise usage_error("unknown-reader", message, "`reader`", hint)
        reader = found[name]
        if reader.refused:
            message = f"nothing is written for {name} ({reader.observed}): {reader.refused}"
            raise usage_error("reader-refused", message, "`reader`", "use another reader, see `snnir targets`")
        semantics = reader.exact if form == "exact" else reader.semantics
        if semantics is None:
            able = [each.name for each in self.readers if each.exact is not None]
            message = f"{name} cannot run the exact form of a file"
            raise usage_error("form-not-in-reader", message, "`form`", f"use `reader` {' or '.join(able)}")
        exact, uniform = form == "exact", self.uniform_thresholds or reader.uniform
        return replace(
            self,
            semantics=semantics,
            codes=None if exact else reader.codes,
            lacks=self.inexact if exact else reader.lacks,
            uniform_thresholds=uniform,
            reader=reader,
        )

    def able(self, code: str) -> tuple[str, ...]:
        """Return the names of the readers that carry a code."""
        return tuple(each.name for each in self.readers if code in each.codes and not each.refused)


def cannot_carry(target: Target, code: str, neurons: frozenset[str], *, signed: bool) -> str:
    """Return the sentence that a target, or its reader, cannot carry a code, and why.

    Args:
        target: With its reader.
        code: Name of the code.
        neurons: Mnemonics of the ops that its neurons are made of.
        signed: They send spikes of both signs.
    """
    reader = target.reader
    missing = " and ".join(sorted(neurons - target.spiking_ops)) if reader is None else ""
    reasons = [f"it has no {missing}"] if missing else []
    reasons += [why for what, why in target.lacks.items() if what in {*neurons, code}]
    reasons += [_why_not(reader)] if reader is not None and signed else []
    who = f"target {target.name!r}" if reader is None else reader.name
    return f"{who} cannot carry the {code} code{': ' if reasons else ''}{'; '.join(reasons)}"


def _why_not(reader: Reader) -> str:
    """Return why a reader cannot run signed neurons, which are pairs that inhibit each other."""
    semantics = reader.semantics
    reasons = {
        "its neurons do not reset by subtraction": semantics.reset != "subtract",
        "its neurons send several spikes in a step": semantics.many,
        "its membranes have a floor": semantics.floor is not None,
        "its spikes come a step late": semantics.delay > 0,
        "it runs no recurrent edges": not reader.recurrent,
    }
    return "signed neurons are pairs with recurrent edges, and " + ", ".join(why for why, so in reasons.items() if so)


def conformance(graph: Graph, target: Target) -> tuple[Diagnostic, ...]:
    """Return everything in `graph` that `target` cannot run; nothing where it conforms.

    Of an integer target: numbers of the wrong size, and what is too large for its chip. What the network does with
    its inputs is another matter, see `snnir.analysis.dynamic_ranges`.
    """
    found = tuple(_violations(graph, target))
    return found or tuple(_misfits(graph, target))


def _misfits(graph: Graph, target: Target) -> Iterator[Diagnostic]:
    """Yield what does not fit in time, numbers or space."""
    if target.wiring.synapse_delay:
        yield from timing_findings(graph, target.wiring.max_delay)
    integer = target.semantics.integer
    if integer is not None:
        yield from range_findings(static_ranges(graph, target.semantics))
    if integer is not None and target.capacity is not None:
        yield from resource_findings(graph, target.capacity, integer.weight_bits)


def _violations(graph: Graph, target: Target) -> Iterator[Diagnostic]:
    for node in graph.nodes:
        codings = [graph.types[name].coding for name in (*node.inputs, *(value.name for value in node.outputs))]
        spiking = any(not isinstance(coding, Analog) for coding in codings)
        if spiking and node.op.mnemonic not in target.spiking_ops:
            message = f"target {target.name!r} has no {node.op.mnemonic} inside its spiking part"
            yield Diagnostic("not-on-target", message, f"node {node.name!r} ({node.provenance})")
        relayed = isinstance(node.op, Dense) and isinstance(codings[0], Current)
        if relayed and not target.wiring.linear_chains and not isinstance(graph.producers[node.inputs[0]].op, Encode):
            message = f"a current passes through {node.op.mnemonic}, and target {target.name!r} has nothing but neurons"
            yield Diagnostic("not-on-target", message, f"node {node.name!r} ({node.provenance})")
        if not spiking and not target.host:
            message = f"target {target.name!r} has no host that could run {node.op.mnemonic}"
            yield Diagnostic("not-on-target", message, f"node {node.name!r} ({node.provenance})")
    yield from host_findings(graph, target)
    if target.reader is not None:
        yield from _misreadings(graph, target.reader, target.semantics)


def host_findings(graph: Graph, target: Target) -> Iterator[Diagnostic]:
    """Yield the analog ops that what is emitted would have to compute and cannot, those inside neurons among them."""
    for node in graph.nodes if target.host_ops is not None else ():
        inside = node.op.inside if isinstance(node.op, Neuron) else ()
        for each in inside if is_spiking(graph, node) else (node,):
            if each.op.mnemonic not in (target.host_ops or ()):
                message = f"what is written for target {target.name!r} has no {each.op.mnemonic} on its host"
                hint = "use `target` numpy, or move this op out of the model"
                yield Diagnostic("host-op", message, f"node {node.name!r} ({node.provenance})", hint)


def _misreadings(graph: Graph, reader: Reader, semantics: Semantics) -> Iterator[Diagnostic]:
    """Yield what a reader would run as something else."""
    code = "not-in-reader"
    exact = semantics == reader.exact
    for node in graph.of(Neuron):
        op = node.op
        where = f"node {node.name!r} ({node.provenance})"
        if op.halves > 1 and not exact and not reader.signed:
            yield Diagnostic(code, f"{reader.name} cannot run signed neurons: {_why_not(reader)}", where)
        if op != op.at_rest() and not semantics.initial:
            yield Diagnostic(code, f"{reader.name} starts all membranes at zero", where)
        if reader.uniform and not op.has_one_threshold:
            hint = "normalise the thresholds"
            yield Diagnostic(code, f"{reader.name} supports one threshold for a whole layer only", where, hint)
    spiking = [node for node in graph.nodes if is_spiking(graph, node)]
    for op_type, what in ((Encode, "input"), (Decode, "output")):
        ends = [node for node in spiking if isinstance(node.op, op_type)]
        if len(ends) > 1 and not reader.ports:
            message = f"{reader.name} reads files with one {what}, and this network's spiking part has {len(ends)}"
            yield Diagnostic(code, message, graph.name, "leave `reader` out, or join them in the model")
    for each in spiking if not reader.branching else ():
        receivers = len(graph.consumers[each.output.name])
        if isinstance(each.op, Add) or receivers > 1:
            message = f"{reader.name} runs chains of layers, and here signals branch or meet"
            yield Diagnostic(code, message, f"node {each.name!r} ({each.provenance})", "use `reader` nirtorch")
