"""Decisions about whole orders."""

from __future__ import annotations

import dataclasses

import pytest

from slotline.engine.limits import SMALL
from slotline.engine.schema import Counter
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    DAY_US,
    ORDER_CANCELLED,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    ORDER_SHIPPED,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    POLICY_COMPLETE,
    UNIT_DEPARTED,
)
from slotline.tests.engine.desk import TODAY, Desk

COMMANDS_ON_ORDERS = {
    "cancel": {},
    "allocate": {"placement": 1},
    "deallocate": {},
    "release": {"wave": 1},
    "pick": {"allocation": 0, "units": 1, "handling_unit": 0},
    "short_pick": {"allocation": 0, "found_units": 0, "handling_unit": 0, "reason": 3},
    "unpick": {"allocation": 0, "location": 0},
    "pack": {"handling_unit": 0},
    "ship": {},
}


def pick_all(desk: Desk, order: int) -> None:
    """Pick every BOUND allocation of an order into tote 0."""
    table = desk.state.allocation
    for row in desk.allocation_rows(order):
        if int(table.state[row]) == ALLOCATION_BOUND:
            units = int(table.units[row])
            desk.one("pick", order=order, allocation=row, units=units, handling_unit=0)


@pytest.mark.parametrize("command", COMMANDS_ON_ORDERS)
def test_a_number_that_was_never_given_is_unknown(command: str) -> None:
    """Whatever the command asks for."""
    desk = Desk()
    assert desk.one(command, order=7, **COMMANDS_ON_ORDERS[command])[0] == OUTCOME_UNKNOWN


@pytest.mark.parametrize("command", COMMANDS_ON_ORDERS)
def test_a_shipped_order_takes_no_command(command: str) -> None:
    """It is over; its allocations are gone."""
    desk = Desk()
    desk.receive(5)
    order = desk.order((0, 5))
    desk.one("release", order=order, wave=1)
    pick_all(desk, order)
    desk.one("pack", order=order, handling_unit=0)
    desk.one("ship", order=order)
    assert desk.order_state(order) == ORDER_SHIPPED
    picks = ("pick", "short_pick", "unpick")
    expected = OUTCOME_UNKNOWN if command in picks else OUTCOME_WRONG_STATE
    assert desk.one(command, order=order, **COMMANDS_ON_ORDERS[command])[0] == expected


def test_allocate_serves_open_units_in_line_order_as_far_as_stock_goes() -> None:
    """To the pool first, to bins when asked."""
    desk = Desk()
    order = desk.order((0, 4), (1, 2), (0, 4))
    desk.receive(6)
    assert desk.one("allocate", order=order, placement=1) == (OUTCOME_PARTIAL, 6)
    assert desk.allocations(order) == [(-1, 4, ALLOCATION_POOLED), (-1, 2, ALLOCATION_POOLED)]
    assert desk.one("allocate", order=order, placement=1) == (OUTCOME_SHORT, 0)
    row, other = desk.receive(9), desk.receive(9, item=1)
    assert desk.one("allocate", order=order, placement=2) == (OUTCOME_DONE, 4)
    assert (other, 2, ALLOCATION_BOUND) in desk.allocations(order)
    assert desk.one("allocate", order=order, placement=2) == (OUTCOME_DONE, 0)
    assert desk.stock(row)[1] + desk.stock(0)[1] == 2


def test_an_order_that_must_be_complete_takes_all_or_nothing() -> None:
    """The first line is given back when the second is short."""
    desk = Desk()
    row = desk.receive(5)
    for placement in (1, 2):
        order = desk.order((0, 3), (0, 3), policy=POLICY_COMPLETE)
        assert desk.one("allocate", order=order, placement=placement) == (OUTCOME_SHORT, 0)
        assert (desk.available(), desk.stock(row)[:2]) == (5, (5, 0))
        desk.one("cancel", order=order)


def test_goods_that_do_not_live_long_enough_are_not_bound() -> None:
    """Departure plus minimum life decides."""
    desk = Desk()
    desk.receive(5, lot=desk.lot("soon", TODAY + 3))
    good = desk.receive(5, lot=desk.lot("late", TODAY + 9))
    departure_us = (TODAY + 1) * DAY_US
    order = desk.order((0, 8), placement=0, min_life_days=3, departure_us=departure_us)
    assert desk.one("allocate", order=order, placement=1) == (OUTCOME_PARTIAL, 5)
    assert desk.allocations(order) == [(good, 5, ALLOCATION_BOUND)]


def test_allocate_without_room_for_rows_changes_nothing() -> None:
    """What was bound in passing is free again."""
    desk = Desk(dataclasses.replace(SMALL, allocation=1))
    order = desk.order((0, 4), placement=0)
    desk.receive(2)
    desk.receive(2)
    assert desk.one("allocate", order=order, placement=2) == (OUTCOME_LIMIT, 0)
    assert desk.available() == 4
    assert desk.one("allocate", order=order, placement=1) == (OUTCOME_DONE, 4)


def test_deallocate_leaves_what_is_in_a_tote() -> None:
    """A released order without picked goods is open again."""
    desk = Desk()
    desk.receive(9)
    order = desk.order((0, 4), (0, 3))
    desk.one("release", order=order, wave=5)
    first = desk.allocation_rows(order)[0]
    desk.one("pick", order=order, allocation=first, units=4, handling_unit=0)
    assert desk.one("deallocate", order=order) == (OUTCOME_DONE, 3)
    assert desk.order_state(order) == ORDER_RELEASED
    desk.one("unpick", order=order, allocation=first, location=1)
    assert desk.one("deallocate", order=order) == (OUTCOME_DONE, 4)
    assert (desk.order_state(order), desk.available()) == (ORDER_OPEN, 9)
    assert desk.one("deallocate", order=order) == (OUTCOME_DONE, 0)


def test_cancel_is_refused_while_goods_are_in_a_tote() -> None:
    """Else all that has not shipped is cancelled and comes back."""
    desk = Desk()
    desk.receive(9)
    order = desk.order((0, 12))
    desk.one("release", order=order, wave=1)
    row = desk.allocation_rows(order)[0]
    desk.one("pick", order=order, allocation=row, units=2, handling_unit=0)
    assert desk.one("cancel", order=order) == (OUTCOME_WRONG_STATE, 0)
    picked = desk.allocation_rows(order)[1]
    desk.one("unpick", order=order, allocation=picked, location=0)
    assert desk.one("cancel", order=order) == (OUTCOME_DONE, 9)
    assert desk.line_units(order) == [(0, 0, 12, 0)]
    assert (desk.order_state(order), desk.available()) == (ORDER_CANCELLED, 9)
    assert desk.one("cancel", order=order) == (OUTCOME_WRONG_STATE, 0)


def test_release_binds_by_rotation_and_keeps_the_first_row() -> None:
    """A POOLED allocation that needs two stock rows gets one more row of its own."""
    desk = Desk()
    late = desk.receive(5, lot=desk.lot("late", TODAY + 9))
    soon = desk.receive(5, lot=desk.lot("soon", TODAY + 2))
    order = desk.order((0, 7))
    (row,) = desk.allocation_rows(order)
    assert desk.one("release", order=order, wave=3) == (OUTCOME_DONE, 7, 0)
    expected = [(soon, 5, ALLOCATION_BOUND), (late, 2, ALLOCATION_BOUND)]
    assert desk.allocations(order) == expected
    assert desk.allocation_rows(order)[0] == row
    assert desk.state.allocation.wave[desk.allocation_rows(order)].tolist() == [3, 3]
    assert desk.one("release", order=order, wave=4) == (OUTCOME_DONE, 7, 0)
    assert desk.state.allocation.wave[desk.allocation_rows(order)].tolist() == [4, 4]


def test_release_gives_back_what_expires_before_the_departure() -> None:
    """All short leaves the order as it was, without its units."""
    desk = Desk()
    desk.receive(5, lot=desk.lot("soon", TODAY + 2))
    departure_us = (TODAY + 3) * DAY_US
    order = desk.order((0, 4), departure_us=departure_us)
    assert desk.one("release", order=order, wave=1) == (OUTCOME_SHORT, 0, 4)
    assert (desk.order_state(order), desk.allocations(order)) == (ORDER_OPEN, [])
    assert desk.available() == 5
    good = desk.receive(3, lot=desk.lot("late", TODAY + 9))
    desk.one("allocate", order=order, placement=1)
    assert desk.one("release", order=order, wave=1) == (OUTCOME_PARTIAL, 3, 1)
    assert desk.allocations(order) == [(good, 3, ALLOCATION_BOUND)]
    assert desk.line_units(order) == [(3, 0, 0, 1)]


def test_release_is_refused_when_there_is_nothing_to_do_or_not_all_of_it() -> None:
    """Nothing allocated; or the policy wants everything."""
    desk = Desk()
    empty = desk.order((0, 4))
    assert desk.one("release", order=empty, wave=1) == (OUTCOME_SHORT, 0, 0)
    desk.receive(4)
    order = desk.order((0, 4), policy=POLICY_COMPLETE)
    desk.one("adjust", stock=0, delta_units=-1, reason=3)
    assert desk.one("release", order=order, wave=1) == (OUTCOME_SHORT, 0, 0)


def test_release_without_room_for_rows_changes_nothing() -> None:
    """The pooled units stay pooled."""
    desk = Desk(dataclasses.replace(SMALL, allocation=1))
    desk.receive(2)
    desk.receive(2)
    order = desk.order((0, 4))
    assert desk.one("release", order=order, wave=1) == (OUTCOME_LIMIT, 0, 0)
    assert (desk.allocations(order), desk.available()) == ([(-1, 4, ALLOCATION_POOLED)], 0)


def test_ship_frees_the_rows_and_leaves_a_short_order_open() -> None:
    """The second shipment closes it; the tote has departed with the first."""
    desk = Desk()
    row = desk.receive(4)
    order = desk.order((0, 6))
    desk.one("release", order=order, wave=1)
    pick_all(desk, order)
    assert desk.one("ship", order=order) == (OUTCOME_WRONG_STATE, 0)
    assert desk.one("pack", order=order, handling_unit=1) == (OUTCOME_DONE, 4)
    assert desk.order_state(order) == ORDER_PACKED
    assert desk.one("ship", order=order) == (OUTCOME_DONE, 4)
    assert desk.order_state(order) == ORDER_OPEN
    assert desk.line_units(order) == [(0, 4, 0, 2)]
    assert desk.state.handling_unit.state[:2].tolist() == [1, UNIT_DEPARTED]
    assert int(desk.state.item.shipped_units[0]) == 4
    assert desk.receive(2) == row
    desk.one("allocate", order=order, placement=2)
    desk.one("release", order=order, wave=2)
    pick_all(desk, order)
    assert desk.one("pack", order=order, handling_unit=1)[0] == OUTCOME_WRONG_STATE
    desk.one("pack", order=order, handling_unit=0)
    assert desk.one("ship", order=order) == (OUTCOME_DONE, 2)
    assert desk.order_state(order) == ORDER_SHIPPED


def test_the_tails_of_the_rings_follow_the_oldest_open_order() -> None:
    """Closed orders stay readable until the ring comes round to them."""
    desk = Desk(dataclasses.replace(SMALL, order=4, line=8))
    counters = desk.state.counters
    tails = slice(Counter.ORDER_TAIL, Counter.LINE_TAIL + 1)
    first, second, third = (desk.order((0, 1), (1, 1)) for _ in range(3))
    desk.one("cancel", order=second)
    assert counters[tails].tolist() == [0, 0]
    desk.one("cancel", order=first)
    assert counters[tails].tolist() == [2, 4]
    fourth = desk.order((0, 1), (1, 1))
    desk.one("cancel", order=third)
    assert counters[tails].tolist() == [3, 6]
    fifth = desk.order((0, 1), (1, 1), (0, 2))
    desk.one("cancel", order=fourth)
    assert counters[tails].tolist() == [4, 8]
    assert desk.order_state(fifth) == ORDER_OPEN
    assert desk.one("cancel", order=first) == (OUTCOME_UNKNOWN, 0)
    desk.one("cancel", order=fifth)
    assert counters[tails].tolist() == [5, 11]


def test_picked_goods_stay_picked_when_the_pool_is_taken_back() -> None:
    """Only pooled units and promises give way."""
    desk = Desk()
    row = desk.receive(5)
    order = desk.order((0, 3))
    desk.one("release", order=order, wave=1)
    pick_all(desk, order)
    assert desk.one("adjust", stock=row, delta_units=-2, reason=3) == (OUTCOME_DONE, 0, 0)
    assert desk.allocations(order) == [(1, 3, ALLOCATION_PICKED)]
