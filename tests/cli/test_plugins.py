"""Plug-ins of others: what goes wrong in them is reported as theirs."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner

from snnir.cli.app import cli
from tests.cli.common import QUICK, done, snnir
from tests.support import installed

FILES = MappingProxyType(
    {
        "acme_snn/__init__.py": """
from snnir.registry import Backend, Frontend
from snnir.target import Target

class Chip(Backend):
    ops = frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"})
    target = Target("acme", "a chip", ops, artifacts=(".acme",))
    def emit(self, graph, setting):
        return {".acme": b"", "x": {}["no such key"]}

class Table(Frontend):
    def load(self, path):
        return int(path.read_text())

CHIP, TABLE = Chip(), Table()
""",
        "acme_snn-2.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-snn\nVersion: 2.5\n",
        "acme_snn-2.5.dist-info/entry_points.txt": """
[snnir.backends]
acme = acme_snn:CHIP
[snnir.frontends]
acm = acme_snn:TABLE
""",
    }
)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """A package with a frontend and a backend, as if installed."""
    with installed(FILES, tmp_path / "site", monkeypatch):
        yield


@pytest.mark.usefixtures("plugin")
def test_a_failing_backend_is_named(net: Path, tmp_path: Path) -> None:
    """Point 12 of the first-time user: an exception in a backend of others was called a defect of snnir."""
    command = ["compile", net, "-o", tmp_path / "x.acme", "--target", "acme", *QUICK]
    result = CliRunner().invoke(cli, [str(each) for each in command])
    assert result.exit_code == 1
    assert "this is a defect of the plug-in 'acme' (snnir.backends) of acme-snn 2.5: KeyError" in result.stderr
    assert "defect of snnir" not in result.stderr


@pytest.mark.usefixtures("plugin")
def test_a_failing_frontend_is_named(tmp_path: Path) -> None:
    """And so in a frontend of others, while what works goes on working."""
    (tmp_path / "net.acm").write_text("no number")
    result = CliRunner().invoke(cli, ["inspect", str(tmp_path / "net.acm")])
    assert result.exit_code == 1
    assert "of acme-snn 2.5: ValueError: invalid literal" in result.stderr
    assert "acme" in done("targets")


def test_our_own_defects_stay_ours(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in our own frontends and backends is a defect of snnir."""
    monkeypatch.setattr("snnir_onnx.frontend.read", lambda _: 1 / 0)
    result = CliRunner().invoke(cli, ["inspect", str(net)])
    assert "this is a defect of snnir: ZeroDivisionError" in result.stderr
    monkeypatch.undo()
    assert snnir("inspect", net).exit_code == 0
