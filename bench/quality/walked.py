"""Walked distances between places of a rectangular floor, for peers that want a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slotline.optimizer.rectangle import Rectangle


def walked_matrix(
    rectangle: Rectangle, aisle: NDArray[np.int64], y_mm: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give the length of the shortest walk between every two places.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    aisle, y_mm : int64[P]
        The places.

    Returns
    -------
    walked_mm : int64[P, P]
        Symmetric, 0 on the diagonal.
    """
    x = rectangle.aisle_x_mm[aisle]
    to_cross = np.abs(y_mm[:, None] - rectangle.cross_y_mm[None, :])
    by_cross = (to_cross[:, None, :] + to_cross[None, :, :]).min(axis=2)
    along = np.abs(y_mm[:, None] - y_mm[None, :])
    same = aisle[:, None] == aisle[None, :]
    return np.where(same, along, by_cross + np.abs(x[:, None] - x[None, :]))
