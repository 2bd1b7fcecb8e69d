"""The pipeline up to the canonical analog network; what follows depends on the code, see `snnir.codes.conversion`."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from snnir.ir import Graph
from snnir.passes.base import Context, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.separate import Separate

Calibration: TypeAlias = Literal["none", "light", "advanced", "least-squares"]
CALIBRATIONS: tuple[Calibration, ...] = get_args(Calibration)


def analog_pipeline(graph: Graph, context: Context) -> Graph:
    """Return the canonical analog network of an imported graph."""
    return run_passes(graph, (Fold(), Canonicalise(), Fuse(), Separate()), context)
