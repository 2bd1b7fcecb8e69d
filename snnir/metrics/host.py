"""What stays on the host, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

WIDTH = 100
"""Of a list of ops."""


def host_rows(places: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield rows that name every op on the host by its place, in as many lines as that takes.

    Args:
        places: As of `snnir.metrics.cost.Host`.
    """
    for place in ("before", "between", "after"):
        title = f"host, {place}"
        for line in _lines(places[place]):
            yield title, line
            title = ""


def _lines(nodes: Sequence[str]) -> list[str]:
    if not nodes:
        return ["nothing"]
    count = f"{len(nodes)} op{'' if len(nodes) == 1 else 's'}"
    # Names do not break: blanks within them are none where lines end.
    text = f"{count}: {', '.join(node.replace(' ', chr(0)) for node in nodes)}"
    return [line.replace("\0", " ") for line in wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)]
