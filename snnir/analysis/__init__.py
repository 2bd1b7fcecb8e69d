"""What can be learned from a graph without changing it."""

from snnir.analysis.afferents import Afferents, find_afferents
from snnir.analysis.units import Layer, constants, find_layers

__all__ = ["Afferents", "Layer", "constants", "find_afferents", "find_layers"]
