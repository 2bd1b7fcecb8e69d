"""The section of the report for the radix code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from snnir.metrics import Section, Table
from snnir.metrics.table import small


@dataclass(frozen=True, kw_only=True, eq=False)
class APriori(Section):
    """What follows from the digits of the radix code without a simulation; see `snnir.codes.radix.rounding`.

    Attributes:
        bound: The relative L2 error, if all rounding errors were as unlucky as they can be.
        expected: The same if they are independent.
        points: How many points were looked at.
    """

    key: ClassVar[str] = "a_priori"
    bound: float
    expected: float
    points: int

    def tables(self) -> Iterator[Table]:
        """Yield both numbers in words."""
        where = f"on {self.points:,} of the points measured"
        rows = (
            ("bound", f"{small(self.bound)} {where}, if all rounding errors were as unlucky as they can be"),
            ("expected", f"{small(self.expected)}, if they are independent"),
        )
        yield Table("error that follows from the digits, without simulation", rows)
