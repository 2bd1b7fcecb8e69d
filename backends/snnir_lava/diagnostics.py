"""Codes of diagnostics that only this package has."""

from snnir.diagnostics import Table

CODES: Table = {
    "lava-failed": ("The program could not run in Lava, or left no result.", "Read its message; check the version."),
    "lava-timeout": ("The program did not finish in time.", "Give it longer: `--time-limit`."),
    "no-lava": ("The interpreter has no Lava.", "Install it, or name another with `--python`."),
}
