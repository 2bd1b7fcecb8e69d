"""One network, its points and its target, ready to be compiled with any code and number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from snnir.analysis import (
    Evaluations,
    conversion_errors,
    is_stream,
    latency,
    measured,
    quantised_errors,
    simulate,
    thinned,
)
from snnir.codes import Code, Converted, spiking_pipeline
from snnir.compiler.checks import check_conformance, checked_ranges, range_watch, with_chip
from snnir.compiler.chosen import setting_of
from snnir.compiler.compiled import Compiled, graph_digest
from snnir.compiler.options import Options
from snnir.compiler.progress import Teller
from snnir.compiler.report import make_report
from snnir.compiler.trial import Trial
from snnir.data.box import as_numbers, labels_of
from snnir.data.derivatives import derivative_errors
from snnir.data.domain import Domain, domain_notes
from snnir.data.points import Points, first_points
from snnir.data.sampling import Split
from snnir.errors import model_error
from snnir.ir import Graph
from snnir.metrics import DEFAULT_ERROR, ConversionErrors, QuantisedErrors, Stream, asked_error
from snnir.ops import layer_widths
from snnir.passes import Context
from snnir.registry import backend_for
from snnir.semantics import evaluate
from snnir.target import Target
from snnir.types import Array

KEPT = 256
"""Points that calibration did not see and that go along in the archive, so that others can check what was compiled."""


@dataclass(frozen=True)
class Job:
    """Everything but the number of steps.

    Attributes:
        ann: The canonical network: what errors and costs are compared with.
        source: The same function, as it is made to spike.
        points: To calibrate and to measure on.
        domain: What they were drawn from; None if they were given.
        box: Where they lie, see `snnir.data.box.box_of`.
        target: Where it is meant to run, with the reader that was asked for.
        options: What the user asked for.
        progress: Called with what is done; a search announces how many settings there may be (`Teller.expect`).
        memo: Tuned networks, which settings with another number of steps share.
        known: Values of the analog network, which all settings share.
    """

    ann: Graph
    source: Graph
    points: Split
    domain: Domain | None
    box: Mapping[str, Array]
    target: Target
    options: Options
    progress: Teller
    memo: dict[tuple[Any, ...], Graph] = field(default_factory=dict[tuple[Any, ...], Graph], compare=False)
    known: Evaluations = field(default_factory=Evaluations, compare=False)

    @cached_property
    def measured(self) -> Points:
        """The points to measure on, fewer per axis where their product would be too many."""
        return thinned(self.ann, self.points.held_out)

    def compiled(self, options: Options) -> Compiled:
        """Compile with options whose code and steps are set, otherwise those of the job."""
        return self.completed(self.tried(options))

    def tried(self, options: Options) -> Trial:
        """Convert with options whose code and steps are set, and simulate what comes out on the held-out points.

        Args:
            options: What to do.

        Raises:
            ModelError: What comes out does not fit the target, or is not finite.
        """
        self.progress.begin(options)
        target = self.target
        made = self._converted(options)
        check_conformance(made.graph, target)
        watch = range_watch(made.graph, target)
        done = simulate(
            made.graph,
            self.source,
            self.points.held_out if is_stream(made.graph) else self.measured,
            target.semantics,
            reference=made.reference,
            original=self.ann,
            known=self.known,
            ranges=watch,
            progress=lambda part: self.progress("measure", part),
        )
        ranges = checked_ranges(watch)
        if not np.isfinite(done.errors.rel_l2):
            hint = "its weights or values span more than 32-bit numbers can hold; scale its inputs and outputs"
            raise model_error("not-finite", "the spiking network gives NaN or infinite numbers", self.ann.name, hint)
        neurons = sum(layer_widths(made.graph).values())
        limit = self._limit(made, done.points)
        return Trial(options, made, ranges, done, limit, latency(made.graph).steps, neurons / done.units)

    def limit_error(self, options: Options) -> float:
        """Return the error of what the neurons of a setting tend to with ever more steps, before anything is simulated.

        0 where that is the analog network, as of neurons that compute f.
        """
        made = self._converted(options, fitted=False)
        limit = self._limit(made, self.measured)
        return 0.0 if limit is None else asked_error(limit, options.error_of)

    def _converted(self, options: Options, *, fitted: bool = True) -> Converted:
        """Return the spiking network of a setting."""
        steps = options.steps
        assert steps is not None  # noqa: S101 - the caller sets them
        points, semantics = self.points, self.target.semantics
        context = Context(
            points.calibration,
            semantics,
            steps,
            options.seed,
            pool=points.pool,
            bounded=self.domain is not None,
            known=self.known,
        )
        return spiking_pipeline(
            self.source,
            context,
            options.chosen,
            options.calibration,
            error=DEFAULT_ERROR if options.error is None else options.error,
            error_of=options.error_of,
            lowering=self.target.lowering,
            memo=self.memo,
            uniform_thresholds=self.target.uniform_thresholds,
            fitted=fitted,
            report=self.progress,
        )

    def _limit(self, made: Converted, points: Points) -> ConversionErrors | None:
        """Return the errors of what the neurons tend to with ever more steps; None where that is the analog network."""
        if made.reference is self.source:
            return None
        values = evaluate(made.reference, points)
        named = dict(zip(self.source.outputs, (values[name] for name in made.reference.outputs), strict=True))
        return conversion_errors(self.source, named, self.known.values(self.source, points))

    def completed(self, trial: Trial) -> Compiled:
        """Return a setting that was tried with its whole report."""
        options, graph, target = trial.options, trial.converted.graph, self.target
        measurement = measured(trial.simulation)
        quantised = self._quantised(options.chosen, trial.steps)
        sections = options.chosen.sections(graph, self.source, self.points.held_out, target.semantics)
        columns, lines = labels_of(self.ann, self.domain), self.points.lines
        setting = setting_of(options, target, trial.steps, box=self.box, columns=columns)
        report = replace(
            with_chip(
                make_report(graph, self.ann, setting, measured=measurement, quantised=quantised, sections=sections),
                graph,
                target,
                trial.ranges,
            ),
            domain=as_numbers(self.box),
            columns=columns,
            stream=None if lines is None else Stream(points=measurement.inferences.most, lines=lines),
        )
        kept = {
            value.name: first_points(self.points.held_out[value.name], value.type.shape, KEPT) for value in graph.inputs
        }
        source = None if self.source is self.ann else self.source
        return Compiled(graph, self.ann, setting, report, kept, source, measured=graph)

    def finished(self, compiled: Compiled) -> Compiled:
        """Return what was chosen with what is stated once only.

        That is the error of its derivatives, whose report it is, the remarks on its points, and what its target adds.

        Args:
            compiled: By this job.
        """
        self.progress.end()
        self.progress("derivatives", 0.0)
        labels = labels_of(self.ann, self.domain)
        samples = compiled.points if self.domain is None else None
        found = derivative_errors(
            compiled.graph, self.ann, compiled.semantics, self.box, labels, samples=samples, seed=self.options.seed
        )
        notes = () if self.domain is None else domain_notes(self.ann, self.domain)
        self.progress("derivatives", 1.0)
        digest = graph_digest(compiled.graph)
        report = replace(compiled.report, derivatives=found, graph_sha256=digest, notes=tuple(notes))
        own = backend_for(compiled.target).sections(compiled.graph, compiled.setting, compiled.points)
        return replace(compiled, report=report.with_sections(own))

    def _quantised(self, code: Code, steps: int) -> QuantisedErrors | None:
        """Return the error of the network in as many bits; None where messages are graded and count no bits."""
        bits = code.equal_bits(steps)
        if bits is None:
            return None
        return quantised_errors(self.ann, self.points.calibration, self.measured, bits, self.known)
