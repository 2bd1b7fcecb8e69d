"""What in an emitted program is not as it would be written."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from snnir.errors import model_error
from snnir.types import Array

if TYPE_CHECKING:
    from snnir_lava.program import Layer, Plan, Readout

HINT = "write it again; was it copied as a whole?"


def differences(
    files: Mapping[str, bytes], program: bytes, expected: Mapping[str, Array], where: str
) -> tuple[str, ...]:
    """Return what differs between the files of a program and what would be written.

    Args:
        files: By suffix.
        program: What ``.py`` should be.
        expected: Arrays that should be in ``.npz``.
        where: Name of that file.

    Raises:
        ModelError: The arrays cannot be read, or are those of another network; codes ``damaged-npz`` and
            ``not-its-archive``.
    """
    try:
        with np.load(io.BytesIO(files[".npz"]), allow_pickle=False) as file:
            found: dict[str, Array] = dict(file)
        plan, wanted = (json.loads(bytes(arrays["plan"])) for arrays in (found, expected))
        other = _shape(plan) != _shape(wanted)
    except (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, BadZipFile, zlib.error) as error:
        raise model_error("damaged-npz", f"these are not the arrays of a program: {error}", where, HINT) from None
    if other:
        hint = "the .snnir beside it must be that of the same compile"
        raise model_error("not-its-archive", "it does not hold the network of the archive", where, hint)
    return tuple(_changed(files[".py"] != program, found, expected, wanted))


def _shape(plan: Plan) -> tuple[object, ...]:
    """Return what must be the same for spikes to be compared at all."""
    layers = [(layer["name"], layer["process"], layer["neurons"]) for layer in _layers(plan)]
    return plan["fixed"], plan["steps"], plan["inputs"], plan["outputs"], layers


def _changed(program: bool, found: Mapping[str, Array], expected: Mapping[str, Array], plan: Plan) -> Iterator[str]:
    """Yield words for everything that differs; `program` is whether that does."""
    if program:
        yield "the program"
    for name in sorted(found.keys() | expected.keys()):
        if not _same(found.get(name), expected.get(name)):
            yield "the plan" if name == "plan" else f"{name}{_users(name, plan)}"


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return False
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def _users(name: str, plan: Plan) -> str:
    """Return which layers and readouts an array belongs to."""
    users = [each["name"] for each in (*_layers(plan), *_readouts(plan)) if f'"{name}"' in json.dumps(each)]
    return f" of {' and '.join(map(repr, users))}" if users else ""


def _layers(plan: Plan) -> Iterator[Layer]:
    for part in plan["parts"]:
        yield from part.get("layers", ())


def _readouts(plan: Plan) -> Iterator[Readout]:
    for part in plan["parts"]:
        yield from part.get("readouts", ())
