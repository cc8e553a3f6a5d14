"""Decisions about picking and packing."""

from __future__ import annotations

import dataclasses

import pytest

from slotline.engine.limits import SMALL
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ORDER_PACKED,
    ORDER_RELEASED,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    STATUS_HELD,
    UNIT_DEPARTED,
    UNIT_FILLING,
    UNIT_PACKED,
)
from slotline.tests.engine.desk import TODAY, Desk


def released(desk: Desk, units: int, *, wave: int = 3) -> tuple[int, int]:
    """Accept and release an order of item 0; give its number and first allocation row."""
    order = desk.order((0, units))
    assert desk.one("release", order=order, wave=wave)[0] == OUTCOME_DONE
    return order, desk.allocation_rows(order)[0]


def test_a_pick_of_the_whole_row_moves_the_row_itself() -> None:
    """No new rows; the tote begins to fill."""
    desk = Desk()
    row = desk.receive(4)
    order, allocation = released(desk, 4)
    pick = {"order": order, "allocation": allocation, "handling_unit": 0}
    assert desk.one("pick", units=5, **pick) == (OUTCOME_NOT_FREE, -1, 0)
    assert desk.one("pick", units=4, **pick) == (OUTCOME_DONE, row, 0)
    stock = desk.state.stock
    assert (int(stock.location[row]), int(stock.handling_unit[row])) == (-1, 0)
    assert int(desk.state.handling_unit.state[0]) == UNIT_FILLING
    assert desk.one("pick", units=4, **pick) == (OUTCOME_WRONG_STATE, -1, 0)


def test_a_partial_pick_splits_the_row_and_the_allocation() -> None:
    """What is left stays bound, with its wave; free units stay free."""
    desk = Desk()
    row = desk.receive(10)
    order, allocation = released(desk, 6)
    pick = {"order": order, "allocation": allocation, "handling_unit": 0}
    assert desk.one("pick", units=2, **pick) == (OUTCOME_PARTIAL, 1, 4)
    assert desk.allocations(order) == [(row, 4, ALLOCATION_BOUND), (1, 2, ALLOCATION_PICKED)]
    assert (desk.stock(row), desk.stock(1)) == ((8, 4, 0), (2, 2, 0))
    assert desk.state.allocation.wave[desk.allocation_rows(order)].tolist() == [3, 3]
    assert desk.available() == 4
    assert desk.one("pick", units=4, **pick) == (OUTCOME_DONE, 2, 0)
    assert desk.stock(row) == (4, 0, 0)


def test_refusals_of_a_pick_come_in_the_order_of_the_contract() -> None:
    """Unknown allocation, then states, then units, then room."""
    desk = Desk(dataclasses.replace(SMALL, stock=1))
    desk.receive(9)
    order, allocation = released(desk, 4)
    other, foreign = released(desk, 2)
    waiting = desk.order((0, 2), placement=2)
    (unreleased,) = desk.allocation_rows(waiting)
    desk.state.handling_unit.state[1] = UNIT_DEPARTED

    def refused(number: int, row: int, units: int = 1, unit: int = 0) -> int:
        """Give the outcome of a pick."""
        return int(
            desk.one("pick", order=number, allocation=row, units=units, handling_unit=unit)[0]
        )

    assert refused(order, foreign) == OUTCOME_UNKNOWN
    assert refused(order, 99) == OUTCOME_UNKNOWN
    assert refused(waiting, unreleased) == OUTCOME_WRONG_STATE
    assert refused(order, allocation, units=9, unit=1) == OUTCOME_WRONG_STATE
    assert refused(order, allocation, units=9) == OUTCOME_NOT_FREE
    assert refused(order, allocation, units=4) == OUTCOME_LIMIT
    assert desk.order_state(other) == ORDER_RELEASED


def test_a_short_pick_corrects_the_row_holds_its_rest_and_finds_other_goods() -> None:
    """The missing units are lost to the count, the free ones wait for a counter."""
    desk = Desk()
    row = desk.receive(10, lot=desk.lot("soon", TODAY + 2))
    order, allocation = released(desk, 6)
    other = desk.receive(10, lot=desk.lot("late", TODAY + 9))
    short = {"order": order, "allocation": allocation, "handling_unit": 0, "reason": 3}
    assert desk.one("short_pick", found_units=6, **short)[0] == OUTCOME_NOT_FREE
    assert desk.one("short_pick", found_units=2, **short) == (OUTCOME_DONE, 4, 0)
    assert desk.stock(row) == (4, 0, STATUS_HELD)
    picked = (2, 2, ALLOCATION_PICKED)
    assert sorted(desk.allocations(order)) == [(other, 4, ALLOCATION_BOUND), picked]
    assert desk.state.allocation.wave[desk.allocation_rows(order)].tolist() == [3, 3]
    assert int(desk.state.item.adjusted_units[0]) == -4
    assert desk.line_units(order) == [(6, 0, 0, 0)]


def test_a_short_pick_with_nothing_else_in_stock_leaves_units_open() -> None:
    """An empty row is freed; the tote stays empty when nothing was found."""
    desk = Desk()
    row = desk.receive(4)
    order, allocation = released(desk, 4)
    short = {"order": order, "allocation": allocation, "handling_unit": 0, "reason": 3}
    assert desk.one("short_pick", found_units=0, **short) == (OUTCOME_SHORT, 0, 4)
    assert (desk.allocations(order), desk.line_units(order)) == ([], [(0, 0, 0, 4)])
    assert int(desk.state.handling_unit.state[0]) == 0
    assert desk.receive(1) == row


def test_a_short_pick_takes_pooled_units_back_and_splits_a_row_that_others_use() -> None:
    """Bound units of others stay on the row; the free ones are split off and held."""
    desk = Desk()
    row = desk.receive(10)
    order, allocation = released(desk, 3)
    other, _ = released(desk, 2)
    pooled = desk.order((0, 4))
    spare = desk.receive(3)
    short = {"order": order, "allocation": allocation, "handling_unit": 0, "reason": 3}
    assert desk.one("short_pick", found_units=1, **short) == (OUTCOME_SHORT, 0, 2)
    assert (desk.stock(row), desk.stock(3)) == ((2, 2, 0), (5, 0, STATUS_HELD))
    assert desk.allocations(other) == [(row, 2, ALLOCATION_BOUND)]
    assert desk.allocations(pooled) == [(-1, 3, 1)]
    assert (desk.stock(spare), desk.available()) == ((3, 0, 0), 0)


def test_a_short_pick_uses_what_a_broken_promise_left_over() -> None:
    """A promise breaks whole; what it gave beyond the need is bound anew."""
    desk = Desk()
    desk.receive(6)
    order, allocation = released(desk, 2)
    spare = desk.receive(3)
    promise = {"item": 0, "owner": 0, "channel": 1, "units": 7, "due_us": 0}
    desk.one("promise", expires_us=desk.time_us + 9, **promise)
    short = {"order": order, "allocation": allocation, "handling_unit": 0, "reason": 3}
    assert desk.one("short_pick", found_units=0, **short) == (OUTCOME_DONE, 2, 0)
    assert desk.allocations(order) == [(spare, 2, ALLOCATION_BOUND)]
    assert desk.available() == 1


@pytest.mark.parametrize(("stock", "allocation"), [(2, 9), (9, 1)])
def test_a_short_pick_without_room_for_rows_changes_nothing(stock: int, allocation: int) -> None:
    """The index is where it was."""
    desk = Desk(dataclasses.replace(SMALL, stock=stock, allocation=allocation))
    desk.receive(6)
    order, row = released(desk, 4)
    desk.receive(6)
    short = {"order": order, "allocation": row, "handling_unit": 0, "reason": 3}
    assert desk.one("short_pick", found_units=2, **short) == (OUTCOME_LIMIT, 0, 0)
    assert (desk.available(), desk.stock(0)) == (8, (6, 4, 0))


def test_an_unpick_brings_goods_to_a_location_and_keeps_them_for_the_order() -> None:
    """The allocation is bound again."""
    desk = Desk()
    row = desk.receive(4)
    order, allocation = released(desk, 4)
    unpick = {"order": order, "allocation": allocation}
    assert desk.one("unpick", location=1, **unpick) == (OUTCOME_WRONG_STATE, -1)
    desk.one("pick", units=4, handling_unit=0, **unpick)
    assert desk.one("unpick", location=2, **unpick) == (OUTCOME_WRONG_STATE, -1)
    assert desk.one("unpick", location=1, **unpick) == (OUTCOME_DONE, row)
    assert desk.allocations(order) == [(row, 4, ALLOCATION_BOUND)]
    assert int(desk.state.stock.location[row]) == 1


def test_pack_takes_what_is_picked_and_ends_when_nothing_is_left() -> None:
    """A part packed leaves the order released."""
    desk = Desk()
    desk.receive(9)
    order, allocation = released(desk, 6)
    assert desk.one("pack", order=order, handling_unit=1) == (OUTCOME_WRONG_STATE, 0)
    pick = {"order": order, "allocation": allocation, "handling_unit": 0}
    desk.one("pick", units=2, **pick)
    assert desk.one("pack", order=order, handling_unit=1) == (OUTCOME_PARTIAL, 2)
    assert desk.order_state(order) == ORDER_RELEASED
    desk.one("pick", units=4, **pick)
    assert desk.one("pack", order=order, handling_unit=1) == (OUTCOME_DONE, 4)
    assert desk.order_state(order) == ORDER_PACKED
    assert [state for _, _, state in desk.allocations(order)] == [ALLOCATION_PACKED] * 2
    assert int(desk.state.handling_unit.state[1]) == UNIT_PACKED


def test_goods_on_their_way_cannot_be_counted_up() -> None:
    """What is picked belongs to an order; a surplus would leave with it unseen."""
    desk = Desk()
    row = desk.receive(4)
    order, allocation = released(desk, 4)
    desk.one("pick", order=order, allocation=allocation, units=4, handling_unit=0)
    assert desk.one("adjust", stock=row, delta_units=2, reason=3)[0] == OUTCOME_WRONG_STATE
    desk.one("pack", order=order, handling_unit=0)
    assert desk.one("adjust", stock=row, delta_units=2, reason=3)[0] == OUTCOME_WRONG_STATE
    assert desk.one("ship", order=order) == (OUTCOME_DONE, 4)
    assert (desk.state.stock.on_hand_units[row], desk.available()) == (0, 0)
