"""The command line as a program: what it costs to start, what becomes of errors, and what a terminal gets."""

from __future__ import annotations

import os
import pty
import resource
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import Any

import click
import pytest
from click.testing import CliRunner

from snnir.cli import interrupt
from snnir.cli.app import COMMANDS, cli
from snnir.cli.progress import progress
from tests.cli.common import DOMAIN, QUICK, done, snapshot, snnir

PROGRAM = (sys.executable, "-m", "snnir.cli")


@contextmanager
def started(
    *command: object, stdin: int | None = None, stdout: Any = PIPE, stderr: int = PIPE, **changes: str
) -> Generator[Popen[str], None, None]:
    """Start a program, with changes to the environment."""
    environment = {**os.environ, **changes}
    words = tuple(map(str, command))
    with Popen(words, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, text=True) as process:  # noqa: S603 - ours
        yield process


def ran(*command: object, stdout: Any = PIPE, **changes: Any) -> tuple[int, str, str]:
    """Run a program; return its exit code and what it wrote."""
    with started(*command, stdout=stdout, **changes) as process:
        try:
            out, err = process.communicate(timeout=120)
        except TimeoutExpired:
            process.kill()
            raise
    return process.returncode, out, err


def processor_seconds(*command: str) -> float:
    """Return what a command costs, at best of several runs."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran(*command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(5))


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("nonsense",)])
def test_starting_is_cheap(arguments: tuple[str, ...]) -> None:
    """Help costs less than 0.3 s of processor time more than Python itself."""
    assert processor_seconds(*PROGRAM, *arguments) - processor_seconds(sys.executable, "-c", "pass") < 0.3


def test_nothing_heavy_is_imported() -> None:
    """Help imports neither NumPy nor anything else that takes long."""
    code = "import sys, snnir.cli.app as a; a.cli(['--help'], standalone_mode=False); print(*sys.modules)"
    modules = ran(sys.executable, "-c", code)[1].split()
    assert "snnir.cli.app" in modules
    assert not {"numpy", "scipy", "onnx", "rich", "nir", "networkx", "snnir_onnx", "snnir.cli.compile"}.intersection(
        modules
    )


def test_help_lines_are_those_of_the_commands() -> None:
    """The static table says what every command says of itself, and the help lists them all."""
    text = done("--help")
    for name, (module, line) in COMMANDS.items():
        command: Any = import_module(module).command
        assert command.name == name
        assert command.get_short_help_str(200).rstrip(".") == line.rstrip(".")
        assert f"{name} " in text
        assert line in text
        assert line in done(name, "--help")


def test_version() -> None:
    """--version is that of the package."""
    assert done("--version") == f"snnir {version('snnir')}\n"


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `snnir targets` raise an error."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("snnir.cli.targets.targets", fail)


def test_defect_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception is called a defect, in one line that says how to see more."""
    raising(monkeypatch, ZeroDivisionError("division by zero"))
    result = CliRunner().invoke(cli, ["targets"])
    assert (result.exit_code, result.stdout) == (1, "")
    message = "this is a defect of snnir: ZeroDivisionError: division by zero, run with SNNIR_DEBUG=1 for the traceback"
    assert result.stderr == f"error: {message}\n"


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SNNIR_DEBUG=1 an unexpected exception is not touched."""
    raising(monkeypatch, ZeroDivisionError())
    monkeypatch.setenv("SNNIR_DEBUG", "1")
    assert isinstance(CliRunner().invoke(cli, ["targets"]).exception, ZeroDivisionError)


def test_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is short, that is what is reported."""
    raising(monkeypatch, MemoryError("Unable to allocate 7.28 TiB"))
    result = snnir("targets")
    assert result.exit_code == 1
    assert "(Unable to allocate 7.28 TiB) [out-of-memory]" in result.stderr
    assert "hint: take fewer points or steps" in result.stderr


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with one line and exit code 130."""
    raising(monkeypatch, KeyboardInterrupt())
    result = snnir("targets")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "interrupted\n")


@pytest.mark.parametrize("after", [0.05, 0.4, 1.0, 1.6])
def test_interrupted_process_leaves_nothing(net: Path, tmp_path: Path, after: float) -> None:
    """Ctrl-C at any time ends with what shells call 130, without a traceback and without a file."""
    before = snapshot(tmp_path)
    # Shells start background jobs with Ctrl-C ignored, and this process may be one.
    code = (
        "import os, signal, threading; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from snnir.cli import main; "
        f"threading.Timer({after}, os.kill, (os.getpid(), signal.SIGINT)).start(); main()"
    )
    long = (*DOMAIN, "--code", "rate", "--steps", "60000", "--calibration", "advanced")
    status, out, err = ran(sys.executable, "-c", code, "compile", net, "-o", f"{tmp_path}/new/", *long)
    # Python itself dies of the signal where it came while a C extension was running Python code.
    assert status in {130, -signal.SIGINT}
    assert (out, err) == ("", "interrupted\n")
    assert snapshot(tmp_path) == before


def test_ignored_interrupt_stays_ignored() -> None:
    """A program that was started with Ctrl-C ignored, as shells start background jobs, goes on ignoring it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupt.watch()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_closed_pipe(compiled: Path) -> None:
    """A reader that has read enough ends the program without a word."""
    with started(*PROGRAM, "inspect", compiled, "--format", "text") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_behind_the_output(compiled: Path) -> None:
    """Where the result cannot be printed, that is reported."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        status, _, err = ran(*PROGRAM, "inspect", compiled, stdout=full)
    assert status == 2
    assert "standard output: the result cannot be printed: no space left on device [cannot-write]" in err


def test_narrow_encoding(compiled: Path) -> None:
    """What the output's encoding lacks is escaped, not an error."""
    assert ran(*PROGRAM, "inspect", compiled, PYTHONIOENCODING="ascii")[0] == 0


def on_terminal(*arguments: object) -> str:
    """Run the program on a terminal and return what it writes there."""
    ours, theirs = pty.openpty()
    look = {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": ""}
    with started(*PROGRAM, *arguments, stdin=theirs, stdout=theirs, stderr=theirs, **look) as process:
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(ours, 1 << 16):
                parts.append(part)
        except OSError:  # the end, as Linux says it
            pass
        process.wait()
    os.close(ours)
    return b"".join(parts).decode()


def test_terminal_gets_progress_and_tables(net: Path, tmp_path: Path) -> None:
    """On a terminal there is progress, and tables that fit its width."""
    text = on_terminal("compile", net, "-o", tmp_path / "new.nir", *QUICK)
    assert "\x1b[" in text
    assert "setting 1 (rate, T = 4): " in text
    plain = click.unstyle(text).replace("\r", "")
    assert "conversion error against the ANN" in plain
    assert max(map(len, plain[plain.index("network\n") :].splitlines())) <= 80
    assert (tmp_path / "new.snnir").is_file()


def test_terminal_gets_coloured_errors(tmp_path: Path) -> None:
    """On a terminal errors are coloured, and read the same."""
    text = on_terminal("inspect", tmp_path / "none.onnx")
    assert "\x1b[31m" in text
    shown = click.unstyle(text).replace("\r", "")
    assert shown == f"error: {tmp_path}/none.onnx: there is no such file [no-such-file]\n"


def test_nothing_but_text_when_piped(net: Path, tmp_path: Path) -> None:
    """Elsewhere there is text without escape codes, and no progress, even where colour is forced."""
    status, out, err = ran(*PROGRAM, "compile", net, "-o", tmp_path / "new.nir", *QUICK, FORCE_COLOR="1")
    assert (status, err) == (0, "")
    assert "\x1b" not in out


def test_lost_interrupt_takes_effect_at_the_next_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ctrl-C came while a C extension swallowed its exception, the next report of progress stops the work."""
    monkeypatch.setattr(interrupt, "_seen", threading.Event())
    with suppress(KeyboardInterrupt):
        interrupt._interrupted(signal.SIGINT, None)
    with progress("work") as report, pytest.raises(KeyboardInterrupt):
        report("work", 0.5)
