"""A plug-in of snnir: a target, a pass, and an op with its kernel and ONNX converter."""
