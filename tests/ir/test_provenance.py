"""Provenance keeps every origin and every step once, in order."""

from __future__ import annotations

from snnir.provenance import Origin, Provenance, fuse

GEMM = Origin("m.onnx", "/0", "Gemm")
TANH = Origin("m.onnx", "/1", "Tanh", "train.py:3")


def test_steps_are_added_in_order() -> None:
    """Each pass adds itself; one that follows itself is recorded once, one that comes again later, again."""
    one = Provenance((GEMM,)).then("fold").then("fold")
    assert one == Provenance((GEMM,), ("fold",))
    assert one.then("spike").then("fold").steps == ("fold", "spike", "fold")


def test_then_leaves_the_old_one() -> None:
    """Provenance is a value: adding a step makes a new one."""
    old = Provenance((GEMM,))
    old.then("fold")
    assert old.steps == ()


def test_fuse_joins() -> None:
    """A fused node has the origins and steps of all its parts, each once, in the order of the parts."""
    left = Provenance((GEMM, TANH), ("fold", "a"))
    right = Provenance((TANH, Origin("m.onnx", "/2", "Mul")), ("fold", "b"))
    fused = fuse(left, right)
    assert [origin.op for origin in fused.origins] == ["Gemm", "Tanh", "Mul"]
    assert fused.steps == ("fold", "a", "b")
    assert fuse() == Provenance()
    assert fuse(left) == left


def test_as_text() -> None:
    """Messages show file, node, operator and, where known, the user's own line."""
    assert str(GEMM) == "m.onnx: /0 (Gemm)"
    assert str(TANH) == "m.onnx: /1 (Tanh) from train.py:3"
    assert str(Provenance((GEMM, TANH), ("fold",))) == "m.onnx: /0 (Gemm), m.onnx: /1 (Tanh) from train.py:3"
    assert str(Provenance()) == "no source"
