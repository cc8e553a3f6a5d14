"""Snapshots: name tags, digests, and whether replay from them ends in the same tables.

A snapshot is ``snapshots/<sequence>.state``, for each table and base column its used bytes one
behind the other, then five columns of keys (two words, fingerprint, sequence, time; 8 bytes each);
and ``<sequence>.manifest``, a line of JSON and the SHA-256 of that line. The copy was made beside a
running writer: it is exact once the records up to ``last`` are applied. Tables are only ever
appended: those that the build of a snapshot did not know have no rows in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...engine.schema import TABLES
from .files import SNAPSHOTS, DataFolder
from .records import ROW_DTYPES
from .tables import Table
from .verdict import Findings, Place

if TYPE_CHECKING:
    from .keys import KeyBook
    from .tables import Writes

_MANIFEST = re.compile(r"(\d{16})\.manifest")
_KEY_COLUMNS = 5


class Snapshot(NamedTuple):
    """A snapshot whose name tag is intact; `rows` has a number for each table of this build."""

    name: str
    first: int
    last: int
    chain: bytes
    rows: tuple[int, ...]
    keys_end: int
    size_bytes: int
    sha256: str


def list_snapshots(folder: DataFolder, store_id: bytes, findings: Findings) -> list[Snapshot]:
    """Read all name tags, oldest first; damaged ones are faults and left out."""
    found = []
    for name in folder.names(SNAPSHOTS):
        match = _MANIFEST.fullmatch(name)
        if match:
            snapshot = _read_manifest(folder, f"{SNAPSHOTS}/{name}", store_id, findings)
            if snapshot is not None and snapshot.first == int(match[1]):
                found.append(snapshot)
            elif snapshot is not None:
                place = Place(f"{SNAPSHOTS}/{name}")
                findings.fault("snapshots", place, f"sequence {snapshot.first}", "that of its name")
    return found


def _read_manifest(
    folder: DataFolder, name: str, store_id: bytes, findings: Findings
) -> Snapshot | None:
    raw = folder.read(name, "snapshots")
    if raw is None:
        return None
    body, _, tag = bytes(raw).partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() + b"\n" != tag:
        findings.fault("snapshots", Place(name), "a damaged name tag", "one that fits its SHA-256")
        return None
    try:
        known: dict[str, Any] = json.loads(body)
        snapshot = Snapshot(
            name.replace(".manifest", ".state"),
            int(known["first"]),
            int(known["last"]),
            bytes.fromhex(known["chain"]),
            tuple(int(rows) for rows in known["rows"]),
            int(known["keys"][1]),
            int(known["size_bytes"]),
            str(known["sha256"]),
        )
        stated = (known["format"], bytes.fromhex(known["store_id"]))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        findings.fault("snapshots", Place(name), f"no name tag ({error})", "a name tag")
        return None
    if stated != (1, store_id or stated[1]):
        found = f"format {stated[0]} of store {stated[1].hex()}"
        findings.fault("snapshots", Place(name), found, f"format 1 of store {store_id.hex()}")
        return None
    younger = len(TABLES) - len(snapshot.rows)
    if younger < 0:
        expected = f"at most {len(TABLES)}; verify with the build that wrote it or a later one"
        findings.fault("snapshots", Place(name), f"{len(snapshot.rows)} tables", expected)
        return None
    return snapshot._replace(rows=snapshot.rows + (0,) * younger)


class Replica:
    """The tables of a snapshot, kept up by the journal's writes.

    Parameters
    ----------
    snapshot : Snapshot
        Its name tag.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tables = [Table(number) for number in range(len(TABLES))]
        self._keys = np.empty((0, 0), np.uint64)

    def load(self, folder: DataFolder, findings: Findings) -> bool:
        """Read the state; False, and a fault, when it does not fit its name tag."""
        snapshot = self.snapshot
        raw = folder.read(snapshot.name, "snapshots")
        if raw is None:
            return False
        found = hashlib.sha256(raw).hexdigest()
        if len(raw) != snapshot.size_bytes or found != snapshot.sha256:
            findings.fault(
                "snapshots",
                Place(snapshot.name),
                f"SHA-256 {found[:16]} over {len(raw)} bytes",
                f"{snapshot.sha256[:16]} over {snapshot.size_bytes}",
            )
            return False
        needed = sum(
            rows * dtype.itemsize for rows, dtype in zip(snapshot.rows, ROW_DTYPES, strict=True)
        )
        if needed > len(raw) or (len(raw) - needed) % (8 * _KEY_COLUMNS):
            place = Place(snapshot.name)
            findings.fault("snapshots", place, f"{len(raw)} bytes", f"{needed} and whole keys")
            return False
        position = 0
        for table, rows in zip(self.tables, snapshot.rows, strict=True):
            table.reserve(rows)
            for name in table.data.dtype.names or ():
                column = table.data.dtype[name]
                table.data[name][:rows] = np.frombuffer(raw, column, rows, position)
                position += rows * column.itemsize
        self._keys = np.frombuffer(raw, np.uint64, offset=position).reshape(_KEY_COLUMNS, -1)
        return True

    def apply(self, writes: dict[int, Writes]) -> None:
        """Write what a stretch of records wrote."""
        for table, part in writes.items():
            self.tables[table].apply(part)

    def compare(self, tables: list[Table], findings: Findings) -> None:
        """Report the first difference per table between the replica and the whole replay."""
        for own, other in zip(self.tables, tables, strict=True):
            size = max(own.data.size, other.data.size)
            own.reserve(size)
            other.reserve(size)
            differs = np.flatnonzero(own.data != other.data)
            if differs.size:
                row = int(differs[0])
                findings.fault(
                    "snapshots",
                    Place(self.snapshot.name, -1, self.snapshot.first),
                    f"row {row} of table {own.name} is {own.data[row]} after replay",
                    f"{other.data[row]}, as by replay of the whole journal",
                )

    def compare_keys(self, keys: KeyBook, findings: Findings) -> None:
        """Report keys of the snapshot that the journal does not have."""
        if not self._keys.size or self._keys.shape[1] != self.snapshot.keys_end:
            return  # the ring had come round: rows may be half old, half new
        entries, sequences = keys.entries()
        known = np.rec.fromarrays(
            [entries["high"], entries["low"], entries["fingerprint"], sequences]
        )
        own = np.rec.fromarrays([*self._keys[:3], self._keys[3].astype(np.int64)])
        missing = sorted(set(own.tolist()) - set(known.tolist()))
        if missing:
            found = f"{len(missing)} keys, first of sequence {missing[0][3]}"
            place = Place(self.snapshot.name, -1, self.snapshot.first)
            findings.fault("snapshots", place, found, "only keys that the journal holds")
