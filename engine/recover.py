"""Recovery: the newest snapshot that is whole, then every record behind it, then what derives.

There is no second start-up path: an empty store recovers from nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from . import snapshot
from .apply import apply_record
from .derive import derive
from .errors import JournalCorrupt
from .head import read_identity
from .index_items import index_items
from .journal import Detect, Journal
from .record import read_records
from .recovery import Anchor

if TYPE_CHECKING:
    from .files import Store
    from .keys import KeyTable
    from .snapshot import Manifest
    from .state import State

LOG: Final = logging.getLogger("slotline.engine")


def open_journal(
    store: Store, now_us: int, *, detect: Detect, segment_bytes: int, rebuild_head: bool
) -> tuple[Journal, Manifest | None]:
    """Open the journal, verified from the newest snapshot on.

    Returns
    -------
    tuple of Journal and Manifest or None
        The manifest is that of the snapshot to load, None when there is none.
    """
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
