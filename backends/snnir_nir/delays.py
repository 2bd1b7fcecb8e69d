"""What a NIR circuit remembers outside its neurons: what its inputs bring over time, and delays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from snnir.ir import Tensor
from snnir.ops import Concat, Constant, Mul, Slice, Squeeze, Unsqueeze
from snnir.types import Array
from snnir_nir.body import POINTS, Body, Signal
from snnir_nir.lanes import VALUES, Lane, values_in


def series(body: Body, name: str, shape: tuple[int, ...], lanes: tuple[Lane, ...]) -> Signal:
    """Return what an Input brings at each step, with columns that the network itself fills, see `snnir_nir.lanes`."""
    if lanes == VALUES:
        return body.series(name, shape)
    (columns,) = shape
    size = values_in(lanes, columns)
    given, one = body.series(name, (size,)), body.constant("one", np.ones(()))
    step = body.state("step", (1,))
    body.remember(step, step + one)
    made = [_lane(body, lane, given if lane.value else one, step, lane.width(size)) for lane in lanes]
    return body.make(Concat(-1), made, (POINTS, columns), name="lanes")


def _lane(body: Body, lane: Lane, given: Signal, step: Signal, width: int) -> Signal:
    """Return what a lane brings: what is given, at some steps."""
    on = body.ones(body.above(step, body.constant("first", np.asarray(lane.first)), equal=True))
    if lane.end is not None:
        on = on * body.ones(body.above(body.constant("end", np.asarray(lane.end)), step, equal=False))
    return body.make(Mul(), (on, given), (POINTS, width))


def delay_line(body: Body, steps: Array) -> tuple[Signal, Callable[[Signal | None], Signal]]:
    """Return what a Delay remembers, and what makes its output of that and what arrives.

    ``y(t) = x(t - delay)``, zero before the start. The memory is ``[N, longest, shape...]``, the newest last. What
    arrives is needed only where some elements are not delayed at all.

    Args:
        body: Where it goes.
        steps: Of each element, ``[shape...]``, not all zero.
    """
    shape, longest = steps.shape, int(steps.max())
    line = body.state("line", (longest, *shape))

    def output(arriving: Signal | None) -> Signal:
        made: Signal | None = None
        for late in np.unique(steps):
            if late == 0:
                assert arriving is not None  # noqa: S101 - checked above
                one = arriving
            else:
                place = longest - int(late)
                cut = body.make(Slice((place,), (place + 1,), (1,)), (line,), (POINTS, 1, *shape))
                one = body.make(Squeeze((1,)), (cut,), (POINTS, *shape))
            chosen = (
                None
                if made is None
                else body.make(Constant(Tensor(steps == late)), (), shape, name="chosen", dtype="bool")
            )
            made = one if made is None or chosen is None else body.where(chosen, one, made)
        assert made is not None  # noqa: S101 - there are elements
        return made

    return line, output


def fill_line(body: Body, line: Signal, arriving: Signal) -> None:
    """Let what arrives in this step enter the memory of a Delay, and the oldest leave it."""
    shape = sizes_of(line)
    newest = body.make(Unsqueeze((1,)), (arriving,), (POINTS, 1, *shape[1:]))
    if shape[0] > 1:
        rest = body.make(Slice((1,), (shape[0],), (1,)), (line,), (POINTS, shape[0] - 1, *shape[1:]))
        newest = body.make(Concat(1), (rest, newest), (POINTS, *shape))
    body.remember(line, newest)


def delayed(body: Body, spikes: Signal, steps: int) -> Signal:
    """Return what leaves a layer whose spikes all come some steps late."""
    if steps == 0:
        return spikes
    line, output = delay_line(body, np.full(sizes_of(spikes), steps))
    fill_line(body, line, spikes)
    return output(None)


def sizes_of(signal: Signal) -> tuple[int, ...]:
    """Return the shape of a signal, points not counted."""
    return tuple(dim for dim in signal.type.shape[1:] if isinstance(dim, int))
