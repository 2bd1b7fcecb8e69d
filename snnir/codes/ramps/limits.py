"""What neurons do on average with ever more steps, as analog ops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.codes.ramps.neuron import FiringNeuron, IntegrateAndFire
from snnir.ir import Node, Op, Tensor, Value
from snnir.ops import Add, Clip, Constant, Dense, Div, Mul
from snnir.types import ANALOG


def clipped(node: Node[FiringNeuron], op: Clip) -> list[Node]:
    """Return nodes that clip what goes into neurons over their thresholds."""
    made = Value(node.output.name, replace(node.output.type, coding=ANALOG))
    threshold = node.op.threshold.array
    layer: Node = node
    clip = replace(layer, op=op, outputs=(made,))
    if np.all(threshold == 1):
        return [clip]
    scaled = replace(made, name=f"{made.name} / threshold")
    scale = replace(layer, name=f"{node.name} / threshold", op=Dense(Tensor(np.diag(1 / threshold))), outputs=(scaled,))
    return [scale, replace(clip, inputs=(scaled.name,))]


def renewal(node: Node, op: IntegrateAndFire, reset_value: float) -> list[Node]:
    """Return nodes for ``min(x / (x / 2 + theta - r), 1)``, ``x = max(c, 0)``: the rate at a current c, reset to r.

    A spike costs ``theta - r`` and, on average, half of the current of one step;
    see `snnir.codes.ramps.populations.expected`.
    """
    dtype = op.threshold.dtype
    made: list[Node] = []
    kind = replace(node.output.type, coding=ANALOG)

    def add(suffix: str, step: Op, *inputs: str, tensor: Tensor | None = None) -> str:
        name = f"{node.output.name}.{suffix}" if suffix else node.output.name
        shape = kind if tensor is None else replace(kind, shape=tensor.shape)
        made.append(replace(node, name=f"{node.name}.{suffix}", op=step, inputs=inputs, outputs=(Value(name, shape),)))
        return name

    half = Tensor(np.full(1, 0.5, dtype))
    cost = Tensor((op.threshold.array - reset_value).astype(dtype))
    positive = add("positive", Clip(0.0, None), node.inputs[0])
    lost = add("lost", Mul(), positive, add("half", Constant(half), tensor=half))
    paid = add("paid", Add(), lost, add("cost", Constant(cost), tensor=cost))
    add("", Clip(None, 1.0), add("rate", Div(), positive, paid))
    return made
