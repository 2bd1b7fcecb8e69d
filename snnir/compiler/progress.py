"""What a compile is doing, in words: which setting of how many, which pass, and which part of it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from snnir.compiler.options import Options

Progress: TypeAlias = Callable[[str, float], None]
"""Called with what is being done, e.g. ``setting 2 of at most 10 (population, K = 4, T = 16): tune``, and the part of
it that is done, from 0 to 1. Every pass begins at 0."""


class Teller:
    """Puts the setting in front of every pass that is reported.

    Args:
        listener: Called with every report; None for no reports.
    """

    def __init__(self, listener: Progress | None) -> None:
        self._listener = listener
        self._most: int | None = None
        self._count = 0
        self._setting = ""

    def expect(self, most: int) -> None:
        """Note how many settings are tried at most."""
        self._most = most

    def begin(self, options: Options) -> None:
        """Note that the next setting is being compiled."""
        self._count += 1
        # The number of settings is left out of a search that goes on for longer than it was expected to.
        known = self._most is not None and self._most >= self._count
        of = f" of at most {self._most}" if known and self._most != 1 else ""
        self._setting = f"setting {self._count}{of} ({described(options)}): "

    def end(self) -> None:
        """Note that all settings are done."""
        self._setting = ""

    def __call__(self, what: str, part: float) -> None:
        """Report what is being done and the part of it that is done, from 0 to 1."""
        if self._listener is not None:
            self._listener(f"{self._setting}{what}", part)


def prefixed(progress: Progress | None, words: str) -> Progress | None:
    """Return a listener that puts words in front: what is done for another target must not look like this one."""
    return None if progress is None else lambda what, part: progress(f"{words}{what}", part)


def described(options: Options) -> str:
    """Return a setting in short: the code, K where units have several neurons, and steps or digits."""
    return options.chosen.words(options.steps)


__all__ = ["Progress", "Teller", "described", "prefixed"]
