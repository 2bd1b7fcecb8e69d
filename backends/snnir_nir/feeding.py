"""What the Inputs of a file are given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.errors import did_you_mean, usage_error
from snnir.types import Array
from snnir_nir.lanes import VALUES, Lane, filled, values_in
from snnir_nir.net import Net, Port
from snnir_nir.order import parts


def inputs_of(
    net: Net,
    given: Mapping[str, Array] | Array,
    dtype: np.dtype[np.floating],
    lanes: Mapping[str, tuple[Lane, ...]],
) -> dict[str, Array]:
    """Return the inputs by port, ``[steps, points, columns]``, in the precision of the run; the last step goes on.

    Args:
        net: What is run.
        given: ``[points, values]`` or ``[steps, points, values]``, by Input, or of the only one.
        dtype: Of the run.
        lanes: What the columns of an Input bring, where they are not its values alone.

    Raises:
        UsageError: They do not fit; codes ``unknown-input``, ``bad-shape`` and ``inputs-missing``.
    """
    sizes = {name: node.size for name, node in net.nodes.items() if isinstance(node, Port) and node.into}
    if not isinstance(given, Mapping):
        if len(sizes) != 1:
            raise usage_error("inputs-missing", f"give an array for each of {', '.join(sorted(sizes))}", "`inputs`")
        given = {next(iter(sizes)): given}
    found: dict[str, Array] = {}
    for name, array in given.items():
        if name not in sizes:
            raise usage_error("unknown-input", f"there is no Input {name!r}", "`inputs`", did_you_mean(name, sizes))
        own = lanes.get(name, VALUES)
        wanted = values_in(own, sizes[name])
        if array.ndim not in {2, 3} or array.shape[-1] != wanted:
            raise usage_error("bad-shape", f"{name!r} takes [points, {wanted}], got {array.shape}", "`inputs`")
        found[name] = filled(array.astype(dtype).reshape(-1, *array.shape[-2:]), own)
    if not found:
        raise usage_error("inputs-missing", "no input was given", "`inputs`")
    if len({array.shape[1] for array in found.values()}) > 1:
        raise usage_error("bad-shape", "all inputs of a run must have as many points", "`inputs`")
    return found


def fed(net: Net, given: Mapping[str, Array]) -> set[str]:
    """Return the nodes of the parts whose inputs are given.

    Raises:
        UsageError: Only some inputs of a part are; code ``inputs-missing``.
    """
    chosen: set[str] = set()
    for part in parts(net):
        ports = {name for name in part if isinstance(node := net.nodes[name], Port) and node.into}
        missing = sorted(ports - given.keys())
        if missing and ports & given.keys():
            raise usage_error("inputs-missing", f"it also needs {', '.join(missing)}", "`inputs`")
        if not missing and ports:
            chosen |= part
    return chosen
