"""Sections: parts of a report that a code, a target or a search contributes, each of a type of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from snnir.metrics.record import Record
from snnir.metrics.table import Table

SECTIONS: dict[str, type[Section]] = {}
"""By their key, as far as they are imported."""


class Section(Record):
    """Base of what a code, a target or a plug-in adds to a report: frozen dataclasses as of `Record`.

    Attributes:
        key: Its place in the JSON of the report; none of `snnir.report.Report`.
    """

    key: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        SECTIONS[cls.key] = cls

    @abstractmethod
    def tables(self) -> Iterator[Table]:
        """Yield what people are shown."""


def plain_table(key: str, content: object) -> Table:
    """Return a section whose type is not known, of a plug-in or another version: a row for each number or name.

    Args:
        key: Of the section.
        content: Its JSON.
    """
    rows = tuple(_leaves("", content))
    return Table(key, rows, notes=("Of a plug-in that is not loaded, or of another version: shown as it is.",))


def _leaves(place: str, content: object) -> Iterator[tuple[str, str]]:
    """Yield the leaves of JSON with their places."""
    if isinstance(content, Mapping):
        for name, each in cast("Mapping[str, object]", content).items():
            yield from _leaves(f"{place}.{name}" if place else name, each)
    elif isinstance(content, list | tuple):
        for index, each in enumerate(cast("Sequence[object]", content)):
            yield from _leaves(f"{place}[{index}]", each)
    else:
        yield place, "none" if content is None else str(content)
