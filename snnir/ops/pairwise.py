"""Elementwise arithmetic, comparison and logic of several operands, which broadcast as in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import Op
from snnir.ops.codings import joined
from snnir.types import Coding


@dataclass(frozen=True)
class Binary(Op):
    """An op of two operands, element by element after broadcasting."""

    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    elementwise: ClassVar[bool] = True


@final
@dataclass(frozen=True)
class Add(Binary):
    """``y = a + b``; currents add up step by step, which is what several synapses into one neuron do."""

    mnemonic: ClassVar[str] = "add"

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Analog values add up, and so do currents of equal length; nothing else does."""
        return joined(self, inputs)


@final
@dataclass(frozen=True)
class Sub(Binary):
    """``y = a - b``."""

    mnemonic: ClassVar[str] = "sub"


@final
@dataclass(frozen=True)
class Mul(Binary):
    """``y = a b``."""

    mnemonic: ClassVar[str] = "mul"


@final
@dataclass(frozen=True)
class Div(Binary):
    """``y = a / b; integers truncate towards zero``."""

    mnemonic: ClassVar[str] = "div"


@final
@dataclass(frozen=True)
class Pow(Binary):
    """``y = a^b, in the type of a``."""

    mnemonic: ClassVar[str] = "pow"


@final
@dataclass(frozen=True)
class Maximum(Binary):
    """``y = max(a, b); NaN wins``."""

    mnemonic: ClassVar[str] = "maximum"


@final
@dataclass(frozen=True)
class Minimum(Binary):
    """``y = min(a, b); NaN wins``."""

    mnemonic: ClassVar[str] = "minimum"


@final
@dataclass(frozen=True)
class Less(Binary):
    """``y = a < b``."""

    mnemonic: ClassVar[str] = "less"


@final
@dataclass(frozen=True)
class LessOrEqual(Binary):
    """``y = a <= b``."""

    mnemonic: ClassVar[str] = "less_or_equal"


@final
@dataclass(frozen=True)
class Greater(Binary):
    """``y = a > b``."""

    mnemonic: ClassVar[str] = "greater"


@final
@dataclass(frozen=True)
class GreaterOrEqual(Binary):
    """``y = a >= b``."""

    mnemonic: ClassVar[str] = "greater_or_equal"


@final
@dataclass(frozen=True)
class Equal(Binary):
    """``y = a = b``."""

    mnemonic: ClassVar[str] = "equal"


@final
@dataclass(frozen=True)
class And(Binary):
    """``y = a and b``."""

    mnemonic: ClassVar[str] = "and"


@final
@dataclass(frozen=True)
class Or(Binary):
    """``y = a or b``."""

    mnemonic: ClassVar[str] = "or"


@final
@dataclass(frozen=True)
class Xor(Binary):
    """``y = a or b, not both``."""

    mnemonic: ClassVar[str] = "xor"


@final
@dataclass(frozen=True)
class Where(Op):
    """``y = a where c, else b``, for the operands ``c, a, b``."""

    mnemonic: ClassVar[str] = "where"
    arity: ClassVar[tuple[int, int | None]] = (3, 3)
    elementwise: ClassVar[bool] = True
