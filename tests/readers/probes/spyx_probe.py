"""What spyx gets wrong."""

import nir
import numpy as np
from chains import affine, answer, chain, error, forked, graph, neurons, within
from spyx.nir import from_nir


def run(source, inputs):
    _, output = from_nir(source, np.array(inputs, np.float32).reshape(-1, 1, 1), dt=1)
    return np.ravel(output).tolist()


def looped():
    """Import a graph with a cycle."""
    edges = "input>a a>one one>back back>one one>b b>output"
    return run(graph(edges, a=affine([1]), one=neurons(), back=affine([-1]), b=affine([1])), [0.75] * 3)


def renamed():
    ends = {"in": nir.Input({"input": np.array([1])}), "out": nir.Output({"output": np.array([1])})}
    nodes = {**ends, "a": affine([1]), "one": neurons(), "b": affine([1])}
    edges = [("in", "a"), ("a", "one"), ("one", "b"), ("b", "out")]
    return run(nir.NIRGraph(nodes, edges), [0.75] * 4)


answer(
    plain=run(chain(neurons()), [0.75] * 5),
    odd=run(chain(neurons(r=2.0, v_reset=0.25)), [0.75] * 5),
    forked=run(forked(), [2.0] * 4),
    looped=error(lambda: within(5, looped)),
    renamed=error(renamed) or renamed(),
)
