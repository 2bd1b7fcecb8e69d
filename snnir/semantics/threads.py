"""Many small matrix products at once: one thread each, and several side by side.

A product of one chunk is too small to be shared among threads: they wait for each other, and on a busy machine ten
times longer than they compute. Chunks are independent, so the threads that the linear algebra library would use take
one chunk each instead. Results are then the same, bit for bit, however many threads there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import threadpoolctl as untyped

threadpoolctl: Any = untyped
"""It ships no types."""

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


@cache
def _controller() -> Any:
    return threadpoolctl.ThreadpoolController().select(user_api="blas")


@cache
def workers() -> int:
    """Return how many threads the linear algebra library was set to use when first asked."""
    return max((int(library["num_threads"]) for library in _controller().info()), default=1)


@contextmanager
def one_thread_each() -> Generator[None, None, None]:
    """Let the linear algebra library use a single thread inside the ``with``."""
    workers()  # must be asked before it is changed
    with _controller().limit(limits=1):
        yield


def in_order(job: Callable[[_Item], _Made], items: Iterable[_Item]) -> Iterator[_Made]:
    """Yield the results of a job for every item, in order, worked out by `workers` threads a little ahead."""
    if workers() == 1:
        yield from map(job, items)
        return
    waiting: deque[Future[_Made]] = deque()
    with ThreadPoolExecutor(workers()) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(job, item))
                if len(waiting) > 2 * workers():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
