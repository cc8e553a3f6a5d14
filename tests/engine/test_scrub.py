"""The scrub finds what contradicts the base rows, whole and in slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine import scrub as scrub_module
from slotline.engine.errors import InvariantBroken
from slotline.engine.scrub import scrub, scrub_slices
from slotline.kernels.columns import ALLOCATION_FREE, NONE, ORDER_CANCELLED
from slotline.kernels.index_tree import LEAF_USED
from slotline.kernels.ordered_index import leave
from slotline.tests.engine.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from slotline.engine.state import State


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a desk with orders, promises and many pools, and a scrub in many slices."""
    monkeypatch.setattr(scrub_module, "SLICE_POOLS", 2)
    monkeypatch.setattr(scrub_module, "SLICE_ORDERS", 2)
    desk = Desk()
    for item in (0, 1):
        for units in (5, 6, 7):
            desk.receive(units, item=item)
        desk.receive(4, item=item, status=1)
        desk.receive(3, item=item, status=2)
    for _ in range(3):
        desk.order((0, 2), (1, 3))
        desk.order((0, 1), (1, 1), placement=2)
    desk.one("promise", item=0, owner=0, channel=1, units=1, expires_us=desk.time_us + 9, due_us=0)
    desk.one("cancel", order=0)
    return desk


def lose_an_allocation(state: State) -> None:
    """Unlink the last allocation from its line, units and all."""
    row = state.rows_used("allocation") - 1
    line = int(state.allocation.line[row])
    state.line.allocation_first[line] = NONE
    state.line.allocated_units[line] = 0


def close_an_order(state: State) -> None:
    """Close an order that still has allocations."""
    state.order.state[5] = ORDER_CANCELLED


def change(table: str, column: str, row: int, by: int) -> Callable[[State], None]:
    """Give what changes one value."""

    def damage(state: State) -> None:
        getattr(getattr(state, table), column)[row] += by

    return damage


def spoil_available(state: State) -> None:
    """Believe in one unit more than there is."""
    state.available_units[1] += 1


def spoil_head(state: State) -> None:
    """Let the last pool's head know another first row."""
    state.index.head["head_free_units"][0] -= 1


def lose_a_row(state: State) -> None:
    """Take a row out of its tree; its pool's units are as they were."""
    units = int(state.available_units[1])
    row = int(state.index.head["head_row"][1])
    leave(state.index, row)
    state.available_units[1] = units


def lose_a_leaf(state: State) -> None:
    """Take a node that nothing uses."""
    state.index.arena[LEAF_USED] += 1


def forget_a_free_row(state: State) -> None:
    """Forget a free allocation row."""
    state.free_allocations.count[0] -= 1


def keep_the_line_of_a_free_row(state: State) -> None:
    """Leave a free allocation row its line."""
    row = int(state.free_allocations.rows[0])
    assert state.allocation.state[row] == ALLOCATION_FREE
    state.allocation.line[row] = 3


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change("stock", "allocated_units", 0, 1), "allocated units of stock row 0"),
        (change("stock", "on_hand_units", 2, 1), "available units of pool 0"),
        (change("line", "allocated_units", 7, 1), "line row 7: found 2 units"),
        (lose_an_allocation, "chained to lines of the open orders in rows 4 to 5, expected"),
        (close_an_order, "chained to lines of the open orders in rows 4 to 5, expected"),
        (spoil_available, "available units of pool 1"),
        (spoil_head, "ordered index: found fault 5 in pool 0"),
        (lose_a_row, "ordered index: found fault 6 in pools 0 to 1"),
        (lose_a_leaf, "ordered index: found fault 7 in its nodes"),
        (change("item", "shipped_units", 1, 1), "on hand units of item 1"),
        (forget_a_free_row, "free allocation rows: found"),
        (keep_the_line_of_a_free_row, "free allocation rows: found one with a line"),
    ],
)
def test_each_damage_is_found_whole_and_by_one_slice(
    desk: Desk, damage: Callable[[State], None], message: str
) -> None:
    """The first difference is told; before it nothing was wrong."""
    scrub(desk.state)
    slices = list(scrub_slices(desk.state))
    assert len(slices) > 9
    damage(desk.state)
    with pytest.raises(InvariantBroken, match=message):
        scrub(desk.state)
    found = []
    for check in slices:
        try:
            check(desk.state)
        except InvariantBroken as error:
            found.append(str(error))
    assert found


def test_a_slice_may_see_a_later_state_than_the_one_before(desk: Desk) -> None:
    """Commands between the slices disturb none of them, and rows that are new are looked at."""
    seen = 0
    for check in scrub_slices(desk.state):
        check(desk.state)
        seen += 1
        if seen < 20:
            desk.receive(1, item=seen % 2, status=seen % 4)
            desk.order((0, 1))
    assert seen > 9
