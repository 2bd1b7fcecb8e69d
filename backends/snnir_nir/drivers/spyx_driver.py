"""spyx: ``spyx.nir.from_nir``, which returns the membranes, too."""

import nir
import numpy as np
from spyx.nir import from_nir

PACKAGES = ("spyx", "jax", "flax", "nir")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``.

    A neuron of spyx fires where its membrane is above the threshold before the input of the step arrives.
    """
    graph = nir.read(file)
    _, (output, states) = from_nir(graph, np.asarray(signal), dt=1, return_all_states=True)
    membranes = [np.asarray(state) for state in states if state is not None]
    return output, {name: _spikes(graph.nodes[name], v) for name, v in zip(_layers(graph), membranes, strict=True)}


def _layers(graph):
    """Return the IF nodes along the chain, in which spyx has its layers."""
    after, name, found = dict(graph.edges), "input", []
    while name in after:
        name = after[name]
        if isinstance(graph.nodes[name], nir.IF):
            found.append(name)
    return found


def _spikes(node, membranes):
    before = np.concatenate([np.zeros_like(membranes[:1]), membranes[:-1]])
    return (before - node.v_threshold > 0).astype(np.int16)
