"""How the conversion error arises layer by layer, and Theorem 1: how large it can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np

from snnir.analysis.accuracy import norm, point_count
from snnir.analysis.afferents import Afferents, find_afferents
from snnir.analysis.sparse import evaluate_sparsely, is_stream
from snnir.ir import Graph, Node
from snnir.metrics.bound import Bound, BoundPart
from snnir.ops import Receiver
from snnir.semantics import Semantics, evaluate
from snnir.types import Array

Arrays: TypeAlias = Mapping[str, Array]
Place: TypeAlias = Literal["activations", "pre-activations"]

STEP = 1e-2
"""Of central differences, in units of the value's norm: truncation stays near 1e-4, and so does rounding, even where
the network computes in 32 bits."""


@dataclass(frozen=True)
class Cut:
    """Where the spiking network's own value can take the place of the reference network's.

    Attributes:
        name: Of the value in the analog network; for a neuron layer, its name.
        sources: Names of the neuron layers whose spikes the value comes from.
        value: Its name in the reference network.
        signal: What stands for it in the spiking graph; currents and spikes are decoded.
        scale: Factors from the decoded signal to the value, ``[neurons]``, or 1.
        offset: Added then, ``[neurons]``, or 0.
    """

    name: str
    sources: tuple[str, ...]
    value: str
    signal: str
    scale: Array | float
    offset: Array | float = 0.0


def find_cuts(graph: Graph, ann: Graph, reference: Graph, at: Place = "pre-activations") -> tuple[Cut, ...]:
    """Return the cuts between a spiking graph and its reference network, in topological order.

    At pre-activations, an error is what a layer's spikes leave behind the weights that follow, which calibration fits
    so that it is small. At activations, ``f(z) - amplitude mean_t s(t)``, it is the paper's e_c: the next
    layer's weights then come as a further error of their own, which takes most of the first one back.

    Args:
        graph: Coupled.
        ann: The canonical analog network.
        reference: `ann`; or a `limit` of such a graph, which keeps the names of spikes and currents.
        at: Where to cut layers, at activations only in the `rate` and the `sigma-delta` code; readouts are cut where
            they leave the region.

    Raises:
        ValueError: Another code is to be cut at activations.
    """
    cuts: list[Cut] = []
    for each in find_afferents(graph, ann):
        node, reads_out = each.node, each.node.op.reads_out
        is_limit = each.current in reference.types
        if reads_out or at == "pre-activations":
            if each.synapses:
                scale, offset = _scale(graph, node, is_limit=is_limit)
                value = each.current if is_limit else each.target
                name = each.target if reads_out else node.name
                signal = each.target if reads_out else each.current
                cuts.append(Cut(name, _sources(graph, each), value, signal, scale, offset))
        elif (amplitude := node.op.activation_scale()) is None:
            raise ValueError("the mean of one neuron's spikes is the activation in the rate code only: cut behind it")
        else:
            value = node.output.name if is_limit else node.name
            cuts.append(Cut(node.name, (node.name,), value, node.output.name, 1.0 if is_limit else amplitude))
    return tuple(cuts)


def observed_values(graph: Graph, cuts: tuple[Cut, ...]) -> tuple[str, ...]:
    """Return the names of what a simulation must give for the bound: outputs, and signals at the cuts."""
    return tuple(dict.fromkeys((*graph.outputs, *(cut.signal for cut in cuts))))


def _scale(graph: Graph, node: Node[Receiver], *, is_limit: bool) -> tuple[Array | float, Array | float]:
    """Return factors and offsets from what a layer's current decodes to, to the value of the reference network.

    A limit has thresholds of 1; the analog network has its own units. What computes in fixed point has the scale and
    the bias of its pre-activations in a table.
    """
    whole = node.op.fixed_point_scale(graph, node)
    if whole is not None:
        return whole
    return node.op.limit_scale(graph, node) if is_limit else 1 / node.op.membrane_scale(), 0.0


def _sources(graph: Graph, afferents: Afferents) -> tuple[str, ...]:
    spikes = (graph.by_name[name].inputs[0] for name in afferents.synapses)
    return tuple(dict.fromkeys(graph.producers[name].name for name in spikes))


def error_bound(
    graph: Graph,
    ann: Graph,
    points: Arrays,
    semantics: Semantics,
    *,
    reference: Graph | None = None,
    at: Place = "pre-activations",
    most: int | None = None,
    simulated: Arrays | None = None,
    analog: Arrays | None = None,
) -> Bound:
    """Return what every layer adds to the conversion error, and the bounds that follow.

    Layer l of the reference network is a function F_l of the values before it; e_l is the reference network's value
    less the spiking network's, and ``e_c,l = F_l(s) - s_l`` the local conversion error, all inputs of F_l being the
    spiking network's own. To first order ``e_n = sum_l J_l e_c,l`` with the Jacobian J_l of the outputs for the values
    of layer l, so ``|J_l e_c,l|^2 = e_c,l' H_l e_c,l`` with the Gauss-Newton Hessian ``H_l = J_l' J_l`` of the squared
    error. At the reference network's own outputs the residual is zero and H_l exact: the paper's term with the training
    loss vanishes. By Cauchy and Schwarz, for weights whose reciprocals sum to 1 at most,

        |e_n|^2 <= sum_l w_l e_c,l' H_l e_c,l,      w_l = m_l 2^(n - l + 1),

    with n - l cuts behind cut l and m_l cuts side by side at its depth; in a chain ``m_l = 1``: Theorem 1 of
    Zhang et al., "Artificial to Spiking Neural Networks Conversion for Scientific Machine Learning". There H is
    called intractable and replaced by I; here ``J_l e_c,l`` is a directional derivative, two evaluations per layer.

    Better than either: let G_l be the outputs of the reference network when cuts 1 .. l have the spiking network's
    values. Then ``e_n = sum_l (G_(l-1) - G_l)`` is an identity, the norms of its terms are the contributions of the
    layers at the output, and their sum bounds the error with no derivative and no factor.

    Where the reference network is not the analog one, its own error comes on top of all three.

    Args:
        graph: Coupled and calibrated.
        ann: The canonical analog network.
        points: By input name.
        semantics: How the target's neurons behave.
        reference: What the spiking network is meant to compute with ever more steps; `ann` if None.
        at: See `find_cuts`.
        most: In a network of streams, compare on about so many points of a product of axes; all of them if None.
        simulated: The `observed_values` on these points, where they are known.
        analog: The outputs of the analog network on them, where they are known.
    """
    reference = reference or ann
    cuts = find_cuts(graph, ann, reference, at)
    wanted = observed_values(graph, cuts)
    if simulated is not None:
        spiking = dict(simulated)
    elif most is not None and is_stream(graph):
        points, spiking = evaluate_sparsely(graph, points, semantics, most, outputs=wanted)
    else:
        spiking = evaluate(graph, points, outputs=wanted, semantics=semantics)
    analog = evaluate(ann, points) if analog is None else analog
    tail = _Tail(reference, points, dict(zip(ann.outputs, reference.outputs, strict=True)))
    values = {cut.value: spiking[cut.signal].astype(np.float64) * cut.scale + cut.offset for cut in cuts}
    own = evaluate(reference, points, outputs=values)
    unit = norm(analog) or 1.0
    rows = point_count(ann, analog)
    weight = _weights(reference, tuple(values))
    chain = [tail.outputs({})]
    local: list[float] = []
    identity = gauss_newton = 0.0
    given: dict[str, Array] = {}
    for cut in cuts:
        made = evaluate(reference, {**points, **given}, outputs=[cut.value])[cut.value]
        error: Array = made - values[cut.value]
        size, points_here = norm({"": error}), error.size // error.shape[-1]
        local.append(size / (norm({"": made}) or 1.0))
        identity += weight[cut.value] * size**2 * rows / points_here
        gauss_newton += weight[cut.value] * tail.slope(cut.value, own[cut.value], error) ** 2
        given[cut.value] = values[cut.value]
        chain.append(tail.outputs(given))
    chain[-1] = {name: spiking[name] for name in ann.outputs}  # the same up to rounding: all that spikes is given
    costs = [_distance(before, after) / unit for before, after in pairwise(chain)]
    replacement = _distance(analog, chain[0]) / unit
    return Bound(
        rel_l2=_distance(analog, chain[-1]) / unit,
        replacement=replacement,
        identity=replacement + sqrt(identity) / unit,
        gauss_newton=replacement + sqrt(gauss_newton) / unit,
        telescoped=replacement + sum(costs),
        parts=tuple(
            BoundPart(cut.name, cut.sources, error, cost) for cut, error, cost in zip(cuts, local, costs, strict=True)
        ),
    )


@dataclass(frozen=True)
class _Tail:
    """The reference network from given values on.

    Attributes:
        graph: The reference network.
        points: By input name.
        names: Of its outputs, by their names in the analog network.
    """

    graph: Graph
    points: Arrays
    names: Mapping[str, str]

    def outputs(self, given: Arrays) -> dict[str, Array]:
        """Return the outputs where some values are given."""
        values = evaluate(self.graph, {**self.points, **given}, outputs=dict.fromkeys(self.names.values()))
        return {name: values[value] for name, value in self.names.items()}

    def slope(self, value: str, at: Array, along: Array) -> float:
        """Return ``|J e|``: how the outputs change with one value, by a central difference along e."""
        size = norm({"": along})
        if size == 0:
            return 0.0
        step = min(1.0, STEP * (norm({"": at}) or 1.0) / size)
        before, after = (self.outputs({value: at + sign * step * along}) for sign in (-0.5, 0.5))
        return _distance(before, after) / step


def _weights(reference: Graph, values: Sequence[str]) -> dict[str, float]:
    """Return w_l of `error_bound` by value."""
    behind = dict.fromkeys(reference.types, 0)  # cuts on the longest path from a value to the outputs
    for node in reversed(reference.nodes):
        longest = max(behind[value.name] + (value.name in values) for value in node.outputs)
        for name in node.inputs:
            behind[name] = max(behind[name], longest)
    beside = Counter(behind[value] for value in values)
    return {value: beside[behind[value]] * 2.0 ** (behind[value] + 1) for value in values}


def _distance(some: Arrays, others: Arrays) -> float:
    return norm({name: array.astype(np.float64) - others[name] for name, array in some.items()})
