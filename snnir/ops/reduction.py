"""Reductions over axes, and normalisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import Op


@dataclass(frozen=True)
class Reduction(Op):
    """A reduction over axes.

    Attributes:
        axes: The axes to reduce; empty reduces none, None all.
        keepdims: Keep reduced axes with size 1.
    """

    axes: tuple[int, ...] | None = None
    keepdims: bool = True


@final
@dataclass(frozen=True)
class ReduceSum(Reduction):
    """``y = sum of x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_sum"


@final
@dataclass(frozen=True)
class ReduceMean(Reduction):
    """``y = mean of x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_mean"


@final
@dataclass(frozen=True)
class ReduceProd(Reduction):
    """``y = product of x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_prod"


@final
@dataclass(frozen=True)
class ReduceMax(Reduction):
    """``y = largest x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_max"


@final
@dataclass(frozen=True)
class ReduceMin(Reduction):
    """``y = smallest x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_min"


@final
@dataclass(frozen=True)
class ReduceL1(Reduction):
    """``y = sum of |x| over the axes``."""

    mnemonic: ClassVar[str] = "reduce_l1"


@final
@dataclass(frozen=True)
class ReduceL2(Reduction):
    """``y = square root of the sum of x^2 over the axes``."""

    mnemonic: ClassVar[str] = "reduce_l2"


@final
@dataclass(frozen=True)
class ReduceSumSquare(Reduction):
    """``y = sum of x^2 over the axes``."""

    mnemonic: ClassVar[str] = "reduce_sum_square"


@final
@dataclass(frozen=True)
class ReduceLogSum(Reduction):
    """``y = ln of the sum of x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_log_sum"


@final
@dataclass(frozen=True)
class ReduceLogSumExp(Reduction):
    """``y = ln of the sum of e^x over the axes``."""

    mnemonic: ClassVar[str] = "reduce_log_sum_exp"


@final
@dataclass(frozen=True)
class LayerNormalization(Op):
    """``y = (x - mean) / sqrt(variance + epsilon) scale + shift`` over the axes from `axis` on.

    Inputs: x, scale and optionally shift.

    Attributes:
        axis: First axis of the normalised part.
        epsilon: Added to the variance, in its units.
    """

    mnemonic: ClassVar[str] = "layer_normalization"
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    axis: int = -1
    epsilon: float = 1e-5


@final
@dataclass(frozen=True)
class Softmax(Op):
    """``y = e^x / sum of e^x`` along an axis.

    Attributes:
        axis: The axis of the sum.
    """

    mnemonic: ClassVar[str] = "softmax"
    axis: int = -1
