"""Fuse: activation functions that an exporter wrote as several nodes get their name back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Layer, find_layers
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name, prune, replace_nodes
from snnir.ops import Constant, Gelu, Mish, Mul, Softplus, Softsign, Swish
from snnir.passes.base import Context, Pass, Property, run_pass
from snnir.passes.canonicalise import CANONICAL, Canonicalise
from snnir.provenance import fuse
from snnir.semantics import KERNELS, evaluate

KNOWN: tuple[Op, ...] = (Swish(), Gelu(), Gelu(approximate=True), Mish(), Softplus(), Softsign())
"""Functions that exporters write out: ``x sigmoid(x)``, ``x/2 (1 + erf(x/sqrt 2))`` and its tanh form,
``x tanh(softplus x)``, ``where(x > 20, x, softplus x)``, ``x / (1 + |x|)``."""

TOLERANCE = 2e-6
"""Relative to the value, and absolute; constants rounded to float32 stay below, different functions do not."""


@dataclass(frozen=True)
class Fuse(Pass):
    """Replace a layer's activation by a single op where both agree on a dense grid, in float64.

    Comparing values instead of node patterns finds every way of writing a function, in any order of operands.
    Constants inside the pattern are taken as they are: ``x sigmoid(1.5 x)`` stays.

    Before: canonical. After: canonical; layers of a function in `KNOWN` have one activation node.
    """

    name: ClassVar[str] = "fuse"
    requires: ClassVar[tuple[Property, ...]] = (CANONICAL,)
    ensures: ClassVar[tuple[Property, ...]] = (CANONICAL,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with named activation functions."""
        for layer in find_layers(graph):
            known = known_function(graph, layer) if len(layer.nodes) > 1 else None
            if known is not None:
                graph = self._fused(graph, layer, *known)
        return run_pass(Canonicalise(), prune(graph), context)

    def _fused(self, graph: Graph, layer: Layer, op: Op, factor: float) -> Graph:
        last = graph.producers[layer.a]
        provenance = fuse(*(graph.by_name[name].provenance for name in layer.nodes)).then(self.name)
        kind = last.output.type
        taken = {*graph.types, *graph.by_name}
        inner, constant = (Value(fresh_name(f"{layer.a}.{part}", taken), kind) for part in ("unscaled", "factor"))
        scale = Tensor(np.array(factor, kind.dtype))
        scalar = replace(constant, type=replace(kind, shape=()))
        made: tuple[Node, ...] = (
            Node(inner.name, op, (layer.z,), (inner,), provenance),
            Node(constant.name, Constant(scale), (), (scalar,), provenance),
            Node(last.name, Mul(), (inner.name, constant.name), last.outputs, provenance),
        )
        if factor == 1:
            made = (Node(last.name, op, (layer.z,), last.outputs, provenance),)
        return replace_nodes(graph, {last.name: made})


def known_function(graph: Graph, layer: Layer) -> tuple[Op, float] | None:
    """Return the op of `KNOWN` that the nodes of a layer compute in every unit, and what it is multiplied by.

    A factor behind the function may be in the next layer's weights by now: the ``1/2`` of GELU is.
    """
    kind = graph.types[layer.z]
    grid = np.concatenate([np.linspace(-40, 40, 801), np.linspace(-3, 3, 601)])
    ones = np.ones([dim if isinstance(dim, int) else 1 for dim in kind.shape])
    # One more axis in front: elementwise ops broadcast over it.
    z = np.multiply.outer(grid, ones)
    with np.errstate(all="ignore"):
        values = evaluate(graph, {layer.z: z}, outputs=[layer.a])[layer.a]
        for op in KNOWN:
            (named,) = KERNELS[type(op)](op, (z,))
            factor = float(np.sum(values * named) / np.sum(named * named))
            if np.all(np.abs(values - factor * named) <= TOLERANCE * (abs(factor) + np.abs(factor * named))):
                return op, 1.0 if abs(factor - 1) < TOLERANCE else factor
    return None
