"""Neurons whose mean is a ramp of their current, and layers of sums of ramps: what rate, population and phase share."""

from snnir.codes.ramps import answers
from snnir.codes.ramps.neuron import IntegrateAndFire, population_encoder

__all__ = ["IntegrateAndFire", "answers", "population_encoder"]
