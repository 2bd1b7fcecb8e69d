"""The analog network on sets of points, evaluated once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast

from snnir.analysis.units import find_layers
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array

MAX_KEPT = 1 << 24
"""Numbers: of a set of points on which a network has more values in its layers, only those asked for are kept."""
_Made = TypeVar("_Made")


class Evaluations:
    """Values of analog networks, kept by network and set of points.

    A network and its points are known again as objects: neither changes. The first time, all pre-activations,
    activations and outputs are kept, so that whatever is asked for later is there.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], tuple[object, dict[str, Array]]] = {}
        self._made: dict[tuple[str, int], tuple[object, object]] = {}  # what it is of stays alive, and its id with it

    def values(self, graph: Graph, points: Mapping[str, Array], names: Iterable[str] | None = None) -> dict[str, Array]:
        """Return values of a network on points; its outputs if no names are given.

        Args:
            graph: Analog.
            points: By input name.
            names: Of the values.
        """
        wanted = tuple(graph.outputs if names is None else dict.fromkeys(names))
        key = (id(graph), *(id(points[value.name]) for value in graph.inputs))
        _, known = self._kept.setdefault(key, ((graph, dict(points)), {}))  # they stay alive, and their ids with them
        missing = [name for name in wanted if name not in known]
        if missing:
            more = () if known else _usual(graph, points)
            known.update(evaluate(graph, {**points, **known}, outputs=dict.fromkeys((*missing, *more))))
        return {name: known[name] for name in wanted}

    def once(self, what: str, of: object, make: Callable[[], _Made]) -> _Made:
        """Return what is derived from an object, made the first time."""
        key = what, id(of)
        if key not in self._made:
            self._made[key] = of, make()
        return cast("_Made", self._made[key][1])


def _usual(graph: Graph, points: Mapping[str, Array]) -> tuple[str, ...]:
    """Return the names of what is kept from the first time on: layers and outputs, where there is room."""
    layers = find_layers(graph)
    count = max((array.size for array in points.values()), default=0)
    if 2 * count * sum(layer.width for layer in layers) > MAX_KEPT:
        return ()
    return (*(name for layer in layers for name in (layer.z, layer.a)), *graph.outputs)
