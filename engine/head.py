"""The two small files beside the segments: who the store is, and how far it is durable.

``store.json`` names the store once and for all; it is written last when a store is made, so a
folder without it is no store. ``head`` holds the durable high-water mark in two slots of 512
bytes that are written in turn, each with its own counter and CRC32C and in a sector page of
its own. A slot is written only after the journal's sync has returned: a head ahead of the
journal can therefore only mean that acknowledged frames were lost.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crc32c import crc32c

from . import failpoints
from .errors import JournalCorrupt, StoreMismatch
from .failpoints import failpoint
from .frame import FORMAT_VERSION, STORE_ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .files import File, Store

IDENTITY_NAME = "store.json"
HEAD_NAME = "head"
HEAD_MAGIC = b"SLHD"
SLOT_BYTES = 512
SLOT_STRIDE_BYTES = 4096
HEAD_BYTES = 2 * SLOT_STRIDE_BYTES
SITE_CHARS_MAX = 200

_SLOT = struct.Struct("<4sH2xQ16sQq32sQQ")
_CRC = struct.Struct("<I")
_CRC_AT = SLOT_BYTES - 4


@dataclass(frozen=True, slots=True)
class StoreIdentity:
    """Contents of ``store.json``.

    Parameters
    ----------
    store_id : bytes
        16 bytes that every file of this store repeats.
    site : str
        Name of the site.
    created_us : int
        Time of creation, microseconds UTC.
    ring_rows : mapping of str to int
        Rows of each ring by table, for good; empty in the stores of early builds, until they are
        opened.
    """

    store_id: bytes
    site: str
    created_us: int
    ring_rows: Mapping[str, int] = field(default_factory=dict)


class Mark(NamedTuple):
    """A durable position of the journal.

    Parameters
    ----------
    epoch, sequence : int
        Epoch and last durable sequence.
    digest : bytes
        Chain digest of the last durable frame, 32 bytes.
    ordinal, offset : int
        Segment, and position just after that frame in bytes.
    """

    epoch: int
    sequence: int
    digest: bytes
    ordinal: int
    offset: int


def _encode_identity(identity: StoreIdentity) -> bytes:
    fields: dict[str, Any] = {
        "created_us": identity.created_us,
        "format_version": FORMAT_VERSION,
        "site": identity.site,
        "store_id": identity.store_id.hex(),
    }
    if identity.ring_rows:
        fields["ring_rows"] = dict(identity.ring_rows)
    fields["crc32c"] = crc32c(json.dumps(fields, sort_keys=True).encode())
    return json.dumps(fields, sort_keys=True, indent=1).encode() + b"\n"


def write_identity(store: Store, identity: StoreIdentity) -> None:
    """Write ``store.json`` atomically and durably.

    Parameters
    ----------
    store : Store
        Where to write.
    identity : StoreIdentity
        What to write.

    Raises
    ------
    StoreMismatch
        The store id has another length than 16 bytes, or the site name is too long.
    """
    if len(identity.store_id) != STORE_ID_BYTES:
        raise StoreMismatch(f"store id has {len(identity.store_id)} bytes, expected 16")
    if not 1 <= len(identity.site) <= SITE_CHARS_MAX:
        raise StoreMismatch(
            f"site name has {len(identity.site)} characters, expected 1 to {SITE_CHARS_MAX}"
        )
    store.write_atomic(IDENTITY_NAME, _encode_identity(identity))


def read_identity(store: Store) -> StoreIdentity:
    """Read and check ``store.json``.

    Parameters
    ----------
    store : Store
        Where to read.

    Returns
    -------
    StoreIdentity
        The store's name tag.

    Raises
    ------
    StoreMismatch
        No store here, or a format version that this build cannot read.
    JournalCorrupt
        The file is damaged.
    """
    if not store.exists(IDENTITY_NAME):
        raise StoreMismatch(f"{store.where} holds no store: {IDENTITY_NAME} is missing")
    raw = store.read_small(IDENTITY_NAME)
    try:
        fields = json.loads(raw)
        version = fields["format_version"]
        rings = fields.get("ring_rows", {}).items()
        identity = StoreIdentity(
            bytes.fromhex(fields["store_id"]),
            str(fields["site"]),
            int(fields["created_us"]),
            {str(table): int(rows) for table, rows in rings},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalCorrupt(
            f"{IDENTITY_NAME} in {store.where} is damaged ({error}); restore it from a backup"
        ) from error
    if raw != _encode_identity(identity):
        # A newer build's file has fields and checksums of its own: say so, not "damaged".
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise StoreMismatch(
                f"{store.where} has format version {version}, this build reads {FORMAT_VERSION}"
            )
        raise JournalCorrupt(
            f"{IDENTITY_NAME} in {store.where} fails its checksum; restore it from a backup"
        )
    return identity


def _encode_slot(counter: int, store_id: bytes, mark: Mark) -> bytes:
    raw = _SLOT.pack(HEAD_MAGIC, FORMAT_VERSION, counter, store_id, *mark).ljust(_CRC_AT, b"\0")
    return raw + _CRC.pack(crc32c(raw))


class Head:
    """The head file, opened for writing.

    Parameters
    ----------
    file : File
        The open head file of `HEAD_BYTES` bytes.
    store_id : bytes
        16 bytes.
    counter : int
        Counter of the newest slot on disk.
    """

    def __init__(self, file: File, store_id: bytes, counter: int) -> None:
        self._file = file
        self._store_id = store_id
        self._counter = counter
        self._slot = bytearray(SLOT_BYTES)
        self._slots = (self._slot,)
        self._checked = memoryview(self._slot)[:_CRC_AT]
        self.unsynced_count = 0

    def prepare(self, epoch: int, sequence: int, digest: bytes, ordinal: int, offset: int) -> None:
        """Encode the next mark in memory, so that `write` has only the call left to make.

        Parameters
        ----------
        epoch, sequence, digest, ordinal, offset
            Fields of a `Mark`; the journal's sync need not have returned yet.
        """
        slot = self._slot
        _SLOT.pack_into(
            slot, 0, HEAD_MAGIC, FORMAT_VERSION, self._counter + 1, self._store_id,
            epoch, sequence, digest, ordinal, offset,
        )  # fmt: skip
        _CRC.pack_into(slot, _CRC_AT, crc32c(self._checked))

    def write(self) -> None:
        """Write the prepared mark, which is durable in the journal, to the older slot.

        Raises
        ------
        JournalFailed
            The store refused the write.
        """
        failpoint("head.before_write")
        self._counter = counter = self._counter + 1
        self._file.write(self._slots, (counter & 1) * SLOT_STRIDE_BYTES, SLOT_BYTES)
        self.unsynced_count += 1
        failpoint("head.after_write")

    def sync(self) -> None:
        """Make the newest mark durable.

        Raises
        ------
        JournalFailed
            The store refused the sync.
        """
        self._file.sync()
        self.unsynced_count = 0

    def close(self) -> None:
        """Close the file; nothing is synced."""
        self._file.close()


def create_head(store: Store, store_id: bytes, mark: Mark) -> Head:
    """Make a new head file, durable with its folder entry.

    Parameters
    ----------
    store : Store
        Where to write; an older head file is replaced.
    store_id : bytes
        16 bytes.
    mark : Mark
        First mark.

    Returns
    -------
    Head
        The head file, opened for writing.
    """
    image = bytearray(HEAD_BYTES)
    # Both slots start alike: one flipped bit or torn write always leaves a good one.
    for counter in range(2):
        at = counter * SLOT_STRIDE_BYTES
        image[at : at + SLOT_BYTES] = _encode_slot(counter, store_id, mark)
    store.write_atomic(HEAD_NAME, bytes(image))
    return Head(store.open_file(HEAD_NAME), store_id, 1)


def open_head(store: Store, store_id: bytes) -> tuple[Head, Mark]:
    """Open the head file and return its newest intact mark.

    Parameters
    ----------
    store : Store
        Where to read.
    store_id : bytes
        Expected store id, 16 bytes.

    Returns
    -------
    tuple of (Head, Mark)
        The file opened for writing, and the durable high-water mark.

    Raises
    ------
    JournalCorrupt
        The file is missing, has another size, or both slots are damaged.
    StoreMismatch
        It belongs to another store, or to another format version.
    """
    if not store.exists(HEAD_NAME):
        raise JournalCorrupt(
            f"head file {HEAD_NAME} of {store.where} is missing, so lost frames cannot be told "
            "from frames never written; restore it, or serve with --rebuild-head to accept "
            "the journal as it is"
        )
    file = store.open_file(HEAD_NAME)
    if file.size_bytes != HEAD_BYTES:
        file.close()
        raise JournalCorrupt(
            f"head file of {store.where} has {file.size_bytes} bytes, expected {HEAD_BYTES}"
        )
    newest: tuple[int, Mark] | None = None
    for index in range(2):
        raw = file.read(index * SLOT_STRIDE_BYTES, SLOT_BYTES)
        if crc32c(raw[:_CRC_AT]) != _CRC.unpack_from(raw, _CRC_AT)[0]:
            continue
        magic, version, counter, found_id, *rest = _SLOT.unpack_from(raw)
        if magic != HEAD_MAGIC or version != FORMAT_VERSION or found_id != store_id:
            file.close()
            raise StoreMismatch(
                f"head file of {store.where} says store {found_id.hex()} version {version}, "
                f"expected {store_id.hex()} version {FORMAT_VERSION}"
            )
        if newest is None or counter > newest[0]:
            newest = (counter, Mark._make(rest))
    if newest is None:
        file.close()
        raise JournalCorrupt(
            f"both slots of the head file of {store.where} are damaged; restore it, or open "
            "with --rebuild-head to accept the journal as it is"
        )
    return Head(file, store_id, newest[0]), newest[1]


def head_is_checked() -> bool:
    """Tell whether recovery compares the journal with the head (always, in production).

    Returns
    -------
    bool
        False only under the planted bug of the same name.
    """
    return "head_not_checked" not in failpoints.planted
