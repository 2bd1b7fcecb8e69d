"""A place in a text, and errors that point at it."""

from __future__ import annotations

import re
from typing import final

from snnir.errors import ModelError, model_error
from snnir.text.scalars import STRING, WORD, unquote

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_WINDOW = 100
"""Most characters of a source line that an error shows."""


@final
class Cursor:
    """Reads a text from left to right; blanks, line ends and comments (``# ...``) may stand anywhere.

    Args:
        text: What is read.
        source: Its name in messages.
    """

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.place = 0

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Return the text here that matches, and go past it; None where it does not match."""
        self.skip()
        found = pattern.match(self.text, self.place)
        if found is None:
            return None
        self.place = found.end()
        return found.group()

    def accept(self, literal: str) -> bool:
        """Whether the text goes on with a literal; goes past it. Literals of letters end at a word's end."""
        self.skip()
        if not self.text.startswith(literal, self.place):
            return False
        after = self.text[self.place + len(literal) : self.place + len(literal) + 1]
        if literal[-1].isalnum() and (after.isalnum() or after in {"_", ".", "-"}) and after:
            return False
        self.place += len(literal)
        return True

    def expect(self, literal: str) -> None:
        """Go past a literal.

        Raises:
            ModelError: Something else stands here.
        """
        if not self.accept(literal):
            raise self.error(f"expected {literal!r}")

    def read(self, pattern: re.Pattern[str], what: str) -> str:
        """Return the text here that matches, and go past it.

        Raises:
            ModelError: Something else stands here.
        """
        found = self.match(pattern)
        if found is None:
            raise self.error(f"expected {what}")
        return found

    def string(self, what: str) -> str:
        """Return the content of a quoted string.

        Raises:
            ModelError: Something else stands here.
        """
        return unquote(self.read(STRING, f"{what} in double quotes"))

    def word(self, what: str) -> str:
        """Return a bare word, or the content of a quoted one.

        Raises:
            ModelError: Something else stands here.
        """
        quoted = self.match(STRING)
        return unquote(quoted) if quoted else self.read(WORD, what)

    def skip(self) -> int:
        """Go past blanks and comments; return the place reached."""
        blank = _BLANK.match(self.text, self.place)
        self.place = blank.end() if blank else self.place
        return self.place

    def error(self, message: str, place: int | None = None, hint: str = "", code: str = "text-syntax") -> ModelError:
        """Return the error that shows a line with a caret under one place (default: here)."""
        at = self.skip() if place is None else place
        line = self.text.count("\n", 0, at) + 1
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        source = self.text[start : len(self.text) if end < 0 else end]
        column = at - start
        # Tensor lines can be very long: show a window around the place.
        first = max(0, column - _WINDOW // 2)
        window = "".join(char if char.isprintable() else " " for char in source[first : first + _WINDOW])
        shown = f"    {window}\n    {' ' * (column - first)}^"
        return model_error(code, f"{message}\n{shown}", f"{self.source}:{line}:{column + 1}", hint)
