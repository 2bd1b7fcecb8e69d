"""NIR's equations as a second opinion: each node a function of NumPy arrays, written without the compiler.

Forward Euler with a step of dt; ``v > v_threshold`` strictly; then ``v = v_reset``; the synaptic current first, then
the membrane with the new current; everything starts from zero; edges into a node add up; an edge that closes a cycle
brings the step before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from snnir.types import Array


class Model:
    """Runs a graph of the nir package, nested graphs excluded, node by node in an order given by hand.

    Args:
        graph: Of the nir package.
        order: Names of its nodes; what stands later than its target arrives a step late.
        dt: The time step.
    """

    def __init__(self, graph: Any, order: list[str], dt: float) -> None:
        self.graph = graph
        self.order = order
        self.dt = dt
        self.state: dict[tuple[str, str], Array] = {}

    def run(self, inputs: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return what every node makes at every step, ``[T, N, ...]``, and the same of those that spike."""
        steps = len(next(iter(inputs.values())))
        trace: dict[str, list[Array]] = {name: [] for name in self.order}
        for t in range(steps):
            now: dict[str, Array] = {}
            for name in self.order:
                node = self.graph.nodes[name]
                kind = type(node).__name__
                if kind == "Input":
                    now[name] = inputs[name][t].astype(np.float64)
                else:
                    arriving = [
                        now[source] if source in now else trace[source][-1]
                        for source, target in self.graph.edges
                        if target == name and (source in now or t > 0)
                    ]
                    now[name] = getattr(self, f"_{kind.lower()}")(name, node, sum(arriving))
            for name, value in now.items():
                trace[name].append(value)
        series = {name: np.stack(values) for name, values in trace.items()}
        firing = {"IF", "LIF", "CubaLIF", "Threshold"}
        return series, {name: series[name] for name in self.order if type(self.graph.nodes[name]).__name__ in firing}

    def before(self, name: str, what: str) -> Any:
        """Return a state after the last step."""
        return self.state.get((name, what), 0.0)

    def fire(self, name: str, node: Any, v: Array) -> Array:
        """Compare, reset, remember."""
        spikes = v > node.v_threshold
        self.state[name, "v"] = np.where(spikes, node.v_reset, v)
        return spikes.astype(np.float64)

    def keep(self, name: str, v: Array) -> Array:
        """Remember."""
        self.state[name, "v"] = v
        return v

    def _output(self, name: str, node: Any, x: Array) -> Array:
        return x

    def _affine(self, name: str, node: Any, x: Array) -> Array:
        return np.asarray(np.einsum("oi,ni->no", node.weight.astype(np.float64), x) + node.bias)

    def _linear(self, name: str, node: Any, x: Array) -> Array:
        return np.asarray(np.einsum("oi,ni->no", node.weight.astype(np.float64), x))

    def _scale(self, name: str, node: Any, x: Array) -> Array:
        return np.asarray(node.scale * x)

    def _threshold(self, name: str, node: Any, x: Array) -> Array:
        return (x > node.threshold).astype(np.float64)

    def _i(self, name: str, node: Any, x: Array) -> Array:
        return self.keep(name, self.before(name, "v") + self.dt * node.r * x)

    def _if(self, name: str, node: Any, x: Array) -> Array:
        return self.fire(name, node, self.before(name, "v") + self.dt * node.r * x)

    def _membrane(self, name: str, node: Any, tau: Array, x: Array) -> Array:
        v = self.before(name, "v")
        return np.asarray(v + self.dt / tau * ((node.v_leak - v) + node.r * x))

    def _li(self, name: str, node: Any, x: Array) -> Array:
        return self.keep(name, self._membrane(name, node, node.tau, x))

    def _lif(self, name: str, node: Any, x: Array) -> Array:
        return self.fire(name, node, self._membrane(name, node, node.tau, x))

    def _synapse(self, name: str, node: Any, x: Array) -> Array:
        current = self.before(name, "i")
        current = current + self.dt / node.tau_syn * (node.w_in * x - current)
        self.state[name, "i"] = current
        return np.asarray(current)

    def _cubali(self, name: str, node: Any, x: Array) -> Array:
        return self.keep(name, self._membrane(name, node, node.tau_mem, self._synapse(name, node, x)))

    def _cubalif(self, name: str, node: Any, x: Array) -> Array:
        return self.fire(name, node, self._membrane(name, node, node.tau_mem, self._synapse(name, node, x)))

    def _conv2d(self, name: str, node: Any, x: Array) -> Array:
        """Sum over the kernel, one place after the other."""
        (sy, sx), (py, px), (dy, dx) = (np.broadcast_to(each, 2) for each in (node.stride, node.padding, node.dilation))
        padded = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
        outputs, inputs, ky, kx = node.weight.shape
        groups = int(node.groups)
        height = (padded.shape[2] - dy * (ky - 1) - 1) // sy + 1
        width = (padded.shape[3] - dx * (kx - 1) - 1) // sx + 1
        made = np.zeros((len(x), outputs, height, width))
        for o in range(outputs):
            first = o // (outputs // groups) * inputs
            for row in range(height):
                for column in range(width):
                    patch = padded[
                        :,
                        first : first + inputs,
                        row * sy : row * sy + dy * ky : dy,
                        column * sx : column * sx + dx * kx : dx,
                    ]
                    made[:, o, row, column] = np.sum(patch * node.weight[o], axis=(1, 2, 3)) + node.bias[o]
        return made

    def _conv1d(self, name: str, node: Any, x: Array) -> Array:
        (step,), (pad,), (gap,) = (np.ravel(each) for each in (node.stride, node.padding, node.dilation))
        padded = np.pad(x, [(0, 0), (0, 0), (pad, pad)])
        outputs, _, size = node.weight.shape
        count = (padded.shape[2] - gap * (size - 1) - 1) // step + 1
        made = np.zeros((len(x), outputs, count))
        for place in range(count):
            patch = padded[:, :, place * step : place * step + gap * size : gap]
            made[:, :, place] = np.einsum("nck,ock->no", patch, node.weight) + node.bias
        return made

    def _sumpool2d(self, name: str, node: Any, x: Array) -> Array:
        (ky, kx), (sy, sx), (py, px) = node.kernel_size, node.stride, node.padding
        padded = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
        height, width = (padded.shape[2] - ky) // sy + 1, (padded.shape[3] - kx) // sx + 1
        rows = [
            [padded[:, :, r * sy : r * sy + ky, c * sx : c * sx + kx].sum(axis=(2, 3)) for c in range(width)]
            for r in range(height)
        ]
        return np.moveaxis(np.array(rows), (0, 1), (2, 3))

    def _avgpool2d(self, name: str, node: Any, x: Array) -> Array:
        return self._sumpool2d(name, node, x) / np.prod(node.kernel_size)

    def _flatten(self, name: str, node: Any, x: Array) -> Array:
        shape = x.shape[1:]
        first, last = node.start_dim % len(shape), node.end_dim % len(shape)
        return x.reshape(len(x), *shape[:first], -1, *shape[last + 1 :])
