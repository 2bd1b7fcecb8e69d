"""What snntorch gets wrong."""

import snntorch
import torch
from chains import affine, answer, error, graph, neurons, stepped
from snntorch.import_nir import import_from_nir

torch.set_num_threads(1)


def two_layers():
    layers = {"a": affine([1]), "one": neurons(), "b": affine([1]), "two": neurons(), "c": affine([1])}
    net = import_from_nir(graph("input>a a>one one>b b>two two>c c>output", **layers))
    return stepped(net, [1.5] * 4)


def stuck():
    """Return spikes and membranes of a neuron without leak that gets 5.5 thresholds once."""
    cell = snntorch.Leaky(beta=1.0, threshold=1.0, reset_delay=False)
    spikes, membrane, found = torch.zeros(1), torch.zeros(1), []
    for current in (5.5, *[0.0] * 9):
        spikes, membrane = cell(torch.tensor([current]), membrane)
        found.append((float(spikes), float(membrane)))
    return found


single = import_from_nir(graph("input>a a>one one>output", a=affine([1]), one=neurons()))
answer(beta=float(single.one.beta), two_layers=error(two_layers), stuck=stuck())
