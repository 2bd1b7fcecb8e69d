"""What codes of integrate-and-fire neurons share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from snnir.codes.base import Task
from snnir.codes.option import Option
from snnir.errors import Diagnostic
from snnir.passes import Calibration, Pass
from snnir.passes.normalise import Normalise
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


def fitted(task: Task, fitting: Mapping[Calibration, tuple[Pass, ...]], *, normalise: bool) -> tuple[Pass, ...]:
    """Return the passes of a calibration and what scales membranes then; integers are fitted while they are made.

    Args:
        task: What the network is converted for.
        fitting: Passes of every calibration.
        normalise: Scale all thresholds to 1; else membranes get the units of the analog network.
    """
    if task.semantics.integer is not None:
        return ()
    return (*fitting[task.calibration], *(() if normalise else (Normalise(amplitudes=True),)))


def uniform_findings(target: Target, *, normalise: bool) -> Iterator[Diagnostic]:
    """Yield that thresholds must be 1 where all neurons of a layer have the same."""
    if not normalise and target.uniform_thresholds:
        message = f"the neurons of a layer have one threshold on target {target.name!r}"
        yield Diagnostic("bad-normalise", message, "normalise", "leave it out")
