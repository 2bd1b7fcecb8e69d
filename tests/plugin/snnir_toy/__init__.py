"""A plug-in of snnir: a target with its arithmetic, a code, a pass, and an op with its kernel and ONNX converter."""
