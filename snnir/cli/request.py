"""What ``snnir compile`` is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from shlex import join
from typing import Any

import click

from snnir.compiler import orphaned
from snnir.registry import backend_for
from snnir.target import Form

ARCHIVE = ".snnir"
REPORT = ".json"
CHOICES = (
    *("code", "steps", "error", "error_of", "calibration", "seed", "reader", "form", "legacy"),
    *("prefer", "time_limit", "energy_model"),
)


@dataclass(frozen=True)
class Request:
    """What was asked for, as it was written.

    Attributes:
        model: The network's file.
        output: File or folder for the results.
        target: Names of targets.
        reader: Name of a reader.
        form: Of the file.
        legacy: Write it for old readers.
        code: Name of a code.
        prefer: Energy or latency.
        time_limit: Seconds for choosing a setting.
        energy_model: By which energies of settings are compared.
        steps: Time steps.
        error: Error to reach.
        error_of: What that is of.
        calibration: Name of a calibration.
        domain: Intervals.
        samples: A file of points.
        seed: Of everything random.
        report: A file for the report.
        code_options: Options of codes, by name.
    """

    model: Path
    output: str
    target: tuple[str, ...]
    reader: str | None
    form: Form
    legacy: bool
    code: str
    prefer: str
    time_limit: float
    energy_model: str
    steps: int | None
    error: float | None
    error_of: str
    calibration: str
    domain: str | None
    samples: Path | None
    seed: int
    report: Path | None
    code_options: Mapping[str, object]

    @property
    def choices(self) -> dict[str, Any]:
        """The options that `snnir.compile` calls by the same names."""
        return self.settings | dict(self.code_options)

    @property
    def settings(self) -> dict[str, Any]:
        """The same without options of codes."""
        return {name: getattr(self, name) for name in CHOICES}

    @property
    def is_folder(self) -> bool:
        """Whether the output means a folder: it is one, ends in a slash, or has no suffix."""
        return Path(self.output).is_dir() or self.output.endswith(("/", os.sep)) or not Path(self.output).suffix


def command_for(request: Request, arguments: Mapping[str, object], options: Sequence[click.Parameter]) -> str:
    """Return the command that compiles with other arguments, as one would type it.

    Args:
        request: What was asked for.
        arguments: Of `snnir.compile`, that take the place of those asked for; ``target`` is one of them.
        options: What the command takes.
    """
    target = str(arguments["target"])
    output, report = _places(request, target)
    given: dict[str, object] = {
        "domain": request.domain,
        "samples": request.samples,
        "report": report,
        **request.choices,
        **arguments,
        "target": (target,),
    }
    words = ["snnir", "compile", str(request.model), "-o", output]
    for option in options:
        value = given.get(option.name or "")
        if isinstance(option, click.Option) and value not in {None, False, option.default}:
            words += [option.opts[-1], *([] if option.is_flag else [target if option.multiple else _word(value)])]
    return join(words)


def _word(value: object) -> str:
    """Return a value as one would type it: 900 seconds, not 900.0."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _places(request: Request, target: str) -> tuple[str, Path | None]:
    """Return where the results for a target may go, and their report, so that no file of another target is replaced."""
    if request.is_folder or target in request.target:
        return request.output, request.report
    output = Path(request.output)
    endings = (ARCHIVE, *backend_for(target).target.artifacts)
    ending = ARCHIVE if output.suffix == ARCHIVE else endings[:2][-1]
    names = (output.with_name(f"{output.stem}-{target}{number or ''}{ending}") for number in count())
    inputs = [path for path in (request.model, request.samples) if path is not None]
    free = next(
        path
        for path in names
        if path not in inputs and not orphaned([path.with_suffix(each) for each in endings], target)
    )
    report = request.report
    return str(free), None if report is None else report.with_name(f"{report.stem}-{target}{report.suffix}")
