"""What ops compute: one kernel each, one evaluation loop, and types inferred by running it."""

from snnir.semantics.decoding import decoded
from snnir.semantics.integer import scan
from snnir.semantics.kernels import KERNELS, kernel
from snnir.semantics.neuron import ThresholdTies, count_ties, delayed, integrate_and_fire, lateness, ties_of
from snnir.semantics.settings import Comparison, IntegerFormat, Precision, Reset, Semantics
from snnir.semantics.signals import Plain, Signal, Train, kept, packed
from snnir.semantics.simulator import Observer, evaluate
from snnir.semantics.stepping import Work, step
from snnir.semantics.threads import one_thread_each

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
    "count_ties",
    "decoded",
    "delayed",
    "evaluate",
    "integrate_and_fire",
    "kept",
    "kernel",
    "lateness",
    "one_thread_each",
    "packed",
    "scan",
    "step",
    "ties_of",
]
