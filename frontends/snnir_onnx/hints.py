"""What to do about an operator that has no converter."""

from __future__ import annotations

import onnx

from snnir.errors import did_you_mean
from snnir_onnx.converters import TABLE

BRANCH = "export with the branch decided, or write it as torch.where"
CATEGORIES = "texts and categories are no numbers: encode them before the model, and export the steps behind that"
LOOP = "unroll the loop before the export"
POOLING = "pooling over windows is not supported; over a whole axis write it as a maximum or mean along that axis"
QUANTISED = (
    "this file is a quantised network: give the float model that it was made from; targets have integers of their own"
)
RECURRENT = "recurrent networks are not supported"
TREES = "this is no neural network: fit one, in scikit-learn an MLPRegressor, and export that"
TRANSPOSED = "transposed convolutions are not supported; one of fixed sizes can be written as a dense layer"
ZIPMAP = 'export with skl2onnx\'s options={"zipmap": False}, so that the outputs are tensors'

HINTS = {
    "AveragePool": POOLING,
    "CategoryMapper": CATEGORIES,
    "ConvInteger": QUANTISED,
    "ConvTranspose": TRANSPOSED,
    "DictVectorizer": CATEGORIES,
    "DynamicQuantizeLinear": QUANTISED,
    "DynamicQuantizeMatMul": QUANTISED,
    "GRU": RECURRENT,
    "GlobalAveragePool": POOLING,
    "GlobalMaxPool": POOLING,
    "If": BRANCH,
    "LSTM": RECURRENT,
    "LabelEncoder": CATEGORIES,
    "LinearClassifier": TREES,
    "Loop": LOOP,
    "MatMulInteger": QUANTISED,
    "MatMulIntegerToFloat": QUANTISED,
    "MaxPool": POOLING,
    "OneHotEncoder": CATEGORIES,
    "QGemm": QUANTISED,
    "QLinearAdd": QUANTISED,
    "QLinearConv": QUANTISED,
    "QLinearMatMul": QUANTISED,
    "QLinearMul": QUANTISED,
    "QLinearSigmoid": QUANTISED,
    "RNN": RECURRENT,
    "SVMClassifier": TREES,
    "SVMRegressor": TREES,
    "Scan": LOOP,
    "StringNormalizer": CATEGORIES,
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
