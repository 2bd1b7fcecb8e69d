"""The example problems by name. A further one is one more file here and one more entry below."""

from __future__ import annotations

from .burgers import BURGERS
from .poisson import POISSON
from .problem import Jet, Points, Problem, grid, relative_l2

PROBLEMS = {problem.name: problem for problem in (POISSON, BURGERS)}

__all__ = ["PROBLEMS", "Jet", "Points", "Problem", "grid", "relative_l2"]
