"""The Lava backend: emits self-contained programs for Lava and Loihi, and runs them where Lava is installed."""

from snnir_lava.backend import LavaBackend
from snnir_lava.targets import LAVA_FLOAT, LOIHI1, LOIHI2

BACKENDS = {target.name: LavaBackend(target) for target in (LOIHI1, LOIHI2, LAVA_FLOAT)}
LOIHI1_BACKEND, LOIHI2_BACKEND, LAVA_FLOAT_BACKEND = BACKENDS.values()

__all__ = ["BACKENDS", "LAVA_FLOAT_BACKEND", "LOIHI1_BACKEND", "LOIHI2_BACKEND", "LavaBackend"]
