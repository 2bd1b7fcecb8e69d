"""Tables of functions in integers."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.codes.exact.tabulate import Argument, tabulate
from snnir.errors import ModelError


def test_functions_that_end_near_their_arguments() -> None:
    """A logarithm that is asked for just above 0 does not exist in the part of its table below."""
    goal = np.linspace(0.01, 1, 50)[:, np.newaxis]
    argument = Argument(1000.0, np.zeros(1))
    with np.errstate(all="ignore"), pytest.raises(ModelError, match=r"not finite everywhere .* \[table-range\]"):
        tabulate(np.log, goal, argument, value_bits=7, where="layer 'log'")
    assert tabulate(np.log, goal + 1, argument, value_bits=7, where="layer 'log'").table.bits >= 0
