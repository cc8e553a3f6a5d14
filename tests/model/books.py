"""All that the model warehouse knows, and the sums that every command needs."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

from slotline.engine import limits
from slotline.engine.limits import SMALL, Capacity
from slotline.kernels.columns import (
    ALLOCATION_POOLED,
    DAY_US,
    NONE,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    PROMISE_BROKEN,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    ROTATION_FIFO,
    STATUS_AVAILABLE,
    UNIT_DEPARTED,
    UNIT_LOADED,
)
from slotline.tests.model.tables import (
    OUTSTANDING,
    Allocation,
    Batch,
    GrowingTable,
    Line,
    Order,
    PoolKey,
    Promise,
    ReachedTooFar,
    Ring,
    RowTable,
    StockRow,
    Task,
    Tote,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
Outcome = dict[str, Any]

UNSETTLED = (ORDER_OPEN, ORDER_RELEASED, ORDER_PACKED)


class Books:
    """Tables of the model and questions about them.

    Parameters
    ----------
    capacity : Capacity
        Rows per table.
    """

    def __init__(self, capacity: Capacity = SMALL) -> None:
        self.capacity = capacity
        self.time_us = 0
        self.catalogue_epoch = 0
        self.tick_promises_max = limits.TICK_PROMISES_MAX
        self.tick_stock_rows_max = limits.TICK_STOCK_ROWS_MAX
        self.tick_leases_max = limits.TICK_LEASES_MAX
        self.tick_taken_back_max = limits.TICK_TAKEN_BACK_MAX
        # What the command has reached, by identity; how far it may, None when that is not bounded.
        self.reached: dict[int, object] = {}
        self.reach_room: int | None = None
        self.expired_promises = 0
        # Branches gone through, for the suites that must show that they reach them all.
        self.seen: Counter[str] = Counter()
        grown = (
            *("name", "item", "pack", "alias", "lot", "location", "handling_unit"),
            *("purchase_line", "worker", "cart", "wave", "load", "load_unit"),
        )
        self.register: dict[str, GrowingTable[Row]] = {
            name: GrowingTable(getattr(capacity, name)) for name in grown
        }
        self.row_of_key: dict[tuple[Any, ...], int] = {}
        self.receipts: GrowingTable[Row] = GrowingTable(capacity.receipt)
        self.pool_keys: GrowingTable[PoolKey] = GrowingTable(capacity.pool)
        self.stock: RowTable[StockRow] = RowTable(capacity.stock)
        self.allocation: RowTable[Allocation] = RowTable(capacity.allocation)
        self.promise: Ring[Promise] = Ring(capacity.promise)
        self.order: Ring[Order] = Ring(capacity.order)
        self.line: Ring[Line] = Ring(capacity.line)
        self.batch: Ring[Batch] = Ring(capacity.batch)
        self.task: Ring[Task] = Ring(capacity.task)
        self.totes: GrowingTable[Tote] = GrowingTable(capacity.cart_tote)
        # Promises that hold units now, by pool: a plain scan of the ring would take minutes.
        self.outstanding: dict[PoolKey, dict[int, Promise]] = {}

    # -- whole state -----------------------------------------------------------------------------

    def save(self) -> Callable[[], None]:
        """Give a function that brings the state back to what it is now."""
        seen = self.seen
        before = copy.deepcopy(self.__dict__)

        def restore() -> None:
            self.__dict__ = before
            self.seen = seen

        return restore

    @property
    def today(self) -> int:
        """Day of the current command."""
        return self.time_us // DAY_US

    def items(self) -> list[Row]:
        """Give the rows of all items."""
        return self.register["item"].rows

    def unit(self, row: int) -> Row:
        """Give a handling unit."""
        return self.register["handling_unit"].rows[row]

    def is_active(self, table: str, row: int) -> bool:
        """Whether an item, location, worker or cart is in use; no row at all counts as such."""
        return row == NONE or bool(self.register[table].rows[row]["active"])

    def is_shut(self, handling_unit: int) -> bool:
        """Whether the handling unit takes nothing and stays: gone, or on a trailer."""
        shut = (UNIT_LOADED, UNIT_DEPARTED)
        return handling_unit != NONE and self.unit(handling_unit)["state"] in shut

    # -- how far a command reaches ---------------------------------------------------------------

    def reach(self, thing: object) -> None:
        """Note that the command makes, changes or ends an allocation, a promise, a task ..."""
        self.reached[id(thing)] = thing
        self._check_reach(len(self.reached))

    def want_more(self) -> None:
        """Note that units are still wanted; at the bound it is not asked whether there are any."""
        self._check_reach(len(self.reached) + 1)

    def _check_reach(self, count: int) -> None:
        if self.reach_room is not None and count > self.reach_room:
            raise ReachedTooFar

    # -- units -----------------------------------------------------------------------------------

    def allocated(self, row: int) -> int:
        """Units of a stock row that allocations hold."""
        return sum(
            allocation.units
            for allocation in self.allocation.rows.values()
            if allocation.on_a_row and allocation.stock == row
        )

    def free(self, row: int) -> int:
        """Units of a stock row that nobody holds."""
        return self.stock.rows[row].on_hand - self.allocated(row)

    def rows_of(self, pool: PoolKey) -> list[int]:
        """Stock rows of a pool, ascending."""
        return sorted(row for row, stock in self.stock.rows.items() if stock.pool == pool)

    def pooled_of(self, pool: PoolKey) -> list[int]:
        """Allocation rows that hold units of a pool without a stock row."""
        return sorted(
            row
            for row, allocation in self.allocation.rows.items()
            if allocation.state == ALLOCATION_POOLED and allocation.line.pool == pool
        )

    def outstanding_of(self, pool: PoolKey, state: int) -> list[Promise]:
        """Promises of a pool in one of the two states that hold."""
        return [one for one in self.outstanding.get(pool, {}).values() if one.state == state]

    def available(self, pool: PoolKey) -> int:
        """Free units of a pool less what is pooled and promised."""
        free = sum(stock.on_hand for stock in self.stock.rows.values() if stock.pool == pool)
        for allocation in self.allocation.rows.values():
            if allocation.on_a_row:
                if self.stock.rows[allocation.stock].pool == pool:
                    free -= allocation.units
            elif allocation.line.pool == pool:
                free -= allocation.units
        return free - sum(one.units for one in self.outstanding_of(pool, PROMISE_LIVE))

    def rotation(self, pool: PoolKey) -> list[int]:
        """Rows of a pool with free units, in the order in which they are taken."""

        def place(row: int) -> tuple[int, ...]:
            stock = self.stock.rows[row]
            if self.items()[stock.item]["rotation"] == ROTATION_FIFO:
                return (stock.received_us, row)
            return (stock.expiry_day, stock.received_us // DAY_US, row)

        return sorted((row for row in self.rows_of(pool) if self.free(row) > 0), key=place)

    # -- rows ------------------------------------------------------------------------------------

    def need_pool(self, pool: PoolKey) -> None:
        """Let a pool come into being, unless it is there."""
        if pool not in self.pool_keys.rows:
            self.pool_keys.add(pool)

    def put_stock(self, stock: StockRow) -> int:
        """Make a stock row, and its pool when it is the first."""
        self.need_pool(stock.pool)
        return self.stock.add(stock)

    def set_status(self, row: int, status: int) -> None:
        """Let a whole stock row change its pool."""
        stock = self.stock.rows[row]
        stock.status = status
        self.need_pool(stock.pool)

    def split(self, row: int, units: int) -> int:
        """Move units of a row to a new row with the same attributes, and give the new row."""
        self.seen["split"] += 1
        old = self.stock.rows[row]
        assert 0 < units < old.on_hand
        new = copy.copy(old)
        new.on_hand = units
        made = self.put_stock(new)
        old.on_hand -= units
        return made

    def place(self, row: int, location: int, handling_unit: int) -> None:
        """Put a whole stock row somewhere."""
        self.stock.rows[row].location = location
        self.stock.rows[row].handling_unit = handling_unit

    def free_if_empty(self, row: int) -> None:
        """Free a stock row that nothing is left on."""
        if self.stock.rows[row].on_hand == 0:
            self.stock.free(row)

    def add_allocation(self, allocation: Allocation) -> int:
        """Make an allocation; the units of its line are the caller's. Give its row."""
        self.reach(allocation)
        return self.allocation.add(allocation)

    def free_allocation(self, row: int) -> int:
        """End an allocation; its line has that many units less. Give them."""
        allocation = self.allocation.rows[row]
        self.reach(allocation)
        allocation.line.allocated -= allocation.units
        self.allocation.free(row)
        return allocation.units

    def close_promise(self, promise: Promise, state: int) -> None:
        """End a promise that held units."""
        assert promise.state in OUTSTANDING
        promise.state = state
        del self.outstanding[promise.pool][promise.number]

    # -- consequences ----------------------------------------------------------------------------

    def given_out(self, pool: PoolKey) -> list[Allocation | Promise]:
        """Pooled allocations and live promises of a pool, in the order in which they give back."""

        def latest_first(row: int) -> tuple[int, int, int]:
            order = self.allocation.rows[row].order
            return (-order.departure_us, -order.number, -row)

        pooled = sorted(self.pooled_of(pool), key=latest_first)
        live = self.outstanding_of(pool, PROMISE_LIVE)
        live.sort(key=lambda one: (-one.expires_us, -one.number))
        return [*(self.allocation.rows[row] for row in pooled), *live]

    def take_back(self, pool: PoolKey) -> int:
        """Give back what a pool can no longer cover; give the units taken back."""
        missing = -self.available(pool)
        taken = 0
        rows = {id(one): row for row, one in self.allocation.rows.items()}
        for one in self.given_out(pool) if missing > 0 else []:
            if missing <= 0:
                break
            self.reach(one)
            back = one.units
            if isinstance(one, Promise):
                self.seen["take_back_promise"] += 1
                self.close_promise(one, PROMISE_BROKEN)
            elif back <= missing:
                self.seen["take_back_pooled"] += 1
                self.free_allocation(rows[id(one)])
            else:
                self.seen["take_back_pooled"] += 1
                self.seen["take_back_pooled_part"] += 1
                back = missing
                one.units -= back
                one.line.allocated -= back
            missing -= back
            taken += back
        return taken

    def serve_pegs(self, pool: PoolKey) -> None:
        """Turn pegged promises of a pool into live ones, the earliest due first."""
        pegged = self.outstanding_of(pool, PROMISE_PEGGED)
        for promise in sorted(pegged, key=lambda one: (one.due_us, one.number)):
            if self.available(pool) < promise.units:
                self.seen["peg_waits"] += 1
                return
            self.seen["peg_served"] += 1
            self.reach(promise)
            promise.state = PROMISE_LIVE

    # -- available to promise --------------------------------------------------------------------

    def events(self, pool: PoolKey) -> list[tuple[int, int]]:
        """Dated supply (+) and demand (-) of a pool as (time, units)."""
        events = []
        for purchase in self.register["purchase_line"].rows:
            if (purchase["item"], purchase["owner"], STATUS_AVAILABLE) == pool:
                due = max(0, purchase["expected_units"] - purchase["received_units"])
                events.append((purchase["due_us"], due))
        events += [
            (promise.due_us, -promise.units)
            for promise in self.outstanding_of(pool, PROMISE_PEGGED)
        ]
        for order in self.order.kept.values():
            if order.state in UNSETTLED:
                events += [
                    (order.departure_us, -line.open) for line in order.lines if line.pool == pool
                ]
        return events

    def atp_at(self, pool: PoolKey, time_us: int) -> int:
        """Units that can be promised for a time without breaking anything later."""
        events = self.events(pool)
        moments = {time_us, *(moment for moment, _ in events if moment > time_us)}
        available = self.available(pool)
        return max(
            0,
            min(
                available + sum(units for moment, units in events if moment <= until)
                for until in moments
            ),
        )

    def atp(self, item: int, owner: int, bounds_us: list[int]) -> list[int]:
        """Units that can be promised at each of the times."""
        return [self.atp_at((item, owner, STATUS_AVAILABLE), bound) for bound in bounds_us]

    # -- serving lines ---------------------------------------------------------------------------

    def required_day(self, order: Order) -> int:
        """Day that goods must outlast to be bound for an order."""
        return (order.departure_us or self.time_us) // DAY_US + order.min_life_days

    def fit_rows(self, order: Order, pool: PoolKey) -> list[int]:
        """Rows that may be bound for an order, in the order in which they are taken."""
        required = self.required_day(order)
        fit = []
        for row in self.rotation(pool):
            if self.stock.rows[row].expiry_day < required:
                self.seen["row_too_short_lived"] += 1
            else:
                fit.append(row)
        return fit

    def takeable(self, order: Order, line: Line, *, to_bins: bool) -> int:
        """Units that a line could be given now."""
        if not self.is_active("item", line.item):
            self.seen["inactive_item_not_served"] += 1
            return 0
        most = max(0, self.available(line.pool))
        if to_bins:
            most = min(most, sum(self.free(row) for row in self.fit_rows(order, line.pool)))
        return most

    def bind(self, order: Order, line: Line, units: int, wave: int, state: int) -> list[int]:
        """Take units from bins by rotation; give the allocation rows made."""
        made: list[int] = []
        for row in self.fit_rows(order, line.pool):
            if units == 0:
                break
            taken = min(units, self.free(row))
            made.append(self.add_allocation(Allocation(order, line, row, taken, state, wave)))
            line.allocated += taken
            units -= taken
        self.seen["bound_to_several_rows"] += len(made) > 1
        assert units == 0
        return made
