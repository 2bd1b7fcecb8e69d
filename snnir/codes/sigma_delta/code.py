"""The `sigma-delta` code: graded changes, for streams; arithmetic: `snnir.codes.sigma_delta.thresholds`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.codes.base import Asked, Code, Task
from snnir.codes.ladder import Descent
from snnir.codes.sigma_delta.changes import Changes
from snnir.codes.sigma_delta.neuron import SigmaDelta
from snnir.codes.sigma_delta.quantise_changes import QuantiseChanges
from snnir.codes.sigma_delta.thresholds import GAINS, STREAM_ERROR, WHOLE_GAINS
from snnir.errors import Diagnostic
from snnir.ir import Graph
from snnir.passes import Pass
from snnir.semantics import Semantics


@dataclass(frozen=True)
class SigmaDeltaCode(Code):
    """A unit sends by how much its value has changed, once that is more than a threshold; its neuron evaluates f.

    Attributes:
        kept: Error that thresholds keep on the calibration points; searched for by `snnir.compile`.
        gains: beta of its neurons, to choose from; searched for, too.
    """

    name: ClassVar[str] = "sigma-delta"
    stream: ClassVar[bool] = True
    exact: ClassVar[bool] = True
    neurons: ClassVar[frozenset[str]] = frozenset({"delta", "sigma_delta"})
    integer_calibrations: ClassVar[frozenset[str] | None] = None
    kept: float = STREAM_ERROR
    gains: tuple[float, ...] = GAINS

    def words(self, steps: int | None) -> str:
        """Return its name: there is one step for a point."""
        return self.name

    def check(self, asked: Asked) -> Iterator[Diagnostic]:
        """Yield what there is not: several steps for a point, and something to calibrate."""
        if asked.steps not in {None, 1}:
            message = "the sigma-delta code takes one step for every point of a stream"
            yield Diagnostic("bad-steps", message, "`steps`", "leave it out; the stream is as long as it has points")
        if asked.calibration in {"light", "advanced"}:
            message = "the neurons of the sigma-delta code compute f itself: there is nothing to calibrate"
            yield Diagnostic("bad-calibration", message, "`calibration`", "leave it out; `error` sets the thresholds")

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes neurons that send changes."""
        return (Changes(self.kept, self.gains, task.error_of),)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return nothing: its neurons compute f itself."""
        return ()

    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes integers of changes."""
        return (QuantiseChanges(),)

    def descent(self, semantics: Semantics) -> ThresholdDescent:
        """Return ever lower thresholds."""
        return ThresholdDescent(semantics)

    def equal_bits(self, steps: int) -> None:
        """Return None: messages are graded."""


@dataclass(frozen=True)
class ThresholdDescent(Descent):
    """Thresholds made for an ever smaller part of the error asked for, until unseen streams keep it.

    By far the smallest parts are needed where those vary less than what calibration saw.

    Attributes:
        semantics: How the target's neurons behave.
    """

    goal: ClassVar[float] = STREAM_ERROR
    margins: ClassVar[tuple[float, ...]] = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02)
    semantics: Semantics

    def variant(self, error: float, before: Graph | None) -> SigmaDeltaCode:
        """Return thresholds that keep an error on the calibration points, with the gains that were best before."""
        gains: tuple[float, ...] = GAINS if self.semantics.integer is None else WHOLE_GAINS
        if before is not None:
            gains = tuple({op.gain for op in _senders(before)})  # the best ones: no need to try all again
        return SigmaDeltaCode(error, gains)

    def row(self, graph: Graph) -> dict[str, float]:
        """Return the mean threshold."""
        return {"threshold": float(np.mean(np.concatenate([op.amplitude.array for op in _senders(graph)])))}


def _senders(graph: Graph) -> tuple[SigmaDelta, ...]:
    return tuple(node.op for node in graph.nodes if isinstance(node.op, SigmaDelta))
