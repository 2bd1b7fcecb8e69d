"""snn-mlir: ``snn_mlir.to_mlir``, whose text is run here.

The compiler of that text, snn-opt, has to be built with LLVM and is in no package. So this follows what it lowers each
op to (lib/Conversion/SNNToLinalg/SNNToLinalg.cpp of snn-mlir 1.0.0), in single precision and in its order:

    snn.linear     y = 0; y += w[j] x[j] for one j after the other; y += b
    snn.lif        v = decay v + x; s = v > threshold; v = v_reset if s
    snn.li         v = decay v + x; y = v
"""

import json
import re

import nir
import numpy as np
import snn_mlir

PACKAGES = ("snn-mlir", "nir")
GLOBAL = re.compile(r"memref\.global \"private\" constant @(\S+) : memref<\S+> = dense<(.*)>$", re.MULTILINE)
ALIAS = re.compile(r"(%\S+) = memref\.get_global @(\S+) :")
OPERATION = re.compile(
    r"snn\.(\w+) ins\((%[^,)]+)(?:, (%[^,)]+))?\)(?: bias\((%\S+) : [^)]*\))?(?: state\((%[^,)]+)\))? out\((%[^,)]+)\)"
    r"(?: \{([^}]*)\})?"
)
NUMBER = re.compile(r"(\w+)_float = (\S+) : f64")


def run(file, signal):
    """Return output and spikes by node, ``[steps, points, ...]``."""
    text = snn_mlir.to_mlir(file)
    names = [name for name, node in nir.read(file).nodes.items() if isinstance(node, nir.IF)]
    arrays = {name: np.array(json.loads(values), np.float32) for name, values in GLOBAL.findall(text)}
    values = {alias: arrays[name] for alias, name in ALIAS.findall(text)}
    operations = OPERATION.findall(text)
    states, outputs = {}, []
    spikes = {f"%spikes_{name}": [] for name in names}
    for current in signal:
        values["%input"] = np.asarray(current, np.float32)
        for operation in operations:
            values[operation[5]] = _done(operation, values, states)
        outputs.append(values["%output"])
        for name, trains in spikes.items():
            trains.append(values[name].astype(np.int16))
    return np.stack(outputs), {name: np.stack(spikes[f"%spikes_{name}"]) for name in names}


def _done(operation, values, states):
    """Return what an operation makes; its state changes."""
    kind, x, weight, bias, state, _, attributes = operation
    if kind == "linear":
        return _linear(values[x], values[weight], values[bias] if bias else None)
    numbers = {name: np.float32(value) for name, value in NUMBER.findall(attributes)}
    v = numbers["decay"] * states.get(state, np.zeros_like(values[x])) + values[x]
    if kind == "li":
        states[state] = v
        return v
    if kind != "lif":
        raise NotImplementedError(f"snn.{kind}")
    fired = v > numbers["threshold"]
    states[state] = np.where(fired, numbers["v_reset"], v)
    return fired.astype(np.float32)


def _linear(x, weight, bias):
    total = np.zeros((len(x), len(weight)), np.float32)
    for column in range(weight.shape[1]):
        if np.any(x[:, column]):
            total += x[:, column : column + 1] * weight[:, column]
    return total if bias is None else total + bias
