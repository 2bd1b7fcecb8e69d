"""Linear maps and contractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from snnir.ir import Op, Tensor
from snnir.ops.codings import through_synapse
from snnir.types import Array, Coding


@final
@dataclass(frozen=True)
class Dense(Op):
    """``y = x W + b`` on the last axis; on spikes, at every step: the synapses of a layer.

    Attributes:
        weight: W, of shape ``[inputs, outputs]``; on spikes, the current that one spike gives.
        bias: b, of shape ``[outputs]``, or None for zero; on spikes, a current at every step.
    """

    mnemonic: ClassVar[str] = "dense"
    weight: Tensor
    bias: Tensor | None = None

    @property
    def biases(self) -> Array:
        """b, or zeros, ``[outputs]`` in double precision."""
        bias: Array = np.zeros(self.weight.shape[1])
        return bias if self.bias is None else bias + self.bias.array

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Analog stays analog, spikes become a current, a current stays one."""
        return through_synapse(inputs)


@final
@dataclass(frozen=True)
class MatMul(Op):
    """``y = a b`` of two computed operands, by NumPy's rules for stacks of matrices."""

    mnemonic: ClassVar[str] = "matmul"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)


@final
@dataclass(frozen=True)
class Einsum(Op):
    """Sum of products by Einstein's convention.

    Attributes:
        equation: As in NumPy, with an explicit or implicit output, e.g. ``ir,jr->ij``.
    """

    mnemonic: ClassVar[str] = "einsum"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    equation: str = ""


@final
@dataclass(frozen=True)
class Conv(Op):
    """``y[n, m, i] = sum over c, k of W[m, c, k] x[n, c, stride i + dilation k - pad] + b[m]`` in any dimension.

    Attributes:
        weight: W, of shape ``[outputs, inputs / groups, kernel...]``.
        bias: b, of shape ``[outputs]``, or None for zero.
        strides: Steps per spatial axis, in elements.
        pads: Zeros added before each spatial axis, then after each.
        dilations: Spacing of the kernel per spatial axis, in elements.
        groups: Inputs and outputs fall into this many blocks that do not mix.
    """

    mnemonic: ClassVar[str] = "conv"
    weight: Tensor
    bias: Tensor | None = None
    strides: tuple[int, ...] = ()
    pads: tuple[int, ...] = ()
    dilations: tuple[int, ...] = ()
    groups: int = 1
