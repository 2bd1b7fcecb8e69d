"""Constants, and ops that move elements about without changing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from snnir.ir import Op, Tensor


@final
@dataclass(frozen=True)
class Constant(Op):
    """``y = value``.

    Attributes:
        value: Any shape.
    """

    mnemonic: ClassVar[str] = "constant"
    arity: ClassVar[tuple[int, int | None]] = (0, 0)
    value: Tensor


@final
@dataclass(frozen=True)
class Reshape(Op):
    """The same elements, row by row, in another shape.

    Inputs: x and, where `shape` is None, the shape as computed integers.

    Attributes:
        shape: Sizes; one -1 is what is left over, 0 copies the size of the same axis of x.
        allowzero: 0 means an empty axis instead.
    """

    mnemonic: ClassVar[str] = "reshape"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    shape: tuple[int, ...] | None = None
    allowzero: bool = False


@final
@dataclass(frozen=True)
class Flatten(Op):
    """A matrix: axes before `axis` make its rows, the others its columns.

    Attributes:
        axis: First axis of the columns; negative counts from the end.
    """

    mnemonic: ClassVar[str] = "flatten"
    axis: int = 1


@final
@dataclass(frozen=True)
class Transpose(Op):
    """``y`` has axis ``perm[i]`` of x as its axis i.

    Attributes:
        perm: A permutation of the axes.
    """

    mnemonic: ClassVar[str] = "transpose"
    perm: tuple[int, ...] = ()


@final
@dataclass(frozen=True)
class Squeeze(Op):
    """x without some axes of size 1.

    Attributes:
        axes: The axes; None takes all of size 1.
    """

    mnemonic: ClassVar[str] = "squeeze"
    axes: tuple[int, ...] | None = None


@final
@dataclass(frozen=True)
class Unsqueeze(Op):
    """x with axes of size 1 added.

    Attributes:
        axes: Their places in the result.
    """

    mnemonic: ClassVar[str] = "unsqueeze"
    axes: tuple[int, ...] = ()


@final
@dataclass(frozen=True)
class Concat(Op):
    """The operands one after the other along an axis.

    Attributes:
        axis: The axis; negative counts from the end.
    """

    mnemonic: ClassVar[str] = "concat"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    axis: int = -1


@final
@dataclass(frozen=True)
class Slice(Op):
    """``x[start:end:step]`` on some axes; out-of-range ends are cut as ONNX does.

    Attributes:
        starts: First index per axis.
        ends: End per axis, exclusive.
        axes: The axes.
        steps: Step per axis, in elements, not 0.
    """

    mnemonic: ClassVar[str] = "slice"
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    axes: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()


@final
@dataclass(frozen=True)
class Split(Op):
    """x cut into consecutive parts along an axis, one output each.

    Attributes:
        sizes: Length of each part, in elements.
        axis: The axis.
    """

    mnemonic: ClassVar[str] = "split"
    sizes: tuple[int, ...] = ()
    axis: int = 0


@final
@dataclass(frozen=True)
class Gather(Op):
    """``y = x[..., indices, ...]`` on an axis, for the operands ``x, indices``.

    Attributes:
        axis: The axis that the indices select on.
    """

    mnemonic: ClassVar[str] = "gather"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    axis: int = 0


@final
@dataclass(frozen=True)
class Expand(Op):
    """x broadcast to the sizes given by the second operand, both ways."""

    mnemonic: ClassVar[str] = "expand"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)


@final
@dataclass(frozen=True)
class Tile(Op):
    """x repeated; the second operand holds the repetitions per axis."""

    mnemonic: ClassVar[str] = "tile"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)


@final
@dataclass(frozen=True)
class Shape(Op):
    """The sizes of x as integers.

    Attributes:
        start: First axis counted.
        end: End, exclusive; None = all.
    """

    mnemonic: ClassVar[str] = "shape"
    start: int = 0
    end: int | None = None


@final
@dataclass(frozen=True)
class Size(Op):
    """The number of elements of x."""

    mnemonic: ClassVar[str] = "size"


@final
@dataclass(frozen=True)
class Fill(Op):
    """An array of the sizes given by the operand, every element equal to `value`.

    Attributes:
        value: One element.
    """

    mnemonic: ClassVar[str] = "fill"
    value: Tensor


@final
@dataclass(frozen=True)
class Range(Op):
    """``start, start + step, ...`` below the limit, for the operands ``start, limit, step``."""

    mnemonic: ClassVar[str] = "range"
    arity: ClassVar[tuple[int, int | None]] = (3, 3)
