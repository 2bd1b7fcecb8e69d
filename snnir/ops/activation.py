"""Activation functions: smooth or piecewise scalar functions that become spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ops.elementwise import Unary


@final
@dataclass(frozen=True)
class Tanh(Unary):
    """``y = tanh x``."""

    mnemonic: ClassVar[str] = "tanh"


@final
@dataclass(frozen=True)
class Sigmoid(Unary):
    """``y = 1 / (1 + e^-x)``."""

    mnemonic: ClassVar[str] = "sigmoid"


@final
@dataclass(frozen=True)
class Relu(Unary):
    """``y = max(x, 0)``."""

    mnemonic: ClassVar[str] = "relu"


@final
@dataclass(frozen=True)
class Softplus(Unary):
    """``y = ln(1 + e^x)``."""

    mnemonic: ClassVar[str] = "softplus"


@final
@dataclass(frozen=True)
class Softsign(Unary):
    """``y = x / (1 + |x|)``."""

    mnemonic: ClassVar[str] = "softsign"


@final
@dataclass(frozen=True)
class Mish(Unary):
    """``y = x tanh(ln(1 + e^x))``."""

    mnemonic: ClassVar[str] = "mish"


@final
@dataclass(frozen=True)
class HardSwish(Unary):
    """``y = x max(0, min(1, x/6 + 1/2))``."""

    mnemonic: ClassVar[str] = "hard_swish"


@final
@dataclass(frozen=True)
class LeakyRelu(Unary):
    """``y = x where x >= 0, else alpha x``.

    Attributes:
        alpha: Slope on the left.
    """

    mnemonic: ClassVar[str] = "leaky_relu"
    alpha: float = 0.01


@final
@dataclass(frozen=True)
class Elu(Unary):
    """``y = x where x >= 0, else alpha (e^x - 1)``.

    Attributes:
        alpha: Minus the limit on the left.
    """

    mnemonic: ClassVar[str] = "elu"
    alpha: float = 1.0


@final
@dataclass(frozen=True)
class Selu(Unary):
    """``y = gamma x where x >= 0, else gamma alpha (e^x - 1)``.

    Attributes:
        alpha: Minus the limit on the left, before gamma.
        gamma: Scale.
    """

    mnemonic: ClassVar[str] = "selu"
    alpha: float = 1.6732632423543772
    gamma: float = 1.0507009873554805


@final
@dataclass(frozen=True)
class Celu(Unary):
    """``y = max(0, x) + min(0, alpha (e^(x/alpha) - 1))``.

    Attributes:
        alpha: Minus the limit on the left.
    """

    mnemonic: ClassVar[str] = "celu"
    alpha: float = 1.0


@final
@dataclass(frozen=True)
class Gelu(Unary):
    """``y = x Phi(x)``, Phi the normal distribution function; or ``x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))``.

    Attributes:
        approximate: Use the tanh form.
    """

    mnemonic: ClassVar[str] = "gelu"
    approximate: bool = False


@final
@dataclass(frozen=True)
class Swish(Unary):
    """``y = x / (1 + e^(-alpha x)); alpha = 1 is SiLU``.

    Attributes:
        alpha: Steepness of the gate.
    """

    mnemonic: ClassVar[str] = "swish"
    alpha: float = 1.0


@final
@dataclass(frozen=True)
class HardSigmoid(Unary):
    """``y = max(0, min(1, alpha x + beta))``.

    Attributes:
        alpha: Slope.
        beta: Value at 0.
    """

    mnemonic: ClassVar[str] = "hard_sigmoid"
    alpha: float = 0.2
    beta: float = 0.5


@final
@dataclass(frozen=True)
class ThresholdedRelu(Unary):
    """``y = x where x > alpha, else 0``.

    Attributes:
        alpha: Where it starts.
    """

    mnemonic: ClassVar[str] = "thresholded_relu"
    alpha: float = 1.0
