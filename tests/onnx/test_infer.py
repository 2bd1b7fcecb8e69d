"""Types inferred by evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir import ops
from snnir.errors import ModelError
from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.semantics import evaluate
from snnir.semantics.infer import assignments, infer
from snnir.types import Dim, DType, ValueType

UNKNOWN = ValueType("float32", ())


def graph(
    inputs: dict[str, tuple[Dim, ...]], *steps: tuple[str, Op, tuple[str, ...]], dtype: DType = "float32"
) -> Graph:
    """Return a graph of single-output ops whose types are not known yet."""
    values = tuple(Value(name, ValueType(dtype, shape)) for name, shape in inputs.items())
    nodes = tuple(Node(name, op, reads, (Value(name, UNKNOWN),)) for name, op, reads in steps)
    return Graph("g", values, nodes, (steps[-1][0],))


def shape(inputs: dict[str, tuple[Dim, ...]], *steps: tuple[str, Op, tuple[str, ...]]) -> tuple[Dim, ...]:
    """Return the inferred shape of the last step."""
    typed = infer(graph(inputs, *steps))
    return typed.types[typed.outputs[0]].shape


def test_fixed_sizes_stay_numbers() -> None:
    """A graph without open sizes has none afterwards."""
    assert shape({"x": (4, 2)}, ("y", ops.Transpose((1, 0)), ("x",))) == (2, 4)


def test_names_follow_through_ops() -> None:
    """An open size keeps its name, wherever the axis goes."""
    assert shape({"x": ("N", 2)}, ("y", ops.Dense(Tensor(np.ones((2, 3), np.float32))), ("x",))) == ("N", 3)
    assert shape({"x": ("N", 2, "M")}, ("y", ops.Transpose((2, 0, 1)), ("x",))) == ("M", "N", 2)


def test_grids_keep_their_axes_apart() -> None:
    """A separable merge has the size of each axis."""
    inputs: dict[str, tuple[Dim, ...]] = {"a": ("X", 4), "b": ("Y", 4), "c": ("T", 4)}
    assert shape(inputs, ("y", ops.Einsum("ir,jr,kr->ijk"), ("a", "b", "c"))) == ("X", "Y", "T")


@pytest.mark.parametrize(
    ("inputs", "steps", "expected"),
    [
        ({"x": ("N", 3)}, [("y", ops.Reshape((-1,)), ("x",))], ("3*N",)),
        ({"x": ("N", "M")}, [("y", ops.Reshape((-1,)), ("x",))], ("M*N",)),
        ({"x": ("N", 2), "z": (5, 2)}, [("y", ops.Concat(0), ("x", "z"))], ("N + 5",)),
        ({"x": ("N", 2), "z": ("M", 2)}, [("y", ops.Concat(0), ("x", "z"))], ("(M + N)",)),
        ({"x": ("N", 2)}, [("y", ops.Slice((1,), (10**6,), (0,), (1,)), ("x",))], ("N - 1",)),
        ({"x": ("N", "N")}, [("y", ops.Flatten(0), ("x",))], (1, "N*N")),
    ],
)
def test_derived_sizes_are_written_out(
    inputs: dict[str, tuple[Dim, ...]], steps: list[tuple[str, Op, tuple[str, ...]]], expected: tuple[Dim, ...]
) -> None:
    """Sizes that follow from open ones are formulas of them."""
    assert shape(inputs, *steps)[: len(expected)] == expected


def test_shape_arithmetic_is_computed() -> None:
    """Shape, Gather, Concat and Fill need no rules."""
    steps: list[tuple[str, Op, tuple[str, ...]]] = [
        ("s", ops.Shape(), ("x",)),
        ("i", ops.Constant(Tensor(np.asarray([0]))), ()),
        ("n", ops.Gather(0), ("s", "i")),
        ("k", ops.Constant(Tensor(np.asarray([7]))), ()),
        ("t", ops.Concat(0), ("n", "k")),
        ("y", ops.Fill(Tensor(np.zeros(1, np.float32))), ("t",)),
    ]
    typed = infer(graph({"x": ("N", 2)}, *steps))
    assert str(typed.types["y"]) == "float32[N, 7]"
    assert str(typed.types["t"]) == "int64[2]"


def test_sizes_that_must_be_equal_get_one_name() -> None:
    """Operands that are joined have equal sizes; others keep theirs."""
    inputs: dict[str, tuple[Dim, ...]] = {"a": ("N", 2), "b": ("M", 2), "c": ("K", 2)}
    typed = infer(graph(inputs, ("s", ops.Add(), ("a", "b")), ("y", ops.Einsum("ir,jr->ij"), ("s", "c"))))
    assert [value.type.shape[0] for value in typed.inputs] == ["N", "N", "K"]
    assert typed.types["y"].shape == ("N", "K")


def test_element_types_are_inferred() -> None:
    """Comparison gives truth values, casts what they say."""
    typed = infer(graph({"x": ("N",)}, ("c", ops.Less(), ("x", "x")), ("y", ops.Cast("float64"), ("c",))))
    assert [str(typed.types[name]) for name in "cy"] == ["bool[N]", "float64[N]"]


def test_operands_that_never_fit_are_refused() -> None:
    """With the node and the reason."""
    bad = graph({"x": ("N", 2), "z": (3, 3)}, ("y", ops.MatMul(), ("x", "z")))
    with pytest.raises(ModelError) as caught:
        infer(bad)
    assert caught.value.diagnostics[0].code == "bad-operands"
    assert "node 'y'" in caught.value.diagnostics[0].where


def test_a_rank_that_depends_on_sizes_is_refused() -> None:
    """Squeezing an axis that may have size 1 gives no type."""
    inputs: dict[str, tuple[Dim, ...]] = {"x": ("N", 2)}
    steps: list[Any] = [
        ("s", ops.Slice((0,), (2,), (0,), (1,)), ("x",)),
        ("t", ops.Slice((1,), (5,), (0,), (1,)), ("x",)),
    ]
    steps += [("u", ops.Slice((1,), (2,), (0,), (1,)), ("t",)), ("y", ops.Squeeze((0,)), ("u",))]
    with pytest.raises(ModelError):
        infer(graph(inputs, *steps))


def test_enormous_results_are_refused() -> None:
    """Before they are made."""
    steps: list[tuple[str, Op, tuple[str, ...]]] = [
        ("s", ops.Constant(Tensor(np.asarray([10**6, 10**6]))), ()),
        ("y", ops.Expand(), ("x", "s")),
    ]
    with pytest.raises(ModelError) as caught:
        infer(graph({"x": (1, 1)}, *steps))
    assert caught.value.diagnostics[0].code == "too-large"


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
def test_assignments_start_different_and_end_equal(names: list[str]) -> None:
    """The first way keeps all names apart, the last joins them, and every way names all."""
    ways = list(assignments(names))
    assert len(ways[0].numbers) == len(names)
    assert len(ways[-1].numbers) == min(len(names), 1)
    for way in ways:
        assert set(way.names) == set(names)
        for numbers in zip(*way.numbers.values(), strict=True):
            assert len(set(numbers)) == len(numbers)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.permutations(range(3)), st.integers(0, 3), st.booleans())
def test_inferred_sizes_hold_for_all_numbers(columns: int, points: int, perm: list[int], axis: int, join: bool) -> None:
    """Whatever number the open size gets, the result has the inferred shape."""
    steps: list[tuple[str, Op, tuple[str, ...]]] = [
        ("t", ops.Transpose(tuple(perm)), ("x",)),
        ("c", ops.Concat(0), ("t", "t") if join else ("t",)),
        ("y", ops.Flatten(axis), ("c",)),
    ]
    typed = infer(graph({"x": ("N", columns, 2)}, *steps))
    made = evaluate(typed, {"x": np.zeros((points, columns, 2), np.float32)})["y"]
    expected = tuple(eval(str(dim), {"N": points}) for dim in typed.types["y"].shape)  # noqa: S307 - our own formulas
    assert made.shape == expected
