"""The time that a search may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import process_time

SHARE = 0.62
"""Of the limit, for trying settings; the rest is for measuring what was chosen, and for what else could be done: with
`FINISHING` and the least that another target has (`snnir.compiler.ways`), and a little for reading the model, it is
all of the limit."""
FINISHING = 0.1
"""Of the limit, for the derivatives of what was chosen and for its files."""


@dataclass(frozen=True)
class Clock:
    """Processor time since the clock was made, against a limit.

    Attributes:
        limit: Seconds.
        start: When it was made.
    """

    limit: float
    start: float = field(default_factory=process_time)

    @property
    def spent(self) -> float:
        """Seconds so far."""
        return process_time() - self.start

    @property
    def left(self) -> float:
        """Seconds until finishing must begin; a little where there are none, for a clock has a limit."""
        return max((1 - FINISHING) * self.limit - self.spent, 1e-3)

    def allows(self, seconds: float, share: float = SHARE) -> bool:
        """Whether something that takes so long ends within a share of the limit."""
        return self.spent + seconds <= share * self.limit
