"""ATP against the definition: a minimum over all later sums, computed afresh at every question."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.atp import Events, atp_at, atp_many, atp_one, make_events, put_event

POOLS = 4

Event = tuple[int, int, int]  # pool, time, units


def oracle(events: dict[int, Event], pool: int, available: int, time_us: int) -> int:
    """Follow the definition, word by word."""
    own = [(at, units) for of, at, units in events.values() if of == pool]

    def total(until: int) -> int:
        return available + sum(units for at, units in own if at <= until)

    moments = [time_us, *(at for at, _ in own if at > time_us)]
    return max(0, min(total(moment) for moment in moments))


def check_answers(
    ev: Events, events: dict[int, Event], available: list[int], bounds: list[int]
) -> None:
    """Compare all three kernels with the oracle for all pools."""
    bounds_us = np.array(bounds, dtype=np.int64)
    pools = np.array([3, -1, 0, 1, 2, 0], dtype=np.int32)
    many = np.full((6, len(bounds)), -7, dtype=np.int64)
    now = np.where(pools < 0, 0, np.array(available, dtype=np.int64)[pools])
    atp_many(ev, pools, now, bounds_us, many)
    for pool in range(POOLS):
        expected = [oracle(events, pool, available[pool], bound) for bound in bounds]
        assert [atp_at(ev, pool, available[pool], bound) for bound in bounds] == expected
        one = np.full(len(bounds), -7, dtype=np.int64)
        atp_one(ev, pool, available[pool], bounds_us, one)
        assert expected == one.tolist()
        for row in np.flatnonzero(pools == pool):
            assert expected == many[row].tolist()
    assert not many[1].any()


CHANGES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, POOLS - 1), st.integers(0, 9), st.integers(-6, 6)),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(
    changes=CHANGES,
    available=st.lists(st.integers(-3, 20), min_size=POOLS, max_size=POOLS),
    bounds=st.lists(st.integers(-1, 11), min_size=1, max_size=6).map(sorted),
)
def test_any_changes_give_the_defined_answer(
    changes: list[tuple[int, int, int, int]], available: list[int], bounds: list[int]
) -> None:
    """Events are put, changed, moved to other pools and dropped; many fall on one time."""
    ev = make_events(POOLS, 64, np.zeros)
    events: dict[int, Event] = {}
    for choice, pool, time_us, units in changes:
        slots = [-1, *events]
        slot = slots[choice % len(slots)]
        got = put_event(ev, slot, pool, time_us, units)
        events.pop(slot, None)
        if units == 0:
            assert got == -1
        else:
            assert got >= 0
            assert got not in events
            events[got] = (pool, time_us, units)
    check_answers(ev, events, available, bounds)


def test_long_history_in_few_pools_stays_exact() -> None:
    """Thousands of events a pool, half of them dropped again."""
    draw = random.Random(5)
    ev = make_events(POOLS, 4_000, np.zeros)
    events: dict[int, Event] = {}
    for time_us in range(3_000):
        event = (time_us % 2, time_us, draw.randint(-9, 9) or 1)
        events[put_event(ev, -1, *event)] = event
    for slot in draw.sample(list(events), 1_500):
        assert put_event(ev, slot, events[slot][0], 0, 0) == -1
        del events[slot]
    check_answers(ev, events, [50, 5_000, 0, 1], [-1, 7, 1_500, 2_998, 5_000])
    for slot, (pool, time_us, _) in events.items():
        assert put_event(ev, slot, pool, time_us, 0) == -1
    check_answers(ev, {}, [50, 5_000, 0, 1], [-1, 7])


@settings(max_examples=80, deadline=None)
@given(
    moments=st.lists(
        st.tuples(st.integers(0, 9), st.integers(-6, 6).filter(bool)), min_size=6, max_size=12
    ),
    available=st.integers(-3, 20),
)
def test_few_and_many_events_are_answered_alike(
    moments: list[tuple[int, int]], available: int
) -> None:
    """One pool has about as many events as the two ways of answering change places at."""
    ev = make_events(POOLS, 16, np.zeros)
    events: dict[int, Event] = {}
    for time_us, units in moments:
        events[put_event(ev, -1, 0, time_us, units)] = (0, time_us, units)
        check_answers(ev, events, [available] * POOLS, list(range(-1, 11)))


def test_full_table_refuses_and_changes_nothing() -> None:
    """One event beyond the capacity is refused; a freed slot is used again."""
    ev = make_events(1, 2, np.zeros)
    first = put_event(ev, -1, 0, 5, 3)
    put_event(ev, -1, 0, 6, 4)
    assert put_event(ev, -1, 0, 7, 5) == -2
    assert atp_at(ev, 0, 0, 9) == 7
    assert put_event(ev, first, 0, 5, 0) == -1
    assert put_event(ev, -1, 0, 7, -5) == first
    assert [atp_at(ev, 0, 2, t) for t in (5, 6, 7)] == [1, 1, 1]
    assert put_event(ev, -1, 0, 5, 0) == -1


def test_supply_and_demand_of_one_moment_cancel() -> None:
    """Within one moment only the sum counts, whatever was put first."""
    ev = make_events(1, 4, np.zeros)
    put_event(ev, -1, 0, 5, -10)
    put_event(ev, -1, 0, 5, 10)
    assert [atp_at(ev, 0, 4, t) for t in (0, 5)] == [4, 4]


def test_a_supply_beyond_int32_in_sum_does_not_wrap() -> None:
    """Sums are 64-bit."""
    ev = make_events(1, 4, np.zeros)
    for _ in range(4):
        put_event(ev, -1, 0, 5, 2**31 - 1)
    assert atp_at(ev, 0, 1, 5) == 4 * (2**31 - 1) + 1
