"""The radix code."""

from snnir.codes.radix.code import Radix

__all__ = ["Radix"]
