"""What a run of commands writes: primitives over the state that note each row they touch.

The decide modules change base columns only through rows they `touch` here, so that the run's record
can carry the after-image of every row that changed. Derived structures are kept in step by the same
primitives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.after_image import gather_rows
from ..kernels.atp import atp_at, put_event
from ..kernels.columns import (
    ALLOCATION_FREE,
    ALLOCATION_POOLED,
    DAY_US,
    NONE,
    ORDER_CANCELLED,
    ORDER_SHIPPED,
    OWNER_NOT_ALLOCATABLE,
    STATUS_AVAILABLE,
)
from ..kernels.compiled import direct
from ..kernels.free_rows import pop_row, push_row
from ..kernels.ordered_index import bind, enter, leave, open_pool, unbind
from . import failpoints
from .due import watch_stock
from .reach import Reach
from .schema import TABLE_NUMBER, Counter
from .shortage import collect_pegs
from .work import end_task, put_down

if TYPE_CHECKING:
    from .record import RecordWriter
    from .state import State, TableView

_gather = direct(gather_rows)
# So many rows are bound in one call.
_BIND_ROWS = 64
# Counters of what a ring has let go.
_TAILS = {
    "promise": int(Counter.PROMISE_TAIL),
    "order": int(Counter.ORDER_TAIL),
    "line": int(Counter.LINE_TAIL),
    "batch": int(Counter.BATCH_TAIL),
    "task": int(Counter.TASK_TAIL),
}


class Change:
    """One run's writes.

    Parameters
    ----------
    state : State
        Written in place.
    time_us : int
        The run's time stamp.
    may_cut : bool
        Whether the run may end before its last command, see `reach`.

    Attributes
    ----------
    reach : Reach
        What the run's commands have reached so far.
    decided : int
        Commands decided when the run was cut, -1 when it was not.
    """

    def __init__(self, state: State, time_us: int, *, may_cut: bool = False) -> None:
        self.state = state
        self.reach = Reach(may_cut=may_cut)
        self.decided = NONE
        self.time_us = time_us
        self.today = time_us // DAY_US
        if not state.pegs_known:
            state.pegs = collect_pegs(state)
            state.pegs_known = True
        self._touched: dict[int, dict[int, None]] = {}
        self._linked = NONE

    # -- rows ---------------------------------------------------------------------------------

    @property
    def touched(self) -> dict[int, dict[int, None]]:
        """Rows that this run changes, by the number of their table."""
        return self._touched

    def touch(self, table: TableView, row: int) -> None:
        """Note that a base column of `row` changes in this run."""
        self._touched.setdefault(table.position, {})[row] = None

    def touch_all(self, table: TableView, rows: np.ndarray) -> None:
        """Note that base columns of all these rows change in this run."""
        self._touched.setdefault(table.position, {}).update(dict.fromkeys(rows.tolist()))

    def set_counter(self, counter: int, value: int) -> None:
        """Set a scalar of the site."""
        self.state.counters[counter] = value
        self._touched.setdefault(0, {})[counter] = None

    def room(self, table: str, rows: int) -> bool:
        """Whether `rows` more rows fit into `table`."""
        return rows <= self.rows_left(table)

    def rows_left(self, table: str) -> int:
        """Give how many rows `table` has left (free rows included, rings by their tail)."""
        state = self.state
        used = state.count(table)
        tail = _TAILS.get(table)
        if tail is not None:
            used -= state.counters.item(tail)
        elif table == "allocation":
            used -= state.free_allocations.count.item(0)
        elif table == "stock":
            used -= state.free_stock.count.item(0)
        return state.tables[TABLE_NUMBER[table]].capacity - used

    def new_row(self, table: TableView) -> int:
        """Give the next row of a table whose rows are given once, in order."""
        counter = Counter.COUNT_BASE + table.position
        row = int(self.state.counters[counter])
        self.set_counter(counter, row + 1)
        self.touch(table, row)
        return row

    def new_number(self, table: TableView) -> tuple[int, int]:
        """Give the next number of a ring and its row; room was checked before."""
        counter = Counter.COUNT_BASE + table.position
        number = int(self.state.counters[counter])
        row = number & (table.capacity - 1)
        self.set_counter(counter, number + 1)
        self.touch(table, row)
        return number, row

    def new_stock_row(self) -> int:
        """Give the lowest free stock row, else a fresh one; room was checked before."""
        return self._reused_row(self.state.free_stock.rows, self.state.free_stock.count, "stock")

    def new_allocation_row(self) -> int:
        """Give the lowest free allocation row, else a fresh one; room was checked before."""
        heap = self.state.free_allocations
        return self._reused_row(heap.rows, heap.count, "allocation")

    def _reused_row(self, heap: np.ndarray, count: np.ndarray, table: str) -> int:
        view = self.state.tables[TABLE_NUMBER[table]]
        if count[0]:
            row = int(pop_row(heap, count))
            self.touch(view, row)
            return row
        return self.new_row(view)

    # -- pools and stock ----------------------------------------------------------------------

    def pool(self, item: int, owner: int, status: int) -> int:
        """Give the pool of item, owner and status; makes it when there is none."""
        state = self.state
        key = (item, owner, status)
        pool = state.pools.get(key, NONE)
        if pool != NONE:
            return pool
        pool = self.new_row(state.pool)
        state.pool.item[pool] = item
        state.pool.owner[pool] = owner
        state.pool.status[pool] = status
        link_pool(state, pool)
        return pool

    def has_pool_room(self, item: int, owner: int, status: int) -> bool:
        """Whether the pool of item, owner and status exists or can be made."""
        return (item, owner, status) in self.state.pools or self.room("pool", 1)

    def enter(self, row: int, *, new: bool = False) -> None:
        """Count a stock row whose columns are set; `new`: its pool did not hold it before."""
        enter(self.state.index, row)
        # A row that stayed in its pool is watched already, unless it expired without free units.
        if new or self.state.stock.expiry_day[row] < self.today:
            watch_stock(self.state, row)

    def leave(self, row: int) -> None:
        """Stop counting a stock row before its columns change."""
        leave(self.state.index, row)

    def free_stock_row(self, row: int) -> None:
        """Free a stock row that has left and holds nothing; its live moves are dropped."""
        stock = self.state.stock
        for task in sorted(self.state.work.moves_of.get(row, ())):
            end_task(self, task, "drop_task")
        stock.on_hand_units[row] = 0
        stock.allocated_units[row] = 0
        stock.pool[row] = NONE
        self.touch(stock, row)
        push_row(self.state.free_stock.rows, self.state.free_stock.count, row)

    def split(self, row: int, units: int, allocated: int) -> int:
        """Split `units`, of them `allocated`, off a stock row that has left.

        Both rows are outside the index afterwards; the caller sets the new row's place or pool and
        lets both enter. The new row has the attributes of the old. When all that is split off is
        allocated, free units stay as they are and neither row needs to leave or enter.
        """
        stock = self.state.stock
        new = self.new_stock_row()
        for column in stock.columns:
            column[new] = column[row]
        stock.on_hand_units[new] = units
        stock.allocated_units[new] = allocated
        if "counter_not_updated_on_split" not in failpoints.planted:
            stock.on_hand_units[row] -= units
            stock.allocated_units[row] -= allocated
        self.touch(stock, row)
        return new

    def take_allocated(self, row: int, units: int) -> None:
        """Take allocated units off a stock row for good; the row is freed when nothing is left."""
        stock = self.state.stock
        # Free units stay as they are, so the index need not know; a row without any is not in it.
        stock.on_hand_units[row] -= units
        stock.allocated_units[row] -= units
        self.touch(stock, row)
        if stock.on_hand_units[row] == 0:
            self.free_stock_row(row)

    def has_status_room(self, row: int, units: int, status: int) -> bool:
        """Whether there are rows for `set_status`."""
        stock = self.state.stock
        owner = int(self.state.pool.owner[stock.pool[row]])
        return (
            units == int(stock.on_hand_units[row]) or self.room("stock", 1)
        ) and self.has_pool_room(int(stock.item[row]), owner, status)

    def set_status(self, row: int, units: int, status: int) -> int:
        """Move free units of a stock row to the pool of another status; give the row they are in.

        The whole row goes when `units` is all that is on hand, else they are split off.
        """
        stock = self.state.stock
        owner = int(self.state.pool.owner[stock.pool[row]])
        pool = self.pool(int(stock.item[row]), owner, status)
        self.leave(row)
        moved = row
        if units < int(stock.on_hand_units[row]):
            moved = self.split(row, units, 0)
            self.enter(row)
        self.touch(stock, moved)
        stock.pool[moved] = pool
        self.enter(moved, new=True)
        return moved

    def stock_live(self, row: int) -> bool:
        """Whether a stock row exists (is not free)."""
        return row < self.state.count("stock") and int(self.state.stock.on_hand_units[row]) > 0

    def free_units(self, row: int) -> int:
        """Give on hand less allocated units of a stock row."""
        stock = self.state.stock
        return int(stock.on_hand_units[row]) - int(stock.allocated_units[row])

    def available(self, pool: int) -> int:
        """Give the available units of a pool, 0 for none."""
        return 0 if pool == NONE else int(self.state.available_units[pool])

    def is_allocatable(self, pool: int) -> bool:
        """Whether units of a pool may be allocated: available status, active item."""
        return pool != NONE and int(self.state.pool_owners[pool]) != OWNER_NOT_ALLOCATABLE

    def add_available(self, pool: int, units: int) -> None:
        """Change a pool's available units by pooled allocations or promises."""
        self.state.available_units[pool] += units

    def bind_from(
        self, pool: int, units: int, required_day: int, rows_max: int
    ) -> list[tuple[int, int]]:
        """Bind up to `units` of at most `rows_max` of a pool's rows, in rotation order.

        Gives (stock row, units) of each.
        """
        taken: list[tuple[int, int]] = []
        left = units
        while left > 0 and len(taken) < rows_max:
            room = min(_BIND_ROWS, rows_max - len(taken))
            rows, parts = np.empty((2, room), dtype=np.int32)
            count, got = bind(self.state.index, pool, left, required_day, rows, parts, 0)
            taken.extend(zip(rows[:count].tolist(), parts[:count].tolist(), strict=True))
            left -= int(got)
            if count < room:
                break
        return taken

    def unbind(self, row: int, units: int) -> None:
        """Give bound units of a stock row back to its pool."""
        unbind(self.state.index, row, units)
        if self.state.stock.expiry_day[row] < self.today:
            watch_stock(self.state, row)

    # -- lines and allocations ----------------------------------------------------------------

    def add_allocation(self, line: int, stock: int, units: int, state: int, wave: int) -> int:
        """Make an allocation row and link it to its line; the line's units are the caller's."""
        allocation = self.state.allocation
        row = self.new_allocation_row()
        allocation.line[row] = line
        allocation.stock[row] = stock
        allocation.units[row] = units
        allocation.state[row] = state
        allocation.wave[row] = wave
        # A command's rows mostly ascend: the last one is where the list goes on.
        last = self._linked
        is_before = last != NONE and last < row and int(allocation.line[last]) == line
        link_allocation(self.state, row, last if is_before else NONE)
        self._linked = row
        return row

    def free_allocation(self, row: int) -> None:
        """Unlink an allocation row from its line and free it; its live task is dropped."""
        state = self.state
        allocation = state.allocation
        if row in state.work.task_of:
            end_task(self, state.work.task_of[row], "drop_task")
        if state.work.carried.get(int(allocation.stock[row])) == row:
            put_down(self, int(allocation.stock[row]))
        line = int(allocation.line[row])
        before, now = NONE, int(state.line.allocation_first[line])
        while now != row:
            before, now = now, int(allocation.next[now])
        if before == NONE:
            state.line.allocation_first[line] = allocation.next[row]
        else:
            allocation.next[before] = allocation.next[row]
        allocation.line[row] = NONE
        allocation.stock[row] = NONE
        allocation.units[row] = 0
        allocation.state[row] = ALLOCATION_FREE
        allocation.wave[row] = NONE
        self.touch(allocation, row)
        push_row(state.free_allocations.rows, state.free_allocations.count, row)

    def give_back(self, row: int) -> int:
        """Free a POOLED or BOUND allocation whole; its units are available again. Gives them."""
        state = self.state
        allocation = state.allocation
        units, line = int(allocation.units[row]), int(allocation.line[row])
        if allocation.state[row] == ALLOCATION_POOLED:
            self.add_available(int(state.line.pool[line]), units)
        else:
            self.unbind(int(allocation.stock[row]), units)
        self.free_allocation(row)
        state.line.allocated_units[line] -= units
        self.touch(state.line, line)
        return units

    def refresh_line_event(self, line: int) -> None:
        """Put the dated demand of a line's open units where it is now."""
        state = self.state
        order = int(state.line.order[line])
        open_units = line_open_units(state, line)
        if state.order.state[order] in (ORDER_SHIPPED, ORDER_CANCELLED):
            open_units = 0
        state.line.event[line] = put_event(
            state.events,
            int(state.line.event[line]),
            int(state.line.pool[line]),
            int(state.order.departure_us[order]),
            -open_units,
        )

    def refresh_supply_event(self, row: int) -> None:
        """Put the dated supply of a purchase line where it is now."""
        state = self.state
        lines = state.purchase_line
        open_units = max(0, int(lines.expected_units[row]) - int(lines.received_units[row]))
        pool = self.pool(int(lines.item[row]), int(lines.owner[row]), STATUS_AVAILABLE)
        lines.event[row] = put_event(
            state.events, int(lines.event[row]), pool, int(lines.due_us[row]), open_units
        )

    def put_peg_event(self, row: int) -> None:
        """Put the dated demand of a PEGGED promise row."""
        state, promise = self.state, self.state.promise
        promise.event[row] = put_event(
            state.events,
            NONE,
            int(promise.pool[row]),
            int(promise.due_us[row]),
            -int(promise.units[row]),
        )

    def drop_peg_event(self, row: int) -> None:
        """Take the dated demand of a promise row away."""
        state, promise = self.state, self.state.promise
        promise.event[row] = put_event(
            state.events,
            int(promise.event[row]),
            int(promise.pool[row]),
            int(promise.due_us[row]),
            0,
        )

    def atp_units(self, pool: int, due_us: int) -> int:
        """Give what may be promised of a pool for a due time, with look-ahead."""
        return int(atp_at(self.state.events, pool, self.available(pool), due_us))

    # -- the record ---------------------------------------------------------------------------

    def write_images(self, record: RecordWriter) -> None:
        """Add the after-images of all touched rows to a record, tables in order."""
        state = self.state
        for position in sorted(self._touched):
            table, touched = state.tables[position], self._touched[position]
            rows = np.fromiter(touched, np.int32, len(touched))
            images = np.empty(rows.size * table.row_bytes, dtype=np.uint8)
            _gather(state.arena.memory, table.offsets, table.sizes, rows, images)
            record.images(position, rows, images)


def line_open_units(state: State, line: int) -> int:
    """Give ordered - allocated - shipped - cancelled units of a line row."""
    lines = state.line
    return (
        int(lines.ordered_units[line])
        - int(lines.allocated_units[line])
        - int(lines.shipped_units[line])
        - int(lines.cancelled_units[line])
    )


def link_pool(state: State, pool: int) -> None:
    """Make a pool row known: dictionary, item's list (ascending), head of the index."""
    table = state.pool
    item, owner, status = int(table.item[pool]), int(table.owner[pool]), int(table.status[pool])
    state.pools[item, owner, status] = pool
    allocatable = status == STATUS_AVAILABLE and bool(state.item.active[item])
    open_pool(
        state.index,
        state.item.pool_first,
        item,
        pool,
        owner if allocatable else OWNER_NOT_ALLOCATABLE,
        int(state.item.rotation[item]),
    )


def link_allocation(state: State, row: int, before: int) -> None:
    """Insert an allocation row into its line's list, which ascends by row.

    `before` is a lower row of the list from which to look, -1 for its beginning.
    """
    allocation, line = state.allocation, int(state.allocation.line[row])
    now = int(state.line.allocation_first[line] if before == NONE else allocation.next[before])
    while now != NONE and now < row:
        before, now = now, int(allocation.next[now])
    allocation.next[row] = now
    if before == NONE:
        state.line.allocation_first[line] = row
    else:
        allocation.next[before] = row
