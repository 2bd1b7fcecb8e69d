"""Passes as text, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.population.populate import Populate
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.tune import Tune
from snnir.codes.rate import Thresholds
from snnir.codes.sigma_delta.changes import Changes
from snnir.errors import UsageError
from snnir.passes import Pass
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.catalogue import OWN, pass_named, pass_names
from snnir.passes.fold import Fold
from snnir.passes.specification import parse_passes, pass_text, passes_text
from tests.support import failure


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("fold", (Fold(),)),
        (" fold , canonicalise ", (Fold(), Canonicalise())),
        ("fold{}", (Fold(),)),
        ("normalise{amplitudes=true}", (Normalise(amplitudes=True),)),
        ("populate{per_unit=4},fold", (Populate(4), Fold())),
        ("populate{per-unit=4}", (Populate(4),)),
        ('thresholds{rule="squared-error" per=layer}', (Thresholds(rule="squared-error", per="layer"),)),
        ("changes{error=1e-3 gains=0.25,0}", (Changes(1e-3, (0.25, 0.0)),)),
        ("changes{error=1 gains=0}", (Changes(1.0, (0.0,)),)),
    ],
)
def test_text_becomes_passes(text: str, steps: tuple[Pass, ...]) -> None:
    """Names in order, options by field; integers are floats where those are asked for."""
    assert parse_passes(text) == steps


def test_only_what_differs_is_printed() -> None:
    """Options with their defaults are left out."""
    assert pass_text(Normalise()) == "normalise"
    steps = (Fold(), Normalise(amplitudes=True), Thresholds(per="layer", percentile=99.5))
    assert passes_text(steps) == "fold,normalise{amplitudes=true},thresholds{per=layer percentile=99.5}"


passes = st.one_of(
    st.builds(Fold),
    st.builds(Normalise, st.booleans()),
    st.builds(Populate, st.integers(1, 64)),
    st.builds(Changes, st.floats(1e-9, 1e9), st.lists(st.floats(0, 1), min_size=1).map(tuple), st.text(max_size=6)),
    st.builds(
        Thresholds,
        st.sampled_from(["spread", "squared-error", "capped"]),
        st.sampled_from(["layer", "neuron"]),
        st.floats(0, 100),
        st.booleans(),
    ),
    st.builds(Tune, iterations=st.integers(0, 10**6), rate=st.floats(1e-9, 1e9)),
)


@given(st.lists(passes, min_size=1, max_size=4))
@settings(deadline=None, derandomize=True)
def test_text_reads_back(steps: list[Pass]) -> None:
    """Whatever the options are, the text is read back as the same passes."""
    assert parse_passes(passes_text(steps)) == tuple(steps)


@pytest.mark.parametrize("name", OWN)
def test_every_pass_has_its_name(name: str) -> None:
    """The catalogue finds a class under the name that it has."""
    assert pass_named(name).name == name


def test_catalogue_is_complete() -> None:
    """Every class of passes in snnir that has a public name can be run by it."""

    def below(kind: type[Pass]) -> set[type[Pass]]:
        return {kind, *(deeper for each in kind.__subclasses__() for deeper in below(each))}

    kinds = {kind for kind in below(Pass) if kind.__module__.startswith("snnir.") and not kind.__name__.startswith("_")}
    named = {kind.name for kind in kinds if not getattr(kind, "__abstractmethods__", None)}
    assert named <= set(pass_names())


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("fould", "unknown-pass", "there is no pass 'fould'"),
        ("", "bad-passes", "expected the name of a pass, found the end"),
        ("fold,", "bad-passes", "expected the name of a pass, found the end"),
        ("fold canonicalise", "bad-passes", "expected ',' or the end, found 'canonicalise'"),
        ("fold{", "bad-passes", "expected an option or '}', found the end"),
        ("normalise{amplitudes}", "bad-passes", "expected '=', found '}'"),
        ("normalise{amplitudes=}", "bad-passes", "expected a value, found '}'"),
        ("normalise{amplitude=true}", "unknown-pass-option", "pass normalise: 'amplitude' is none of its options"),
        ("fold{x=1}", "unknown-pass-option", "pass fold: 'x' is none of its options"),
        ("normalise{amplitudes=true amplitudes=true}", "unknown-pass-option", "is given twice"),
        ("normalise{amplitudes=1}", "bad-pass-option", "pass normalise: amplitudes is true or false, not 1"),
        ("populate{per-unit=4.5}", "bad-pass-option", "pass populate: per-unit is int, not 4.5"),
        ("thresholds{per=unit}", "bad-pass-option", "pass thresholds: per is one of "),
        ("changes", "bad-pass-option", "pass changes needs error"),
    ],
)
def test_what_is_wrong_is_named(text: str, code: str, message: str) -> None:
    """One finding with a hint."""
    error = failure(lambda: parse_passes(text), UsageError)
    assert [each.code for each in error.diagnostics] == [code]
    assert message in error.diagnostics[0].message
    assert error.diagnostics[0].hint
