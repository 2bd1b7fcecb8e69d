"""The ONNX frontend."""

from snnir_onnx.frontend import OnnxFrontend

FRONTEND = OnnxFrontend()

__all__ = ["FRONTEND", "OnnxFrontend"]
