"""Codes of diagnostics that only this package has."""

from snnir.diagnostics import Table

CODES: Table = {
    "no-room": ("The simulated chip has too few cores.", "Take fewer neurons per unit, or narrower layers."),
    "no-sanafe": ("The interpreter has no SANA-FE.", "Install it, or name another with `--python`."),
    "off-grid": (
        "Numbers of a layer are not exact on the simulated chip.",
        "Compile the model again, with fewer steps or digits.",
    ),
    "sanafe-failed": ("The program could not run in SANA-FE, or left no result.", "Read its message."),
    "sanafe-timeout": ("The program did not finish in time.", "Give it longer: `--time-limit`."),
}
