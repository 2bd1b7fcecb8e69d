"""The graph: nodes in topological order, values by name, everything frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeGuard, TypeVar, cast

from snnir.ir.notebook import graph_html
from snnir.ir.op import Op
from snnir.provenance import NO_PROVENANCE, Provenance, Source
from snnir.types import ValueType

Kind = TypeVar("Kind", bound=Op)
if TYPE_CHECKING:
    from typing_extensions import TypeVar as WithDefault

    OpT_co = WithDefault("OpT_co", bound=Op, covariant=True, default=Op)
else:
    OpT_co = TypeVar("OpT_co", bound=Op, covariant=True)

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Value:
    """A named result with its type."""

    name: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Node(Generic[OpT_co]):
    """Where an op sits; `Node[Dense]` where its kind is known, from `Graph.of` or `is_of`.

    Attributes:
        name: Unique in its graph.
        op: What is computed.
        inputs: Names of the values it reads, in the op's order.
        outputs: The values it makes.
        provenance: Where it came from.
    """

    name: str
    op: OpT_co
    inputs: tuple[str, ...]
    outputs: tuple[Value, ...]
    provenance: Provenance = NO_PROVENANCE

    @property
    def output(self) -> Value:
        """The only output.

        Raises:
            ValueError: There are several.
        """
        (value,) = self.outputs
        return value

    def __repr__(self) -> str:
        made = ", ".join(f"{value.name}: {value.type}" for value in self.outputs)
        return f"<Node {self.name!r}: {self.op.mnemonic}({', '.join(self.inputs)}) -> {made}>"


def is_of(node: Node, kind: type[Kind]) -> TypeGuard[Node[Kind]]:
    """Whether the op of a node is of a kind."""
    return isinstance(node.op, kind)


@dataclass(frozen=True)
class Graph:
    """A network.

    Attributes:
        name: Identifies it in messages and files.
        inputs: The values that come from outside.
        nodes: In topological order.
        outputs: Names of the values handed back, in order.
        source: The file it was read from, where it was.
    """

    name: str
    inputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    source: Source | None = None

    @cached_property
    def types(self) -> Mapping[str, ValueType]:
        """Type of every value by name."""
        made = (value for node in self.nodes for value in node.outputs)
        return {value.name: value.type for value in (*self.inputs, *made)}

    @cached_property
    def producers(self) -> Mapping[str, Node]:
        """The node that makes each value; graph inputs have none."""
        return {value.name: node for node in self.nodes for value in node.outputs}

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes that read each value, in order."""
        found: dict[str, list[Node]] = {name: [] for name in self.types}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found[name].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by their names."""
        return {node.name: node for node in self.nodes}

    def of(self, *kinds: type[Kind]) -> Iterator[Node[Kind]]:
        """Yield the nodes whose op is one of `kinds`, in order."""
        return (cast("Node[Kind]", node) for node in self.nodes if isinstance(node.op, kinds))

    def __repr__(self) -> str:
        """Return its name, ends and size; the text form has everything (`snnir.text.print_graph`)."""
        ends = ", ".join(f"{value.name}: {value.type}" for value in self.inputs)
        return f"<Graph {self.name!r}: {len(self.nodes)} nodes, ({ends}) -> ({', '.join(self.outputs)})>"

    def _repr_html_(self) -> str:
        """Return a table of its nodes, which notebooks show."""
        return graph_html(self)

    @cached_property
    def _found(self) -> dict[Callable[[Graph], object], object]:
        return {}

    def once(self, analysis: Callable[[Graph], _Found]) -> _Found:
        """Return what an analysis finds in this graph: worked out the first time, for a graph never changes."""
        if analysis not in self._found:
            self._found[analysis] = analysis(self)
        return cast("_Found", self._found[analysis])

    def with_nodes(self, nodes: tuple[Node, ...]) -> Graph:
        """Return the same graph with other nodes (already in topological order)."""
        return replace(self, nodes=nodes)
