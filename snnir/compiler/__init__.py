"""From a file to a compiled network, and what can be done with one.

The package is not called ``compile``, as in the design: a submodule of that name would replace the function
`snnir.compile` as soon as anything imports it.
"""

from snnir.compiler.build import compile, load, load_stepwise, pareto  # noqa: A004 - the name that users expect
from snnir.compiler.compiled import HOST, Compiled
from snnir.compiler.goals import goal_words
from snnir.compiler.options import DEFAULT_ERROR, Options
from snnir.compiler.progress import Progress
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
    "Compiled",
    "Options",
    "Progress",
    "Verification",
    "compile",
    "goal_words",
    "load",
    "load_stepwise",
    "orphaned",
    "pareto",
    "verify_file",
]
