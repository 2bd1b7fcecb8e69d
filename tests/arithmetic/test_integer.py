"""Mantissas, exponents and rounding, each by what it is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.arithmetic.integer import (
    bias_exponent,
    bias_limit,
    compensated,
    half_limit,
    scaled_weights,
    split,
    threshold_unit,
    weight_limit,
)
from snnir_lava.targets import FORMAT


def test_limits_are_those_of_the_chip() -> None:
    """8 bits of mixed signs: 254; 13 bits of a bias: 4095; thresholds are shifted by 6."""
    assert (weight_limit(FORMAT), bias_limit(FORMAT)) == (254, 4095)
    assert [threshold_unit(FORMAT, halved=halved) for halved in (False, True)] == [64, 128]


@pytest.mark.parametrize(("bits", "exponent", "half"), [(8, 7, 127), (8, 5, 31), (6, 7, 31), (10, 5, 31)])
def test_halves_are_what_the_exponent_allows(bits: int, exponent: int, half: int) -> None:
    """The high half of a weight counts one more than the low half can be, which is a power of two of the format."""
    form = replace(FORMAT, weight_bits=bits, weight_exponent=exponent)
    assert half_limit(form) == half
    largest = np.array([[half * (half + 1) * 2 << form.shift]])
    assert scaled_weights(largest, form) is not None


@given(st.lists(st.integers(-127, 127), min_size=1, max_size=8), st.integers(0, 7))
def test_weights_come_back(halves: list[int], exponent: int) -> None:
    """Every weight of the format has a mantissa that is even and at most 254, and an exponent at most 7."""
    weight = np.array(halves, np.int64) * 2 << (6 + exponent)
    scaled = scaled_weights(weight, FORMAT)
    assert scaled is not None
    assert scaled.exponent <= exponent
    assert np.all(scaled.mantissa % 2 == 0)
    assert np.abs(scaled.mantissa).max() <= 254
    np.testing.assert_array_equal(scaled.mantissa << (6 + scaled.exponent), weight)


@pytest.mark.parametrize("weight", [[64], [254 << 14], [254 << 7, 128], [128.5], [2**40]])
def test_other_weights_do_not_fit(weight: list[float]) -> None:
    """Odd mantissas, too large ones, two that share no exponent, and fractions have none."""
    assert scaled_weights(np.array(weight), FORMAT) is None


@pytest.mark.parametrize(("most", "exponent"), [(0, 0), (4095, 0), (4096, 1), (4095 * 128, 7), (4095 * 128 + 1, None)])
def test_biases(most: float, exponent: int | None) -> None:
    """The exponent is the smallest; beyond 4095 2^7 there is none."""
    assert bias_exponent(most, FORMAT) == exponent


@given(st.lists(st.integers(-127 * 129, 127 * 129), min_size=1, max_size=20))
def test_halves_make_the_whole(whole: list[int]) -> None:
    """High and low are mantissas of 8 bits, and 128 times the one and the other are the number."""
    high, low = split(np.array(whole, np.float64), 127)
    np.testing.assert_array_equal(128 * high + low, whole)
    assert max(np.abs(high).max(), np.abs(low).max()) <= 127


def redundant(points: int, neurons: int = 60, rank: int = 6, seed: int = 0) -> np.ndarray:
    """Return rates of correlated neurons: of few causes, with some noise."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(points, rank)) @ rng.normal(size=(rank, neurons))
    return causes + rng.normal(scale=0.01, size=(points, neurons))


@pytest.mark.parametrize("size", [4.0, 20.0, 100.0])
def test_errors_compensate_each_other(size: float) -> None:
    """Outputs change several times less than with rounding to the nearest, and weights keep their range."""
    rates, unseen = np.split(redundant(1200), 2)
    spread = rates - rates.mean(axis=0)
    gram = spread.T @ spread / len(rates)
    weight = np.random.default_rng(1).normal(size=(60, 40)) * size / 4
    rounded = compensated(weight, gram, 127)
    assert np.all(rounded == np.rint(rounded))
    assert np.abs(rounded).max() <= 127
    error, nearest = (np.linalg.norm(spread @ (made - weight)) for made in (rounded, np.rint(weight)))
    assert error < nearest / 3
    unseen = unseen - unseen.mean(axis=0)
    assert np.linalg.norm(unseen @ (rounded - weight)) < np.linalg.norm(unseen @ (np.rint(weight) - weight)) / 2


def test_rounding_is_exact_where_it_can_be() -> None:
    """Whole numbers stay; independent neurons are rounded to the nearest; silent ones do no harm."""
    weight = np.array([[1.0, -2.0], [3.4, 0.6]])
    np.testing.assert_array_equal(compensated(np.rint(weight), np.eye(2), 127), [[1, -2], [3, 1]])
    np.testing.assert_array_equal(compensated(weight, np.eye(2), 127), [[1, -2], [3, 1]])
    np.testing.assert_array_equal(compensated(weight, np.zeros((2, 2)), 127), [[1, -2], [3, 1]])


@given(st.integers(0, 1000))
def test_blocks_change_nothing(seed: int) -> None:
    """The rows behind a block are updated at once or one by one: the same."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(70, 70))
    gram, weight = root @ root.T, rng.normal(size=(70, 3)) * 5
    order = np.argsort(-np.diag(gram), kind="stable")
    damped = gram[np.ix_(order, order)] + 1e-3 * np.trace(gram) / 70 * np.eye(70)
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    left, whole = weight[order], np.zeros((70, 3))
    for row in range(70):
        whole[row] = np.clip(np.rint(left[row]), -127, 127)
        left[row + 1 :] -= np.outer(upper[row, row + 1 :] / upper[row, row], left[row] - whole[row])
    expected = np.empty((70, 3))
    expected[order] = whole
    # A number that is a half up to rounding may go either way; it then changes the rows behind.
    if np.abs(left - np.floor(left) - 0.5).min() > 1e-6:
        np.testing.assert_array_equal(compensated(weight, gram, 127), expected)
