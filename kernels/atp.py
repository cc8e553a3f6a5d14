"""Available to promise from sparse dated events, with look-ahead.

ATP of a pool at time t is the smallest, over all t' >= t, of

    available units + sum of the events with time <= t'

and never below 0: what is promised now must not be missing later. Supply events are positive,
demand events negative; events at the same time count together. Buckets exist in answers only: any
ascending bounds will do.

Events of a pool are a chain of slots in one arena, in no order; an answer sorts the few it needs.
Slot s is stored as s + 1, so that memory of zeros is an empty arena. One pool with n events and B
bounds: O(n log n + B). Called by the engine for queries and by the promise command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from .columns import NONE
from .prefetch import prefetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

_INSERTION_MAX = 24
# With more events than this, one walk over events and bounds is cheaper than a pass for each.
_STEPS_MAX = 8
# Pools whose first event is asked for before its turn: events lie anywhere in memory.
_AHEAD = 8


class Events(NamedTuple):
    """Dated supply and demand of all pools; E slots, P pools.

    Attributes
    ----------
    pool_first : int32[P]
        First slot of each pool + 1, 0 when none.
    pool, next, before : int32[E]
        Pool of the slot; next and previous slot of the same pool + 1.
    time_us, units : int64[E]
        When, and how much: supply > 0, demand < 0.
    state : int64[2]
        Slots ever used; first free slot + 1 (free slots are chained by `next`).
    """

    pool_first: NDArray[np.int32]
    pool: NDArray[np.int32]
    next: NDArray[np.int32]
    before: NDArray[np.int32]
    time_us: NDArray[np.int64]
    units: NDArray[np.int64]
    state: NDArray[np.int64]


def make_events(
    pools: int, slots: int, allocate: Callable[[tuple[int, ...], DTypeLike], NDArray[np.generic]]
) -> Events:
    """Make an empty arena of events.

    Parameters
    ----------
    pools, slots : int
        Room.
    allocate : callable
        Gives an array of zeros of a shape and dtype.

    Returns
    -------
    Events
        No events.
    """
    return Events(
        allocate((pools,), np.int32),
        allocate((slots,), np.int32),
        allocate((slots,), np.int32),
        allocate((slots,), np.int32),
        allocate((slots,), np.int64),
        allocate((slots,), np.int64),
        np.zeros(2, dtype=np.int64),
    )


@njit(cache=True)
def put_event(events: Events, slot: int, pool: int, time_us: int, units: int) -> int:
    """Put, change or drop an event.

    Parameters
    ----------
    events : Events
        Changed in place.
    slot : int
        The event's slot, -1 for one that does not exist yet.
    pool : int
        Pool, >= 0.
    time_us : int
        When.
    units : int
        Supply > 0, demand < 0; 0 drops the event.

    Returns
    -------
    int64
        The event's slot, -1 when there is none now, -2 when there is no room for it.
    """
    at = np.int64(slot)
    if at >= 0 and (units == 0 or events.pool[at] != pool):
        _drop(events, at)
        at = np.int64(NONE)
    if units == 0:
        return np.int64(NONE)
    if at < 0:
        if events.state[1] > 0:
            at = events.state[1] - 1
            events.state[1] = events.next[at]
        elif events.state[0] < events.pool.shape[0]:
            at = events.state[0]
            events.state[0] += 1
        else:
            return np.int64(-2)
        events.pool[at] = pool
        first = np.int64(events.pool_first[pool])
        events.next[at] = first
        events.before[at] = 0
        if first > 0:
            events.before[first - 1] = at + 1
        events.pool_first[pool] = at + 1
    events.time_us[at] = time_us
    events.units[at] = units
    return at


@njit(cache=True)
def _drop(events: Events, slot: int) -> None:
    before, after = np.int64(events.before[slot]), np.int64(events.next[slot])
    if before > 0:
        events.next[before - 1] = after
    else:
        events.pool_first[events.pool[slot]] = after
    if after > 0:
        events.before[after - 1] = before
    events.next[slot] = events.state[1]
    events.state[1] = slot + 1


@njit(cache=True)
def atp_one(
    events: Events,
    pool: int,
    available_units: int,
    bounds_us: NDArray[np.int64],
    out: NDArray[np.int64],
) -> int:
    """ATP of one pool at each bound.

    Parameters
    ----------
    events : Events
        Read only.
    pool : int
        Pool, >= 0.
    available_units : int
        Available units now.
    bounds_us : int64[B]
        Ascending times.
    out : int64[B]
        Output: units, >= 0.

    Returns
    -------
    int64
        Events of the pool.
    """
    count = np.int64(0)
    slot = np.int64(events.pool_first[pool])
    while slot > 0:
        count += 1
        slot = np.int64(events.next[slot - 1])
    if count == 0:
        out[:] = max(np.int64(0), np.int64(available_units))
        return count
    times = np.empty(count, dtype=np.int64)
    units = np.empty(count, dtype=np.int64)
    _collect(events, pool, times, units)
    _sort(times, units, count)
    if count <= _STEPS_MAX:
        _step_up(times, units, count, available_units, bounds_us, out)
    else:
        _walk_back(times, units, count, available_units, bounds_us, out)
    return count


@njit(cache=True, nogil=True)
def atp_many(
    events: Events,
    pools: NDArray[np.int32],
    available_units: NDArray[np.int64],
    bounds_us: NDArray[np.int64],
    out: NDArray[np.int64],
) -> int:
    """ATP of many pools, up to the whole catalogue, at each bound.

    Parameters
    ----------
    events : Events
        Read only.
    pools : int32[n]
        Pools, -1 for an item that has none.
    available_units : int64[n]
        Available units now.
    bounds_us : int64[B]
        Ascending times.
    out : int64[n, B]
        Output: units, >= 0.

    Returns
    -------
    int64
        Events read.
    """
    room = np.int64(64)
    times, units = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    total = np.int64(0)
    last = pools.shape[0] - 1
    for k in range(pools.shape[0]):
        ahead = np.int64(events.pool_first[pools[min(k + _AHEAD, last)]]) - 1
        prefetch(events.next, ahead)
        prefetch(events.time_us, ahead)
        prefetch(events.units, ahead)
        slot = np.int64(0)
        if pools[k] >= 0:
            slot = np.int64(events.pool_first[pools[k]])
        if slot == 0:
            now = max(np.int64(0), available_units[k])
            for b in range(bounds_us.shape[0]):
                out[k, b] = now
            continue
        count = np.int64(0)
        while slot > 0:
            count += 1
            slot = np.int64(events.next[slot - 1])
        if count > room:
            room = 2 * count
            times = np.empty(room, dtype=np.int64)
            units = np.empty(room, dtype=np.int64)
        _collect(events, pools[k], times, units)
        _sort(times, units, count)
        if count <= _STEPS_MAX:
            _step_up(times, units, count, available_units[k], bounds_us, out[k])
        else:
            _walk_back(times, units, count, available_units[k], bounds_us, out[k])
        total += count
    return total


@njit(cache=True)
def atp_at(events: Events, pool: int, available_units: int, time_us: int) -> int:
    """ATP of one pool at one time, see `atp_one`.

    Parameters
    ----------
    events : Events
        Read only.
    pool : int
        Pool, >= 0.
    available_units : int
        Available units now.
    time_us : int
        When.

    Returns
    -------
    int64
        Units, >= 0.
    """
    bounds = np.empty(1, dtype=np.int64)
    out = np.empty(1, dtype=np.int64)
    bounds[0] = time_us
    atp_one(events, pool, available_units, bounds, out)
    return out[0]


@njit(cache=True)
def _collect(events: Events, pool: int, times: NDArray[np.int64], units: NDArray[np.int64]) -> None:
    count = 0
    slot = np.int64(events.pool_first[pool])
    while slot > 0:
        times[count] = events.time_us[slot - 1]
        units[count] = events.units[slot - 1]
        count += 1
        slot = np.int64(events.next[slot - 1])


@njit(cache=True)
def _sort(times: NDArray[np.int64], units: NDArray[np.int64], count: int) -> None:
    """Sort the first `count` events by time."""
    if count > _INSERTION_MAX:
        order = np.argsort(times[:count], kind="mergesort")
        times[:count] = times[:count][order]
        units[:count] = units[:count][order]
        return
    for k in range(1, count):
        time_us, amount = times[k], units[k]
        at = k
        while at > 0 and times[at - 1] > time_us:
            times[at] = times[at - 1]
            units[at] = units[at - 1]
            at -= 1
        times[at] = time_us
        units[at] = amount


@njit(cache=True)
def _step_up(
    times: NDArray[np.int64],
    units: NDArray[np.int64],
    count: int,
    available_units: int,
    bounds_us: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Raise the answer from each event on, in one pass over the bounds per event.

    For few events, at least one; leaves in `units` what may be promised from each on. Where they
    lie among the bounds cannot be foreseen, so a walk costs a wrong guess of the processor at each;
    comparing every bound with every event costs less.
    """
    balance = np.int64(available_units)
    for k in range(count):
        balance += units[k]
    lowest = balance
    for k in range(count - 1, -1, -1):
        balance -= units[k]
        units[k] = max(np.int64(0), lowest)
        # Events of one time count together: the balance between them is never looked at.
        if k == 0 or times[k - 1] != times[k]:
            lowest = min(lowest, balance)
    now, from_first = max(np.int64(0), lowest), units[0]
    for b in range(bounds_us.shape[0]):
        out[b] = from_first if bounds_us[b] >= times[0] else now
    for k in range(1, count):
        time_us, from_then = times[k], units[k]
        for b in range(bounds_us.shape[0]):
            out[b] = from_then if bounds_us[b] >= time_us else out[b]


@njit(cache=True)
def _walk_back(
    times: NDArray[np.int64],
    units: NDArray[np.int64],
    count: int,
    available_units: int,
    bounds_us: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Walk events and bounds from the last to the first, keeping the lowest balance ahead."""
    balance = np.int64(available_units)
    for k in range(count):
        balance += units[k]
    lowest = balance
    at = np.int64(count)
    for b in range(bounds_us.shape[0] - 1, -1, -1):
        # Events of one time count together: the balance between them is never looked at.
        while at > 0 and times[at - 1] > bounds_us[b]:
            lowest = min(lowest, balance)
            time_us = times[at - 1]
            while at > 0 and times[at - 1] == time_us:
                at -= 1
                balance -= units[at]
        out[b] = max(np.int64(0), min(lowest, balance))
