"""Random graphs over the whole vocabulary: legal for the verifier, though most could not run."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from itertools import product
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from hypothesis import strategies as st

from snnir.codes.sigma_delta import TRAIN
from snnir.ir import CodingError, Graph, Node, Op, Tensor, Value, fresh_name
from snnir.ops import OPS, Constant, Mul, Scan, Tanh
from snnir.provenance import Origin, Provenance, Source
from snnir.types import ANALOG, DTYPES, Coding, Current, Estimate, Spikes, ValueType

STEPS = 4
CODINGS: tuple[Coding, ...] = (
    ANALOG,
    Current(STEPS),
    Spikes("rate", STEPS),
    Current(STEPS, "binary"),
    Spikes("radix", STEPS),
    Estimate(STEPS),
    Current(1),
    TRAIN,
)

characters = st.characters(exclude_categories=())
names = st.sampled_from(
    ["x", "net.0", "/net/0/Gemm_output_0", "", "3", 'a "b"\\', "two\nlines", "ü 🙂", "\ud800"]
) | st.text(characters, max_size=8)
dims = st.integers(0, 2**40) | st.sampled_from(["N", "3*N", "s0 // 2", "Max(1, s0)", "7", "", "a]b"]) | names
codes = st.sampled_from(["rate", "sigma-delta", "two words"])
origins = st.builds(Origin, names, names, names, names)
provenances = st.builds(Provenance, st.lists(origins, max_size=3).map(tuple), st.lists(names, max_size=3).map(tuple))


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    """Return a tensor of any type whose elements are any bits."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(0, 4), max_size=3))
    data = draw(st.binary(min_size=dtype.itemsize * int(np.prod(shape)), max_size=dtype.itemsize * int(np.prod(shape))))
    if dtype == np.bool_:
        data = bytes(byte % 2 for byte in data)
    return Tensor(np.frombuffer(data, dtype=dtype).reshape(shape))


@st.composite
def functions(draw: st.DrawFn) -> Graph:
    """Return a graph that may be an attribute: analog, of one input and one output; few choices keep examples small."""
    kind = ValueType("float32", draw(st.sampled_from([(), (3,), ("N", 4)])))
    second: Op = draw(st.sampled_from([Mul(), Constant(Tensor(np.ones(3, np.float32)))]))
    inputs = ("argument", "middle")[: second.arity[0]]
    nodes = (
        Node("first", Tanh(), ("argument",), (Value("middle", kind),)),
        Node("second", second, inputs, (Value("result", kind),)),
    )
    return Graph("function", (Value("argument", kind),), nodes, ("result",))


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Return a network of one or two series, with or without a state and a held value."""
    kind = ValueType("float32", draw(st.sampled_from([(), (3,), ("N", 4)])))
    states, series, held = draw(st.integers(0, 1)), draw(st.integers(1, 2)), draw(st.integers(0, 1))
    inputs = tuple(Value(f"in{index}", kind) for index in range(states + series + held))
    nodes = (
        Node("first", Mul(), (inputs[0].name, inputs[-1].name), (Value("product", kind),)),
        Node("second", Tanh(), ("product",), (Value("y", kind),), draw(provenances)),
    )
    outputs = ("product",) * states + draw(st.sampled_from([("y",), ("y", "in0")]))
    return Scan(Graph("step", inputs, nodes, outputs), states, held)


def attributes(hint: Any) -> st.SearchStrategy[Any]:
    """Return any values of a declared type."""
    arguments = get_args(hint)
    if get_origin(hint) in {Union, UnionType}:
        return st.one_of([attributes(choice) for choice in arguments])
    if get_origin(hint) is Literal:
        return st.sampled_from(arguments)
    if get_origin(hint) is tuple:
        return st.lists(attributes(arguments[0]), max_size=3).map(tuple)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(2**80), 2**80),
        float: st.floats() | st.sampled_from([0.0, -0.0, 0.1]),
        bool: st.booleans(),
        str: names,
        NoneType: st.none(),
        Tensor: tensors(),
        Graph: functions(),
    }
    return plain[hint]


@st.composite
def ops(draw: st.DrawFn, kind: type[Op]) -> Op:
    """Return an op of a class with any attributes that go together; often the defaults."""
    if kind is Scan:
        return draw(scans())
    hints = get_type_hints(kind)
    values = {
        field.name: draw(attributes(hints[field.name]))
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING or draw(st.booleans())
    }
    return kind(**values)


@st.composite
def graphs(draw: st.DrawFn, kinds: tuple[type[Op], ...] | None = None) -> Graph:
    """Return a legal graph with a node of each of `kinds` (default: any)."""
    if kinds is None:
        kinds = tuple(draw(st.lists(st.sampled_from(list(OPS.values())), max_size=5)))
    values: list[Value] = []

    def value(coding: Coding) -> Value:
        name = fresh_name(draw(names), (value.name for value in values))
        shape = tuple(draw(st.lists(dims, max_size=3)))
        made = Value(name, ValueType(draw(st.sampled_from(DTYPES)), shape, coding))
        values.append(made)
        return made

    inputs = tuple(value(coding) for coding in CODINGS)
    nodes: list[Node] = []
    for kind in kinds:
        op = draw(ops(kind))
        fewest, most = op.arity
        count = draw(st.integers(fewest, fewest + 2 if most is None else most))
        results = draw(st.sampled_from([1, 1, 1, 0, 3]))
        if isinstance(op, Scan):
            count = op.series + op.held + draw(st.sampled_from([0, op.states]))
            results = len(op.body.outputs) - op.states
        codings, coding = _joinable(op, count)
        read = tuple(draw(st.sampled_from([v.name for v in values if v.type.coding == wanted])) for wanted in codings)
        made = tuple(value(coding) for _ in range(results))
        name = fresh_name(draw(names), (node.name for node in nodes))
        nodes.append(Node(name, op, read, made, draw(provenances)))
    outputs = draw(st.lists(st.sampled_from([value.name for value in values]), max_size=3))
    source = draw(
        st.none() | st.builds(Source, names, names, st.just("") | names, st.lists(names, max_size=2).map(tuple))
    )
    return Graph(draw(names), inputs, tuple(nodes), tuple(outputs), source)


def _joinable(op: Op, count: int) -> tuple[tuple[Coding, ...], Coding]:
    """Return codings that an op takes, and the one that it makes of them."""
    for codings in product(CODINGS, repeat=count):
        with suppress(CodingError):
            return codings, op.coding(codings)
    raise AssertionError(f"{op.mnemonic} takes no coding of {count} inputs")
