"""The shape of what each NIR node makes, points not counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TypeAlias

import numpy as np

from snnir.ir import Tensor
from snnir_nir.primitives import NEURONS, Primitive

Shape: TypeAlias = tuple[int, ...]

MAX_ELEMENTS = 1 << 24
"""Of one value at one step: far beyond every network of this field."""


@dataclass(frozen=True, slots=True)
class Window:
    """How a kernel moves over its input, per spatial axis.

    Attributes:
        size: Of the kernel.
        stride: Steps between places.
        pads: Zeros before each axis, then after each.
        dilation: Spacing of the kernel's elements.
    """

    size: Shape
    stride: Shape
    pads: Shape
    dilation: Shape

    def over(self, spatial: Shape) -> Shape:
        """Return how many places there are along each axis: ``floor((n + pads - dilation (k - 1) - 1) / stride) + 1``.

        Raises:
            ValueError: There are none.
        """
        rank = len(self.size)
        spans = [(k - 1) * gap + 1 for k, gap in zip(self.size, self.dilation, strict=True)]
        padded = [n + a + b for n, a, b in zip(spatial, self.pads[:rank], self.pads[rank:], strict=True)]
        found = tuple((n - span) // step + 1 for n, span, step in zip(padded, spans, self.stride, strict=True))
        if min(found, default=1) < 1:
            raise ValueError(f"its kernel of {list(self.size)} is larger than what arrives, {list(spatial)}")
        return found


def window(node: Primitive) -> Window:
    """Return the window of a convolution or pooling.

    Raises:
        ValueError: Its parameters have other numbers of axes.
    """
    pooling = "kernel_size" in node.parameters
    size = _axes(node.integers("kernel_size"), 2) if pooling else node.array("weight").shape[2:]
    rank = len(size)
    stride = _axes(node.integers("stride"), rank)
    dilation = (1,) * rank if pooling else _axes(node.integers("dilation"), rank)
    padding = node.parameters["padding"]
    if padding == "same":
        if any(step != 1 for step in stride):
            raise ValueError("padding 'same' goes with a stride of 1 only")
        spans = [(k - 1) * gap for k, gap in zip(size, dilation, strict=True)]
        pads = (*(span // 2 for span in spans), *(span - span // 2 for span in spans))
    else:
        each = (0,) * rank if padding == "valid" else _axes(node.integers("padding"), rank)
        pads = (*each, *each)
    return Window(size, stride, pads, dilation)


def flattened(node: Primitive, shape: Shape) -> Shape:
    """Return a shape with the axes from ``start_dim`` to ``end_dim`` as one.

    Raises:
        ValueError: It has no such axes.
    """
    (start,), (end,) = node.integers("start_dim"), node.integers("end_dim")
    first, last = (axis + len(shape) if axis < 0 else axis for axis in (start, end))
    if not 0 <= first <= last < len(shape):
        raise ValueError(f"it flattens axes {start} to {end} of {list(shape)}")
    return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])


def spread(node: Primitive, arriving: Shape) -> Primitive:
    """Return a node with one number for each of its neurons or values, where it has one number for all of them.

    Older programs write neurons so; which shape they have is left to what arrives.
    """
    if node.kind not in (*NEURONS, "Scale", "Threshold"):
        return node
    found = {name: value for name, value in node.parameters.items() if isinstance(value, Tensor)}
    if any(tensor.shape for tensor in found.values()):
        return node
    return replace(node, parameters={name: Tensor(np.full(arriving, each.array)) for name, each in found.items()})


def shape_of(node: Primitive, arriving: Shape) -> Shape:
    """Return the shape of a node's output for that of its input.

    Raises:
        ValueError: It cannot take that.
    """
    made = _shape(node, arriving)
    if prod(made) > MAX_ELEMENTS:
        raise ValueError(
            f"it would make {prod(made):.3g} numbers at each step, more than the limit of {MAX_ELEMENTS:.3g}"
        )
    return made


def _shape(node: Primitive, arriving: Shape) -> Shape:
    if node.kind in {"Input", "Output"}:
        return _exactly(node.integers("shape"), arriving)
    if node.kind in {"Affine", "Linear"}:
        return _linear(node, arriving)
    if node.kind in {"Conv1d", "Conv2d"}:
        return _conv(node, arriving)
    if node.kind in {"SumPool2d", "AvgPool2d"}:
        if len(arriving) != 3:
            raise ValueError(f"it takes [channels, height, width], and {list(arriving)} arrives")
        return (arriving[0], *window(node).over(arriving[1:]))
    if node.kind == "Flatten":
        if "input_type" in node.parameters:
            _exactly(node.integers("input_type"), arriving)
        return flattened(node, arriving)
    name = {"Scale": "scale", "Delay": "delay", "Threshold": "threshold"}.get(node.kind, "r")
    assert name != "r" or node.kind in NEURONS  # noqa: S101 - all types are named here
    return _exactly(node.array(name).shape, arriving)


def _linear(node: Primitive, arriving: Shape) -> Shape:
    weight = node.array("weight")
    if weight.ndim != 2:
        raise ValueError(f"its weight has shape {list(weight.shape)}, and snnir takes [outputs, inputs]")
    if node.kind == "Affine" and node.array("bias").shape != weight.shape[:1]:
        raise ValueError(f"its bias has shape {list(node.array('bias').shape)} for {weight.shape[0]} outputs")
    _exactly(weight.shape[1:], arriving)
    return (weight.shape[0],)


def _conv(node: Primitive, arriving: Shape) -> Shape:
    weight = node.array("weight")
    rank = 1 if node.kind == "Conv1d" else 2
    (groups,) = _axes(node.integers("groups"), 1)
    if weight.ndim != rank + 2 or 0 in weight.shape:
        raise ValueError(f"its weight has shape {list(weight.shape)}: {rank + 2} axes are needed")
    if weight.shape[0] % groups:
        raise ValueError(f"its {weight.shape[0]} outputs do not fall into {groups} groups")
    if "bias" in node.parameters and node.array("bias").shape != weight.shape[:1]:
        raise ValueError(f"its bias has shape {list(node.array('bias').shape)} for {weight.shape[0]} outputs")
    if len(arriving) != rank + 1 or arriving[0] != weight.shape[1] * groups:
        raise ValueError(
            f"it takes {weight.shape[1] * groups} channels and {rank} more axes, and {list(arriving)} arrives"
        )
    if "input_shape" in node.parameters:
        _exactly((arriving[0], *_axes(node.integers("input_shape"), rank)), arriving)
    return (weight.shape[0], *window(node).over(arriving[1:]))


def _exactly(wanted: Shape, arriving: Shape) -> Shape:
    if wanted != arriving:
        raise ValueError(f"it takes {list(wanted)}, and {list(arriving)} arrives")
    return wanted


def _axes(numbers: Shape, rank: int) -> Shape:
    """Return one number for each axis; a single one holds for all."""
    if len(numbers) not in {1, rank}:
        raise ValueError(f"{list(numbers)} are not numbers for {rank} axes")
    return numbers * rank if len(numbers) == 1 else numbers
