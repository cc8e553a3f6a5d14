"""Recompute everything that is derived from the base columns of a state.

Runs once after recovery, and in branches; live code keeps the same structures in step.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from ..kernels import derive as kernels
from ..kernels.atp import put_event
from ..kernels.columns import (
    ALLOCATION_FREE,
    NO_EXPIRY_DAY,
    NONE,
    OWNER_NOT_ALLOCATABLE,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    STATUS_AVAILABLE,
)
from ..kernels.due_heap import push_due
from ..kernels.free_rows import push_rows
from ..kernels.ordered_index import bulk_load
from .change import line_open_units
from .schema import TABLE_NUMBER
from .work import derive_work

if TYPE_CHECKING:
    from .state import State

_SCOPES = {
    "name": "kind",
    "item": "client",
    "alias": "client",
    "location": "",
    "handling_unit": "",
    "purchase_line": "line_number",
    "worker": "",
    "cart": "",
    "wave": "",
    "load": "",
}


def derive(state: State) -> None:
    """Fill all derived structures of a state that has only its base columns.

    Parameters
    ----------
    state : State
        Derived structures are empty, as made.
    """
    derive_codes(state)
    _derive_pools(state)
    _derive_stock(state)
    _derive_lines(state)
    _derive_promises(state)
    _derive_supply(state)
    state.work = derive_work(state)


def derive_codes(state: State) -> None:
    """Fill the dictionary of codes."""
    for name, scope in _SCOPES.items():
        table, count = state.tables[TABLE_NUMBER[name]], state.rows_used(name)
        scopes = getattr(table, scope)[:count].tolist() if scope else repeat(0, count)
        codes = table.code[:count].tolist()
        keys = zip(repeat(table.position), scopes, codes, strict=False)
        state.codes.update(zip(keys, range(count), strict=False))
    _derive_lot_codes(state)
    _derive_order_codes(state)
    packs, count = state.pack, state.rows_used("pack")
    for row in range(count):
        code = bytes([int(packs.level[row])])
        state.codes[packs.position, int(packs.item[row]), code] = row


def _derive_lot_codes(state: State) -> None:
    lots, count = state.lot, state.rows_used("lot")
    scopes = (lots.item[:count].astype(np.int64) << 32) | lots.owner[:count]
    keys = zip(repeat(lots.position), scopes.tolist(), lots.code[:count].tolist(), strict=False)
    state.codes.update(zip(keys, range(count), strict=False))


def _derive_order_codes(state: State) -> None:
    orders, used = state.order, state.rows_used("order")
    # No code holds a zero byte, so the first one tells; comparing texts takes four times as long.
    firsts = orders.code[:used].view(np.uint8)[:: orders.code.itemsize]
    for row in np.flatnonzero(firsts).tolist():
        code = bytes(orders.code[row])
        state.codes[orders.position, int(orders.channel[row]), code] = int(orders.number[row])


def _derive_pools(state: State) -> None:
    item, pool = state.item, state.pool
    items, pools = state.rows_used("item"), state.rows_used("pool")
    item.pool_first[:items] = NONE
    owners, statuses, items_of = pool.owner[:pools], pool.status[:pools], pool.item[:pools]
    allocatable = (statuses == STATUS_AVAILABLE) & (item.active[items_of] != 0)
    kernels.open_pools(
        state.index,
        item.pool_first,
        items_of,
        np.where(allocatable, owners, OWNER_NOT_ALLOCATABLE).astype(np.int32),
        item.rotation[items_of],
    )
    keys = zip(items_of.tolist(), owners.tolist(), statuses.tolist(), strict=True)
    state.pools.update(zip(keys, range(pools), strict=True))


def _derive_stock(state: State) -> None:
    stock, allocation = state.stock, state.allocation
    used, allocations = state.rows_used("stock"), state.rows_used("allocation")
    kernels.sum_allocated(
        allocation.stock[:allocations],
        allocation.units[:allocations],
        allocation.state[:allocations],
        stock.allocated_units[:used],
    )
    on_hand = stock.on_hand_units[:used]
    live = np.flatnonzero(on_hand > 0).astype(np.int32)
    bulk_load(state.index, rotation_order(state, live))
    free = np.flatnonzero(on_hand == 0).astype(np.int32)
    push_rows(state.free_stock.rows, state.free_stock.count, free)
    freed = np.flatnonzero(allocation.state[:allocations] == ALLOCATION_FREE).astype(np.int32)
    push_rows(state.free_allocations.rows, state.free_allocations.count, freed)
    expiring = live[
        (stock.expiry_day[live] != NO_EXPIRY_DAY)
        & (state.pool.status[stock.pool[live]] == STATUS_AVAILABLE)
    ]
    expiring = expiring[np.lexsort((expiring, stock.expiry_day[expiring]))]
    kernels.fill_due(state.stock_due, stock.expiry_day[expiring].astype(np.int64), expiring)


def rotation_order(state: State, rows: np.ndarray) -> np.ndarray:
    """Give stock rows (int32, shape (N,)) sorted by pool and rotation, for bulk loading."""
    stock = state.stock
    pool, received = stock.pool[rows], stock.received_us[rows]
    return rows[np.lexsort((rows, received, stock.expiry_day[rows], pool))]


def _derive_lines(state: State) -> None:
    order, line, allocation = state.order, state.line, state.allocation
    orders = state.rows_used("order")
    pools, allocations = state.rows_used("pool"), state.rows_used("allocation")
    kernels.derive_lines(
        order.state[:orders],
        order.owner[:orders],
        order.line_first[:orders],
        order.line_count[:orders],
        line.order,
        line.item,
        state.item.pool_first,
        state.pool.owner[:pools],
        state.pool.status[:pools],
        np.ascontiguousarray(state.index.head["next_pool"][:pools]),
        line.pool,
        line.allocation_first,
        line.event,
    )
    kernels.link_allocations(
        allocation.line[:allocations],
        allocation.state[:allocations],
        allocation.next,
        line.allocation_first,
    )
    pooled = np.zeros(max(pools, 1), dtype=np.int64)
    kernels.sum_pooled(
        allocation.line[:allocations],
        allocation.units[:allocations],
        allocation.state[:allocations],
        line.pool,
        pooled,
    )
    state.index.head["available_units"][:pools] -= pooled[:pools]
    for row in open_lines(state).tolist():
        line.event[row] = put_event(
            state.events,
            NONE,
            int(line.pool[row]),
            int(order.departure_us[line.order[row]]),
            -line_open_units(state, row),
        )


def open_lines(state: State) -> np.ndarray:
    """Give the line rows of open orders that still want units, int32, shape (N,)."""
    order, line = state.order, state.line
    orders = state.rows_used("order")
    out = np.empty(state.rows_used("line"), dtype=np.int32)
    count = kernels.open_lines(
        order.state[:orders],
        order.line_first[:orders],
        order.line_count[:orders],
        line.order,
        line.ordered_units,
        line.allocated_units,
        line.shipped_units,
        line.cancelled_units,
        out,
    )
    return out[:count]


def _derive_promises(state: State) -> None:
    promise = state.promise
    used = state.rows_used("promise")
    for row in np.flatnonzero(
        (promise.state[:used] == PROMISE_LIVE) | (promise.state[:used] == PROMISE_PEGGED)
    ).tolist():
        pool, units = int(promise.pool[row]), int(promise.units[row])
        promise.event[row] = NONE
        if promise.state[row] == PROMISE_LIVE:
            state.index.head[pool]["available_units"] -= units
        else:
            promise.event[row] = put_event(
                state.events, NONE, pool, int(promise.due_us[row]), -units
            )
        push_due(state.promise_due, int(promise.expires_us[row]), int(promise.number[row]))


def _derive_supply(state: State) -> None:
    lines = state.purchase_line
    for row in range(state.rows_used("purchase_line")):
        pool = state.available_pool(int(lines.item[row]), int(lines.owner[row]))
        open_units = max(0, int(lines.expected_units[row]) - int(lines.received_units[row]))
        lines.event[row] = put_event(state.events, NONE, pool, int(lines.due_us[row]), open_units)
