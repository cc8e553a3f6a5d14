"""Recovery: the newest snapshot that is whole, then every record behind it, then what derives.

There is no second start-up path: an empty store recovers from nothing.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.columns import NONE
from . import snapshot
from .apply import apply_record
from .derive import derive
from .errors import JournalCorrupt, StoreMismatch
from .head import read_identity, write_identity
from .index_items import index_items
from .journal import Detect, Journal
from .record import read_records
from .recovery import Anchor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .files import Store
    from .keys import KeyTable
    from .snapshot import Manifest
    from .state import State

LOG: Final = logging.getLogger("slotline.engine")


def open_journal(
    store: Store,
    now_us: int,
    *,
    ring_rows: Mapping[str, int],
    detect: Detect,
    segment_bytes: int,
    rebuild_head: bool,
) -> tuple[Journal, Manifest | None]:
    """Open the journal, verified from the newest snapshot on.

    Returns
    -------
    tuple of Journal and Manifest or None
        The manifest is that of the snapshot to load, None when there is none.

    Raises
    ------
    StoreMismatch
        The store has other rings; nothing was written.
    """
    known = read_identity(store).ring_rows
    # A ring that the tag does not know is younger than the store, and empty: any size will do.
    other = [name for name, rows in ring_rows.items() if known.get(name, rows) != rows]
    if other:
        table = other[0]
        raise StoreMismatch(
            f"{store.where}: found a capacity of {ring_rows[table]} rows for ring {table}, "
            f"expected the {known.get(table)} of the store; a ring keeps its size for good, "
            f"because numbers are mapped to rows by it"
        )
    manifest = _newest_whole(store) if snapshot.sequences(store) else None
    journal = Journal.open(
        store,
        time_us=now_us,
        detect=detect,
        segment_bytes=segment_bytes,
        anchor=Anchor(manifest.first, manifest.chain) if manifest else None,
        indexer=index_items,
        rebuild_head=rebuild_head,
    )
    return journal, manifest


def _newest_whole(store: Store) -> Manifest | None:
    """Give the newest snapshot that is whole; the journal holds what is in no snapshot."""
    store_id = read_identity(store).store_id
    for sequence in reversed(snapshot.sequences(store)):
        try:
            manifest = snapshot.read_manifest(store, store_id, sequence)
            snapshot.check(store, manifest)
        except JournalCorrupt as error:
            LOG.warning("snapshot %d is passed over: %s", sequence, error)
            continue
        return manifest
    return None


def recover_state(
    journal: Journal, store: Store, state: State, keys: KeyTable, manifest: Manifest | None
) -> None:
    """Fill an empty state and key table from snapshot and journal, then derive the rest.

    Raises
    ------
    JournalCorrupt
        Records are missing, out of order or damaged.
    """
    sequence = 0
    if manifest is not None:
        snapshot.load(store, state, keys, manifest)
        state.time_us = manifest.time_us
        sequence = manifest.first
    for frame in journal.read_from(sequence + 1):
        for record in read_records(frame.payload):
            if record.first_sequence != sequence + 1:
                raise JournalCorrupt(
                    f"found sequence {record.first_sequence}, expected {sequence + 1}"
                )
            apply_record(state, keys, record)
            sequence = record.last_sequence
            state.time_us = record.time_us
    if sequence != journal.durable_sequence or (manifest and sequence < manifest.last):
        raise JournalCorrupt(
            f"found records up to sequence {sequence}, expected {journal.durable_sequence}"
            + (f" and at least the snapshot's {manifest.last}" if manifest else "")
        )
    derive(state)


def keep_rings(journal: Journal, store: Store, state: State) -> None:
    """Note the sizes of rings that the store's name tag does not know.

    The numbers of an early build, which noted none, must agree with them.

    Raises
    ------
    StoreMismatch
        A number does not lie in its row.
    """
    known = journal.identity.ring_rows
    if known.keys() >= state.capacity.rings.keys():
        return
    if not known:
        _check_numbers(store, state)
    write_identity(store, replace(journal.identity, ring_rows=state.capacity.rings))


def _check_numbers(store: Store, state: State) -> None:
    for table in (state.promise, state.order):
        numbers = table.number[: state.rows_used(table.spec.name)]
        wrong = np.flatnonzero((numbers & (table.capacity - 1)) != np.arange(numbers.size))
        if wrong.size:
            row = int(wrong[0])
            raise _other_rings(store, table.spec.name, table.capacity, int(numbers[row]), row)
    last = state.count("order") - 1
    row = state.order_row(last)
    if row != NONE:
        line, mask = state.count("line") - 1, state.line.capacity - 1
        last_row = state.lines_of(row)[-1]
        if line & mask != last_row:
            raise _other_rings(store, "line", mask + 1, line, last_row)


def _other_rings(store: Store, ring: str, rows: int, number: int, row: int) -> StoreMismatch:
    return StoreMismatch(
        f"{store.where}: found {ring} number {number} in row {row}, expected row "
        f"{number & (rows - 1)} of a ring of {rows}; open the store with the ring sizes that it "
        f"was made with"
    )
