"""What ops compute: one kernel each, one evaluation loop, and types inferred by running it."""

from snnir.semantics.evaluate import Observer, evaluate
from snnir.semantics.kernels import KERNELS
from snnir.semantics.neuron import CloseCalls, close_calls, delayed
from snnir.semantics.settings import Comparison, Precision, Reset, Semantics
from snnir.semantics.threads import one_thread_each

__all__ = [
    "KERNELS",
    "CloseCalls",
    "Comparison",
    "Observer",
    "Precision",
    "Reset",
    "Semantics",
    "close_calls",
    "delayed",
    "evaluate",
    "one_thread_each",
]
