"""Progress on the standard error, drawn on a terminal, a line now and then anywhere else; and the chance to stop."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import click

from snnir.cli.interrupt import check
from snnir.metrics.table import visible

Report: TypeAlias = Callable[[str, float], None]
"""Called with what is being done and the part of it that is done, from 0 to 1."""

EVERY = 10.0
"""Seconds from one line to the next, where the standard error is no terminal."""
MIN_PART, MIN_SECONDS = 0.02, 1.0
"""What must be done, and for how long, before the time that is left is worth a guess."""


class Clock:
    """What is being done, for how long, and how long it will take.

    Args:
        first: What is done before the first report.
        now: Returns seconds, ever more of them.
    """

    def __init__(self, first: str, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._start = self._began = now()
        self.what, self.part = first, 0.0

    def see(self, what: str, part: float) -> None:
        """Take a report. Where another thing is done than before, or the same once more, its time starts anew."""
        if what != self.what or part < self.part:
            self._began = self._now()
        self.what, self.part = what, part

    def times(self) -> str:
        """Return the time since the start, and what is left of what is being done if it goes on at this rate."""
        now = self._now()
        spent = now - self._began
        known = MIN_PART <= self.part < 1 and spent >= MIN_SECONDS
        left = f", about {spent * (1 - self.part) / self.part:.0f} s left of this" if known else ""
        return f"{now - self._start:.0f} s{left}"

    def line(self) -> str:
        """Return all of it, e.g. ``setting 2 (population, K = 4, T = 16): tune 40 %, 31 s``."""
        return visible(f"{self.what} {100 * self.part:.0f} %, {self.times()}")


@contextmanager
def progress(first: str) -> Generator[Report, None, None]:
    """Show on the standard error what is being done: on a terminal all the time, else a line every 10 seconds.

    Every report is also a place where a Ctrl-C takes effect at the latest.

    Args:
        first: What is done before the first report.
    """
    clock = Clock(first)
    with _drawn(clock) if sys.stderr.isatty() else _lines(clock) as refresh:

        def report(what: str, part: float) -> None:
            check()
            begins = what != clock.what
            clock.see(what, part)
            if begins:
                refresh()

        yield report


@contextmanager
def _lines(clock: Clock) -> Generator[Callable[[], None], None, None]:
    """Print a line now and then, from a thread of its own: some passes report nothing for a while."""
    done = threading.Event()

    def report() -> None:
        with suppress(OSError, ValueError):  # the pipe is closed
            while not done.wait(EVERY):
                click.echo(clock.line(), err=True)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield lambda: None
    finally:
        done.set()
        thread.join()


@contextmanager
def _drawn(clock: Clock) -> Generator[Callable[[], None], None, None]:
    """Draw a bar of what is being done, anew several times a second; the clock runs on, whatever is reported.

    What takes less time than from one drawing to the next is drawn as well, by the function that this yields.
    """
    # Imported here: rich takes time to load, and is of no use without a terminal.
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    def drawn() -> Group:
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(1.0, clock.part, width=30), Text(f"{clock.part:4.0%}"), Text(clock.times()))
        return Group(Text(visible(clock.what), overflow="ellipsis", no_wrap=True), bar)

    console = Console(stderr=True)
    quiet = Live(get_renderable=drawn, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    with quiet as live:
        yield live.refresh
