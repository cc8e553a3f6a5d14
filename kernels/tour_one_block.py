"""Length of the shortest tour through a block of parallel aisles, exactly.

A block has ``A`` aisles between a front and a back cross-aisle. A tour is a closed walk along
aisles and cross-aisles through ``S`` stops; the start is one of them. Aisles are taken from left
to right, and of all partial tours only the shortest of each class is kept: what a class says is
the parity of the degree at the aisle's two ends and how the parts hang together (source: Ratliff
and Rosenthal, "Order-picking in a rectangular warehouse", Operations Research 31, 1983). Aisles
without a stop are only passed. O(S), at most ten additions and minima a stop aisle.

Called by batching and by scattered storage, for each candidate; `tour_blocks` also gives the
choices from which a walk is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Classes = tuple[int, int, int, int, int]


@step
def first_aisle(through_mm: int, back_mm: int, front_mm: int, both_mm: int) -> Classes:
    """Give the shortest tours of each class in the first aisle with a stop.

    Parameters
    ----------
    through_mm : int64
        Length of an aisle.
    back_mm, front_mm, both_mm : int64
        There and back again through all its stops from the back end, from the front end, and from
        both ends but for the largest gap between two of them.

    Returns
    -------
    classes : (int64, int64, int64, int64, int64)
        By parity at the back and front end: both odd; even at the back end only; even at the front
        end only; even at both, in one part; the same in two parts.
    """
    return through_mm, back_mm, front_mm, 2 * through_mm, both_mm


@step
def next_aisle(
    classes: Classes, across_mm: int, through_mm: int, back_mm: int, front_mm: int, both_mm: int
) -> Classes:
    """Give the shortest tours of each class as far as the next aisle with a stop.

    Parameters
    ----------
    classes : (int64, int64, int64, int64, int64)
        As far as the aisle before, see `first_aisle`.
    across_mm : int64
        From that aisle to this one.
    through_mm, back_mm, front_mm, both_mm : int64
        As for `first_aisle`.

    Returns
    -------
    classes : (int64, int64, int64, int64, int64)
        With this aisle.
    """
    odd, back, front, whole, parts = classes
    # Across to this aisle: both ends, or one of them and the other stays behind for good.
    over = 2 * across_mm
    odd += over
    back_on = min(back, whole) + over
    front_on = min(front, whole) + over
    whole += 2 * over
    parts += 2 * over
    one_end = min(back_on, front_on)
    cheapest = min(min(back_mm, front_mm), both_mm)
    next_odd = min(min(min(one_end, whole), parts) + through_mm, odd + cheapest)
    next_whole = min(odd + through_mm, min(whole + cheapest, min(one_end, parts) + 2 * through_mm))
    next_parts = min(
        parts + cheapest,
        min(back_on + min(front_mm, both_mm), front_on + min(back_mm, both_mm)),
    )
    return next_odd, back_on + back_mm, front_on + front_mm, next_whole, next_parts


@step
def closed_mm(classes: Classes) -> int:
    """Give the shortest length of the classes that are a closed tour in one part.

    Parameters
    ----------
    classes : (int64, int64, int64, int64, int64)
        With the last aisle that has a stop.

    Returns
    -------
    length_mm : int64
        Its length.
    """
    _, back, front, whole, _ = classes
    return min(whole, min(back, front))


@kernel
def one_block_length_mm(
    aisle_x_mm: NDArray[np.int64],
    front_y_mm: int,
    back_y_mm: int,
    stop_aisle: NDArray[np.int32],
    stop_y_mm: NDArray[np.int64],
    stop_count: int,
) -> int:
    """Give the length of the shortest closed walk through all stops of one block.

    Parameters
    ----------
    aisle_x_mm : int64[A]
        Place of each aisle along the cross-aisles, ascending.
    front_y_mm, back_y_mm : int64
        Places of the two cross-aisles along the aisles, front first.
    stop_aisle : int32[S]
        Aisle of each stop, ascending. The depot is a stop like any other: one at the end of an
        aisle stands on the cross-aisle.
    stop_y_mm : int64[S]
        Place of each stop in its aisle, ascending within it, between front and back.
    stop_count : int64
        Stops to take, the first ones of the two columns.

    Returns
    -------
    length_mm : int64
        0 without stops.
    """
    through = np.int64(back_y_mm - front_y_mm)
    classes = (FAR_MM, FAR_MM, FAR_MM, FAR_MM, FAR_MM)
    last_x = np.int64(0)
    i = 0
    while i < stop_count:
        aisle = stop_aisle[i]
        first_y = stop_y_mm[i]
        y = first_y
        gap = np.int64(0)
        first = i == 0
        i += 1
        while i < stop_count and stop_aisle[i] == aisle:
            if stop_y_mm[i] - y > gap:
                gap = stop_y_mm[i] - y
            y = stop_y_mm[i]
            i += 1
        from_back, from_front = 2 * (back_y_mm - first_y), 2 * (y - front_y_mm)
        from_both = 2 * (through - gap)
        if first:
            classes = first_aisle(through, from_back, from_front, from_both)
        else:
            across = aisle_x_mm[aisle] - last_x
            classes = next_aisle(classes, across, through, from_back, from_front, from_both)
        last_x = aisle_x_mm[aisle]
    if stop_count == 0:
        return np.int64(0)
    if stop_aisle[0] == stop_aisle[stop_count - 1]:
        # In one aisle alone a tour need not meet a cross-aisle.
        return 2 * (stop_y_mm[stop_count - 1] - stop_y_mm[0])
    return closed_mm(classes)


@long_kernel
def one_block_lengths_mm(
    aisle_x_mm: NDArray[np.int64],
    front_y_mm: int,
    back_y_mm: int,
    stop_aisle: NDArray[np.int32],
    stop_y_mm: NDArray[np.int64],
    first_stop: NDArray[np.int64],
    length_mm: NDArray[np.int64],
) -> None:
    """Give the lengths of the shortest closed walks through many sets of stops.

    Parameters
    ----------
    aisle_x_mm, front_y_mm, back_y_mm
        As for `one_block_length_mm`.
    stop_aisle : int32[S]
        Aisle of each stop, set after set, ascending within a set; the depot is one of its stops.
    stop_y_mm : int64[S]
        Place of each stop in its aisle, ascending within it.
    first_stop : int64[T + 1]
        First stop of each set, and S.
    length_mm : int64[T]
        Output.
    """
    for tour in range(len(length_mm)):
        first, last = first_stop[tour], first_stop[tour + 1]
        length_mm[tour] = one_block_length_mm(
            aisle_x_mm, front_y_mm, back_y_mm, stop_aisle[first:last], stop_y_mm[first:last],
            last - first,
        )  # fmt: skip
