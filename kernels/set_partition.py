"""The best partition of a set, when the cost of every one of its subsets is known.

The best partition of a set is its best part with the set's lowest member, and the best partition of
the rest. O(3^N) additions. Shapes: ``N`` members, ``Z = 2^N`` sets, each a word of bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import FAR_MM
from .compiled import long_kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@long_kernel
def partition_sets(
    cost_mm: NDArray[np.int64], best_mm: NDArray[np.int64], best_part: NDArray[np.int32]
) -> int:
    """Find the partition of the least cost, of every set.

    Parameters
    ----------
    cost_mm : int64[Z]
        Cost of each set as one part, `FAR_MM` where it may not be one; that of the empty set does
        not count.
    best_mm : int64[Z]
        Output: cost of the best partition of each set.
    best_part : int32[Z]
        Output: the part with its lowest member in that partition. Following it from ``Z - 1`` gives
        all parts; of equal ones the one met first, larger sets first.

    Returns
    -------
    total_mm : int64
        Cost of the best partition of all members, `FAR_MM` when there is none.
    """
    best_mm[0] = 0
    for whole in range(1, len(cost_mm)):
        best_mm[whole] = FAR_MM
        best_part[whole] = whole
        rest = whole & (whole - 1)
        lowest = whole ^ rest
        left = rest
        while True:
            part = left | lowest
            total_mm = cost_mm[part] + best_mm[whole ^ part]
            if total_mm < best_mm[whole]:
                best_mm[whole] = total_mm
                best_part[whole] = part
            if left == 0:
                break
            left = (left - 1) & rest
    return best_mm[len(cost_mm) - 1]
