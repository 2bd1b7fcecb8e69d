"""What inspect shows: complete, aligned, and with every name escaped."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from snnir.ir import Graph, Node, Tensor, Value
from snnir.ops import Clip, Constant, Tanh
from snnir.text import FORMATS, parse_graph, print_graph, render, structure, summarise, tensors_of
from snnir.types import Current
from tests.strategies import graphs
from tests.support import assert_golden, spiking_graph, tensor, typed

SETTINGS = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
EVIL = 'a"b\\c\n<d>&e#f;`g` [h] {i} |j| ü %%k _l_ *m* --> "]\nend'


def evil_graph() -> Graph:
    """Return a graph whose names hold everything that a diagram language could take for its own."""
    node = Node(EVIL, Tanh(), (EVIL,), (Value("y", typed(EVIL, 2)),))
    return Graph(EVIL, (Value(EVIL, typed("N", 2)),), (node,), ("y",))


@pytest.mark.parametrize("name", ["summary", "mermaid", "dot", "json"])
def test_golden_formats(name: str) -> None:
    """Each format of a small spiking network is the one that was reviewed."""
    (format_,) = [known for known in FORMATS if known == name]
    assert_golden(f"text/spiking.{name}", render(spiking_graph(), format_))


def test_text_is_the_text_form() -> None:
    """The format text parses back."""
    graph = spiking_graph()
    assert render(graph, "text") == print_graph(graph)
    assert parse_graph(render(graph, "text"), tensors_of(graph)) == graph


@SETTINGS
@given(graph=graphs())
def test_every_graph_renders(graph: Graph) -> None:
    """Each format is text that ends a line and can be stored, whatever the graph."""
    for format_ in FORMATS:
        text = render(graph, format_)
        assert text.endswith("\n")
        assert text.encode()


def test_summary_rows() -> None:
    """The rows say where each node runs, how many parameters it has, and where it came from."""
    summary = summarise(spiking_graph())
    assert [row.part for row in summary.rows] == ["host", "spiking", "spiking", "spiking", "spiking"]
    assert [row.parameters for row in summary.rows] == [24, 0, 24, 13, 0]
    assert (summary.parameters, summary.spiking) == (61, 4)
    assert summary.inputs == (("points", "float32[N, 2]"),)
    assert summary.outputs == (("u", "float32[N, 1]"),)
    assert "train.py:12" in summary.rows[0].source


def test_summary_is_one_line_per_node() -> None:
    """Names with line ends do not break the table, and an empty graph has one too."""
    text = render(evil_graph(), "summary")
    assert len(text.splitlines()) == 7
    empty = render(Graph("empty", (), (), ()), "summary")
    assert empty.startswith("empty: 0 nodes (0 on the host, 0 spiking), 0 parameters\n")


def test_summary_columns_are_aligned() -> None:
    """Every cell starts below its title."""
    lines = render(spiking_graph(), "summary").splitlines()
    title = next(line for line in lines if line.startswith("node"))
    rows = lines[lines.index(title) + 1 :]
    for word in ("op", "output", "part", "from"):
        column = re.search(rf"\b{word}\b", title)
        assert column is not None
        assert all(row[column.start() - 1] == " " != row[column.start()] for row in rows)


def test_json_is_complete() -> None:
    """Every name, type, attribute, default and provenance is in it; tensors by digest, type, shape and range."""
    graph = spiking_graph()
    found = json.loads(render(graph, "json"))
    assert found == structure(graph)
    assert found["inputs"] == [{"name": "points", "dtype": "float32", "shape": ["N", 2], "coding": {"kind": "analog"}}]
    dense, _, fire, *_ = found["nodes"]
    (weight, *_) = tensors_of(graph, above=16)
    assert dense["attributes"]["weight"] == {
        "tensor": weight,
        "dtype": "float32",
        "shape": [2, 12],
        "min": -1.0,
        "max": 1.875,
    }
    assert dense["attributes"]["bias"] is None
    assert dense["provenance"]["origins"][0]["line"] == "train.py:12 in forward"
    assert dense["provenance"]["steps"] == ["fold", "canonicalise"]
    assert fire["outputs"][0]["coding"] == {"kind": "spikes", "code": "rate", "steps": 32}
    assert fire["part"] == "spiking"


def test_json_has_no_infinities() -> None:
    """Numbers that JSON does not know are strings, and an empty tensor has no range."""
    nodes = (
        Node("c", Clip(float("-inf"), float("nan")), ("x",), (Value("y", typed()),)),
        Node("k", Constant(tensor(np.inf, 1)), (), (Value("k", typed(2)),)),
        Node("e", Constant(Tensor(np.zeros((0, 2), bool))), (), (Value("e", typed(0, 2)),)),
        Node("b", Constant(Tensor(np.ones(2, bool))), (), (Value("b", typed(2)),)),
    )
    clip, large, empty, flags = structure(Graph("g", (Value("x", typed()),), nodes, ("y",)))["nodes"]
    assert clip["attributes"] == {"low": "-inf", "high": "nan"}
    assert large["attributes"]["value"]["max"] == "inf"
    assert empty["attributes"]["value"]["min"] is None
    assert flags["attributes"]["value"]["min"] is True


def test_mermaid_labels_are_escaped() -> None:
    """Outside of quotes there is only structure, inside only words, blanks and character codes."""
    lines = render(evil_graph(), "mermaid").splitlines()
    for line in lines:
        labels = re.findall(r'"([^"]*)"', line)
        for label in labels:
            assert not re.search(r"[<>&`|\[\]{}%\\*]|(?<!\d)#(?!\d+;)", label.replace("<br/>", ""))
        rest = re.sub(r'"[^"]*"', "", line)
        assert re.fullmatch(
            r"flowchart TD|  \w+\(\[\]\)|  subgraph \w+\[\]|    \w+\[\]|  end|  \w+ -->\|\| \w+", rest
        ), line
    decoded = re.sub(r"#(\d+);", lambda match: chr(int(match.group(1))), "\n".join(lines))
    assert 'input "a\\"b\\\\c\\n<d>&e#f;`g` [h] {i} |j| ü %%k _l_ *m* --> \\"]\\nend"' in decoded


def test_dot_labels_are_escaped() -> None:
    """Each label is one quoted string of the DOT grammar, and shows the name as the text form writes it."""
    for line in render(evil_graph(), "dot").splitlines():
        rest = re.sub(r'"(?:[^"\\]|\\.)*"', "''", line)
        assert '"' not in rest, line
        assert "\\" not in rest, line
    text = render(evil_graph(), "dot")
    label = next(match for match in re.findall(r'label="((?:[^"\\]|\\.)*)"', text) if match.startswith("tanh"))
    shown = label.removeprefix("tanh\\n").replace("&amp;", "&")
    assert re.sub(r"\\(.)", r"\1", shown) == print_graph(evil_graph()).split("@")[1].rstrip("}\n").split("\n")[0]


def test_each_spiking_region_has_a_box() -> None:
    """Two regions that do not touch are drawn apart, and the host in one box of its own."""
    graph = spiking_graph()
    copies = tuple(
        replace(
            node,
            name=f"{node.name}.2",
            inputs=tuple(name if name == "/net/0" else f"{name}.2" for name in node.inputs),
            outputs=tuple(Value(f"{value.name}.2", value.type) for value in node.outputs),
        )
        for node in graph.nodes[1:]
    )
    twice = replace(graph, nodes=(*graph.nodes, *copies), outputs=("u", "u.2"))
    for text in (render(twice, "mermaid"), render(twice, "dot")):
        assert [title in text for title in ('"host"', '"spiking 1"', '"spiking 2"')] == [True] * 3
        assert text.count("subgraph") == 3


def test_graph_inputs_may_be_outputs() -> None:
    """A graph without nodes still draws its ends."""
    graph = Graph("wire", (Value("x", typed("N", coding=Current(3))),), (), ("x", "x"))
    assert "in0 -> out1" in render(graph, "dot")
    assert "subgraph" not in render(graph, "mermaid")
