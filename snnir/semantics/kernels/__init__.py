"""What analog ops compute: one pure NumPy kernel per op. Element types follow ONNX."""

from collections.abc import Mapping

from snnir.ir import Op
from snnir.semantics.kernels import activation, elementwise, linear, reduction, scan, shape
from snnir.semantics.kernels.base import TABLE, Kernel, kernel

_FAMILIES = (activation, elementwise, linear, reduction, scan, shape)
"""Importing a family registers its kernels."""

KERNELS: Mapping[type[Op], Kernel] = TABLE
"""The kernel of every analog op."""

__all__ = ["KERNELS", "Kernel", "kernel"]
