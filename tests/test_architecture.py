"""What the syntax tree of the source must keep to."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SENDING = frozenset(
    ("Accumulate", "Delta", "IntegrateAndFire", "Neuron", "Receiver", "Sender", "SigmaDelta", "SignedDigits")
)
ASKING = frozenset({"sender"})
"""Functions that ask for others: a call of them is a question like those inside."""
OWN = re.compile(r"snnir/(ops|semantics|arithmetic)/|snnir/codes/[a-z_]+/")
"""Where a question on a kind of neuron is one of its own: ops, their kernels and arithmetic, the folders of codes."""
MAX_QUESTIONS = 40
"""Of all others together."""


def questions(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of `isinstance`, `is_of` and `graph.of` that ask for an op which sends, and of `ASKING`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(name) if name in ASKING:
                yield node
                continue
            case ast.Name("isinstance" | "is_of"):
                kinds = node.args[1:]
            case ast.Attribute(attr="of"):
                kinds = node.args
            case _:
                continue
        names = {each.id for kind in kinds for each in ast.walk(kind) if isinstance(each, ast.Name)}
        names |= {each.attr for kind in kinds for each in ast.walk(kind) if isinstance(each, ast.Attribute)}
        if names & SENDING:
            yield node


def counted() -> Counter[str]:
    """Return how many questions each file asks, but for those of its own code."""
    found: Counter[str] = Counter()
    for room in ("snnir", "backends", "frontends"):
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if OWN.match(name) is None:
                found[name] += sum(1 for _ in questions(ast.parse(path.read_text(encoding="utf-8"))))
    return +found


def test_ops_that_send_answer_for_themselves() -> None:
    """Hardly anybody asks which kind of neuron it is."""
    found = counted()
    assert found.total() <= MAX_QUESTIONS, found.most_common()


def test_a_question_is_found_however_it_is_asked() -> None:
    """By `isinstance` with a union, by `Graph.of`, through a module's name, and by who asks for others."""
    source = "isinstance(a, Dense | Delta); graph.of(ops.SigmaDelta); isinstance(a, Dense); Semantics.of(plain)"
    assert len(list(questions(ast.parse(source)))) == 2
    assert len(list(questions(ast.parse("sender(graph, name); sender.op")))) == 1
