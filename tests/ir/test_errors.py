"""Diagnostics say what, where and what to do."""

from __future__ import annotations

import pytest

from snnir.errors import Diagnostic, ModelError, SnnirError, UsageError, did_you_mean, model_error, usage_error


def test_a_diagnostic_as_text() -> None:
    """Place, message, code and hint, each only where there is one."""
    assert str(Diagnostic("bad", "it broke")) == "it broke [bad]"
    full = Diagnostic("bad", "it broke", "here", "mend it")
    assert str(full) == "here: it broke [bad]\n  hint: mend it"


def test_errors_show_all_their_findings() -> None:
    """One error carries everything that was found, a line each."""
    findings = [Diagnostic("a", "first"), Diagnostic("b", "second")]
    error = ModelError(iter(findings))
    assert error.diagnostics == tuple(findings)
    assert str(error) == "first [a]\nsecond [b]"


def test_exit_codes() -> None:
    """A model that cannot be compiled is 1, a wrong request 2; both are caught as one base class."""
    assert (ModelError.exit_code, UsageError.exit_code) == (1, 2)
    for make, kind in ((model_error, ModelError), (usage_error, UsageError)):
        error = make("code", "message", "where", "hint")
        assert type(error) is kind
        assert error.diagnostics == (Diagnostic("code", "message", "where", "hint"),)
        with pytest.raises(SnnirError):
            raise error


def test_did_you_mean() -> None:
    """The nearest choice is offered first, then all of them, sorted; nothing near gives the list alone."""
    assert did_you_mean("nri", ["numpy", "nir"]) == "did you mean 'nir'? choose from: nir, numpy"
    assert did_you_mean("zzz", ["numpy", "nir"]) == "choose from: nir, numpy"
    assert did_you_mean("x", []) == "choose from: "


def test_a_hint_is_given_once() -> None:
    """Findings in a row with one hint show it below the last of them."""
    error = usage_error("a", "one", hint="mend it")
    error = UsageError([*error.diagnostics, Diagnostic("a", "two", "", "mend it"), Diagnostic("b", "three", "", "no")])
    assert str(error) == "one [a]\ntwo [a]\n  hint: mend it\nthree [b]\n  hint: no"
