"""Neurons that evaluate f: what radix and sigma-delta share."""

from snnir.codes.exact.table import Table

__all__ = ["Table"]
