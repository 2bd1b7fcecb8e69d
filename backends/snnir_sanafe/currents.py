"""What adds up to the current of a layer or readout, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snnir.analysis import Term, incoming
from snnir.ir import Graph
from snnir.types import Array


@dataclass(frozen=True)
class Received:
    """What adds up to a current.

    Attributes:
        terms: Synapses.
        host: Currents that the host makes.
        width: Neurons.
    """

    terms: tuple[Term, ...]
    host: tuple[str, ...]
    width: int

    @cached_property
    def weights(self) -> Array:
        """Of all synapses, ``[senders, neurons]``."""
        each = [term.node.op.weight.array.astype(np.float64) for term in self.terms]
        return np.concatenate([np.zeros((0, self.width)), *each])

    @cached_property
    def bias(self) -> Array:
        """The sum of all biases, ``[neurons]``."""
        each = [np.zeros(self.width)]
        each += [term.node.op.bias.array.astype(np.float64) for term in self.terms if term.node.op.bias is not None]
        total: Array = np.sum(each, axis=0)
        return total

    @property
    def excitation(self) -> Array:
        """The largest current in one step: every synapse with a weight above 0 brings a spike, ``[neurons]``."""
        total: Array = np.maximum(self.weights, 0).sum(axis=0) + np.maximum(self.bias, 0)
        return total

    @property
    def drive(self) -> Array:
        """The largest size of a current in one step, ``[neurons]``."""
        inhibition = np.maximum(-self.weights, 0).sum(axis=0) + np.maximum(-self.bias, 0)
        total: Array = np.maximum(self.excitation, inhibition)
        return total

    @property
    def heaviest(self) -> Array:
        """The largest size of a weight, ``[neurons]``."""
        largest: Array = np.abs(self.weights).max(axis=0, initial=0)
        return largest


def received(graph: Graph, current: str) -> Received:
    """Return what adds up to a current of a joined graph."""
    found = incoming(graph, current)
    (width,) = (size for size in graph.types[current].shape[-1:] if isinstance(size, int))
    return Received(found.terms, found.host, width)
