"""Files of other frameworks: what is in them, and the line that makes an ONNX file of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreign:
    """A kind of file that holds a network for one framework only.

    Attributes:
        what: Is in it.
        line: Of that framework's language, which exports the network.
    """

    what: str
    line: str

    @property
    def hint(self) -> str:
        """What to do."""
        return f"load it there and export it to ONNX: {self.line}"


PYTORCH = Foreign(
    "a PyTorch model",
    'torch.onnx.export(model.eval(), (x,), "model.onnx", input_names=["x"], dynamic_axes={"x": {0: "N"}})',
)
KERAS = Foreign("a Keras model", 'model.export("model.onnx", format="onnx")')
TENSORFLOW = Foreign("a TensorFlow graph", "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx")
MATLAB = Foreign("MATLAB variables", 'exportONNXNetwork(net, "model.onnx")')
SCIKIT_LEARN = Foreign(
    "pickled Python objects",
    'open("model.onnx", "wb").write(skl2onnx.to_onnx(model, X[:1].astype("float32")).SerializeToString())',
)

ENDINGS = {
    ".ckpt": PYTORCH,
    ".h5": KERAS,
    ".hdf5": KERAS,
    ".joblib": SCIKIT_LEARN,
    ".keras": KERAS,
    ".mat": MATLAB,
    ".pb": TENSORFLOW,
    ".pickle": SCIKIT_LEARN,
    ".pkl": SCIKIT_LEARN,
    ".pt": PYTORCH,
    ".pth": PYTORCH,
    ".safetensors": PYTORCH,
}
"""By the ending of the file."""
BEGINNINGS = {
    b"MATLAB": MATLAB,
    b"PK\x03\x04": PYTORCH,
    b"\x80\x02": SCIKIT_LEARN,
    b"\x80\x04": SCIKIT_LEARN,
    b"\x80\x05": SCIKIT_LEARN,
    b"\x89HDF": KERAS,
}
"""By its first bytes, for files under a wrong name."""


def foreign(content: bytes) -> Foreign | None:
    """Return what kind of file this content is of, if it is one of these."""
    return next((kind for start, kind in BEGINNINGS.items() if content.startswith(start)), None)
