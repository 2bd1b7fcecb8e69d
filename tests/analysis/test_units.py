"""Where the units of a network are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snnir.analysis import constants, downstream, find_afferents, find_layers
from snnir.codes.ramps.activations import Activations
from snnir.ir import Graph
from snnir.ops import Add, Cos, Exp, Greater, Mul, Neg, Relu, Sin, Split, Tanh, Where
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from tests.networks import SHAPES, Analog, concat_skip, modified_mlp, operator_network, two_outputs

LAYERS = {
    "mlp": 2,
    "mlp-double": 2,
    "mlp-sin": 2,
    "residual": 3,
    "concat-skip": 2,
    "modified-mlp": 4,
    "gated-product": 3,
    "separable": 4,
    "separable-3": 6,
    "two-branch": 4,
    "operator": 3,
    "operator-linear-trunk": 2,
    "siren": 2,
    "fourier-features": 2,
    "layer-norm": 2,
    "exp-output": 2,
    "hard-constraint": 2,
    "normalised": 2,
    "adaptive": 2,
    "two-outputs": 2,
    "wholly-double": 2,
    "negated": 2,
    "piecewise": 4,
    "several-uses": 7,
    "preactivation-residual": 3,
}


def canonical(graph: Graph) -> Graph:
    """Return the canonical analog graph."""
    return analog_pipeline(graph, Context({}))


@pytest.mark.parametrize("name", SHAPES)
def test_number_of_layers(name: str) -> None:
    """Every shape has its hidden layers, no more and no less, before and after canonicalising."""
    graph = SHAPES[name]()
    for each in (graph, canonical(graph)):
        assert len(find_layers(each)) == LAYERS[name]


@pytest.mark.parametrize("name", SHAPES)
def test_layers_are_functions_of_one_value(name: str) -> None:
    """The nodes of a layer lead from its pre-activation to its activation, with nothing but constants beside."""
    graph = canonical(SHAPES[name]())
    for layer in find_layers(graph):
        known = {layer.z, *constants(graph)}
        for node in (graph.by_name[each] for each in layer.nodes):
            assert node.op.elementwise
            assert known.issuperset(node.inputs)
            known.update(value.name for value in node.outputs)
        assert layer.a in known
        assert graph.types[layer.a].shape[-1] == layer.width


def test_fourier_features_stay_on_the_host() -> None:
    """Sine and cosine of one projection of the input are features; a sine layer alone consists of units."""
    features = SHAPES["fourier-features"]()
    assert {layer.a for layer in find_layers(features)} == {"tanh0", "tanh1"}
    assert {layer.a for layer in find_layers(SHAPES["mlp-sin"]())} == {"sin0", "sin1"}


def test_sine_and_cosine_of_a_hidden_layer_are_units() -> None:
    """Behind units, both sine and cosine of a layer spike."""
    net = Analog()
    z = net.dense(net.op(Tanh(), net.dense(net.input(), 4)), 4)
    graph = net.graph(net.dense(net.join(net.op(Sin(), z), net.op(Cos(), z)), 1))
    assert {layer.a for layer in find_layers(graph)} == {"tanh0", "sin0", "cos0"}


def test_slopes_belong_to_the_activation_before_they_are_merged() -> None:
    """``sin(5 z)`` has the pre-activation z; canonicalising moves the slope into the layer before."""
    graph = SHAPES["siren"]()
    assert [(layer.z, layer.a) for layer in find_layers(graph)] == [("dense0", "sin0"), ("dense1", "sin1")]
    assert all(len(layer.nodes) == 1 for layer in find_layers(canonical(graph)))


def test_functions_of_inputs_stay_on_the_host() -> None:
    """A function of the input that no dense layer made is no layer of units."""
    net = Analog()
    graph = net.graph(net.mlp(net.op(Sin(), net.input()), 4, 1))
    assert [layer.a for layer in find_layers(graph)] == ["tanh0"]


@pytest.mark.parametrize("write", [lambda net, y: net.op(Exp(), y), lambda net, y: net.op(Tanh(), net.op(Neg(), y))])
def test_output_transforms_stay_on_the_host(write: Callable[[Analog, str], str]) -> None:
    """A function that no layer follows is a transform of the output."""
    net = Analog()
    graph = net.graph(write(net, net.mlp(net.input(), 4, 1)))
    assert [layer.a for layer in find_layers(graph)] == ["tanh0"]


def test_written_out_functions_are_one_layer() -> None:
    """However many elementwise nodes write a function, it is one layer."""
    net = Analog()
    z = net.dense(net.input(), 4)
    gaussian = net.op(Exp(), net.op(Neg(), net.op(Mul(), z, z)))
    bump = net.op(Where(), net.op(Greater(), z, net.constant(0.0)), gaussian, net.op(Relu(), z), width=4)
    (layer,) = find_layers(net.graph(net.dense(bump, 1)))
    assert (layer.z, layer.a, layer.width) == (z, bump, 4)
    assert len(layer.nodes) == 6


def test_products_of_layers_are_no_layer() -> None:
    """A product of two signals is no function of one: the layers end before it."""
    assert {layer.a for layer in find_layers(SHAPES["gated-product"]())} == {"tanh0", "sigmoid0", "tanh1"}
    assert len(find_layers(modified_mlp(gates=3))) == 5


def test_parts_of_a_layer_are_layers() -> None:
    """A dense layer that is split into parts with an activation each is as many layers."""
    net = Analog()
    first, second = net.several(Split((3, 5), 1), net.dense(net.input(), 8), widths=(3, 5))
    graph = net.graph(net.dense(net.join(net.op(Tanh(), first), net.op(Sin(), second)), 1))
    assert [(layer.a, layer.width) for layer in find_layers(graph)] == [("tanh0", 3), ("sin0", 5)]


def test_downstream() -> None:
    """Everything that depends on a value, and the value itself."""
    graph = two_outputs()
    assert downstream(graph, {"tanh1"}) == {"tanh1", "dense2"}
    assert downstream(graph, {"x"}) == set(graph.types)


def coupled(graph: Graph) -> tuple[Graph, Graph]:
    """Return the coupled graph and the canonical one."""
    ann = canonical(graph)
    chain = (Activations(), Couple())
    return run_passes(ann, chain, Context({}, steps=4)), ann


@pytest.mark.parametrize("name", SHAPES)
def test_afferents_cover_every_synapse(name: str) -> None:
    """Every dense layer on spikes drives exactly one layer or readout, and targets exist in the analog network."""
    graph, ann = coupled(SHAPES[name]())
    found = find_afferents(graph, ann)
    synapses = [each for afferents in found for each in afferents.synapses]
    assert len(synapses) == len(set(synapses))
    for afferents in found:
        assert afferents.target in ann.types
        assert graph.types[afferents.current].shape == ann.types[afferents.target].shape
        assert graph.by_name[afferents.receiver].inputs[0] == afferents.current


def test_afferents_of_a_skip() -> None:
    """A layer behind a skip is driven by the layer before and by a fixed current from the input."""
    graph, ann = coupled(concat_skip(4))
    by_receiver = {each.receiver: each for each in find_afferents(graph, ann)}
    assert by_receiver["tanh0"].synapses == ()
    assert len(by_receiver["tanh0"].fixed) == 1
    assert len(by_receiver["tanh1"].synapses) == len(by_receiver["tanh1"].fixed) == 1
    (readout,) = (each for name, each in by_receiver.items() if not name.startswith("tanh"))
    assert len(readout.synapses) == 2


def test_afferents_of_an_activated_trunk() -> None:
    """A readout of activations has them as its target."""
    graph, ann = coupled(operator_network(4))
    targets = {each.target for each in find_afferents(graph, ann)}
    assert "tanh2" in targets


def test_sums_of_layers_are_one_receiver() -> None:
    """Two layers that are added drive the next one together."""
    net = Analog()
    x = net.input()
    total = net.op(Add(), net.dense(net.op(Tanh(), net.dense(x, 4)), 4), net.dense(net.op(Sin(), net.dense(x, 4)), 4))
    graph, ann = coupled(net.graph(net.dense(net.op(Tanh(), total), 1)))
    by_receiver = {each.receiver: each for each in find_afferents(graph, ann)}
    assert len(by_receiver["tanh1"].synapses) == 2
    assert by_receiver["tanh1"].target == total
