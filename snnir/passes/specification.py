"""Passes as text, both ways: ``fold,canonicalise,thresholds{per=layer percentile=99.5},normalise{amplitudes=true}``.

Options are the fields of a pass's dataclass, with dashes or underscores; those that are left out have their defaults.
Items of a list stand between commas, options between blanks; what is no plain word stands in double quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, cast, get_origin, get_type_hints

from snnir.errors import UsageError, did_you_mean, usage_error
from snnir.passes.base import Pass
from snnir.passes.catalogue import pass_named
from snnir.text.attributes import describe, fit

TOKEN = re.compile(
    r"""\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"""
    r"""|(?P<word>[A-Za-z_][\w.-]*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[{}=,]))"""
)
PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "none": None}
SHAPE = "write e.g. 'fold,canonicalise,normalise{amplitudes=true}'"


def parse_passes(text: str) -> tuple[Pass, ...]:
    """Return the passes of a specification, in its order.

    Raises:
        UsageError: It is malformed (code ``bad-passes``), there is no such pass (``unknown-pass``), the pass has no
            such option (``unknown-pass-option``), or its value does not fit (``bad-pass-option``).
        ModelError: The plug-in that has a pass is broken.
    """
    cursor = _Cursor(text)
    found = [cursor.step()]
    while cursor.accept(","):
        found.append(cursor.step())
    cursor.end()
    return tuple(found)


def pass_text(step: Pass) -> str:
    """Return the specification of a pass: its name, and options that differ from their defaults."""
    given = {
        field.name: getattr(step, field.name)
        for field in fields(step)
        if field.default is MISSING or getattr(step, field.name) != field.default
    }
    options = " ".join(f"{name.replace('_', '-')}={_value_text(value)}" for name, value in given.items())
    return f"{step.name}{{{options}}}" if options else step.name


def passes_text(steps: Iterable[Pass]) -> str:
    """Return the specification of passes in order; `parse_passes` reads it back."""
    return ",".join(map(pass_text, steps))


def _value_text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_value_text, cast("tuple[object, ...]", value)))
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) and value not in CONSTANTS else json.dumps(value)
    return repr(value)


class _Cursor:
    """Reads a specification from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def step(self) -> Pass:
        """Read a pass with its options."""
        kind = pass_named(self.word("the name of a pass"))
        given: dict[str, object] = {}
        if self.accept("{"):
            while not self.accept("}"):
                self.option(kind, given)
        missing = [each.name for each in fields(kind) if each.default is MISSING and each.name not in given]
        if missing:
            hint = f"write {kind.name}{{{missing[0]}=...}}"
            raise usage_error("bad-pass-option", f"pass {kind.name} needs {' and '.join(missing)}", "passes", hint)
        return kind(**given)

    def option(self, kind: type[Pass], given: dict[str, object]) -> None:
        """Read an option of a pass, and add it to those that are given."""
        written = self.word("an option or '}'")
        options: Mapping[str, Field[Any]] = {field.name: field for field in fields(kind)}
        name = written.replace("-", "_")
        if name not in options or name in given:
            what = "is given twice" if name in given else "is none of its options"
            hint = did_you_mean(written, options) if options else "it has none"
            raise usage_error("unknown-pass-option", f"pass {kind.name}: {written!r} {what}", "passes", hint)
        if not self.accept("="):
            raise self.error("'='")
        items = [self.item()]
        while self.accept(","):
            items.append(self.item())
        hint = get_type_hints(kind)[name]
        value = tuple(items) if len(items) > 1 or get_origin(hint) is tuple else items[0]
        try:
            given[name] = fit(value, hint)
        except TypeError:
            what = f"pass {kind.name}: {written} is {describe(hint)}, not {_value_text(value)}"
            raise usage_error("bad-pass-option", what, "passes", SHAPE) from None

    def item(self) -> object:
        """Read a number, a word or a quoted text."""
        match = TOKEN.match(self.text, self.place)
        if match is None or match["mark"]:
            raise self.error("a value")
        self.place = match.end()
        if match["number"]:
            return float(match["number"]) if set(match["number"]) & set(".eE") else int(match["number"])
        if match["text"]:
            return json.loads(match["text"])
        return CONSTANTS.get(match["word"], match["word"])

    def word(self, what: str) -> str:
        """Read a word."""
        match = TOKEN.match(self.text, self.place)
        if match is None or not match["word"]:
            raise self.error(what)
        self.place = match.end()
        return match["word"]

    def accept(self, mark: str) -> bool:
        """Whether a mark comes next; it is read then."""
        match = TOKEN.match(self.text, self.place)
        if match is None or match["mark"] != mark:
            return False
        self.place = match.end()
        return True

    def end(self) -> None:
        """Check that nothing follows."""
        if self.text[self.place :].strip():
            raise self.error("',' or the end")

    def error(self, expected: str) -> UsageError:
        """Return what is wrong here."""
        rest = self.text[self.place :].strip()
        found = repr(rest[:20]) if rest else "the end"
        return usage_error("bad-passes", f"expected {expected}, found {found}", "passes", SHAPE)
