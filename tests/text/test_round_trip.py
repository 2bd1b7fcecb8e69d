"""The text form reads back as the same graph, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.ops import OPS, Clip, Constant, LeakyRelu
from snnir.provenance import Provenance
from snnir.text import parse_graph, print_graph, tensors_of
from snnir.types import DType
from tests.strategies import graphs
from tests.support import assert_golden, assert_round_trip, spiking_graph, tensor, typed

QUICK = settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BROAD = settings(QUICK, max_examples=80)


@pytest.mark.parametrize("kind", OPS.values(), ids=OPS.keys())
@QUICK
@given(data=st.data())
def test_every_op_round_trips(kind: type[Op], data: st.DataObject) -> None:
    """Every op of the vocabulary keeps all its attributes, whatever their values."""
    assert_round_trip(data.draw(graphs((kind,))))


@BROAD
@given(graph=graphs())
def test_random_graphs_round_trip(graph: Graph) -> None:
    """Any legal graph survives, with any names, shapes, codings and provenance."""
    assert_round_trip(graph)


def test_the_whole_vocabulary_in_one_graph() -> None:
    """A graph with every op round trips; a fixed draw keeps the test fast."""
    seen: list[Graph] = []

    @settings(QUICK, max_examples=1)
    @given(graph=graphs(tuple(OPS.values())))
    def draw(graph: Graph) -> None:
        seen.append(graph)

    draw()
    assert {node.op.mnemonic for node in seen[0].nodes} == set(OPS)
    assert_round_trip(seen[0])


def test_golden_text() -> None:
    """The text of a small spiking network is the one that was reviewed."""
    graph = spiking_graph()
    text = print_graph(graph)
    assert_golden("text/spiking.snn", text)
    assert parse_graph(text, tensors_of(graph)) == graph
    assert_round_trip(graph)


def test_comments_and_layout_do_not_matter() -> None:
    """Blanks, line ends and comments may stand between any two words."""
    graph = spiking_graph()
    text = print_graph(graph, inline_limit=100)
    spread = text.replace(" = ", "\n =  # why\n ").replace("(", "( \t").replace("}", "\n\n}")
    assert parse_graph(f"# a comment first\n{spread}# and last") == graph


def test_provenance_can_be_left_out() -> None:
    """Without provenance the text reads back as the same graph with empty provenance."""
    graph = spiking_graph()
    text = print_graph(graph, inline_limit=100, provenance=False)
    assert " from " not in text
    nodes = tuple(replace(node, provenance=Provenance()) for node in graph.nodes)
    assert parse_graph(text) == graph.with_nodes(nodes)


def test_large_tensors_stand_by_digest() -> None:
    """A tensor above the limit is written as its full digest, one below as its elements."""
    graph = spiking_graph()
    large = tensors_of(graph, above=16)
    text = print_graph(graph)
    assert [f"sha256:{digest}" in text for digest in large] == [True]
    assert set(large) < set(tensors_of(graph))
    assert "tensor float32[1] [-0.0]" in text


def _constant(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Graph:
    node = Node("k", Constant(Tensor(array)), (), (Value("k", typed()),))
    return Graph("constant", (), (node,), ("k",))


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [
        ("float16", [0x0000, 0x8000, 0x0001, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0xFE00, 0x7C01, 0x2E66]),
        ("float32", [0, 1 << 31, 1, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001]),
        ("float64", [0, 1 << 63, 1, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF8000000000000, 0x7FF0000000000001]),
    ],
)
def test_every_kind_of_float_keeps_its_bits(dtype: DType, bits: list[int]) -> None:
    """Zeros of both signs, subnormals, limits, infinities and NaNs with any payload survive."""
    unsigned = {"float16": np.uint16, "float32": np.uint32, "float64": np.uint64}[dtype]
    assert_round_trip(_constant(np.array(bits, dtype=unsigned).view(dtype)))


def test_float16_of_all_sizes_keep_their_bits() -> None:
    """Every third of the 65536 values of a float16 is written so that it reads back."""
    graph = _constant(np.arange(0, 1 << 16, 3, dtype=np.uint16).view(np.float16))
    assert parse_graph(print_graph(graph, inline_limit=1 << 16)) == graph


def test_numbers_are_short() -> None:
    """A float32 is written with as many digits as it needs, not with those of a float64."""
    assert "[0.1, 1e-05, 3.0]" in print_graph(_constant(np.array([0.1, 1e-5, 3], np.float32)))


def _clip(low: float) -> Graph:
    node = Node("c", Clip(low), ("x",), (Value("y", typed()),))
    return Graph("clip", (Value("x", typed()),), (node,), ("y",))


def test_an_int_in_a_float_attribute_is_written_as_a_float() -> None:
    """The text shows the declared type of an attribute, so that it reads back as that."""
    assert "low = 1.0}" in print_graph(_clip(1))
    assert_round_trip(_clip(1))


def test_defaults_are_left_out_by_bits() -> None:
    """Attributes equal to their default are not written, but -0.0 is not 0.0."""
    leaky = Node("l", LeakyRelu(0.01), ("x",), (Value("y", typed()),))
    graph = Graph("leaky", (Value("x", typed()),), (leaky,), ("y",))
    assert "leaky_relu(%x): " in print_graph(graph)
    assert "low = -0.0}" in print_graph(_clip(-0.0))


def test_a_wrong_attribute_type_is_a_defect() -> None:
    """The printer refuses an op that a pass has built with an attribute of another type than declared."""
    node = Node("c", Clip(tensor(1.0)), ("x",), (Value("y", typed()),))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float or none"):
        print_graph(Graph("clip", (Value("x", typed()),), (node,), ("y",)))
