"""Programs run by another interpreter: it may have packages that this one has not, and may crash or hang."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO

from snnir.errors import model_error, usage_error

MISSING = 3
"""Exit code of a program that lacks a module; a traceback that ends in a ModuleNotFoundError means the same."""


def is_installed(module: str) -> bool:
    """Whether a module is installed; a folder of its name is none."""
    try:
        found = find_spec(module)
    except ImportError:  # of a package that it is in
        return False
    return found is not None and found.has_location


def run_python(
    command: Sequence[str],
    *,
    name: str,
    where: str,
    seconds: float,
    kind: str = "reader",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a Python program to its end.

    Args:
        command: The interpreter, the program and its arguments.
        name: Of what it runs, for people.
        where: The file that is run, for people.
        seconds: Time limit.
        kind: Begins the codes of findings.
        environment: Variables besides those of this process.

    Raises:
        UsageError: There is no such interpreter, code ``no-interpreter``.
        ModelError: It fails, is killed or takes too long; codes ``KIND-failed`` and ``KIND-timeout``.
        ModuleNotFoundError: It lacks a module; the message is its own.
    """
    # What it prints goes to a file: with a pipe, processes that it leaves behind could keep us waiting.
    with TemporaryFile() as errors:
        try:
            code = _finished(command, {**os.environ, **(environment or {})}, errors, seconds)
        except subprocess.TimeoutExpired:
            hint = "it may hang on this file; for slow machines snnir verify has --time-limit"
            message = f"{name} did not finish within {seconds:g} seconds"
            raise model_error(f"{kind}-timeout", message, where, hint) from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            hint = f"name the Python in which {name} is installed"
            raise usage_error("no-interpreter", f"{command[0]} cannot be run: {reason}", "--python", hint) from None
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if not code:
        return
    last = (text.strip().splitlines() or [f"it ended with exit code {code}"])[-1]
    if code == MISSING or last.startswith("ModuleNotFoundError: "):
        raise ModuleNotFoundError(last.removeprefix("ModuleNotFoundError: "))
    died = f"it was killed by signal {-code}" if code < 0 else last
    raise model_error(f"{kind}-failed", f"{name} cannot run the file: {died}", where)


def _finished(command: Sequence[str], environment: Mapping[str, str], errors: IO[bytes], seconds: float) -> int:
    """Return the exit code of a command; whatever else ends the wait ends the processes that it started, too."""
    with subprocess.Popen(  # noqa: S603 - the interpreter that the user names
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            code = process.wait(seconds)
        except BaseException:
            _kill(process)
            raise
        if code:
            _kill(process)
        return code


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started, where the system has them as a group."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
