"""Emitted files as graphs again, for inspection."""

from __future__ import annotations

from pathlib import Path

from snnir.ir import Graph
from snnir.registry import Frontend
from snnir_nir.library import read_nir
from snnir_nir.read import from_nir


class NirFrontend(Frontend):
    """Reads NIR files that this backend emitted."""

    def load(self, path: Path) -> Graph:
        """Return the spiking graph in a file, as `snnir_nir.from_nir` does.

        Raises:
            ModelError: The file is damaged, was changed, or comes from another program.
        """
        return from_nir(read_nir(path))
