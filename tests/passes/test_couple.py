"""Activation replacement and coupling: which part of a network becomes one spiking region."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from snnir.analysis import find_layers, host_parts
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.errors import ModelError
from snnir.ir import Graph, Tensor, is_spiking, regions, schedule
from snnir.ops import Add, Clip, Cos, Decode, Dense, Encode, Mul, Relu, Sigmoid, Sin, Sub, Tanh
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple, levels
from snnir.semantics import Semantics, evaluate
from snnir.types import ANALOG, Current, Spikes
from tests.networks import (
    SHAPES,
    Analog,
    concat_skip,
    fourier_features,
    gated_product,
    hard_constraint,
    layer_norm,
    mlp,
    modified_mlp,
    points_for,
    residual,
    separable,
)
from tests.support import failure


def coupled(graph: Graph, steps: int = 8) -> Graph:
    """Return the coupled graph, with thresholds and amplitudes of 1."""
    context = Context({}, steps=steps)
    return run_passes(analog_pipeline(graph, context), (Activations(), Couple()), context)


def test_activation_becomes_neurons() -> None:
    """Every layer becomes neurons between identities, encode and decode, named after the activation value."""
    graph = mlp(2, 3, 1)
    result = run_passes(graph, (Activations(),), Context({}, steps=5))
    chain = [node for node in result.nodes if is_spiking(result, node)]
    assert [type(node.op) for node in chain] == [Encode, Dense, IntegrateAndFire, Dense, Decode]
    encode, drive, neurons, readout, decode = chain
    assert encode.op == Encode(5)
    assert neurons.name == decode.output.name == "tanh0"
    assert drive.op == readout.op == Dense(Tensor(np.eye(3, dtype=np.float32)))
    assert isinstance(neurons.op, IntegrateAndFire)
    assert neurons.op.signed
    assert neurons.op.initial is None
    assert np.all(neurons.op.threshold.array == 1)
    assert np.all(neurons.op.amplitude.array == 1)
    assert neurons.provenance.steps[-1] == "activations"
    assert neurons.provenance.origins == graph.by_name["/tanh0"].provenance.origins


def test_nothing_to_replace() -> None:
    """A network without layers of units is refused with a reason."""
    net = Analog()
    graph = net.graph(net.op(Tanh(), net.dense(net.input(), 3)))
    error = failure(lambda: coupled(graph), ModelError)
    assert [each.code for each in error.diagnostics] == ["nothing-spikes"]
    assert error.diagnostics[0].hint


@pytest.mark.parametrize("swapped", [{"/tanh0": "dense0", "/dense0": "tanh0"}, {"/tanh0": "a", "/dense1": "tanh0"}])
def test_nodes_may_be_called_like_values(swapped: dict[str, str]) -> None:
    """Names of nodes and of values are apart: a node may be called like another node's activation value."""
    graph = mlp(2, 3, 1)
    nodes = tuple(replace(node, name=swapped.get(node.name, node.name)) for node in graph.nodes)
    result = coupled(graph.with_nodes(nodes))
    points = points_for(graph)
    np.testing.assert_array_equal(
        evaluate(result, points)[graph.outputs[0]], evaluate(coupled(graph), points)[graph.outputs[0]]
    )


@pytest.mark.parametrize("name", SHAPES)
def test_what_holds_after_coupling(name: str) -> None:
    """Neurons feed dense layers or decodes, currents come from dense layers, sums and encodes, outputs are analog."""
    graph = SHAPES[name]()
    result = coupled(graph)
    for node in result.nodes:
        for made in node.outputs:
            readers = {type(reader.op) for reader in result.consumers[made.name]}
            if isinstance(made.type.coding, Spikes):
                assert isinstance(node.op, IntegrateAndFire)
                assert readers <= {Dense, Decode}
            elif isinstance(made.type.coding, Current):
                assert isinstance(node.op, Dense | Add | Encode)
                assert readers <= {Dense, Add, IntegrateAndFire, Decode}
                assert len(result.consumers[made.name]) == 1 or isinstance(node.op, Encode)
            else:
                assert not readers & {IntegrateAndFire, Decode}
    for node in result.of(IntegrateAndFire):
        assert isinstance(result.producers[node.inputs[0]].op, Dense | Add)
    assert all(result.types[name].coding == ANALOG for name in result.outputs)
    assert result.outputs == graph.outputs
    assert [result.types[name] for name in result.outputs] == [graph.types[name] for name in graph.outputs]
    schedule(result)
    assert sum(1 for _ in result.of(IntegrateAndFire)) == len(find_layers(analog_pipeline(graph, Context({}))))


@pytest.mark.parametrize("name", SHAPES)
def test_no_decode_is_encoded_again_in_its_level(name: str) -> None:
    """Where only dense layers and sums lie between two layers, spikes go straight from one to the other."""
    result = coupled(SHAPES[name]())
    level = levels(result)
    for node in result.of(Encode):
        before = result.producers.get(node.inputs[0])
        while before is not None and isinstance(before.op, Dense):
            before = result.producers.get(before.inputs[0])
        if before is not None and isinstance(before.op, Decode):
            assert level[before.output.name] != level[node.output.name]


@pytest.mark.parametrize(
    ("graph", "count", "before", "between", "after"),
    [
        (mlp(2, 4, 4, 1), 1, [], [], []),
        (residual(4), 1, [], [], []),
        (concat_skip(4), 1, ["dense"], [], ["add"]),
        (separable(3, 4), 2, [], [], ["einsum"]),
        (fourier_features(3, 4), 1, ["concat", "cos", "dense", "sin"], [], []),
        (hard_constraint(4), 1, ["mul", "split", "sub"], [], ["mul"]),
        (layer_norm(4), 2, [], ["layer_normalization"], []),
        (gated_product(4), 2, [], ["mul"], []),
        (modified_mlp(4), 2, [], ["add", "mul", "mul", "sub"], ["add", "dense", "mul", "mul", "sub"]),
    ],
    ids=["mlp", "residual", "concat", "separable", "fourier", "constraint", "norm", "product", "gates"],
)
def test_regions_and_host(graph: Graph, count: int, before: list[str], between: list[str], after: list[str]) -> None:
    """A shape has as few regions as its products and normalisations allow, and only these stay on the host."""
    result = coupled(graph)
    assert len(regions(result)) == count
    found = {place: sorted(text.split("(")[1][:-1] for text in names) for place, names in host_parts(result).items()}
    assert found == {"before": before, "between": between, "after": after}


def test_layers_of_different_levels_do_not_share_a_region() -> None:
    """A layer behind a product may read layers before it as well, and still no region waits for itself."""
    net = Analog()
    x = net.input()
    first, second = net.op(Tanh(), net.dense(x, 4)), net.op(Sigmoid(), net.dense(x, 4))
    product = net.op(Mul(), first, second)
    mixed = net.op(Add(), net.dense(product, 4), net.dense(first, 4))
    graph = net.graph(net.dense(net.op(Tanh(), mixed), 1))
    result = coupled(graph)
    kinds = [segment.spiking for segment in schedule(result)]
    assert kinds.count(True) == 2
    assert len(regions(result)) == 2


def test_differences_stay_on_the_host() -> None:
    """Spikes are added, not subtracted: a difference of layers is formed on the host."""
    net = Analog()
    hidden = net.op(Tanh(), net.dense(net.input(), 4))
    graph = net.graph(net.dense(net.op(Tanh(), net.op(Sub(), net.dense(hidden, 4), hidden)), 1))
    assert host_parts(coupled(graph))["between"] == ["/sub0 (sub)"]


def test_one_encode_per_input_and_region() -> None:
    """Several layers on the same input share one encode."""
    net = Analog()
    x = net.input()
    total = net.op(Add(), net.op(Tanh(), net.dense(x, 4)), net.op(Tanh(), net.dense(x, 4)))
    result = coupled(net.graph(net.dense(total, 1)))
    assert len(list(result.of(Encode))) == 1


def test_every_use_of_a_pre_activation_has_its_own_synapses() -> None:
    """Sine and cosine of one z: two currents of equal weights from the same spikes, so that each can be fitted."""
    net = Analog()
    z = net.dense(net.op(Tanh(), net.dense(net.input(), 4)), 4)
    graph = net.graph(net.dense(net.join(net.op(Sin(), z), net.op(Cos(), z)), 1))
    result = coupled(graph)
    sine, cosine = (result.producers[result.by_name[name].inputs[0]] for name in ("sin0", "cos0"))
    assert sine.name != cosine.name
    assert sine.op == cosine.op == graph.producers[z].op
    assert sine.inputs == cosine.inputs == (result.by_name["tanh0"].output.name,)


def test_activations_that_are_outputs_are_decoded() -> None:
    """A hidden activation that the model also hands out keeps its name and meaning."""
    net = Analog()
    hidden = net.op(Tanh(), net.dense(net.input(), 4))
    graph = net.graph(net.dense(hidden, 1), hidden)
    result = coupled(graph)
    assert result.outputs == graph.outputs
    values = evaluate(result, points_for(graph))
    assert np.all(np.abs(values[hidden]) <= 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_error_falls_like_one_over_t(dtype: str) -> None:
    """Where the activation is the neuron's own clipped line, the uncalibrated network tends to the ANN, as 1/T."""
    net = Analog(dtype, seed=3)
    graph = net.graph(net.mlp(net.input(), 6, 6, 6, 1, activation=Clip(-1.0, 1.0)))
    points = points_for(graph, 200)
    exact = evaluate(graph, points)[graph.outputs[0]]
    semantics = Semantics(dtype="float64")
    errors = []
    for steps in (16, 64, 256, 1024):
        network = coupled(graph, steps)
        spiking = evaluate(network, points, semantics=semantics)[graph.outputs[0]]
        errors.append(float(np.max(np.abs(spiking - exact))))
    scale = float(np.max(np.abs(exact)))
    assert errors[-1] < 0.02 * scale
    for coarse, fine in pairwise(errors):
        assert 2 < coarse / fine < 8


def test_unclipped_relu_tends_to_its_limit() -> None:
    """ReLU layers become lines clipped at both ends: the limit differs where pre-activations are negative."""
    net = Analog()
    graph = net.graph(net.mlp(net.input(), 4, 1, activation=Relu()))
    result = coupled(graph, 512)
    points = points_for(graph)
    name = result.by_name["relu0"].output.name
    hidden = evaluate(result, points, outputs=[name], semantics=Semantics(dtype="float64"))[name]
    z = evaluate(graph, points, outputs=["dense0"])["dense0"]
    np.testing.assert_allclose(hidden, np.clip(z, -1, 1), atol=1 / 512 + 1e-6)
