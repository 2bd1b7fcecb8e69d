"""Functions of one operand, element by element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import Op
from snnir.types import DType


@dataclass(frozen=True)
class Unary(Op):
    """An op of one operand, element by element."""

    elementwise: ClassVar[bool] = True


@final
@dataclass(frozen=True)
class Neg(Unary):
    """``y = -x``."""

    mnemonic: ClassVar[str] = "neg"


@final
@dataclass(frozen=True)
class Abs(Unary):
    """``y = |x|``."""

    mnemonic: ClassVar[str] = "abs"


@final
@dataclass(frozen=True)
class Exp(Unary):
    """``y = e^x``."""

    mnemonic: ClassVar[str] = "exp"


@final
@dataclass(frozen=True)
class Log(Unary):
    """``y = ln x``."""

    mnemonic: ClassVar[str] = "log"


@final
@dataclass(frozen=True)
class Sqrt(Unary):
    """``y = x^(1/2)``."""

    mnemonic: ClassVar[str] = "sqrt"


@final
@dataclass(frozen=True)
class Reciprocal(Unary):
    """``y = 1 / x``."""

    mnemonic: ClassVar[str] = "reciprocal"


@final
@dataclass(frozen=True)
class Sign(Unary):
    """``y = -1, 0 or +1``."""

    mnemonic: ClassVar[str] = "sign"


@final
@dataclass(frozen=True)
class Floor(Unary):
    """``y = the largest integer <= x``."""

    mnemonic: ClassVar[str] = "floor"


@final
@dataclass(frozen=True)
class Ceil(Unary):
    """``y = the smallest integer >= x``."""

    mnemonic: ClassVar[str] = "ceil"


@final
@dataclass(frozen=True)
class Round(Unary):
    """``y = the nearest integer, ties to even``."""

    mnemonic: ClassVar[str] = "round"


@final
@dataclass(frozen=True)
class Sin(Unary):
    """``y = sin x``."""

    mnemonic: ClassVar[str] = "sin"


@final
@dataclass(frozen=True)
class Cos(Unary):
    """``y = cos x``."""

    mnemonic: ClassVar[str] = "cos"


@final
@dataclass(frozen=True)
class Tan(Unary):
    """``y = tan x``."""

    mnemonic: ClassVar[str] = "tan"


@final
@dataclass(frozen=True)
class Asin(Unary):
    """``y = arcsin x``."""

    mnemonic: ClassVar[str] = "asin"


@final
@dataclass(frozen=True)
class Acos(Unary):
    """``y = arccos x``."""

    mnemonic: ClassVar[str] = "acos"


@final
@dataclass(frozen=True)
class Atan(Unary):
    """``y = arctan x``."""

    mnemonic: ClassVar[str] = "atan"


@final
@dataclass(frozen=True)
class Sinh(Unary):
    """``y = sinh x``."""

    mnemonic: ClassVar[str] = "sinh"


@final
@dataclass(frozen=True)
class Cosh(Unary):
    """``y = cosh x``."""

    mnemonic: ClassVar[str] = "cosh"


@final
@dataclass(frozen=True)
class Asinh(Unary):
    """``y = arsinh x``."""

    mnemonic: ClassVar[str] = "asinh"


@final
@dataclass(frozen=True)
class Acosh(Unary):
    """``y = arcosh x``."""

    mnemonic: ClassVar[str] = "acosh"


@final
@dataclass(frozen=True)
class Atanh(Unary):
    """``y = artanh x``."""

    mnemonic: ClassVar[str] = "atanh"


@final
@dataclass(frozen=True)
class Erf(Unary):
    """``y = 2/sqrt(pi) integral from 0 to x of e^(-t^2) dt``."""

    mnemonic: ClassVar[str] = "erf"


@final
@dataclass(frozen=True)
class Not(Unary):
    """``y = true where x is false``."""

    mnemonic: ClassVar[str] = "not"


@final
@dataclass(frozen=True)
class Clip(Unary):
    """``y = min(max(x, low), high)``; a limit of None does not limit.

    Attributes:
        low: Lower limit, in the units of x.
        high: Upper limit, in the units of x.
    """

    mnemonic: ClassVar[str] = "clip"
    low: float | None = None
    high: float | None = None


@final
@dataclass(frozen=True)
class Cast(Unary):
    """``y = x`` in another element type; floats become integers by truncation.

    Attributes:
        to: The new element type.
    """

    mnemonic: ClassVar[str] = "cast"
    to: DType = "float32"
