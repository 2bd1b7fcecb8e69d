"""The option that chooses an energy model."""

from __future__ import annotations

import click

from snnir.metrics.energy_models import FLOAT32, MODELS

energy_model_option = click.option(
    "--energy-model",
    default=FLOAT32.name,
    metavar="NAME",
    help=f"By which energies of settings are compared: {', '.join(MODELS)}.",
)
"""Of the commands that compare settings."""
