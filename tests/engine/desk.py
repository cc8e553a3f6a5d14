"""A desk that decides commands on a small state and checks what no command may break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from slotline.engine.batch import make_batch
from slotline.engine.border import check_border
from slotline.engine.change import Change, line_open_units
from slotline.engine.decide import DECIDERS
from slotline.engine.decide_accept import decide_accept_run
from slotline.engine.limits import SMALL, Capacity
from slotline.engine.record import FLAG_NO_KEY, RecordWriter
from slotline.engine.shortage import collect_pegs
from slotline.engine.state import State
from slotline.engine.work import derive_work
from slotline.kernels.atp import atp_at
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_FREE,
    ALLOCATION_POOLED,
    DAY_US,
    ORDER_OPEN,
    ORDER_PACKED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    STATUS_AVAILABLE,
    order_key,
)

if TYPE_CHECKING:
    from slotline.engine.batch import Batch

TODAY = 20_000
OUTCOMES_THAT_CHANGE = (0, 1, 2)

ITEM = {
    "client": 0,
    "rotation": 0,
    "shelf_life_days": 0,
    "length_mm": 1,
    "width_mm": 1,
    "height_mm": 1,
    "weight_g": 1,
    "hazard": 0,
    "temperature": 0,
    "active": 1,
}
LOCATION = {
    "zone": 2,
    "role": 0,
    "aisle": 0,
    "side": 0,
    "bay": 0,
    "level": 0,
    "x_mm": 0,
    "y_mm": 0,
    "z_mm": 0,
    "pick_seq": 0,
    "capacity_units": 0,
    "active": 1,
}
RECEIPT = {
    "purchase_line": -1,
    "item": 0,
    "owner": 0,
    "lot": -1,
    "status": 0,
    "pack": -1,
    "location": 0,
    "handling_unit": -1,
    "unit_cost_minor": 1,
}
ORDER = {
    "reference": 0,
    "channel": 1,
    "owner": 0,
    "priority": 0,
    "policy": 1,
    "placement": 1,
    "min_life_days": 0,
    "departure_us": 0,
    "code": "",
}


class Desk:
    """A state with a client (name 0), a channel (1), a zone (2) and a reason (3).

    Items 0 (FEFO) and 1 (FIFO), locations 0, 1 and 2 (closed), totes 0 and 1.

    Parameters
    ----------
    capacity : Capacity
        Of the state.
    """

    def __init__(self, capacity: Capacity = SMALL) -> None:
        self.state = State(capacity)
        self.time_us = TODAY * DAY_US
        self.do("put_name", kind=[1, 2, 4, 3], code=["acme", "web", "A", "count"])
        self.do("put_item", **(ITEM | {"code": ["fefo", "fifo"], "rotation": [0, 1]}))
        self.do("put_location", **(LOCATION | {"code": ["L0", "L1", "shut"], "active": [1, 1, 0]}))
        self.do("put_handling_unit", code=["T0", "T1"], kind=2, parent=-1, location=0)

    # -- commands -----------------------------------------------------------------------------

    def do(self, command: str, **columns: Any) -> dict[str, list[Any]]:
        """Decide a batch; give its outcome columns as lists."""
        batch = make_batch(command, columns)
        check_border(batch, self.state)
        before = self.base_columns()
        change = Change(self.state, self.time_us)
        outcome = {f.name: np.zeros(batch.count, f.dtype) for f in batch.command.outcome}
        DECIDERS[command](change, batch, outcome)
        self._check_touched(change, before)
        if not np.isin(outcome["outcome"], OUTCOMES_THAT_CHANGE).any():
            assert not change._touched, f"{command} was refused but changed something"
        self.check()
        return {name: column.tolist() for name, column in outcome.items()}

    def one(self, command: str, **columns: Any) -> tuple[Any, ...]:
        """Decide one command; give its outcome values in the order of the schema."""
        return tuple(values[0] for values in self.do(command, **columns).values())

    def receive(self, units: int, **columns: Any) -> int:
        """Receive units of item 0 into location 0; give the stock row."""
        outcome, row, _ = self.one("receive", **(RECEIPT | {"units": units} | columns))
        assert outcome == 0
        return int(row)

    def lot(self, code: str, expiry_day: int, item: int = 0) -> int:
        """Put a lot of the client; give its row."""
        return int(self.one("put_lot", item=item, owner=0, code=code, expiry_day=expiry_day)[1])

    def order(self, *lines: tuple[int, int], **columns: Any) -> int:
        """Accept an order of (item, units) lines; give its number."""
        batch = make_batch(
            "accept",
            ORDER | {"line_count": len(lines)} | columns,
            {
                "item": [item for item, _ in lines],
                "units": [units for _, units in lines],
                "promise": -1,
            },
        )
        return int(self.accept(batch)["order"][0])

    def accept(self, batch: Batch) -> dict[str, np.ndarray]:
        """Decide a batch of orders; give its outcome columns, those of the lines, too."""
        record = RecordWriter(batch, 1, self.time_us, flags=FLAG_NO_KEY, tenant=-1, actor=-1)
        record.commands(batch)
        outcome, lines = decide_accept_run(Change(self.state, self.time_us), batch, record)
        self.check()
        return outcome | lines

    # -- facts --------------------------------------------------------------------------------

    def available(self, item: int = 0) -> int:
        """Give the available units of an item of the client."""
        return int(self.state.available_units[self.state.available_pool(item, 0)])

    def atp(self, time_us: int, item: int = 0) -> int:
        """Give the units of an item that may be promised for a time."""
        pool = self.state.available_pool(item, 0)
        return int(atp_at(self.state.events, pool, self.available(item), time_us))

    def stock(self, row: int) -> tuple[int, int, int]:
        """Give on hand units, allocated units and status of a stock row."""
        stock = self.state.stock
        return (
            int(stock.on_hand_units[row]),
            int(stock.allocated_units[row]),
            int(self.state.pool.status[stock.pool[row]]),
        )

    def allocations(self, order: int) -> list[tuple[int, int, int]]:
        """Give (stock row, units, state) of an order's allocations in line order."""
        table = self.state.allocation
        return [
            (int(table.stock[row]), int(table.units[row]), int(table.state[row]))
            for row in self.allocation_rows(order)
        ]

    def allocation_rows(self, order: int) -> list[int]:
        """Give the allocation rows of an order in line order."""
        lines = self.state.lines_of(self.state.order_row(order))
        return [row for line in lines for row in self.state.allocations_of(line)]

    def line_units(self, order: int) -> list[tuple[int, int, int, int]]:
        """Give (allocated, shipped, cancelled, open) units of an order's lines."""
        table = self.state.line
        return [
            (
                int(table.allocated_units[row]),
                int(table.shipped_units[row]),
                int(table.cancelled_units[row]),
                line_open_units(self.state, row),
            )
            for row in self.state.lines_of(self.state.order_row(order))
        ]

    def order_state(self, order: int) -> int:
        """Give the state of an order."""
        return int(self.state.order.state[self.state.order_row(order)])

    def base_columns(self) -> list[list[np.ndarray]]:
        """Give copies of all base columns, by table."""
        return [[column.copy() for column in table.columns] for table in self.state.tables]

    # -- checks -------------------------------------------------------------------------------

    def _check_touched(self, change: Change, before: list[list[np.ndarray]]) -> None:
        for table, columns in zip(self.state.tables, before, strict=True):
            touched = change._touched.get(table.position, {})
            for field, old, now in zip(table.spec.fields, columns, table.columns, strict=True):
                changed = np.flatnonzero(old != now).tolist()
                missed = [row for row in changed if row not in touched]
                assert not missed, f"{table.spec.name}.{field.name}: rows {missed} not touched"

    def check(self) -> None:
        """Compare everything derived with the base columns, slowly."""
        state, stock = self.state, self.state.stock
        allocation, lines = state.allocation, state.line
        held: dict[int, int] = {}
        pooled: dict[int, int] = {}
        for row in range(state.count("allocation")):
            units = int(allocation.units[row])
            if allocation.state[row] == ALLOCATION_POOLED:
                pool = int(lines.pool[allocation.line[row]])
                pooled[pool] = pooled.get(pool, 0) + units
            elif allocation.state[row] >= ALLOCATION_BOUND:
                held[int(allocation.stock[row])] = held.get(int(allocation.stock[row]), 0) + units
        promised: dict[int, int] = {}
        for row in np.flatnonzero(state.promise.state == PROMISE_LIVE).tolist():
            pool = int(state.promise.pool[row])
            promised[pool] = promised.get(pool, 0) + int(state.promise.units[row])
        free: dict[int, int] = {}
        first: dict[int, tuple[int, int]] = {}
        for row in np.flatnonzero(stock.on_hand_units > 0).tolist():
            on_hand, allocated, status = self.stock(row)
            assert allocated == held.get(row, 0), f"stock {row}: allocated units differ"
            assert 0 <= allocated <= on_hand, f"stock {row}: more allocated than on hand"
            pool = int(stock.pool[row])
            free[pool] = free.get(pool, 0) + on_hand - allocated
            if status == STATUS_AVAILABLE and allocated < on_hand:
                rotation = int(state.item.rotation[stock.item[row]])
                key = order_key(rotation, int(stock.expiry_day[row]), int(stock.received_us[row]))
                first[pool] = min(first.get(pool, (key, row)), (key, row))
        for pool in range(state.count("pool")):
            units = free.get(pool, 0) - pooled.get(pool, 0) - promised.get(pool, 0)
            assert int(state.available_units[pool]) == units, f"pool {pool}: available units"
            assert units >= 0, f"pool {pool}: oversold"
            head_row = int(state.index.head["head_row"][pool])
            assert head_row == first.get(pool, (0, -1))[1], f"pool {pool}: first row"
        assert state.pegs == collect_pegs(state)
        assert state.work == derive_work(state)
        self._check_lines()
        self._check_events()

    def _check_lines(self) -> None:
        state, allocation = self.state, self.state.allocation
        for order in np.flatnonzero(state.order.state > 0).tolist():
            for line in state.lines_of(order):
                rows = state.allocations_of(line)
                assert all(allocation.state[row] != ALLOCATION_FREE for row in rows)
                units = sum(int(allocation.units[row]) for row in rows)
                assert units == int(state.line.allocated_units[line]), f"line {line}: allocated"
                assert line_open_units(state, line) >= 0, f"line {line}: served twice"

    def _check_events(self) -> None:
        """Compare the dated events of each pool with what they stand for."""
        state, events = self.state, self.state.events
        expected: dict[int, list[tuple[int, int]]] = {}
        supply, promise, orders = state.purchase_line, state.promise, state.order
        for row in range(state.count("purchase_line")):
            units = max(0, int(supply.expected_units[row]) - int(supply.received_units[row]))
            pool = state.available_pool(int(supply.item[row]), int(supply.owner[row]))
            if units:
                expected.setdefault(pool, []).append((int(supply.due_us[row]), units))
        for row in np.flatnonzero(promise.state == PROMISE_PEGGED).tolist():
            event = (int(promise.due_us[row]), -int(promise.units[row]))
            expected.setdefault(int(promise.pool[row]), []).append(event)
        for order in np.flatnonzero(orders.state > 0).tolist():
            for line in state.lines_of(order):
                units = line_open_units(state, line)
                if units and ORDER_OPEN <= orders.state[order] <= ORDER_PACKED:
                    event = (int(orders.departure_us[order]), -units)
                    expected.setdefault(int(state.line.pool[line]), []).append(event)
        for pool in range(state.count("pool")):
            found = []
            slot = int(events.pool_first[pool])
            while slot > 0:
                found.append((int(events.time_us[slot - 1]), int(events.units[slot - 1])))
                slot = int(events.next[slot - 1])
            assert sorted(found) == sorted(expected.get(pool, [])), f"pool {pool}: dated events"
