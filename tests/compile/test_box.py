"""The box that a network was calibrated in: ``report["domain"]``."""

from __future__ import annotations

import numpy as np
import pytest

import snnir
from snnir.data.box import as_numbers, as_rows, box_of
from snnir.data.sampling import sample
from tests.networks import Analog, mlp, separable


def test_a_domain_gives_its_own_ends_not_those_of_the_points_drawn() -> None:
    """The box of a domain is the domain itself, in the type of the input, not the ends of the points drawn from it."""
    graph, domain = mlp(2, 4, 1), {"x": (0.0, 6.283), "t": (-1.0, 4.0)}
    box = box_of(graph, sample(graph, domain, 0).calibration, domain)
    assert as_numbers(box) == {"x": ((0.0, -1.0), (float(np.float32(6.283)), 4.0))}


@pytest.mark.parametrize("domain", [{"x": (-1.0, 2.0)}, {"a": (-1.0, 2.0), "b": (-1.0, 2.0)}])
def test_one_interval_holds_for_all_columns_of_the_only_input(domain: dict[str, tuple[float, float]]) -> None:
    """One interval under the name of the only input holds for all its columns; several go by position."""
    graph = mlp(2, 4, 1)
    assert as_numbers(box_of(graph, {}, domain)) == {"x": ((-1.0, -1.0), (2.0, 2.0))}


def test_several_inputs_have_the_interval_of_their_name() -> None:
    """Inputs of a separable network have the interval that bears their name."""
    graph = separable()
    domain = {value.name: (float(index), float(index + 1)) for index, value in enumerate(graph.inputs)}
    assert as_numbers(box_of(graph, {}, domain)) == {name: ((low,), (high,)) for name, (low, high) in domain.items()}


def test_samples_give_the_ends_of_those_that_calibration_saw() -> None:
    """With samples, ``report["domain"]`` lies within them: the ends of the part that calibration saw."""
    samples = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    compiled = snnir.compile(mlp(2, 4, 1), samples=samples, target="numpy", code="radix", steps=6)
    ((low, high),) = compiled.report["domain"].values()
    for each in zip(low, high, samples.min(axis=0), samples.max(axis=0), strict=True):
        assert each[2] <= each[0] < each[1] <= each[3]
    assert list(compiled.report["domain"]) == ["x"]


def test_every_free_axis_comes_first_and_all_others_are_columns() -> None:
    """The points of an input are rows, its other sizes columns, and back."""
    net = Analog()
    net.input(3, axis="N")
    points = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(as_rows(net.inputs[0], points), points)
