"""What the report says of the phase code alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.scan import integers_received, received
from snnir.ir import Graph, Node, is_of
from snnir.metrics import Section, Table
from snnir.semantics import Semantics, evaluate
from snnir.types import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class LostDigits(Section):
    """Where digits do not say what neurons hold; see `snnir.ops.BinaryDigits`.

    Attributes:
        early: Spikes per inference that neurons sent while they still read: each is lost.
        high: The part of neurons and inferences with a value above the ramp, which all ones stand for.
        low: The same below the ramp: silence.
        inferences: How many were looked at.
    """

    key: ClassVar[str] = "digits"
    early: float
    high: float
    low: float
    inferences: int

    def tables(self) -> Iterator[Table]:
        """Yield all three in words."""
        early = "none" if self.early == 0 else f"{self.early:.3g} per inference: gates are too narrow there"
        rows = (
            ("sent too early, lost", early),
            ("cut at the upper end of a ramp", f"{self.high:.1%} of neurons and inferences: all ones"),
            ("cut at the lower end", f"{self.low:.1%}: silence"),
        )
        yield Table(f"digits, on {self.inferences:,} of the points measured", rows)


def _held(node: Node[BinaryDigits], current: Array, semantics: Semantics) -> tuple[Array, float]:
    """Return what neurons hold when they have read all digits, in ramps, and how many spikes they sent too early."""
    steps, threshold = node.output.type.steps, node.op.threshold.array.astype(np.float64)
    if semantics.integer is not None:
        return integers_received(current, steps, semantics.integer) / (2.0**steps * threshold), 0.0
    membrane, fired = received(node.op, current, steps)
    return membrane / threshold, float(fired.sum())


def lost_digits(graph: Graph, points: Mapping[str, Array], semantics: Semantics) -> LostDigits:
    """Return where digits do not say what neurons hold.

    Args:
        graph: In the `phase` code.
        points: By input name.
        semantics: How the target's neurons behave.
    """
    early, high, low, neurons, rows = 0.0, 0, 0, 0, dict[str, int]()

    def observe(node: Node, _: slice, current: Array) -> None:
        nonlocal early, high, low, neurons
        if is_of(node, BinaryDigits):
            number, fired = _held(node, current, semantics)
            half = 0.5 ** (node.output.type.steps + 1)
            early += fired
            high += int(np.sum(number + half >= 1))
            low += int(np.sum(number < -half))
            neurons += number.size
            rows[node.name] = rows.get(node.name, 0) + len(number)

    # Their spikes, not what the host makes of these: a merge of axes would be made for nothing.
    sent = [node.output.name for node in graph.of(BinaryDigits)]
    evaluate(graph, points, outputs=sent, semantics=semantics, currents=observe)
    inferences = max(rows.values(), default=0)
    many = max(neurons, 1)
    return LostDigits(early=early / max(inferences, 1), high=high / many, low=low / many, inferences=inferences)
