"""What a compile is doing, told in words: which setting of how many, which pass, and which part of it is done."""

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
        told: Who is told; None for nobody.
    """

    def __init__(self, told: Progress | None) -> None:
        self._told = told
        self._most: int | None = None
        self._count = 0
        self._setting = ""

    def expect(self, most: int) -> None:
        """Note how many settings are tried at most."""
        self._most = most

    def begin(self, options: Options) -> None:
        """Note that the next setting is being compiled."""
        self._count += 1
        # A search that goes on for longer than it was expected to is not told untruths of.
        known = self._most is not None and self._most >= self._count
        of = f" of at most {self._most}" if known and self._most != 1 else ""
        self._setting = f"setting {self._count}{of} ({described(options)}): "

    def end(self) -> None:
        """Note that all settings are done."""
        self._setting = ""

    def __call__(self, what: str, part: float) -> None:
        """Tell what is being done and the part of it that is done, from 0 to 1."""
        if self._told is not None:
            self._told(f"{self._setting}{what}", part)


def prefixed(told: Progress | None, words: str) -> Progress | None:
    """Return what tells the same with words in front: what is done for another target must not look like this one."""
    return None if told is None else lambda what, part: told(f"{words}{what}", part)


def described(options: Options) -> str:
    """Return a setting in short: the code, K where units have several neurons, and steps or digits."""
    return options.chosen.words(options.steps)


__all__ = ["Progress", "Teller", "described", "prefixed"]
