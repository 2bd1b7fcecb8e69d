"""NIR files as graphs, for inspection and simulation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.registry import Frontend
from snnir.stepwise import Stepwise
from snnir_nir.hdf5 import read_tree
from snnir_nir.library import graph_of
from snnir_nir.read import from_nir
from snnir_nir.simulate import import_tree, own_metadata


class NirFrontend(Frontend):
    """Reads NIR files, whoever wrote them."""

    in_time: ClassVar[bool] = True

    def load(self, path: Path) -> Graph:
        """Return the network in a file: the graph that it was emitted from, or else one that runs step by step.

        Raises:
            ModelError: The file is damaged, or holds what snnir does not read; all findings at once.
        """
        network = self.stepwise(path)
        return network.original or network.graph

    def stepwise(self, path: Path, *, reader: str | None = None, dt: float | None = None) -> Stepwise:
        """Return the network in a file as one that runs step by step; see `snnir_nir.import_nir`.

        Raises:
            ModelError: The file is damaged, or holds what snnir does not read; all findings at once.
            UsageError: There is no such reader, or dt is no time step.
        """
        tree = read_tree(path)
        network = import_tree(tree, path.name, reader=reader, dt=dt)
        if own_metadata(tree) is None or (reader, dt) != (None, None):
            return network
        try:
            return replace(network, original=from_nir(graph_of(tree, path.name)))
        except ModelError as error:
            message = error.diagnostics[0].message
            return replace(network, notes=(f"{message}: it is taken as what it is now", *network.notes))
