"""From a file to a compiled network, and what can be done with one.

The package is not called ``compile``, as in the design: a submodule of that name would replace the function
`snnir.compile` as soon as anything imports it.
"""

from snnir.compiler.build import compile, load, load_stepwise, pareto  # noqa: A004 - the name that users expect
from snnir.compiler.comparison import compare
from snnir.compiler.compiled import HOST, Compiled
from snnir.compiler.options import TIME_LIMIT, Options
from snnir.compiler.progress import Progress
from snnir.compiler.reach import OutOfReachError
from snnir.compiler.report import read_report
from snnir.compiler.siblings import orphaned
from snnir.compiler.verification import LIMIT, ROUNDING, SECONDS, Verification, verify_file

__all__ = [
    "HOST",
    "LIMIT",
    "ROUNDING",
    "SECONDS",
    "TIME_LIMIT",
    "Compiled",
    "Options",
    "OutOfReachError",
    "Progress",
    "Verification",
    "compare",
    "compile",
    "load",
    "load_stepwise",
    "orphaned",
    "pareto",
    "read_report",
    "verify_file",
]
