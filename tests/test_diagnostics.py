"""Codes of diagnostics: each is in one table, and occurs in a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import snnir_lava.diagnostics
import snnir_nir.diagnostics
import snnir_onnx.diagnostics
import snnir_sanafe.diagnostics
from snnir.analysis.ranges import HINTS
from snnir.diagnostics import FILES, NETWORKS, REQUESTS, TARGETS, Table, diagnostics_page
from tests.support import assert_golden

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "diagnostics.md"
CORE: Mapping[str, Table] = {
    "What was asked for": REQUESTS,
    "Files": FILES,
    "Networks": NETWORKS,
    "Targets": TARGETS,
}
PLUGINS: Mapping[str, Table] = {
    "ONNX files": snnir_onnx.diagnostics.CODES,
    "NIR files": snnir_nir.diagnostics.CODES,
    "Lava": snnir_lava.diagnostics.CODES,
    "SANA-FE": snnir_sanafe.diagnostics.CODES,
}
SOURCES: Mapping[str, tuple[Table, ...]] = {
    "snnir": (),
    "frontends/snnir_onnx": (PLUGINS["ONNX files"],),
    "backends/snnir_nir": (PLUGINS["NIR files"],),
    "backends/snnir_lava": (PLUGINS["Lava"],),
    "backends/snnir_numpy": (),
    "backends/snnir_sanafe": (PLUGINS["SANA-FE"],),
}
"""The tables of a package besides those of the core."""
ALL = sorted({code for table in (*CORE.values(), *PLUGINS.values()) for code in table})
MAKERS = frozenset({"Diagnostic", "RefusedError", "model_error", "usage_error"})
"""What makes a diagnostic: its first argument is the code, its second the message."""
COLLECTORS = frozenset({"add", "find"})
"""Methods that take a diagnostic's parts, besides other methods of these names."""
NAMES = frozenset({"code", "finding"})
"""Variables and arguments that hold a code until one is made."""
WORDS = re.compile(r"[a-z]+(-[a-z0-9]+)+")


def made(tree: ast.AST, makers: frozenset[str]) -> Iterator[ast.expr]:
    """Yield the first argument of everything that makes a diagnostic."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), args=[first, _, *_]) if name in makers:
                yield first
            case _:
                pass


def variables(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what variables, fields and arguments for codes are set to."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(keywords=keywords):
                yield from (each.value for each in keywords if each.arg in NAMES)
            case ast.Assign(targets=[ast.Name(name)], value=value) if name in NAMES:
                yield value
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value) if name in NAMES:
                yield value
            case ast.arguments():
                yield from (value for name, value in defaults(node) if name in NAMES)
            case _:
                pass


def defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield names and values of the arguments that have a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    yield from zip((each.arg for each in last), arguments.defaults, strict=True)
    for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield each.arg, value


def used(tree: ast.AST) -> set[str]:
    """Return the codes in a file; where part of one is computed, with a star for it."""
    found = {pattern(each) for each in made(tree, MAKERS) if isinstance(each, ast.Constant | ast.JoinedStr)}
    for each in (*made(tree, COLLECTORS), *variables(tree)):
        strings = (part.value for part in ast.walk(each) if isinstance(part, ast.Constant))
        found |= {text for text in strings if isinstance(text, str) and WORDS.fullmatch(text)}
    return found


def pattern(code: ast.Constant | ast.JoinedStr) -> str:
    """Return a code, with stars for what is computed."""
    parts = code.values if isinstance(code, ast.JoinedStr) else [code]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)


@cache
def codes_of(package: str) -> frozenset[str]:
    """Return the codes in the source of a package."""
    files = (ROOT / package).rglob("*.py")
    return frozenset().union(*(used(ast.parse(file.read_text(encoding="utf-8"))) for file in files))


def fits(code: str, pattern: str) -> bool:
    """Whether a code is one of those that a file makes."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".+"), code) is not None


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield all strings of a file but docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("package", SOURCES)
def test_every_code_is_in_a_table(package: str) -> None:
    """Of the core, or of the package itself."""
    known = {code for table in (*CORE.values(), *SOURCES[package]) for code in table}
    assert not {each for each in codes_of(package) if not any(fits(code, each) for code in known)}


def test_every_entry_is_used() -> None:
    """The tables explain nothing that there is not; those of a package only what it uses itself."""
    found = {package: codes_of(package) for package in SOURCES}
    everywhere = set().union(*found.values())
    unused = [code for table in CORE.values() for code in table if not any(fits(code, each) for each in everywhere)]
    for package, tables in SOURCES.items():
        here = found[package] | {each for each in found["snnir"] if "*" in each}
        unused += [code for table in tables for code in table if not any(fits(code, each) for each in here)]
    assert not unused


@pytest.mark.parametrize("package", SOURCES)
def test_no_code_is_out_of_sight(package: str) -> None:
    """What makes a diagnostic takes a string, or a variable that is found by its name."""
    for file in (ROOT / package).rglob("*.py"):
        for each in made(ast.parse(file.read_text(encoding="utf-8")), MAKERS):
            match each:
                case ast.Constant() | ast.JoinedStr():
                    pass
                case ast.Name(name) | ast.Attribute(attr=name):
                    assert name in NAMES, file
                case _:
                    pytest.fail(f"{file}: {ast.unparse(each)}")


def test_every_code_has_one_entry() -> None:
    """Tables do not repeat each other, and say what to do in full sentences."""
    tables = (*CORE.values(), *PLUGINS.values())
    assert len(ALL) == sum(map(len, tables))
    for meaning, advice in (entry for table in tables for entry in table.values()):
        assert meaning.endswith(".")
        assert advice.endswith((".", ".`"))


def test_quantities_that_may_not_fit_have_codes() -> None:
    """The code of a range is made of the name of its quantity."""
    assert {f"{quantity}-range" for quantity in HINTS} <= TARGETS.keys()


def test_the_page_is_up_to_date() -> None:
    """docs/diagnostics.md says what the tables say."""
    assert_golden(str(PAGE), diagnostics_page({**CORE, **PLUGINS}))


def test_every_code_occurs_in_a_test() -> None:
    """Something triggers it: a code that nothing checks may be out of reach."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    text = "\n".join(text for file in files for text in texts(ast.parse(file.read_text(encoding="utf-8"))))
    assert not [code for code in ALL if not re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", text)]


def test_codes_are_found_however_they_are_given() -> None:
    """As an argument, by a variable, by a default, and with a part that is computed."""
    source = """
raise model_error("one", "message")
found.add(Diagnostic(f"{kind}-code", message))
code = "two-codes" if large else "three-codes"
option = Option(finding="four-codes")
def error(message, code="five-codes"): ...
names.add("not-a-code")
"""
    names = {"one", "*-code", "two-codes", "three-codes", "four-codes", "five-codes"}
    assert used(ast.parse(source)) == names
