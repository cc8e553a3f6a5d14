"""The data directory as the verifier sees it: read only, nothing is repaired.

Formats are read from their descriptions, with no help of the code that writes them.

``store.json``: JSON with created_us, format_version, site, store_id and crc32c, the CRC32C of the
same JSON with sorted keys and without that field. ``head``: two slots of 512 bytes at 0 and 4096,
each magic ``SLHD``, u16 version, 2 zeros, u64 counter, store id, u64 epoch, i64 sequence, chain
digest, u64 segment, u64 offset, zeros, CRC32C of bytes 0-507 in the last four.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from crc32c import crc32c

from ...engine.errors import StoreMismatch
from .verdict import Findings, Place

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
JOURNAL = "journal"
ARCHIVE = "archive"
SNAPSHOTS = "snapshots"
IDENTITY = "store.json"
HEAD = "head"
LOCK = "lock"

_SLOT = struct.Struct("<4sH2xQ16sQq32sQQ")
_SLOT_BYTES = 512
_SLOT_STRIDE_BYTES = 4096
_HEAD_BYTES = 8192


class Mark(NamedTuple):
    """The durable high-water mark: position behind a frame, with its epoch and chain digest."""

    epoch: int
    sequence: int
    digest: bytes
    ordinal: int
    offset: int


class Identity(NamedTuple):
    """Who the store is; the id is empty when nothing tells it."""

    store_id: bytes
    site: str


class DataFolder:
    """A data directory, opened for reading.

    Parameters
    ----------
    path : Path
        The directory.
    findings : Findings
        Gets what cannot be read.

    Raises
    ------
    StoreMismatch
        There is no such directory, or it cannot be listed.
    """

    def __init__(self, path: Path, findings: Findings) -> None:
        self.path = path
        self._findings = findings
        try:
            os.listdir(path)
        except OSError as error:
            raise StoreMismatch(
                f"{path}: found no directory that can be read ({error.strerror}), expected the "
                "data directory of a store"
            ) from error

    def names(self, folder: str) -> list[str]:
        """List a folder, sorted; empty when it is missing."""
        try:
            return sorted(os.listdir(self.path / folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            self._findings.fault("store", Place(folder), str(error.strerror), "a readable folder")
            return []

    def exists(self, name: str) -> bool:
        """Tell whether a file is there."""
        return (self.path / name).is_file()

    def size(self, name: str) -> int:
        """Give a file's size in bytes, 0 when it is not there."""
        try:
            return (self.path / name).stat().st_size
        except OSError:
            return 0

    def read(self, name: str, check: str) -> memoryview | None:
        """Read a whole file; a fault of `check` and None when that is refused."""
        try:
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            self._findings.fault(check, Place(name), str(error.strerror), "a readable file")
            return None
        done = 0
        try:
            content = memoryview(bytearray(os.fstat(descriptor).st_size))
            while done < len(content):
                count = os.preadv(descriptor, [content[done:]], done)
                if count == 0:
                    content = content[:done]
                done += count
        except OSError as error:
            self._findings.fault(check, Place(name, done), str(error.strerror), "readable bytes")
            return None
        finally:
            os.close(descriptor)
        return content

    def is_in_use(self) -> bool:
        """Tell whether a process holds the directory's lock; nothing is kept locked."""
        try:
            descriptor = os.open(self.path / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False


def read_identity(folder: DataFolder, findings: Findings) -> Identity:
    """Read ``store.json``; whatever is wrong with it is a fault."""
    place = Place(IDENTITY)
    if not folder.exists(IDENTITY):
        findings.fault("store", place, "no such file", "the store's name tag")
        return Identity(b"", "")
    raw = folder.read(IDENTITY, "store")
    if raw is None:
        return Identity(b"", "")
    try:
        fields: dict[str, Any] = json.loads(bytes(raw))
        stated = fields.pop("crc32c")
        version, site = fields["format_version"], str(fields["site"])
        store_id = bytes.fromhex(fields["store_id"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        findings.fault("store", place, f"text that is no name tag ({error})", "JSON of a store")
        return Identity(b"", "")
    computed = crc32c(json.dumps(fields, sort_keys=True).encode())
    whole = json.dumps({**fields, "crc32c": stated}, sort_keys=True, indent=1).encode() + b"\n"
    if stated != computed or bytes(raw) != whole:
        findings.fault("store", place, f"contents of CRC32C {computed}", f"CRC32C {stated}")
    if version != FORMAT_VERSION:
        findings.fault("store", place, f"format version {version}", f"version {FORMAT_VERSION}")
    if len(store_id) != 16:
        findings.fault("store", place, f"a store id of {len(store_id)} bytes", "16 bytes")
        return Identity(b"", site)
    return Identity(store_id, site)


def read_head(folder: DataFolder, findings: Findings, store_id: bytes) -> Mark | None:
    """Give the newest intact mark of the head file; whatever is wrong is a fault or a note."""
    place = Place(HEAD)
    if not folder.exists(HEAD):
        findings.fault("head", place, "no such file", "the durable high-water mark")
        return None
    raw = folder.read(HEAD, "head")
    if raw is None:
        return None
    if len(raw) != _HEAD_BYTES:
        findings.fault("head", place, f"{len(raw)} bytes", f"{_HEAD_BYTES} bytes")
    newest: tuple[int, Mark] | None = None
    damaged = 0
    for start in (0, _SLOT_STRIDE_BYTES):
        slot = raw[start : start + _SLOT_BYTES]
        if len(slot) < _SLOT_BYTES or crc32c(slot[:-4]) != int.from_bytes(slot[-4:], "little"):
            damaged += 1
            continue
        magic, version, counter, found_id, *rest = _SLOT.unpack_from(slot)
        if magic != b"SLHD" or version != FORMAT_VERSION or (store_id and found_id != store_id):
            findings.fault(
                "store",
                Place(HEAD, start),
                f"{magic!r} version {version} of store {found_id.hex()}",
                f"{b'SLHD'!r} version {FORMAT_VERSION} of store {store_id.hex()}",
            )
            continue
        if newest is None or counter > newest[0]:
            newest = (counter, Mark(*rest))
    if newest is None:
        findings.fault("head", place, "no slot that is whole", "a mark in one of the two slots")
        return None
    if damaged:
        findings.note("one of the head's two slots is damaged; the next start writes it anew")
    return newest[1]
