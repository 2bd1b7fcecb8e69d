"""What the plan of an emitted program states: for comparing it with what would be written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snnir_lava.program import Layer, Plan, Readout


def shape(plan: Plan) -> tuple[object, ...]:
    """Return what must be the same for spikes to be compared at all."""
    layers = [(layer["name"], layer["process"], layer["neurons"]) for layer in _layers(plan)]
    return plan["fixed"], plan["steps"], plan["inputs"], plan["outputs"], layers


def users(name: str, plan: Plan) -> str:
    """Return which layers and readouts an array belongs to."""
    users = [each["name"] for each in (*_layers(plan), *_readouts(plan)) if f'"{name}"' in json.dumps(each)]
    return f" of {' and '.join(map(repr, users))}" if users else ""


def _layers(plan: Plan) -> Iterator[Layer]:
    for part in plan["parts"]:
        yield from part.get("layers", ())


def _readouts(plan: Plan) -> Iterator[Readout]:
    for part in plan["parts"]:
        yield from part.get("readouts", ())
