"""Files that commands are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.common import QUICK, done, mlp, saved


@pytest.fixture(autouse=True, scope="session")
def no_lines() -> Iterator[None]:
    """However slow the machine is, no line of progress comes between what is checked, by fixtures either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("snnir.cli.progress.EVERY", 3600.0)
        yield


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A 2-8-8-1 tanh network, alone in a folder with old results that must survive failures."""
    for name in ("out.snnir", "out.nir", "out.json", "out.npy", "out.npz"):
        (tmp_path / name).write_text(f"old {name}")
    return saved(tmp_path / "net.onnx", mlp(2, 8, 8, 1))


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Points for that network."""
    path = tmp_path / "points.npy"
    np.save(path, np.random.default_rng(0).uniform(-1, 1, (40, 2)))
    return path


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """That network, compiled."""
    folder = tmp_path_factory.mktemp("archive")
    done("compile", saved(folder / "net.onnx", mlp(2, 8, 8, 1)), "-o", folder / "net.snnir", *QUICK)
    return (folder / "net.snnir").read_bytes()


@pytest.fixture
def compiled(tmp_path: Path, net: Path, archive: bytes) -> Path:
    """That network, compiled, beside it."""
    path = tmp_path / "net.snnir"
    path.write_bytes(archive)
    return path
