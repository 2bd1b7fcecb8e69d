"""The frontend: read, convert, free the batch, check against onnxruntime; and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import final

from snnir.ir import Graph, verify
from snnir.registry import Frontend
from snnir_onnx.convert import check_operators
from snnir_onnx.inputs import import_graph
from snnir_onnx.reader import read
from snnir_onnx.write import to_onnx


@final
class OnnxFrontend(Frontend):
    """Reads ONNX files, and writes analog graphs as such."""

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

    def dump(self, graph: Graph) -> bytes:
        """Return an analog graph as an ONNX file, of which onnxruntime computes the same.

        Raises:
            ModelError: It has an op that ONNX has not, or onnxruntime does not run it; all findings at once.
        """
        return to_onnx(graph)
