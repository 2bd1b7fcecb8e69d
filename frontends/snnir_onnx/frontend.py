"""The frontend: read, convert, free the batch, check against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import final

from snnir.ir import Graph, verify
from snnir.registry import Frontend
from snnir_onnx.convert import check_operators
from snnir_onnx.inputs import import_graph
from snnir_onnx.reader import read


@final
class OnnxFrontend(Frontend):
    """Reads ONNX files."""

    def load(self, path: Path) -> Graph:
        """Return the network in a file, every value equal to what onnxruntime computes.

        Raises:
            ModelError: It cannot be imported exactly; all findings at once.
            UsageError: The file is not there or cannot be opened.
        """
        source = read(Path(path))
        check_operators(source)
        graph = import_graph(source)
        verify(graph)
        return graph
