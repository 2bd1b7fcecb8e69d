"""Options of codes on the command line, made from the fields of their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import click

from snnir.codes import Code, Option, defaults_of, options_of
from snnir.errors import SnnirError
from snnir.registry import code_class, codes

Command = TypeVar("Command", bound=Callable[..., Any])


def named_codes() -> str:
    """Return the names of all codes, in words; those for streams are marked."""
    return ", ".join(f"{each.name} (for streams)" if each.stream else each.name for each in _working())


def options_by_name() -> dict[str, tuple[Option, Any]]:
    """Return the options of all codes that the command line has, with their defaults; of a name the first code's."""
    found: dict[str, tuple[Option, Any]] = {}
    for each in _working():
        for field, option in options_of(each).items():
            if option.help:
                found.setdefault(field, (option, defaults_of(each)[field]))
    return found


def code_options(command: Command) -> Command:
    """Add the options of all codes to a command."""
    for name, (option, default) in reversed(options_by_name().items()):
        command = _added(command, f"--{name.replace('_', '-')}", option, default)
    return command


def _working() -> Iterator[type[Code]]:
    for name in codes():
        with suppress(SnnirError):  # a broken plug-in is named as soon as it is asked for
            yield code_class(name)


def _added(command: Command, name: str, option: Option, default: Any) -> Command:
    if option.kind is bool:
        return click.option(name, is_flag=True, help=option.help)(command)
    return click.option(name, type=option.kind, default=default, metavar=option.metavar, help=option.help)(command)
