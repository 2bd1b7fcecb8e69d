"""Malformed texts are refused with the line, the column and a caret."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.errors import ModelError
from snnir.text import parse_graph, print_graph, tensors_of
from tests.support import assert_round_trip, failure, spiking_graph

HEAD = 'snnir 1 graph "g" {\n  input %x: float32[N, 2]\n'


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "1:1", "expected 'snnir'"),
        ("graph", "1:1", "expected 'snnir'"),
        ('snnir 2 graph "g" {}', "1:9", "text form 2 is not known"),
        ("snnir 1 graph g {}", "1:15", "expected the graph's name in double quotes"),
        ('snnir 1 graph "g {}', "1:15", "expected the graph's name in double quotes"),
        ('snnir 1 graph "g\\q" {}', "1:15", "expected the graph's name in double quotes"),
        (HEAD, "3:1", "expected a node, 'output' or '}'"),
        (HEAD + "} output %x", "3:3", "expected the end of the text"),
        (HEAD + "  output %x\n  %y = tanh(%x)\n}", "4:3", "expected '}'"),
        (HEAD + "  %y = tanj(%x)", "3:8", "there is no op 'tanj'"),
        (HEAD + "  %y tanh(%x)", "3:6", "expected '='"),
        (HEAD + "  %y = tanh %x", "3:13", "expected '('"),
        (HEAD + "  %y = tanh(%x", "3:15", "expected ',' or ')'"),
        (HEAD + "  %y = tanh(%x, %x)", "3:12", "tanh takes 1 inputs, got 2"),
        (HEAD + "  %y = decode(%x, %x)", "3:14", "decode takes 1 inputs, got 2"),
        (HEAD + "  %y = concat()", "3:14", "concat takes 1 or more inputs, got 0"),
        (HEAD + "  %y = reshape()", "3:15", "reshape takes 1 to 2 inputs, got 0"),
        (HEAD + "  %y = tanh(x)", "3:13", "expected '%'"),
        (HEAD + "  %y = tanh(%1x)", "3:14", "expected a value name"),
        (HEAD + "  %y = tanh(%x) {alpha = 1.0}", "3:18", "tanh has no attribute 'alpha'"),
        (HEAD + "  %y = elu(%x) {alfa = 1.0}", "3:17", "elu has no attribute 'alfa'"),
        (HEAD + "  %y = elu(%x) {alpha = 1.0, alpha = 2.0}", "3:30", "attribute 'alpha' is given twice"),
        (HEAD + '  %y = elu(%x) {alpha = "one"}', "3:25", "'alpha' of elu must be float"),
        (HEAD + "  %y = elu(%x) {alpha = true}", "3:25", "'alpha' of elu must be float"),
        (HEAD + "  %y = elu(%x) {alpha = }", "3:25", "expected a value"),
        (HEAD + "  %y = elu(%x) {alpha = 1e999}", "3:25", "1e999 does not fit into float64"),
        (HEAD + f"  %y = elu(%x) {{alpha = {'9' * 400}}}", "3:25", "'alpha' of elu must be float"),
        (HEAD + f"  %y = concat(%x) {{axis = {'9' * 9999}}}", "3:27", "the number is too long"),
        (HEAD + "  %y = concat(%x) {axis = 1.0}", "3:27", "'axis' of concat must be int"),
        (HEAD + "  %y = squeeze(%x) {axes = 1}", "3:28", "'axes' of squeeze must be a list of int or none"),
        (HEAD + "  %y = squeeze(%x) {axes = [1, 2.0]}", "3:28", "'axes' of squeeze must be a list of int or none"),
        (HEAD + "  %y = gelu(%x) {approximate = 1}", "3:32", "'approximate' of gelu must be true or false"),
        (HEAD + '  %y = elu(%x) {alpha = graph "f" { }}', "3:25", "'alpha' of elu must be float"),
        (HEAD + "  %y = sigma_delta(%x) {function = 1}", "3:36", "'function' of sigma_delta must be graph"),
        (HEAD + '  %y = sigma_delta(%x) {function = graph "f" {', "3:47", "expected a node, 'output' or '}'"),
        (
            HEAD + '  %y = sigma_delta(%x) {function = graph "f" { %b = sigma_delta(%a) {function = graph "g" {}}}}',
            "3:81",
            "a graph that is an attribute holds no other",
        ),
        (HEAD + '  %y = cast(%x) {to = "float80"}', "3:23", "'to' of cast must be one of float16"),
        (HEAD + "  %y = encode(%x): float32[2]", "3:18", "encode needs steps"),
        (HEAD + '  %y = integrate_and_fire(%x)  @"n"', "3:32", "integrate_and_fire needs threshold and amplitude"),
        (
            HEAD + "  %y = dense(%x) {weight = tensor float32[N] [1.0]}",
            "3:35",
            "a tensor has a fixed shape and no coding",
        ),
        (HEAD + "  %y = dense(%x) {weight = tensor float32[2] [1.0]}", "3:46", "float32[2] has 2 elements, got 1"),
        (HEAD + "  %y = dense(%x) {weight = tensor float32[1] [true]}", "3:46", "true is no float32"),
        (HEAD + "  %y = dense(%x) {weight = tensor float16[1] [65536.0]}", "3:46", "65536.0 does not fit into float16"),
        (HEAD + "  %y = dense(%x) {weight = tensor float16[1] [nan(0x1)]}", "3:46", "nan(0x1) is not a NaN of float16"),
        (HEAD + "  %y = dense(%x) {weight = tensor int8[1] [128]}", "3:43", "128 does not fit into int8"),
        (HEAD + "  %y = dense(%x) {weight = tensor int8[1] [1.5]}", "3:43", "1.5 is no int8"),
        (HEAD + "  %y = dense(%x) {weight = tensor bool[1] [2]}", "3:43", "2 is no bool"),
        (HEAD + "  %y = dense(%x) {weight = tensor float32[99999999999999] []}", "3:59", "got 0"),
        (HEAD + '  %y = tanh(%x)  @"n"', "3:18", "1 outputs need as many types, got 0"),
        (HEAD + '  %y, %z = tanh(%x): float32[2]  @"n"', "3:20", "2 outputs need as many types, got 1"),
        (HEAD + '  %y = tanh(%x): float3[2]  @"n"', "3:18", "there is no element type 'float3'"),
        (HEAD + '  %y = tanh(%x): spikes<rate> float32[2]  @"n"', "3:29", "expected ','"),
        (HEAD + "  %y = tanh(%x): float32[N, 2]\n}", "4:1", "expected '@'"),
        (HEAD + '  %y = tanh(%x): float32[N]  @"n"  from "f":"n"', "3:41", 'an origin is "file":"node":"op"'),
        (HEAD + '  %y = tanh(%x): float32[N]  @"n"  by ,', "3:39", "expected a step"),
    ],
)
def test_the_place_is_named(text: str, place: str, message: str) -> None:
    """Each kind of mistake is one finding, at the line and column where it stands."""
    error = failure(lambda: parse_graph(text, source="g.snn"), ModelError)
    (finding,) = error.diagnostics
    assert finding.code == "text-syntax"
    assert finding.where == f"g.snn:{place}"
    assert message in finding.message


def test_the_caret_stands_under_the_place() -> None:
    """The message shows the source line and a caret below the offending word."""
    error = failure(lambda: parse_graph(HEAD + "\t%y = tanj(%x)"), ModelError)
    _, line, caret = error.diagnostics[0].message.split("\n")
    assert line[caret.index("^") :].startswith("tanj(")


def test_long_lines_are_cut_around_the_place() -> None:
    """Of a line with a large tensor, only the neighbourhood of the mistake is shown."""
    numbers = ", ".join(["1.0"] * 500)
    error = failure(lambda: parse_graph(f"{HEAD}  %y = fill(%x) {{value = tensor int8[500] [{numbers}, @"), ModelError)
    _, line, caret = error.diagnostics[0].message.split("\n")
    assert len(line) < 110
    assert line[caret.index("^")] == "@"


@pytest.mark.parametrize(
    ("node", "hint"),
    [
        ("sigmiod(%x)", "did you mean 'sigmoid'?"),
        ("elu(%x) {alpa = 1.0}", "did you mean 'alpha'?"),
        ("tanh(%x) {a = 1}", "tanh has no attributes"),
        ("tanh(%x): float23[2]", "did you mean 'float32'?"),
    ],
)
def test_unknown_words_have_a_hint(node: str, hint: str) -> None:
    """For an unknown op, attribute or element type, the nearest known one is offered."""
    error = failure(lambda: parse_graph(f"{HEAD}  %y = {node}"), ModelError)
    assert hint in error.diagnostics[0].hint


def test_a_tensor_that_was_not_given() -> None:
    """A digest that nothing is known about is its own finding: the text alone is not enough."""
    graph = spiking_graph()
    error = failure(lambda: parse_graph(print_graph(graph)), ModelError)
    assert [finding.code for finding in error.diagnostics] == ["missing-tensor"]
    assert error.diagnostics[0].where == "text:3:62"


def test_a_tensor_of_another_shape() -> None:
    """The shape that the text declares must be the one that the tensor has."""
    graph = spiking_graph()
    text = print_graph(graph).replace("float32[2, 12]", "float32[12, 2]")
    error = failure(lambda: parse_graph(text, tensors_of(graph)), ModelError)
    assert "the tensor is float32[2, 12], declared float32[12, 2]" in str(error)


def test_the_graph_is_verified() -> None:
    """A well-formed text of an illegal graph is refused by the verifier, all findings at once."""
    text = HEAD + '  %y = tanh(%q): float32[N, 2]  @"a"\n  %y = tanh(%x): current<3> float32[N, 2]  @"a"\n}'
    error = failure(lambda: parse_graph(text), ModelError)
    assert {finding.code for finding in error.diagnostics} == {"invalid-ir"}
    assert len(error.diagnostics) == 4


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_damage_gives_a_traceback(data: st.DataObject) -> None:
    """Whatever is cut out of a text or put into it, the answer is a graph or a `ModelError`."""
    graph = spiking_graph()
    text = print_graph(graph)
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 5))
    put = data.draw(st.text(st.sampled_from('%"{}[]():=,@# \n-.0159aentx\\'), max_size=4))
    damaged = text[:start] + put + text[start + length :]
    with suppress(ModelError):
        assert_round_trip(parse_graph(damaged, tensors_of(graph)))
