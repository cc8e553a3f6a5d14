"""Store accepted orders: the one way in which orders come into the state, live and in recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.store_orders import OrderColumns, store_many_orders, store_orders
from .limits import MANY_ORDERS

if TYPE_CHECKING:
    from .batch import Batch
    from .record import Accepted
    from .state import State

NO_POOLS = np.empty(0, dtype=np.int32)


def order_columns(batch: Batch) -> OrderColumns:
    """Give the columns of a batch of `accept` that order rows keep."""
    columns, lines = batch.columns, batch.lines
    return OrderColumns(
        columns["reference"],
        columns["channel"],
        columns["owner"],
        columns["priority"],
        columns["policy"],
        columns["min_life_days"],
        columns["departure_us"],
        columns["line_count"],
        lines["item"],
        lines["units"],
    )


def store_accepted(
    state: State,
    batch: Batch,
    outcome: np.ndarray,
    line_allocated_units: np.ndarray,
    line_pool: np.ndarray,
    stored: Accepted,
    numbers: np.ndarray | None = None,
) -> np.ndarray:
    """Write a range of a decided batch into orders, lines and allocations.

    Parameters
    ----------
    state : State
        Written in place. The counters are not: their after-images are in the same record.
    batch : Batch
        Commands `accept`.
    outcome, line_allocated_units : ndarray of uint8 and int32, shapes (n,) and (L,)
        As decided.
    line_pool : ndarray of int32, shape (L,) or (0,)
        Pool of each line, or nothing when derived columns are recomputed later.
    stored : Accepted
        Numbers, range and allocations.
    numbers : ndarray of int64, shape (n,), or None
        Output for the order numbers of the range; made when None.

    Returns
    -------
    ndarray of int64, shape (n,)
        Order numbers of the range, -1 where not kept.
    """
    if numbers is None:
        numbers = np.full(batch.count, -1, dtype=np.int64)
    runs = np.empty(((stored.last - stored.first) // 2 + 1, 4), dtype=np.int32)
    store = store_many_orders if stored.last - stored.first >= MANY_ORDERS else store_orders
    store(
        order_columns(batch),
        outcome,
        line_allocated_units,
        line_pool,
        stored.first,
        stored.last,
        stored.first_batch_line,
        stored.first_order,
        stored.first_line,
        stored.rows,
        stored.stock,
        stored.units,
        state.order_ring,
        state.line_ring,
        state.allocation_rows,
        runs,
        numbers,
    )
    _store_codes(state, batch, numbers, stored.first, stored.last)
    return numbers


def _store_codes(state: State, batch: Batch, numbers: np.ndarray, first: int, last: int) -> None:
    order, codes = state.order, batch.columns["code"]
    if codes.size == 1 and not codes[0] and state.count("order") + batch.count < order.capacity:
        return  # no codes, and rows that never held one
    kept = first + np.flatnonzero(numbers[first:last] >= 0)
    rows = numbers[kept] & (order.capacity - 1)
    if codes.size == 1 and not codes[0]:
        # Rows that the ring gives a second time still hold the code of the order before.
        rows = rows[numbers[kept] >= order.capacity]
    order.code[rows] = codes[kept] if codes.size > 1 else codes[0]


def clear_codes(state: State, first: int, count: int) -> None:
    """Clear the codes of orders stored without one: rows of a ring may hold an older one.

    Parameters
    ----------
    state : State
        Written in place.
    first, count : int
        Number of the first order, and how many there are.
    """
    state.order.code[np.arange(first, first + count) & (state.order.capacity - 1)] = b""
