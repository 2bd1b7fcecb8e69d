"""Whether layers that send digits wait for all digits of the layers before them; codes of digits share the option."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.option import Option
from snnir.errors import Diagnostic
from snnir.target import Target

PIPELINED = Option(
    help="Layers of codes that send digits (radix, phase) start while digits still arrive.",
    kind=bool,
    finding="bad-pipelined",
    lacking="only layers that send digits can start while digits still arrive",
    hint="leave it out, or use `code` radix or phase",
    narrows=False,
)


def pipelined_findings(target: Target, *, pipelined: bool) -> Iterator[Diagnostic]:
    """Yield that a target's layers wait for all digits, if they do."""
    if pipelined and not target.pipelining:
        message = f"layers of target {target.name!r} wait for all digits"
        yield Diagnostic("bad-pipelined", message, "`pipelined`", "leave it out, or use `target` numpy")
