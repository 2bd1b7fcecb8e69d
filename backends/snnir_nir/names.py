"""Names of NIR nodes that every reader can take."""

from __future__ import annotations

import re
from keyword import kwlist

# fmt: off
MODULE_ATTRIBUTES = (
    "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda",
    "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
    "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
    "named_children", "named_modules", "named_parameters", "parameters", "register_buffer", "register_module",
    "register_parameter", "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict",
    "to", "to_empty", "train", "training", "type", "xpu", "zero_grad",
)
# fmt: on
"""Readers built on torch make a submodule per node, and these names are taken there."""

RESERVED = frozenset({*kwlist, *MODULE_ATTRIBUTES, "input", "output", "metadata", "nodes", "edges", "version"})


class Names:
    """Hands out names: letters, digits and underscores only, each once, the same for the same requests.

    A slash would split the HDF5 group and a dot the torch module path; both make files unreadable.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set(RESERVED)

    def take(self, name: str) -> None:
        """Keep a name for a port."""
        self._taken.add(name)

    def new(self, wanted: str) -> str:
        """Return the wanted name made safe, with the first free number appended where it is taken."""
        safe = re.sub(r"[^A-Za-z0-9]+", "_", wanted).strip("_") or "node"
        base = f"n{safe}" if safe[0].isdigit() else safe
        name = base
        number = 1
        while name in self._taken:
            name = f"{base}_{number}"
            number += 1
        self._taken.add(name)
        return name


def port_names(kind: str, count: int) -> tuple[str, ...]:
    """Return ``input`` for a single port, as some readers demand, else ``input_0``, ``input_1``, ..."""
    return (kind,) if count == 1 else tuple(f"{kind}_{index}" for index in range(count))
