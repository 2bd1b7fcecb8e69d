"""What the syntax tree of the source must keep to."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SENDING = frozenset(
    ("Accumulate", "Delta", "IntegrateAndFire", "Neuron", "Receiver", "Sender", "SigmaDelta", "SignedDigits")
)
ASKING = frozenset({"sender"})
"""Functions that ask for others: a call of them is a question like those inside."""
OWN = re.compile(r"snnir/(ops|semantics|arithmetic)/|snnir/codes/[a-z_]+/")
"""Where a question on a kind of neuron is one of its own: ops, their kernels and arithmetic, the folders of codes."""
MAX_QUESTIONS = 30
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
    """Hardly any code branches on the kind of a neuron."""
    found = counted()
    assert found.total() <= MAX_QUESTIONS, found.most_common()


def test_a_question_is_found_however_it_is_asked() -> None:
    """By `isinstance` with a union, by `Graph.of`, through a module's name, and by who asks for others."""
    source = "isinstance(a, Dense | Delta); graph.of(ops.SigmaDelta); isinstance(a, Dense); Semantics.of(plain)"
    assert len(list(questions(ast.parse(source)))) == 2
    assert len(list(questions(ast.parse("sender(graph, name); sender.op")))) == 1


ROOMS = (
    "snnir",
    "frontends/snnir_onnx",
    "backends/snnir_nir",
    "backends/snnir_numpy",
    "backends/snnir_lava",
    "backends/snnir_sanafe",
)
SOURCES = sorted(each for room in (*ROOMS, "examples", "benchmarks") for each in (ROOT / room).rglob("*.py"))
MAX_LINES = 300
"""Of a file."""
LONG_FILES = ("backends/snnir_lava/program.py", "backends/snnir_sanafe/program.py")
"""Each is written into the output as one file, for a machine without snnir."""
MAX_BODY = 50
"""Lines of a function without its docstring, functions inside it among them."""
FACES = sorted(each for room in ROOMS for each in (ROOT / room).rglob("__init__.py"))
"""What every package exports."""


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has below its signature and docstring."""
    start = function.body[ast.get_docstring(function) is not None :]
    return 1 + (function.end_lineno or 0) - start[0].lineno if start else 0


def test_no_file_is_long() -> None:
    """A file has one idea, and fits one sitting."""
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert not {name: count for name, count in lines.items() if count > MAX_LINES}.keys() - set(LONG_FILES)


def test_no_function_is_long() -> None:
    """What a function does can be seen at once; tests are functions, too."""
    found = {
        (path.relative_to(ROOT).as_posix(), node.lineno, node.name): body_lines(node)
        for path in (*SOURCES, *(ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {place: count for place, count in found.items() if count > MAX_BODY}
    assert not long


def test_lines_are_counted_without_the_docstring() -> None:
    """Statements and what is between them count, signature and docstring do not."""
    source = 'def f(\n    a: int,\n) -> int:\n    """One.\n\n    Two.\n    """\n    b = a\n\n    return b\n'
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert body_lines(function) == 3
    (empty,) = ast.parse('def f():\n    """Nothing."""').body
    assert isinstance(empty, ast.FunctionDef)
    assert body_lines(empty) == 0


def taken(face: ast.Module, package: str, submodules: Iterable[str]) -> Iterator[str]:
    """Yield the names of submodules that a package gives to something else.

    Args:
        face: The ``__init__`` of the package.
        package: Its full name: ``from package import submodule`` gives a submodule its own name.
        submodules: Names of its modules and packages.
    """
    given: set[str] = set()
    for node in ast.walk(face):
        match node:
            case ast.ImportFrom(module=module, names=names) if module in {package, None}:
                given |= {each.asname for each in names if each.asname and each.asname != each.name}
            case ast.ImportFrom(names=names):
                given |= {each.asname or each.name for each in names}
            case ast.Import(names=names):
                given |= {each.asname for each in names if each.asname}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                given.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                given.add(name)
    return (each for each in submodules if each in given)


@pytest.mark.parametrize("face", FACES, ids=lambda path: path.relative_to(ROOT).parent.as_posix())
def test_no_submodule_has_the_name_of_an_export(face: Path) -> None:
    """Whether `package.name` is a function or a module does not depend on what was imported before."""
    folder = face.parent
    package = folder.relative_to(ROOT).as_posix().removeprefix("frontends/").removeprefix("backends/")
    submodules = {each.stem for each in folder.glob("*.py")} | {each.parent.name for each in folder.glob("*/*.py")}
    tree = ast.parse(face.read_text(encoding="utf-8"))
    assert not list(taken(tree, package.replace("/", "."), submodules))


def test_a_name_given_twice_is_found() -> None:
    """An import from elsewhere, a definition and a variable take a submodule's name; importing it does not."""
    source = "from p import own\nfrom p.a import taken, other as also\ndef f(): ...\nx: int = 1\nimport q as module\n"
    names = ("own", "taken", "other", "also", "f", "x", "module")
    assert list(taken(ast.parse(source), "p", names)) == ["taken", "also", "f", "x", "module"]
