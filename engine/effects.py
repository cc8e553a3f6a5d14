"""Effects: what endpoints outside must hear of, read out of the journal's records.

An effect is no second copy of a fact: it is a durable command as an endpoint sees it, or what its
record's after-images show beside it (promises that expired or were broken, items whose available
units may have changed). A command that changed nothing has none.

The effects of a record come in the order of its commands; what its after-images show carries the
record's last sequence, for they tell how things stand behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.columns import (
    ORDER_OPEN,
    ORDER_SHIPPED,
    OUTCOME_DONE,
    OUTCOME_SHORT,
    PROMISE_BROKEN,
    PROMISE_EXPIRED,
)
from .index_items import items_of
from .record import read_records
from .schema import TABLE_NUMBER, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .journal import Journal
    from .record import Record


class EffectKind(IntEnum):
    """What has happened. Numbers are part of the protocol: append, never renumber."""

    ORDER_ACCEPTED = 1
    ORDER_CANCELLED = 2
    ORDER_ALLOCATED = 3
    ORDER_DEALLOCATED = 4
    ORDER_RELEASED = 5
    ORDER_PICKED = 6
    ORDER_SHORT_PICKED = 7
    ORDER_UNPICKED = 8
    ORDER_PACKED = 9
    ORDER_SHIPPED = 10
    PROMISE_MADE = 11
    PROMISE_RELEASED = 12
    PROMISE_EXPIRED = 13
    PROMISE_BROKEN = 14
    RECEIPT_POSTED = 15
    STOCK_MOVED = 16
    STOCK_ADJUSTED = 17
    STOCK_HELD = 18
    STOCK_HOLD_RELEASED = 19
    ITEM_PUT = 20
    AVAILABLE_CHANGED = 21
    BATCH_OPENED = 22
    BATCH_RELEASED = 23
    BATCH_CANCELLED = 24
    BATCH_CLAIMED = 25
    BATCH_PAUSED = 26
    BATCH_RESUMED = 27
    BATCH_DROPPED = 28
    BATCH_REASSIGNED = 29
    BATCH_DELIVERED = 30
    LEASE_TAKEN = 31
    TOTE_ASSIGNED = 32
    PICK_ADDED = 33
    MOVE_ADDED = 34
    TASK_CONFIRMED = 35
    TASK_SHORT = 36
    TASK_DROPPED = 37
    TASK_ROUTED = 38
    PICK_SORTED = 39
    UNIT_CONSOLIDATED = 40
    UNIT_STAGED = 41
    UNIT_LOADED = 42
    UNIT_UNLOADED = 43
    LOAD_DOCKED = 44
    LOAD_DEPARTED = 45
    LOAD_PUT = 46


class EntityKind(IntEnum):
    """To whom it has happened; effects of one entity are delivered in order."""

    ORDER = 1
    PROMISE = 2
    RECEIPT = 3
    STOCK = 4
    ITEM = 5
    BATCH = 6
    UNIT = 7
    LOAD = 8


ALL_KINDS = frozenset(EffectKind)

# Kind, entity and the column that holds the entity's number: of the command, else of its outcome.
_OF_COMMAND: dict[str, tuple[EffectKind, EntityKind, str]] = {
    "accept": (EffectKind.ORDER_ACCEPTED, EntityKind.ORDER, "order"),
    "cancel": (EffectKind.ORDER_CANCELLED, EntityKind.ORDER, "order"),
    "allocate": (EffectKind.ORDER_ALLOCATED, EntityKind.ORDER, "order"),
    "deallocate": (EffectKind.ORDER_DEALLOCATED, EntityKind.ORDER, "order"),
    "release": (EffectKind.ORDER_RELEASED, EntityKind.ORDER, "order"),
    "pick": (EffectKind.ORDER_PICKED, EntityKind.ORDER, "order"),
    "short_pick": (EffectKind.ORDER_SHORT_PICKED, EntityKind.ORDER, "order"),
    "unpick": (EffectKind.ORDER_UNPICKED, EntityKind.ORDER, "order"),
    "pack": (EffectKind.ORDER_PACKED, EntityKind.ORDER, "order"),
    "ship": (EffectKind.ORDER_SHIPPED, EntityKind.ORDER, "order"),
    "promise": (EffectKind.PROMISE_MADE, EntityKind.PROMISE, "promise"),
    "release_promise": (EffectKind.PROMISE_RELEASED, EntityKind.PROMISE, "promise"),
    "receive": (EffectKind.RECEIPT_POSTED, EntityKind.RECEIPT, "receipt"),
    "move": (EffectKind.STOCK_MOVED, EntityKind.STOCK, "stock"),
    "adjust": (EffectKind.STOCK_ADJUSTED, EntityKind.STOCK, "stock"),
    "hold": (EffectKind.STOCK_HELD, EntityKind.STOCK, "stock"),
    "release_hold": (EffectKind.STOCK_HOLD_RELEASED, EntityKind.STOCK, "stock"),
    "put_item": (EffectKind.ITEM_PUT, EntityKind.ITEM, "item"),
    "open_batch": (EffectKind.BATCH_OPENED, EntityKind.BATCH, "batch"),
    "release_batch": (EffectKind.BATCH_RELEASED, EntityKind.BATCH, "batch"),
    "cancel_batch": (EffectKind.BATCH_CANCELLED, EntityKind.BATCH, "batch"),
    "claim_batch": (EffectKind.BATCH_CLAIMED, EntityKind.BATCH, "batch_claimed"),
    "pause_batch": (EffectKind.BATCH_PAUSED, EntityKind.BATCH, "batch"),
    "resume_batch": (EffectKind.BATCH_RESUMED, EntityKind.BATCH, "batch"),
    "drop_batch": (EffectKind.BATCH_DROPPED, EntityKind.BATCH, "batch"),
    "reassign_batch": (EffectKind.BATCH_REASSIGNED, EntityKind.BATCH, "batch"),
    "deliver_batch": (EffectKind.BATCH_DELIVERED, EntityKind.BATCH, "batch"),
    "assign_tote": (EffectKind.TOTE_ASSIGNED, EntityKind.BATCH, "batch"),
    "add_pick": (EffectKind.PICK_ADDED, EntityKind.BATCH, "batch"),
    "add_move": (EffectKind.MOVE_ADDED, EntityKind.BATCH, "batch"),
    "confirm_task": (EffectKind.TASK_CONFIRMED, EntityKind.BATCH, "batch"),
    "short_task": (EffectKind.TASK_SHORT, EntityKind.BATCH, "batch"),
    "drop_task": (EffectKind.TASK_DROPPED, EntityKind.BATCH, "batch"),
    "route_task": (EffectKind.TASK_ROUTED, EntityKind.BATCH, "batch"),
    "sort_pick": (EffectKind.PICK_SORTED, EntityKind.ORDER, "order"),
    "consolidate": (EffectKind.UNIT_CONSOLIDATED, EntityKind.UNIT, "handling_unit"),
    "stage": (EffectKind.UNIT_STAGED, EntityKind.UNIT, "handling_unit"),
    "load_unit": (EffectKind.UNIT_LOADED, EntityKind.UNIT, "handling_unit"),
    "unload_unit": (EffectKind.UNIT_UNLOADED, EntityKind.UNIT, "handling_unit"),
    "put_load": (EffectKind.LOAD_PUT, EntityKind.LOAD, "load"),
    "dock_load": (EffectKind.LOAD_DOCKED, EntityKind.LOAD, "load"),
    "depart": (EffectKind.LOAD_DEPARTED, EntityKind.LOAD, "load"),
}

# Commands that may change what can be promised of an item.
_AVAILABILITY = frozenset(
    {
        *("put_item", "receive", "adjust", "hold", "release_hold", "promise", "release_promise"),
        *("accept", "cancel", "allocate", "deallocate", "release", "short_pick", "tick"),
        "short_task",
    }
)

_ENDED_PROMISES = {
    PROMISE_EXPIRED: EffectKind.PROMISE_EXPIRED,
    PROMISE_BROKEN: EffectKind.PROMISE_BROKEN,
}
# What an order is once its last packed goods have left; OPEN when units are still wanted.
_SHIPPED = (ORDER_SHIPPED, ORDER_OPEN)
_IMAGE_TYPES = {
    name: np.dtype([(field.name, field.dtype) for field in TABLES[TABLE_NUMBER[name]].fields])
    for name in ("promise", "order", "batch")
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect; with kind and entity its sequence names it for good.

    Parameters
    ----------
    sequence, time_us : int
        Of the command.
    kind : EffectKind
        What has happened.
    entity_kind : EntityKind
        To what kind of thing.
    entity : int
        Its number: of an order or promise the one given once, of others the row.
    outcome : int
        The command's outcome, one of those that change something.
    tenant, actor : int
        Name rows, -1 for none.
    values, results : dict of str to int or bytes
        The command's columns and those of its outcome, by the schema's names.
    lines : dict of str to list of int
        Columns of its lines, what was allocated of each among them.
    """

    sequence: int
    time_us: int
    kind: EffectKind
    entity_kind: EntityKind
    entity: int
    outcome: int
    tenant: int
    actor: int
    values: dict[str, Any]
    results: dict[str, Any]
    lines: dict[str, list[int]]


def read_effects(
    journal: Journal, after_sequence: int, kinds: frozenset[EffectKind], pool_items: np.ndarray
) -> Iterator[tuple[list[Effect], int]]:
    """Read the durable effects behind a sequence, archive included.

    Parameters
    ----------
    journal : Journal
        Open; another thread may write meanwhile.
    after_sequence : int
        Effects up to it are left out.
    kinds : frozenset of EffectKind
        Which are wanted.
    pool_items : ndarray of int32, shape (P,)
        The item of each pool; a pool keeps it for good.

    Yields
    ------
    tuple of (list of Effect, int)
        A record's effects and its last sequence, for every record that is durable when the call
        begins.

    Raises
    ------
    JournalCorrupt
        A frame is damaged, or older than everything kept.
    """
    for frame in journal.read_from(after_sequence + 1):
        for record in read_records(frame.payload):
            if record.last_sequence > after_sequence:
                found = effects_of(record, kinds, pool_items)
                yield [one for one in found if one.sequence > after_sequence], record.last_sequence


def effects_of(
    record: Record, kinds: frozenset[EffectKind], pool_items: np.ndarray
) -> list[Effect]:
    """Give a record's effects, in order.

    Parameters
    ----------
    record : Record
        Durable.
    kinds : frozenset of EffectKind
        Which are wanted.
    pool_items : ndarray of int32, shape (P,)
        The item of each pool.

    Returns
    -------
    list of Effect
        By sequence; of one sequence the command's own first, then promises and items ascending.
    """
    command = record.batch.command.name
    found: list[Effect] = []
    known = _OF_COMMAND.get(command)
    if known is not None and known[0] in kinds:
        found += _of_commands(record, *known)
    if not kinds.isdisjoint(_ENDED_PROMISES.values()):
        found += _of_promises(record, kinds)
    if command == "depart" and EffectKind.ORDER_SHIPPED in kinds:
        found += _of_departed(record)
    if command == "tick" and EffectKind.LEASE_TAKEN in kinds:
        found += _of_leases(record)
    if EffectKind.AVAILABLE_CHANGED in kinds and command in _AVAILABILITY:
        found += _of_items(record, pool_items)
    return found


def _of_commands(
    record: Record, kind: EffectKind, entity_kind: EntityKind, column: str
) -> Iterator[Effect]:
    batch = record.batch
    outcomes = record.outcome["outcome"]
    if not (outcomes <= OUTCOME_SHORT).any():
        return
    columns = {name: _spread(values, batch.count) for name, values in batch.columns.items()}
    counts = columns.pop("line_count", None)
    results = {name: values.tolist() for name, values in record.outcome.items()}
    del results["outcome"]
    entities = columns.get(column) or results[column]
    lines = {name: _spread(values, batch.line_count) for name, values in batch.lines.items()}
    lines |= {name: values.tolist() for name, values in record.line_outcome.items()}
    first_line = 0
    for k, outcome in enumerate(outcomes.tolist()):
        line = first_line
        first_line += counts[k] if counts else 0
        if outcome > OUTCOME_SHORT or entities[k] < 0:
            continue
        yield Effect(
            record.first_sequence + k,
            record.time_us,
            kind,
            entity_kind,
            entities[k],
            outcome,
            record.tenant,
            record.actor,
            {name: values[k] for name, values in columns.items()},
            {name: values[k] for name, values in results.items()},
            {name: values[line:first_line] for name, values in lines.items()},
        )


def _spread(column: np.ndarray, count: int) -> list[Any]:
    values: list[Any] = column.tolist()
    return values * count if len(values) == 1 and count != 1 else values


def _of_promises(record: Record, kinds: frozenset[EffectKind]) -> Iterator[Effect]:
    """Promises that expired or were broken; the journal holds their images in any record."""
    for row in _images(record, "promise"):
        kind = _ENDED_PROMISES.get(int(row["state"]))
        if kind is not None and kind in kinds:
            values = {name: row[name].item() for name in ("channel", "units", "expires_us")}
            yield _of_image(record, kind, EntityKind.PROMISE, int(row["number"]), values)


def _of_departed(record: Record) -> Iterator[Effect]:
    """Orders whose last packed goods left with a load."""
    for row in _images(record, "order"):
        if int(row["state"]) in _SHIPPED:
            kind, number = EffectKind.ORDER_SHIPPED, int(row["number"])
            yield _of_image(record, kind, EntityKind.ORDER, number, {"order": number})


def _of_leases(record: Record) -> Iterator[Effect]:
    """Batches that a tick took from those who were late."""
    for row in _images(record, "batch"):
        kind, number = EffectKind.LEASE_TAKEN, int(row["number"])
        yield _of_image(record, kind, EntityKind.BATCH, number, {"batch": number})


def _of_items(record: Record, pool_items: np.ndarray) -> Iterator[Effect]:
    if not (record.outcome["outcome"] <= OUTCOME_SHORT).any():
        return
    found = [*items_of(record), pool_items[_images(record, "promise")["pool"]]]
    for item in np.unique(np.concatenate(found)).tolist():
        if item >= 0:
            yield _of_image(record, EffectKind.AVAILABLE_CHANGED, EntityKind.ITEM, item, {})


def _images(record: Record, table: str) -> np.ndarray:
    """Give the after-images of a ring's rows, by number."""
    number, image_type = TABLE_NUMBER[table], _IMAGE_TYPES[table]
    found = [
        image.images[: image.rows.size * image_type.itemsize].view(image_type)
        for image in record.images
        if image.table == number
    ]
    rows = np.concatenate(found) if found else np.empty(0, dtype=image_type)
    return rows[np.argsort(rows["number"])]


def _of_image(
    record: Record, kind: EffectKind, entity_kind: EntityKind, entity: int, values: dict[str, Any]
) -> Effect:
    return Effect(
        record.last_sequence,
        record.time_us,
        kind,
        entity_kind,
        entity,
        OUTCOME_DONE,
        record.tenant,
        record.actor,
        values,
        {},
        {},
    )
