"""What codes of integrate-and-fire neurons share."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.option import Option
from snnir.errors import Diagnostic
from snnir.passes import Pass
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


def units(*, normalise: bool) -> tuple[Pass, ...]:
    """Return the pass that scales membranes back to the units of the analog network, if thresholds are not to be 1."""
    return () if normalise else (Normalise(amplitudes=True),)


def uniform_findings(target: Target, *, normalise: bool) -> Iterator[Diagnostic]:
    """Yield that thresholds must be 1 where all neurons of a layer have the same."""
    if not normalise and target.uniform_thresholds:
        message = f"the neurons of a layer have one threshold on target {target.name!r}"
        yield Diagnostic("bad-normalise", message, "normalise", "leave it out")
