"""Files of ours as whole networks: which ports are which values, and what the host does around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from snnir.errors import model_error
from snnir.ir import Graph
from snnir.stepwise import Hosted, Part, Stepwise
from snnir_nir import metadata
from snnir_nir.circuit import Circuit
from snnir_nir.facts import Facts
from snnir_nir.order import connected


def hosted(facts: Facts, circuit: Circuit, imported: Callable[[Circuit], Stepwise]) -> Hosted | None:
    """Return the whole network that a file of ours belongs to; None where the file does not hold its host part.

    Args:
        facts: The metadata of the file.
        circuit: Its content.
        imported: Turns the circuit of a part into a network in time.

    Raises:
        ModelError: The metadata do not go with the content, code ``damaged-nir``.
    """
    host = metadata.host_of(facts)
    try:
        return None if host is None else _hosted(host, facts, circuit, imported)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise model_error("damaged-nir", f"its metadata do not describe its network: {error}") from None


def _hosted(host: Graph, facts: Facts, circuit: Circuit, imported: Callable[[Circuit], Stepwise]) -> Hosted:
    values = {end: {port["port"]: port["value"] for port in facts[end]} for end in ("inputs", "outputs")}
    if (set(values["inputs"]), set(values["outputs"])) != (set(circuit.inputs), set(circuit.outputs)):
        raise ValueError("the ports are others")
    parts = [_part(inside, imported, values) for inside in _divided(circuit)]
    made = {value for part in parts for value in part.outputs.values()}
    inputs = tuple(value for value in host.inputs if value.name not in made)
    outputs = tuple(facts["interface"]["outputs"])
    if not host.types.keys() >= {*outputs, *made, *(value for part in parts for value in part.inputs.values())}:
        raise ValueError("its ports are no values of its host part")
    stated = facts.get("setting", facts.get("report", {}))
    calibrated = {key: stated[key] for key in ("domain", "columns") if key in stated}
    return Hosted(host, inputs, outputs, facts["host"], _in_order(parts, host), calibrated)


def left_out(facts: Facts) -> str:
    """Return the sentence that a file without its host part deserves."""
    places = "; ".join(f"{place} the spikes {', '.join(nodes)}" for place, nodes in facts["host"].items() if nodes)
    return f"what is on the host is not in this file, so it is not run: {places}"


def _part(circuit: Circuit, imported: Callable[[Circuit], Stepwise], values: Mapping[str, Mapping[str, str]]) -> Part:
    network = imported(circuit)
    inputs = {name: values["inputs"][name] for name in circuit.inputs}
    return Part(network, inputs, {name: values["outputs"][name] for name in circuit.outputs})


def _divided(circuit: Circuit) -> Iterable[Circuit]:
    """Yield the parts of a circuit that no edge connects."""
    for names in connected(circuit.nodes, circuit.edges):
        yield Circuit(
            circuit.file,
            {name: node for name, node in circuit.nodes.items() if name in names},
            tuple(edge for edge in circuit.edges if edge[0] in names),
            tuple(name for name in circuit.inputs if name in names),
            tuple(name for name in circuit.outputs if name in names),
        )


def _in_order(parts: Iterable[Part], host: Graph) -> tuple[Part, ...]:
    """Return the parts, each behind those whose results reach its inputs.

    Raises:
        ValueError: There is no such order.
    """
    waiting, done = list(parts), list[Part]()
    missing = {value for part in waiting for value in part.outputs.values()}
    while waiting:
        ready = [part for part in waiting if missing.isdisjoint(_sources(host, part.inputs.values()))]
        if not ready:
            raise ValueError("its parts wait for each other")
        done += ready
        missing -= {value for part in ready for value in part.outputs.values()}
        waiting = [part for part in waiting if part not in ready]
    return tuple(done)


def _sources(host: Graph, names: Iterable[str]) -> set[str]:
    """Return the values that some values are computed from, themselves included."""
    found = set(names)
    for node in reversed(host.nodes):
        if any(value.name in found for value in node.outputs):
            found.update(node.inputs)
    return found
