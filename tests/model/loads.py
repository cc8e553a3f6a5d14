"""Model of the commands between the pick and the road: sort, consolidate, stage, load, depart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.engine.schema import Role
from slotline.kernels.columns import (
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    LOAD_AT_DOOR,
    LOAD_DEPARTED,
    NONE,
    ORDER_PACKED,
    OUTCOME_DONE,
    OUTCOME_NOT_FREE,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    POLICY_PARTIAL,
    UNIT_CONSOLIDATING,
    UNIT_DEPARTED,
    UNIT_EMPTY,
    UNIT_FILLING,
    UNIT_LOADED,
    UNIT_PACKED,
    UNIT_STAGED,
)
from slotline.tests.model.picking import Picking
from slotline.tests.model.tables import Order, refuse_if

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome, Row

TO_STAGE_AT = (Role.DOCK, Role.STAGE, Role.LANE)


class Loads(Picking):
    """Everything that is done with handling units that are filled, and with loads."""

    def carried(self, handling_unit: int) -> list[int]:
        """Allocation rows whose goods lie in a handling unit itself, picked or packed."""
        return [
            row
            for row, allocation in sorted(self.allocation.rows.items())
            if allocation.state in (ALLOCATION_PICKED, ALLOCATION_PACKED)
            and self.stock.rows[allocation.stock].handling_unit == handling_unit
        ]

    def with_inner(self, handling_unit: int) -> list[int]:
        """Give a handling unit and all that are inside it."""
        found = [handling_unit]
        for outer in found:
            units = enumerate(self.register["handling_unit"].rows)
            found += [row for row, unit in units if unit["parent"] == outer]
        return found

    def loaded_on(self, load: int) -> list[int]:
        """Give the handling units that are on a load now, by row of their table."""
        entries = self.register["load_unit"].rows
        return [entry["handling_unit"] for entry in entries if entry["load"] == load]

    def _load(self, row: int) -> Row:
        return self.register["load"].rows[row]

    def _role_of(self, location: int) -> int:
        return int(self.register["location"].rows[location]["role"])

    def sort_pick(self, order: int, allocation: int, handling_unit: int) -> Outcome:
        """Put picked goods into a unit of their own order."""
        refusal = self._floor_refusal(order, allocation, ALLOCATION_PICKED)
        refuse_if(refusal == OUTCOME_UNKNOWN, OUTCOME_UNKNOWN)
        wrong = refusal != OUTCOME_DONE or self.is_shut(handling_unit)
        refuse_if(wrong, OUTCOME_WRONG_STATE)
        rows = self.allocation.rows
        others = any(rows[row].order.number != order for row in self.carried(handling_unit))
        refuse_if(others, OUTCOME_NOT_FREE)
        self.place(rows[allocation].stock, NONE, handling_unit)
        self.begin_to_fill(handling_unit)
        return {"outcome": OUTCOME_DONE, "stock": rows[allocation].stock}

    def consolidate(self, handling_unit: int, into: int) -> Outcome:
        """Put all that a unit carries into another one."""
        moved = self.carried(handling_unit)
        wrong = handling_unit == into or not moved
        for one in (handling_unit, into):
            wrong = wrong or self.is_shut(one) or self.tote_of(one).batch != NONE
        refuse_if(wrong, OUTCOME_WRONG_STATE)
        units = 0
        for row in moved:
            self.reach(self.allocation.rows[row])
            self.place(self.allocation.rows[row].stock, NONE, into)
            units += self.allocation.rows[row].units
        self.unit(handling_unit)["state"] = UNIT_EMPTY
        if self.unit(into)["state"] in (UNIT_EMPTY, UNIT_FILLING, UNIT_CONSOLIDATING):
            states = {self.allocation.rows[row].state for row in self.carried(into)}
            is_packed = states == {ALLOCATION_PACKED}
            self.unit(into)["state"] = UNIT_PACKED if is_packed else UNIT_CONSOLIDATING
        return {"outcome": OUTCOME_DONE, "moved_units": units}

    def _is_ready(self, handling_unit: int) -> bool:
        """Whether a unit is closed and stands by itself."""
        unit = self.unit(handling_unit)
        return unit["state"] in (UNIT_PACKED, UNIT_STAGED) and unit["parent"] == NONE

    def stage(self, handling_unit: int, location: int) -> Outcome:
        """Put a packed unit where it waits for its load."""
        wrong = not self._is_ready(handling_unit) or not self.is_active("location", location)
        refuse_if(wrong or self._role_of(location) not in TO_STAGE_AT, OUTCOME_WRONG_STATE)
        standing = [
            row
            for row, unit in enumerate(self.register["handling_unit"].rows)
            if unit["state"] == UNIT_STAGED and unit["location"] == location
        ]
        capacity = self.register["location"].rows[location]["capacity_units"]
        others = len(set(standing) - {handling_unit})
        refuse_if(capacity > 0 and others >= capacity, OUTCOME_NOT_FREE)
        self.unit(handling_unit).update(state=UNIT_STAGED, location=location)
        return {"outcome": OUTCOME_DONE}

    def dock_load(self, load: int, location: int) -> Outcome:
        """Let a trailer stand at a door, or at another one while it is empty."""
        wrong = self._load(load)["state"] == LOAD_DEPARTED or self.loaded_on(load)
        wrong = wrong or not self.is_active("location", location)
        refuse_if(bool(wrong) or self._role_of(location) != Role.DOCK, OUTCOME_WRONG_STATE)
        taken = any(
            other["state"] == LOAD_AT_DOOR and other["door"] == location and row != load
            for row, other in enumerate(self.register["load"].rows)
        )
        refuse_if(taken, OUTCOME_NOT_FREE)
        self._load(load).update(state=LOAD_AT_DOOR, door=location)
        return {"outcome": OUTCOME_DONE}

    def load_unit(self, handling_unit: int, load: int) -> Outcome:
        """Put a packed unit on a trailer."""
        refuse_if(self._load(load)["state"] != LOAD_AT_DOOR, OUTCOME_WRONG_STATE)
        refuse_if(not self._is_ready(handling_unit), OUTCOME_WRONG_STATE)
        loaded = self.with_inner(handling_unit)
        for unit in loaded:
            is_closed = self.unit(unit)["state"] in (UNIT_PACKED, UNIT_STAGED)
            refuse_if(not is_closed, OUTCOME_WRONG_STATE)
            held = {key for key, row in self.stock.rows.items() if row.handling_unit == unit}
            held -= {self.allocation.rows[row].stock for row in self.carried(unit)}
            refuse_if(bool(held), OUTCOME_WRONG_STATE)
            for row in self.carried(unit):
                allocation = self.allocation.rows[row]
                order = allocation.order
                early = order.state != ORDER_PACKED and order.policy != POLICY_PARTIAL
                refuse_if(early or allocation.state == ALLOCATION_PICKED, OUTCOME_WRONG_STATE)
        for unit in loaded:
            self.reach(self.unit(unit))
            self.unit(unit)["state"] = UNIT_LOADED
            self._put_on(unit, load)
        self.unit(handling_unit)["location"] = self._load(load)["door"]
        return {"outcome": OUTCOME_DONE}

    def _put_on(self, handling_unit: int, load: int) -> None:
        key = ("load_unit", handling_unit)
        if key not in self.row_of_key:
            entry = {"handling_unit": handling_unit, "load": NONE}
            self.row_of_key[key] = self.register["load_unit"].add(entry)
        self.register["load_unit"].rows[self.row_of_key[key]]["load"] = load

    def unload_unit(self, handling_unit: int, location: int) -> Outcome:
        """Take a unit off a trailer, with all that is inside it."""
        unit = self.unit(handling_unit)
        wrong = unit["state"] != UNIT_LOADED or unit["parent"] != NONE
        wrong = wrong or not self.is_active("location", location)
        refuse_if(wrong or self._role_of(location) not in TO_STAGE_AT, OUTCOME_WRONG_STATE)
        for inner in self.with_inner(handling_unit):
            if self.unit(inner)["state"] == UNIT_LOADED:
                self.reach(self.unit(inner))
                self.unit(inner)["state"] = UNIT_PACKED
                self._put_on(inner, NONE)
        unit.update(state=UNIT_STAGED, location=location)
        return {"outcome": OUTCOME_DONE}

    def depart(self, load: int, seal: str) -> Outcome:
        """Issue the goods of a load, which is gone then."""
        refuse_if(self._load(load)["state"] != LOAD_AT_DOOR, OUTCOME_WRONG_STATE)
        touched: list[Order] = []
        units = 0
        for unit in self.loaded_on(load):
            self.reach(self.unit(unit))
            for row in self.carried(unit):
                assert self.allocation.rows[row].state == ALLOCATION_PACKED
                if self.allocation.rows[row].order not in touched:
                    touched.append(self.allocation.rows[row].order)
                units += self.let_leave(row)
            self.unit(unit)["state"] = UNIT_DEPARTED
        whole = [
            order
            for order in touched
            if order.state == ORDER_PACKED and not self.allocations_of(order, ALLOCATION_PACKED)
        ]
        for order in whole:
            self.close_shipped(order)
        self.seen["depart_leaves_order"] += len(whole) < len(touched)
        self._load(load).update(state=LOAD_DEPARTED, seal=seal)
        return {"outcome": OUTCOME_DONE, "orders": len(whole), "shipped_units": units}
