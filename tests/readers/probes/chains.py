"""Small NIR graphs that readers are probed with, and how to run what they make of them."""

import json
import signal

import nir
import numpy as np


def affine(*rows, bias=0.0):
    weight = np.array(rows, np.float32)
    return nir.Affine(weight, np.full(len(weight), bias, np.float32))


def neurons(threshold=1.0, size=1, **others):
    """Return IF nodes; v_reset only where it is given: old versions of nir do not know it."""
    values = {"r": 1.0, **others}
    arrays = {name: np.full(size, value, np.float32) for name, value in values.items()}
    return nir.IF(v_threshold=np.full(size, threshold, np.float32), **arrays)


def graph(edges, **nodes):
    """Return a graph with one input and one output of size 1."""
    ends = {"input": nir.Input({"input": np.array([1])}), "output": nir.Output({"output": np.array([1])})}
    return nir.NIRGraph({**ends, **nodes}, [tuple(edge.split(">")) for edge in edges.split()])


def chain(cell, last=None, first=None):
    """Return input, Affine, cell, Affine or another last node, output."""
    edges = "input>first first>cell cell>last last>output"
    return graph(edges, first=first or affine([1]), cell=cell, last=last or affine([1]))


def forked(weight=2.0):
    """Return a graph whose last layer adds the first layer's spikes to twice those of the second."""
    edges = "input>a a>one one>b b>two two>c one>d c>e d>e e>output"
    layers = {"a": affine([1]), "one": neurons(), "b": affine([1]), "two": neurons()}
    return graph(edges, **layers, c=affine([weight]), d=affine([1]), e=affine([1]))


def stepped(model, inputs):
    """Return the outputs of a model that takes and returns its state, one number for each step."""
    import torch

    outputs, state = [], None
    with torch.no_grad():
        for value in inputs:
            output, state = model(torch.tensor([[value]], dtype=torch.float32), state)
            outputs.append(float(np.ravel(output[0] if isinstance(output, tuple) else output)[0]))
    return outputs


def error(call):
    """Return what a call raises, as its name and text; None if nothing."""
    try:
        call()
    except Exception as found:
        return f"{type(found).__name__}: {found}"
    return None


def within(seconds, call):
    """Call something that may never return."""

    def stop(*_):
        raise TimeoutError("it did not return")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return call()
    finally:
        signal.alarm(0)


def answer(**found):
    """Print what was found, as the last line."""
    print(json.dumps(found))
