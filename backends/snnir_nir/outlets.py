"""Outlets: neurons in front of the outputs, for readers that give out membranes and spikes only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.ir import Tensor
from snnir_nir.names import Names
from snnir_nir.net import Affine, LeakyIntegrator, Net, Port


def with_outlets(net: Net) -> Net:
    """Return the net with an ``LI`` in front of every Output, which passes on what arrives: ``v <- i``.

    A step of ``tau dv/dt = (leak - v) + r i`` with ``tau = r = 1`` and no leak (forward Euler, dt = 1) forgets v. So
    the file means what it meant, to every program that runs ``LI``.

    Args:
        net: With one edge into every Output, from an Affine.
    """
    names = Names()
    for name in net.nodes:
        names.take(name)
    nodes, edges = dict(net.nodes), list(net.edges)
    for output in [name for name, node in net.nodes.items() if isinstance(node, Port) and not node.into]:
        (source,) = net.into(output)
        last = net.nodes[source]
        assert isinstance(last, Affine)  # noqa: S101 - so outputs are read
        one = np.ones(last.weight.shape[0], last.weight.array.dtype)
        outlet = names.new(f"{output}_outlet")
        nodes[outlet] = LeakyIntegrator(Tensor(one), Tensor(one), Tensor(np.zeros_like(one)))
        edges[edges.index((source, output))] = (source, outlet)
        edges.append((outlet, output))
    return replace(net, nodes=nodes, edges=tuple(edges))
