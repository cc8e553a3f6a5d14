"""Decide `put_*`: add a row of the catalogue or update the one with the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..kernels.columns import (
    LOAD_EXPECTED,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_WRONG_STATE,
    OWNER_NOT_ALLOCATABLE,
    STATUS_AVAILABLE,
    WAVE_PLANNED,
)
from ..kernels.scans import find_stock_of
from .deciding import commands
from .lifecycle import next_state
from .schema import Counter
from .work import set_unit_place

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .state import State, TableView

Outcome = dict[str, "np.ndarray"]
Result = tuple[int, int]

_REFUSED: Result = (OUTCOME_WRONG_STATE, NONE)
_FULL: Result = (OUTCOME_LIMIT, NONE)


def decide_put_name(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_name`: a name has nothing but its key."""
    table = change.state.name
    for k, (kind, code) in enumerate(commands(batch)):
        key = (table.position, kind, code)
        row = change.state.codes.get(key, NONE)
        if row == NONE:
            row = _add(change, table, key, (kind, code))
        _answer(outcome, "name", k, row)


def decide_put_item(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_item`: a new item gets its pool, a changed one raises the epoch."""
    state, table = change.state, change.state.item
    for k, values in enumerate(commands(batch)):
        key = (table.position, values[0], values[1])
        row = state.codes.get(key, NONE)
        if row != NONE:
            result = _change_item(change, row, values)
            outcome["outcome"][k], outcome["item"][k] = result
            continue
        if change.room("pool", 1):
            row = _add(change, table, key, (*values, 0, 0, 0))
        if row != NONE:
            table.pool_first[row] = NONE
            change.pool(row, values[0], STATUS_AVAILABLE)
        _answer(outcome, "item", k, row)


def decide_put_pack(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_pack`."""
    table = change.state.pack
    for k, values in enumerate(commands(batch)):
        key = (table.position, values[0], bytes([values[1]]))
        _put_with_epoch(change, table, key, values, outcome, k)


def decide_put_alias(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_alias`."""
    table = change.state.alias
    for k, values in enumerate(commands(batch)):
        key = (table.position, values[1], values[0])
        _put_with_epoch(change, table, key, values, outcome, k)


def decide_put_lot(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_lot`: its expiry is fixed while there is stock of it."""
    state, table = change.state, change.state.lot
    for k, values in enumerate(commands(batch)):
        item, owner, code, expiry_day = values
        key = (table.position, item << 32 | owner, code)
        row = state.codes.get(key, NONE)
        if row == NONE:
            row = _add(change, table, key, values)
        elif int(table.expiry_day[row]) != expiry_day:
            if _has_stock(state, state.stock.lot, row):
                outcome["outcome"][k], outcome["lot"][k] = _REFUSED
                continue
            _write(change, table, row, values)
        _answer(outcome, "lot", k, row)


def decide_put_location(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_location`."""
    table = change.state.location
    for k, values in enumerate(commands(batch)):
        _put(change, table, (table.position, 0, values[0]), values, outcome, k)


def decide_put_handling_unit(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_handling_unit`: of a known unit only the kind changes."""
    state, table = change.state, change.state.handling_unit
    born = 0
    for k, (code, kind, parent, location) in enumerate(commands(batch)):
        key = (table.position, 0, code)
        row = state.codes.get(key, NONE)
        if row == NONE:
            # The border looks at places too, but a unit may have come from an earlier batch.
            if (parent == NONE) == (location == NONE) or (
                parent != NONE
                and next_state("handling_unit", int(table.state[parent]), "put_into") is None
            ):
                outcome["outcome"][k], outcome["handling_unit"][k] = _REFUSED
                continue
            row = _add(change, table, key, (code, kind, born, NONE, NONE))
            if row != NONE:
                set_unit_place(change, row, parent, location)
        elif int(table.kind[row]) != kind:
            after = next_state("handling_unit", int(table.state[row]), "put_handling_unit")
            if after is None:
                outcome["outcome"][k], outcome["handling_unit"][k] = _REFUSED
                continue
            change.touch(table, row)
            table.kind[row] = kind
        _answer(outcome, "handling_unit", k, row)


def decide_put_purchase_line(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_purchase_line`: its open units are dated supply of its pool."""
    state, table = change.state, change.state.purchase_line
    for k, values in enumerate(commands(batch)):
        code, number, item, owner, expected, due_us, cost = values
        key = (table.position, number, code)
        row = state.codes.get(key, NONE)
        if row == NONE:
            if change.has_pool_room(item, owner, STATUS_AVAILABLE):
                images = (code, number, item, owner, expected, 0, due_us, cost)
                row = _add(change, table, key, images)
            if row != NONE:
                table.event[row] = NONE
                change.refresh_supply_event(row)
        elif int(table.item[row]) != item or int(table.owner[row]) != owner:
            outcome["outcome"][k], outcome["purchase_line"][k] = _REFUSED
            continue
        else:
            received = int(table.received_units[row])
            images = (code, number, item, owner, expected, received, due_us, cost)
            if _differs(table, row, images):
                _write(change, table, row, images)
                change.refresh_supply_event(row)
        _answer(outcome, "purchase_line", k, row)


def decide_put_worker(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_worker`: whoever has batches stays in use."""
    state, table = change.state, change.state.worker
    for k, values in enumerate(commands(batch)):
        key = (table.position, 0, values[0])
        row = state.codes.get(key, NONE)
        is_out_of_use = row != NONE and not values[3] and bool(table.active[row])
        if is_out_of_use and (state.batch.worker[: state.rows_used("batch")] == row).any():
            outcome["outcome"][k], outcome["worker"][k] = _REFUSED
            continue
        _put(change, table, key, values, outcome, k)


def decide_put_cart(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_cart`: it stays as it is while a batch has it."""
    state, table = change.state, change.state.cart
    for k, values in enumerate(commands(batch)):
        key = (table.position, 0, values[0])
        row = state.codes.get(key, NONE)
        if row in state.work.cart_batch and _differs(table, row, values):
            outcome["outcome"][k], outcome["cart"][k] = _REFUSED
            continue
        _put(change, table, key, values, outcome, k)


def decide_put_wave(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_wave`."""
    table = change.state.wave
    for k, values in enumerate(commands(batch)):
        _put(change, table, (table.position, 0, values[0]), values, outcome, k, (WAVE_PLANNED,))


def decide_put_load(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `put_load`: what has departed stays as it was."""
    state, table = change.state, change.state.load
    for k, values in enumerate(commands(batch)):
        key = (table.position, 0, values[0])
        row = state.codes.get(key, NONE)
        if (
            row != NONE
            and next_state("load", int(table.state[row]), "put_load") is None
            and _differs(table, row, values)
        ):
            outcome["outcome"][k], outcome["load"][k] = _REFUSED
            continue
        _put(change, table, key, values, outcome, k, (NONE, b"", LOAD_EXPECTED))


def _put(
    change: Change,
    table: TableView,
    key: tuple[int, int, bytes],
    values: tuple[Any, ...],
    outcome: Outcome,
    k: int,
    born: tuple[Any, ...] = (),
) -> None:
    """Add a row with further values `born`, or change the first columns of the known one."""
    row = change.state.codes.get(key, NONE)
    if row == NONE:
        row = _add(change, table, key, (*values, *born))
    elif _differs(table, row, values):
        change.touch(table, row)
        for column, value in zip(table.columns, values, strict=False):
            column[row] = value
    _answer(outcome, table.spec.name, k, row)


def _answer(outcome: Outcome, ref: str, k: int, row: int) -> None:
    outcome["outcome"][k], outcome[ref][k] = _FULL if row == NONE else (OUTCOME_DONE, row)


def _add(
    change: Change, table: TableView, key: tuple[int, int, bytes], values: tuple[Any, ...]
) -> int:
    """Add a row and its code; give -1 when the table is full."""
    if not change.room(table.spec.name, 1):
        return NONE
    row = change.new_row(table)
    _write(change, table, row, values)
    change.state.codes[key] = row
    return row


def _write(change: Change, table: TableView, row: int, values: tuple[Any, ...]) -> None:
    change.touch(table, row)
    for column, value in zip(table.columns, values, strict=True):
        column[row] = value


def _differs(table: TableView, row: int, values: tuple[Any, ...]) -> bool:
    """Whether a row's first columns hold other values."""
    return any(column[row] != value for column, value in zip(table.columns, values, strict=False))


def _raise_epoch(change: Change) -> None:
    epoch = int(change.state.counters[Counter.CATALOGUE_EPOCH])
    change.set_counter(Counter.CATALOGUE_EPOCH, epoch + 1)


def _put_with_epoch(
    change: Change,
    table: TableView,
    key: tuple[int, int, bytes],
    values: tuple[Any, ...],
    outcome: Outcome,
    k: int,
) -> None:
    row = change.state.codes.get(key, NONE)
    if row == NONE:
        row = _add(change, table, key, values)
    elif _differs(table, row, values):
        _write(change, table, row, values)
        _raise_epoch(change)
    _answer(outcome, table.spec.name, k, row)


def _change_item(change: Change, row: int, values: tuple[Any, ...]) -> Result:
    state, table = change.state, change.state.item
    if not _differs(table, row, values):
        return OUTCOME_DONE, row
    rotation, active = values[2], values[10]
    if int(table.rotation[row]) != rotation and _has_stock(state, state.stock.item, row):
        return _REFUSED
    change.touch(table, row)
    for column, value in zip(table.columns, values, strict=False):
        column[row] = value
    _refresh_pools(state, row, rotation, bool(active))
    _raise_epoch(change)
    return OUTCOME_DONE, row


def _refresh_pools(state: State, item: int, rotation: int, active: bool) -> None:
    """Tell the heads of an item's pools its rotation and whether it may be allocated."""
    head, pools = state.index.head, state.pool
    pool = int(state.item.pool_first[item])
    while pool != NONE:
        open_to_orders = active and int(pools.status[pool]) == STATUS_AVAILABLE
        head["rotation"][pool] = rotation
        head["owner"][pool] = int(pools.owner[pool]) if open_to_orders else OWNER_NOT_ALLOCATABLE
        pool = int(head["next_pool"][pool])


def _has_stock(state: State, refs: np.ndarray, wanted: int) -> bool:
    used = state.count("stock")
    return int(find_stock_of(refs[:used], state.stock.on_hand_units[:used], wanted)) != NONE
