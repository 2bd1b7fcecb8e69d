"""A spiking network under Lava, made by snnir; it needs lava-nc 0.10.0 (Python 3.10) and NumPy, and not snnir.

The network is in the file of the same name that ends in .npz: arrays, and a plan in JSON. The plan is a list of parts:
host parts are ordinary NumPy (`HOST`), regions are networks of Lava's processes (`Region`), one sample after the other,
or streams (`Stream`), a point in every step.

* A Dense sends what it summed up in the step before: the spikes of layer l, counted from 0, are l steps late, and what
  is read out one more. Where ways of different lengths meet, the synapses on the shorter ones wait.
* A bias of a process would act from the first step on, so layers behind the first one get theirs from a clock, a neuron
  that fires at every step from step l on.
* Reset by subtraction is Lava's ATRLIF without any decay: it fires at v - r >= theta and adds 2 theta to r.
* A signed neuron is a pair of such neurons; each spike of one raises the other by its threshold at the next step.
* Difference neurons (`Difference`), neurons that send binary digits (`BinaryDigits`) and neurons that send changes
  (`SigmaDelta`) are processes of our own.

python PROGRAM.py INPUTS.npz OUTPUTS.npz [--record RECORD.npz]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.atrlif.process import ATRLIF
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.sink import RingBuffer
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.utils.weightutils import SignMode

SHIFT = 6
"""Bits by which Lava's fixed-point neurons shift sums of weights, and thresholds, up."""
BIAS = 4095
"""The largest mantissa of a bias."""
HALF = 1 << 23
"""Of the states of a chip: they have 24 bits."""
Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]
Results: TypeAlias = dict[str, npt.NDArray[Any]]


class HostNode(TypedDict):
    """What the host computes: an op of `HOST`; arrays among its attributes are ``{"array": name}``."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, object]


class Function(TypedDict, total=False):
    """f of a layer: nodes as on the host from an estimate to a result, or a table in fixed point."""

    estimate: str
    result: str
    nodes: list[HostNode]
    bias: str
    values: str
    start: str
    bits: int


class Synapse(TypedDict):
    """From a layer, or from the clock, by the names of arrays."""

    source: str | None
    weights: str
    exponent: int
    delay: int


class Receiver(TypedDict):
    """What layers and readouts have."""

    name: str
    neurons: int
    depth: int
    first: int
    initial: str
    synapses: list[Synapse]


class Neurons(Receiver):
    """What all layers have: the process, and what the host injects."""

    process: str
    injected: str | None


class Layer(Neurons, total=False):
    """Neurons with what their process needs."""

    signed: bool
    threshold: Any
    amplitude: str
    offset: str
    gain: float
    heard: float
    function: Function
    gate: str
    bias: str


class Readout(Receiver):
    """What the host reads."""

    source: str
    binary: bool
    gain: float


class Sent(TypedDict):
    """A value whose changes the host sends."""

    name: str
    value: str
    threshold: float


class Part(TypedDict, total=False):
    """Of the host: nodes; or a region or a stream."""

    kind: str
    nodes: list[HostNode]
    sources: list[Sent]
    layers: list[Layer]
    readouts: list[Readout]


class Plan(TypedDict):
    """The whole network."""

    format: int
    name: str
    fixed: bool
    steps: int
    inputs: dict[str, str]
    outputs: list[str]
    parts: list[Part]


def slice_(x: Any, starts: list[int], ends: list[int], axes: list[int], steps: list[int]) -> Any:
    """Return a part of an array by ONNX's rules: an end before the first element is -1 less the size."""
    places = [slice(None)] * x.ndim
    parts = zip(starts, ends, axes or range(len(starts)), steps or [1] * len(starts), strict=True)
    for start, end, axis, step in parts:
        size = x.shape[axis]
        first, last = (place + size if place < 0 else place for place in (start, end))
        before = None if last < 0 else last
        places[axis] = slice(first, last, step) if step > 0 else slice(min(first, size - 1), before, step)
    return x[tuple(places)]


def clip(x: Any, low: float | None, high: float | None) -> Any:
    """Return an array between two limits; None is no limit."""
    return np.clip(x, -np.inf if low is None else low, np.inf if high is None else high)


def layer_normalization(x: Any, *affine: Any, axis: int, epsilon: float) -> Any:
    """Return an array with mean 0 and variance 1 along its last axes, scaled and shifted."""
    axes = tuple(range(axis % x.ndim, x.ndim))
    centred = x - np.mean(x, axis=axes, keepdims=True)
    scale = np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + np.asarray(epsilon, x.dtype))
    made = centred / scale * affine[0]
    return made + affine[1] if len(affine) == 2 else made


HOST: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "add": np.add,
    "and": np.logical_and,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cast": lambda x, to: np.asarray(x).astype(to),
    "ceil": np.ceil,
    "clip": clip,
    "concat": lambda *xs, axis: np.concatenate(xs, axis),
    "constant": lambda value: value,
    "cos": np.cos,
    "cosh": np.cosh,
    "dense": lambda x, weight, bias: x @ weight if bias is None else x @ weight + bias,
    "div": np.divide,
    "einsum": lambda *xs, equation: np.einsum(equation, *xs, optimize=len(xs) > 1),
    "equal": np.equal,
    "exp": np.exp,
    "flatten": lambda x, axis: x.reshape(int(np.prod(x.shape[:axis])), -1),
    "floor": np.floor,
    "gather": lambda x, indices, axis: np.take(x, indices, axis=axis),
    "greater": np.greater,
    "greater_or_equal": np.greater_equal,
    "layer_normalization": layer_normalization,
    "less": np.less,
    "less_or_equal": np.less_equal,
    "log": np.log,
    "matmul": np.matmul,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mul": np.multiply,
    "neg": np.negative,
    "not": np.logical_not,
    "or": np.logical_or,
    "pow": lambda a, b: np.power(a, b).astype(a.dtype),
    "reciprocal": np.reciprocal,
    "reduce_max": lambda x, axes, keepdims: np.max(x, axes and tuple(axes), keepdims=keepdims),
    "reduce_mean": lambda x, axes, keepdims: np.mean(x, axes and tuple(axes), keepdims=keepdims),
    "reduce_min": lambda x, axes, keepdims: np.min(x, axes and tuple(axes), keepdims=keepdims),
    "reduce_sum": lambda x, axes, keepdims: np.sum(x, axes and tuple(axes), keepdims=keepdims),
    "relu": lambda x: np.maximum(x, 0),
    "reshape": lambda x, *to, shape, allowzero: x.reshape(
        [x.shape[axis] if size == 0 and not allowzero else size for axis, size in enumerate(shape or to[0].tolist())]
    ),
    "round": np.rint,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "slice": slice_,
    "split": lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis),
    "sqrt": np.sqrt,
    "squeeze": lambda x, axes: np.squeeze(x, axes and tuple(axes)),
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
    "transpose": lambda x, perm: np.transpose(x, perm and tuple(perm)),
    "unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "where": np.where,
    "xor": np.logical_xor,
}
"""What the host can compute, by the name of the op; attributes come as keyword arguments."""


def computed(nodes: list[HostNode], values: Results, arrays: Arrays) -> None:
    """Run nodes of the host, one after the other, on values by name."""
    for node in nodes:
        attributes = {
            name: arrays[value["array"]] if isinstance(value, dict) else value
            for name, value in node["attributes"].items()
        }
        made = HOST[node["op"]](*(values[name] for name in node["inputs"]), **attributes)
        values |= zip(node["outputs"], made if node["op"] == "split" else (made,), strict=True)


def looked_up(function: Function, arrays: Arrays, argument: Any) -> Any:
    """Return f of whole numbers from a table, with lines between its entries."""
    values, bits = arrays[function["values"]].astype(np.int64), function["bits"]
    values = np.broadcast_to(values, (len(argument), values.shape[-1]))
    place = argument.astype(np.int64) - arrays[function["start"]]
    entry = np.clip(place >> bits, 0, values.shape[-1] - 2)
    rest = np.clip(place - (entry << bits), 0, 1 << bits)
    neuron = np.arange(len(entry))
    low, high = values[neuron, entry], values[neuron, entry + 1]
    return low + ((high - low) * rest >> bits)


def summed(changes: Any, gain: float, start: Any) -> Any:
    """Return the sums of changes, decoded after each of them: ``c += g + u; g += gain u``."""
    slopes = np.cumsum(np.concatenate([np.zeros_like(changes[:1]), gain * changes]), axis=0)
    return np.cumsum(np.concatenate([start[np.newaxis], slopes[:-1] + changes]), axis=0)[1:]


class SigmaDelta(AbstractProcess):
    """Neurons that send the residual of f of what they received against what their receivers decode.

    From step ``first`` on:

        c += g + u; g += beta u; y += d; s = e if |e| >= theta else 0; y += s; d += gain s      with e = f(c) - y

    Args:
        neurons: How many.
        plan: Of the layer.
        arrays: By name.
    """

    def __init__(self, *, neurons: int, plan: Layer, arrays: Arrays) -> None:
        super().__init__(neurons=neurons, plan=plan, arrays=arrays)
        self.a_in = InPort(shape=(neurons,))
        self.s_out = OutPort(shape=(neurons,))
        self.c = Var(shape=(neurons,), init=arrays[plan["initial"]])
        self.c_low = Var(shape=(neurons,), init=0)
        self.g = Var(shape=(neurons,), init=0)
        self.g_low = Var(shape=(neurons,), init=0)
        self.y = Var(shape=(neurons,), init=0)
        self.d = Var(shape=(neurons,), init=0)


class AbstractSigmaDelta(PyLoihiProcessModel):
    """What both models share: when a neuron begins, and the order of things."""

    a_in: Any = None
    s_out: Any = None
    c: Any = None
    c_low: Any = None
    g: Any = None
    g_low: Any = None
    y: Any = None
    d: Any = None

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        plan, self.arrays = proc_params["plan"], proc_params["arrays"]
        self.first, self.function = plan["first"], plan["function"]
        self.input_gain, self.gain, self.threshold = plan["heard"], plan["gain"], self.arrays[plan["threshold"]]

    def run_spk(self) -> None:
        """Take what has changed, and send what has."""
        change = self.a_in.recv()
        if self.time_step <= self.first:
            self.s_out.send(np.zeros(self.y.shape, self.y.dtype))
            return
        self.take(change)
        self.s_out.send(self.message().astype(self.y.dtype))


@implements(proc=SigmaDelta, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class FloatSigmaDelta(AbstractSigmaDelta):
    """Floating point; f as the host would compute it."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, float)
    c: Any = LavaPyType(np.ndarray, float)
    c_low: Any = LavaPyType(np.ndarray, float)
    g: Any = LavaPyType(np.ndarray, float)
    g_low: Any = LavaPyType(np.ndarray, float)
    y: Any = LavaPyType(np.ndarray, float)
    d: Any = LavaPyType(np.ndarray, float)

    def take(self, change: Any) -> None:
        """Sum up, and extrapolate."""
        self.c[:] += self.g + change
        self.g[:] += self.input_gain * change

    def message(self) -> Any:
        """Return what is sent to the receivers."""
        values = {self.function["estimate"]: self.c}
        computed(self.function["nodes"], values, self.arrays)
        self.y[:] += self.d
        error = values[self.function["result"]] - self.y
        sent = error * (np.abs(error) >= self.threshold)
        self.y[:] += sent
        self.d[:] += self.gain * sent
        return sent


@implements(proc=SigmaDelta, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class FixedSigmaDelta(AbstractSigmaDelta):
    """Integers of 24 bits; f from a table.

    A gain is 2^-k: slopes have a fraction of k bits, and so have sums with slopes in them. c and g wrap, and have their
    fractions beside them; y and d are in units of 2^-k.
    """

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    c: Any = LavaPyType(np.ndarray, np.int32)
    c_low: Any = LavaPyType(np.ndarray, np.int32)
    g: Any = LavaPyType(np.ndarray, np.int32)
    g_low: Any = LavaPyType(np.ndarray, np.int32)
    y: Any = LavaPyType(np.ndarray, np.int32)
    d: Any = LavaPyType(np.ndarray, np.int32)

    def take(self, change: Any) -> None:
        """Sum up, and extrapolate; sums wrap."""
        bits = shift_of(self.input_gain)
        slope = (self.g.astype(np.int64) << bits) + self.g_low
        total = (self.c.astype(np.int64) + change << bits) + self.c_low + slope
        slope += change if self.input_gain else 0
        for high, low, now in ((self.c, self.c_low, total), (self.g, self.g_low, slope)):
            high[:] = HALF - (HALF - (now >> bits)) % (2 * HALF)
            low[:] = now & (1 << bits) - 1

    def message(self) -> Any:
        """Return what is sent to the receivers, a whole number."""
        bits = shift_of(self.gain)
        self.y[:] += self.d
        error = (looked_up(self.function, self.arrays, self.c) << bits) - self.y
        sent = (error + (1 << bits >> 1) >> bits) * (np.abs(error) >= self.threshold.astype(np.int64) << bits)
        self.y[:] += sent << bits
        self.d[:] += sent if self.gain else 0
        return sent


def shift_of(gain: float) -> int:
    """Return k of a gain 2^-k; 0 where there is none."""
    return 1 - math.frexp(gain)[1] if gain else 0


class Difference(AbstractProcess):
    """Neurons that send f of what they receive in signed binary digits, most significant first.

    Digit k of the layer before arrives at step ``first - K + 1 + k``; f is evaluated when the last one is there, and
    digit 0 leaves in the same step. What the host injects is the estimate itself.

    Args:
        neurons: How many.
        plan: Of the layer.
        arrays: By name.
        steps: K.
    """

    def __init__(self, *, neurons: int, plan: Layer, arrays: Arrays, steps: int) -> None:
        super().__init__(neurons=neurons, plan=plan, arrays=arrays, steps=steps)
        self.a_in = InPort(shape=(neurons,))
        self.s_out = OutPort(shape=(neurons,))
        self.v = Var(shape=(neurons,), init=0)
        self.r = Var(shape=(neurons,), init=0)
        self.time = Var(shape=(1,), init=0)


class AbstractDigits(PyLoihiProcessModel):
    """What neurons share that read all digits and then send theirs: when these come and go."""

    a_in: Any = None
    s_out: Any = None
    v: Any = None
    time: Any = LavaPyType(np.ndarray, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        plan = proc_params["plan"]
        self.digits = proc_params["steps"]
        self.first = plan["first"]
        self.injected = plan["injected"] is not None

    def run_spk(self) -> None:
        """Take a digit, and send one."""
        arriving = self.a_in.recv()
        taken = int(self.time[0]) - (self.first - self.digits + 1)
        sent = int(self.time[0]) - self.first
        if not self.injected and 0 <= taken < self.digits:
            self.take(arriving, taken)
        if sent == 0:
            self.follow()
        digit = self.next_digit(sent) if 0 <= sent < self.digits else np.zeros(self.v.shape, self.v.dtype)
        self.time[0] += 1
        self.s_out.send(digit)


class AbstractDifference(AbstractDigits):
    """What both models of difference neurons share."""

    r: Any = None

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        plan, arrays = proc_params["plan"], proc_params["arrays"]
        self.amplitude, self.offset = arrays[plan["amplitude"]], arrays[plan["offset"]]
        self.function, self.arrays = plan["function"], arrays


@implements(proc=Difference, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class FloatDifference(AbstractDifference):
    """Floating point; f as the host would compute it."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, float)
    v: Any = LavaPyType(np.ndarray, float)
    r: Any = LavaPyType(np.ndarray, float)

    def take(self, arriving: Any, _: int) -> None:
        """Double what is there, and add."""
        self.v[:] = 2 * self.v + arriving

    def follow(self) -> None:
        """Evaluate f."""
        mean = self.v if self.injected else self.v / (2**self.digits - 1) + self.arrays[self.function["bias"]]
        values = {self.function["estimate"]: mean}
        computed(self.function["nodes"], values, self.arrays)
        self.r[:] = (values[self.function["result"]] - self.offset) / self.amplitude

    def next_digit(self, place: int) -> Any:
        """Return the next digit; r is what is not sent yet."""
        digit = np.trunc(np.clip(self.r * (1.5 * 2**place), -1, 1))
        self.r[:] -= digit * 0.5**place
        return digit


@implements(proc=Difference, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class FixedDifference(AbstractDifference):
    """Integers of 24 bits; f from a table with lines in between."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    v: Any = LavaPyType(np.ndarray, np.int32)
    r: Any = LavaPyType(np.ndarray, np.int32)

    def take(self, arriving: Any, place: int) -> None:
        """Add, shifted by the digit's place."""
        self.v[:] += (arriving.astype(np.int64) << SHIFT) >> place

    def follow(self) -> None:
        """Look f up."""
        self.r[:] = looked_up(self.function, self.arrays, self.v) - self.offset

    def next_digit(self, _: int) -> Any:
        """Return the next digit; r doubles for every place."""
        left = self.r.astype(np.int64)
        digit = np.sign(left) * (3 * np.abs(left) >= 2 * self.amplitude) * (self.amplitude > 0)
        self.r[:] = np.where(self.amplitude > 0, 2 * (left - self.amplitude * digit), 0)
        return digit.astype(np.int32)


class BinaryDigits(AbstractProcess):
    """Leaky integrate-and-fire neurons whose leak doubles the membrane, and which read and send binary digits.

    With b digits, the most significant first: ``v <- 2 v + x; s = 1 if v >= theta else 0; v <- v - theta s``, x the
    current and the bias, first with each digit that arrives, then without while it sends. What the host injects is such
    a current.

    Args:
        neurons: How many.
        plan: Of the layer.
        arrays: By name.
        steps: b.
    """

    def __init__(self, *, neurons: int, plan: Layer, arrays: Arrays, steps: int) -> None:
        super().__init__(neurons=neurons, plan=plan, arrays=arrays, steps=steps)
        self.a_in = InPort(shape=(neurons,))
        self.s_out = OutPort(shape=(neurons,))
        self.v = Var(shape=(neurons,), init=0)
        self.time = Var(shape=(1,), init=0)


class AbstractBinaryDigits(AbstractDigits):
    """What both models share."""

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        plan, arrays = proc_params["plan"], proc_params["arrays"]
        self.threshold, self.gate, self.bias = (arrays[plan[name]] for name in ("threshold", "gate", "bias"))


@implements(proc=BinaryDigits, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class FloatBinaryDigits(AbstractBinaryDigits):
    """Floating point: currents are scaled to the last digit, and a gate keeps neurons from firing while they read."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, float)
    v: Any = LavaPyType(np.ndarray, float)

    def take(self, arriving: Any, place: int) -> None:
        """Double what is there, and add; a spike that is sent so early is lost."""
        current = arriving + self.bias
        self.fire((current if place else current - 2 * self.gate) * 0.5**self.digits)

    def follow(self) -> None:
        """Open the gate, and add half of a digit; what the host injected is the membrane itself."""
        self.v[:] += (0 if self.injected else self.gate) + self.threshold * 0.5 ** (self.digits + 1)

    def next_digit(self, _: int) -> Any:
        """Return the next digit."""
        return self.fire(0.0)

    def fire(self, arriving: Any) -> Any:
        """Return the spikes of a step."""
        self.v[:] = 2 * self.v + arriving
        spikes = (self.v >= self.threshold).astype(float)
        self.v[:] -= self.threshold * spikes
        return spikes


@implements(proc=BinaryDigits, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class FixedBinaryDigits(AbstractBinaryDigits):
    """Integers of 24 bits in units of the last digit: currents wrap, membranes saturate; it reads without firing."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    v: Any = LavaPyType(np.ndarray, np.int32)

    def take(self, arriving: Any, _: int) -> None:
        """Double what is there, and add."""
        current = arriving.astype(np.int64) + self.bias
        self.hold(2 * self.v.astype(np.int64) + HALF - (HALF - current) % (2 * HALF))

    def follow(self) -> None:
        """Add half of a digit."""
        self.hold(self.v.astype(np.int64) + self.threshold // 2)

    def next_digit(self, _: int) -> Any:
        """Return the next digit."""
        self.hold(2 * self.v.astype(np.int64))
        threshold = self.threshold.astype(np.int64) << self.digits
        spikes = (self.v >= threshold).astype(np.int32)
        self.v[:] -= (threshold * spikes).astype(np.int32)
        return spikes

    def hold(self, membrane: Any) -> None:
        """Set the membrane, saturated."""
        self.v[:] = np.clip(membrane, 1 - HALF, HALF - 1)


DIGITAL = {"Difference": Difference, "BinaryDigits": BinaryDigits}
"""Processes that read all digits of the layers before, and then send theirs."""
SUBTRACTING = ("v", "r")
STATES = {"LIF": ("v",), "BinaryDigits": ("v",), "SigmaDelta": ("c", "g", "y", "d")}
"""What processes remember; those that are not here, `SUBTRACTING`."""


class Region:
    """Layers of neurons between what the host injects and what it reads out.

    Args:
        plan: The region's part of the plan.
        arrays: Weights and initial membranes by name.
        steps: T; of a stream, its points.
        fixed: Compute in fixed point, as Loihi does, instead of floating point.
        record: Keep the spikes of all layers, and their states after T steps.
        changes: What the host sends in these steps, by source, ``[steps, neurons]``.
    """

    def __init__(
        self,
        plan: Part,
        arrays: Arrays,
        steps: int,
        *,
        fixed: bool,
        record: bool,
        changes: Arrays,
    ) -> None:
        self.plan = plan
        self.steps = steps
        self.fixed = fixed
        self.arrays = arrays
        self.latency = steps + max(part["first"] for part in (*plan["layers"], *plan["readouts"]))
        self.denses: list[Any] = []
        self.clocks: dict[int, Any] = {}
        self.layers = {name: self.source(sent) for name, sent in changes.items()}
        self.layers |= {layer["name"]: self.layer(layer) for layer in plan["layers"]}
        for layer in plan["layers"]:
            self.connect(layer, self.layers[layer["name"]].a_in)
        self.sinks = {readout["name"]: self.sink(readout["neurons"]) for readout in plan["readouts"]}
        for readout in plan["readouts"]:
            if readout["synapses"]:
                self.connect(readout, self.sinks[readout["name"]].a_in)
            else:
                self.layers[readout["source"]].s_out.connect(self.sinks[readout["name"]].a_in)
        self.spikes: dict[str, Any] = {}
        for layer in plan["layers"] if record else []:
            name = layer["name"]
            self.spikes[name] = self.sink(self.layers[name].s_out.shape[0])
            self.layers[name].s_out.connect(self.spikes[name].a_in)
        self.config = Loihi2SimCfg(select_tag="fixed_pt" if fixed else "floating_pt")

    def sink(self, neurons: int) -> Any:
        """Return a process that keeps what arrives in every step of a sample."""
        return RingBuffer(shape=(neurons,), buffer=self.latency)

    def source(self, sent: Any) -> Any:
        """Return a process that sends what the host gives, and nothing in the steps after that."""
        data = np.zeros((sent.shape[1], self.latency), np.int32 if self.fixed else float)
        data[:, : len(sent)] = sent.T
        return Source(data=data)

    def layer(self, layer: Layer) -> Any:
        """Return the process of a layer."""
        if layer["process"] == "SigmaDelta":
            return SigmaDelta(neurons=layer["neurons"], plan=layer, arrays=self.arrays)
        shape, start, threshold = (layer["neurons"],), self.arrays[layer["initial"]], layer.get("threshold")
        if layer["process"] in DIGITAL:
            kind = DIGITAL[layer["process"]]
            return kind(neurons=layer["neurons"], plan=layer, arrays=self.arrays, steps=self.steps)
        if layer["process"] == "LIF":
            return LIF(shape=shape, v=start, vth=threshold, du=4095 if self.fixed else 1, dv=0)
        return ATRLIF(
            shape=shape,
            v=start,
            theta=threshold,
            theta_0=threshold,
            theta_step=0,
            delta_i=4095 / 4096 if self.fixed else 1,
            delta_v=0,
            delta_theta=0,
            delta_r=0,
        )

    def clock(self, depth: int) -> Any:
        """Return the neuron that fires at every step from this one on, so that it arrives with the spikes."""
        if depth not in self.clocks:
            mantissa, exponent, threshold = (2, 6, 1) if self.fixed else (1, 0, 0.5)
            bias = mantissa << exponent
            self.clocks[depth] = LIF(
                shape=(1,),
                v=-(depth - 1) * bias,
                vth=threshold,
                du=4095 if self.fixed else 1,
                dv=0,
                bias_mant=mantissa,
                bias_exp=exponent,
            )
        return self.clocks[depth]

    def connect(self, receiver: Receiver, port: Any) -> None:
        """Make the synapses of a layer or a readout."""
        for synapse in receiver["synapses"]:
            source = self.clock(receiver["depth"]) if synapse["source"] is None else self.layers[synapse["source"]]
            weights = self.arrays[synapse["weights"]]
            options = {"weight_exp": synapse["exponent"], "sign_mode": SignMode.MIXED} if self.fixed else {}
            # Spikes of one size have no message.
            bits = 16 if isinstance(source, Source | SigmaDelta) else 8 if isinstance(source, Difference) else 0
            if synapse["delay"]:
                options["delays"] = np.full(weights.shape, synapse["delay"])
            dense = (DelayDense if synapse["delay"] else Dense)(weights=weights, num_message_bits=bits, **options)
            self.denses.append(dense)
            source.s_out.connect(dense.s_in)
            dense.a_out.connect(port)

    def reset(self, injected: Arrays) -> None:
        """Put everything back to where a sample starts.

        Args:
            injected: The constant currents of a sample, by layer.
        """
        for dense in self.denses:
            dense.a_buff.set(np.zeros(dense.a_buff.shape, np.int32 if self.fixed else float))
        for depth, clock in self.clocks.items():
            clock.v.set(np.full(1, -(depth - 1) * (128 if self.fixed else 1), np.int32 if self.fixed else float))
        for plan in self.plan["layers"]:
            layer = self.layers[plan["name"]]
            layer.v.set(self.arrays[plan["initial"]])
            if "r" in STATES.get(plan["process"], SUBTRACTING):
                layer.r.set(np.zeros(layer.r.shape, np.int32 if self.fixed else float))
            if plan["process"] in DIGITAL:
                layer.time.set(np.zeros(1, np.int32))
                if plan["name"] in injected:
                    layer.v.set(self.estimate(plan, injected[plan["name"]]))
            elif plan["name"] in injected:
                current = injected[plan["name"]]
                if plan["signed"]:
                    current = np.concatenate([current, -current])
                self.inject(layer, current)

    def estimate(self, plan: Layer, injected: Any) -> Any:
        """Return the membranes of neurons that got all digits of what the host injects."""
        if plan["process"] == "BinaryDigits":
            ones = 2**self.steps - 1
            injected = np.clip(injected * ones, 1 - HALF, HALF - 1) if self.fixed else injected * (1 - 0.5**self.steps)
        return injected.astype(np.int32 if self.fixed else float)

    def inject(self, layer: Any, current: Any) -> None:
        """Set the bias of a layer.

        Raises:
            ValueError: It does not fit; the host part of the plan makes numbers that do.
        """
        if not self.fixed:
            layer.bias_mant.set(current)
            return
        exponent = next((e for e in range(8) if np.all(np.abs(current) <= BIAS << e)), 7)
        mantissa = current.astype(np.int32) >> exponent
        if np.any(np.abs(mantissa) > BIAS) or np.any(mantissa << exponent != current):
            raise ValueError("an injected current is no bias")
        layer.bias_mant.set(mantissa)
        layer.bias_exp.set(np.full(mantissa.shape, exponent))

    def run(self, injected: Arrays) -> tuple[Results, Results]:
        """Return the readouts, ``[points, n]``, and the record, by name.

        Args:
            injected: Currents by layer, ``[points, neurons]``.
        """
        points = len(next(iter(injected.values())))
        read: dict[str, list[Any]] = {name: [] for name in self.sinks}
        record: dict[str, list[Any]] = {}
        started = False
        for point in range(points):
            sample = {name: current[point] for name, current in injected.items()}
            if not started:  # variables exist on the device when it has run once
                self.any.run(RunSteps(num_steps=self.latency), self.config)
                started = True
            self.reset(sample)
            for key, states in self.ran().items():
                record.setdefault(key, []).append(states)
            for name, sink in self.sinks.items():
                readout = next(each for each in self.plan["readouts"] if each["name"] == name)
                data = self.sent(sink, readout["first"]).T.astype(np.float64)
                unit = 1 << SHIFT if self.fixed and readout["synapses"] else 1
                count = np.arange(self.steps - 1, -1, -1.0) if readout["binary"] else np.zeros(self.steps)
                read[name].append(data * unit @ 2.0**count / (2.0**count).sum())
            for layer in self.plan["layers"] if self.spikes else []:
                spikes = self.sent(self.spikes[layer["name"]], layer["first"])
                record.setdefault(f"spikes/{layer['name']}", []).append(spikes.astype(np.int8))
        self.any.stop()
        return {name: np.array(rows) for name, rows in read.items()}, {
            key: np.array(rows) for key, rows in record.items()
        }

    @property
    def any(self) -> Any:
        """One of the processes: whatever is asked of it, all do."""
        return self.layers[self.plan["layers"][0]["name"]]

    def ran(self) -> Results:
        """Run from the first step to the last; return the states of recorded layers, each after its own last step."""
        recorded = self.plan["layers"] if self.spikes else []
        kept: Results = {}
        done = 0
        for stop in sorted({self.latency, *(self.steps + layer["first"] for layer in recorded)}):
            self.any.run(RunSteps(num_steps=stop - done), self.config)
            done = stop
            for layer in recorded:
                if self.steps + layer["first"] == stop:
                    kept |= self.states(layer)
        return kept

    def sent(self, sink: Any, first: int) -> Any:
        """Return what arrived from its first step on, ``[steps, n]``."""
        return sink.data.get()[:, first : first + self.steps].T

    def states(self, layer: Layer) -> Results:
        """Return the states of a layer now, by their names in the record."""
        process = self.layers[layer["name"]]
        names = STATES.get(layer["process"], SUBTRACTING)
        return {f"{name}/{layer['name']}": getattr(process, name).get() for name in names}


class Stream(Region):
    """The same for points in order, one in every step, behind what the host sends."""

    def run(self, _: Arrays) -> tuple[Results, Results]:
        """Return the readouts, ``[points, n]``, and the record, by name."""
        record = self.ran()
        read: Results = {}
        for readout in self.plan["readouts"]:
            changes = self.sent(self.sinks[readout["name"]], readout["first"]).astype(np.float64)
            read[readout["name"]] = summed(changes, readout["gain"], self.arrays[readout["initial"]])
        for layer in self.plan["layers"] if self.spikes else []:
            messages = self.sent(self.spikes[layer["name"]], layer["first"])[:, np.newaxis]
            record[f"spikes/{layer['name']}"] = messages.astype(np.float64)
        self.any.stop()
        return read, record


def changes_of(values: Any, threshold: float) -> Any:
    """Return the changes of points in order, ``[points, n]``, whose sums are each point within a threshold."""
    known, sent = np.zeros(values.shape[1]), np.empty(values.shape)
    for row, value in enumerate(values.astype(np.float64)):
        error = value - known
        sent[row] = error * (np.abs(error) >= threshold)
        known += sent[row]
    return sent


def evaluate(plan: Plan, arrays: Arrays, inputs: Arrays, *, record: bool = False) -> tuple[Results, Results]:
    """Return the outputs of the network, and the record of its spikes and states.

    Args:
        plan: As in the file.
        arrays: As in the file.
        inputs: Points by input name.
        record: Keep spikes and states.
    """
    values = {name: np.asarray(inputs[name], dtype) for name, dtype in plan["inputs"].items()}
    kept: Results = {}
    for part in plan["parts"]:
        if part["kind"] == "host":
            computed(part["nodes"], values, arrays)
            continue
        given = {each["name"]: each["value"] for each in part["sources"]}
        given |= {layer["name"]: layer["injected"] for layer in part["layers"] if layer["injected"]}
        lead = values[next(iter(given.values()))].shape[:-1]
        flat = {name: values[value].reshape(-1, values[value].shape[-1]) for name, value in given.items()}
        changes = {each["name"]: changes_of(flat[each["name"]], each["threshold"]) for each in part["sources"]}
        points = len(next(iter(flat.values())))
        kind, steps = (Stream, points) if part["kind"] == "stream" else (Region, plan["steps"])
        region = kind(part, arrays, steps, fixed=plan["fixed"], record=record, changes=changes)
        read, record_of = region.run(flat)
        values |= {name: rows.reshape(*lead, rows.shape[-1]) for name, rows in read.items()}
        kept |= record_of
    return {name: values[name] for name in plan["outputs"]}, kept


def alone(folder: str) -> Any:
    """Return this module again, from a copy of its own: Lava runs every module beside one that defines processes."""
    copy = shutil.copy(__file__, Path(folder) / "snnir_network.py")
    spec = importlib.util.spec_from_file_location("snnir_network", copy)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {copy}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Run a spiking network under Lava.")
    parser.add_argument("inputs", type=Path, help="points by input name, .npz")
    parser.add_argument("outputs", type=Path, help="where values go by output name, .npz")
    parser.add_argument("--record", type=Path, help="where spikes and states go, .npz")
    parser.add_argument("--network", type=Path, default=Path(__file__).with_suffix(".npz"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    with np.load(options.network) as file:
        arrays = dict(file)
    with np.load(options.inputs) as file:
        inputs = dict(file)
    plan = json.loads(bytes(arrays.pop("plan")))
    with tempfile.TemporaryDirectory() as folder:
        outputs, kept = alone(folder).evaluate(plan, arrays, inputs, record=options.record is not None)
    np.savez(options.outputs, **outputs)
    if options.record is not None:
        np.savez(options.record, **kept)


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    main(sys.argv[1:])
