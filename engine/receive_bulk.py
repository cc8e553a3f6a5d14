"""Receive many rows at once: blind receipts of goods whose pools exist, as columns.

The plain rule is in `decide_stock.decide_receive`; this is the same for a batch in which nothing
can be refused and nothing else follows from a receipt. Anything else is left to the plain rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import NO_EXPIRY_DAY, NONE, STATUS_AVAILABLE, STATUS_EXPIRED
from ..kernels.free_rows import take_rows
from ..kernels.ordered_index import enter_rows
from .due import watch_stock_rows
from .schema import TABLE_NUMBER, Counter

if TYPE_CHECKING:
    from .batch import Batch
    from .change import Change

BULK_FROM = 16
_STOCK = Counter.COUNT_BASE + TABLE_NUMBER["stock"]
_RECEIPT = Counter.COUNT_BASE + TABLE_NUMBER["receipt"]


def receive_bulk(change: Change, batch: Batch, outcome: dict[str, np.ndarray]) -> bool:
    """Receive a batch if all of it is simple.

    Parameters
    ----------
    change : Change
        The run's writes.
    batch : Batch
        n commands `receive`.
    outcome : dict of str to ndarray
        Output columns, shape (n,).

    Returns
    -------
    bool
        Whether it was done; if not, nothing was changed.
    """
    if batch.count < BULK_FROM:
        return False
    columns = {name: np.broadcast_to(a, (batch.count,)) for name, a in batch.columns.items()}
    pools, expiry_day = _pools(change, columns)
    if pools is None or not _is_simple(change, columns, pools):
        return False
    state, count = change.state, batch.count
    receipts = np.arange(state.count("receipt"), state.count("receipt") + count, dtype=np.int32)
    rows = np.empty(count, dtype=np.int32)
    heap = state.free_stock
    end = take_rows(heap.rows, heap.count, state.count("stock"), count, rows)
    change.set_counter(_STOCK, int(end))
    change.set_counter(_RECEIPT, int(receipts[-1]) + 1)
    time_us = np.int64(change.time_us)
    paper = (columns["purchase_line"], columns["item"], columns["owner"], columns["units"])
    for column, values in zip(
        state.receipt.columns, (*paper, time_us, columns["unit_cost_minor"]), strict=True
    ):
        column[receipts] = values
    goods = (columns["item"], pools, columns["lot"], columns["pack"], columns["location"])
    more = (columns["handling_unit"], receipts, expiry_day, columns["units"], time_us)
    for column, values in zip(state.stock.columns, (*goods, *more), strict=True):
        column[rows] = values
    state.stock.allocated_units[rows] = 0
    enter_rows(state.index, rows)
    watch_stock_rows(state, rows)
    np.add.at(state.item.received_units, columns["item"], columns["units"])
    change.touch_all(state.stock, rows)
    change.touch_all(state.receipt, receipts)
    change.touch_all(state.item, np.unique(columns["item"]))
    outcome["stock"][:], outcome["receipt"][:] = rows, receipts
    return True


def _pools(change: Change, columns: dict[str, np.ndarray]) -> tuple[np.ndarray | None, np.ndarray]:
    """Pool and expiry day of each row; no pools when one does not exist yet."""
    state, lot = change.state, columns["lot"]
    expiry_day = np.where(lot == NONE, NO_EXPIRY_DAY, state.lot.expiry_day[lot]).astype(np.int32)
    status = np.where(
        (columns["status"] == STATUS_AVAILABLE) & (expiry_day < change.today),
        STATUS_EXPIRED,
        columns["status"],
    )
    known = state.pools
    keys = zip(columns["item"].tolist(), columns["owner"].tolist(), status.tolist(), strict=True)
    pools = np.fromiter((known.get(key, NONE) for key in keys), np.int32, lot.size)
    return (None if (pools == NONE).any() else pools), expiry_day


def _is_simple(change: Change, columns: dict[str, np.ndarray], pools: np.ndarray) -> bool:
    state, lot, location = change.state, columns["lot"], columns["location"]
    with_lot = np.flatnonzero(lot != NONE)
    named = lot[with_lot]
    return (
        bool((columns["purchase_line"] == NONE).all())
        and bool((location != NONE).all())
        and bool((state.location.active[location] == 1).all())
        and bool((state.lot.item[named] == columns["item"][with_lot]).all())
        and bool((state.lot.owner[named] == columns["owner"][with_lot]).all())
        and change.room("stock", pools.size)
        and change.room("receipt", pools.size)
        and not any(state.pegs.get(pool) for pool in set(pools.tolist()) & state.pegs.keys())
    )
