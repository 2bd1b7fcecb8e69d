"""NIR graphs of any origin as graphs of the IR: one `snnir.ops.Scan` whose body is a step of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, Tensor, Value, fresh_name, verify
from snnir.ops import Constant, Scan
from snnir.provenance import Origin
from snnir.stepwise import Stepwise
from snnir.types import Array, DType, ValueType
from snnir_nir.body import Body, Signal
from snnir_nir.circuit import Circuit, Edge
from snnir_nir.delays import delay_line, fill_line, series
from snnir_nir.dynamics import Cell, needs_dt, step
from snnir_nir.lanes import VALUES, Lane
from snnir_nir.order import ordered
from snnir_nir.primitives import NEURONS
from snnir_nir.rules import Rules
from snnir_nir.shapes import Shape, shape_of, spread

STEPS = "T"
"""Name of the size that counts steps."""
MAX_DELAY = 100_000
"""Steps of a delay."""
NEAR = 1e-6
"""How far a delay may be from a whole number of steps, in steps: single precision of the file."""


def import_circuit(
    circuit: Circuit,
    rules: Rules,
    dt: float | None = None,
    dtype: DType | None = None,
    lanes: Mapping[str, tuple[Lane, ...]] = MappingProxyType({}),
) -> Stepwise:
    """Return a circuit as a network that runs step by step.

    Edges into a node add up. Within a step nodes run along the edges. An edge that closes a cycle brings what its
    source made in the step before, and nothing in the first step; which ones do is found depth first from the Inputs,
    in the order of the edges.

    Args:
        circuit: The content of a file.
        rules: How it is run.
        dt: The time step in the unit of the file's time constants. Where it is None and a node depends on it, the graph
            has an input for it; but delays must be known in steps.
        dtype: Of all numbers; that of the file's parameters if None: float64 where one of them is.
        lanes: What the columns of an Input bring, where that is not what comes in alone; the network itself puts it
            there.

    Raises:
        ModelError: It cannot be run so; all findings at once, codes ``not-in-reader``, ``unfed-node``,
            ``algebraic-loop``, ``shape-misfit``, ``dt-missing`` and ``bad-delay``.
    """
    return _Import(circuit, rules, rules.dynamics.dt or dt, dtype or _dtype(circuit), lanes).run()


@dataclass(frozen=True)
class _Plan:
    """In which order nodes run, and on what.

    Attributes:
        order: Of the nodes.
        late: Edges that bring the step before.
        delays: Steps by Delay node.
        shapes: Of what nodes make.
    """

    order: tuple[str, ...]
    late: frozenset[Edge]
    delays: Mapping[str, Array]
    shapes: Mapping[str, Shape]


class _Import:
    def __init__(
        self,
        circuit: Circuit,
        rules: Rules,
        dt: float | None,
        dtype: DType,
        lanes: Mapping[str, tuple[Lane, ...]],
    ) -> None:
        self.circuit = circuit
        self.rules = rules
        self.dt = dt
        self.lanes = lanes
        self.body = Body(dtype)
        self.findings: list[Diagnostic] = []
        self.nodes = dict(circuit.nodes)
        """With one number for each neuron, once it is known what arrives."""
        self.into: dict[str, list[str]] = {name: [] for name in circuit.nodes}
        for source, target in circuit.edges:
            self.into[target].append(source)

    def run(self) -> Stepwise:
        plan = self.plan()
        if self.findings:
            raise ModelError(self.findings)
        clock = self.clock()
        made = self.fill(plan, clock)
        return self.finish(plan, made, clock)

    def find(self, code: str, message: str, name: str, hint: str = "") -> None:
        self.findings.append(Diagnostic(code, message, self.circuit.place(name), hint))

    def plan(self) -> _Plan:
        circuit, rules = self.circuit, self.rules
        for name, node in circuit.nodes.items():
            if node.kind not in rules.dynamics.types:
                message = f"the profile of {rules.name} does not cover {node.kind}"
                self.find(
                    "not-in-reader", message, name, "run it with the semantics of the specification: `reader` spec"
                )
        delays = self.delays()
        starts = [name for name, steps in delays.items() if steps.min() > 0]
        now = [edge for edge in circuit.edges if edge[1] not in starts]
        reached = set(ordered(circuit.inputs, circuit.edges))
        for name in circuit.nodes:
            if name not in reached:
                self.find("unfed-node", "no Input reaches it", name, "connect it, or leave it out of the file")
        order = tuple(name for name in ordered([*circuit.inputs, *starts], now) if name in reached)
        place = {name: index for index, name in enumerate(order)}
        late = frozenset(edge for edge in now if place.get(edge[0], 0) >= place.get(edge[1], 1))
        self.loops(now)
        return _Plan(order, late, delays, self.shapes(order, late, starts))

    def delays(self) -> dict[str, Array]:
        """Return the steps of every Delay whose time can be counted in steps."""
        found: dict[str, Array] = {}
        for name, node in self.circuit.nodes.items():
            if node.kind != "Delay":
                continue
            time = node.array("delay").astype(np.float64)
            found[name] = np.zeros(time.shape, np.int64)
            if not time.any():
                continue
            if self.dt is None:
                message = "how many steps its delay is depends on the time step, and NIR files hold none"
                self.find("dt-missing", message, name, "give `dt` in the unit of the delay, e.g. `dt` 1e-4")
                continue
            steps = np.round(time / self.dt)
            worst = time.flat[int(np.argmax(np.abs(time / self.dt - steps)))]
            if np.max(np.abs(time / self.dt - steps)) > NEAR * max(1.0, float(steps.max())):
                self.find("bad-delay", f"its delay of {worst:g} is no whole number of steps of {self.dt:g}", name)
            elif steps.max() > MAX_DELAY:
                self.find("bad-delay", f"its delay is {steps.max():.3g} steps, more than {MAX_DELAY}", name)
            else:
                found[name] = steps.astype(np.int64)
        return found

    def loops(self, now: Iterable[Edge]) -> None:
        """Find cycles on which everything would have to be known before itself."""
        still = {name for name, node in self.circuit.nodes.items() if node.kind not in NEURONS}
        edges = [edge for edge in now if still.issuperset(edge)]
        before = None
        while before != len(edges):
            before = len(edges)
            sources, targets = {edge[0] for edge in edges}, {edge[1] for edge in edges}
            edges = [edge for edge in edges if edge[0] in targets and edge[1] in sources]
        names = dict.fromkeys(name for edge in edges for name in edge)
        if names:
            listed = ", ".join(map(repr, names))
            message = f"these nodes depend on their own results within a step: {listed}"
            hint = "a cycle needs a neuron or a Delay of at least one step"
            self.findings.append(Diagnostic("algebraic-loop", message, self.circuit.file, hint))

    def shapes(self, order: Iterable[str], late: frozenset[Edge], starts: Iterable[str]) -> dict[str, Shape]:
        """Return the shape of what every node makes, where what arrives fits it."""
        circuit = self.circuit
        shapes = {name: circuit.nodes[name].array("delay").shape for name in starts}
        for name in order:
            node = self.nodes[name]
            arriving = {source: shapes[source] for source in self.into[name] if source in shapes}
            if name in circuit.inputs:
                arriving = {name: node.integers("shape")}
            if name in shapes or not arriving:
                continue
            try:
                node = self.nodes[name] = spread(node, next(iter(arriving.values())))
                shapes[name] = shape_of(node, next(iter(arriving.values())))
            except ValueError as error:
                self.find("shape-misfit", str(error), name)
        for name in order:
            arriving = {source: shapes[source] for source in self.into[name] if source in shapes}
            if len(set(arriving.values())) > 1:
                listed = ", ".join(f"{list(shape)} from {source!r}" for source, shape in arriving.items())
                self.find("shape-misfit", f"what arrives differs in shape: {listed}", name)
            elif name in set(starts) and arriving and set(arriving.values()) != {shapes[name]}:
                (shape,) = set(arriving.values())
                self.find("shape-misfit", f"it takes {list(shapes[name])}, and {list(shape)} arrives", name)
        return shapes

    def clock(self) -> Signal | None:
        """Return the time step, as a number or an input; None where no node needs one."""
        self.begin("dt")
        if not any(needs_dt(node, self.rules.dynamics) for node in self.circuit.nodes.values()) and self.dt is None:
            return None
        if self.dt is not None:
            return self.body.constant(".", np.asarray(self.dt))
        return self.body.hold(fresh_name("dt", self.circuit.nodes))

    def begin(self, name: str) -> None:
        node = self.circuit.nodes.get(name)
        self.body.begin(name, Origin(self.circuit.file, name, node.kind if node else "dt"))

    def fill(self, plan: _Plan, clock: Signal | None) -> dict[str, Signal]:
        """Add all nodes to the body; return what each of them makes, and what reaches the Outputs."""
        made: dict[str, Signal] = {}
        before: dict[str, Signal] = {}
        lines: dict[str, Signal] = {}
        for source in dict.fromkeys(edge[0] for edge in self.circuit.edges if edge in plan.late):
            self.begin(source)
            before[source] = self.body.state("before", plan.shapes[source])
        for name in plan.order:
            node = self.nodes[name]
            self.begin(name)
            cell = Cell(self.body, name, node, self.rules, clock)
            steps = plan.delays.get(name)
            if name in self.circuit.inputs:
                made[name] = series(self.body, name, plan.shapes[name], self.lanes.get(name, VALUES))
            elif steps is not None and steps.any():
                lines[name], output = delay_line(self.body, steps)
                made[name] = output(self.arriving(name, made, before, plan) if steps.min() == 0 else None)
            else:
                made[name] = step(cell, self.arriving(name, made, before, plan))
        for name, line in lines.items():
            self.begin(name)
            fill_line(self.body, line, self.arriving(name, made, {}, plan))
        for source, state in before.items():
            self.body.remember(state, made[source])
        return made

    def arriving(self, name: str, made: Mapping[str, Signal], before: Mapping[str, Signal], plan: _Plan) -> Signal:
        """Return the sum of what arrives at a node."""
        signals = [before[source] if (source, name) in plan.late else made[source] for source in self.into[name]]
        total = signals[0]
        for signal in signals[1:]:
            total = total + signal
        return total

    def finish(self, plan: _Plan, made: Mapping[str, Signal], clock: Signal | None) -> Stepwise:
        circuit, body = self.circuit, self.body
        outputs = {name: made[name].name for name in circuit.outputs}
        spikes = {name: signal.name for name, signal in body.spikes.items()}
        step_graph = body.graph("step", (*outputs.values(), *spikes.values()))
        held = clock is not None and any(value.name == clock.name for value in body.held)
        initial, starts = self.initial_states()
        results = tuple(
            Value(name, ValueType(body.dtype, (STEPS, *step_graph.types[value].shape)))
            for name, value in (outputs | spikes).items()
        )
        inputs = tuple(Value(value.name, ValueType(body.dtype, (STEPS, *value.type.shape))) for value in body.inputs)
        scan = Node(
            fresh_name("steps", (node.name for node in initial)),
            Scan(step_graph, len(body.states), len(body.held)),
            (*(value.name for value in inputs), *starts, *(value.name for value in body.held)),
            results,
        )
        graph = Graph(circuit.file, (*inputs, *body.held), (*initial, scan), tuple(outputs))
        verify(graph)
        notes = tuple(
            f"the edge {source!r} -> {target!r} closes a cycle: it brings what its source made in the step before"
            for source, target in circuit.edges
            if (source, target) in plan.late
        )
        return Stepwise(graph, tuple(spikes), body.held[0].name if held else "", notes=notes)

    def initial_states(self) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        """Return constants for what states start from, where not all start from zero, and their names in order."""
        states = self.body.states
        if all(state.initial is None for state in states):
            return (), ()
        nodes: dict[str, Node] = {}
        taken = [value.name for value in (*self.body.inputs, *self.body.held)] + list(self.circuit.nodes)
        for state in states:
            array = np.zeros((), self.body.dtype) if state.initial is None else state.initial
            name = fresh_name(f"{state.value.name}.start", (*taken, *nodes))
            kind = ValueType(self.body.dtype, array.shape)
            nodes[name] = Node(name, Constant(Tensor(array)), (), (Value(name, kind),))
        return tuple(nodes.values()), tuple(nodes)


def _dtype(circuit: Circuit) -> DType:
    kinds = {
        parameter.dtype
        for node in circuit.nodes.values()
        for parameter in node.parameters.values()
        if isinstance(parameter, Tensor)
    }
    return "float64" if "float64" in kinds else "float32"
