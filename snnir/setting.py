"""The setting: all that emission and simulation of a compiled network depend on, besides its graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from snnir.errors import model_error
from snnir.io.records import from_plain, to_plain
from snnir.passes import Calibration
from snnir.semantics import Semantics
from snnir.target import Form
from snnir.types import JsonObject

Ends: TypeAlias = tuple[tuple[float, ...], ...]
"""Smallest and largest number of every column of an input: ``((low, ...), (high, ...))``."""


@dataclass(frozen=True)
class Setting:
    """What a network was compiled for and with.

    It is made once, when a network is compiled, and stored in the archive's manifest. Backends are given it and the
    graph, nothing else; the simulator runs its `semantics`. So what is emitted is what `snnir.Compiled.run` simulates.

    Attributes:
        target: Name of the target.
        semantics: What the neurons do there, in the hands of the reader, in the form of the file. They are stored, not
            looked up: a profile that changes later changes no network that is compiled already.
        code: How units travel as spikes.
        steps: T, time steps of one inference.
        calibration: How weights were fitted.
        seed: Of everything random.
        options: Of the code, as plain JSON: every field of the `snnir.codes.Code`. The graph has their effect. None
            where an archive does not record them.
        reader: Program that loads the file; None for no one in particular.
        form: Of the file.
        legacy: The file is for old readers, without what they cannot read.
        domain: Where the network was calibrated, by input; empty where that is not known.
        columns: What the columns of each input are called; empty where that is not known.

    Raises:
        ValueError: Steps or seed are out of range.
    """

    target: str
    semantics: Semantics
    code: str
    steps: int
    calibration: Calibration
    seed: int
    options: Mapping[str, object] | None = field(default=None, hash=False)
    reader: str | None = None
    form: Form = "portable"
    legacy: bool = False
    domain: Mapping[str, Ends] = field(default_factory=dict[str, Ends], hash=False)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], hash=False)

    def __post_init__(self) -> None:
        """Check what types do not."""
        if self.steps < 1:
            raise ValueError(f"'steps' cannot be {self.steps!r}")
        if self.seed < 0:
            raise ValueError(f"'seed' cannot be {self.seed!r}")

    def to_json(self) -> JsonObject:
        """Return it as plain JSON: every field under its name."""
        plain: JsonObject = to_plain(self)
        return plain

    @staticmethod
    def of(plain: object, where: str = "") -> Setting:
        """Return the setting that `to_json` made plain.

        Args:
            plain: What was read from JSON.
            where: The file that it is from.

        Raises:
            ModelError: Keys are missing or unknown, or values are none of a setting; code ``damaged-setting``.
        """
        try:
            return from_plain(Setting, plain, "it")
        except ValueError as error:
            hint = "copy the file again from where it came from, or compile the model again"
            raise model_error("damaged-setting", f"its setting is damaged: {error}", where, hint) from None


__all__ = ["Ends", "Setting"]
