"""From a file to a compiled network, and what can be done with one.

The package is not called ``compile``, as in the design: a submodule of that name would replace the function
`snnir.compile` as soon as anything imports it.
"""

from snnir.compiler.build import compile, load, load_stepwise, pareto  # noqa: A004 - the name that users expect
from snnir.compiler.comparison import compare
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import cost_words, goal_words, setting_words
from snnir.compiler.hosting import HOST
from snnir.compiler.options import DEFAULT_ERROR, TIME_LIMIT, Options
from snnir.compiler.progress import Progress
from snnir.compiler.reach import OutOfReachError, Way, way_words
from snnir.compiler.search import NEAR_ENOUGH
from snnir.compiler.siblings import orphaned
from snnir.compiler.verification import LIMIT, ROUNDING, SECONDS, Verification, verify_file

__all__ = [
    "DEFAULT_ERROR",
    "HOST",
    "LIMIT",
    "NEAR_ENOUGH",
    "ROUNDING",
    "SECONDS",
    "TIME_LIMIT",
    "Compiled",
    "Options",
    "OutOfReachError",
    "Progress",
    "Verification",
    "Way",
    "compare",
    "compile",
    "cost_words",
    "goal_words",
    "load",
    "load_stepwise",
    "orphaned",
    "pareto",
    "setting_words",
    "verify_file",
    "way_words",
]
