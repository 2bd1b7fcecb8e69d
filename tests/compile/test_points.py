"""Points: domains, drawing, files, checks and splits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from snnir.data.domain import domain_notes, parse_domain
from snnir.data.points import check_points, read_points
from snnir.data.sampling import CALIBRATION, HELD_OUT, sample, split, sweep
from snnir.errors import ModelError, UsageError
from snnir.ir import Graph, Value
from snnir.types import Array, Dim, ValueType
from tests.networks import mlp, operator_network, separable, two_branch
from tests.support import failure

SETTINGS = settings(deadline=None, derandomize=True, max_examples=200)
names = st.text(st.characters(exclude_characters=",=:", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)


def with_inputs(*shapes: tuple[Dim, ...]) -> Graph:
    """Return a graph of inputs only, called a, b, ..."""
    inputs = tuple(Value(name, ValueType("float32", shape)) for name, shape in zip("abcdef", shapes, strict=False))
    return Graph("g", inputs, (), ())


def messages(call: Any, code: str, kind: type[Any] = UsageError) -> list[str]:
    """Return the messages of the error that a call raises, all of one code."""
    error = failure(call, kind)
    assert {each.code for each in error.diagnostics} == {code}
    return [each.message for each in error.diagnostics]


@given(st.dictionaries(names, st.tuples(numbers, numbers), min_size=1, max_size=4))
@SETTINGS
def test_domains_round_trip(domain: dict[str, tuple[float, float]]) -> None:
    """Names and numbers come out of a domain's text as they went in, in order, with or without spaces."""
    for gap in ("", " "):
        text = ",".join(f"{gap}{name}{gap}={gap}{low!r}:{gap}{high!r}{gap}" for name, (low, high) in domain.items())
        assert list(parse_domain(text).items()) == list(domain.items())


@given(st.text(max_size=30) | st.text("xt=:,.-+e0123456789 naif_", max_size=30))
@example("")
@example("x=1:2:3")
@example("x==1:2")
@SETTINGS
def test_any_text_is_a_domain_or_is_refused(text: str) -> None:
    """Whatever is typed, the answer is intervals or a list of findings, never a traceback."""
    error: UsageError | None = None
    domain = {}
    try:
        domain = parse_domain(text)
    except UsageError as caught:
        error = caught
    assert bool(domain) == (error is None)
    assert all(name and isinstance(low, float) and isinstance(high, float) for name, (low, high) in domain.items())
    assert error is None or all(each.code == "bad-domain" and each.hint for each in error.diagnostics)


def test_every_mistake_in_a_domain_is_named() -> None:
    """All parts that are wrong are found at once."""
    found = messages(lambda: parse_domain("x=-1:1,t,y=0:z,x=0:1,=0:1"), "bad-domain")
    assert found == [
        "'t' is not of the form NAME=LOW:HIGH",
        "'y=0:z' is not of the form NAME=LOW:HIGH",
        "'x' is named twice",
        "'=0:1' names nothing",
    ]


def test_columns_are_named_in_order() -> None:
    """Intervals of a single input are those of its columns in order, whatever they are called."""
    drawn = sample(mlp(2, 3, 1), {"space": (-1, 1), "time": (0, 4)}, 0)
    for points, count in ((drawn.calibration, CALIBRATION), (drawn.held_out, HELD_OUT)):
        assert points["x"].shape == (count, 2)
        assert points["x"].dtype == np.float32
        for column, (low, high) in enumerate([(-1, 1), (0, 4)]):
            values = points["x"][:, column]
            assert low <= values.min() < low + 0.01 * (high - low)
            assert high >= values.max() > high - 0.01 * (high - low)


def test_points_fill_the_domain_evenly() -> None:
    """Every one of 16 by 16 equal cells gets its share of the low-discrepancy points."""
    x = sample(mlp(2, 3, 1), {"x": (0, 1), "y": (0, 1)}, 3).calibration["x"]
    counts, _, _ = np.histogram2d(x[:, 0], x[:, 1], bins=16, range=[[0, 1], [0, 1]])
    assert counts.min() >= 15
    assert counts.max() <= 17


def test_held_out_points_are_others() -> None:
    """No point is in both parts, and another seed gives other points."""
    domain = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
    first, same, other = (sample(mlp(2, 3, 1), domain, seed) for seed in (0, 0, 1))
    rows = {tuple(row) for row in first.calibration["x"].tolist()}
    assert not rows.intersection(map(tuple, first.held_out["x"].tolist()))
    np.testing.assert_array_equal(first.calibration["x"], same.calibration["x"])
    np.testing.assert_array_equal(first.held_out["x"], same.held_out["x"])
    for part in (other.calibration, other.held_out):
        assert not rows.intersection(map(tuple, part["x"].tolist()))


def test_inputs_that_share_their_points_are_drawn_jointly() -> None:
    """Inputs of one free size fill the square together, not its diagonal; axes of their own are drawn apart."""
    drawn = sample(two_branch(3), {"x": (0, 1), "t": (0, 2)}, 0).calibration
    assert drawn["x"].shape == drawn["t"].shape == (CALIBRATION, 1)
    counts, _, _ = np.histogram2d(drawn["x"][:, 0], drawn["t"][:, 0], bins=8, range=[[0, 1], [0, 2]])
    assert counts.min() > 50
    axes = sample(separable(2, 3), {"x": (0, 1), "y": (5, 6)}, 0).calibration
    assert axes["y"].min() >= 5
    assert not np.allclose(np.sort(axes["x"], axis=0), np.sort(axes["y"] - 5, axis=0), atol=0)


def test_one_interval_for_all_columns_of_an_input() -> None:
    """In a model of several inputs an interval holds for every column of its input."""
    drawn = sample(operator_network(3), {"u": (-2, 2), "x": (0, 1)}, 0).calibration
    assert drawn["u"].shape == (CALIBRATION, 5)
    assert drawn["x"].shape == (CALIBRATION, 2)
    assert drawn["u"].min() < -1.9
    assert drawn["x"].min() >= 0
    single = sample(mlp(3, 2, 1), {"x": (4, 5)}, 0).calibration
    assert single["x"].min() >= 4


def test_further_sizes() -> None:
    """The first free size counts the points wherever it stands; other free sizes become 1, fixed ones stay."""
    drawn = sample(with_inputs((3, "N"), ("N", "M", 2), ()), {"a": (0, 1), "b": (1, 2), "c": (2, 3)}, 0).calibration
    assert drawn["a"].shape == (3, CALIBRATION)
    assert drawn["b"].shape == (CALIBRATION, 1, 2)
    assert drawn["c"].shape == ()
    assert drawn["b"].min() >= 1


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ({"x": (0, 1)}, None),
        ({"a": (0, 1)}, ["the domain has 1 interval, input 'x' has 2 columns"]),
        ({"a": (0, 1), "b": (0, 1), "c": (0, 1)}, ["the domain has 3 intervals, input 'x' has 2 columns"]),
        ({"a": (1, 0), "b": (2, 2)}, ["the interval of 'a', 1:0, is reversed", "the interval of 'b', 2:2, is empty"]),
        ({"a": (0, float("inf")), "b": (0, 1)}, ["the interval of 'a', 0:inf, is not finite"]),
    ],
)
def test_domains_of_a_single_input(domain: dict[str, tuple[float, float]], found: list[str] | None) -> None:
    """The number of intervals is that of the columns, or one by the input's name; ends are finite and in order."""
    if found is None:
        sample(mlp(2, 3, 1), domain, 0)
    else:
        assert messages(lambda: sample(mlp(2, 3, 1), domain, 0), "bad-domain") == found


def test_domains_of_several_inputs() -> None:
    """Inputs without an interval and intervals without an input are all named at once."""
    found = messages(lambda: sample(two_branch(3), {"x": (0, 1), "y": (1, 0)}, 0), "bad-domain")
    assert found == [
        "the interval of 'y', 1:0, is reversed",
        "no interval for input 't'",
        "'y' is no input of this model; it has: x, t",
    ]


def test_fixed_sizes_are_refused() -> None:
    """A model of one point or of batches of 4 cannot be calibrated: the reason is true, and a way out shown (17)."""
    for size, what in ((1, "one point at a time"), (4, "batches of exactly 4")):
        graph = with_inputs((size, 2))
        for call in (
            partial(sample, graph, {"x": (0, 1), "y": (0, 1)}, 0),
            partial(split, graph, {"a": np.zeros((size, 2))}, 0),
        ):
            (finding,) = failure(call, ModelError).diagnostics
            assert finding.code == "fixed-size"
            assert f"the model takes {what}, " in finding.message
            assert 'dynamic_axes={"a": {0: "N"}}' in finding.hint


@pytest.mark.parametrize("count", [16, 17, 100, 6000, 20000])
def test_split(count: int) -> None:
    """Samples are split three to one, up to the number of points that are drawn, and no sample is in both parts."""
    points = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    parts = split(mlp(2, 3, 1), {"x": points}, 0)
    calibration, held_out = parts.calibration["x"], parts.held_out["x"]
    assert len(calibration) == min(CALIBRATION, count * 3 // 4)
    assert len(held_out) == min(HELD_OUT, count - len(calibration))
    rows = {*map(tuple, calibration.tolist()), *map(tuple, held_out.tolist())}
    assert len(rows) == len(calibration) + len(held_out)
    assert rows <= set(map(tuple, points.tolist()))
    again = split(mlp(2, 3, 1), {"x": points}, 0).calibration["x"]
    np.testing.assert_array_equal(calibration, again)
    assert not np.array_equal(calibration, split(mlp(2, 3, 1), {"x": points}, 1).calibration["x"])


def test_split_keeps_inputs_together() -> None:
    """Inputs of one free size are split alike; axes of a separable model each by themselves."""
    x = np.arange(40, dtype=np.float32)[:, np.newaxis]
    parts = split(two_branch(3), {"x": x, "t": x + 100}, 0)
    np.testing.assert_array_equal(parts.calibration["t"] - parts.calibration["x"], np.full((30, 1), 100))
    axes = split(separable(2, 3), {"x": x, "y": x[:20]}, 0)
    assert (len(axes.calibration["x"]), len(axes.calibration["y"])) == (30, 15)


def test_too_few_samples() -> None:
    """With fewer than 16 samples nothing can be fitted and measured."""
    found = messages(lambda: split(mlp(2, 3, 1), {"x": np.zeros((15, 2), np.float32)}, 0), "too-few-points")
    assert found == ["15 points for input 'x' are too few"]


INPUTS = two_branch(3).inputs
PAIR = {"x": np.zeros((5, 1)), "t": np.zeros((5, 1))}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"t": np.zeros(5)}, []),
        ({"x": np.zeros((5, 1), np.int8), "t": np.zeros((5, 1), np.float16)}, []),
        ({"t": None}, ["there are no points for input 't'"]),
        ({"z": np.zeros((5, 1))}, ["'z' is no input of this model"]),
        ({"t": np.zeros((4, 1))}, ["input 't': its shape is [4, 1]"]),
        ({"t": np.zeros((5, 2))}, ["input 't': its shape is [5, 2]"]),
        ({"x": np.zeros((0, 1)), "t": np.zeros((0, 1))}, ["input 'x': it is empty", "input 't': it is empty"]),
        ({"t": np.full((5, 1), np.nan)}, ["NaN or infinite"]),
        ({"t": np.full((5, 1), 1e300)}, ["too large for float32"]),
        ({"t": np.zeros((5, 1), complex)}, ["of type complex128"]),
        ({"t": np.array([["a"]] * 5)}, ["of type <U1"]),
        (
            {"t": None, "x": np.zeros((5, 3)), "u": np.zeros(1)},
            ["no points for input 't'", "'u' is no", "its shape is"],
        ),
    ],
)
def test_what_is_wrong_with_points(change: dict[str, Array | None], found: list[str]) -> None:
    """Names, shapes, types and numbers are checked, and everything that is wrong is reported at once."""
    arrays = {name: array for name, array in {**PAIR, **change}.items() if array is not None}
    if not found:
        checked = check_points(arrays, INPUTS, "here")
        assert all(array.dtype == np.float32 and array.shape == (5, 1) for array in checked.values())
        return
    error = failure(lambda: check_points(arrays, INPUTS, "here"), UsageError)
    assert len(error.diagnostics) == len(found)
    for diagnostic, text in zip(error.diagnostics, found, strict=True):
        assert text in diagnostic.message
        assert (diagnostic.code, diagnostic.where) == ("bad-points", "here")
        assert "x: float32[N, 1]" in diagnostic.hint


def test_a_single_array_may_have_any_name() -> None:
    """Where there is one input and one array, its name does not matter."""
    (value,) = mlp(2, 3, 1).inputs
    for name in ("", "x", "arr_0"):
        assert list(check_points({name: np.zeros((3, 2))}, [value], "")) == ["x"]
    fixed = replace(value, type=ValueType("float32", (1, 2)))
    assert check_points({"": np.zeros((1, 2))}, [fixed], "")["x"].shape == (1, 2)


def test_files_of_points(tmp_path: Path) -> None:
    """Arrays are read from .npy by position and from .npz by name."""
    points = np.random.default_rng(0).normal(size=(4, 2))
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "b.npz", x=points[:, :1], t=points[:, 1:])
    single = read_points(tmp_path / "a.npy", mlp(2, 3, 1).inputs)
    np.testing.assert_array_equal(single["x"], points.astype(np.float32))
    several = read_points(tmp_path / "b.npz", INPUTS)
    assert list(several) == ["x", "t"]


def _pickled() -> bytes:
    file = BytesIO()
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("data", [b"", b"text", b"\x93NUMPY", b"PK\x03\x04", _pickled()], ids=str)
def test_files_that_are_no_points(tmp_path: Path, data: bytes) -> None:
    """Other files are refused in words; pickled objects are never loaded."""
    path = tmp_path / "points.npy"
    path.write_bytes(data)
    (found,) = messages(lambda: read_points(path, INPUTS), "bad-points")
    assert found.startswith("not a file of points")
    assert ("pickled" in found) == (data == _pickled())


@pytest.mark.parametrize(("array", "fits"), [([[2.0, 1.0]], True), ([[0.5, 1.0]], False), ([[np.nan, 1.0]], False)])
def test_integer_inputs_take_whole_numbers(array: list[list[float]], fits: bool) -> None:
    """A fraction or NaN is no integer; nothing is cut off in silence."""
    value = Value("x", ValueType("int64", ("N", 2)))
    points = {"x": np.array(array)}
    if fits:
        assert check_points(points, [value], "test")["x"].dtype == np.int64
        return
    found = messages(lambda: check_points(points, [value], "test"), "bad-points")
    assert found == ["input 'x': it holds numbers that int64 has not"]


def test_lists_are_points() -> None:
    """Points of several inputs may be lists, as those of a single one may."""
    graph = with_inputs(("N", 2), ("N", 1))
    points = check_points({"a": [[1.0, 2.0]], "b": [3.0]}, graph.inputs, "test")  # type: ignore[dict-item]
    assert {name: array.shape for name, array in points.items()} == {"a": (1, 2), "b": (1, 1)}


def test_more_columns_than_the_sequence_has() -> None:
    """Beyond 21,201 columns no points can be drawn, and the message says what to do."""
    graph = with_inputs(("N", 30_000))
    found = messages(lambda: sample(graph, {"a": (0, 1)}, 0), "bad-domain")
    assert found == ["the model has too many columns to draw points of; give `samples`"]


@pytest.mark.parametrize("domain", [[(-1, 1)], {"x": (1,)}, {"x": "ab"}, {"x": 3}])
def test_what_is_no_domain_is_refused(domain: Any) -> None:
    """Through the API anything may come; it gets the same kind of answer as on the command line."""
    assert failure(lambda: sample(mlp(1, 4, 1), domain, 0), UsageError).diagnostics[0].code == "bad-domain"


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_sweeps_are_lines_through_the_domain(columns: int) -> None:
    """Eight lines of 200 even steps, every other one along an axis, from edge to edge; held-out ones are others."""
    domain = dict.fromkeys("abc"[:columns], (-1.0, 3.0))
    drawn = sweep(with_inputs(("N", columns)), domain, 0)
    assert drawn.lines == 8
    assert not np.array_equal(drawn.calibration["a"], drawn.held_out["a"])
    for number, line in enumerate(drawn.held_out["a"].reshape(8, 200, columns).astype(np.float64)):
        assert np.all((line >= -1) & (line <= 3))
        steps = np.diff(line, axis=0)
        np.testing.assert_allclose(steps, np.broadcast_to(steps.mean(axis=0), steps.shape), atol=1e-5)
        moving = np.abs(steps.mean(axis=0)) > 1e-6
        assert moving.sum() == (1 if number % 2 == 0 else columns)
        ahead = line[[0, -1]] + [[-1.01], [1.01]] * steps.mean(axis=0)
        assert np.all(np.any((ahead < -1) | (ahead > 3), axis=1))


def test_sweeps_of_several_axes() -> None:
    """Each axis of a separable network is swept once, from its low end to its high end."""
    drawn = sweep(separable(), {"x": (0, 1), "y": (2, 5)}, 3)
    assert drawn.lines == 1
    for name, (low, high) in {"x": (0, 1), "y": (2, 5)}.items():
        column = drawn.calibration[name][:, 0]
        assert len(column) == 200
        assert np.all(np.diff(column) > 0)
        assert low <= column[0] < column[-1] <= high


def test_streams_of_samples_keep_their_order() -> None:
    """Samples for a stream are cut, not shuffled."""
    points = {"a": np.arange(40, dtype=np.float32)[:, np.newaxis]}
    cut = split(with_inputs(("N", 1)), points, 0, stream=True)
    np.testing.assert_array_equal(cut.calibration["a"][:, 0], np.arange(30))
    np.testing.assert_array_equal(cut.held_out["a"][:, 0], np.arange(30, 40))
    assert cut.lines == 1


@pytest.mark.parametrize(
    ("wanted", "given", "made"),
    [
        (("N", 1, 1, 3), (5, 3), (5, 1, 1, 3)),
        (("N", 1, 3), (5, 3), (5, 1, 3)),
        (("N", 2, 3), (5, 6), (5, 2, 3)),
        (("N", 3), (5, 1, 3), (5, 3)),
        (("N", 1, 1, 3), (3,), (1, 1, 1, 3)),
        (("N", 3), (3,), (1, 3)),
        (("N", 1), (5,), (5, 1)),
        (("N", 1), (), (1, 1)),
        (("N",), (5, 1), (5,)),
        ((1, 3), (3,), (1, 3)),
        ((3,), (1, 3), (3,)),
        (("N", "M", 3), (5, 4, 3), (5, 4, 3)),
    ],
)
def test_shapes_as_people_have_them(wanted: tuple[Dim, ...], given: tuple[int, ...], made: tuple[int, ...]) -> None:
    """Points [N, n] for whatever shape MATLAB or Keras gave a point, and one point as a vector; row by row the same."""
    array = np.arange(float(np.prod(given))).reshape(given)
    (value,) = with_inputs(wanted).inputs
    checked = check_points({"": array}, [value], "x.npy")["a"]
    assert checked.shape == made
    np.testing.assert_array_equal(checked.ravel(), array.ravel())


@pytest.mark.parametrize(
    ("wanted", "given"), [(("N", 3), (4,)), (("N", 3), (3, 5)), (("N", 2, 3), (5, 2)), ((3, "N"), (3,)), ((2, 3), (6,))]
)
def test_shapes_that_could_mean_anything_are_refused(wanted: tuple[Dim, ...], given: tuple[int, ...]) -> None:
    """What fits in no way or in several is not guessed."""
    (value,) = with_inputs(wanted).inputs
    found = messages(lambda: check_points({"": np.zeros(given)}, [value], "x.npy"), "bad-points")
    assert found == [f"input 'a': its shape is {list(given)}"]


@pytest.mark.parametrize("shape", [("N", 1, 1, 3), ("N", 3), ("N", 2, 2)])
def test_what_a_domain_has_can_be_run(shape: tuple[Dim, ...]) -> None:
    """The columns of a domain are those of points in a file: drawn points, made flat, are the same points again."""
    graph = with_inputs(shape)
    columns = int(np.prod(shape[1:]))
    drawn = sample(graph, {f"c{index}": (0.0, 1.0) for index in range(columns)}, 0).held_out["a"]
    checked = check_points({"": drawn.reshape(-1, columns)}, graph.inputs, "x.npy")
    np.testing.assert_array_equal(checked["a"], drawn)


TABLES = {
    "plain": "0,1\n2,3\n",
    "names": "x,t\n0,1\n2,3\n",
    "semicolons": "x;t\n0;1\n2;3\n",
    "tabs, comments, blanks": "# made by hand\nx\tt\n\n0\t1\n 2\t3e0 \n",
    "byte order mark": "\ufeffx, t\r\n0, 1\r\n2, 3\r\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_points(kind: str, tmp_path: Path) -> None:
    """A .csv file with or without names is points: for the columns of one input, or for several inputs by name."""
    path = tmp_path / "p.csv"
    path.write_text(TABLES[kind], encoding="utf-8", newline="")
    points = read_points(path, with_inputs(("N", 2)).inputs)["a"]
    np.testing.assert_array_equal(points, [[0, 1], [2, 3]])
    if kind != "plain":
        inputs = [Value(name, ValueType("float32", ("N", 1))) for name in ("t", "x")]
        by_name = read_points(path, inputs)
        assert (by_name["x"].tolist(), by_name["t"].tolist()) == ([[0], [2]], [[1], [3]])


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "there is nothing in it"),
        ("x,t\n", "there are no lines of numbers in it"),
        ("x,x\n1,2\n", "several columns are called 'x'"),
        ("x,t\n1,2\n3\n", "line 3 has 1 columns, not 2"),
        ("1,2\n3,four\n", "line 2 holds something that is no number"),
        ("1,2\n3,nan\n", "it holds NaN or infinite numbers"),
    ],
)
def test_tables_that_are_none(text: str, fragment: str, tmp_path: Path) -> None:
    """What is wrong with a .csv file is reported with its line."""
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    (message,) = messages(lambda: read_points(path, with_inputs(("N", 2)).inputs), "bad-points")
    assert fragment in message


def test_pointers_of_git_lfs(tmp_path: Path) -> None:
    """An .npy file that was never fetched is distinguished from one that is damaged."""
    path = tmp_path / "p.npy"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    error = failure(lambda: read_points(path, with_inputs(("N", 2)).inputs), UsageError)
    assert error.diagnostics[0].code == "lfs-pointer"
    assert "git lfs pull" in error.diagnostics[0].hint


def test_what_a_domain_of_this_model_looks_like() -> None:
    """A hint shows the model's own inputs, or one interval for each column, and is given once (users 13)."""
    for graph, domain in ((mlp(2, 3, 1), {"a": (0, 1)}), (two_branch(3), {"y": (0, 1)})):
        error = failure(lambda graph=graph, domain=domain: sample(graph, domain, 0), UsageError)
        hint = error.diagnostics[-1].hint
        assert all(f"{value.name}: {value.type}" in hint for value in graph.inputs)
        written = hint.partition('`domain` "')[2].partition('"')[0]
        sample(graph, parse_domain(written), 0)
        assert str(error).count("hint: ") == 1


def test_functions_are_not_drawn_from_an_interval() -> None:
    """100 columns of independent noise are no function for a DeepONet, which a note tells (users 11)."""
    graph = with_inputs(("N", 100), ("N", 2))
    (note,) = domain_notes(graph, {"a": (-2, 2), "b": (0, 1)})
    assert "'a': its 100 columns" in note
    assert "give samples" in note
    assert domain_notes(mlp(10, 3, 1), {"x": (0, 1)}) == ()
