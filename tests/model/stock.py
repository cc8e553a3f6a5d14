"""Model of the commands that bring stock in, move it, correct it and hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.kernels.columns import (
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    NO_EXPIRY_DAY,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    ROW_UNITS_MAX,
    STATUS_AVAILABLE,
    STATUS_EXPIRED,
    UNIT_LOADED,
)
from slotline.tests.model.batches import Batches
from slotline.tests.model.tables import StockRow

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome


class Stock(Batches):
    """Receive, move, adjust, hold and release."""

    def _place_is_wrong(self, location: int, handling_unit: int) -> bool:
        """Whether nothing can be put there: out of use, gone, or on a trailer."""
        return not self.is_active("location", location) or self.is_shut(handling_unit)

    def receive(
        self,
        purchase_line: int,
        item: int,
        owner: int,
        lot: int,
        status: int,
        pack: int,
        location: int,
        handling_unit: int,
        units: int,
        unit_cost_minor: int,
    ) -> Outcome:
        """Take goods in: a new stock row and a receipt."""
        purchase = self.register["purchase_line"].rows[purchase_line] if purchase_line >= 0 else {}
        batch = self.register["lot"].rows[lot] if lot >= 0 else {}
        for named in (purchase, batch):
            if named and (named["item"], named["owner"]) != (item, owner):
                return {"outcome": OUTCOME_WRONG_STATE, "stock": NONE, "receipt": NONE}
        if self._place_is_wrong(location, handling_unit):
            return {"outcome": OUTCOME_WRONG_STATE, "stock": NONE, "receipt": NONE}
        expiry_day = batch.get("expiry_day", NO_EXPIRY_DAY)
        if expiry_day < self.today and status == STATUS_AVAILABLE:
            self.seen["received_expired"] += 1
            status = STATUS_EXPIRED
        receipt = self.receipts.add(
            {
                "purchase_line": purchase_line,
                "item": item,
                "owner": owner,
                "units": units,
                "received_us": self.time_us,
                "unit_cost_minor": unit_cost_minor,
            }
        )
        stock = StockRow(
            item=item,
            owner=owner,
            status=status,
            lot=lot,
            pack=pack,
            location=location,
            handling_unit=handling_unit,
            receipt=receipt,
            expiry_day=expiry_day,
            on_hand=units,
            received_us=self.time_us,
        )
        row = self.put_stock(stock)
        self.items()[item]["received_units"] += units
        if purchase:
            purchase["received_units"] += units
            self.seen["over_received"] += purchase["received_units"] > purchase["expected_units"]
        if status == STATUS_AVAILABLE:
            self.serve_pegs(stock.pool)
        return {"outcome": OUTCOME_DONE, "stock": row, "receipt": receipt}

    def move(self, stock: int, units: int, location: int, handling_unit: int) -> Outcome:
        """Move a row, or free units of it."""
        refusal = self._move_refusal(stock, units, location, handling_unit)
        if refusal != OUTCOME_DONE:
            return {"outcome": refusal, "stock": NONE}
        return {"outcome": OUTCOME_DONE, "stock": self._move(stock, units, location, handling_unit)}

    def _move_refusal(self, stock: int, units: int, location: int, handling_unit: int) -> int:
        """Why units of a row cannot be moved, DONE when they can."""
        if stock not in self.stock.rows:
            return OUTCOME_UNKNOWN
        if self._place_is_wrong(location, handling_unit):
            return OUTCOME_WRONG_STATE
        unit = self.stock.rows[stock].handling_unit
        if unit != NONE and self.register["handling_unit"].rows[unit]["state"] == UNIT_LOADED:
            return OUTCOME_WRONG_STATE
        on_hand = self.stock.rows[stock].on_hand
        if units > on_hand or (units < on_hand and units > self.free(stock)):
            return OUTCOME_NOT_FREE
        return OUTCOME_DONE

    def _move(self, stock: int, units: int, location: int, handling_unit: int) -> int:
        """Move units of a row; give the row that they are now."""
        whole = units == self.stock.rows[stock].on_hand
        moved = stock if whole else self.split(stock, units)
        self.seen["moved_allocated_row"] += self.allocated(moved) > 0
        self.place(moved, location, handling_unit)
        return moved

    def move_handling_unit(self, handling_unit: int, parent: int, location: int) -> Outcome:
        """Move a handling unit with all in it."""
        units = self.register["handling_unit"].rows
        wrong = self._place_is_wrong(location, parent) or self.is_shut(handling_unit)
        above = parent
        while above != NONE:
            if above == handling_unit:
                self.seen["handling_unit_into_itself"] += 1
                wrong = True
                break
            above = units[above]["parent"]
        if wrong:
            return {"outcome": OUTCOME_WRONG_STATE}
        units[handling_unit].update(parent=parent, location=location)
        return {"outcome": OUTCOME_DONE}

    def adjust(self, stock: int, delta_units: int, reason: int) -> Outcome:
        """Correct what a row holds."""
        del reason  # journalled, not kept
        refused = {"on_hand_units": 0, "taken_back_units": 0}
        if stock not in self.stock.rows:
            return {"outcome": OUTCOME_UNKNOWN} | refused
        row = self.stock.rows[stock]
        after = row.on_hand + delta_units
        on_the_way = {ALLOCATION_PICKED, ALLOCATION_PACKED}
        if delta_units > 0 and any(
            allocation.stock == stock and allocation.state in on_the_way
            for allocation in self.allocation.rows.values()
        ):
            self.seen["adjusted_picked"] += 1
            return {"outcome": OUTCOME_WRONG_STATE} | refused
        if after < self.allocated(stock):
            return {"outcome": OUTCOME_NOT_FREE} | refused
        if after > ROW_UNITS_MAX:
            return {"outcome": OUTCOME_LIMIT} | refused
        row.on_hand = after
        self.items()[row.item]["adjusted_units"] += delta_units
        self.free_if_empty(stock)
        taken = self.take_back(row.pool)
        return {"outcome": OUTCOME_DONE, "on_hand_units": after, "taken_back_units": taken}

    def _to_pool(self, row: int, units: int, status: int) -> int:
        """Give units of a row another status; give the row that has it."""
        if units < self.stock.rows[row].on_hand:
            row = self.split(row, units)
        self.set_status(row, status)
        return row

    def hold(self, stock: int, units: int, status: int, reason: int) -> Outcome:
        """Keep free units from being sold."""
        del reason  # journalled, not kept
        if stock not in self.stock.rows:
            return {"outcome": OUTCOME_UNKNOWN, "stock": NONE, "taken_back_units": 0}
        pool = self.stock.rows[stock].pool
        if pool[2] != STATUS_AVAILABLE:
            return {"outcome": OUTCOME_WRONG_STATE, "stock": NONE, "taken_back_units": 0}
        if units > self.free(stock):
            return {"outcome": OUTCOME_NOT_FREE, "stock": NONE, "taken_back_units": 0}
        held = self._to_pool(stock, units, status)
        taken = self.take_back(pool)
        return {"outcome": OUTCOME_DONE, "stock": held, "taken_back_units": taken}

    def release_hold(self, stock: int, units: int, reason: int) -> Outcome:
        """Let held units be sold again."""
        del reason  # journalled, not kept
        if stock not in self.stock.rows:
            return {"outcome": OUTCOME_UNKNOWN, "stock": NONE}
        if self.stock.rows[stock].status in (STATUS_AVAILABLE, STATUS_EXPIRED):
            return {"outcome": OUTCOME_WRONG_STATE, "stock": NONE}
        if units > self.stock.rows[stock].on_hand:
            return {"outcome": OUTCOME_NOT_FREE, "stock": NONE}
        released = self._to_pool(stock, units, STATUS_AVAILABLE)
        self.serve_pegs(self.stock.rows[released].pool)
        return {"outcome": OUTCOME_DONE, "stock": released}
