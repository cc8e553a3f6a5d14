"""Model of the commands of the floor: pick, short pick, unpick, pack and ship."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    ORDER_SHIPPED,
    OUTCOME_DONE,
    OUTCOME_NOT_FREE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    STATUS_HELD,
    UNIT_DEPARTED,
    UNIT_EMPTY,
    UNIT_FILLING,
    UNIT_LOADED,
    UNIT_PACKED,
)
from slotline.tests.model.orders import Orders
from slotline.tests.model.stock import Stock
from slotline.tests.model.tables import Allocation

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome
    from slotline.tests.model.tables import Order


class Picking(Orders, Stock):
    """Everything that happens to an order on the floor."""

    def _floor_refusal(self, order: int, allocation: int, state: int) -> int:
        """Why an allocation of an order cannot be worked on, DONE when it can."""
        found = self._known_order(order)
        rows = self.allocation.rows
        if found is None or allocation not in rows or rows[allocation].order is not found:
            return OUTCOME_UNKNOWN
        if found.state != ORDER_RELEASED or rows[allocation].state != state:
            return OUTCOME_WRONG_STATE
        return OUTCOME_DONE

    def _take(self, row: int, units: int, handling_unit: int) -> int:
        """Put units of a bound allocation into a handling unit; give the stock row."""
        allocation = self.allocation.rows[row]
        stock = allocation.stock
        if units < self.stock.rows[stock].on_hand:
            self.seen["pick_splits"] += 1
            stock = self.split(stock, units)
        else:
            self.seen["pick_whole_row"] += 1
        if units == allocation.units:
            allocation.stock, allocation.state = stock, ALLOCATION_PICKED
        else:
            self.seen["pick_partial"] += 1
            allocation.units -= units
            picked = Allocation(
                allocation.order,
                allocation.line,
                stock,
                units,
                ALLOCATION_PICKED,
                allocation.wave,
            )
            self.reach(allocation)
            self.add_allocation(picked)
        self.place(stock, NONE, handling_unit)
        self.begin_to_fill(handling_unit)
        return stock

    def _allocation_in(self, stock: int) -> int:
        """Give the picked allocation whose units a stock row holds."""
        (row,) = (row for row, one in self.allocation.rows.items() if one.stock == stock)
        return row

    def begin_to_fill(self, handling_unit: int) -> None:
        """Let an empty handling unit know that something is in it."""
        unit = self.unit(handling_unit)
        if unit["state"] == UNIT_EMPTY:
            unit["state"] = UNIT_FILLING

    def _pick_refusal(self, order: int, allocation: int, handling_unit: int) -> int:
        """Why nothing of an allocation can be put into a unit (-1: none), DONE when it can."""
        refusal = self._floor_refusal(order, allocation, ALLOCATION_BOUND)
        if refusal == OUTCOME_DONE and self.is_shut(handling_unit):
            return OUTCOME_WRONG_STATE
        return refusal

    def _has_task(self, allocation: int) -> bool:
        """Whether only the holder of a task may confirm the allocation."""
        found = self.live_task_of(allocation) is not None
        self.seen["pick_refused_has_task"] += found
        return found

    def pick(self, order: int, allocation: int, units: int, handling_unit: int) -> Outcome:
        """Confirm that units lie in a handling unit now."""
        refusal = self._pick_refusal(order, allocation, handling_unit)
        if refusal == OUTCOME_DONE and self._has_task(allocation):
            refusal = OUTCOME_WRONG_STATE
        if refusal == OUTCOME_DONE and units > self.allocation.rows[allocation].units:
            refusal = OUTCOME_NOT_FREE
        if refusal != OUTCOME_DONE:
            return {"outcome": refusal, "stock": NONE, "left_units": 0}
        left = self.allocation.rows[allocation].units - units
        stock = self._take(allocation, units, handling_unit)
        outcome = OUTCOME_PARTIAL if left else OUTCOME_DONE
        return {"outcome": outcome, "stock": stock, "left_units": left}

    def short_pick(
        self, order: int, allocation: int, found_units: int, handling_unit: int, reason: int
    ) -> Outcome:
        """Confirm what was found, correct what was not, and look for it elsewhere."""
        del reason  # journalled, not kept
        refusal = self._pick_refusal(order, allocation, handling_unit)
        if refusal == OUTCOME_DONE and self._has_task(allocation):
            refusal = OUTCOME_WRONG_STATE
        if refusal == OUTCOME_DONE and found_units >= self.allocation.rows[allocation].units:
            refusal = OUTCOME_NOT_FREE
        if refusal != OUTCOME_DONE:
            return {"outcome": refusal, "rebound_units": 0, "short_units": 0}
        return self._take_short(allocation, found_units, handling_unit)[0]

    def _take_short(
        self, allocation: int, found_units: int, handling_unit: int
    ) -> tuple[Outcome, list[int], int]:
        """Take the units found; give the reply, allocations bound anew, and the picked one."""
        bound = self.allocation.rows[allocation]
        source = self.stock.rows[bound.stock]
        picked = NONE
        if found_units:
            self.seen["short_pick_found_some"] += 1
            picked = self._allocation_in(self._take(allocation, found_units, handling_unit))
        missing = self.free_allocation(allocation)
        source.on_hand -= missing
        self.items()[source.item]["adjusted_units"] -= missing
        self.free_if_empty(bound.stock)
        if bound.stock in self.stock.rows and self.free(bound.stock):
            self.seen["short_pick_holds_rest"] += 1
            pool = source.pool
            self._to_pool(bound.stock, self.free(bound.stock), STATUS_HELD)
            self.take_back(pool)
        wanted = min(missing, self.takeable(bound.order, bound.line, to_bins=False))
        rebound = min(missing, self.takeable(bound.order, bound.line, to_bins=True))
        made = self.bind(bound.order, bound.line, rebound, bound.wave, ALLOCATION_BOUND)
        if rebound < wanted:
            self.want_more()
        self.seen["short_pick_rebinds"] += rebound > 0
        outcome = OUTCOME_DONE
        if rebound < missing:
            outcome = OUTCOME_PARTIAL if rebound else OUTCOME_SHORT
        reply = {
            "outcome": outcome,
            "rebound_units": rebound,
            "short_units": missing - rebound,
        }
        return reply, made, picked

    def unpick(self, order: int, allocation: int, location: int) -> Outcome:
        """Put picked units back into a bin; they stay bound."""
        refusal = self._floor_refusal(order, allocation, ALLOCATION_PICKED)
        if refusal == OUTCOME_DONE and not self.is_active("location", location):
            refusal = OUTCOME_WRONG_STATE
        if refusal != OUTCOME_DONE:
            return {"outcome": refusal, "stock": NONE}
        self.seen["unpicked"] += 1
        picked = self.allocation.rows[allocation]
        picked.state = ALLOCATION_BOUND
        self.place(picked.stock, location, NONE)
        return {"outcome": OUTCOME_DONE, "stock": picked.stock}

    def pack(self, order: int, handling_unit: int) -> Outcome:
        """Put all that is picked of an order into one handling unit and close it."""
        found = self._known_order(order)
        if found is None:
            return {"outcome": OUTCOME_UNKNOWN, "packed_units": 0}
        picked = self.allocations_of(found, ALLOCATION_PICKED)
        if found.state != ORDER_RELEASED or not picked or self.is_shut(handling_unit):
            return {"outcome": OUTCOME_WRONG_STATE, "packed_units": 0}
        for row in picked:
            allocation = self.allocation.rows[row]
            self.reach(allocation)
            allocation.state = ALLOCATION_PACKED
            self.place(allocation.stock, NONE, handling_unit)
        self.unit(handling_unit)["state"] = UNIT_PACKED
        outcome = OUTCOME_PARTIAL
        if not self.allocations_of(found, ALLOCATION_BOUND, ALLOCATION_POOLED):
            outcome = OUTCOME_DONE
            found.state = ORDER_PACKED
        self.seen["pack_partial"] += outcome == OUTCOME_PARTIAL
        units = sum(self.allocation.rows[row].units for row in picked)
        return {"outcome": outcome, "packed_units": units}

    def ship(self, order: int) -> Outcome:
        """Let a packed order leave with the handling units it lies in."""
        found = self._known_order(order)
        if found is None:
            return {"outcome": OUTCOME_UNKNOWN, "shipped_units": 0}
        if found.state != ORDER_PACKED:
            return {"outcome": OUTCOME_WRONG_STATE, "shipped_units": 0}
        shipped = 0
        for row in self.allocations_of(found, ALLOCATION_PACKED):
            handling_unit = self.stock.rows[self.allocation.rows[row].stock].handling_unit
            if handling_unit != NONE:
                self._take_off_its_load(handling_unit)
                self.unit(handling_unit)["state"] = UNIT_DEPARTED
            shipped += self.let_leave(row)
        self.close_shipped(found)
        self.seen["ship_reopens"] += found.state == ORDER_OPEN
        return {"outcome": OUTCOME_DONE, "shipped_units": shipped}

    def _take_off_its_load(self, handling_unit: int) -> None:
        """Let a load forget a unit that leaves without it."""
        row = self.row_of_key.get(("load_unit", handling_unit), NONE)
        if row != NONE and self.unit(handling_unit)["state"] == UNIT_LOADED:
            self.seen["ship_off_a_load"] += 1
            self.register["load_unit"].rows[row]["load"] = NONE

    def let_leave(self, row: int) -> int:
        """Let the goods of a packed allocation leave the house; give their units."""
        allocation = self.allocation.rows[row]
        stock = self.stock.rows[allocation.stock]
        units = self.free_allocation(row)
        stock.on_hand -= units
        self.seen["shipped_row_keeps_units"] += stock.on_hand > 0
        self.free_if_empty(allocation.stock)
        allocation.line.shipped += units
        self.items()[allocation.line.item]["shipped_units"] += units
        return units

    def close_shipped(self, order: Order) -> None:
        """Close a packed order that has left; what is still open goes with another shipment."""
        order.state = ORDER_OPEN if order.open else ORDER_SHIPPED
