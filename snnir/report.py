"""The compile report: what was measured of a compiled network, as data, JSON, text and HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, cast

from snnir.errors import ModelError, model_error
from snnir.io.records import LATER, OPTIONAL, fits, from_plain
from snnir.metrics.bound import Bound
from snnir.metrics.chip import ChipUse, Range, ranges_table
from snnir.metrics.conversion import Stream, conversion_table
from snnir.metrics.cost import Energy, Host, InferenceCounts, LayerReport, Messages, Operations, Spikes
from snnir.metrics.derivative import Derivatives
from snnir.metrics.energy import cost_table, count_rows, models_table
from snnir.metrics.energy_models import ModelEnergy
from snnir.metrics.error import OutputErrors, PointErrors, QuantisedErrors
from snnir.metrics.host import host_rows
from snnir.metrics.record import Record
from snnir.metrics.search import Search, Taken, ThresholdSearch
from snnir.metrics.section import SECTIONS, Section, plain_table
from snnir.metrics.setting import Called, Way, setting_words
from snnir.metrics.table import Table, as_text, page

USUAL_CHECK = "onnxruntime"
"""What a network is checked by when it is read; only another program is named."""
OPEN = ("sections", "other")
"""Fields that JSON has no keys of, but the keys of what is in them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceReport(Record):
    """The file that a network was read from, see `snnir.provenance.Source`."""

    file: str
    sha256: str
    checked_by: str = field(default="", metadata=LATER)
    notes: tuple[str, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report(Record):
    """What was measured of a compiled network, and what was asked for; an output only.

    It is a mapping of its JSON, too: ``report["conversion"]["rel_l2"]`` is ``report.conversion.rel_l2``.

    Attributes:
        target: Where it is meant to run.
        reader: Program that loads its file.
        form: Of the file.
        legacy: Whether that is written for nir 1.0.5 and older.
        code: How units travel as spikes.
        steps: T, the time steps of one inference, or of one layer of digits.
        calibration: How it was calibrated.
        seed: Of everything random.
        quantised_ann: Errors of the analog network in as many bits; None where messages are graded and count no bits.
        latency: Steps from the inputs to the last output, of all layers together.
        units: Of the analog network.
        neurons: Of the spiking network.
        neurons_per_unit: On average.
        conversion: Errors against the analog network over all outputs.
        outputs: The same of each.
        inferences: How often the network ran for these points.
        spikes: Outputs of neurons that are not zero.
        messages: The same where they are graded.
        operations: Per inference.
        energy_pj: Per inference, in picojoule.
        energy_by_model: The same by every model of `snnir.metrics.energy_models`.
        layers: Of neurons.
        bound: Of the conversion error.
        sections: What only a code, a target or a plug-in measures.
        host: What stays on the host.
        source: The file that the network was read from.
        versions: Of what compiled it, by name.
        domain: Ends of every column that it was calibrated in, ``((low, ...), (high, ...))`` by input.
        columns: What these are called, by input.
        ranges: Of the integers of a target of these.
        chip: What it takes of a chip.
        stream: What its points are, where their order counts.
        search: What was tried.
        derivatives: Errors of central differences.
        graph_sha256: Of the graph that all this was measured on.
        notes: Remarks on the points, for the user.
        other: JSON of parts of other types than these, by key: of plug-ins that are not loaded, or as other versions
            wrote them. Entries that reports of earlier versions lack are None.
    """

    target: str
    reader: str | None = field(default=None, metadata=LATER)
    form: Literal["portable", "exact"] = field(default="portable", metadata=LATER)
    legacy: bool = field(default=False, metadata=LATER)
    code: str
    steps: int
    calibration: str
    seed: int
    quantised_ann: QuantisedErrors | None = field(default=None, metadata=OPTIONAL)
    latency: int
    units: int
    neurons: int
    neurons_per_unit: float = field(default=1.0, metadata=LATER)
    conversion: PointErrors
    outputs: tuple[OutputErrors, ...]
    inferences: InferenceCounts | None = field(default=None, metadata=OPTIONAL)
    spikes: Spikes
    messages: Messages | None = field(default=None, metadata=OPTIONAL)
    operations: Operations
    energy_pj: Energy
    energy_by_model: tuple[ModelEnergy, ...] | None = field(default=None, metadata=OPTIONAL)
    layers: tuple[LayerReport, ...]
    bound: Bound | None = field(default=None, metadata=OPTIONAL)
    sections: tuple[Section, ...] = field(default=(), metadata=OPTIONAL)
    host: Host
    source: SourceReport
    versions: Mapping[str, str]
    domain: Mapping[str, tuple[tuple[float, ...], ...]] | None = field(default=None, metadata=OPTIONAL)
    columns: Mapping[str, tuple[str, ...]] | None = field(default=None, metadata=OPTIONAL)
    ranges: tuple[Range, ...] | None = field(default=None, metadata=OPTIONAL)
    chip: ChipUse | None = field(default=None, metadata=OPTIONAL)
    stream: Stream | None = field(default=None, metadata=OPTIONAL)
    search: Search | ThresholdSearch | None = field(default=None, metadata=OPTIONAL)
    derivatives: Derivatives | None = field(default=None, metadata=OPTIONAL)
    graph_sha256: str | None = field(default=None, metadata=OPTIONAL)
    notes: tuple[str, ...] | None = field(default=None, metadata=OPTIONAL)
    other: Mapping[str, object] | None = field(default=None, metadata=OPTIONAL)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON: the fields, with what is in the open ones under its own keys."""
        inside = {"sections": {each.key: each.to_json() for each in self.sections}, "other": self.other or {}}
        own = super().to_json().items()
        return {key: each for name, value in own for key, each in inside.get(name, {name: value}).items()}

    @classmethod
    def of(cls, content: object, where: str = "") -> Report:
        """Return the report that JSON stands for: what `to_json` returned.

        Args:
            content: The JSON.
            where: Names its file in messages.

        Raises:
            ModelError: It is no report as this snnir writes them; code ``damaged-archive``.
        """
        if not isinstance(content, Mapping):
            raise _damaged("it is no object", where)
        # Before layers could start one after the other, all of them worked in the same steps.
        plain = cast("Mapping[str, object]", content)
        given = {**({"latency": plain["steps"]} if "steps" in plain else {}), **plain}
        known = {each.name: each for each in fields(cls) if each.name not in OPEN}
        own = {
            name: value
            for name, value in given.items()
            if name in known and (not known[name].metadata.get("left out") or fits(cls, name, value))
        }
        rest = {name: value for name, value in given.items() if name not in own}
        sections, other = _sections(rest)
        try:
            report = from_plain(cls, own)
        except ValueError as error:
            raise _damaged(str(error), where) from None
        return replace(report, sections=sections, other=other or None)

    def with_sections(self, sections: Iterable[Section]) -> Report:
        """Return the report with further sections, in place of those with the same key."""
        new = {each.key: each for each in sections}
        return replace(self, sections=(*(each for each in self.sections if each.key not in new), *new.values()))

    def tables(
        self,
        name: str = "network",
        ends: Iterable[tuple[str, str]] = (),
        *,
        asked: bool = True,
        called: Called | None = None,
    ) -> Iterator[Table]:
        """Yield what a user needs right after compiling.

        Args:
            name: Of the network, where it came from no file.
            ends: Rows that describe its inputs and outputs.
            asked: The user asked for an error to be reached.
            called: Returns what to write to go another way to the error; a call of `snnir.compile` if None.
        """
        yield Table(self._title(name))
        yield Table("network", (*ends, *self._network()))
        yield from self.measured_tables()
        if self.search is not None:
            model = self.search.energy_model if isinstance(self.search, Search) else None
            taken = Taken(self.code, self.neurons_per_unit, self.steps, self.energy_ratio(model))
            yield self.search.table(taken, asked=asked, called=called or _call)

    def measured_tables(self) -> Iterator[Table]:
        """Yield the measured part: error, cost and layers."""
        yield conversion_table(self.conversion, self.outputs, self.stream, self.quantised_ann)
        if self.derivatives is not None and self.derivatives.rows:
            yield self.derivatives.table
        for section in self.sections:
            yield from section.tables()
        counts = (*self._latency(), *count_rows(self.spikes, self.messages, self.operations))
        yield cost_table(counts, self.energy_pj)
        if self.energy_by_model is not None:
            yield models_table(self.energy_by_model)
        yield _layers(self.layers)
        if self.ranges is not None:
            yield ranges_table(self.ranges)
        if self.chip is not None:
            yield self.chip.table
        if self.bound is not None:
            yield self.bound.table
        yield from (plain_table(key, content) for key, content in (self.other or {}).items())

    def energy_ratio(self, model: str | None = None) -> float:
        """Return the energy as a multiple of the analog network's, by a model; by that of `energy_pj` if None."""
        return {each.model: each.ratio for each in self.energy_by_model or ()}.get(model or "", self.energy_pj.ratio)

    @property
    def words(self) -> str:
        """The setting, e.g. "population code, 16 steps, 8 neurons per unit"."""
        return setting_words(self.code, self.steps, self.neurons_per_unit)

    def to_html(self, name: str = "network", ends: Iterable[tuple[str, str]] = ()) -> str:
        """Return the tables as a page of HTML, which needs no other file; arguments as of `tables`."""
        return page(self._title(name), self.tables(name, ends))

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return "\n\n".join(map(as_text, self.tables()))

    def __repr__(self) -> str:
        return f"<Report: {self._title('network')}; rel L2 {self.conversion.rel_l2:.2e}>"

    def _title(self, name: str) -> str:
        steps = f"{self.steps} steps" if self.steps > 1 else "1 step"
        by = "" if self.reader is None else f", read by {self.reader}"
        place = f"{self.target}{by}{'' if self.form == 'portable' else f', {self.form} form'}"
        made = f"{self.code} code, {steps}, calibration {self.calibration}, seed {self.seed}"
        return f"{self.source.file or name} for target {place}: {made}"

    def _network(self) -> Iterator[tuple[str, str]]:
        layers = len(self.layers)
        yield "units", f"{self.units:,} in {layers} layer{'' if layers == 1 else 's'}"
        per_unit = f", {self.neurons_per_unit:g} for each unit" if self.neurons_per_unit != 1 else ""
        yield "neurons", f"{self.neurons:,}{per_unit}"
        yield from host_rows(self.host.places)
        if self.source.sha256:
            yield "source", f"{self.source.file}, sha256 {self.source.sha256[:12]}..."
        if self.source.checked_by not in {"", USUAL_CHECK}:
            yield "checked by", self.source.checked_by
        yield from (("note", note) for note in (*self.source.notes, *(self.notes or ())))

    def _latency(self) -> Iterator[tuple[str, str]]:
        """Yield the latency where layers do not all work in the same steps."""
        if self.latency != self.steps:
            yield "latency", f"{self.latency} steps for all layers"


def _sections(rest: Mapping[str, object]) -> tuple[tuple[Section, ...], Mapping[str, object]]:
    """Return the sections of known types, and the JSON of all others."""
    read = {name: _section(name, value) for name, value in rest.items()}
    found = tuple(each for each in read.values() if each is not None)
    return found, {name: value for name, value in rest.items() if read[name] is None}


def _section(name: str, plain: object) -> Section | None:
    try:
        return from_plain(SECTIONS[name], plain, name)
    except (KeyError, ValueError):
        return None


def _damaged(why: str, where: str) -> ModelError:
    hint = "copy it again from where it came from, or compile the model again"
    return model_error("damaged-archive", f"its report is not as this snnir writes it: {why}", where, hint)


def _layers(layers: Sequence[LayerReport]) -> Table:
    rows = tuple((layer.name, f"{layer.neurons}", f"{layer.rate:.4f}", f"{layer.threshold:.4g}") for layer in layers)
    return Table("layers", rows, ("layer", "neurons", "rate", "threshold"))


def _call(way: Way) -> str:
    return way.call
