"""Read and write the blocks of a small run's record.

Each time a kernel is called, every array that it is given is unwrapped, and each array that Python
makes or packs costs as much again; for a handful of commands that is more than what is done with
them. So kernels for small runs get all columns as they lie in the record anyhow, and write what
they have decided there: a block has 16 bytes and a payload padded to 8 (see engine/record.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_BYTES = 16
SPACE_OUTCOME = 3
SPACE_LINE_OUTCOME = 4
SPACE_ROWS = 5
SPACE_ACCEPTED = 6
_SIZE_AT = 8


@kernel
def payload(blocks: NDArray[np.uint8], at: int) -> tuple[NDArray[np.uint8], int]:
    """Give the bytes of the block at a place, and the place behind it.

    Parameters
    ----------
    blocks : uint8[B]
        Blocks one behind the other.
    at : int64
        Where the block begins.

    Returns
    -------
    body : uint8[N]
        View of its payload.
    behind : int64
        Where the next block begins.
    """
    size = np.int64(blocks[at + _SIZE_AT : at + _SIZE_AT + 4].view(np.uint32)[0])
    first = at + BLOCK_BYTES
    return blocks[first : first + size], first + padded(size)


@kernel
def put_block(
    out: NDArray[np.uint8], at: int, space: int, number: int, count: int, size: int
) -> tuple[NDArray[np.uint8], int]:
    """Begin a block at a place.

    Parameters
    ----------
    out : uint8[B]
        Written there; zero from there on.
    at : int64
        Where the block begins, a multiple of 8.
    space, number, count : int64
        What it holds.
    size : int64
        Bytes of its payload.

    Returns
    -------
    body : uint8[size]
        View of its payload, to be written.
    behind : int64
        Where the next block begins.
    """
    head = out[at : at + BLOCK_BYTES].view(np.int32)
    head[0], head[1], head[2] = space | number << 16, count, size
    first = at + BLOCK_BYTES
    return out[first : first + size], first + padded(size)


@kernel
def padded(size: int) -> int:
    """Give the bytes that a payload takes up.

    Parameters
    ----------
    size : int64
        Its own bytes.

    Returns
    -------
    int64
        A multiple of 8.
    """
    return (size + 7) & -8
