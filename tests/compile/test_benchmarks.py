"""The limits on time and memory, as the benchmarks measure them."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.slow


def test_simulation_is_nearly_as_fast_as_its_matrix_products() -> None:
    """Simulating 10,000 points takes less than 1.5 times as long as the bare matrix products of all steps."""
    from benchmarks.simulate import ratio

    assert ratio() < 1.5


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_of_a_million_points() -> None:
    """A million points through three layers of 100 for 32 steps add less than 500 MB."""
    from benchmarks.simulate import added_bytes

    assert added_bytes() < 500e6


def test_compiling_costs_a_few_simulations() -> None:
    """Reading, calibrating, measuring and emitting take less than 20 simulations of the calibration points."""
    from benchmarks.compile import ratio

    assert ratio() < 20
