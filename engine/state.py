"""The whole state of a site: tables of columns, and what is derived from them.

Base columns are journalled; everything else here (derived columns, the ordered index, dated events,
heaps, the dictionary of codes) is recomputed from them by `derive.py` after recovery and compared
with them by `scrub.py`.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.accept_plain import AcceptTables
from ..kernels.allocate import Promises
from ..kernels.atp import Events, make_events
from ..kernels.columns import ALLOCATION_FREE, NONE, STATUS_AVAILABLE
from ..kernels.due_heap import DueHeap, make_due_heap
from ..kernels.ordered_index import make_stock_index
from ..kernels.promise_plain import PromiseRing, PromiseTables
from ..kernels.store_orders import AllocationRows, LineRing, OrderRing
from .arena import Arena, allocate
from .schema import TABLE_NUMBER, TABLES, Counter, Table, dtype_of
from .work import Work

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from ..kernels.index_tree import StockIndex
    from .limits import Capacity

COUNTER_ROWS = 64

Code = tuple[int, int, bytes]


class TableView:
    """Columns of one table, as attributes named by the schema, each of shape (capacity,).

    Parameters
    ----------
    spec : Table
        The table's schema.
    capacity : int
        Rows.
    arena : Arena
        Holds the base columns.
    first : int
        Position of the table's first base column in the arena.
    """

    def __init__(self, spec: Table, capacity: int, arena: Arena, first: int) -> None:
        self.spec = spec
        self.position = TABLE_NUMBER[spec.name]
        self.capacity = capacity
        last = first + len(spec.fields)
        self.offsets = arena.offsets[first:last]
        self.sizes = arena.sizes[first:last]
        self.row_bytes = int(self.sizes.sum())
        self.columns = [arena.column(position) for position in range(first, last)]
        for field, column in zip(spec.fields, self.columns, strict=True):
            setattr(self, field.name, column)
        derived = [allocate(capacity, dtype_of(field)) for field in spec.derived]
        for field, column in zip(spec.derived, derived, strict=True):
            setattr(self, field.name, column)
        self.all_columns = self.columns + derived

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> np.ndarray:
            """Columns are set from the schema."""
            ...


class RowHeap:
    """Free rows of a table, lowest first (see kernels.free_rows)."""

    def __init__(self, capacity: int) -> None:
        self.rows = allocate(capacity, np.int32)
        self.count = np.zeros(1, dtype=np.int64)


def _zeros(shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    return allocate(math.prod(shape), np.dtype(dtype)).reshape(shape)


# Place of each table's counter, worked out once: it is looked up a dozen times a call.
_COUNTERS = {name: int(Counter.COUNT_BASE) + number for name, number in TABLE_NUMBER.items()}


class State:
    """Tables and derived structures of one site.

    Parameters
    ----------
    capacity : Capacity
        Rows per table.
    """

    name: TableView
    item: TableView
    pack: TableView
    alias: TableView
    lot: TableView
    location: TableView
    handling_unit: TableView
    pool: TableView
    stock: TableView
    purchase_line: TableView
    receipt: TableView
    promise: TableView
    order: TableView
    line: TableView
    allocation: TableView
    worker: TableView
    cart: TableView
    wave: TableView
    batch: TableView
    task: TableView
    cart_tote: TableView
    load: TableView
    load_unit: TableView

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        rows = [getattr(capacity, table.name, COUNTER_ROWS) for table in TABLES]
        self.arena = Arena(
            (
                (dtype_of(field), count)
                for table, count in zip(TABLES, rows, strict=True)
                for field in table.fields
            ),
        )
        self.tables: list[TableView] = []
        first = 0
        for table, count in zip(TABLES, rows, strict=True):
            view = TableView(table, count, self.arena, first)
            self.tables.append(view)
            setattr(self, table.name, view)
            first += len(table.fields)
        self.counters: np.ndarray = self.tables[0].value
        self.time_us = 0
        self.codes: dict[Code, int] = {}
        self.pools: dict[tuple[int, int, int], int] = {}
        self._make_derived()

    def _make_derived(self) -> None:
        capacity, stock = self.capacity, self.stock
        self.index: StockIndex = make_stock_index(
            _zeros,
            pool_status=self.pool.status,
            stock_pool=stock.pool,
            stock_expiry_day=stock.expiry_day,
            stock_received_us=stock.received_us,
            stock_on_hand_units=stock.on_hand_units,
            stock_allocated_units=stock.allocated_units,
        )
        # Fields of the heads on their own: quicker to read for a single pool.
        self.available_units: np.ndarray = self.index.head["available_units"]
        self.pool_owners: np.ndarray = self.index.head["owner"]
        self.events: Events = make_events(capacity.pool, capacity.event, _zeros)
        self.free_stock = RowHeap(capacity.stock)
        self.free_allocations = RowHeap(capacity.allocation)
        # Stale entries included; `Change` makes room when a heap is full.
        self.promise_due: DueHeap = make_due_heap(_zeros, 2 * capacity.promise)
        self.stock_due: DueHeap = make_due_heap(_zeros, 2 * capacity.stock)
        # What the kernels take together; columns never move, so the tuples are made once.
        promise, order, line, allocation = self.promise, self.order, self.line, self.allocation
        self.promises = Promises(promise.number, promise.pool, promise.units, promise.state)
        self.order_ring = OrderRing(*(getattr(order, name) for name in OrderRing._fields))
        self.line_ring = LineRing(*(getattr(line, name) for name in LineRing._fields))
        self.allocation_rows = AllocationRows(
            *(getattr(allocation, name) for name in AllocationRows._fields)
        )
        self.accept_tables = AcceptTables(
            self.item.pool_first,
            self.index,
            self.promises,
            self.order_ring,
            self.line_ring,
            self.allocation_rows,
            self.free_allocations.rows,
            self.free_allocations.count,
        )
        self.promise_tables = PromiseTables(
            self.item.pool_first,
            self.index.head,
            PromiseRing(*(getattr(promise, name) for name in PromiseRing._fields)),
            self.promise_due,
            self.arena.memory,
            promise.offsets,
            promise.sizes,
        )
        # (Due time, number) of the PEGGED promises of each pool that has any, ascending.
        # Collected by the first `Change`, so that recovery need not.
        self.pegs: dict[int, list[tuple[int, int]]] = {}
        self.pegs_known = False
        self.work = Work()

    def table(self, name: str) -> TableView:
        """Give a table by its name."""
        return self.tables[TABLE_NUMBER[name]]

    def count(self, table: str) -> int:
        """Give the rows ever used of `table`; for a ring, the numbers given."""
        return int(self.counters.item(_COUNTERS[table]))

    def rows_used(self, table: str) -> int:
        """Give how many rows of `table` hold something: `count`, at most its capacity."""
        view = self.tables[TABLE_NUMBER[table]]
        return COUNTER_ROWS if view.position == 0 else min(self.count(table), view.capacity)

    def order_row(self, number: int) -> int:
        """Give the row of an order number, -1 when it is not given or overwritten."""
        return self._ring_row(self.order, number)

    def promise_row(self, number: int) -> int:
        """Give the row of a promise number, -1 when it is not given or overwritten."""
        return self._ring_row(self.promise, number)

    def batch_row(self, number: int) -> int:
        """Give the row of a batch number, -1 when it is not given or overwritten."""
        return self._ring_row(self.batch, number)

    def task_row(self, number: int) -> int:
        """Give the row of a task number, -1 when it is not given or overwritten."""
        return self._ring_row(self.task, number)

    def _ring_row(self, ring: TableView, number: int) -> int:
        row = number & (ring.capacity - 1)
        known = 0 <= number < self.count(ring.spec.name) and int(ring.number[row]) == number
        return row if known else NONE

    def allocations_of(self, line: int) -> list[int]:
        """Give the allocation rows of a line row, ascending."""
        rows = []
        row = int(self.line.allocation_first[line])
        while row != NONE:
            rows.append(row)
            row = int(self.allocation.next[row])
        return rows

    def lines_of(self, order: int) -> range:
        """Give the line rows of an order row; an order's lines never wrap round the ring."""
        first = int(self.order.line_first[order])
        return range(first, first + int(self.order.line_count[order]))

    def available_pool(self, item: int, owner: int) -> int:
        """Give the AVAILABLE pool of item and owner, -1 when there is none."""
        return self.pools.get((item, owner, STATUS_AVAILABLE), NONE)

    def digest(self) -> bytes:
        """Give the SHA-256 of all base columns: equal states have equal digests.

        Rows that are free or left over in a ring count as they are, so this is byte equality.
        Tables without rows do not count: a build that knows more of them gives the same digest.
        """
        digest = hashlib.sha256()
        for view in self.tables:
            used = self.rows_used(view.spec.name)
            if not used:
                continue
            digest.update(f"{view.spec.name} {used}\n".encode())
            for field in view.spec.fields:
                digest.update(np.ascontiguousarray(getattr(view, field.name)[:used]).data)
        return digest.digest()

    def open_allocations(self) -> np.ndarray:
        """Give the rows of all allocations that are not free, int32, ascending."""
        used = self.count("allocation")
        return np.flatnonzero(self.allocation.state[:used] != ALLOCATION_FREE).astype(np.int32)
