"""What to do about an operator that has no converter."""

from __future__ import annotations

import onnx

from snnir.errors import did_you_mean
from snnir_onnx.converters import TABLE
from snnir_onnx.source import FLOAT_MODEL

CHOICE = "a choice is no number: hand back the values that it chooses from, and choose behind the network"
BRANCH = "export with the branch decided, or write it as torch.where"
CATEGORIES = "texts and categories are no numbers: encode them before the model, and export the steps behind that"
LOOP = "unroll the loop before the export"
POOLING = "pooling over windows is not supported; over a whole axis write it as a maximum or mean along that axis"
RECURRENT = "recurrent networks are not supported"
TREES = "this is no neural network: fit one, in scikit-learn an MLPRegressor, and export that"
TRANSPOSED = "transposed convolutions are not supported; one of fixed sizes can be written as a dense layer"
ZIPMAP = 'export with skl2onnx\'s options={"zipmap": False}, so that the outputs are tensors'

HINTS = {
    "ArgMax": CHOICE,
    "ArgMin": CHOICE,
    "AveragePool": POOLING,
    "CategoryMapper": CATEGORIES,
    "ConvInteger": FLOAT_MODEL,
    "ConvTranspose": TRANSPOSED,
    "DictVectorizer": CATEGORIES,
    "DynamicQuantizeLinear": FLOAT_MODEL,
    "DynamicQuantizeMatMul": FLOAT_MODEL,
    "GRU": RECURRENT,
    "GlobalAveragePool": POOLING,
    "GlobalMaxPool": POOLING,
    "If": BRANCH,
    "LSTM": RECURRENT,
    "LabelEncoder": CATEGORIES,
    "LinearClassifier": TREES,
    "Loop": LOOP,
    "MatMulInteger": FLOAT_MODEL,
    "MatMulIntegerToFloat": FLOAT_MODEL,
    "MaxPool": POOLING,
    "OneHotEncoder": CATEGORIES,
    "QGemm": FLOAT_MODEL,
    "QLinearAdd": FLOAT_MODEL,
    "QLinearConv": FLOAT_MODEL,
    "QLinearMatMul": FLOAT_MODEL,
    "QLinearMul": FLOAT_MODEL,
    "QLinearSigmoid": FLOAT_MODEL,
    "RNN": RECURRENT,
    "SVMClassifier": TREES,
    "SVMRegressor": TREES,
    "Scan": LOOP,
    "StringNormalizer": CATEGORIES,
    "TopK": CHOICE,
    "TreeEnsemble": TREES,
    "TreeEnsembleClassifier": TREES,
    "TreeEnsembleRegressor": TREES,
    "ZipMap": ZIPMAP,
}
"""By operator."""
DOMAINS = {"com.microsoft": "this file was optimised for onnxruntime; export it again without that step"}
"""By operator set."""


def way_out(domain: str, name: str) -> str:
    """Return a hint; a near name is offered only where ONNX itself has no such operator, so that it may be misspelt."""
    found = HINTS.get(name) or DOMAINS.get(domain) or ("" if domain or onnx.defs.has(name) else _near(name))
    return found or "express it by supported operators and export again"


def _near(name: str) -> str:
    near = did_you_mean(name, (known for domain, known in TABLE if not domain)).partition(" choose from")[0]
    return "" if near.startswith("choose from") else near.strip()
