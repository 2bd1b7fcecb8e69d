"""What a pass is, and how passes run one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from snnir.analysis import Evaluations
from snnir.ir import Graph, verify
from snnir.semantics import Semantics
from snnir.types import Array

MAX_FILLED = 3
"""Inputs whose domain a few thousand points fill."""


def _silent(_: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Context:
    """What passes may know besides the graph.

    Attributes:
        points: Calibration points by the name of the graph input.
        semantics: How the target's neurons behave.
        steps: T, the time steps of one inference.
        seed: Of everything random.
        pool: More points, for what trains by gradients; the calibration points if None.
        bounded: The points fill a domain, beyond which no point lies.
        ann: The canonical analog network that the spiking one must equal; set by the pipeline.
        known: Values of the analog network that are known already.
        progress: Called with the part of the current pass that is done, from 0 to 1.
    """

    points: Mapping[str, Array]
    semantics: Semantics = field(default_factory=Semantics)
    steps: int = 32
    seed: int = 0
    pool: Mapping[str, Array] | None = None
    bounded: bool = False
    ann: Graph | None = None
    known: Evaluations = field(default_factory=Evaluations, compare=False)
    progress: Callable[[float], None] = _silent

    def values(self, names: Iterable[str]) -> dict[str, Array]:
        """Return values of the analog network on the calibration points."""
        return self.known.values(self.analog, self.points, names)

    @property
    def filled(self) -> bool:
        """Whether the points lie so densely in a domain that what they do not show does not happen there."""
        columns = sum(array.shape[-1] if array.ndim > 1 else 1 for array in self.points.values())
        return self.bounded and columns <= MAX_FILLED

    @property
    def analog(self) -> Graph:
        """The canonical analog network.

        Raises:
            RuntimeError: A pass needs it and the pipeline has not made it yet.
        """
        if self.ann is None:
            raise RuntimeError("this pass needs the canonical analog network in its context")
        return self.ann


@dataclass(frozen=True)
class Pass(ABC):
    """A step from a legal graph to a legal graph. Subclasses are frozen dataclasses; fields are options.

    Attributes:
        name: In kebab-case; the file of the pass is named after it.
        requires: Properties of the graph that must hold before.
        establishes: Properties that hold afterwards, besides those required.
    """

    name: ClassVar[str]
    requires: ClassVar[frozenset[str]] = frozenset()
    establishes: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the changed graph; neither argument changes."""


def run_passes(
    graph: Graph,
    passes: Iterable[Pass],
    context: Context,
    properties: frozenset[str] = frozenset(),
    before: Callable[[Pass], None] | None = None,
) -> Graph:
    """Run passes in order and verify the graph after each.

    Args:
        graph: What to start from.
        passes: In the order of running.
        context: Given to every pass.
        properties: What holds at the start.
        before: Called before every pass, e.g. to show progress.

    Raises:
        RuntimeError: The order is wrong: a pass requires what none before it establishes.
        ModelError: A pass refused the model, or returned an illegal graph.
    """
    for step in passes:
        if not step.requires <= properties:
            raise RuntimeError(f"pass {step.name} requires {sorted(step.requires - properties)} first")
        if before is not None:
            before(step)
        graph = step.run(graph, context)
        verify(graph)
        properties |= step.establishes
    return graph
