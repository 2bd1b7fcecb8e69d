"""The kernel of tables."""

from __future__ import annotations

from snnir import ops
from snnir.semantics.digits import looked_up
from snnir.semantics.kernels.base import kernel
from snnir.types import Array


@kernel(ops.Table)
def _table(op: ops.Table, operands: tuple[Array, ...]) -> Array:
    return looked_up(op, operands[0])
