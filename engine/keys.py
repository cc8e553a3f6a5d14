"""The idempotency table: which keys were sequenced, with what content and when.

Bounded: the oldest entry leaves when the table is full or older than the horizon. A key that was
made at or before the time of the newest entry that left is refused as expired, so a forgotten key
is never executed a second time. Keys are UUIDv7: their first 48 bits are the time of creation in
milliseconds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3

from ..kernels.compiled import direct
from ..kernels.keys import add_key, drop_key, find_key, index_keys
from .arena import allocate
from .errors import InvalidRequest, KeyExpired
from .limits import KEY_AHEAD_US, KEY_HORIZON_US
from .single import Single

if TYPE_CHECKING:
    from .batch import Batch

KEY_BYTES = 16
# Signed: a Python integer beyond int64 is no argument for a kernel.
_WORDS = struct.Struct(">qq")
_find, _add = direct(find_key), direct(add_key)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of a key."""

    fingerprint: int
    sequence: int


def fingerprint_of(batch: Batch) -> int:
    """Give 64 bits of BLAKE3 over kind and columns: same content, same fingerprint."""
    if isinstance(batch, Single):
        return int.from_bytes(blake3(batch.content()).digest(8), "little")
    columns: list[Any] = [*batch.columns.values(), *batch.lines.values()]
    # The shape first: the same bytes cut otherwise are another content.
    shape = (batch.kind, batch.count, batch.line_count, *[column.nbytes for column in columns])
    content = b"".join((repr(shape).encode(), *columns))
    return int.from_bytes(blake3(content).digest(8), "little")


def check_key(key: bytes) -> bytes:
    """Give the key when it has the form of a UUIDv7, else raise InvalidRequest."""
    if len(key) != KEY_BYTES or key[6] >> 4 != 7:
        raise InvalidRequest(
            f"key: found {len(key)} bytes {key[:KEY_BYTES].hex()}, expected the {KEY_BYTES} of a "
            f"UUIDv7"
        )
    return key


def created_us(key: bytes) -> int:
    """Give the time of creation that a key carries, microseconds UTC."""
    return int.from_bytes(key[:6], "big") * 1000


def _signed(word: int) -> int:
    """Give the int64 of the same 64 bits, which kernels take."""
    return word - ((word >> 63) << 64)


class KeyTable:
    """Keys in order of their sequence, bounded by `capacity` (a power of two) and the horizon.

    Attributes
    ----------
    first, end : int
        Entries that are remembered: `first` to before `end`.
    forgotten_us : int
        A key made up to this time may have been forgotten.
    settled_sequence : int
        Whatever adding a key up to this sequence makes the table forget is in `forgotten_us`
        already. A snapshot is copied beside the writer, so its oldest rows may hold what came
        later, and tell nothing of the entries that they held.
    """

    def __init__(self, capacity: int) -> None:
        if capacity & (capacity - 1):
            raise ValueError(f"key capacity is {capacity}, expected a power of two")
        self.capacity = capacity
        self.highs = allocate(capacity, np.uint64)
        self.lows = allocate(capacity, np.uint64)
        self.fingerprints = allocate(capacity, np.uint64)
        self.sequences = allocate(capacity, np.int64)
        self.times_us = allocate(capacity, np.int64)
        self._index = allocate(2 * capacity, np.int32)
        self.first = 0
        self.end = 0
        self.forgotten_us = 0
        self.settled_sequence = 0

    def columns(self) -> tuple[np.ndarray, ...]:
        """Give the ring's columns, for snapshots."""
        return self.highs, self.lows, self.fingerprints, self.sequences, self.times_us

    def check_age(self, key: bytes, now_us: int) -> None:
        """Refuse a key that may have been forgotten, or that was made in the future.

        Raises
        ------
        KeyExpired
            Made at or before the time of a forgotten entry, or beyond the horizon.
        InvalidRequest
            Made later than the writer's clock allows.
        """
        made_us = created_us(key)
        oldest_us = max(self.forgotten_us, now_us - KEY_HORIZON_US)
        if made_us <= oldest_us:
            raise KeyExpired(
                f"key {key.hex()}: made at {made_us} us, expected later than {oldest_us} us; "
                f"look up what became of the command before sending it under a new key"
            )
        if made_us > now_us + KEY_AHEAD_US:
            raise InvalidRequest(
                f"key {key.hex()}: made at {made_us} us, expected at most {KEY_AHEAD_US} us ahead "
                f"of the writer's {now_us} us; set the caller's clock"
            )

    def get(self, key: bytes) -> Remembered | None:
        """Give what is known of a key, None when nothing is."""
        row = _find(self._index, self.highs, self.lows, *_WORDS.unpack(key))
        if row < 0:
            return None
        return Remembered(int(self.fingerprints[row]), int(self.sequences[row]))

    def add(self, key: bytes, fingerprint: int, sequence: int, time_us: int) -> None:
        """Remember a key that is not known yet; forgets the oldest when full or too old."""
        self._forget(1, sequence, time_us)
        high, low = _WORDS.unpack(key)
        _add(
            self._index, self.highs, self.lows, self.fingerprints, self.sequences, self.times_us,
            self.end & (self.capacity - 1), high, low, _signed(fingerprint), sequence, time_us,
        )  # fmt: skip
        self.end += 1

    def add_many(self, keys: bytes, fingerprints: np.ndarray, sequence: int, time_us: int) -> None:
        """Remember the keys of a run, as `add` does one after the other.

        Parameters
        ----------
        keys : bytes
            n keys of 16 bytes, one behind the other.
        fingerprints : ndarray of uint64, shape (n,)
            Theirs.
        sequence : int
            Of the first; the others follow.
        time_us : int
            The writer's time of them all.
        """
        words = np.frombuffer(keys, ">u8").reshape(-1, 2)
        for first in range(0, fingerprints.size, self.capacity):
            part = slice(first, first + self.capacity)
            count = fingerprints[part].size
            self._forget(count, sequence + first, time_us)
            rows = np.arange(self.end, self.end + count) & (self.capacity - 1)
            self.highs[rows], self.lows[rows] = words[part, 0], words[part, 1]
            self.fingerprints[rows] = fingerprints[part]
            self.sequences[rows] = np.arange(sequence + first, sequence + first + count)
            self.times_us[rows] = time_us
            index_keys(self._index, self.highs, self.lows, self.end, self.end + count)
            self.end += count

    def _forget(self, count: int, sequence: int, time_us: int) -> None:
        """Forget what is too old, and what has no place beside `count` more keys."""
        mask = self.capacity - 1
        while self.end > self.first:
            oldest = self.first & mask
            oldest_us = self.times_us.item(oldest)
            has_place = self.end - self.first + count <= self.capacity
            if has_place and oldest_us > time_us - KEY_HORIZON_US:
                break
            drop_key(self._index, self.highs, self.lows, oldest)
            # Any key made up to this time may be the forgotten one; its own clock may have been
            # ahead of the writer's.
            made_us = (int(self.highs[oldest]) >> 16) * 1000
            if sequence > self.settled_sequence:
                self.forgotten_us = max(self.forgotten_us, oldest_us, made_us)
            self.first += 1

    def index_all(self) -> None:
        """Rebuild the index over entries `first` to `end`, after a snapshot filled the ring."""
        self._index[:] = 0
        index_keys(self._index, self.highs, self.lows, self.first, self.end)
