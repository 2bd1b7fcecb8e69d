"""What ops compute: one kernel each, one evaluation loop, and types inferred by running it."""

from snnir.semantics.decoding import decoded, leak
from snnir.semantics.delay import delayed, lateness
from snnir.semantics.kernels import KERNELS, kernel
from snnir.semantics.settings import Comparison, IntegerFormat, Precision, Reset, Semantics
from snnir.semantics.signals import Plain, Signal, Train, kept, packed
from snnir.semantics.simulator import Observer, evaluate
from snnir.semantics.stepping import Work, step
from snnir.semantics.threads import one_thread_each
from snnir.semantics.ties import ThresholdTies, ties_of

__all__ = [
    "KERNELS",
    "Comparison",
    "IntegerFormat",
    "Observer",
    "Plain",
    "Precision",
    "Reset",
    "Semantics",
    "Signal",
    "ThresholdTies",
    "Train",
    "Work",
    "decoded",
    "delayed",
    "evaluate",
    "kept",
    "kernel",
    "lateness",
    "leak",
    "one_thread_each",
    "packed",
    "step",
    "ties_of",
]
