"""README says what the commands do: its blocks are run, and what they print is compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from snnir.cli.app import COMMANDS, cli

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/paper.md")
NUMBER = re.compile(r"\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
TRIED = re.compile(r"(?<=\nsettings tried\n)(.*\n)(?:  [\w-]+ +\d.*\n)+")
FACTOR = 2.5
"""Between numbers of this machine and of another, which rounds otherwise: training and search go on from there."""


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every command of `snnir` in a block, without comments."""
    for line in text.splitlines():
        for part in line.split(" && "):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "snnir":
                yield words[1:]


def shown() -> list[list[str]]:
    """Return all commands that the pages show to be run."""
    return [
        each for page in PAGES for kind in ("sh", "bash") for block in blocks(page, kind) for each in commands(block)
    ]


@pytest.mark.parametrize("arguments", shown(), ids=" ".join)
def test_commands_are_understood(arguments: list[str]) -> None:
    """Every command of the pages has arguments that the command line takes."""
    command = cli.get_command(Context(cli), arguments[0])
    assert command is not None
    command.make_context(arguments[0], arguments[1:])


def test_all_options_are_there() -> None:
    """The summary of the commands names options that its command has, and no command is forgotten."""
    summary = next(block for block in blocks("README.md", "text") if block.startswith("snnir compile"))
    entries = re.split(r"^snnir ", summary, flags=re.MULTILINE)[1:]
    assert {entry.split()[0] for entry in entries} == set(COMMANDS)
    for entry in entries:
        assert set(re.findall(r"--[a-z-]+", entry)) <= options(entry.split()[0]), entry


def options(name: str) -> set[str]:
    """Return the options of a command."""
    command = cli.get_command(Context(cli), name)
    assert command is not None
    return {option for each in command.params for option in each.opts}


@pytest.mark.accuracy
def test_the_first_command_prints_what_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words exactly, numbers about; given time enough, so that the search ends by itself."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    (arguments,) = commands(blocks("README.md", "sh")[0])
    more = ("--time-limit", "900")
    result = CliRunner().invoke(cli, [*arguments, *more])
    assert result.exit_code == 0, result.output
    printed = result.stdout.replace(f" {' '.join(more)}", "")
    expected = blocks("README.md", "text")[0]
    assert len(TRIED.findall(printed)) == len(TRIED.findall(expected)) == 1
    # How many settings are tried is the search's affair, and where a line ends that of its numbers.
    words, wanted = (TRIED.sub(r"\1", text).split() for text in (printed, expected))
    assert [NUMBER.sub("#", word) for word in words] == [NUMBER.sub("#", word) for word in wanted]
    for word, given in zip(words, wanted, strict=True):
        for number, as_given in zip(NUMBER.findall(word), NUMBER.findall(given), strict=True):
            assert value(as_given) / FACTOR <= value(number) <= value(as_given) * FACTOR, (word, given)


def value(number: str) -> float:
    """Return a number that is written with commas between thousands."""
    return float(number.replace(",", ""))


@pytest.mark.accuracy
def test_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of Python run one after the other."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks("README.md", "python"):
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert (tmp_path / "burgers.nir").exists()
    assert (tmp_path / "burgers.snnir").exists()
