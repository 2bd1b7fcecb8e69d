"""The table of all ops, made from their docstrings."""

from __future__ import annotations

import inspect

from snnir.ops.named import own_ops
from snnir.text.attributes import fields_of

HEAD = """# Ops

Every op of the IR, made from the classes in `snnir/ops` and in the folders of `snnir/codes` (a test rewrites this page:
`SNNIR_GOLDEN=write pytest tests/text/test_catalogue.py`). Analog ops run on the host; `dense` and `add` work on
currents as well, and `encode`, `integrate_and_fire` and `decode` are the spiking part. A difference neuron is an
`accumulate`, elementwise ops on its estimate, and `signed_digits`. A `scan` runs a graph of analog ops step by step:
networks of any other neurons, as NIR files hold them.

| op | attributes | what it computes |
|---|---|---|
"""


def op_page() -> str:
    """Return the page as Markdown: one row per op, with its attributes and the first paragraph of its docstring."""
    rows: list[str] = []
    for mnemonic, op in own_ops().items():
        text = " ".join((inspect.getdoc(op) or "").split("\n\n")[0].split())
        attributes = ", ".join(f"`{name}`" for name in fields_of(op))
        rows.append(f"| `{mnemonic}` | {attributes} | {_code(text)} |\n")
    return HEAD + "".join(rows)


def _code(text: str) -> str:
    """Return reStructuredText's literals as Markdown's, with bars that do not end the cell."""
    return text.replace("``", "`").replace("|", "\\|")
