"""The page of all diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Table: TypeAlias = Mapping[str, tuple[str, str]]
"""Codes of diagnostics; of each what it means, and what to do."""

HEAD = """# Diagnostics

Everything that snnir refuses has a code in square brackets at the end of its message, which stays the same from version
to version; the message states what was found and where, this page what the code means in general. The exit status is 2
where the command was wrong, and 1 where the model or file is. In Python, `error.diagnostics` has them all.

This page is made from the tables in `snnir/diagnostics` and in the packages of frontends and backends (a test rewrites
it: `SNNIR_GOLDEN=write pytest tests/test_diagnostics.py`).
"""


def diagnostics_page(tables: Mapping[str, Table]) -> str:
    """Return the page as Markdown: one section per table, one row per code.

    Args:
        tables: By title.
    """
    return HEAD + "".join(_section(title, table) for title, table in tables.items())


def _section(title: str, table: Table) -> str:
    rows = (f"| `{code}` | {meaning} | {advice} |\n" for code, (meaning, advice) in sorted(table.items()))
    return f"\n## {title}\n\n| code | meaning | what to do |\n|---|---|---|\n{''.join(rows)}"
