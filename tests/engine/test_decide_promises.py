"""Decisions about promises and the passing of time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from slotline.engine import failpoints, limits
from slotline.engine.due import refill_promise_due, refill_stock_due
from slotline.engine.limits import SMALL
from slotline.engine.schema import Counter
from slotline.kernels.columns import (
    DAY_US,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_LIVE,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    PROMISE_EXPIRED,
    PROMISE_LIVE,
    STATUS_AVAILABLE,
    STATUS_EXPIRED,
)
from slotline.tests.engine.desk import TODAY, Desk


def promise(desk: Desk, units: int, after_us: int = 100, due_us: int = 0) -> tuple[int, int, int]:
    """Promise units of item 0 for `after_us`; give outcome, number and available units."""
    outcome, number, left = desk.one(
        "promise",
        item=0,
        owner=0,
        channel=1,
        units=units,
        expires_us=desk.time_us + after_us,
        due_us=due_us,
    )
    return outcome, number, left


def test_a_promise_takes_available_units_and_gives_them_back() -> None:
    """What is short is told with what there is."""
    desk = Desk()
    assert promise(desk, 1) == (OUTCOME_SHORT, -1, 0)
    desk.receive(5)
    assert promise(desk, 3) == (OUTCOME_DONE, 0, 2)
    assert promise(desk, 3) == (OUTCOME_SHORT, -1, 2)
    assert promise(desk, 1, after_us=0) == (OUTCOME_NOT_LIVE, -1, 0)
    assert desk.one("release_promise", promise=0) == (OUTCOME_DONE, 5)
    assert desk.one("release_promise", promise=0) == (OUTCOME_NOT_LIVE, 0)
    assert desk.one("release_promise", promise=1) == (OUTCOME_UNKNOWN, 0)


def test_a_promise_for_later_is_pegged_to_dated_supply() -> None:
    """Only when it is due after now, and never twice on the same units."""
    desk = Desk()
    due_us = desk.time_us + 50
    line = {"code": "P", "line_number": 1, "item": 0, "owner": 0, "unit_cost_minor": 0}
    desk.one("put_purchase_line", expected_units=6, due_us=due_us, **line)
    assert promise(desk, 4, due_us=due_us - 1)[0] == OUTCOME_SHORT
    assert promise(desk, 4, due_us=due_us) == (OUTCOME_DONE, 0, 0)
    assert promise(desk, 4, due_us=due_us)[0] == OUTCOME_SHORT
    assert desk.atp(due_us) == 2
    assert desk.one("release_promise", promise=0) == (OUTCOME_DONE, 0)
    assert desk.atp(due_us) == 6


def test_a_full_ring_refuses_and_goes_on_when_the_oldest_closes() -> None:
    """Overwritten numbers are unknown."""
    desk = Desk(dataclasses.replace(SMALL, promise=2))
    desk.receive(9)
    assert [promise(desk, 1)[0] for _ in range(3)] == [OUTCOME_DONE, OUTCOME_DONE, OUTCOME_LIMIT]
    desk.one("release_promise", promise=1)
    assert promise(desk, 1)[0] == OUTCOME_LIMIT
    desk.one("release_promise", promise=0)
    assert int(desk.state.counters[Counter.PROMISE_TAIL]) == 2
    assert promise(desk, 1) == (OUTCOME_DONE, 2, 8)
    assert desk.one("release_promise", promise=0) == (OUTCOME_UNKNOWN, 0)


@pytest.mark.parametrize(("planted", "expired"), [(False, 2), (True, 1)])
def test_a_promise_expires_at_its_time_not_after_it(planted: bool, expired: int) -> None:
    """The planted bug keeps it for one microsecond too long."""
    desk = Desk()
    desk.receive(9)
    for after_us in (99, 100, 101):
        promise(desk, 1, after_us)
    desk.time_us += 100
    if planted:
        failpoints.plant("expiry_off_by_one")
    try:
        assert desk.one("tick") == (OUTCOME_DONE, expired, 0)
    finally:
        failpoints.plant()
    assert int(desk.state.counters[Counter.EXPIRED_PROMISES]) == expired
    assert desk.available() == 6 + expired


def test_a_tick_expires_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """By time, then number; the rest keeps for the next tick."""
    monkeypatch.setattr(limits, "TICK_PROMISES_MAX", 2)
    monkeypatch.setattr(limits, "TICK_STOCK_ROWS_MAX", 1)
    desk = Desk()
    lot = desk.lot("b1", TODAY)
    rows = [desk.receive(2, lot=lot) for _ in range(2)]
    for after_us in (5, 5, 5, 4):
        promise(desk, 1, after_us)
    desk.time_us += DAY_US
    assert desk.one("tick") == (OUTCOME_DONE, 2, 1)
    states = desk.state.promise.state[:4]
    assert (states == PROMISE_EXPIRED).tolist() == [True, False, False, True]
    assert [desk.stock(row)[2] for row in rows] == [STATUS_EXPIRED, STATUS_AVAILABLE]
    assert desk.one("tick") == (OUTCOME_DONE, 2, 1)
    assert desk.one("tick") == (OUTCOME_DONE, 0, 0)


def test_goods_expire_behind_their_last_day_and_pooled_units_are_taken_back() -> None:
    """Allocated units stay; they go with the next tick once they are free."""
    desk = Desk()
    row = desk.receive(10, lot=desk.lot("b1", TODAY))
    bound = desk.order((0, 4), placement=2)
    pooled = desk.order((0, 3))
    assert desk.one("tick") == (OUTCOME_DONE, 0, 0)
    desk.time_us += DAY_US
    assert desk.one("tick") == (OUTCOME_DONE, 0, 1)
    assert (desk.stock(row), desk.stock(1)) == ((4, 4, 0), (6, 0, STATUS_EXPIRED))
    assert (desk.allocations(pooled), desk.available()) == ([], 0)
    desk.one("deallocate", order=bound)
    assert desk.one("tick") == (OUTCOME_DONE, 0, 1)
    assert desk.stock(row) == (4, 0, STATUS_EXPIRED)


def test_a_row_that_expires_waits_when_there_is_no_row_to_split_into() -> None:
    """Nothing is lost; the tick after room was made takes it."""
    desk = Desk(dataclasses.replace(SMALL, stock=2))
    row = desk.receive(10, lot=desk.lot("b1", TODAY))
    other = desk.receive(1, item=1)
    desk.order((0, 4), placement=2)
    desk.time_us += DAY_US
    assert desk.one("tick") == (OUTCOME_DONE, 0, 0)
    desk.one("adjust", stock=other, delta_units=-1, reason=3)
    assert desk.one("tick") == (OUTCOME_DONE, 0, 1)
    assert desk.stock(row) == (4, 4, STATUS_AVAILABLE)


def test_full_heaps_of_due_things_are_made_anew_without_stale_entries() -> None:
    """A heap has room for all that is live, however much was released before."""
    desk = Desk(dataclasses.replace(SMALL, promise=4, stock=4))
    desk.receive(9, lot=desk.lot("b1", TODAY + 1))
    for _ in range(20):
        number = promise(desk, 1, after_us=50)[1]
        desk.one("release_promise", promise=number)
        desk.one("hold", stock=0, units=9, status=1, reason=3)
        desk.one("release_hold", stock=0, units=9, reason=3)
    promise(desk, 1, after_us=50)
    refill_promise_due(desk.state)
    refill_stock_due(desk.state)
    assert int(desk.state.promise_due.count[0]) == int(desk.state.stock_due.count[0]) == 1
    desk.time_us += 2 * DAY_US
    assert desk.one("tick") == (OUTCOME_DONE, 1, 1)
    assert np.flatnonzero(desk.state.promise.state == PROMISE_EXPIRED).size == 1


def test_pegs_of_a_recovered_state_are_known_to_its_first_change() -> None:
    """A promise pegged before a restart is served or released after it."""
    desk = Desk()
    line = {"code": "P", "line_number": 1, "item": 0, "owner": 0, "unit_cost_minor": 0}
    due_us = desk.time_us + 50
    desk.one("put_purchase_line", expected_units=6, due_us=due_us, **line)
    numbers = [promise(desk, 2, due_us=due_us)[1] for _ in range(2)]
    desk.state.pegs = {}
    desk.state.pegs_known = False
    assert desk.one("release_promise", promise=numbers[0]) == (OUTCOME_DONE, 0)
    desk.receive(3)
    assert int(desk.state.promise.state[numbers[1]]) == PROMISE_LIVE
