"""The rate code."""

from snnir.codes.rate.code import Rate

__all__ = ["Rate"]
