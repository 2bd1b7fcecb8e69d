"""Plain networks of NumPy arrays, fitted to a function by Adam: enough to get weights as training leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from snnir.types import Array

Layer: TypeAlias = tuple[Array, Array]
"""Weights [inputs, outputs] and biases [outputs]."""


def logistic(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)) of every element."""
    return np.asarray(0.5 + 0.5 * np.tanh(z / 2))


def tanh(z: Array) -> tuple[Array, Array]:
    """Return tanh z and its slope."""
    value = np.tanh(z)
    return value, 1 - value**2


def swish(z: Array) -> tuple[Array, Array]:
    """Return z / (1 + exp(-z)) and its slope."""
    gate = logistic(z)
    return z * gate, gate + z * gate * (1 - gate)


ACTIVATIONS: Mapping[str, Callable[[Array], tuple[Array, Array]]] = {"tanh": tanh, "swish": swish}


def random_layers(widths: Sequence[int], rng: np.random.Generator, gains: Sequence[float]) -> list[Layer]:
    """Return layers with normal weights, of a deviation of the layer's gain / sqrt(inputs), and biases of 0.2."""
    return [
        (rng.normal(0, gain / inputs**0.5, (inputs, outputs)), rng.normal(0, 0.2, outputs))
        for (inputs, outputs), gain in zip(pairwise(widths), gains, strict=True)
    ]


def fitted(
    layers: Sequence[Layer],
    activation: str,
    wanted: Callable[[Array], Array],
    rng: np.random.Generator,
    *,
    steps: int = 600,
    batch: int = 256,
    rate: float = 5e-3,
) -> list[Layer]:
    """Return layers after steps of Adam on fresh points of the unit cube; the rate falls to zero along a cosine.

    Args:
        layers: What to begin with; the activation stands between them.
        activation: One of `ACTIVATIONS`.
        wanted: The function, of points [N, inputs].
        rng: Draws the points.
        steps: How many.
        batch: Points in each.
        rate: At the start.
    """
    numbers = [np.array(array, np.float64) for layer in layers for array in layer]
    first, second = ([np.zeros_like(array) for array in numbers] for _ in range(2))
    for step in range(1, steps + 1):
        points = rng.uniform(0, 1, (batch, len(numbers[0])))
        slopes = gradients(list(_pairs(numbers)), activation, points, wanted(points))
        now = rate * (1 + np.cos(np.pi * step / steps)) / 2
        first = [0.9 * mean + 0.1 * slope for mean, slope in zip(first, slopes, strict=True)]
        second = [0.999 * square + 0.001 * slope**2 for square, slope in zip(second, slopes, strict=True)]
        numbers = [
            array - now * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
            for array, mean, square in zip(numbers, first, second, strict=True)
        ]
    return list(_pairs(numbers))


def gradients(layers: Sequence[Layer], activation: str, points: Array, wanted: Array) -> list[Array]:
    """Return the slopes of half the mean squared error: for each layer of its weights, then of its biases."""
    inside, slopes, value = [points], list[Array](), points
    for weight, bias in layers[:-1]:
        value, slope = ACTIVATIONS[activation](value @ weight + bias)
        inside.append(value)
        slopes.append(slope)
    back = (value @ layers[-1][0] + layers[-1][1] - wanted) / len(points)
    found: list[Array] = []
    for place in reversed(range(len(layers))):
        found += [back.sum(axis=0), inside[place].T @ back]
        if place:
            back = back @ layers[place][0].T * slopes[place - 1]
    return found[::-1]


def _pairs(numbers: Sequence[Array]) -> Iterator[Layer]:
    return zip(numbers[::2], numbers[1::2], strict=True)
