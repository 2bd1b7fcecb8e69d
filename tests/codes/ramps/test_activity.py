"""What training counts as the cost of values that are sent as digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.codes.ramps.activity import Activity


@given(st.integers(2, 12), st.floats(1e-4, 1))
def test_slope(digits: int, rate: float) -> None:
    """It is the derivative."""
    active, step = Activity(digits), 1e-6 * rate
    ends = active.of(np.array([rate - step, rate + step]))
    expected = (ends[1] - ends[0]) / (2 * step)
    assert float(active.slope(np.array([rate]), signed=False)[0]) == pytest.approx(expected, rel=1e-4)  # type: ignore[index]


@pytest.mark.parametrize("digits", [4, 8])
def test_it_goes_like_the_number_of_ones(digits: int) -> None:
    """Over values of every size it follows the mean number of ones, silence costs nothing, and all ones the most."""
    codes = np.arange(2**digits)
    ones = np.array([int(code).bit_count() for code in codes])
    decades = [slice(2**k, 2 ** (k + 1)) for k in range(digits)]
    mean = np.array([ones[part].mean() for part in decades])
    active = Activity(digits).of(codes / 2**digits)
    cost = np.array([active[part].mean() for part in decades])
    assert np.corrcoef(mean, cost)[0, 1] > 0.99
    assert active[0] == 0
    assert float(Activity(digits).of(np.ones(1))[0]) == pytest.approx(1)


def test_spikes_are_counted_without_digits() -> None:
    """Their mean, whatever their sign."""
    rate = np.array([-0.5, 0.0, 0.25])
    assert Activity().of(rate).tolist() == [0.5, 0, 0.25]
    assert np.asarray(Activity().slope(rate, signed=True)).tolist() == [-1, 0, 1]
    assert Activity().slope(rate, signed=False) == 1
