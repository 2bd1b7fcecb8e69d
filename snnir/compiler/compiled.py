"""A compiled network: run it, record it, save it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from snnir.analysis import as_recorded, conversion_errors
from snnir.compiler.again import report_again
from snnir.compiler.chosen import setting_before
from snnir.compiler.hosting import HostFiles, host_files
from snnir.compiler.report import read_report
from snnir.compiler.siblings import orphaned
from snnir.data.points import Points, check_points
from snnir.data.smoothing import smoothed
from snnir.errors import UsageError, model_error, usage_error
from snnir.io.files import write_all
from snnir.ir import Graph, Node
from snnir.ir.notebook import graph_html, table_html
from snnir.metrics import ConversionErrors
from snnir.registry import backend_for
from snnir.report import Report
from snnir.semantics import Semantics, evaluate, one_thread_each
from snnir.setting import Setting
from snnir.text import Archive, pack, print_graph, read_archive
from snnir.types import Array

POINTS = "points/"
"""Begins the names of arrays in an archive that are points for an input."""


@dataclass(frozen=True)
class Compiled:
    """A spiking network, what it came from, and what it does.

    Attributes:
        graph: The spiking network.
        ann: The canonical analog network.
        setting: What it was compiled for and with: simulation and emission depend on it and on the graph only.
        report: Error, cost and everything else that was measured. An output only.
        points: Some that calibration did not see, by input name: 256 along each axis, or all if there are fewer.
        source: The form of the analog network that spikes stand for, where that is another.
        measured: The graph that the report is of; None where there is no telling.
    """

    graph: Graph
    ann: Graph
    setting: Setting
    report: Report
    points: Points = field(default_factory=dict[str, Array], compare=False)  # arrays do not compare
    source: Graph | None = None
    measured: Graph | None = field(default=None, repr=False, compare=False)

    @property
    def target(self) -> str:
        """Name of its target."""
        return self.setting.target

    @property
    def semantics(self) -> Semantics:
        """How the target's neurons behave."""
        return self.setting.semantics

    def __repr__(self) -> str:
        """Return its name, target and error; `report` has everything that was measured."""
        return f"<Compiled {', '.join(f'{name} {value}' for name, value in self._facts())}>"

    def _repr_html_(self) -> str:
        """Return a table of what it is and of its nodes, which notebooks show."""
        return f"{table_html('compiled network', ('', ''), self._facts())}{graph_html(self.graph)}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        """Yield what fits into a line."""
        yield "network", repr(self.graph.name)
        yield "target", self.target
        yield "code", self.setting.code
        yield "steps", str(self.setting.steps)
        yield "rel_l2", f"{self.rel_l2:.2e}"

    @property
    def rel_l2(self) -> float:
        """Relative L2 conversion error on points that calibration did not see."""
        return float(self.report.conversion.rel_l2)

    @property
    def over_variation(self) -> float:
        """Error over the variation of a column of the outputs, the largest of all, on the same points.

        1 is what the best constant has; see `snnir.analysis.accuracy` for the definition.
        """
        return float(self.report.conversion.over_variation)

    def run(self, points: Array | Points, *, progress: Callable[[float], None] | None = None) -> Any:
        """Return the outputs of the spiking network, simulated with the target's semantics.

        In the sigma-delta code points are a stream, in the order given, which starts from rest.

        Args:
            points: ``[points, columns]``, or arrays by input name.
            progress: Called with the part done, from 0 to 1.

        Returns:
            A float array ``[points, outputs]``; for several outputs a dict of arrays by name.

        Raises:
            UsageError: The points do not fit the network.
        """
        values = evaluate(self.graph, self._checked(points), semantics=self.semantics, progress=progress)
        return values[self.graph.outputs[0]] if len(values) == 1 else values

    def error(self, points: Array | Points) -> ConversionErrors:
        """Return the conversion error on points of your choice: the spiking against the analog network.

        Args:
            points: ``[points, columns]``, or arrays by input name; in the sigma-delta code a stream in its order.

        Returns:
            What ``report.conversion`` has, and ``outputs``: the same of each, and of its ``columns``, as in
            ``report.outputs``; see `snnir.analysis.conversion_errors`.

        Raises:
            UsageError: The points do not fit the network.
        """
        checked = self._checked(points)
        values = evaluate(self.graph, checked, semantics=self.semantics)
        return conversion_errors(self.ann, values, evaluate(self.ann, checked))

    def with_graph(self, graph: Graph) -> Compiled:
        """Return this network with a changed graph and a report that was measured again.

        Everything is measured on `points`, which an archive keeps; ``report.conversion.points`` has their number.
        What the compile tried on its way (``report.search``) is left out.

        Args:
            graph: The spiking network, changed: for example with other weights or thresholds.

        Raises:
            UsageError: It has other inputs, outputs or neuron layers, code ``other-network``; or there are no points.
            ModelError: It does not conform to the target; all findings at once.
        """
        if not self.points:
            hint = "use `error(points)`, or an archive that keeps points"
            raise usage_error("no-points", "there are no points to measure on", self.graph.name, hint)
        with one_thread_each():
            report = report_again(
                graph,
                self.graph,
                self.ann,
                self.report,
                setting=self.setting,
                source=self.source or self.ann,
                points=self.points,
            )
        return replace(self, graph=graph, report=replace(report, graph_sha256=graph_digest(graph)), measured=graph)

    def record(self, points: Array | Points) -> dict[str, Array]:
        """Return the spikes of every neuron layer by its name: int8 arrays ``[points, steps, neurons]``.

        Messages of the sigma-delta code are graded, so these are floats, of one step for every point.

        Args:
            points: ``[points, columns]``, or arrays by input name.

        Raises:
            UsageError: The points do not fit the network.
        """
        parts: dict[str, list[Array]] = {}

        def keep(node: Node, _: slice, spikes: Array) -> None:
            if not node.op.encodes:
                parts.setdefault(node.name, []).append(as_recorded(node, spikes))

        evaluate(self.graph, self._checked(points), semantics=self.semantics, observe=keep)
        return {name: np.concatenate(chunks) for name, chunks in parts.items()}

    def run_ann(self, points: Array | Points) -> Any:
        """Return the outputs of the analog network; arguments, shapes and errors as of `run`."""
        values = evaluate(self.ann, self._checked(points))
        return values[self.ann.outputs[0]] if len(values) == 1 else values

    def smooth(
        self, points: Array | Points, values: Array | Mapping[str, Array]
    ) -> tuple[Any, dict[str, tuple[float, ...]]]:
        """Return what the network computed on a grid without its high frequencies, and how many were kept.

        How it is done, and what to expect of it: `snnir.data.smoothing`.

        Args:
            points: All points of an evenly spaced grid, in any order: ``[points, columns]``, or of a separable
                network the coordinates along each axis by input name.
            values: What `run` returned for them.

        Returns:
            The values in the form in which they came; and for every output, under its name, the frequencies
            kept along each axis of the grid. An output ``u`` with several columns has them as ``u[0]``, ``u[1]``, ...

        Raises:
            UsageError: The points are no such grid, code ``not-a-grid``; or do not fit the network, or the values
                do not fit the points.
        """
        outputs = values if isinstance(values, Mapping) else {self.graph.outputs[0]: values}
        result = smoothed(self.graph, self._checked(points), outputs)
        made = dict(result.values) if isinstance(values, Mapping) else result.values[self.graph.outputs[0]]
        return made, dict(result.kept)

    @cached_property
    def host_files(self) -> HostFiles:
        """What readers of the target's files leave to the host, as files of its own; made once."""
        return host_files(self.graph, backend_for(self.target))

    def artifacts(self) -> dict[str, bytes]:
        """Return the content of every file of the target by its ending, the archive first.

        Where its readers leave a part to the host, that part is there, too, as ONNX files that onnxruntime runs:
        ``_before.onnx``, ``_between_1.onnx``, ... and ``_after.onnx``, those that are needed and that ONNX can express;
        `host_files` has a note on each of the others.

        Raises:
            UsageError: The report was measured on another graph; code ``stale-report``.
        """
        if self.measured not in (None, self.graph):
            hint = "use compiled.with_graph(graph), which measures again"
            raise usage_error("stale-report", "the report was measured on another graph", self.graph.name, hint)
        arrays = {f"{POINTS}{name}": array for name, array in self.points.items()}
        graphs = {"ann": self.ann, **({} if self.source is None else {"source": self.source})}
        archive = Archive(self.graph, self.setting.to_json(), self.report, graphs, arrays)
        made = backend_for(self.target).emit(self.graph, self.setting)
        return {".snnir": pack(archive), **made, **self.host_files.contents}

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Write the archive (``x.snnir``), or the target's files with the archive beside them (``x.nir``).

        Returns:
            The files written.

        Raises:
            UsageError: As of `files`; or a file cannot be written, or an archive that is there belongs to another
                target's files, code ``other-archive``. Then nothing is written.
        """
        files = self.files(Path(path))
        found = orphaned(files, self.target)
        if found:
            raise UsageError(found)
        write_all(files)
        return tuple(files)

    def files(self, path: Path) -> dict[Path, bytes]:
        """Return what `save` writes: contents by path.

        Raises:
            UsageError: The ending is none of the target's, code ``unknown-ending``; or the report was measured on
                another graph, code ``stale-report``.
        """
        made = self.artifacts()
        if path.suffix == ".snnir":
            return {path: made[".snnir"]}
        if path.suffix not in made:
            hint = f"end it in {' or '.join(each for each in made if each.startswith('.'))}, or name a folder"
            message = f"target {self.target!r} writes no {path.suffix or 'such'} file"
            raise usage_error("unknown-ending", message, str(path), hint)
        return {path.with_name(f"{path.stem}{ending}"): content for ending, content in made.items()}

    def _checked(self, points: Array | Points) -> Points:
        arrays = points if isinstance(points, Mapping) else {"": points}
        return check_points(arrays, self.graph.inputs, "points")

    @staticmethod
    def load(path: str | Path) -> Compiled:
        """Return the network in a ``.snnir`` archive.

        Raises:
            UsageError: There is no such file.
            ModelError: The archive is damaged, or of another version; codes ``damaged-archive``, ``damaged-setting``,
                ``archive-version``, and ``no-setting`` for one that does not record what it was compiled with.
        """
        archive, name = read_archive(Path(path)), Path(path).name
        if "ann" not in archive.graphs:
            raise model_error("damaged-archive", "the analog network is missing", name)
        setting = setting_before(archive, name) if archive.format == 1 else Setting.of(archive.setting, name)
        points = {key.removeprefix(POINTS): array for key, array in archive.arrays.items() if key.startswith(POINTS)}
        return Compiled(
            archive.graph,
            archive.graphs["ann"],
            setting,
            read_report(archive.report, name),
            points,
            archive.graphs.get("source"),
            measured=archive.graph,
        )


def graph_digest(graph: Graph) -> str:
    """Return the SHA-256 of a graph's text, tensors included: which graph a report was measured on."""
    return hashlib.sha256(print_graph(graph).encode()).hexdigest()
