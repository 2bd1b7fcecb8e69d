"""What a pass is, and how passes run one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, TypeAlias

from snnir.analysis import Evaluations
from snnir.errors import ModelError, model_error, usage_error
from snnir.ir import Graph, verify
from snnir.semantics import Semantics
from snnir.types import Array

MAX_FILLED = 3
"""Inputs whose domain a few thousand points fill."""


def _silent(_: float) -> None:
    """Discard progress."""


@dataclass(frozen=True)
class Context:
    """What passes may use besides the graph.

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
class Property:
    """What may hold of a graph; a function of the graph alone, so that it can be checked around every pass.

    Attributes:
        name: An adjective, in kebab-case: what graphs are of which it holds.
        violations: Yields what contradicts it, a sentence each; nothing of a graph of which it holds.
        made_by: Names of passes that make it hold, as specifications have them.
    """

    name: str
    violations: Callable[[Graph], Iterator[str]]
    made_by: str = ""

    def holds(self, graph: Graph) -> bool:
        """Whether it holds."""
        return next(self.violations(graph), None) is None


Need: TypeAlias = Literal["points", "ann"]
"""What a pass reads from its context besides the target: calibration points, or the canonical analog network."""


@dataclass(frozen=True)
class Pass(ABC):
    """A step from a legal graph to a legal graph. Subclasses are frozen dataclasses; fields are options.

    Attributes:
        name: In kebab-case; the file of the pass is named after it.
        requires: Properties that must hold before; checked by `run_pass`.
        ensures: Properties that hold afterwards; checked by `run_pass`. Others may be lost.
        needs: What the context must have.
    """

    name: ClassVar[str]
    requires: ClassVar[tuple[Property, ...]] = ()
    ensures: ClassVar[tuple[Property, ...]] = ()
    needs: ClassVar[frozenset[Need]] = frozenset()

    @abstractmethod
    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the changed graph; neither argument changes. Other passes are run by `run_pass`."""


def run_pass(step: Pass, graph: Graph, context: Context) -> Graph:
    """Run one pass between checks of its contract: the only way in which passes run.

    Raises:
        UsageError: The graph lacks a property that the pass requires; code ``pass-order``.
        ModelError: The pass refused the model; or it returned an illegal graph (code ``invalid-ir``), or one without a
            property that it ensures (code ``broken-pass``).
    """
    for wanted in step.requires:
        found = next(wanted.violations(graph), None)
        if found is not None:
            message = f"pass {step.name} takes a graph that is {wanted.name}, and {found}"
            hint = f"run {wanted.made_by} before it" if wanted.made_by else ""
            raise usage_error("pass-order", message, graph.name, hint)
    made = step.run(graph, context)
    _verify(step, made)
    for promised in step.ensures:
        found = next(promised.violations(made), None)
        if found is not None:
            message = f"pass {step.name} ensures a graph that is {promised.name}, but {found}"
            raise model_error("broken-pass", message, graph.name, f"this is a defect of pass {step.name}")
    return made


def _verify(step: Pass, graph: Graph) -> None:
    """Verify what a pass made; findings name it.

    Raises:
        ModelError: It is illegal; code ``invalid-ir``.
    """
    try:
        verify(graph)
    except ModelError as error:
        raise ModelError(
            replace(each, message=f"after pass {step.name}: {each.message}") for each in error.diagnostics
        ) from None


Between: TypeAlias = Callable[["Pass | None", Graph, "Pass | None"], None]
"""Called before, between and after passes: the one that ran, the graph that it made, and the one that is next."""


def run_passes(graph: Graph, passes: Iterable[Pass], context: Context, between: Between | None = None) -> Graph:
    """Run passes in order; see `run_pass` for what is checked.

    Args:
        graph: What to start from.
        passes: In the order of running.
        context: Given to every pass.
        between: Called with every graph on the way: to show progress, or to print it.

    Raises:
        UsageError: The order is wrong: the graph lacks what a pass requires.
        ModelError: A pass refused the model, or did not keep its contract.
    """
    steps = tuple(passes)
    for last, step in zip((None, *steps), steps, strict=False):
        if between is not None:
            between(last, graph, step)
        graph = run_pass(step, graph, context)
    if between is not None:
        between(steps[-1] if steps else None, graph, None)
    return graph
