"""What a layer of a file is, in a few bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from snnir_nir.net import Affine, LeakyNeurons, Net, Neurons, Scale, Threshold

FIRING = (LeakyNeurons, Neurons, Threshold)
"""Nodes that make the spikes of a layer."""


def layer_digest(net: Net, name: str) -> str:
    """Return the SHA-256 over a layer's threshold and what comes in by Affine, in the order of the edges.

    Hashed are the digests of the arrays (`snnir.ir.Tensor.digest`), as ASCII.
    """
    neurons = net.nodes[name]
    assert isinstance(neurons, FIRING)  # noqa: S101 - callers look at layers
    parts = [neurons.threshold.digest]
    for affine in _synapses(net, net.into(name)[0] if isinstance(neurons, Threshold) else name):
        parts += [tensor.digest for tensor in (affine.weight, affine.bias) if tensor is not None]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _synapses(net: Net, name: str) -> Iterator[Affine]:
    """Yield the maps into a node, those behind a scale included."""
    for source in net.into(name):
        node = net.nodes[source]
        if isinstance(node, Affine):
            yield node
        elif isinstance(node, Scale):
            yield from _synapses(net, source)
