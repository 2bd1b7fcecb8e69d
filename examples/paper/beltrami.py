"""The same Beltrami flow for the paper's plain network: timed against the separable one, not shipped trained."""

from __future__ import annotations

from dataclasses import replace

from .beltrami_separable import BELTRAMI_SEPARABLE
from .problem import Points, Training, parameter_count, product

WIDTHS = (3, 128, 128, 128, 128, 3)


def sample(count: int, seed: int) -> dict[str, Points]:
    """Every point of the separable network's grids: shape [., 3] each."""
    return {name: product(axes) for name, axes in BELTRAMI_SEPARABLE.sample(count, seed).items()}


BELTRAMI = replace(
    BELTRAMI_SEPARABLE,
    name="beltrami",
    title=BELTRAMI_SEPARABLE.title.removesuffix(", separable"),
    widths=WIDTHS,
    parameters=parameter_count(WIDTHS),  # the paper states the layers only
    sample=sample,
    rank=None,
    steepness=None,
    training=Training(),
)
