"""Snapshots of a running engine, without stopping the writer.

The used ranges of all base columns are copied in chunks while the writer goes on. What it changes
meanwhile may be in the copy half, old or new; the frames from the snapshot's first sequence to its
last one hold the after-image of every such change, so the copy plus those frames is exactly the
state at the last sequence. Those frames stay in the journal, which is trimmed behind the oldest
kept snapshot only. The file counts once all of it is durable and its SHA-256 is in the name tag.

    state.bin   for each column its used bytes, one behind the other
    manifest    JSON: format, store id, sequences, chain digest, ranges, key table, SHA-256
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import InvalidRequest, JournalCorrupt, StoreMismatch
from .failpoints import failpoint
from .schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .files import Store
    from .keys import KeyTable
    from .state import State

FOLDER = "snapshots"
FORMAT = 1
CHUNK_BYTES = 256 << 10
"""Small enough to stay in a core's cache while it is copied, hashed and written."""
KEEP = 2
# Whatever else lies in the folder is not ours.
_NAME = re.compile(r"\d{16}\.(state|state\.part|manifest)")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a snapshot begins: noted by the writer between two groups.

    Parameters
    ----------
    sequence, time_us : int
        Last sequence in the state and its time stamp; frames after it are replayed.
    chain : bytes
        Chain digest of the frame that ends with it, 32 bytes.
    rows : tuple of int
        Rows used of each table.
    keys_first, keys_end, forgotten_us : int
        The key table's cursors.
    """

    sequence: int
    time_us: int
    chain: bytes
    rows: tuple[int, ...]
    keys_first: int
    keys_end: int
    forgotten_us: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The name tag of a snapshot; sequences as in `Start`, `last` the sequence it is good from.

    `forgotten_us` is what the key table had forgotten by `first`, `forgotten_last_us` by `last`;
    the latter and `keys_capacity` are None in the tags of early builds. `rows` has a number for
    each table of this build: those that the build of the tag did not know are empty.
    """

    first: int
    last: int
    time_us: int
    chain: bytes
    rows: tuple[int, ...]
    keys_first: int
    keys_end: int
    forgotten_us: int
    forgotten_last_us: int | None
    keys_capacity: int | None
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class End:
    """Where the copy of a snapshot ends: noted by the writer between two groups.

    Parameters
    ----------
    sequence : int
        Last sequence that the copy may have seen something of.
    forgotten_us : int
        What the key table has forgotten by then.
    """

    sequence: int
    forgotten_us: int


def note_start(state: State, keys: KeyTable, sequence: int, chain: bytes) -> Start:
    """Note where a snapshot begins; called between two groups, costs microseconds."""
    return Start(
        sequence,
        state.time_us,
        chain,
        tuple(state.rows_used(table.name) for table in TABLES),
        keys.first,
        keys.end,
        keys.forgotten_us,
    )


def write_state(store: Store, state: State, keys: KeyTable, start: Start) -> tuple[int, str]:
    """Copy the state's used ranges into a temporary file.

    Runs beside the writer; each chunk is copied and hashed without the interpreter lock.

    Returns
    -------
    tuple of int and str
        Size in bytes and SHA-256 in hex.
    """
    store.make_folder(FOLDER)
    name = _file(start.sequence) + ".part"
    file = store.create_zeroed(name, 0)
    digest = hashlib.sha256()
    position = 0
    # One for all chunks, so that it stays in the cache from one to the next.
    buffer = np.empty(CHUNK_BYTES, dtype=np.uint8)
    key_rows = min(start.keys_end, keys.capacity)
    try:
        for column in _ranges_of(state, keys, start.rows, key_rows):
            for begin in range(0, column.size, CHUNK_BYTES):
                source = column[begin : begin + CHUNK_BYTES]
                chunk = buffer[: source.size]
                np.copyto(chunk, source)
                digest.update(chunk.data)
                failpoint("snapshot.before_write")
                file.write([chunk.data], position, chunk.size)
                position += chunk.size
        file.sync()
    finally:
        file.close()
    return position, digest.hexdigest()


def _ranges_of(
    state: State, keys: KeyTable, rows: tuple[int, ...], key_rows: int
) -> Iterator[np.ndarray]:
    for view, used in zip(state.tables, rows, strict=True):
        for field in view.spec.fields:
            yield getattr(view, field.name)[:used].view(np.uint8)
    for column in keys.columns():
        yield column[:key_rows].view(np.uint8)


def publish(
    store: Store,
    store_id: bytes,
    start: Start,
    end: End,
    *,
    keys_capacity: int,
    size_bytes: int,
    sha256: str,
) -> None:
    """Name a written snapshot: it counts from now. The sequence of `end` must be durable."""
    failpoint("snapshot.before_publish")
    part = _file(start.sequence) + ".part"
    store.rename(part, _file(start.sequence))
    store.sync_dir(FOLDER)
    manifest = {
        "format": FORMAT,
        "store_id": store_id.hex(),
        "first": start.sequence,
        "last": end.sequence,
        "time_us": start.time_us,
        "chain": start.chain.hex(),
        "rows": list(start.rows),
        "keys": [start.keys_first, start.keys_end, start.forgotten_us],
        "forgotten_last_us": end.forgotten_us,
        "keys_capacity": keys_capacity,
        "size_bytes": size_bytes,
        "sha256": sha256,
    }
    body = json.dumps(manifest, sort_keys=True)
    tag = hashlib.sha256(body.encode()).hexdigest()
    store.write_atomic(_manifest(start.sequence), f"{body}\n{tag}\n".encode())
    failpoint("snapshot.after_publish")


def drop_old(store: Store) -> None:
    """Keep the newest snapshots only; unfinished ones go too."""
    known = sequences(store)
    for name in store.names(FOLDER):
        if _NAME.fullmatch(name) and int(name.split(".")[0]) not in known[-KEEP:]:
            store.unlink(f"{FOLDER}/{name}")
    store.sync_dir(FOLDER)


def sequences(store: Store) -> list[int]:
    """Give the first sequences of all published snapshots, ascending."""
    return sorted(
        int(name.split(".")[0])
        for name in store.names(FOLDER)
        if _NAME.fullmatch(name) and name.endswith(".manifest")
    )


def read_manifest(store: Store, store_id: bytes, sequence: int) -> Manifest:
    """Read and check a snapshot's name tag.

    Raises
    ------
    JournalCorrupt
        Damaged tag.
    StoreMismatch
        Another store's snapshot, another format, or more tables than this build knows.
    """
    name = _manifest(sequence)
    raw = store.read_small(name)
    body, _, tag = raw.rpartition(b"\n")[0].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != tag:
        raise JournalCorrupt(f"{name}: found a damaged name tag; delete the snapshot to go on")
    known = json.loads(body)
    if known["format"] != FORMAT or known["store_id"] != store_id.hex():
        raise StoreMismatch(
            f"{name}: found format {known['format']} of store {known['store_id']}, expected "
            f"format {FORMAT} of store {store_id.hex()}"
        )
    rows = known["rows"]
    if len(rows) > len(TABLES):
        raise StoreMismatch(
            f"{name}: found {len(rows)} tables, expected at most the {len(TABLES)} of this build; "
            f"open the store with the build that wrote it or a later one"
        )
    # Tables are only ever appended, so those that are not named are younger than the snapshot.
    rows += [0] * (len(TABLES) - len(rows))
    first, end, forgotten_us = known["keys"]
    return Manifest(
        known["first"],
        known["last"],
        known["time_us"],
        bytes.fromhex(known["chain"]),
        tuple(rows),
        first,
        end,
        forgotten_us,
        known.get("forgotten_last_us"),
        known.get("keys_capacity"),
        known["size_bytes"],
        known["sha256"],
    )


def check(store: Store, manifest: Manifest) -> None:
    """Compare a snapshot's contents with its name tag.

    Raises
    ------
    JournalCorrupt
        Missing, or size or SHA-256 differ from the name tag.
    """
    name = _file(manifest.first)
    if not store.exists(name):
        raise JournalCorrupt(f"{name}: found no file beside its name tag")
    file = store.open_file(name)
    try:
        digest = hashlib.sha256()
        for begin in range(0, file.size_bytes, CHUNK_BYTES):
            digest.update(file.read(begin, CHUNK_BYTES))
        if (file.size_bytes, digest.hexdigest()) != (manifest.size_bytes, manifest.sha256):
            raise JournalCorrupt(
                f"{name}: found {file.size_bytes} bytes of SHA-256 {digest.hexdigest()[:16]}, "
                f"expected {manifest.size_bytes} bytes of {manifest.sha256[:16]}"
            )
    finally:
        file.close()


def load(store: Store, state: State, keys: KeyTable, manifest: Manifest) -> None:
    """Fill an empty state and key table from a snapshot that `check` found whole.

    The state is good once frames up to `manifest.last` are applied.

    Raises
    ------
    InvalidRequest
        A table of the state has less room than the snapshot needs.
    StoreMismatch
        The key table is of another size than the snapshot's.
    JournalCorrupt
        The size differs from the name tag.
    """
    for view, used in zip(state.tables, manifest.rows, strict=True):
        if used > view.capacity:
            raise InvalidRequest(
                f"capacity of {view.spec.name}: found {view.capacity} rows, expected at least "
                f"{used}, which are in use"
            )
    if manifest.keys_capacity not in (None, keys.capacity):
        raise StoreMismatch(
            f"key table: found {keys.capacity} rows, expected the {manifest.keys_capacity} of the "
            f"snapshot at sequence {manifest.first}"
        )
    name = _file(manifest.first)
    file = store.open_file(name)
    try:
        if file.size_bytes != manifest.size_bytes:
            raise JournalCorrupt(
                f"{name}: found {file.size_bytes} bytes, expected {manifest.size_bytes}; delete "
                f"the snapshot to recover from the journal alone"
            )
        position = 0
        key_rows = min(manifest.keys_end, keys.capacity)
        for column in _ranges_of(state, keys, manifest.rows, key_rows):
            for begin in range(0, column.size, CHUNK_BYTES):
                target = column[begin : begin + CHUNK_BYTES]
                chunk = file.read(position, target.size)
                target[:] = np.frombuffer(chunk, dtype=np.uint8)
                position += target.size
    finally:
        file.close()
    keys.first, keys.end, keys.forgotten_us = (
        manifest.keys_first,
        manifest.keys_end,
        manifest.forgotten_us,
    )
    if manifest.forgotten_last_us is not None:
        # The rows of what was forgotten while the copy ran may hold later keys by now.
        keys.forgotten_us = manifest.forgotten_last_us
        keys.settled_sequence = manifest.last
    keys.index_all()


def _file(sequence: int) -> str:
    return f"{FOLDER}/{sequence:016d}.state"


def _manifest(sequence: int) -> str:
    return f"{FOLDER}/{sequence:016d}.manifest"
