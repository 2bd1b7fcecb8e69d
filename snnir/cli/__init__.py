"""The command line."""

from snnir.cli.app import main

__all__ = ["main"]
