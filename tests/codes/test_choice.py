"""Which codes are meant by a name, an object and options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.codes import Code, FirstSpikeCode, Phase, Population, Radix, Rate, SigmaDeltaCode
from snnir.codes.rate import Thresholds
from snnir.compiler import Options
from snnir.compiler.choice import all_defaults, meant
from snnir.errors import UsageError
from tests.support import failure


@pytest.mark.parametrize(
    ("code", "values", "among"),
    [
        ("", {}, (Radix(), Phase(), Rate(), FirstSpikeCode(), Population())),
        (
            "auto",
            {"products": "host", "neurons_per_unit": None},
            (Radix(), Phase(), Rate(), FirstSpikeCode(), Population()),
        ),
        (
            "auto",
            {"neurons_per_unit": 4},
            (Phase(neurons_per_unit=4), FirstSpikeCode(neurons_per_unit=4), Population(neurons_per_unit=4)),
        ),
        ("auto", {"products": "spikes"}, (Population(products="spikes"),)),
        ("auto", {"thresholds": Thresholds()}, (Rate(thresholds=Thresholds()),)),
    ],
)
def test_options_narrow_a_choice(code: str, values: dict[str, Any], among: tuple[Code, ...]) -> None:
    """Codes that have all options that are given are tried, the most promising one first."""
    assert Options("numpy", code, code_options=values).candidates == among


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("", {"normalise": False}, Rate(normalise=False)),
        ("radix", all_defaults(), Radix()),
        ("radix", {"pipelined": True}, Radix(pipelined=True)),
        ("population", {"neurons_per_unit": np.int64(3)}, Population(neurons_per_unit=3)),
        (Population(products="spikes"), {"neurons_per_unit": 3}, Population(neurons_per_unit=3, products="spikes")),
        (SigmaDeltaCode(), all_defaults(), SigmaDeltaCode()),
    ],
)
def test_options_become_fields(code: str | Code, values: dict[str, Any], expected: Code) -> None:
    """A code that is named gets its options; those that are as they are anyway suit every code."""
    assert meant(code, values) == expected


def test_what_a_code_has_not_is_refused_by_name() -> None:
    """All findings at once; an argument that no code has is a mistake of the caller."""
    error = failure(lambda: meant("radix", {"neurons_per_unit": 3, "thresholds": Thresholds()}), UsageError)
    assert [each.code for each in error.diagnostics] == ["bad-neurons-per-unit", "bad-thresholds"]
    error = failure(lambda: meant("auto", {"pipelined": True}), UsageError)
    assert [each.code for each in error.diagnostics] == ["bad-pipelined"]
    error = failure(lambda: meant("auto", {"products": "spikes", "thresholds": Thresholds()}), UsageError)
    assert [each.code for each in error.diagnostics] == ["no-code"]
    with pytest.raises(TypeError, match="no code has an option 'neurons'"):
        meant("population", {"neurons": 3})
    with pytest.raises(UsageError, match="bad-number"):
        meant("population", {"neurons_per_unit": 2.5})
