"""Who runs programs: nobody, a stand-in for SANA-FE, or SANA-FE itself."""

from __future__ import annotations

import pytest

from snnir_sanafe import run
from tests.sanafe.common import FAKE


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No interpreter is named, and this one has no SANA-FE: compiles measure nothing on a chip."""
    monkeypatch.delenv(run.PYTHON, raising=False)
    monkeypatch.setattr(run, "is_installed", lambda _: False)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that this interpreter runs find the stand-in."""
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
