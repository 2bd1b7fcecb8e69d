"""What a layer of units computes of its pre-activations, cut out of the network."""

from __future__ import annotations

from dataclasses import replace

from snnir.analysis.units import Layer
from snnir.errors import model_error
from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.ops import Constant


def function_of(graph: Graph, layer: Layer) -> Graph:
    """Return f of a layer as a graph of its own: from ``z`` to the activation, under short names.

    Constants that it reads come along, one number or one for every unit, so that f takes any number of points.

    Args:
        graph: Canonical.
        layer: One of its layers.

    Raises:
        ModelError: f is another for every point; code ``not-a-function``.
    """
    nodes = [graph.by_name[name] for name in layer.nodes]
    read = {name for node in nodes for name in node.inputs}
    held = [_per_unit(node, node.op, layer) for node in graph.of(Constant) if node.output.name in read]
    names = {layer.z: "z"}
    made: list[Node] = []
    for number, node in enumerate((*held, *nodes)):
        (value,) = node.outputs
        name = names[value.name] = f"{node.op.mnemonic}{number}"
        inputs = tuple(names[each] for each in node.inputs)
        made.append(Node(name, node.op, inputs, (replace(value, name=name),)))
    return Graph("f", (Value("z", graph.types[layer.z]),), tuple(made), (names[layer.a],))


def _per_unit(node: Node, op: Op, layer: Layer) -> Node:
    """Return a constant with one axis, or none, so that it goes with any number of points."""
    assert isinstance(op, Constant)  # noqa: S101 - the caller filters by it
    array = op.value.array
    if array.size not in {1, *array.shape[-1:]}:
        hint = "its activation reads a constant that is another for every point; use another code"
        raise model_error(
            "not-a-function", f"the layer {layer.a!r} is no function of its units", str(node.provenance), hint
        )
    flat = array.reshape(array.shape[-1:] if array.size > 1 else ())
    value = replace(node.output, type=replace(node.output.type, shape=flat.shape))
    return replace(node, op=Constant(Tensor(flat)), outputs=(value,))
