"""The ``snnir`` command: a group that imports a subcommand when it is called, and what becomes of errors.

Nothing that is slow to import may be imported here: ``snnir --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from snnir.cli.failures import Defect, Interrupted, OutOfMemory, findings
from snnir.cli.interrupt import watch
from snnir.errors import SnnirError, did_you_mean

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "compile": ("snnir.cli.compile", "Turn an ONNX network into a spiking one and measure it."),
        "run": ("snnir.cli.run", "Run a network on points: a compiled one, or one in a NIR file."),
        "verify": ("snnir.cli.verify", "Compare an emitted file's spikes and outputs with the simulator."),
        "pareto": ("snnir.cli.pareto", "Show what accuracy costs: error against spikes, for every code."),
        "inspect": ("snnir.cli.inspect", "Show the graph in a file."),
        "opt": ("snnir.cli.opt", "Run passes on a graph and print it."),
        "targets": ("snnir.cli.targets", "List the places that a network can be compiled for."),
    }
)
"""By name: the module that holds it as ``command``, and its help line."""


class LazyGroup(click.Group):
    """A group whose commands are those of `COMMANDS`, imported one by one when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}\n  hint: {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; what it raises becomes an error that click shows, with its exit code."""
        try:
            return super().invoke(ctx)
        except SnnirError as error:
            raise findings(error) from None
        except KeyboardInterrupt:
            raise Interrupted from None
        except MemoryError as error:
            raise OutOfMemory(error) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("SNNIR_DEBUG") == "1":
                raise
            raise Defect(error) from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: snnir compile MODEL.onnx -o OUT.snnir --domain 'x=-1:1,t=0:1'",
)
@click.version_option(None, "--version", package_name="snnir", prog_name="snnir", message="%(prog)s %(version)s")
def cli() -> None:
    """Compile physics-informed neural networks to spiking ones."""


def main() -> None:
    """Run the command line; never returns."""
    try:
        watch()
        cli(prog_name="snnir")
    except KeyboardInterrupt:  # before or after the command itself
        sys.exit(Interrupted.exit_code)
