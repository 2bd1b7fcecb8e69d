"""The setting of a compiled network: as it was chosen, or of an archive from before settings were stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from snnir.compiler.options import Options
from snnir.errors import model_error
from snnir.io.records import to_plain
from snnir.semantics import Semantics
from snnir.setting import Ends, Setting
from snnir.target import Target
from snnir.text import Archive
from snnir.types import Array

ALWAYS = ("code", "steps", "calibration", "seed")
"""Keys of the setting that the reports of all archives have."""
SINCE: Mapping[str, object] = {"reader": None, "form": "portable", "legacy": False, "domain": {}, "columns": {}}
"""Keys that the first reports did not have yet, with what was the case then."""


def setting_of(
    options: Options,
    target: Target,
    steps: int,
    *,
    box: Mapping[str, Array],
    columns: Mapping[str, tuple[str, ...]],
) -> Setting:
    """Return the setting of a network that is compiled.

    Args:
        options: With the code that was chosen.
        target: With the reader that was asked for, or taken for the form.
        steps: T.
        box: Where it was calibrated, see `snnir.data.box.box_of`.
        columns: What the columns of the inputs are called.
    """
    reader = target.reader
    return Setting(
        options.target,
        target.semantics,
        options.chosen.name,
        steps,
        options.calibration,
        options.seed,
        to_plain(options.chosen),
        reader=None if reader is None else reader.name,
        form=options.form,
        legacy=options.legacy or (reader is not None and reader.legacy),
        domain={name: _ends(ends) for name, ends in box.items()},
        columns=dict(columns),
    )


def _ends(ends: Array) -> Ends:
    return tuple(tuple(map(float, row)) for row in ends)


def setting_before(archive: Archive, where: str) -> Setting:
    """Return the setting of an archive of format 1, which does not hold one.

    It is exact: such an archive stores target and semantics, and its report the rest, from which files were emitted
    then. What was added to reports later had one value before. The options of the code are left open (None): no report
    had them, the graph has their effect, and nothing that is emitted or simulated depends on them otherwise.

    Raises:
        ModelError: The report lacks a part, code ``no-setting``; or a part is no legal one, code ``damaged-setting``.
    """
    report: Mapping[str, object] = archive.report
    missing = [key for key in ALWAYS if key not in report]
    if missing:
        lacking = ", ".join(map(repr, missing))
        message = f"it was written before archives had a setting, and its report lacks {lacking}"
        raise model_error("no-setting", message, where, "compile the model again")
    try:
        semantics = Semantics.of(cast("Mapping[str, object]", archive.setting["semantics"]))
    except TypeError as error:
        message = f"its semantics are not supported by this snnir: {error}"
        raise model_error("damaged-setting", message, where, "compile the model again") from None
    stored = {"target": archive.setting["target"], "semantics": to_plain(semantics), "options": None}
    later = {key: report.get(key, value) for key, value in SINCE.items()}
    return Setting.of({**stored, **later, **{key: report[key] for key in ALWAYS}}, where)


__all__ = ["setting_before", "setting_of"]
