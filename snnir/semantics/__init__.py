"""What ops compute: one kernel each, one evaluation loop, and types inferred by running it."""

from snnir.semantics.settings import Comparison, Precision, Reset, Semantics

__all__ = ["Comparison", "Precision", "Reset", "Semantics"]
