"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

_seen = threading.Event()


def watch() -> None:
    """Remember every Ctrl-C from now on.

    The exception that it raises is lost where it comes while a C extension runs Python code, as in imports;
    `check` then raises it again.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
        sys.unraisablehook = _unraisable


def _interrupted(_: int, __: FrameType | None) -> None:
    _seen.set()
    raise KeyboardInterrupt


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Show what Python cannot raise, except the interrupts that `check` will raise."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def check() -> None:
    """Return unless Ctrl-C was pressed.

    Raises:
        KeyboardInterrupt: It was.
    """
    if _seen.is_set():
        raise KeyboardInterrupt
