"""What the Inputs of a file get at each step, and how its Outputs are read out, in its metadata."""

from __future__ import annotations

from snnir.ir import Graph, Node
from snnir.types import WEIGHTINGS, Current, JsonObject, Spikes, Weighting
from snnir_nir.facts import Facts
from snnir_nir.lanes import Lane, lanes_of

CONSTANT = {
    "input_coding": "constant current at every step",
    "read_out": "mean over the steps of the output",
}
DIGITS = {
    "input_coding": "each lane of an input is its values, or 1, from its first step to before its end, and 0 elsewhere",
    "read_out": "sum over k = 0 .. digits - 1 of 2^(digits - 1 - k) y(first + k), over 2^digits - 1, y the output",
}
DECAYING = {
    "weighting": "decaying",
    "input_coding": DIGITS["input_coding"],
    "read_out": "sum over k = 0 .. digits - 1 of w(k) y(first + k), over the sum of w(k) = (1 - a)^(digits - 1 - k), "
    "a the largest power of two that is not above 1 / digits, y the output",
}


def times(graph: Graph, steps: int | None, spiking: list[Node]) -> JsonObject:
    """Return for how many steps a net runs, what it gets meanwhile, and how it is read out.

    Args:
        graph: What is emitted.
        steps: That the net runs for; None where it does for those of a train.
        spiking: The nodes of its spiking part.
    """
    codings = [graph.types[value.name].coding for node in spiking for value in node.outputs]
    kinds = [coding for coding in codings if isinstance(coding, Current | Spikes)]
    digits = max(coding.steps for coding in kinds)
    if steps is None:
        return {"steps": digits, **CONSTANT}
    decaying = all(coding.weighting == "decaying" for coding in kinds)
    return {"steps": steps, "digits": digits, **(DECAYING if decaying else DIGITS)}


def lanes(facts: Facts) -> dict[str, tuple[Lane, ...]]:
    """Return what the columns of the Inputs bring.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: The metadata state something else.
    """
    return {str(port["port"]): lanes_of(port) for port in facts["inputs"]}


def weighting(facts: Facts) -> Weighting:
    """Return how much each step of a train counts, where layers send one after the other.

    Raises:
        ValueError: The metadata state something else.
    """
    found = facts.get("weighting", "binary")
    if found not in WEIGHTINGS:
        raise ValueError(f"there is no weighting {found!r}")
    return found


def windows(facts: Facts) -> dict[str, tuple[int, Current]]:
    """Return the first step of the window of each Output that is read out in one, and how that decodes.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: The metadata state something else.
    """
    kind = weighting(facts)
    return {
        str(port["port"]): (int(port["first"]), Current(int(port["digits"]), kind))
        for port in facts["outputs"]
        if "digits" in port
    }
