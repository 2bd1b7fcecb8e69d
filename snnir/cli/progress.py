"""Progress, on a terminal only, and the chance to stop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

from snnir.cli.interrupt import check

Report: TypeAlias = Callable[[str, float], None]
"""Called with what is being done and the part of it that is done, from 0 to 1."""


@contextmanager
def progress(first: str) -> Generator[Report, None, None]:
    """Show on the standard error what is being done, and nothing where that is not a terminal.

    Every report is also a place where a Ctrl-C takes effect at the latest.

    Args:
        first: What is done before the first report.
    """
    if not sys.stderr.isatty():
        yield _quiet
        return
    # Imported here: rich takes time to load, and is of no use without a terminal.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(first, total=1.0)

        def shown(what: str, part: float) -> None:
            check()
            bar.update(task, description=what, completed=part)

        yield shown


def _quiet(_: str, __: float) -> None:
    check()
