"""Codes of diagnostics that only this package has."""

from snnir.diagnostics import Table

CODES: Table = {
    "bad-model": ("The ONNX file contradicts itself.", "It is damaged: export it again."),
    "bad-tensor": ("A tensor's data does not fit its shape.", "The file is damaged: export it again."),
    "bad-weights": ("Weights or biases are NaN or infinite.", "Check the training; export a finite model."),
    "export-differs": ("The ONNX file of a host part does not compute what the graph does.", "Report it."),
    "external-data-outside": ("Tensor data lies outside the folder of the model.", "Put it beside the model."),
    "import-differs": ("The import computes something else than onnxruntime.", "Report it with the file."),
    "missing-external-data": ("A file with tensor data is missing or incomplete.", "Put it beside the model."),
    "no-nodes": ("The model has no nodes or outputs.", "Export the network, not only its parameters."),
    "not-a-file": ("The name is that of a folder.", "Give the `.onnx` file itself."),
    "not-in-onnx": ("ONNX has no operator for an op of the host.", "Compute it by hand."),
    "not-onnx": ("The file is no ONNX model.", "Export it as the hint says."),
    "oracle-failed": ("Neither onnxruntime nor ONNX's reference can run the model.", "Use an operator set they run."),
    "training-mode": ("An operator is in training mode.", "Export in evaluation mode: `model.eval()`."),
    "unknown-shape": ("An input has no known number of axes.", "Export it with its shape."),
    "unsupported-op": (
        "There is no converter for an operator, or for an attribute of it.",
        "Replace it, or install a plug-in that has one.",
    ),
    "unsupported-operand": ("An operator has an operand of a kind that is not supported.", "Follow the hint."),
    "unsupported-opset": ("The operator set is newer or older than what is supported.", "Export to one in the hint."),
    "unsupported-type": ("An element type or kind of value is not supported.", "Export with floats."),
}
