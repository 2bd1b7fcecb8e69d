"""The reference simulator as a target: the archive is all that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from snnir.ir import Graph
from snnir.ops import OPS
from snnir.registry import Backend
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Target


@final
class NumpyBackend(Backend):
    """Writes nothing: compiled archives run in the reference simulator as they are."""

    target: Target = Target(
        name="numpy",
        summary="the reference simulator; runs compiled archives as they are",
        spiking_ops=frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"})
        | {"accumulate", "signed_digits", "table"}
        | {"binary_digits", "first_spike"}
        | {"delta", "sigma_delta"}
        | {name for name, op in OPS.items() if op.elementwise},
        suggested=1,
        semantics=Semantics(reset="subtract", compare=">=", delay=0, dtype="float32"),
    )

    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return no artifacts."""
        return {}


BACKEND = NumpyBackend()

__all__ = ["BACKEND", "NumpyBackend"]
