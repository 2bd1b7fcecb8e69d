"""What several test modules share."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from snnir import plugins
from snnir.codes import Code, FirstSpikeCode, Ladder, Phase, Population, Radix, Rate
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.tune import Tune
from snnir.errors import SnnirError
from snnir.ir import Graph, Node, Tensor, Value
from snnir.ops import Decode, Dense, Encode
from snnir.provenance import Origin, Provenance
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Form, Target
from snnir.text import parse_graph, print_graph, tensors_of
from snnir.types import ANALOG, Coding, Current, Dim, Spikes, ValueType

GOLDEN = Path(__file__).parent / "golden"


def assert_round_trip(graph: Graph) -> None:
    """Check that the text form of a graph reads back as the same graph, with tensors written out or not."""
    for limit in (0, 16, 1 << 40):
        text = print_graph(graph, inline_limit=limit)
        parsed = parse_graph(text, tensors_of(graph, above=limit))
        assert print_graph(parsed, inline_limit=limit) == text
        assert parsed == graph or _has_nan(graph)
    bare = replace(graph, nodes=tuple(replace(node, provenance=Provenance()) for node in graph.nodes))
    assert print_graph(graph, provenance=False) == print_graph(bare)


def assert_golden(path: str, text: str) -> None:
    """Check a text against a file in ``tests/golden``; with ``SNNIR_GOLDEN=write`` in the environment, write it."""
    file = GOLDEN / path
    if os.environ.get("SNNIR_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == text


def failure(call: Callable[[], object], kind: type[SnnirError]) -> SnnirError:
    """Return the error of exactly one kind that a call must raise."""
    with pytest.raises(kind) as caught:
        call()
    assert caught.type is kind
    return caught.value


def setting_on(
    target: Target,
    *,
    reader: str | None = None,
    form: Form = "portable",
    legacy: bool = False,
    seed: int = 0,
    semantics: Semantics | None = None,
) -> Setting:
    """Return the setting of a graph that was made by hand; if None, neurons do what they do on the target."""
    place = target.with_reader(reader, form)
    does = semantics or place.semantics
    return Setting(target.name, does, "rate", 8, "none", seed, reader=reader, form=form, legacy=legacy)


def typed(*shape: Dim, coding: Coding = ANALOG) -> ValueType:
    """Return a float32 type."""
    return ValueType("float32", shape, coding)


def tensor(*rows: object) -> Tensor:
    """Return a float32 tensor."""
    return Tensor(np.array(rows, dtype=np.float32))


def spiking_graph() -> Graph:
    """Return a small network with everything that the text form has: host, spikes, provenance, large tensors."""
    current, spikes = Current(32), Spikes("rate", 32)
    weight = Tensor((np.arange(24, dtype=np.float32) / 8 - 1).reshape(2, 12))
    gemm = Origin("poisson.onnx", "/net/0/Gemm", "Gemm", "train.py:12 in forward")
    tanh = Origin("poisson.onnx", "/net/1/Tanh", "Tanh")
    fused = Provenance((gemm, tanh), ("fold", "canonicalise"))
    spiked = fused.then("spike")
    return Graph(
        "poisson",
        (Value("points", typed("N", 2)),),
        (
            Node("net.0", Dense(weight), ("points",), (Value("/net/0", typed("N", 12)),), fused),
            Node("enc", Encode(32), ("/net/0",), (Value("c", typed("N", 12, coding=current)),), spiked),
            Node(
                "act0",
                IntegrateAndFire(Tensor(np.ones(12, np.float32)), Tensor(np.full(12, 0.5, np.float32)), signed=False),
                ("c",),
                (Value("s", typed("N", 12, coding=spikes)),),
                spiked,
            ),
            Node(
                "net.2",
                Dense(Tensor(np.eye(12, 1, dtype=np.float32)), tensor(-0.0)),
                ("s",),
                (Value("d", typed("N", 1, coding=current)),),
                Provenance((), ("spike",)),
            ),
            Node("dec", Decode(), ("d",), (Value("u", typed("N", 1)),)),
        ),
        ("u",),
    )


def _has_nan(graph: Graph) -> bool:
    """Whether an attribute is NaN, which no graph that holds it can equal."""
    values = (getattr(node.op, field.name) for node in graph.nodes for field in fields(node.op))
    return any(isinstance(value, float) and math.isnan(value) for value in values)


LADDERS: tuple[tuple[type[Code], Callable[[Code], Ladder]], ...] = tuple(
    (each, each.ladder) for each in (Radix, Phase, Rate, FirstSpikeCode, Population)
)
"""Codes with what searches usually try of them."""


def change_ladders(monkeypatch: pytest.MonkeyPatch, changed: Callable[[Ladder], Ladder]) -> None:
    """Change what searches try of every code."""
    for each, usual in LADDERS:
        monkeypatch.setattr(each, "ladder", lambda code, usual=usual: changed(usual(code)))


def train_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train networks of ramps for a moment only, where it does not matter how good they are."""
    usual = Tune.run
    monkeypatch.setattr(Tune, "run", lambda tune, *rest: usual(replace(tune, iterations=20), *rest))


@contextmanager
def installed(files: Mapping[str, str], site: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """Put the files of a distribution into a folder, where they are found as if installed; then forget them."""
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(site))
    plugins.forget()
    yield
    plugins.forget()
    for name in {Path(each).parent.name for each in files}:
        sys.modules.pop(name, None)
