"""Training of a region by Adam, with a fixed weight of the activity, or with an error to spend on silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from snnir.codes.ramps.region import Region
from snnir.types import Array

VALIDATION = 1024
"""Points that training does not see, at most; of few points an eighth."""
CHECKS = 10
"""How often the loss on them is measured."""
ADJUSTMENTS = 60
"""The same where there is a budget."""
HELD = 0.3
"""The part of a training with a budget in which the activity keeps the weight that it begins with."""
FACTOR = 1.4
"""By how much an adjustment changes the weight of the activity at most."""
DEARER = 4
"""An error of twice the budget is worth a sixteenth of the activity: fitting to digits takes off some of it."""


@dataclass(frozen=True)
class Training:
    """Steps of Adam on most of a region's points, which leave it as it was best on the others.

    Without a budget best is the least loss, ``error^2 + activity a``, a the mean activity. With one it is the least
    activity, times ``(error / budget)^4`` beyond the budget, where the weight of the activity follows the error,

        weight <- weight budget / error

    from `HELD` of the training on, ever more exactly since Adam's steps become small towards the end. That is gradient
    ascent on the multiplier of a constraint, in logarithms (Platt and Barr, "Constrained differential optimization",
    NIPS 1987).

    What a budget is worth (`phase` code, K = 4, goal 1e-2; energy over the ANN's with the fewest digits that reach it):
    a fixed weight of 0.01 costs 0.34 on Poisson and 0.56 on Burgers, and no less where ones are counted instead of
    values; the best fixed weight for each 0.18 (0.1) and 0.52 (0.03); a budget, with a weight of 0.03 to begin with,
    0.32 and 0.55, with 0.1 0.21 and 0.39: units that a large weight has silenced early stay so, and the others take
    over. With K = 2 it is 0.19 and 0.30. K = 1 misses the goal. A weight of 0.3 saves a third more on Poisson and
    leaves Burgers at 1.1e-2.

    Attributes:
        iterations: Steps of Adam.
        rate: The largest of them, in units of what the weights drive.
        batch: Points in each.
        budget: Root mean square of the error over the outputs' standard deviations, or None.
    """

    iterations: int
    rate: float
    batch: int
    budget: float | None = None

    def run(self, region: Region, rng: np.random.Generator) -> Iterator[float]:
        """Train a region in place.

        Args:
            region: Its parameters and its weight of the activity change.
            rng: Decides about batches and noise.

        Yields:
            The part that is done.
        """
        cut = region.points - min(VALIDATION, region.points // 8)
        unseen = slice(cut, None) if cut < region.points else slice(None)
        (best, _), kept = self._judged(region, unseen), region.copied()
        optimiser = region.adam(self.rate)
        every = max(self.iterations // (CHECKS if self.budget is None else ADJUSTMENTS), 1)
        batches = _batches(cut, min(self.batch, cut), rng)
        for done in range(1, self.iterations + 1):
            optimiser.step(region.gradients(next(batches), rng), done - 1, self.iterations)
            if done % every == 0 or done == self.iterations:
                rank, factor = self._judged(region, unseen)
                if rank < best:
                    best, kept = rank, region.copied()
                if done > HELD * self.iterations:
                    region.activity *= factor
                yield done / self.iterations
        region.restore(kept)

    def _judged(self, region: Region, unseen: slice) -> tuple[float, float]:
        """Return what is better the less it is, and the factor that the activity's weight is due.

        On points that training does not see, always with the same noise. Without a budget the loss, and 1; with one the
        activity, dearer where the budget is exceeded.
        """
        noise = np.random.default_rng(0)
        if self.budget is None:
            return region.loss(unseen, noise), 1.0
        square, active = region.measured(unseen, noise)
        error = float(np.sqrt(square))
        factor = float(np.clip(self.budget / max(error, 1e-9), 1 / FACTOR, FACTOR))
        return active * max(error / self.budget, 1.0) ** DEARER, factor


def _batches(points: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield rows of points without end, all of them before any comes again."""
    queue: Array = np.empty(0, np.int64)
    while True:
        if len(queue) < size:
            queue = rng.permutation(points)
        yield queue[:size]
        queue = queue[size:]
