"""The table of readers: ``python -m snnir_nir.table`` prints it, with the name of a page puts it there."""

from __future__ import annotations

import sys
from pathlib import Path

from snnir.semantics import Semantics
from snnir.target import Reader
from snnir_nir.readers import READERS

BEGIN, END = "<!-- readers: python -m snnir_nir.table README.md -->\n", "\n<!-- end of readers -->"
HEADER = ("reader", "observed in", "fires at", "reset", "besides", "codes", "install")


def table(readers: tuple[Reader, ...] = READERS) -> str:
    """Return the profiles as Markdown: a table, and what to expect of each reader."""
    rows = [HEADER, ("---",) * len(HEADER), *map(_row, readers)]
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([*lines, "", *map(_expect, readers)])


def _row(reader: Reader) -> tuple[str, ...]:
    semantics = reader.semantics
    codes = ", ".join(sorted(reader.codes)) if not reader.refused else "none"
    return (
        f"`{reader.name}`",
        reader.observed,
        f"`{semantics.compare}`",
        "subtract" if semantics.reset == "subtract" else "to zero",
        _besides(reader, semantics),
        codes + (", exact form" if reader.exact is not None else ""),
        f"`{reader.install}`" if reader.install else "comes with snnir",
    )


def _besides(reader: Reader, semantics: Semantics) -> str:
    facts = {
        f"{semantics.delay} step late per layer": semantics.delay > 0,
        "several spikes in a step": semantics.many,
        f"membranes never below {semantics.floor or 0:g} thresholds": semantics.floor is not None,
        "membranes start where the file says": semantics.initial,
        "files without `v_reset` (written so)": reader.legacy,
        "neurons alone in front of outputs (written so)": reader.outlets,
    }
    return ", ".join(fact for fact, holds in facts.items() if holds)


def _expect(reader: Reader) -> str:
    refused = f" **Refused**: {reader.refused}." if reader.refused else ""
    faults = f" Note: {'; '.join(reader.faults)}." if reader.faults else ""
    return f"* `{reader.name}`: {reader.summary}.{refused}{faults}"


def put(text: str) -> str:
    """Return a page with the table of today between the two comments that mark its place."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the page has no {BEGIN.strip()} with {END.strip()} behind it")
    return f"{before}{BEGIN}{table()}{found}{after}"


def main(pages: list[str]) -> None:
    """Put the table into pages, or print it where none is named."""
    from click import echo

    for page in map(Path, pages):
        page.write_text(put(page.read_text(encoding="utf-8")), encoding="utf-8")
    if not pages:
        echo(table())


if __name__ == "__main__":
    main(sys.argv[1:])
