"""Networks with other activations, gates and branches: how well they do as spikes."""

from __future__ import annotations

import pytest

from examples.fits.table import NAMES, report

pytestmark = pytest.mark.accuracy


@pytest.mark.parametrize("name", NAMES)
def test_radix(name: str) -> None:
    """14 digits lose at most 2e-3, at fewer spikes than would cost the ANN's energy, and within the bound."""
    found = report(name, "radix")
    assert found["conversion"]["rel_l2"] <= 2e-3
    assert found["conversion"]["rel_l2"] <= found["a_priori"]["bound"]
    assert found["spikes"]["per_unit"] < 5.0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_populations(name: str) -> None:
    """Eight neurons per unit and 32 steps lose at most 3e-2, with every hidden unit spiking."""
    found = report(name, "population")
    assert found["conversion"]["rel_l2"] <= 3e-2
    assert found["neurons"] == 8 * found["units"]


@pytest.mark.slow
def test_a_gated_network_needs_no_host_between_layers() -> None:
    """With products in spikes a modified MLP is one spiking region, and no worse than 3e-2."""
    found = report("modified_mlp", "population", products="spikes")
    assert found["host"]["between"] == []
    assert found["conversion"]["rel_l2"] <= 3e-2
