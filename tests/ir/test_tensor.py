"""Tensors compare by content and cannot be changed."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.ir import Tensor
from snnir.types import DTYPES, dtype_of


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_content_is_equal(dtype: str) -> None:
    """Two tensors of equal type, shape and elements are equal and hash alike, whatever their layout in memory."""
    array = np.arange(6).reshape(2, 3).astype(dtype)
    assert Tensor(array) == Tensor(np.asfortranarray(array))
    assert hash(Tensor(array)) == hash(Tensor(array.copy()))
    assert Tensor(array).dtype == dtype
    assert Tensor(array).shape == (2, 3)


@pytest.mark.parametrize(
    "other",
    [
        np.zeros((3, 2), np.float32),
        np.zeros((2, 3), np.float64),
        np.zeros((2, 3), np.int32),
        np.zeros(6, np.float32),
        np.full((2, 3), -0.0, np.float32),
    ],
)
def test_other_content_is_not(other: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    """Shape, type and every bit count, also the sign of zero."""
    assert Tensor(np.zeros((2, 3), np.float32)) != Tensor(other)


def test_nan_equals_itself() -> None:
    """Equal bits are equal, also those of NaN; a NaN with another payload is another tensor."""
    nan = np.array([np.nan], np.float32)
    assert Tensor(nan) == Tensor(nan.copy())
    assert Tensor(nan) != Tensor(-nan)
    assert Tensor(nan) != nan


def test_the_caller_cannot_change_it() -> None:
    """A writable array is copied; the tensor's own is read-only."""
    array = np.zeros(3, np.float32)
    tensor = Tensor(array)
    array[0] = 1
    assert tensor.array[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        tensor.array[0] = 1


def test_nor_through_a_read_only_view() -> None:
    """A read-only view of a writable array is copied as well."""
    array = np.zeros(3, np.float32)
    view = array[:]
    view.flags.writeable = False
    tensor = Tensor(view)
    array[0] = 1
    assert tensor.array[0] == 0


def test_read_only_arrays_are_shared() -> None:
    """A read-only array is not copied, and the caller's array stays writable if it was."""
    array = np.frombuffer(bytes(12), np.float32)
    assert np.shares_memory(Tensor(array).array, array)
    writable = np.zeros(3, np.float32)
    Tensor(writable)
    assert writable.flags.writeable


def test_scalars_stay_scalars() -> None:
    """A tensor without axes keeps its shape."""
    assert Tensor(np.array(1.0)).shape == ()
    assert Tensor(np.array(1.0)) != Tensor(np.array([1.0]))


def test_the_digest_does_not_change() -> None:
    """Files name tensors by digest, so it must be the same in every version of snnir."""
    digest = Tensor(np.array([1.0, -2.5], np.float32)).digest
    assert digest == "774440bb7559818665dbc77e777dffab57120063ecefaf76b051c662ffa86eae"
    assert digest[:8] in repr(Tensor(np.array([1.0, -2.5], np.float32)))


def test_unknown_element_types_are_refused() -> None:
    """The IR has no complex numbers, no texts and no foreign byte order."""
    for array in (np.zeros(1, complex), np.array(["a"]), np.zeros(1, np.dtype(np.float32).newbyteorder())):
        with pytest.raises(TypeError, match="no IR element type"):
            dtype_of(array)
