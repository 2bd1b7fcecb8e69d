"""The phase code."""

from snnir.codes.phase.code import Phase

__all__ = ["Phase"]
