"""Diagnostics: collected, then raised once; every message states what, where and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Parameters are named in backticks, e.g. `` `error_of` ``; the command line shows them as options, ``--error-of``.

    Attributes:
        code: Stable identifier in kebab-case, e.g. ``unsupported-op``.
        message: What is wrong, one sentence.
        where: File, node or parameter it was found at; empty where there is no place to name.
        hint: What to do about it; empty where there is no sensible advice.
    """

    code: str
    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message} [{self.code}]{hint}"


class SnnirError(Exception):
    """Base of everything that snnir raises on purpose.

    Attributes:
        diagnostics: All findings, in the order found; at least one.
        exit_code: What the command line exits with.
    """

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(str, hinted_once(self.diagnostics))))


class ModelError(SnnirError):
    """This model (or file) cannot be read, compiled or run. Exit code 1."""


class UsageError(SnnirError):
    """The request was wrong: an option, an argument, a file of points. Exit code 2."""

    exit_code = 2


def model_error(code: str, message: str, where: str = "", hint: str = "") -> ModelError:
    """Return a `ModelError` with a single diagnostic."""
    return ModelError([Diagnostic(code, message, where, hint)])


def usage_error(code: str, message: str, where: str = "", hint: str = "") -> UsageError:
    """Return a `UsageError` with a single diagnostic."""
    return UsageError([Diagnostic(code, message, where, hint)])


def hinted_once(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return findings to be shown one below the other: of those in a row with one hint, the last has it."""
    found = tuple(diagnostics)
    following = (*(each.hint for each in found[1:]), "")
    return tuple(
        replace(each, hint="") if each.hint == hint else each for each, hint in zip(found, following, strict=True)
    )


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint: the nearest of `choices` to `word`, and all of them."""
    from difflib import get_close_matches

    options = sorted(choices)
    near = get_close_matches(word, options, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"{guess}choose from: {', '.join(options)}"
