"""The check that every problem makes of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def whole_column(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Give a column of its own that nobody changes any more.

    Parameters
    ----------
    name : str
        For the message.
    values : int[N]
        Any whole numbers; an empty column may have any type.

    Returns
    -------
    int64[N]
        A read-only copy.

    Raises
    ------
    ValueError
        Not one row of whole numbers.
    """
    found = np.asarray(values)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} has shape {found.shape} and type {found.dtype}, "
            f"expected a column of whole numbers"
        )
    column = np.array(found, dtype=np.int64)
    column.flags.writeable = False
    return column
