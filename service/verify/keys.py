"""Idempotency keys: each is sequenced once, and stands for the content that its record holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .records import (
    FLAG_JOINED,
    FLAG_MESSAGE_KEY,
    FLAG_NO_KEY,
    KEY_ENTRY_BYTES,
    Record,
    fingerprint_of,
)
from .verdict import Place

if TYPE_CHECKING:
    from .verdict import Findings

_ENTRY = np.dtype([("high", ">u8"), ("low", ">u8"), ("fingerprint", "<u8")])


class KeyBook:
    """All keys met so far, with their sequences."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._raw: list[memoryview | bytes] = []
        self._first: list[int] = []
        self._counts: list[int] = []

    @property
    def count(self) -> int:
        """Keys met."""
        return sum(self._counts)

    def add(self, record: Record, place: Place) -> None:
        """Add a record's keys, and check that it has as many as it should."""
        found = len(record.keys) // KEY_ENTRY_BYTES
        expected = 1 if record.flags & FLAG_MESSAGE_KEY else record.command_count
        if record.flags & FLAG_JOINED:
            expected = len(record.messages)
        if record.flags & FLAG_NO_KEY:
            expected = 0
        if found != expected:
            self._findings.fault("keys", place, f"{found} keys", f"{expected} keys")
        if not found:
            return
        raw = bytes(record.keys)
        self._raw.append(raw)
        is_joined = found == expected and bool(record.flags & FLAG_JOINED)
        if is_joined:
            self._first += [record.first_sequence + first for first in record.messages]
            self._counts += [1] * found
        else:
            self._first.append(record.first_sequence)
            self._counts.append(found)
        if found == 1 or is_joined:
            self._check_content(record, raw, place)

    def _check_content(self, record: Record, raw: bytes, place: Place) -> None:
        """Compare what each key of a record says of its content with the content."""
        starts = range(0, len(raw), KEY_ENTRY_BYTES)
        # A record of the wrong number of keys was reported already.
        for at, (first, last) in zip(starts, record.requests(), strict=False):
            stated = int.from_bytes(raw[at + 16 : at + KEY_ENTRY_BYTES], "little")
            own = fingerprint_of(record, first, last)
            if stated != own:
                text = f"key {raw[at : at + 16].hex()} with fingerprint {stated:016x}"
                where = place._replace(sequence=record.first_sequence + first)
                self._findings.fault("keys", where, text, f"{own:016x}, that of the content")

    def entries(self) -> tuple[np.ndarray, np.ndarray]:
        """Give all entries (high, low, fingerprint) and their sequences, in order."""
        entries = np.frombuffer(b"".join(self._raw), _ENTRY)
        counts = np.array(self._counts, np.int64)
        starts = np.repeat(np.array(self._first, np.int64), counts)
        ranks = np.arange(entries.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return entries, starts + ranks

    def check_once(self) -> None:
        """Report every key that was sequenced a second time."""
        entries, sequences = self.entries()
        order = np.lexsort((sequences, entries["low"], entries["high"]))
        ordered = entries[order]
        again = np.flatnonzero(
            (ordered["high"][1:] == ordered["high"][:-1])
            & (ordered["low"][1:] == ordered["low"][:-1])
        )
        for at in again.tolist():
            first, second = int(sequences[order[at]]), int(sequences[order[at + 1]])
            key = f"{int(ordered['high'][at]):016x}{int(ordered['low'][at]):016x}"
            self._findings.fault(
                "keys", Place("", -1, second), f"key {key} a second time", f"only at {first}"
            )
