"""What codes of integrate-and-fire neurons share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from snnir.codes.base import Task
from snnir.codes.option import Option
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.populations import MAX_PER_UNIT
from snnir.errors import Diagnostic
from snnir.passes import Calibration, Pass
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.target import Target

THRESHOLDS = Option(
    finding="bad-thresholds",
    lacking="the {code} code sets the thresholds of its neurons itself",
    hint="leave them out, or use the rate code",
    settles=True,
)
NORMALISE = Option(
    kind=bool,
    finding="bad-normalise",
    lacking="neurons of the {code} code have no membranes to scale",
    hint="leave it out",
    settles=True,
)

PER_UNIT = Option(
    help="Neurons for every unit in the codes population and phase; 8 and 4 if not given.",
    kind=int,
    metavar="K",
    finding="bad-neurons-per-unit",
    lacking="the {code} code has one neuron per unit",
    hint="leave it out, or use `code` population",
)

RAMPS: Mapping[Calibration, tuple[Pass, ...]] = MappingProxyType(
    {
        "none": (),
        "light": (Light(),),
        "advanced": (LeastSquares(),),
        "least-squares": (LeastSquares(tuned=True),),
    }
)
"""Passes of every calibration, where units are sums of ramps."""


def per_unit_findings(count: int | None) -> Iterator[Diagnostic]:
    """Yield that a number of neurons per unit is not possible, if it is none; None leaves it open."""
    if count is not None and not 1 <= count <= MAX_PER_UNIT:
        hint = f"choose 1 to {MAX_PER_UNIT}, e.g. 8"
        message = f"{count} neurons per unit are not possible"
        yield Diagnostic("bad-neurons-per-unit", message, "`neurons_per_unit`", hint)


def fitted(task: Task, fitting: Mapping[Calibration, tuple[Pass, ...]], *, normalise: bool) -> tuple[Pass, ...]:
    """Return the passes of a calibration and what scales membranes then; integers are fitted while they are made.

    Args:
        task: What the network is converted for.
        fitting: Passes of every calibration.
        normalise: Scale all thresholds to 1; else membranes get the units of the analog network.
    """
    if task.semantics.integer is not None:
        return ()
    return (*fitting[task.calibration], *scaled(normalise=normalise))


def scaled(*, normalise: bool) -> tuple[Pass, ...]:
    """Return what brings membranes with thresholds of 1 back to the units of the analog network, unless they stay."""
    return () if normalise else (Normalise(amplitudes=True),)


def uniform_findings(target: Target, *, normalise: bool) -> Iterator[Diagnostic]:
    """Yield that thresholds must be 1 where all neurons of a layer have the same."""
    if not normalise and target.uniform_thresholds:
        place = f"on target {target.name!r}" if target.reader is None else f"in reader {target.reader.name}"
        message = f"the neurons of a layer have one threshold {place}"
        yield Diagnostic("bad-normalise", message, "normalise", "leave it out")
