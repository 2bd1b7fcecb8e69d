"""How the ONNX operator of the op is read."""

from __future__ import annotations

from snnir_onnx.builder import Operand
from snnir_onnx.converters import converts
from snnir_onnx.scope import Scope
from snnir_toy.ops import QuickGelu


@converts("QuickGelu", domain="com.microsoft")
def quick_gelu(node: Scope) -> Operand:
    """Steepness of the gate."""
    return node.emit(QuickGelu(node.real("alpha", 1.702)), node.operand(0))
