"""Read the commands of a small run where they are anyhow: in the blocks of their record.

Each time a kernel is called, every array that it is given is unwrapped; for a handful of commands
that costs more than what is done with them. So kernels for small runs get all columns as one array
of bytes, a block of 16 bytes and a payload padded to 8 for each (see engine/record.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_BYTES = 16
_SIZE_AT = 8


@kernel
def payload(commands: NDArray[np.uint8], at: int) -> tuple[NDArray[np.uint8], int]:
    """Give the bytes of the block at a place, and the place behind it.

    Parameters
    ----------
    commands : uint8[B]
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
    size = np.int64(commands[at + _SIZE_AT : at + _SIZE_AT + 4].view(np.uint32)[0])
    first = at + _BLOCK_BYTES
    return commands[first : first + size], first + ((size + 7) & -8)
