"""An op of its own, with its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from snnir.ir import Op
from snnir.semantics import kernel


@final
@dataclass(frozen=True)
class QuickGelu(Op):
    """``y = x / (1 + exp(-alpha x))``, elementwise: the GELU of CLIP, and a contributed operator of onnxruntime."""

    mnemonic: ClassVar[str] = "quick_gelu"
    elementwise: ClassVar[bool] = True
    alpha: float = 1.702


@kernel(QuickGelu)
def quick_gelu(op: QuickGelu, operands: tuple[Any, ...]) -> Any:
    """Return the activations in the type of the operand."""
    (x,) = operands
    return (x / (1 + np.exp(-op.alpha * x))).astype(x.dtype)
