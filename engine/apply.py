"""Apply records to a state: the only thing that recovery, standbys and branches do.

Applying decides nothing: it writes the after-images that a record holds. Derived structures are not
kept in step here; `derive.py` recomputes them once the last record is applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.after_image import scatter_rows
from .errors import InvalidRequest, JournalCorrupt
from .record import FLAG_JOINED, FLAG_NO_KEY, Record
from .schema import COMMAND_NUMBER
from .stored_orders import NO_POOLS, store_accepted

if TYPE_CHECKING:
    from .keys import KeyTable
    from .state import State, TableView

_ACCEPT = COMMAND_NUMBER["accept"]


def apply_record(state: State, keys: KeyTable, record: Record) -> None:
    """Write what a record holds into the state and remember its keys.

    Parameters
    ----------
    state : State
        Base columns are written in place.
    keys : KeyTable
        Gets the record's keys.
    record : Record
        Decoded record; its sequence follows the state's.
    """
    for image in record.images:
        table = state.tables[image.table]
        _check_capacity(table, image.rows)
        if image.images.size < image.rows.size * table.row_bytes:
            raise JournalCorrupt(
                f"sequence {record.first_sequence}: found {image.images.size} bytes of "
                f"after-images of {table.spec.name}, expected {image.rows.size * table.row_bytes}"
            )
        scatter_rows(state.arena.memory, table.offsets, table.sizes, image.rows, image.images)
    if record.accepted:
        if record.batch.kind != _ACCEPT:
            raise JournalCorrupt(
                f"sequence {record.first_sequence}: found stored orders in a record of command "
                f"{record.batch.kind}, expected {_ACCEPT}"
            )
        for stored in record.accepted:
            _check_capacity(state.allocation, stored.rows)
            store_accepted(
                state,
                record.batch,
                record.outcome["outcome"],
                record.line_outcome["allocated_units"],
                NO_POOLS,
                stored,
            )
    if not record.flags & FLAG_NO_KEY:
        remember_keys(keys, record)


def _check_capacity(table: TableView, rows: np.ndarray) -> None:
    if rows.size and int(rows.max()) >= table.capacity:
        raise InvalidRequest(
            f"capacity of {table.spec.name}: found {table.capacity} rows, expected at least "
            f"{int(rows.max()) + 1}, which are in use"
        )


def remember_keys(keys: KeyTable, record: Record) -> None:
    """Add a record's keys: one per command, or one for each message."""
    if record.flags & FLAG_JOINED:
        for entry, first in zip(record.keys, record.messages.tolist(), strict=True):
            keys.add(
                entry["key"].tobytes(),
                int(entry["fingerprint"]),
                record.first_sequence + first,
                record.time_us,
            )
        return
    keys.add_many(
        record.keys["key"].tobytes(),
        record.keys["fingerprint"],
        record.first_sequence,
        record.time_us,
    )


def reply_columns(
    record: Record, first: int, last: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Give outcome and line outcome of some commands of a record.

    Parameters
    ----------
    record : Record
        The record that holds the answer.
    first, last : int
        Place of the first command in the run, and of the one behind the last.

    Returns
    -------
    tuple of dict of str to ndarray
        Outcome columns and line outcome columns, copied out of the journal's buffer.
    """
    lines = slice(0, 0)
    if record.batch.command.has_lines:
        counts = record.batch.columns["line_count"]
        if counts.size == 1:
            each = int(counts[0])
            lines = slice(first * each, last * each)
        else:
            start = int(counts[:first].sum())
            lines = slice(start, start + int(counts[first:last].sum()))
    return (
        {name: np.array(array[first:last]) for name, array in record.outcome.items()},
        {name: np.array(array[lines]) for name, array in record.line_outcome.items()},
    )
