"""Segment files and archived segments: which there are, their header pages, their digests.

A segment is a header page of 4096 bytes (magic ``SLSG``, u16 version, u16 zero, u64 ordinal, u64
file size, i64 first sequence, 32 bytes chain digest before, u64 epoch, store id, zeros, CRC32C of
bytes 0-4091 in the last four) and frames. Sealed segments are copied to
``archive/<ordinal>-<first>-<last>.frames``, with an ``.index`` beside each: header of 160 bytes
(magic ``SLIX``, version, ordinal, first, last, size of the frames file, S, N, store id, SHA-256 of
the frames file), S sequences and S offsets int64, N item refs int32, N frame offsets uint32,
SHA-256 of all before.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from crc32c import crc32c

from .files import ARCHIVE, FORMAT_VERSION, JOURNAL, DataFolder
from .verdict import Findings, Place

PAGE_BYTES = 4096

_HEADER = struct.Struct("<4sHHQQq32sQ16s")
_INDEX = struct.Struct("<4sHHQqqQQQ16s32s")
_INDEX_BYTES = 160
_LIVE = re.compile(r"(\d{12})\.segment")
_ARCHIVED = re.compile(r"(\d{12})-(\d{20})-(\d{20})\.(frames|index)")


class SegmentHeader(NamedTuple):
    """A header page: what the segment says of itself."""

    ordinal: int
    size_bytes: int
    first_sequence: int
    digest: bytes
    epoch: int
    store_id: bytes


@dataclass(slots=True)
class ArchivedSegment:
    """Names of an archived segment's files and what they claim."""

    ordinal: int
    first_sequence: int
    last_sequence: int
    kinds: set[str]

    def file(self, kind: str) -> str:
        """Name of the ``frames`` or ``index`` file."""
        return (
            f"{ARCHIVE}/{self.ordinal:012d}-{self.first_sequence:020d}-"
            f"{self.last_sequence:020d}.{kind}"
        )


class SegmentIndex(NamedTuple):
    """What an archive index says: size, digest and where frames begin."""

    used_bytes: int
    digest: bytes
    sequences: np.ndarray
    offsets: np.ndarray
    item_offsets: np.ndarray


def list_live(folder: DataFolder) -> dict[int, str]:
    """Give the live segments' names by ordinal, ascending."""
    found = {}
    for name in folder.names(JOURNAL):
        match = _LIVE.fullmatch(name)
        if match:
            found[int(match[1])] = f"{JOURNAL}/{name}"
    return found


def list_archived(folder: DataFolder, findings: Findings) -> dict[int, ArchivedSegment]:
    """Give the archived segments by ordinal, ascending; two of one ordinal are a fault."""
    found: dict[int, ArchivedSegment] = {}
    for name in folder.names(ARCHIVE):
        match = _ARCHIVED.fullmatch(name)
        if not match:
            continue
        ordinal, first, last = int(match[1]), int(match[2]), int(match[3])
        entry = found.setdefault(ordinal, ArchivedSegment(ordinal, first, last, set()))
        if (entry.first_sequence, entry.last_sequence) != (first, last):
            findings.fault(
                "archive",
                Place(f"{ARCHIVE}/{name}"),
                f"another copy of segment {ordinal}",
                f"only {entry.file('frames')}",
            )
            continue
        entry.kinds.add(match[4])
    return found


def read_header(
    view: memoryview, name: str, ordinal: int, store_id: bytes, findings: Findings
) -> SegmentHeader | None:
    """Read and check a header page; None when it cannot be trusted.

    Parameters
    ----------
    view : memoryview
        The segment's bytes.
    name : str
        File, for faults.
    ordinal : int
        Segment that it should be.
    store_id : bytes
        Expected store id; empty accepts any.
    findings : Findings
        Gets what is wrong.
    """
    page = view[:PAGE_BYTES]
    place = Place(name, 0)
    if len(page) < PAGE_BYTES or crc32c(page[:-4]) != int.from_bytes(page[-4:], "little"):
        findings.fault("journal", place, "a damaged header page", "a page that fits its CRC32C")
        return None
    magic, version, _, *rest = _HEADER.unpack_from(page)
    if magic != b"SLSG" or version != FORMAT_VERSION:
        found = f"{magic!r} version {version}"
        findings.fault("store", place, found, f"{b'SLSG'!r} version {FORMAT_VERSION}")
        return None
    header = SegmentHeader._make(rest)
    if store_id and header.store_id != store_id:
        findings.fault("store", place, f"store {header.store_id.hex()}", f"store {store_id.hex()}")
        return None
    if header.ordinal != ordinal:
        findings.fault("journal", place, f"segment {header.ordinal}", f"segment {ordinal}")
        return None
    return header


def read_index(
    folder: DataFolder, entry: ArchivedSegment, store_id: bytes, findings: Findings
) -> SegmentIndex | None:
    """Read and check an archive index; None when it cannot be trusted."""
    name = entry.file("index")
    place = Place(name)
    if "index" not in entry.kinds:
        findings.fault("archive", place, "no such file", "the index beside the frames")
        return None
    raw = folder.read(name, "archive")
    if raw is None:
        return None
    if len(raw) < _INDEX_BYTES + 32 or hashlib.sha256(raw[:-32]).digest() != raw[-32:]:
        findings.fault("archive", place, "a damaged index", "contents that fit their SHA-256")
        return None
    magic, version, _, ordinal, first, last, used, sparse, items, found_id, digest = (
        _INDEX.unpack_from(raw)
    )
    stated = (magic, version, ordinal, first, last, found_id)
    own = (b"SLIX", FORMAT_VERSION, entry.ordinal, entry.first_sequence, entry.last_sequence)
    expected = (*own, store_id or found_id)
    if stated != expected:
        findings.fault("archive", place, f"index of {stated}", f"index of {expected}")
        return None
    if len(raw) != _INDEX_BYTES + 16 * sparse + 8 * items + 32:
        expected_bytes = _INDEX_BYTES + 16 * sparse + 8 * items + 32
        findings.fault("archive", place, f"{len(raw)} bytes", f"{expected_bytes} bytes")
        return None
    at = _INDEX_BYTES
    return SegmentIndex(
        used,
        digest,
        np.frombuffer(raw, "<i8", sparse, at),
        np.frombuffer(raw, "<i8", sparse, at + 8 * sparse),
        np.frombuffer(raw, "<u4", items, at + 16 * sparse + 4 * items),
    )


def check_archived(
    folder: DataFolder,
    entry: ArchivedSegment,
    index: SegmentIndex | None,
    live: memoryview | None,
    findings: Findings,
) -> memoryview | None:
    """Compare a frames file with its index, and with the live segment when there is one.

    Returns
    -------
    memoryview or None
        The frames file's bytes, None when it cannot be read.
    """
    name = entry.file("frames")
    place = Place(name)
    if "frames" not in entry.kinds:
        findings.fault("archive", place, "no such file", "the frames beside their index")
        return None
    view = folder.read(name, "archive")
    if view is None:
        return None
    if index is not None:
        found = hashlib.sha256(view).digest()
        if len(view) != index.used_bytes or found != index.digest:
            findings.fault(
                "archive",
                place,
                f"SHA-256 {found.hex()[:16]} over {len(view)} bytes",
                f"{index.digest.hex()[:16]} over {index.used_bytes}",
            )
    if live is not None and live[: len(view)] != view:
        both = np.frombuffer(view, np.uint8)
        other = np.frombuffer(live, np.uint8)[: both.size]
        differs = np.flatnonzero(both[: other.size] != other)
        at = int(differs[0]) if differs.size else other.size
        findings.fault("archive", Place(name, at), "other bytes", "those of the live segment")
    return view


def check_index_offsets(
    entry: ArchivedSegment, index: SegmentIndex, starts: dict[int, int], findings: Findings
) -> None:
    """Compare an index's offsets with where frames begin.

    Parameters
    ----------
    starts : dict of int to int
        First sequence of each frame by its offset.
    """
    place = Place(entry.file("index"))
    for sequence, offset in zip(index.sequences.tolist(), index.offsets.tolist(), strict=True):
        if starts.get(offset) != sequence:
            found = f"sequence {sequence} at {offset}"
            findings.fault("archive", place, found, f"sequence {starts.get(offset)} there")
            return
    wrong = [offset for offset in np.unique(index.item_offsets).tolist() if offset not in starts]
    if wrong:
        findings.fault("archive", place, f"an item's frame at {wrong[0]}", "the start of a frame")
