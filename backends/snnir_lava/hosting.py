"""What the host of a program can compute, and what of a graph it cannot."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.sigma_delta import SigmaDelta
from snnir.errors import Diagnostic
from snnir.ir import Graph, is_spiking

HOST_OPS = frozenset(
    {
        "abs",
        "acos",
        "acosh",
        "add",
        "and",
        "asin",
        "asinh",
        "atan",
        "atanh",
        "cast",
        "ceil",
        "clip",
        "concat",
        "constant",
        "cos",
        "cosh",
        "dense",
        "div",
        "einsum",
        "equal",
        "exp",
        "flatten",
        "floor",
        "gather",
        "greater",
        "greater_or_equal",
        "layer_normalization",
        "less",
        "less_or_equal",
        "log",
        "matmul",
        "maximum",
        "minimum",
        "mul",
        "neg",
        "not",
        "or",
        "pow",
        "reciprocal",
        "reduce_max",
        "reduce_mean",
        "reduce_min",
        "reduce_sum",
        "relu",
        "reshape",
        "round",
        "sigmoid",
        "sign",
        "sin",
        "sinh",
        "slice",
        "split",
        "sqrt",
        "squeeze",
        "sub",
        "tan",
        "tanh",
        "transpose",
        "unsqueeze",
        "where",
        "xor",
    }
)
"""What the program's host can compute."""


def host_findings(graph: Graph) -> Iterator[Diagnostic]:
    """Yield the analog ops that a program cannot compute."""
    for node in graph.nodes:
        analog = () if is_spiking(graph, node) else (node,)
        inside = node.op.function.nodes if isinstance(node.op, SigmaDelta) and node.op.table is None else ()
        for each in (*analog, *inside):
            if each.op.mnemonic not in HOST_OPS:
                message = f"the program that is written has no {each.op.mnemonic} on its host"
                hint = "compile it for numpy, or move this op out of the model"
                yield Diagnostic("host-op", message, f"node {node.name!r} ({node.provenance})", hint)
