"""How failures look: exceptions that show themselves and have an exit code."""

from __future__ import annotations

import re
from typing import IO, Any

import click

from snnir.errors import Diagnostic, SnnirError, UsageError, hinted_once
from snnir.metrics.table import visible

PARAMETER = re.compile(r"`([a-z]+(?:_[a-z]+)*)`")
"""How diagnostics name parameters."""


class Failure(click.ClickException):
    """A failure that ends the program, shown as it is."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it to the standard error."""
        click.echo(self.format_message(), file=file, err=True)


class Misuse(Failure):
    """The command was wrong."""

    exit_code = UsageError.exit_code


class Interrupted(Failure):
    """The user pressed Ctrl-C; the exit code is the one of shells for that."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("interrupted")


class OutOfMemory(Failure):
    """There was not enough memory."""

    def __init__(self, error: MemoryError) -> None:
        what = f"the memory of this machine is not enough ({visible(str(error)) or 'no details'})"
        hint = "take fewer points or steps, or record fewer spikes"
        super().__init__(_paragraph(Diagnostic("out-of-memory", what, "", hint)))


class Defect(Failure):
    """Something that should not have happened."""

    def __init__(self, error: Exception) -> None:
        what = f"{type(error).__name__}: {visible(str(error))}".partition("\\n")[0]
        whose = _plugin(error) or "snnir"
        super().__init__(f"{_label()} this is a defect of {whose}: {what}, run with SNNIR_DEBUG=1 for the traceback")


def _plugin(error: Exception) -> str:
    """Return the plug-in that an exception came through, with its package; empty where that is none but our own."""
    # Imported here: metadata of packages take time to load, and all is well most of the time.
    from snnir.plugins import plugins

    named = plugins()
    found = ""
    trace = error.__traceback__
    while trace is not None:
        package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        found = named.get(package, found)
        trace = trace.tb_next
    return found


def findings(error: SnnirError) -> Failure:
    """Return a failure that shows everything that snnir found wrong, one paragraph each."""
    kind = Misuse if isinstance(error, UsageError) else Failure
    return kind("\n".join(_paragraph(each) for each in hinted_once(error.diagnostics)))


def with_options(text: str) -> str:
    """Return a text of the core with its parameters as options: ``--error-of`` for `` `error_of` ``."""
    return PARAMETER.sub(lambda found: f"--{found[1].replace('_', '-')}", text)


def _paragraph(finding: Diagnostic) -> str:
    place, message, advice = (visible(with_options(text)) for text in (finding.where, finding.message, finding.hint))
    code = click.style(f"[{finding.code}]", dim=True)
    hint = f"\n  {click.style('hint:', fg='cyan')} {advice}" if advice else ""
    return f"{_label()} {f'{place}: ' if place else ''}{message} {code}{hint}"


def _label() -> str:
    return click.style("error:", fg="red", bold=True)
