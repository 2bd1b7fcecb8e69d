"""The SANA-FE backend: emits programs for chips that SANA-FE simulates, and runs them where it is installed."""

from snnir_sanafe.backend import SanafeBackend

BACKEND = SanafeBackend()

__all__ = ["BACKEND", "SanafeBackend"]
