"""The example problems by name: the paper's six equations, and the fits of its sine study.

A further equation is one more file here and one more entry below.
"""

from __future__ import annotations

from .beltrami_separable import BELTRAMI_SEPARABLE
from .burgers import BURGERS
from .burgers_separable import BURGERS_SEPARABLE
from .diffusion_reaction import DIFFUSION_REACTION
from .poisson import POISSON
from .problem import Axes, Jet, Points, Problem, Training, product, regular_axes, relative_l2
from .sine import SINES
from .wave import WAVE

PROBLEMS = {
    problem.name: problem
    for problem in (POISSON, DIFFUSION_REACTION, WAVE, BURGERS, BURGERS_SEPARABLE, BELTRAMI_SEPARABLE)
}

__all__ = [
    "PROBLEMS",
    "SINES",
    "Axes",
    "Jet",
    "Points",
    "Problem",
    "Training",
    "product",
    "regular_axes",
    "relative_l2",
]
