"""Behind picking: sorting, consolidating, staging, loading and departure."""

from __future__ import annotations

import pytest

from slotline.engine.lifecycle import HandlingUnitState, LoadState, OrderState
from slotline.engine.schema import Role
from slotline.kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_NOT_FREE,
    OUTCOME_WRONG_STATE,
    POLICY_COMPLETE,
)
from slotline.tests.engine.desk import LOCATION, Desk

DONE, WRONG, NOT_FREE = OUTCOME_DONE, OUTCOME_WRONG_STATE, OUTCOME_NOT_FREE
LANE, DOOR, OTHER_DOOR = 3, 4, 5
UNITS = 6


class Dock(Desk):
    """A desk with a lane for one unit (3), doors (4 and 5), units 0 to 5 and loads 0 and 1."""

    def __init__(self) -> None:
        super().__init__()
        places = {"code": ["LANE", "D1", "D2"], "role": [Role.LANE, Role.DOCK, Role.DOCK]}
        self.do("put_location", **(LOCATION | places | {"capacity_units": [1, 0, 0]}))
        codes = [f"U{number}" for number in range(2, UNITS)]
        self.do("put_handling_unit", code=codes, kind=3, parent=-1, location=0)
        self.do("put_load", code=["A", "B"], appointment_us=0, departure_us=self.time_us)

    def picked(self, units: int, unit: int, **columns: int) -> int:
        """Accept, release and pick an order of item 0 into a unit; give its number."""
        self.receive(units)
        order = self.order((0, units), **columns)
        self.do("release", order=order, wave=-1)
        (row,) = self.allocation_rows(order)
        picked = self.one("pick", order=order, allocation=row, units=units, handling_unit=unit)
        assert picked[0] == DONE
        return order

    def packed(self, units: int, unit: int) -> int:
        """Pick an order into a unit and pack it there."""
        order = self.picked(units, unit)
        assert self.one("pack", order=order, handling_unit=unit) == (DONE, units)
        return order

    def at_door(self, load: int = 0, door: int = DOOR) -> None:
        """Dock a load."""
        assert self.one("dock_load", load=load, location=door) == (DONE,)

    def unit_state(self, unit: int) -> HandlingUnitState:
        """Give the state of a handling unit."""
        return HandlingUnitState(int(self.state.handling_unit.state[unit]))


@pytest.fixture
def dock() -> Dock:
    """Return a dock."""
    return Dock()


def test_picks_of_many_orders_are_sorted_into_units_of_one(dock: Dock) -> None:
    """A put wall's slot holds one order."""
    one, two = dock.picked(2, unit=0), dock.picked(3, unit=0)
    (row,), (other,) = dock.allocation_rows(one), dock.allocation_rows(two)
    assert dock.one("sort_pick", order=one, allocation=row, handling_unit=2)[0] == DONE
    assert dock.one("sort_pick", order=two, allocation=other, handling_unit=2)[0] == NOT_FREE
    assert dock.one("sort_pick", order=two, allocation=other, handling_unit=3)[0] == DONE
    assert dock.unit_state(2) == HandlingUnitState.FILLING
    assert dock.one("pack", order=one, handling_unit=2) == (DONE, 2)
    assert dock.one("sort_pick", order=one, allocation=row, handling_unit=4)[0] == WRONG


def test_a_unit_is_poured_into_another(dock: Dock) -> None:
    """Two totes of one order become one."""
    order = dock.picked(2, unit=0)
    assert dock.one("consolidate", handling_unit=0, into=0) == (WRONG, 0)
    assert dock.one("consolidate", handling_unit=1, into=0) == (WRONG, 0)
    assert dock.one("consolidate", handling_unit=0, into=1) == (DONE, 2)
    assert dock.unit_state(0) == HandlingUnitState.EMPTY
    assert dock.unit_state(1) == HandlingUnitState.CONSOLIDATING
    assert dock.one("pack", order=order, handling_unit=1) == (DONE, 2)


def test_a_lane_holds_as_many_units_as_it_has_room_for(dock: Dock) -> None:
    """The capacity of a lane counts handling units."""
    dock.packed(1, unit=0)
    dock.packed(1, unit=1)
    assert dock.one("stage", handling_unit=2, location=LANE) == (WRONG,)
    assert dock.one("stage", handling_unit=0, location=0) == (WRONG,)
    assert dock.one("stage", handling_unit=0, location=LANE) == (DONE,)
    assert dock.one("stage", handling_unit=0, location=LANE) == (DONE,)
    assert dock.one("stage", handling_unit=1, location=LANE) == (NOT_FREE,)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)
    assert dock.one("stage", handling_unit=1, location=LANE) == (DONE,)


def test_a_door_takes_one_trailer(dock: Dock) -> None:
    """It may change doors as long as it is empty."""
    dock.packed(1, unit=0)
    assert dock.one("dock_load", load=0, location=LANE) == (WRONG,)
    dock.at_door(0, DOOR)
    assert dock.one("dock_load", load=1, location=DOOR) == (NOT_FREE,)
    dock.at_door(0, OTHER_DOOR)
    dock.at_door(1, DOOR)
    assert dock.one("load_unit", handling_unit=0, load=1) == (DONE,)
    assert dock.one("dock_load", load=1, location=DOOR) == (WRONG,)


def test_what_is_loaded_stays_as_it_is(dock: Dock) -> None:
    """No goods in, no move, no second load; unloading is the way back."""
    dock.packed(1, unit=0)
    late = dock.picked(2, unit=1)
    assert dock.one("load_unit", handling_unit=0, load=0) == (WRONG,)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=1, load=0) == (WRONG,)
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)
    assert dock.unit_state(0) == HandlingUnitState.LOADED
    assert int(dock.state.handling_unit.location[0]) == DOOR
    assert dock.one("load_unit", handling_unit=0, load=0) == (WRONG,)
    move = {"parent": -1, "location": 1}
    assert dock.one("move_handling_unit", handling_unit=0, **move) == (WRONG,)
    assert dock.one("move_handling_unit", handling_unit=1, parent=0, location=-1) == (WRONG,)
    assert dock.one("pack", order=late, handling_unit=0) == (WRONG, 0)
    assert dock.one("unload_unit", handling_unit=0, location=LANE) == (DONE,)
    assert dock.unit_state(0) == HandlingUnitState.STAGED
    assert dock.one("depart", load=0, seal="S1") == (DONE, 0, 0)
    assert dock.one("depart", load=0, seal="S1") == (WRONG, 0, 0)


def test_goods_issue_is_posted_at_departure(dock: Dock) -> None:
    """With the units inside the loaded ones; the door is free again."""
    one, two = dock.packed(2, unit=0), dock.packed(3, unit=1)
    dock.do("put_handling_unit", code="PALLET", kind=0, parent=-1, location=0)
    pallet = UNITS
    dock.one("pack", order=dock.picked(1, unit=pallet), handling_unit=pallet)
    assert dock.one("move_handling_unit", handling_unit=1, parent=pallet, location=-1) == (DONE,)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=1, load=0) == (WRONG,)
    assert dock.one("load_unit", handling_unit=pallet, load=0) == (DONE,)
    assert dock.unit_state(1) == HandlingUnitState.LOADED
    assert dock.one("unload_unit", handling_unit=1, location=LANE) == (WRONG,)
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)
    assert dock.one("depart", load=0, seal="S1") == (DONE, 3, 6)
    assert [dock.order_state(order) for order in (one, two)] == [OrderState.SHIPPED] * 2
    assert dock.unit_state(1) == dock.unit_state(pallet) == HandlingUnitState.DEPARTED
    assert int(dock.state.load.state[0]) == LoadState.DEPARTED
    assert bytes(dock.state.load.seal[0]) == b"S1"
    dock.at_door(1)


def test_an_order_on_two_trailers_is_shipped_with_the_last(dock: Dock) -> None:
    """A part that leaves leaves the rest as it was."""
    dock.receive(2)
    dock.receive(3)
    order = dock.order((0, 5))
    dock.do("release", order=order, wave=-1)
    first, second = dock.allocation_rows(order)
    given = {"order": order}
    dock.one("pick", allocation=first, units=2, handling_unit=0, **given)
    dock.one("pack", handling_unit=0, **given)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)
    assert dock.one("depart", load=0, seal="") == (DONE, 0, 2)
    assert dock.order_state(order) == OrderState.RELEASED
    dock.one("pick", allocation=second, units=3, handling_unit=1, **given)
    assert dock.one("pack", handling_unit=1, **given) == (DONE, 3)
    dock.at_door(1)
    dock.one("load_unit", handling_unit=1, load=1)
    assert dock.one("depart", load=1, seal="") == (DONE, 1, 3)
    assert dock.order_state(order) == OrderState.SHIPPED


def test_an_order_that_ships_complete_is_not_loaded_in_part(dock: Dock) -> None:
    """All of it must be packed first."""
    dock.receive(2)
    dock.receive(3)
    order = dock.order((0, 5), policy=POLICY_COMPLETE)
    dock.do("release", order=order, wave=-1)
    first, second = dock.allocation_rows(order)
    dock.one("pick", order=order, allocation=first, units=2, handling_unit=0)
    dock.one("pack", order=order, handling_unit=0)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=0, load=0) == (WRONG,)
    dock.one("pick", order=order, allocation=second, units=3, handling_unit=1)
    dock.one("pack", order=order, handling_unit=1)
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)


def test_a_shipment_by_order_takes_its_unit_off_the_load(dock: Dock) -> None:
    """It has left already when the trailer does."""
    order = dock.packed(2, unit=0)
    dock.at_door()
    dock.one("load_unit", handling_unit=0, load=0)
    assert dock.one("ship", order=order) == (DONE, 2)
    assert dock.unit_state(0) == HandlingUnitState.DEPARTED
    assert dock.one("depart", load=0, seal="") == (DONE, 0, 0)


def test_a_departed_load_is_changed_no_more(dock: Dock) -> None:
    """The same again is fine."""
    dock.at_door()
    dock.one("depart", load=0, seal="")
    same = {"code": "A", "appointment_us": 0, "departure_us": dock.time_us}
    assert dock.one("put_load", **same) == (DONE, 0)
    assert dock.one("put_load", **(same | {"appointment_us": 9})) == (WRONG, -1)
    assert dock.one("dock_load", load=0, location=DOOR) == (WRONG,)


def test_loose_goods_do_not_leave_unnoticed(dock: Dock) -> None:
    """Goods of no order in a loaded unit would still be promised to others."""
    dock.packed(3, unit=0)
    loose = dock.receive(7, location=-1, handling_unit=0)
    dock.at_door()
    assert dock.one("load_unit", handling_unit=0, load=0) == (WRONG,)
    moved = dock.one("move", stock=loose, units=7, location=1, handling_unit=-1)
    assert moved[0] == DONE
    assert dock.one("load_unit", handling_unit=0, load=0) == (DONE,)


def test_goods_on_a_trailer_are_unloaded_before_they_are_moved(dock: Dock) -> None:
    """Neither to a bin nor with their unit to a place that is no lane."""
    order = dock.packed(3, unit=0)
    (row,) = dock.allocation_rows(order)
    stock = int(dock.state.allocation.stock[row])
    dock.at_door()
    dock.one("load_unit", handling_unit=0, load=0)
    move = {"stock": stock, "units": 3, "location": 1, "handling_unit": -1}
    assert dock.one("move", **move) == (WRONG, -1)
    assert dock.one("unload_unit", handling_unit=0, location=1) == (WRONG,)
    assert dock.one("unload_unit", handling_unit=0, location=LANE) == (DONE,)
    assert dock.one("move", **move) == (DONE, stock)


def test_packed_totes_poured_into_a_pallet_are_packed_there(dock: Dock) -> None:
    """So that it can be staged and loaded."""
    dock.packed(1, unit=0)
    dock.packed(2, unit=1)
    assert dock.one("consolidate", handling_unit=0, into=2) == (DONE, 1)
    assert dock.one("consolidate", handling_unit=1, into=2) == (DONE, 2)
    assert dock.unit_state(2) == HandlingUnitState.PACKED
    assert dock.one("stage", handling_unit=2, location=LANE) == (DONE,)
