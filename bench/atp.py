"""Available to promise: one item after a change, and the whole catalogue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.kernels.atp import atp_many, atp_one, make_events, put_event
from slotline.kernels.columns import DAY_US

from .machine import probe_memory
from .ours import Measure, Plan

if TYPE_CHECKING:
    from slotline.kernels.atp import Events

_BUCKETS: Final = 60
_GOAL_US: Final = 10.0
_GOAL_PASSES: Final = 3.0
_REPEATS: Final = 3
_CALLS: Final = 20_000
# An event's time, units and link, read once.
_EVENT_BYTES: Final = 8 + 8 + 4
# Pool, available units and first event of an item.
_ITEM_BYTES: Final = 4 + 8 + 4


def _catalogue(items: int, seed: int) -> Events:
    """Give every second item a receipt and a demand within the next 60 days."""
    draw = np.random.Generator(np.random.PCG64([seed, 5]))
    events = make_events(items, items + 16, np.zeros)
    dated = draw.permutation(items)[: items // 2].tolist()
    times_us = (draw.integers(1, _BUCKETS, (2, len(dated))) * DAY_US).tolist()
    for pool, supply_us, demand_us in zip(dated, *times_us, strict=True):
        put_event(events, -1, pool, supply_us, 100)
        put_event(events, -1, pool, demand_us, -40)
    return events


def measure_atp(plan: Plan) -> list[Measure]:
    """Measure both sides of available to promise.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Microseconds of one item, passes over memory of all.
    """
    plan.report("available to promise")
    items = int(plan.of(1_000_000, 50_000))
    events = _catalogue(items, plan.workload.seed)
    bounds_us = np.arange(_BUCKETS, dtype=np.int64) * DAY_US
    return [_one(events, bounds_us), _all(events, items, bounds_us)]


def _one(events: Events, bounds_us: np.ndarray) -> Measure:
    """Time an event that changes and the answer for its item, from Python."""
    out = np.empty(_BUCKETS, dtype=np.int64)
    dated = np.flatnonzero(events.pool_first)[: 2 * _CALLS].tolist()
    slots = (events.pool_first[dated] - 1).tolist()
    times_ns = []
    for number, (pool, slot) in enumerate(zip(dated, slots, strict=True)):
        start_ns = time.perf_counter_ns()
        put_event(events, slot, pool, int(events.time_us[slot]), -20)
        atp_one(events, pool, 50, bounds_us, out)
        if number:  # the first call may compile
            times_ns.append(time.perf_counter_ns() - start_ns)
    empty_ns = _empty_dispatch_ns(events)
    return Measure(
        "ATP", f"one item, {_BUCKETS} buckets, after a change", float(np.median(times_ns)) / 1e3,
        "us", _GOAL_US, lower=True,
        peer=f"p99 {np.percentile(times_ns, 99) / 1e3:.1f} us; "
             f"a call that changes nothing {empty_ns / 1e3:.1f} us",
    )  # fmt: skip


def _empty_dispatch_ns(events: Events) -> float:
    """Time a change that changes nothing: mostly the call from Python."""
    put_event(events, -1, 0, 0, 0)  # may compile
    start_ns = time.perf_counter_ns()
    for _ in range(1_000):
        put_event(events, -1, 0, 0, 0)
    return (time.perf_counter_ns() - start_ns) / 1_000


def _all(events: Events, items: int, bounds_us: np.ndarray) -> Measure:
    """Time the whole catalogue against one pass over what it reads and writes."""
    out = np.ones((items, _BUCKETS), dtype=np.int64)
    pools = np.arange(items, dtype=np.int32)
    available = np.full(items, 50, dtype=np.int64)
    found_s = []
    read = 0
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        read = atp_many(events, pools, available, bounds_us, out)
        found_s.append(time.perf_counter() - start)
    elapsed_s = sorted(found_s[1:])[_REPEATS // 2]
    touched = out.nbytes + items * _ITEM_BYTES + read * _EVENT_BYTES
    # The copy counts the bytes read and those written, as `touched` does.
    copy_gb_s = probe_memory().copy_gb_s
    pass_s = touched / copy_gb_s / 1e9
    return Measure(
        "ATP", f"{items:,} items x {_BUCKETS} buckets, passes over memory", elapsed_s / pass_s, "x",
        _GOAL_PASSES, lower=True,
        peer=f"{elapsed_s * 1e3:.0f} ms against {pass_s * 1e3:.0f} ms for {touched / 1e6:.0f} MB "
             f"at {copy_gb_s:.1f} GB/s copied",
        extra={"events": read},
    )  # fmt: skip
