"""The population code."""

from snnir.codes.population.code import Population

__all__ = ["Population"]
