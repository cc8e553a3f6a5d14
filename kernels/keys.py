"""Idempotency keys: a ring of entries in order of arrival and an open-addressing index over it.

An entry is (16-byte key as two words, fingerprint, sequence, time). Entry number e lies in ring row
`e & (capacity - 1)`; when the ring is full the oldest entry leaves first. The index has twice the
rows of the ring, holds ring row + 1 (0 is empty), probes linearly and deletes by shifting back, so
it never fills with tombstones. All operations are O(1) expected. Called by the engine's key table.
"""

from __future__ import annotations

import numpy as np

from .compiled import kernel


@kernel
def _home(high: np.uint64, low: np.uint64, mask: np.int64) -> np.int64:
    # A UUIDv7 has its random bits in the low word; the multiplier spreads other keys too.
    mixed = (high ^ (low << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29)) ^ low) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64(mixed >> np.uint64(20)) & mask


@kernel
def find_key(index: np.ndarray, highs: np.ndarray, lows: np.ndarray, high: int, low: int) -> int:
    """Find a key.

    Parameters
    ----------
    index : int32[2 * C]
        Ring row + 1 by hash, 0 empty.
    highs, lows : uint64[C]
        Key words of the ring.
    high, low : int64
        The bits of the key's two words.

    Returns
    -------
    int64
        Ring row, -1 when the key is not known.
    """
    mask = np.int64(index.size - 1)
    high_word, low_word = np.uint64(np.int64(high)), np.uint64(np.int64(low))
    slot = _home(high_word, low_word, mask)
    while index[slot] != 0:
        row = index[slot] - 1
        if lows[row] == low_word and highs[row] == high_word:
            return row
        slot = (slot + 1) & mask
    return -1


@kernel
def add_key(
    index: np.ndarray,
    highs: np.ndarray,
    lows: np.ndarray,
    fingerprints: np.ndarray,
    sequences: np.ndarray,
    times_us: np.ndarray,
    row: int,
    high: int,
    low: int,
    fingerprint: int,
    sequence: int,
    time_us: int,
) -> int:
    """Put the entry of a key that is not known yet into ring row `row`.

    Parameters
    ----------
    index : int32[2 * C]
        Written in place.
    highs, lows, fingerprints : uint64[C]
        Written at `row`.
    sequences, times_us : int64[C]
        Written at `row`.
    row : int
        Ring row; an older key there was dropped before.
    high, low, fingerprint : int64
        The bits of the key's two words, and of its fingerprint.
    sequence, time_us : int64
        The rest of the entry.

    Returns
    -------
    int64
        The index slot taken.
    """
    highs[row], lows[row] = np.uint64(np.int64(high)), np.uint64(np.int64(low))
    fingerprints[row] = np.uint64(np.int64(fingerprint))
    sequences[row], times_us[row] = sequence, time_us
    return _take_slot(index, row, highs[row], lows[row])


@kernel
def index_keys(
    index: np.ndarray, highs: np.ndarray, lows: np.ndarray, first: int, end: int
) -> None:
    """Put the keys of ring entries `first` to before `end` into the index.

    Parameters
    ----------
    index : int32[2 * C]
        Written in place.
    highs, lows : uint64[C]
        Key words of the ring, not in the index yet.
    first, end : int
        Numbers of entries.
    """
    ring_mask = np.int64(highs.size - 1)
    for entry in range(first, end):
        row = entry & ring_mask
        _take_slot(index, row, highs[row], lows[row])


@kernel
def _take_slot(index: np.ndarray, row: int, high: np.uint64, low: np.uint64) -> int:
    mask = np.int64(index.size - 1)
    slot = _home(high, low, mask)
    while index[slot] != 0:
        slot = (slot + 1) & mask
    index[slot] = row + 1
    return slot


@kernel
def drop_key(index: np.ndarray, highs: np.ndarray, lows: np.ndarray, row: int) -> int:
    """Take the key of ring row `row` out of the index; the ring itself is left as it is.

    Parameters
    ----------
    index : int32[2 * C]
        Written in place.
    highs, lows : uint64[C]
        Key words of the ring.
    row : int
        Ring row whose key is in the index.

    Returns
    -------
    int64
        Entries shifted back.
    """
    mask = np.int64(index.size - 1)
    slot = _home(highs[row], lows[row], mask)
    while index[slot] != row + 1:
        slot = (slot + 1) & mask
    shifted = 0
    hole = slot
    probe = (slot + 1) & mask
    while index[probe] != 0:
        other = index[probe] - 1
        home = _home(highs[other], lows[other], mask)
        # An entry may move into the hole when its home is not behind the hole on its probe path.
        if ((probe - home) & mask) >= ((probe - hole) & mask):
            index[hole] = index[probe]
            hole = probe
            shifted += 1
        probe = (probe + 1) & mask
    index[hole] = 0
    return shifted
