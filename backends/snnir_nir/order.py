"""In which order the nodes of a net run within a step."""

from __future__ import annotations

from collections.abc import Iterable

from snnir_nir.net import Net, Port


def execution_order(net: Net) -> tuple[str, ...]:
    """Return the nodes that an Input reaches, each after its sources; edges that close a cycle do not count.

    Which edges those are is found depth first from the Inputs, in the order of the edges.
    """
    return ordered((name for name, node in net.nodes.items() if isinstance(node, Port) and node.into), net.edges)


def ordered(starts: Iterable[str], edges: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the nodes that can be reached, as `execution_order` does."""
    targets: dict[str, list[str]] = {}
    for source, target in edges:
        targets.setdefault(source, []).append(target)
    done: list[str] = []
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(targets.get(start, ())))]
        while path:
            name, rest = path[-1]
            following = next((target for target in rest if target not in seen), None)
            if following is None:
                done.append(name)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(targets.get(following, ()))))
    return tuple(reversed(done))


def parts(net: Net) -> list[set[str]]:
    """Return the sets of nodes that edges connect, whatever their direction."""
    return connected(net.nodes, net.edges)


def connected(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Return the sets of names that edges connect, whatever their direction, in the order of their first names."""
    near: dict[str, set[str]] = {name: set() for name in names}
    for source, target in edges:
        near[source].add(target)
        near[target].add(source)
    found: list[set[str]] = []
    left = dict.fromkeys(near)
    while left:
        part: set[str] = set()
        border = {next(iter(left))}
        while border:
            name = border.pop()
            part.add(name)
            border |= near[name] - part
        for name in part:
            del left[name]
        found.append(part)
    return found
