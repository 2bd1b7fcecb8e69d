"""Options of a code: fields of its dataclass that can be given by name, in Python and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from snnir.metrics import Argument

if TYPE_CHECKING:
    from snnir.codes.base import Code

KEY = "option"
"""Of a field's metadata."""


@dataclass(frozen=True)
class Option:
    """How a field of a code is given by name; codes may share an option, and then share all of this.

    Attributes:
        help: For the command line; empty where only Python takes it.
        kind: Type of its values on the command line; of a flag `bool`.
        metavar: What stands for a value in the help.
        finding: Code of the diagnostic where it cannot be met.
        lacking: Message where a code does not have it; ``{code}`` is the code's name.
        hint: What to do then.
        narrows: With ``auto``, codes that have it are tried; else it needs a code that is named.
        settles: Without the name of a code, the first code that has it is meant.
        persists: It is kept where other codes and settings are tried instead of the ones asked for.
    """

    help: str = ""
    kind: type = str
    metavar: str = "NAME"
    finding: str = "not-in-code"
    lacking: str = "the {code} code has no such option"
    hint: str = "leave it out, or use another code"
    narrows: bool = True
    settles: bool = False
    persists: bool = False

    @property
    def metadata(self) -> Mapping[str, Option]:
        """What makes a field of a dataclass an option, as its ``metadata``."""
        return {KEY: self}


def options_of(code: Code | type[Code]) -> dict[str, Option]:
    """Return the options of a code, by the name of the field."""
    return {each.name: each.metadata[KEY] for each in fields(code) if KEY in each.metadata}


def defaults_of(code: Code | type[Code]) -> dict[str, Argument]:
    """Return what the options of a code are where they are not given."""
    kind = code if isinstance(code, type) else type(code)
    return {name: getattr(kind, name) for name in options_of(kind)}


def values_of(code: Code) -> dict[str, Argument]:
    """Return the options of a code with their values."""
    return {name: getattr(code, name) for name in options_of(code)}


def given(values: Mapping[str, object], code: Code | type[Code]) -> dict[str, object]:
    """Return those of some values that are not what a code has anyway."""
    defaults = defaults_of(code)
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}
