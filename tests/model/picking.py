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
    UNIT_PACKED,
)
from slotline.tests.model.orders import Orders
from slotline.tests.model.stock import Stock
from slotline.tests.model.tables import Allocation

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome


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
        unit = self.register["handling_unit"].rows[handling_unit]
        if unit["state"] == UNIT_EMPTY:
            unit["state"] = UNIT_FILLING
        return stock

    def pick(self, order: int, allocation: int, units: int, handling_unit: int) -> Outcome:
        """Confirm that units lie in a handling unit now."""
        refusal = self._floor_refusal(order, allocation, ALLOCATION_BOUND)
        if refusal == OUTCOME_DONE and self.has_departed(handling_unit):
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
        refusal = self._floor_refusal(order, allocation, ALLOCATION_BOUND)
        if refusal == OUTCOME_DONE and self.has_departed(handling_unit):
            refusal = OUTCOME_WRONG_STATE
        if refusal == OUTCOME_DONE and found_units >= self.allocation.rows[allocation].units:
            refusal = OUTCOME_NOT_FREE
        if refusal != OUTCOME_DONE:
            return {"outcome": refusal, "rebound_units": 0, "short_units": 0}
        bound = self.allocation.rows[allocation]
        source = self.stock.rows[bound.stock]
        if found_units:
            self.seen["short_pick_found_some"] += 1
            self._take(allocation, found_units, handling_unit)
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
        self.bind(bound.order, bound.line, rebound, bound.wave, ALLOCATION_BOUND)
        if rebound < wanted:
            self.want_more()
        self.seen["short_pick_rebinds"] += rebound > 0
        outcome = OUTCOME_DONE
        if rebound < missing:
            outcome = OUTCOME_PARTIAL if rebound else OUTCOME_SHORT
        return {
            "outcome": outcome,
            "rebound_units": rebound,
            "short_units": missing - rebound,
        }

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
        if found.state != ORDER_RELEASED or not picked or self.has_departed(handling_unit):
            return {"outcome": OUTCOME_WRONG_STATE, "packed_units": 0}
        for row in picked:
            allocation = self.allocation.rows[row]
            self.reach(allocation)
            allocation.state = ALLOCATION_PACKED
            self.place(allocation.stock, NONE, handling_unit)
        self.register["handling_unit"].rows[handling_unit]["state"] = UNIT_PACKED
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
            allocation = self.allocation.rows[row]
            stock = self.stock.rows[allocation.stock]
            if stock.handling_unit != NONE:
                unit = self.register["handling_unit"].rows[stock.handling_unit]
                unit["state"] = UNIT_DEPARTED
            units = self.free_allocation(row)
            stock.on_hand -= units
            self.seen["shipped_row_keeps_units"] += stock.on_hand > 0
            self.free_if_empty(allocation.stock)
            allocation.line.shipped += units
            self.items()[allocation.line.item]["shipped_units"] += units
            shipped += units
        found.state = ORDER_OPEN if found.open else ORDER_SHIPPED
        self.seen["ship_reopens"] += found.state == ORDER_OPEN
        return {"outcome": OUTCOME_DONE, "shipped_units": shipped}
