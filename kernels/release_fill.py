"""Place orders one by one as late as they can be: backward list scheduling of a release plan.

An order is a chain of steps, each in a zone; a step's work may be spread over intervals, and the
next one begins in a later interval than it ends in. Backward from its last interval, every step
takes what its zone's people have left. The slots that an order holds from its first step until the
end of a later one are counted by interval; where they are all taken it is packed before that.
Complexity: O(steps * T) for an order, T intervals, and once more for each time that slots lack.

Shapes: O orders with P steps, Z zones, T intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .columns import NONE
from .compiled import kernel, long_kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLACED = 0
"""Cause of an order that is placed."""
TOO_MANY_SLOTS = 1
"""It wants more slots than there are."""
TOO_LARGE = 2
"""It does not fit a cart."""
NO_TIME = 3
"""Its steps do not fit between its release and its departure, each in an interval of its own."""
NO_DOOR = 4
"""Its departure has no door in time."""
NO_LANE = 5
"""Its departure has no lane in time."""
NO_CAPACITY = 6
"""The people of a zone have no time left: `zone`, from `opens` up to `closes`."""
NO_SLOT = 7
"""All slots are taken from `opens` up to `closes`."""


class ReleaseInput(NamedTuple):
    """Orders and limits in intervals, as the kernels take them.

    Attributes
    ----------
    first, last : int64[O]
        First and last interval that an order may use; last may be before first.
    step_first : int64[O + 1]
        First step of each order; two or more each. The last two are staging and loading.
    step_zone : int64[P]
        Zone of each step.
    step_work_us : int64[P]
        Its work.
    lane_opens, door_opens : int64[O]
        From which interval the order's departure has a lane and a door.
    open_steps : int64[O]
        With the end of how many steps the slots are free again, at least 1.
    slots : int64[O]
        Slots that the order holds.
    fits_cart : bool[O]
        Whether it fits a cart.
    slot_count : int64[1]
        Slots that there are.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    step_first: NDArray[np.int64]
    step_zone: NDArray[np.int64]
    step_work_us: NDArray[np.int64]
    lane_opens: NDArray[np.int64]
    door_opens: NDArray[np.int64]
    open_steps: NDArray[np.int64]
    slots: NDArray[np.int64]
    fits_cart: NDArray[np.bool_]
    slot_count: NDArray[np.int64]


class ReleaseFill(NamedTuple):
    """What has been placed.

    Attributes
    ----------
    left_us : int64[Z, T]
        Work that the people of a zone can still do.
    open_slots : int64[T]
        Slots taken.
    step_begin, step_end : int64[P]
        First and last interval of each step, -1 where its order is not placed.
    cause : int64[O]
        Why an order is not placed, one of the codes above.
    cause_zone, cause_opens, cause_closes : int64[O]
        Zone and intervals of the cause.
    part_step, part_interval, part_us : int64[Q]
        Work by step and interval; what there is no room for is not noted.
    trial_step, trial_interval, trial_us : int64[most steps of an order * T]
        Scratch.
    """

    left_us: NDArray[np.int64]
    open_slots: NDArray[np.int64]
    step_begin: NDArray[np.int64]
    step_end: NDArray[np.int64]
    cause: NDArray[np.int64]
    cause_zone: NDArray[np.int64]
    cause_opens: NDArray[np.int64]
    cause_closes: NDArray[np.int64]
    part_step: NDArray[np.int64]
    part_interval: NDArray[np.int64]
    part_us: NDArray[np.int64]
    trial_step: NDArray[np.int64]
    trial_interval: NDArray[np.int64]
    trial_us: NDArray[np.int64]


@long_kernel
def place_orders(given: ReleaseInput, fill: ReleaseFill, order: NDArray[np.int64]) -> int:
    """Place orders in the order given, each as late as it can be.

    Parameters
    ----------
    given : ReleaseInput
        Orders and limits.
    fill : ReleaseFill
        Changed in place: what is placed, and the cause for each order that is not.
    order : int64[N]
        Orders, each at most once.

    Returns
    -------
    part_count : int64
        Parts of work placed, those included for which `part_step` has no room.
    """
    parts = 0
    for row in range(len(order)):
        parts = _place(given, fill, order[row], parts)
    return parts


@long_kernel
def place_each_alone(given: ReleaseInput, fill: ReleaseFill) -> None:
    """Place each order as if it were the only one.

    Parameters
    ----------
    given : ReleaseInput
        Orders and limits.
    fill : ReleaseFill
        Nothing is placed in it before, and nothing is left taken. Steps and causes are written.
    """
    for order in range(len(given.first)):
        count = _walk(given, fill, order, given.last[order])
        for trial in range(count):
            step, at = fill.trial_step[trial], fill.trial_interval[trial]
            fill.left_us[given.step_zone[step], at] += fill.trial_us[trial]
            _span(fill, step, at)
        if count >= 0:
            fill.cause[order] = PLACED


@kernel
def _place(given: ReleaseInput, fill: ReleaseFill, order: int, parts: int) -> int:
    """Place one order, or note why it cannot be, with nothing changed."""
    slots = given.slots[order]
    close = given.last[order]
    while True:
        count = _walk(given, fill, order, close)
        if count < 0:
            if close < given.last[order]:
                _blame(fill, order, NO_SLOT, NONE, close + 1, given.last[order] + 1)
            return parts
        until = given.step_first[order] + given.open_steps[order]
        begin, closed = fill.trial_interval[count - 1], -1
        for trial in range(count):
            if fill.trial_step[trial] < until:
                closed = max(closed, fill.trial_interval[trial])
        over = -1
        for at in range(begin, closed + 1):
            if slots and fill.open_slots[at] + slots > given.slot_count[0]:
                over = at
        if over < 0:
            break
        _give_back(given, fill, count)
        close = over - 1
    for at in range(begin, closed + 1):
        fill.open_slots[at] += slots
    for trial in range(count):
        step, at = fill.trial_step[trial], fill.trial_interval[trial]
        _span(fill, step, at)
        if parts < len(fill.part_step):
            fill.part_step[parts], fill.part_interval[parts] = step, at
            fill.part_us[parts] = fill.trial_us[trial]
        parts += 1
    fill.cause[order] = PLACED
    return parts


@kernel
def _walk(given: ReleaseInput, fill: ReleaseFill, order: int, close: int) -> int:
    """Take work as late as it can be had; give the number of parts, -1 with the cause noted."""
    begin, end = given.step_first[order], given.step_first[order + 1]
    first, at_most = given.first[order], given.last[order]
    if given.slots[order] > given.slot_count[0]:
        return _blame(fill, order, TOO_MANY_SLOTS, NONE, 0, 0)
    if not given.fits_cart[order]:
        return _blame(fill, order, TOO_LARGE, NONE, 0, 0)
    if at_most - first + 1 < end - begin:
        return _blame(fill, order, NO_TIME, NONE, first, at_most + 1)
    count = 0
    for step in range(end - 1, begin - 1, -1):
        opens = first + step - begin
        if step >= end - 2:
            by_door = step == end - 1
            room = given.door_opens[order] if by_door else given.lane_opens[order]
            opens = max(opens, room)
            if room > at_most:
                _give_back(given, fill, count)
                cause = NO_DOOR if by_door else NO_LANE
                return _blame(fill, order, cause, NONE, room, at_most + 1)
        if step - begin == given.open_steps[order] - 1:
            at_most = min(at_most, close)
        zone, need, at = given.step_zone[step], given.step_work_us[step], at_most
        while need > 0 and at >= opens:
            part = min(need, fill.left_us[zone, at])
            if part > 0:
                fill.left_us[zone, at] -= part
                fill.trial_step[count], fill.trial_interval[count] = step, at
                fill.trial_us[count] = part
                count += 1
            need -= part
            at -= 1
        if need > 0:
            _give_back(given, fill, count)
            return _blame(fill, order, NO_CAPACITY, zone, opens, at_most + 1)
        at_most = at
    return count


@kernel
def _give_back(given: ReleaseInput, fill: ReleaseFill, count: int) -> None:
    for trial in range(count):
        zone = given.step_zone[fill.trial_step[trial]]
        fill.left_us[zone, fill.trial_interval[trial]] += fill.trial_us[trial]


@kernel
def _span(fill: ReleaseFill, step: int, at: int) -> None:
    if fill.step_begin[step] < 0:
        fill.step_begin[step] = fill.step_end[step] = at
    fill.step_begin[step] = min(fill.step_begin[step], at)
    fill.step_end[step] = max(fill.step_end[step], at)


@kernel
def _blame(fill: ReleaseFill, order: int, cause: int, zone: int, opens: int, closes: int) -> int:
    fill.cause[order], fill.cause_zone[order] = cause, zone
    fill.cause_opens[order], fill.cause_closes[order] = opens, closes
    return NONE
