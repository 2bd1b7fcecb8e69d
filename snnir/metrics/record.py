"""Records of what was measured: frozen dataclasses that are plain JSON on one side and a mapping on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from snnir.io.records import to_plain


class Record(Mapping[str, Any]):
    """Base of frozen dataclasses of numbers, names, further records, and tuples and mappings of these.

    As a mapping it is its JSON, so that ``record["rel_l2"]`` and ``record.rel_l2`` are the same; records are equal to
    whatever mapping has that content.

    Attributes:
        LEADING: Fields that come first in JSON, before those that are inherited.
    """

    LEADING: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, as plain JSON, in their order."""
        return dict(to_plain(self))

    @cached_property
    def _content(self) -> Mapping[str, object]:
        return self.to_json()

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
