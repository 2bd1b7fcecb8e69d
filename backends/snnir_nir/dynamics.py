"""What each NIR node does in one step of dt, as nodes of the IR.

In NIR's specification time is continuous. A step is the forward Euler method: derivatives times dt, with the input of
the step; then the comparison, then the reset. Membranes and synaptic currents start from zero. Where a reader does
otherwise, its `Dynamics` and its `snnir.semantics.Semantics` describe it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from snnir.ir import Tensor
from snnir.ops import Ceil, Conv, Dense, Floor, Maximum, Reshape
from snnir.types import Array
from snnir_nir.body import POINTS, Body, Signal
from snnir_nir.delays import delayed, sizes_of
from snnir_nir.primitives import NEURONS, Primitive
from snnir_nir.rules import NEUTRAL, Dynamics, Rules
from snnir_nir.shapes import flattened, shape_of, window


@dataclass(frozen=True)
class Cell:
    """One node on its way into the body.

    Attributes:
        body: Where it goes.
        name: Of the node.
        node: What it is.
        rules: How it is run.
        dt: The time step; None where a step is the unit of time.
    """

    body: Body
    name: str
    node: Primitive
    rules: Rules
    dt: Signal | None

    def values(self, name: str) -> Array:
        """Return a parameter as the reader sees it."""
        array = self.node.array(name)
        return np.full_like(array, NEUTRAL[name]) if self.ignores(name) else array

    def ignores(self, name: str) -> bool:
        """Whether the reader ignores a parameter."""
        return (self.node.kind, name) in self.rules.dynamics.ignored

    def parameter(self, name: str) -> Signal:
        """Return a parameter as a constant."""
        return self.body.constant(name, self.values(name))

    def initial(self, name: str) -> Array | None:
        """Return what a state starts from; None for zero."""
        if name == "v" and self.node.initial is not None and self.rules.semantics.initial:
            return self.node.initial.array
        if name == "i" and not self.rules.dynamics.synapse_leaks:
            return None
        starts = (parameter for kind, parameter in self.rules.dynamics.starts if kind == self.node.kind)
        arrays = (self.values(parameter) for parameter in starts)
        return next((array for array in arrays if array.any()), None)

    def state(self, name: str) -> Signal:
        """Return a state with one number for every neuron."""
        return self.body.state(name, self.node.array("r").shape)

    def per(self, time_constant: str) -> Signal:
        """Return dt over a time constant."""
        assert self.dt is not None  # noqa: S101 - nodes with time constants need it
        return self.dt / self.parameter(time_constant)


Equation: TypeAlias = Callable[[Cell, Signal], Signal]


def step(cell: Cell, arriving: Signal) -> Signal:
    """Add what a node does to the body, and return what it makes."""
    return _EQUATIONS[cell.node.kind](cell, arriving)


def needs_dt(node: Primitive, dynamics: Dynamics) -> bool:
    """Whether what a node does in a step depends on how long that is; the step is 1 where it does for no node."""
    if node.kind == "Delay":
        return bool(node.array("delay").any())
    if node.kind not in {"I", "IF"}:
        return node.kind in NEURONS
    return (node.kind, "r") not in dynamics.ignored and bool((node.array("r") != 1).any())


def _port(_: Cell, arriving: Signal) -> Signal:
    """``y = x``; also of a Delay of no steps."""
    return arriving


def _affine(cell: Cell, arriving: Signal) -> Signal:
    """``y = W x + b``."""
    weight, dtype = cell.node.array("weight"), cell.body.dtype
    bias = Tensor(cell.node.array("bias").astype(dtype)) if cell.node.kind == "Affine" else None
    op = Dense(Tensor(np.transpose(weight).astype(dtype)), bias)
    return cell.body.make(op, (arriving,), (POINTS, weight.shape[0]), name=".")


def _scale(cell: Cell, arriving: Signal) -> Signal:
    """``y = s x``, element by element."""
    return cell.parameter("scale") * arriving


def _conv(cell: Cell, arriving: Signal) -> Signal:
    """``y = W * x + b``."""
    node, dtype, moves = cell.node, cell.body.dtype, window(cell.node)
    bias = Tensor(node.array("bias").astype(dtype)) if "bias" in node.parameters else None
    (groups,) = node.integers("groups")
    weight = Tensor(node.array("weight").astype(dtype))
    op = Conv(weight, bias, moves.stride, moves.pads, moves.dilation, groups)
    return cell.body.make(op, (arriving,), (POINTS, *shape_of(node, sizes_of(arriving))), name=".")


def _pool(cell: Cell, arriving: Signal) -> Signal:
    """``y = sum of x over the window``, or its mean, padding counted: a convolution of each channel on its own."""
    moves, shape, body = window(cell.node), sizes_of(arriving), cell.body
    made = shape_of(cell.node, shape)
    share = 1.0 if cell.node.kind == "SumPool2d" else 1 / np.prod(moves.size)
    kernel = Tensor(np.full((1, 1, *moves.size), share, body.dtype))
    planes = f"{shape[0]}*{POINTS}"
    apart = body.make(Reshape((-1, 1, *shape[1:])), (arriving,), (planes, 1, *shape[1:]))
    pooled = body.make(Conv(kernel, None, moves.stride, moves.pads), (apart,), (planes, 1, *made[1:]))
    return body.make(Reshape((-1, *made)), (pooled,), (POINTS, *made), name=".")


def _flatten(cell: Cell, arriving: Signal) -> Signal:
    """``y = x`` with the axes from start_dim to end_dim as one; points are no axis of NIR."""
    made = flattened(cell.node, sizes_of(arriving))
    return cell.body.make(Reshape((-1, *made)), (arriving,), (POINTS, *made), name=".")


def _threshold(cell: Cell, arriving: Signal) -> Signal:
    """``y = 1 where x > threshold, else 0``."""
    spikes = cell.body.ones(cell.body.above(arriving, cell.parameter("threshold"), equal=False))
    cell.body.spikes[cell.name] = spikes
    return spikes


def _i(cell: Cell, arriving: Signal) -> Signal:
    """``v += dt r x; y = v``."""
    return _kept(cell, *_integrated(cell, arriving))


def _if(cell: Cell, arriving: Signal) -> Signal:
    """``v += dt r x; y = 1 where v > v_threshold, else 0; v = v_reset where y``."""
    return _fired(cell, *_integrated(cell, arriving))


def _li(cell: Cell, arriving: Signal) -> Signal:
    """``v += dt / tau ((v_leak - v) + r x); y = v``."""
    return _kept(cell, *_leaked(cell, arriving, "tau"))


def _lif(cell: Cell, arriving: Signal) -> Signal:
    """``v += dt / tau ((v_leak - v) + r x); y = 1 where v > v_threshold, else 0; v = v_reset where y``."""
    return _fired(cell, *_leaked(cell, arriving, "tau"))


def _cuba_li(cell: Cell, arriving: Signal) -> Signal:
    """``i += dt / tau_syn (-i + w_in x); v += dt / tau_mem ((v_leak - v) + r i); y = v``."""
    return _kept(cell, *_leaked(cell, _synapse(cell, arriving), "tau_mem"))


def _cuba_lif(cell: Cell, arriving: Signal) -> Signal:
    """As CubaLI, with the spikes and the reset of LIF; the membrane gets the new current."""
    return _fired(cell, *_leaked(cell, _synapse(cell, arriving), "tau_mem"))


def _integrated(cell: Cell, arriving: Signal) -> tuple[Signal, Signal]:
    """Return the membrane before and after the step's input."""
    membrane = cell.state("v")
    if cell.dt is not None and not cell.ignores("r"):
        arriving = cell.dt * cell.parameter("r") * arriving
    return membrane, membrane + arriving


def _leaked(cell: Cell, current: Signal, time_constant: str) -> tuple[Signal, Signal]:
    membrane = cell.state("v")
    pull = cell.parameter("v_leak") - membrane
    return membrane, membrane + cell.per(time_constant) * (pull + cell.parameter("r") * current)


def _synapse(cell: Cell, arriving: Signal) -> Signal:
    """Return the synaptic current after the step's input."""
    current = cell.state("i")
    drive = cell.parameter("w_in") * arriving
    if cell.rules.dynamics.synapse_leaks:
        drive = drive + cell.parameter("v_leak")
    after = current + cell.per("tau_syn") * (drive - current)
    cell.body.remember(current, after, cell.initial("i"))
    return after


def _kept(cell: Cell, membrane: Signal, after: Signal) -> Signal:
    cell.body.remember(membrane, after, cell.initial("v"))
    return after


def _fired(cell: Cell, membrane: Signal, reached: Signal) -> Signal:
    """Return the spikes of a membrane, and remember it after its reset; see `snnir.semantics.Semantics`."""
    body, semantics = cell.body, cell.rules.semantics
    threshold = cell.parameter("v_threshold")
    if semantics.many:
        spikes = _counted(cell, reached / threshold)
        fires = None
    else:
        fires = body.above(reached, threshold, equal=semantics.compare == ">=")
        spikes = body.ones(fires)
    body.spikes[cell.name] = spikes
    if semantics.reset == "subtract":
        after = reached - spikes * threshold
    else:
        fires = fires or body.above(spikes, body.constant("none", np.zeros(())), equal=False)
        after = body.where(fires, cell.parameter("v_reset"), reached)
    if semantics.floor is not None:
        lowest = body.constant("floor", semantics.floor * cell.values("v_threshold"))
        nothing = body.constant("nothing", np.zeros(()))
        after = body.joined(Maximum(), after - lowest, nothing) + lowest
    body.remember(membrane, after, cell.initial("v"))
    return delayed(body, spikes, semantics.delay)


def _counted(cell: Cell, ratio: Signal) -> Signal:
    """Return how many whole thresholds a membrane holds."""
    body, shape = cell.body, ratio.type.shape
    if cell.rules.semantics.compare == ">=":
        whole = body.make(Floor(), (ratio,), shape)
    else:
        whole = body.make(Ceil(), (ratio,), shape) - body.constant("one", np.ones(()))
    return body.make(Maximum(), (whole, body.constant("none", np.zeros(()))), shape, name=".")


_EQUATIONS: Mapping[str, Equation] = MappingProxyType(
    {
        "Input": _port,
        "Output": _port,
        "Affine": _affine,
        "Linear": _affine,
        "Scale": _scale,
        "Conv1d": _conv,
        "Conv2d": _conv,
        "SumPool2d": _pool,
        "AvgPool2d": _pool,
        "Flatten": _flatten,
        "Delay": _port,
        "Threshold": _threshold,
        "I": _i,
        "IF": _if,
        "LI": _li,
        "LIF": _lif,
        "CubaLI": _cuba_li,
        "CubaLIF": _cuba_lif,
    }
)
