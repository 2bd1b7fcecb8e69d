"""What the paper reports.

Zhang et al., "Artificial to Spiking Neural Networks Conversion for Scientific Machine Learning".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A row of its tables 1 and 2: of the calibrated SNN, errors against the reference solution; T is not stated."""

    rate: float  # non-zero outputs / (neurons x steps), mean over layers
    l2: float  # root of the mean square
    relative_l2: float


PUBLISHED = {
    "poisson": Published(0.3727, 7.8508e-3, 4.7095e-2),
    "diffusion_reaction": Published(0.2879, 2.8766e-2, 6.3267e-2),
    "wave": Published(0.5721, 3.8965e-2, 6.5308e-2),
    "burgers": Published(0.7253, 3.9884e-2, 6.9781e-2),
    "burgers_separable": Published(0.2831, 6.6495e-2, 1.1634e-1),
    "beltrami_separable": Published(0.1754, 8.2512e-3, 4.3273e-2),
}

TRAINING_RATIO = {"burgers": 1.7, "beltrami": 60.0}
"""Runtime of the plain PINN's pipeline over the separable one's; the second is "over 60"."""
