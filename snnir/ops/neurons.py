"""What ops answer that send spikes, or that read currents; plug-ins subclass these, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from snnir.ir import Graph, Node, Op, is_of
from snnir.types import Array

if TYPE_CHECKING:
    from snnir.ir import Tensor
    from snnir.ops.linear import Dense

Affine: TypeAlias = "tuple[Array | float, Array | float]"
"""Factors and offsets, ``[neurons]`` each or one number for all."""


class Receiver(Op):
    """Reads a current: a layer of neurons, or a readout."""

    shifted: ClassVar[bool] = True
    """Of integers: sums of weights are shifted up for it, and biases come from a clock; else both are as they are."""

    def membrane_input(self, graph: Graph, node: Node) -> str:
        """Return the current that is integrated, the sum of synapses and of what the host injects."""
        return node.inputs[0]

    def pre_activation(self, graph: Graph, node: Node) -> str:
        """Return the current that decodes to what the analog network has there; for neurons, its pre-activation."""
        return self.membrane_input(graph, node)

    def encoder(self, graph: Graph, node: Node) -> Node[Dense] | None:
        """Return the dense node that makes the currents of a population out of pre-activations, if there is one."""
        return None

    def membrane_scale(self) -> Array:
        """Return the factors from pre-activations in the analog network's units to a layer's current, ``[neurons]``.

        Where an encoder, or f, comes behind, what reaches the layer is the pre-activation itself; so it is of a
        readout.
        """
        return np.ones(1)

    def limit_scale(self, graph: Graph, node: Node) -> Array | float:
        """Return the factors from a layer's current in its asymptotic network to the clipped value, ``[neurons]``."""
        return 1.0

    def fixed_point_scale(self, graph: Graph, node: Node) -> Affine | None:
        """Return the map from what a current of integers decodes to, to pre-activations; None for other numbers."""
        return None

    def activation_scale(self) -> Array | float | None:
        """Return the factors from the decoded train of each neuron to its unit's activation; None if there are none."""
        return None


class Sender(Op):
    """Sends spikes, or graded messages: a layer of neurons, or an encoder of changes."""

    @property
    def extrapolation(self) -> float:
        """Beta, the gain of the slopes of synapses that receive messages; 0 of spikes."""
        return 0.0

    @property
    def halves(self) -> int:
        """How many neurons with spikes of one sign do what one of these does."""
        return 1

    @property
    def population(self) -> int | None:
        """K where K neurons together stand for one unit; None where every neuron stands for one."""
        return None

    def pace(self, steps: int) -> int:
        """Return how many steps after its inputs the layer behind can start, of the steps of one train."""
        return 1


class Neuron(Receiver, Sender):
    """A layer of neurons.

    Besides these methods a layer answers the questions of `snnir.ir.Answers`. `amplitude`, ``[neurons]``, is a record
    for people and reports: what a spike, or the least message, stands for. Spikes are +1 and -1 unless `graded`.
    """

    sequential: ClassVar[bool] = False
    """It starts when the last spike of the layers before has arrived, not with them."""

    if TYPE_CHECKING:

        @property
        def amplitude(self) -> Tensor:
            """What a spike stands for, ``[neurons]``."""
            ...

    @property
    def width(self) -> int:
        """Neurons."""
        return self.amplitude.shape[0]

    def at_rest(self) -> Neuron:
        """Return the same neurons with membranes that all start at zero."""
        return self

    @property
    def inside(self) -> tuple[Node, ...]:
        """Analog nodes that its neurons evaluate themselves, as the host would."""
        return ()

    @property
    def unscaled(self) -> bool:
        """Whether its thresholds are still to be chosen: they, and amplitudes, are all 1."""
        return False

    @property
    def has_unit_thresholds(self) -> bool:
        """Whether all thresholds of its membranes are 1; of neurons whose membranes have none, too."""
        return True

    @property
    def has_one_threshold(self) -> bool:
        """Whether the thresholds of its membranes are one number; of neurons whose membranes have none, too."""
        return True

    @property
    def is_normalised(self) -> bool:
        """Whether all thresholds of its membranes are 1, or its amplitudes."""
        return True


def sender(graph: Graph, value: str) -> Node[Sender] | None:
    """Return the node whose spikes or messages a value is; None of other values, and of those that are given."""
    source = graph.producers.get(value)
    return source if source is not None and is_of(source, Sender) else None


def layer_widths(graph: Graph) -> dict[str, int]:
    """Return how many neurons each layer has, by its name."""
    return {node.name: node.op.width for node in graph.of(Neuron)}


def layer_currents(graph: Graph) -> dict[str, str]:
    """Return the current that each layer integrates, by its name."""
    return {node.name: node.op.membrane_input(graph, node) for node in graph.of(Neuron)}
