"""The interface to the nir package; the only file that imports it, as it is untyped."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

import h5py
import nir
import numpy as np

from snnir.errors import Diagnostic, ModelError, model_error
from snnir.ir import Tensor
from snnir.types import Array
from snnir_nir.circuit import version_findings
from snnir_nir.hdf5 import HINT, Bad, Tree, bad_items, damaged, read_tree
from snnir_nir.net import (
    Affine,
    Delay,
    Integrator,
    LeakyIntegrator,
    LeakyNeurons,
    Net,
    NetNode,
    Neurons,
    Port,
    Scale,
    Threshold,
)
from snnir_nir.seal import seal

NIRGraph: TypeAlias = nir.NIRGraph

METADATA = "snnir"
"""Key of our JSON text in the metadata of the graph."""

_NIR: Any = nir
_H5: Any = h5py

# What nir raises on damaged content; it checks by assert.
_READ_ERRORS = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)


def to_library(net: Net) -> NIRGraph:
    """Return the nir package's graph of a net, type-checked by that package."""
    nodes = {name: _make(node) for name, node in net.nodes.items()}
    graph: NIRGraph = _NIR.NIRGraph(nodes=nodes, edges=list(net.edges), metadata={METADATA: net.metadata})
    return graph


def _make(node: NetNode) -> Any:
    if isinstance(node, Port):
        shape = {"input" if node.into else "output": np.array([node.size])}
        return _NIR.Input(input_type=shape) if node.into else _NIR.Output(output_type=shape)
    if isinstance(node, Affine):
        if node.bias is None:
            return _NIR.Linear(weight=node.weight.array)
        return _NIR.Affine(weight=node.weight.array, bias=node.bias.array)
    if isinstance(node, Threshold):
        return _NIR.Threshold(threshold=node.threshold.array)
    if isinstance(node, Scale):
        return _NIR.Scale(scale=node.scale.array)
    if isinstance(node, Integrator):
        return _NIR.I(r=node.r.array, metadata=_arrays(amplitude=node.amplitude))
    if isinstance(node, LeakyIntegrator):
        return _NIR.LI(**_leaky(node))
    if isinstance(node, LeakyNeurons):
        firing = {"v_threshold": node.threshold.array, "v_reset": node.reset.array}
        return _NIR.LIF(**_leaky(node.membrane), **firing)
    if isinstance(node, Delay):
        return _NIR.Delay(delay=node.delay.array)
    return _NIR.IF(
        r=node.r.array,
        v_threshold=node.threshold.array,
        v_reset=node.reset.array,
        metadata=_arrays(v_init=node.initial, amplitude=node.amplitude),
    )


def _leaky(node: LeakyIntegrator) -> dict[str, Any]:
    membrane = {"tau": node.tau.array, "r": node.r.array, "v_leak": node.leak.array}
    return {**membrane, "metadata": _arrays(amplitude=node.amplitude)}


def _arrays(**tensors: Tensor | None) -> dict[str, Array]:
    return {key: tensor.array for key, tensor in tensors.items() if tensor is not None}


def from_library(graph: NIRGraph) -> Net:
    """Return the content of a graph.

    Raises:
        ModelError: It has nodes that no file of ours has, code ``foreign-nir``;
            or arrays that do not fit each other, code ``damaged-nir``. All findings at once.
    """
    source: Any = graph
    nodes: dict[str, NetNode] = {}
    findings: list[Diagnostic] = []
    for name, node in source.nodes.items():
        convert = _CONVERTERS.get(type(node).__name__)
        if convert is None:
            message = f"snnir has no step-by-step semantics for {type(node).__name__}"
            findings.append(Diagnostic("foreign-nir", message, f"NIR node {name!r}"))
            continue
        try:
            nodes[name] = convert(node)
        except _READ_ERRORS as error:
            findings.append(Diagnostic("damaged-nir", _sentence(error), f"NIR node {name!r}"))
    if findings:
        raise ModelError(findings)
    text = source.metadata.get(METADATA, "")
    edges = tuple((str(start), str(end)) for start, end in source.edges)
    return Net(nodes, edges, text if isinstance(text, str) else "")


def _port(node: Any) -> Port:
    into = type(node).__name__ == "Input"
    (size,) = node.input_type["input"] if into else node.output_type["output"]
    return Port(int(size), into)


def _affine(node: Any) -> Affine:
    weight = _vector(node.weight, 2)
    if type(node).__name__ == "Linear":
        return Affine(weight, None)
    return Affine(weight, _vector(node.bias, 1, weight.shape[0]))


def _neurons(node: Any) -> Neurons:
    size = len(node.v_threshold)
    initial = node.metadata.get("v_init")
    amplitude = node.metadata.get("amplitude")
    return Neurons(
        _vector(node.r, 1, size),
        _vector(node.v_threshold, 1, size),
        _vector(node.v_reset, 1, size),
        initial=None if initial is None else _vector(initial, 1, size),
        amplitude=None if amplitude is None else _vector(amplitude, 1),
    )


def _integrator(node: Any) -> Integrator:
    amplitude = node.metadata.get("amplitude")
    return Integrator(_vector(node.r, 1), None if amplitude is None else _vector(amplitude, 1))


def _leaky_integrator(node: Any) -> LeakyIntegrator:
    amplitude = node.metadata.get("amplitude")
    tau, r, leak = (_vector(array, 1, len(node.tau)) for array in (node.tau, node.r, node.v_leak))
    return LeakyIntegrator(tau, r, leak, None if amplitude is None else _vector(amplitude, 1))


def _leaky_neurons(node: Any) -> LeakyNeurons:
    size = len(node.tau)
    return LeakyNeurons(_leaky_integrator(node), _vector(node.v_threshold, 1, size), _vector(node.v_reset, 1, size))


def _delay(node: Any) -> Delay:
    delay = _vector(node.delay, 1)
    if not np.array_equal(delay.array, np.rint(delay.array)) or np.any(delay.array < 0):
        raise ValueError("its delay is no whole number of steps")
    return Delay(delay)


def _threshold(node: Any) -> Threshold:
    return Threshold(_vector(node.threshold, 1))


def _scale(node: Any) -> Scale:
    return Scale(_vector(node.scale, 1))


def _vector(array: Array, rank: int, size: int | None = None) -> Tensor:
    """Return an array as a tensor if its rank, and where given its first size, are as expected."""
    tensor = Tensor(np.asarray(array))
    if len(tensor.shape) != rank or tensor.shape[0] != (tensor.shape[0] if size is None else size):
        raise ValueError(f"an array of shape {tensor.shape} does not fit here")
    return tensor


_CONVERTERS: dict[str, Callable[[Any], NetNode]] = {
    "Input": _port,
    "Output": _port,
    "Affine": _affine,
    "Linear": _affine,
    "IF": _neurons,
    "I": _integrator,
    "LI": _leaky_integrator,
    "LIF": _leaky_neurons,
    "Delay": _delay,
    "Threshold": _threshold,
    "Scale": _scale,
}


def to_bytes(graph: NIRGraph, *, legacy: bool = False) -> bytes:
    """Return the NIR file of a graph: HDF5 without time stamps, so the same bytes for the same graph; sealed.

    Args:
        graph: As from `to_library`.
        legacy: For nir 1.0.5 and older, which cannot read an IF with a ``v_reset``.
    """
    buffer = io.BytesIO()
    _NIR.write(buffer, graph)
    if legacy:
        with _H5.File(buffer, "r+") as tree:
            for node in tree["node/nodes"].values():
                node.pop("v_reset", None)
    return seal(buffer.getvalue())


def read_nir(path: Path | str) -> NIRGraph:
    """Return the graph in a NIR file of any origin.

    Raises:
        UsageError: There is no such file, or it cannot be opened; codes ``no-such-file`` and ``cannot-read``.
        ModelError: It is not a whole NIR file, code ``damaged-nir``; or one of a newer nir, code ``nir-version``.
    """
    file = Path(path)
    return graph_of(read_tree(file), file.name)


def graph_of(tree: Tree, name: str) -> NIRGraph:
    """Return the nir package's graph of what a file holds, type-checked by that package.

    Args:
        tree: As from `snnir_nir.hdf5.read_tree`.
        name: What messages call the file.

    Raises:
        ModelError: That package does not take it; codes ``damaged-nir`` and ``nir-version``.
    """
    found = [Diagnostic("damaged-nir", reason, f"{name}, {place}", HINT) for place, reason in bad_items(tree)]
    found += version_findings(tree, name)
    if found:
        raise ModelError(found)
    try:
        graph: Any = _NIR.dict2NIRNode({**_plain(tree["node"]), "type_check": True})
    except _READ_ERRORS as error:
        raise damaged(f"not a readable NIR file: {_sentence(error)}", name) from None
    if not isinstance(graph, nir.NIRGraph):
        raise model_error("damaged-nir", "it holds a single node, not a graph", name)
    return graph


def tree_of(graph: NIRGraph) -> Tree:
    """Return what a file of a graph would hold."""
    source: Any = graph
    return {"node": _tree(source.to_dict())}


def _plain(item: Any) -> Any:
    """Return a part of a tree as the nir package has it: arrays that can be written to, and plain numbers."""
    if isinstance(item, Mapping):
        group = cast("Mapping[str, object]", item)
        return {name: _plain(inner) for name, inner in group.items()}
    return np.array(cast("Array", item))[()] if isinstance(item, np.ndarray) else item


def _tree(item: Any) -> Any:
    """Return a part of a tree from the nir package's graph for it."""
    if isinstance(item, Mapping):
        group = cast("Mapping[str, object]", item)
        return {str(name): _tree(inner) for name, inner in group.items() if inner is not None}
    if isinstance(item, str):
        return item
    array: Array = np.asarray(item)
    if array.dtype.kind in "biuf":
        return array
    if all(isinstance(each, str) for each in array.flat):
        return array.astype(object)
    return Bad(f"it is of type {type(item).__name__}, not numbers or text")


def _sentence(error: BaseException) -> str:
    """Return the first line of the error of another library."""
    text = str(error).strip().strip("'\"")
    return text.splitlines()[0] if text else type(error).__name__
