"""The page of ops."""

from __future__ import annotations

from pathlib import Path

from snnir.text.catalogue import op_page
from tests.support import assert_golden

PAGE = Path(__file__).parents[2] / "docs" / "ops.md"


def test_the_page_of_ops_is_up_to_date() -> None:
    """docs/ops.md says what the classes say."""
    assert_golden(PAGE, op_page())
