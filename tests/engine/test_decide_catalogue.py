"""Decisions about the catalogue."""

from __future__ import annotations

import dataclasses
from typing import Any

from slotline.engine.limits import SMALL
from slotline.engine.schema import Counter
from slotline.kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_WRONG_STATE,
    UNIT_DEPARTED,
)
from slotline.tests.engine.desk import ITEM, LOCATION, TODAY, Desk


def epoch(desk: Desk) -> int:
    """Give the catalogue epoch."""
    return int(desk.state.counters[Counter.CATALOGUE_EPOCH])


def test_the_same_content_again_is_done_and_changes_nothing() -> None:
    """Every put is safe to repeat: the same row, the same epoch."""
    desk = Desk()
    puts: list[tuple[str, dict[str, Any]]] = [
        ("put_name", {"kind": 1, "code": "acme"}),
        ("put_item", ITEM | {"code": "fefo"}),
        ("put_pack", {"item": 0, "level": 1, "units": 10} | _box()),
        ("put_alias", {"code": "4006", "client": 0, "item": 0, "pack": -1, "units": 1}),
        ("put_lot", {"item": 0, "owner": 0, "code": "b1", "expiry_day": TODAY}),
        ("put_location", LOCATION | {"code": "L0"}),
        ("put_handling_unit", {"code": "T0", "kind": 2, "parent": -1, "location": 0}),
        ("put_purchase_line", _purchase(expected_units=5)),
    ]
    first = [desk.one(kind, **columns) for kind, columns in puts]
    digest = desk.state.digest()
    assert [desk.one(kind, **columns) for kind, columns in puts] == first
    assert all(outcome == OUTCOME_DONE for outcome, _ in first)
    assert desk.state.digest() == digest
    assert epoch(desk) == 0


def _box() -> dict[str, int]:
    return {"length_mm": 1, "width_mm": 1, "height_mm": 1, "weight_g": 1}


def _purchase(**columns: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "code": "P1",
        "line_number": 1,
        "item": 0,
        "owner": 0,
        "expected_units": 5,
        "due_us": 77,
        "unit_cost_minor": 3,
    }
    return line | columns


def test_changed_items_packs_and_aliases_raise_the_epoch_by_one_each() -> None:
    """Lots, locations and new rows do not."""
    desk = Desk()
    desk.one("put_item", **(ITEM | {"code": "fefo", "weight_g": 2}))
    assert epoch(desk) == 1
    desk.one("put_pack", item=0, level=1, units=10, **_box())
    desk.one("put_alias", code="4006", client=0, item=0, pack=0, units=10)
    assert epoch(desk) == 1
    desk.one("put_pack", item=0, level=1, units=12, **_box())
    desk.one("put_alias", code="4006", client=0, item=1, pack=-1, units=10)
    desk.one("put_location", **(LOCATION | {"code": "L0", "pick_seq": 9}))
    assert epoch(desk) == 3


def test_rotation_may_change_only_while_there_is_no_stock() -> None:
    """The order of a pool's rows depends on it."""
    desk = Desk()
    row = desk.receive(5)
    fifo = ITEM | {"code": "fefo", "rotation": 1}
    assert desk.one("put_item", **fifo) == (OUTCOME_WRONG_STATE, -1)
    desk.one("adjust", stock=row, delta_units=-5, reason=3)
    assert desk.one("put_item", **fifo) == (OUTCOME_DONE, 0)
    late, soon = desk.lot("late", TODAY + 9), desk.lot("soon", TODAY + 2)
    first = desk.receive(5, lot=late)
    desk.time_us += 1
    desk.receive(5, lot=soon)
    assert desk.allocations(desk.order((0, 1), placement=2)) == [(first, 1, 2)]


def test_an_inactive_item_is_not_allocated_from() -> None:
    """Its stock stays, its pool is closed; active again it is open."""
    desk = Desk()
    desk.receive(5)
    desk.one("put_item", **(ITEM | {"code": "fefo", "active": 0}))
    order = desk.order((0, 2))
    assert desk.one("allocate", order=order, placement=1) == (2, 0)
    desk.one("put_item", **(ITEM | {"code": "fefo"}))
    assert desk.one("allocate", order=order, placement=1) == (0, 2)


def test_a_lot_keeps_its_expiry_while_there_is_stock_of_it() -> None:
    """Rows carry the lot's expiry."""
    desk = Desk()
    lot = desk.lot("b1", TODAY + 5)
    assert desk.lot("b1", TODAY + 6) == lot
    row = desk.receive(5, lot=lot)
    later = {"item": 0, "owner": 0, "code": "b1", "expiry_day": TODAY + 7}
    assert desk.one("put_lot", **later) == (OUTCOME_WRONG_STATE, -1)
    desk.one("adjust", stock=row, delta_units=-5, reason=3)
    assert desk.one("put_lot", **later) == (OUTCOME_DONE, lot)


def test_a_purchase_line_keeps_item_and_owner_and_moves_its_supply() -> None:
    """Due and expected units may change; ATP follows."""
    desk = Desk()
    now = desk.time_us
    assert desk.one("put_purchase_line", **_purchase(due_us=now + 10)) == (OUTCOME_DONE, 0)
    assert (desk.atp(now + 9), desk.atp(now + 10)) == (0, 5)
    desk.one("put_purchase_line", **_purchase(due_us=now + 20, expected_units=8))
    assert (desk.atp(now + 10), desk.atp(now + 20)) == (0, 8)
    assert desk.one("put_purchase_line", **_purchase(item=1)) == (OUTCOME_WRONG_STATE, -1)


def test_of_a_known_handling_unit_only_the_kind_changes() -> None:
    """A departed one stays as it is."""
    desk = Desk()
    table = desk.state.handling_unit
    put = {"code": "T0", "kind": 3, "parent": 1, "location": -1}
    assert desk.one("put_handling_unit", **put) == (OUTCOME_DONE, 0)
    assert (int(table.kind[0]), int(table.parent[0]), int(table.location[0])) == (3, -1, 0)
    table.state[0] = UNIT_DEPARTED
    assert desk.one("put_handling_unit", **put) == (OUTCOME_DONE, 0)
    assert desk.one("put_handling_unit", **(put | {"kind": 1})) == (OUTCOME_WRONG_STATE, -1)


def test_a_full_table_is_told_as_limit() -> None:
    """At the bound the last row is given, beyond it none."""
    desk = Desk(dataclasses.replace(SMALL, name=5, pool=2))
    assert desk.one("put_name", kind=1, code="bolt") == (OUTCOME_DONE, 4)
    assert desk.one("put_name", kind=1, code="more") == (OUTCOME_LIMIT, -1)
    assert desk.one("put_item", **(ITEM | {"code": "third"})) == (OUTCOME_LIMIT, -1)
    assert desk.one("put_purchase_line", **_purchase(owner=4)) == (OUTCOME_LIMIT, -1)
