"""What a code is: how the value of a unit travels as spikes, with everything that follows from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, log2
from typing import ClassVar, Protocol

from snnir.codes.ladder import Descent, Ladder
from snnir.errors import Diagnostic
from snnir.ir import Graph
from snnir.metrics import Section
from snnir.passes import Calibration, Context, Pass
from snnir.semantics import Semantics
from snnir.target import Target
from snnir.types import Array

MAX_STEPS = 1 << 16


def steps_findings(steps: int | None, most: int = MAX_STEPS, usual: int = 32) -> Iterator[Diagnostic]:
    """Yield that a number of time steps is not possible, if it is none from 1 to `most`."""
    if steps is not None and not 1 <= steps <= most:
        hint = f"choose 1 to {most}, e.g. {usual}"
        yield Diagnostic("bad-steps", f"{steps} time steps are not possible", "`steps`", hint)


class Asked(Protocol):
    """What is asked for besides the code; `snnir.compiler.Options` is one."""

    @property
    def steps(self) -> int | None:
        """T; None where it is searched for."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How weights are fitted."""
        ...


@dataclass(frozen=True)
class Task:
    """What a network is converted for.

    Attributes:
        calibration: How weights are fitted.
        error: Conversion error that is asked for.
        error_of: What that is of, see `snnir.analysis.asked_error`.
        semantics: How the target's neurons behave.
        filled: Whether the calibration points lie so densely in a domain that what they do not show does not happen.
        uniform_thresholds: All neurons of a layer have the same threshold.
    """

    calibration: Calibration
    error: float = 1e-2
    error_of: str = "both"
    semantics: Semantics = field(default_factory=Semantics)
    filled: bool = False
    uniform_thresholds: bool = False


@dataclass(frozen=True)
class Code(ABC):
    """How the value of a unit travels as spikes. Subclasses are frozen dataclasses; fields are options.

    Every field has a default. Those with the metadata of an `Option` can be given by name, as keyword arguments of
    `snnir.compile` and on the command line. Register a subclass under the entry points ``snnir.codes``, under its name.

    Attributes:
        name: What ``code`` takes.
        stream: Points come in an order that counts, each of them a step; errors are measured on such streams.
        signed: Its neurons are integrate-and-fire neurons that send spikes of both signs.
        exact: Its neurons evaluate f: what they tend to is the analog network.
        joined: No current of it passes through a dense layer once it is fitted, on any target.
        economical: Where it can be had, it or another economical code needs the least energy at every error, so that
            no others need be tried then; where updates of neurons take energy, too, it is compared with the others.
        max_steps: The largest T.
        usual_steps: An example of T.
        neurons: Mnemonics of the ops that a target must have to carry it.
        integer_calibrations: Those that fit it to integers; None for any.
    """

    name: ClassVar[str]
    stream: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    joined: ClassVar[bool] = False
    economical: ClassVar[bool] = False
    max_steps: ClassVar[int] = MAX_STEPS
    usual_steps: ClassVar[int] = 32
    neurons: ClassVar[frozenset[str]] = frozenset({"integrate_and_fire"})
    integer_calibrations: ClassVar[frozenset[str] | None] = frozenset({"least-squares", "advanced"})

    @property
    def size(self) -> int:
        """Neurons per unit, to which cost is in proportion."""
        return 1

    def words(self, steps: int | None) -> str:
        """Return a setting in short, e.g. ``rate, T = 32``."""
        return f"{self.name}, T = {steps}"

    def check(self, asked: Asked) -> Iterator[Diagnostic]:
        """Yield what is wrong with its options, and what else was asked for and does not go with it."""
        yield from steps_findings(asked.steps, self.max_steps, self.usual_steps)

    def misfits(self, target: Target, calibration: Calibration) -> Iterator[Diagnostic]:
        """Yield why a target that carries the code does not take its options, or a calibration."""
        fitted = self.integer_calibrations
        if target.semantics.integer is not None and fitted is not None and calibration not in fitted:
            message = f"integers of target {target.name!r} are fitted to its spikes by least squares"
            hint = f"use {' or '.join(sorted(fitted))}, or `target` nir or numpy"
            yield Diagnostic("bad-calibration", message, f"`calibration` {calibration}", hint)

    def rewriting(self) -> tuple[Pass, ...]:
        """Return passes from the canonical network to the form of it that spikes stand for; the same function."""
        return ()

    def prepared(self, context: Context) -> Context:
        """Return what conversion may look at, from what it was given, e.g. with more calibration points."""
        return context

    @abstractmethod
    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return passes from coupled neurons to those of the code: places, thresholds, amplitudes."""

    def shape(self) -> tuple[Pass, ...]:
        """Return passes from what `lower` gives to the form that is fitted, where that depends on the steps."""
        return ()

    @abstractmethod
    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return passes that fit the network to its own spikes, in floating point."""

    @abstractmethod
    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return passes from a fitted network to the integers of a target, and to its wiring."""

    def tunes(self, task: Task) -> bool:
        """Whether `lower` changes what the network is meant to compute: to what its neurons tend to."""
        return False

    def by_steps(self) -> bool:
        """Whether what `lower` gives depends on the number of steps."""
        return False

    def ladder(self) -> Ladder | None:
        """Return what a search may choose; None where it cannot be searched for by steps."""
        return None

    def descent(self, semantics: Semantics) -> Descent | None:
        """Return how variants are searched for that keep an error; None where steps decide about errors."""
        return None

    def equal_bits(self, steps: int) -> int | None:
        """Return the bits of a fixed-point number with as many values as a train has, 0 to T spikes.

        None where messages are graded and count no bits.
        """
        return ceil(log2(steps + 1))

    def sections(
        self,
        graph: Graph,
        ann: Graph,
        points: Mapping[str, Array],
        semantics: Semantics,
    ) -> Iterator[Section]:
        """Yield the sections of the report for networks in this code alone.

        Args:
            graph: The spiking network.
            ann: The form of the analog network that its spikes stand for.
            points: That calibration did not see, by input name.
            semantics: How the target's neurons behave.
        """
        yield from ()
