"""The program that runs a file: onnxruntime, or where that has no kernel ONNX's reference implementation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from snnir.types import Array
from snnir_onnx.half import rounded, wide
from snnir_onnx.runtime import Runtime, loadable, specified, with_all_values
from snnir_onnx.source import NoKernelError, RefusedError, Source

RUNTIME, REFERENCE = "onnxruntime", "onnx.reference"


class Program:
    """Runs a file as it is; onnxruntime loads it when first asked.

    Attributes:
        name: What runs it.
        half: The file computes in float16; here its inputs and outputs are float32.
    """

    def __init__(self, source: Source, *, half: bool) -> None:
        self.name = RUNTIME
        self.half = half
        self._source = source
        self._dtypes = {given.name: np.dtype(given.dtype) for given in source.inputs}

    @cached_property
    def _runtime(self) -> Runtime:
        return Runtime(loadable(self._source))

    @property
    def precision(self) -> str:
        """The element type whose rounding the results have; empty where it is that of their own.

        The reference implementation has error functions and constants of single precision.
        """
        return "float16" if self.half else "float32" if self.name == REFERENCE else ""

    def held(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Return inputs rounded to numbers that the file's own inputs can hold."""
        return {name: rounded(array) for name, array in feeds.items()} if self.half else dict(feeds)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs.

        Raises:
            RefusedError: Neither program can run the file on these; code ``oracle-failed``.
        """
        narrow = self._narrow(feeds)
        if self.name == REFERENCE:
            return self._widened(specified(self._source.content, narrow))
        try:
            return self._widened(self._runtime.run(narrow))
        except NoKernelError as error:
            found = _second_opinion(self._source.content, narrow, error)
        self.name = REFERENCE
        return self._widened(found)

    def specified(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs of ONNX's reference implementation for these.

        Raises:
            RefusedError: It cannot run the file; code ``oracle-failed``.
        """
        return self._widened(specified(self._source.content, self._narrow(feeds)))

    def inner(self, feeds: Mapping[str, Array], names: frozenset[str]) -> dict[str, Array]:
        """Return the outputs and the named values inside, of onnxruntime.

        Raises:
            RefusedError: It does not show them.
        """
        runtime = Runtime(with_all_values(loadable(self._source), names))
        return self._widened(runtime.run(self._narrow(feeds)))

    def _narrow(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        return {name: array.astype(self._dtypes[name], copy=False) for name, array in feeds.items()}

    def _widened(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: wide(array) for name, array in arrays.items()} if self.half else dict(arrays)


def _second_opinion(content: bytes, feeds: Mapping[str, Array], first: RefusedError) -> dict[str, Array]:
    try:
        return specified(content, feeds, strict=True)
    except RefusedError as second:
        raise RefusedError("oracle-failed", f"{first.message}; {second.message}") from second
