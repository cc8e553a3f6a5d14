"""Stable integer hashes: the only source of variety in the demo.

Nothing in the demo is drawn at random. Where the order history is silent (a weight, a
late truck, a short pick), a keyed hash of the item's or order's own code decides, so that
the same history gives the same day on every machine and in every Python process.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def stable_hash(codes: Sequence[str], salt: str) -> NDArray[np.uint64]:
    """Hash every code under a salt.

    Parameters
    ----------
    codes : sequence of str, length N
        Codes of items, orders or suppliers.
    salt : str
        What the hash decides; 1 to 16 bytes. Two salts give unrelated numbers.

    Returns
    -------
    uint64[N]
        First 8 bytes of BLAKE2b keyed by the salt, little endian on every machine.
    """
    person = salt.encode()
    digests = b"".join(
        blake2b(code.encode(), digest_size=8, person=person).digest() for code in codes
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def mix(hashes: NDArray[np.uint64], numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Derive a new hash from a hash and a number (a line number, say).

    Parameters
    ----------
    hashes : uint64[N]
        Hashes from `stable_hash`.
    numbers : int64[N]
        One number each, >= 0.

    Returns
    -------
    uint64[N]
        The SplitMix64 finaliser of hash + number * golden ratio, modulo 2**64.
    """
    with np.errstate(over="ignore"):
        mixed: NDArray[np.uint64] = hashes + numbers.astype(np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def spread(hashes: NDArray[np.uint64], bound: int) -> NDArray[np.int64]:
    """Bring hashes into the range 0 to `bound` - 1.

    Parameters
    ----------
    hashes : uint64[N]
        Any hashes.
    bound : int
        Size of the range, 1 to 2**31.

    Returns
    -------
    int64[N]
        `hash mod bound`; the bias is below 2**-32.
    """
    return (hashes % np.uint64(bound)).astype(np.int64)
