"""Bounds of the conversion error, and what every layer adds to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from snnir.metrics.record import Record
from snnir.metrics.table import Table, small


@dataclass(frozen=True, eq=False)
class BoundPart(Record):
    """What one cut adds to the error.

    Attributes:
        name: Of the cut.
        sources: Of the cut.
        local_error: ``|e_c| / |F(s)|``: how far the value is from the reference network's for the same
            inputs, relative; e_c is the local conversion error (the paper's eq. 2).
        at_output: The size of what that error becomes at the network's outputs, relative to them.
    """

    name: str
    sources: tuple[str, ...]
    local_error: float
    at_output: float


@dataclass(frozen=True, eq=False)
class Bound(Record):
    """Bounds of the relative L2 conversion error over all outputs; see `snnir.analysis.error_bound`.

    Attributes:
        rel_l2: That error, measured on the same points.
        replacement: The part of it that the reference network has already; 0 where that is the analog network.
        identity: Theorem 1 with H = I, as the paper computes it: qualitative.
        gauss_newton: Theorem 1 with the Gauss-Newton H: true up to second-order terms.
        telescoped: The sum of what the parts add at the output: true without exception.
        parts: In topological order.
    """

    rel_l2: float
    replacement: float
    identity: float
    gauss_newton: float
    telescoped: float
    parts: tuple[BoundPart, ...]

    @property
    def largest(self) -> str:
        """In words, which part of the network adds most to the error."""
        part = max(self.parts, key=lambda each: each.at_output, default=None)
        if part is None or self.replacement >= part.at_output:
            return f"most of it, {self.replacement:.2e} of the norm, is what neurons cannot do in place of f"
        return f"most of it, up to {part.at_output:.2e} of the norm, arises into {part.name!r}"

    @property
    def table(self) -> Table:
        """Where the error arises."""
        rows = [
            (f"into {name}", small(part.local_error), small(part.at_output))
            for name, part in zip(_distinct(self.parts), self.parts, strict=True)
        ]
        if self.replacement > 0:
            rows.insert(0, ("limit of the neurons in place of f", "", small(self.replacement)))
        notes = (
            f"The sum of the last column, {small(self.telescoped)}, bounds the error.",
            f"Theorem 1: {small(self.gauss_newton)} with the Gauss-Newton H, {small(self.identity)} with H = I.",
        )
        return Table("where the error arises", tuple(rows), ("spikes", "local error", "at the output"), notes)


def _distinct(parts: Sequence[BoundPart]) -> list[str]:
    """Return the names of the parts of a bound; of those that several have, with the layers whose spikes come in."""
    counts = Counter(part.name for part in parts)
    return [part.name if counts[part.name] == 1 else f"{part.name} from {', '.join(part.sources)}" for part in parts]
