"""One sweep through a network that is being calibrated: every layer is run once, on what its sources send by then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from snnir.analysis import limit
from snnir.ir import Graph, Node, regions
from snnir.ops import Decode
from snnir.semantics import Semantics, Signal, decoded, delayed, evaluate, kept, lateness, packed
from snnir.semantics.buffers import Buffers
from snnir.types import Array


class Sweep(ABC):
    """What the layers that are calibrated already send on the calibration points.

    Results of layers are kept as long as layers that are still to be calibrated need them: of a chain, those of one
    layer. So calibration takes time in proportion to the depth of a network, and memory in proportion to its width.

    Args:
        points: By the name of the graph input.
        semantics: How the target's neurons behave.
    """

    def __init__(self, points: Mapping[str, Array], semantics: Semantics) -> None:
        self.semantics = semantics
        self.points = points
        self.analog: dict[str, Array] = {}

    @abstractmethod
    def values(self, graph: Graph, names: Iterable[str]) -> dict[str, Array]:
        """Return what currents and spikes decode to, running whatever lies between these and what is kept.

        Args:
            graph: All weights on the way to the values named must be final: results are kept.
            names: Of the values.

        Returns:
            Arrays ``[..., neurons]`` by name.
        """

    @abstractmethod
    def keep(self, graph: Graph, names: Iterable[str]) -> None:
        """Drop what later calls for the values named do not need."""

    def before(self, graph: Graph, names: Iterable[str], stop: Collection[str]) -> list[str]:
        """Return the values that those named are computed from, themselves included, up to those at which to stop."""
        found: dict[str, None] = {}
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = None
                if name not in stop and name in graph.producers:
                    stack += graph.producers[name].inputs
        return list(found)


class SpikingSweep(Sweep):
    """The spiking network itself.

    Attributes:
        regions: Of the first graph that was run; calibration changes its weights, not its layers.
        trains: Spikes by name.
        means: What they decode to behind a synapse, ``[points, neurons]``: a delay loses the last ones.
    """

    def __init__(self, points: Mapping[str, Array], semantics: Semantics) -> None:
        super().__init__(points, semantics)
        self.regions: tuple[tuple[Node, ...], ...] | None = None
        self.trains: dict[str, Signal] = {}
        self.means: dict[str, Array] = {}
        self._buffers = Buffers()

    def values(self, graph: Graph, names: Iterable[str]) -> dict[str, Array]:
        """Return what currents and spikes decode to; see `Sweep`."""
        names = tuple(names)
        given = {**self.points, **self.analog}
        missing = tuple(name for name in names if name not in self.means)
        met = self.before(graph, missing, {*self.trains, *given})
        decodes = [name for name in met if name not in given and _is_decode(graph, name)]
        if self.regions is None:
            self.regions = regions(graph)
        made = self.simulate(graph, (*missing, *decodes), inputs=given, whole=self.regions)
        self.analog |= {name: made[name] for name in decodes}
        return made | {name: self.means[name] for name in names if name in self.means}

    def simulate(
        self,
        graph: Graph,
        names: Iterable[str],
        *,
        inputs: Mapping[str, Array] | None = None,
        given: Mapping[str, Signal] | None = None,
        whole: Iterable[Sequence[Node]] = (),
    ) -> dict[str, Array]:
        """Simulate up to the values named, from trains that are known, and keep the trains that are made.

        Args:
            graph: A network, or a layer of it.
            names: Of values; spikes decode as they arrive behind a synapse.
            inputs: Analog values by name.
            given: Further signals, which are not kept.
            whole: See `snnir.semantics.evaluate`.
        """
        trains: dict[str, list[Signal]] = {}
        means: dict[str, list[Array]] = {}

        def observe(node: Node, _: slice, spikes: Array) -> None:
            trains.setdefault(node.output.name, []).append(packed(spikes))
            means.setdefault(node.output.name, []).append(self._arrived(node, spikes))

        wanted = tuple(dict.fromkeys(names))
        signals = {**self.trains, **(given or {})}
        made = evaluate(
            graph,
            inputs or {},
            outputs=wanted,
            semantics=self.semantics,
            observe=observe,
            signals=signals,
            buffers=self._buffers,
            whole=whole,
        )
        self.trains |= {name: kept(chunks) for name, chunks in trains.items()}
        self.means |= {name: np.concatenate(chunks) for name, chunks in means.items()}
        return made | {name: self.means[name] for name in wanted if name in self.means}

    def _arrived(self, node: Node, spikes: Array) -> Array:
        """Return what spikes ``[steps, points, neurons]`` decode to behind a synapse."""
        coding = node.output.type.coding
        return decoded(delayed(spikes, lateness(coding, self.semantics)), coding)

    def keep(self, graph: Graph, names: Iterable[str]) -> None:
        """Drop what later calls for the values named do not need."""
        needed = set(self.before(graph, names, {*self.trains, *self.analog}))
        self.trains = {name: each for name, each in self.trains.items() if name in needed}
        self.means = {name: each for name, each in self.means.items() if name in needed}
        self.analog = {name: each for name, each in self.analog.items() if name in needed}

    def forget(self, name: str) -> None:
        """Drop the spikes of a layer that will not be what it was."""
        del self.trains[name], self.means[name]


class LimitSweep(Sweep):
    """What the spiking network tends to with ever more steps."""

    def values(self, graph: Graph, names: Iterable[str]) -> dict[str, Array]:
        """Return what currents and spikes decode to; see `Sweep`."""
        names = tuple(names)
        made = evaluate(limit(graph, self.semantics), {**self.points, **self.analog}, outputs=names)
        self.analog |= made
        return made

    def keep(self, graph: Graph, names: Iterable[str]) -> None:
        """Drop what later calls for the values named do not need."""
        needed = set(self.before(graph, names, self.analog))
        self.analog = {name: array for name, array in self.analog.items() if name in needed}


def _is_decode(graph: Graph, name: str) -> bool:
    return name in graph.producers and isinstance(graph.producers[name].op, Decode)
