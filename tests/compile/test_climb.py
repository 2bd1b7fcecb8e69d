"""How the search climbs: on pretended jobs whose errors follow the ladders' laws, and a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import inf, sin, sqrt
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes import Ladder, Phase, Population, Radix, Rate
from snnir.compiler.climb import MAX_TRIALS, RESOLUTION, Climb
from snnir.compiler.clock import Clock
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.trial import Trial
from snnir.metrics import UNEXPLAINED

POPULATION = Population().ladder()
LADDERS = (Radix().ladder(), Phase().ladder(), Rate().ladder(), POPULATION)
SLACK = 0.95


@dataclass(frozen=True)
class Pretended:
    """Stands for a trial of which only the error and the cost matter."""

    options: Options
    error: float
    limit_error: float
    energy: float

    @property
    def steps(self) -> int:
        """T."""
        return self.options.steps or 0

    @property
    def size(self) -> int:
        """K."""
        return self.options.chosen.size

    @property
    def nearness(self) -> tuple[float, float]:
        """The error."""
        return self.error, self.error

    def cost(self, prefer: str) -> tuple[float, float]:
        """Energy and steps."""
        return (self.energy, float(self.steps)) if prefer == "energy" else (float(self.steps), self.energy)


@dataclass(frozen=True)
class Law:
    """Errors of all settings of a code.

    Attributes:
        ladder: Of the code.
        limit: Error of one neuron per unit with ever more steps.
        noise: Times T, with one neuron per unit; of digits, the error with none.
        better: The power of K by which the limit falls.
        quieter: The power of K by which the noise falls.
        wobble: By which part errors are more or less than that.
    """

    ladder: Ladder
    limit: float
    noise: float
    better: float = 1.0
    quieter: float = 0.0
    wobble: float = 0.0

    def limit_of(self, size: int) -> float:
        """Return what is left with ever more steps."""
        return 0.0 if self.ladder.law == "digits" else self.limit / size**self.better

    def asked(self, error: float) -> float:
        """Return an error as the search gets it: what explains nothing does not count."""
        return error if error <= UNEXPLAINED else inf

    def usual(self, size: int, steps: int) -> float:
        """Return the error without wobble."""
        if self.ladder.law == "digits":
            return self.noise / 2**steps
        levels = 2**steps if self.ladder.law == "places" else steps
        return sqrt(self.limit_of(size) ** 2 + (self.noise / size**self.quieter / levels) ** 2)

    def error(self, size: int, steps: int) -> float:
        """Return the error."""
        return self.usual(size, steps) * (1 + self.wobble * sin(3 * steps + size))

    def surely(self, size: int, steps: int, goal: float) -> bool:
        """Whether a setting reaches a goal, and all with more steps too, however they wobble."""
        return self.usual(size, steps) * (1 + self.wobble) <= goal

    @property
    def settings(self) -> list[tuple[int, int]]:
        """All settings of the ladder."""
        sizes = [each.size for each in self.ladder.variants]
        return list(product(sizes, range(self.ladder.low, self.ladder.high + 1)))


@dataclass
class Pretence:
    """Stands for a job; its clock runs by as many seconds as a setting has neurons times steps, and more to tune."""

    law: Law
    options: Options = field(default_factory=lambda: Options("numpy", "auto"))
    spent: float = 0.0
    limit: float = float("inf")
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def tried(self, options: Options) -> Trial:
        """Return the error of a setting."""
        size, steps = options.chosen.size, options.steps or 0
        self.asked.append((size, steps))
        self.spent += size * steps
        energy = 0.1 * size * steps
        found = Pretended(
            options, self.law.asked(self.law.error(size, steps)), self.law.asked(self.law.limit_of(size)), energy
        )
        return cast("Trial", found)

    def limit_error(self, options: Options) -> float:
        """Return what is left with ever more steps, after some time for tuning."""
        self.spent += 16 * options.chosen.size
        return self.law.asked(self.law.limit_of(options.chosen.size))

    def allows(self, seconds: float) -> bool:
        """Whether so much time is left."""
        return self.spent + seconds <= self.limit


def climbed(job: Pretence, goal: float) -> tuple[Climb, Pretended | None]:
    """Return a climb that is done, and the cheapest that reaches the goal."""
    climb = Climb(cast("Job", job), goal, cast("Clock", job))
    best = climb.up(job.law.ladder)
    reached = [each for each in climb.tried if each.error <= goal]
    assert best is min(reached, key=lambda each: each.cost(job.options.prefer), default=None)
    if best is None:
        climb.nearer((job.law.ladder,))
    reached = [each for each in climb.tried if each.error <= goal]
    cheapest = min(reached, key=lambda each: each.cost(job.options.prefer), default=None)
    return climb, cast("Pretended | None", cheapest)


COUNTS = st.builds(
    Law,
    st.sampled_from([each for each in LADDERS if each.law == "counts"]),
    limit=st.floats(1e-5, 2),
    noise=st.floats(1e-2, 10),
    better=st.floats(0, 2),
    quieter=st.floats(0, 1),
    wobble=st.floats(0, 0.03),
)
DIGITS = st.builds(
    Law,
    st.sampled_from([each for each in LADDERS if each.law == "digits"]),
    limit=st.just(0.0),
    noise=st.floats(0.1, 500),
    wobble=st.floats(0, 0.2),
)
PLACES = st.builds(
    Law,
    st.sampled_from([each for each in LADDERS if each.law == "places"]),
    limit=st.floats(1e-5, 2),
    noise=st.floats(1e-2, 10),
    better=st.floats(0, 2),
    quieter=st.floats(0, 1),
    wobble=st.floats(0, 0.03),
)
GOALS = st.floats(1e-5, 0.3)


@given(COUNTS | DIGITS | PLACES, GOALS)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_a_goal_within_reach_is_reached(law: Law, goal: float) -> None:
    """Where any setting of the ladder surely reaches the goal, one that reaches it is found; none is tried twice."""
    job = Pretence(law)
    climb, best = climbed(job, goal)
    assert len(set(job.asked)) == len(job.asked) <= 1 + MAX_TRIALS * len(law.ladder.variants)
    assert set(job.asked) <= set(law.settings)
    assert not climb.out_of_time
    if any(law.surely(*setting, goal) for setting in law.settings):
        assert best is not None


@given(COUNTS | DIGITS | PLACES, GOALS)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_steps_are_the_fewest_that_reach(law: Law, goal: float) -> None:
    """No setting with as many neurons per unit and surely enough steps has fewer by more than the resolution."""
    _, best = climbed(Pretence(law), goal)
    if best is not None:
        enough = [steps for size, steps in law.settings if size == best.size and law.surely(size, steps, goal)]
        assert best.steps - min(enough, default=best.steps) <= max(1, RESOLUTION * best.steps)


@given(COUNTS.filter(lambda law: law.ladder.name == "population"), GOALS)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_no_setting_of_a_grid_is_much_cheaper(law: Law, goal: float) -> None:
    """What is chosen takes at most 1 / 0.95 of the energy of every setting of a grid that surely reaches the goal."""
    _, best = climbed(Pretence(law), goal)
    for size, steps in product((2, 4, 8), (8, 16, 32, 64)):
        if law.surely(size, steps, goal):
            assert best is not None
            assert best.energy <= 0.1 * size * steps / SLACK


@given(PLACES, GOALS)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_more_neurons_are_not_tried_once_they_cost_more(law: Law, goal: float) -> None:
    """Of digits, at most one size that reaches the goal is larger than the one that is taken."""
    climb, best = climbed(Pretence(law), goal)
    reaching = {each.options.chosen.size for each in climb.tried if each.error <= goal}
    if best is not None:
        assert len([size for size in reaching if size > best.size]) <= 1


@given(COUNTS.filter(lambda law: law.ladder.name == "population"), GOALS)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_latency_may_be_what_counts(law: Law, goal: float) -> None:
    """Asked for latency, no setting of the ladder that surely reaches the goal has many fewer steps."""
    _, best = climbed(Pretence(law, Options("numpy", "auto", prefer="latency")), goal)
    enough = [steps for size, steps in law.settings if law.surely(size, steps, goal)]
    if enough:
        assert best is not None
        assert best.steps - min(enough) <= max(1, RESOLUTION * best.steps)


@given(COUNTS | DIGITS | PLACES, GOALS, st.floats(0, 1000))
@settings(deadline=None, derandomize=True)
def test_time_runs_out(law: Law, goal: float, limit: float) -> None:
    """At least one setting is tried; after that none that is expected to end too late, and the best so far is kept."""
    whole, _ = climbed(Pretence(law), goal)
    job = Pretence(law, limit=limit)
    climb, best = climbed(job, goal)
    assert climb.tried
    assert climb.out_of_time or [each.options for each in climb.tried] == [each.options for each in whole.tried]
    assert (best is not None) == any(each.error <= goal for each in climb.tried)
    # What settings take is in proportion to neurons and steps, as the search expects.
    assert len(job.asked) == 1 or job.spent <= limit
