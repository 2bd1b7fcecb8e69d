"""How findings of the core look on the command line."""

from __future__ import annotations

import click
import pytest

from snnir.cli.failures import findings, with_options
from snnir.errors import usage_error


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`error_of`", "--error-of"),
        ("leave `steps` out, or use `target` numpy", "leave --steps out, or use --target numpy"),
        ("`reader` nose", "--reader nose"),
        ("see `snnir targets`, and 'error_of'", "see `snnir targets`, and 'error_of'"),
    ],
)
def test_parameters_become_options(text: str, shown: str) -> None:
    """Only what is marked as one: commands and values stay."""
    assert with_options(text) == shown


def test_every_part_of_a_finding() -> None:
    """Place, message and hint name options, and Python sees parameters."""
    error = usage_error("bad-steps", "no `error` and no `steps`", "`time_limit`", "give `steps` T")
    assert click.unstyle(findings(error).message) == (
        "error: --time-limit: no --error and no --steps [bad-steps]\n  hint: give --steps T"
    )
    assert "`time_limit`: no `error`" in str(error)
