"""Adam, in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snnir.types import Array

WARM_UP = 20
DECAY = (0.9, 0.999)


class Adam:
    """Adam (Kingma and Ba, ICLR 2015) with a warm-up and a cosine to zero, on arrays that change in place.

    Parameter p with gradient g, measured in units of u, and step r of rate a:

        m <- 0.9 m + 0.1 u g        v <- 0.999 v + 0.001 (u g)^2
        p <- p - a_r u (m / (1 - 0.9^r)) / (sqrt(v / (1 - 0.999^r)) + 1e-8)

    Args:
        parameters: Arrays.
        units: What a parameter is measured in: arrays that broadcast to it.
        rates: The largest step of each, in its units.
    """

    def __init__(self, parameters: Sequence[Array], units: Sequence[Array], rates: Sequence[float]) -> None:
        self.parameters = parameters
        self.units = units
        self.rates = rates
        self._mean = [np.zeros_like(array) for array in parameters]
        self._square = [np.zeros_like(array) for array in parameters]
        self._scratch = [np.empty_like(array) for array in parameters]

    def step(self, gradients: Sequence[Array], iteration: int, iterations: int) -> None:
        """Change the parameters.

        Args:
            gradients: In the order of the parameters.
            iteration: From 0 on.
            iterations: How many there will be.
        """
        part = min(1.0, (iteration + 1) / WARM_UP) * 0.5 * (1 + np.cos(np.pi * iteration / iterations))
        first, second = (float(1 - decay ** (iteration + 1)) for decay in DECAY)
        for index, rate in enumerate(self.rates):
            self._change(index, gradients[index] * self.units[index], rate * part / first, second)

    def _change(self, index: int, gradient: Array, rate: float, second: float) -> None:
        """Change one parameter by its gradient in its units."""
        mean, square, scratch = self._mean[index], self._square[index], self._scratch[index]
        np.multiply(gradient, 1 - DECAY[0], out=scratch)
        np.multiply(mean, DECAY[0], out=mean)
        np.add(mean, scratch, out=mean)
        np.multiply(gradient, gradient, out=gradient)
        np.multiply(gradient, 1 - DECAY[1], out=gradient)
        np.multiply(square, DECAY[1], out=square)
        np.add(square, gradient, out=square)
        np.sqrt(square, out=scratch)
        np.multiply(scratch, float(second**-0.5), out=scratch)
        np.add(scratch, 1e-8, out=scratch)
        np.divide(mean, scratch, out=scratch)
        np.multiply(scratch, self.units[index], out=scratch)
        np.multiply(scratch, float(rate), out=scratch)
        np.subtract(self.parameters[index], scratch, out=self.parameters[index])
