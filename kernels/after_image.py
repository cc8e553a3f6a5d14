"""Read and write whole rows of column tables as packed bytes: after-images.

A table's columns lie in one block of memory; column c starts at `offsets[c]` and has `sizes[c]`
bytes a row. An after-image of a row is its columns' bytes one behind the other. Gathering costs
O(rows x bytes a row), as does scattering. Called by the engine for each journalled run and by
recovery.
"""

from __future__ import annotations

import numpy as np

from .compiled import kernel


@kernel
def gather_rows(
    memory: np.ndarray,
    offsets: np.ndarray,
    sizes: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
) -> int:
    """Copy rows out as packed images.

    Parameters
    ----------
    memory : uint8[M]
        The block that holds the columns.
    offsets, sizes : int64[C]
        Where each column starts and its bytes per row.
    rows : int32[N]
        Rows to copy.
    out : uint8[N * sum(sizes)]
        Output: images in the order of `rows`.

    Returns
    -------
    int64
        Bytes written.
    """
    position = 0
    for row in rows:
        for column in range(offsets.size):
            size = sizes[column]
            start = offsets[column] + np.int64(row) * size
            for byte in range(size):
                out[position + byte] = memory[start + byte]
            position += size
    return position


@kernel
def scatter_rows(
    memory: np.ndarray,
    offsets: np.ndarray,
    sizes: np.ndarray,
    rows: np.ndarray,
    images: np.ndarray,
) -> int:
    """Write packed images back into their rows; the reverse of `gather_rows`.

    Parameters
    ----------
    memory : uint8[M]
        The block that holds the columns. Written in place.
    offsets, sizes : int64[C]
        Where each column starts and its bytes per row.
    rows : int32[N]
        Rows to write; of a row named twice the last image stays.
    images : uint8[N * sum(sizes)]
        Images in the order of `rows`.

    Returns
    -------
    int64
        Bytes read.
    """
    position = 0
    for row in rows:
        for column in range(offsets.size):
            size = sizes[column]
            start = offsets[column] + np.int64(row) * size
            for byte in range(size):
                memory[start + byte] = images[position + byte]
            position += size
    return position
