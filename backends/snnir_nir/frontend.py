"""NIR files as graphs, for inspection and simulation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from snnir.analysis import with_host
from snnir.errors import ModelError, model_error
from snnir.ir import Graph, verify
from snnir.registry import Frontend
from snnir.stepwise import Hosted, Stepwise
from snnir_nir.hdf5 import read_tree
from snnir_nir.library import graph_of
from snnir_nir.read import from_nir
from snnir_nir.simulator import import_tree, own_metadata


class NirFrontend(Frontend):
    """Reads NIR files of any origin."""

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
            spiking = from_nir(graph_of(tree, path.name))
            return replace(network, original=_whole(spiking, network.hosted))
        except ModelError as error:
            message = error.diagnostics[0].message
            return replace(network, notes=(f"{message}: it is taken as what it is now", *network.notes))


def _whole(spiking: Graph, hosted: Hosted | None) -> Graph:
    """Return the graph that a file was emitted from, as far as the file holds it.

    Raises:
        ModelError: The host part does not go with it, code ``damaged-nir``.
    """
    if hosted is None or not hosted.host.nodes:
        return spiking
    try:
        graph = with_host(spiking, hosted.host, hosted.outputs)
    except ValueError as error:
        raise model_error("damaged-nir", str(error)) from None
    verify(graph)
    return graph
