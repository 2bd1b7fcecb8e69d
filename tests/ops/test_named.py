"""Ops of codes: found by name, and imported with all that is asked of them, whoever asks first."""

from __future__ import annotations

import subprocess
import sys

import pytest

from snnir import ops
from snnir.ir import Op
from snnir.ops import OF_CODES
from snnir.ops.named import op_named, op_names


@pytest.mark.parametrize("name", OF_CODES)
def test_an_op_of_a_code_is_found_by_its_name(name: str) -> None:
    """The text form, and who imports it from the vocabulary, get one and the same class."""
    kind = op_named(name)
    assert kind is not None
    assert issubclass(kind, Op)
    assert kind.mnemonic == name
    assert name in op_names()
    assert getattr(ops, kind.__name__) is kind


def test_other_names_are_in_no_vocabulary() -> None:
    """A misspelt import fails as it does elsewhere."""
    assert op_named("no_such_op") is None
    with pytest.raises(AttributeError, match="no attribute 'NoSuchOp'"):
        _ = ops.NoSuchOp


def test_kernels_come_with_their_ops() -> None:
    """In a fresh process that asks for nothing but the names."""
    code = (
        "from snnir.ops.named import OF_CODES, op_named\n"
        "from snnir.semantics import KERNELS, step\n"
        "assert all(step.find(object.__new__(kind)) or kind in KERNELS for kind in map(op_named, OF_CODES))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this interpreter
