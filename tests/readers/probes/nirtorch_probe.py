"""What nirtorch gets wrong."""

import nir
import nirtorch
import numpy as np
import torch
from chains import affine, answer, error, graph, stepped, within

torch.set_num_threads(1)


def two_inputs():
    port = nir.Input({"input": np.array([1])})
    double = nir.NIRGraph(
        {"a": port, "b": port, "sum": affine([1]), "out": nir.Output({"output": np.array([1])})},
        [("a", "sum"), ("b", "sum"), ("sum", "out")],
    )
    model = nirtorch.nir_to_torch(double, {nir.Affine: lambda _: torch.nn.Identity()})
    return model(torch.ones(1, 1), torch.ones(1, 1))


def two_outputs():
    port = nir.Output({"output": np.array([1])})
    double = nir.NIRGraph(
        {"in": nir.Input({"input": np.array([1])}), "sum": affine([1]), "a": port, "b": port},
        [("in", "sum"), ("sum", "a"), ("sum", "b")],
    )
    return nirtorch.nir_to_torch(double, {nir.Affine: lambda _: torch.nn.Identity()})(torch.ones(1, 1))


one = nirtorch.nir_to_torch(graph("input>fc fc>output", fc=affine([0], bias=5.0)), {})
answer(
    bias=float(one.fc.bias),
    output=stepped(one, [1.0]),
    two_inputs=error(lambda: within(3, two_inputs)),
    two_outputs=error(lambda: within(3, two_outputs)),
)
