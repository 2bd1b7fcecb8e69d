"""The NIR backend: emits NIR files, reads them back, and interprets them."""

from snnir_nir.emit import NirBackend
from snnir_nir.frontend import NirFrontend
from snnir_nir.interpreter import Interpretation, interpret, signed_spikes
from snnir_nir.library import NIRGraph, read_nir
from snnir_nir.read import from_nir, read_metadata
from snnir_nir.simulator import import_nir, simulate

BACKEND = NirBackend()
FRONTEND = NirFrontend()

__all__ = [
    "BACKEND",
    "FRONTEND",
    "Interpretation",
    "NIRGraph",
    "NirBackend",
    "NirFrontend",
    "from_nir",
    "import_nir",
    "interpret",
    "read_metadata",
    "read_nir",
    "signed_spikes",
    "simulate",
]
