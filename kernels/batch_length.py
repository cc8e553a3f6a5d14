"""Length of the shortest tour of a batch, from the places of its orders as bits.

The places of a floor at which any order has a stop are numbered aisle by aisle, ascending within
an aisle, and every aisle starts a new word of 64 bits. The stops of an order are then a row of
words, those of a batch the union of its orders' rows: one `or` a word, whatever the number of
stops. The depot is a place like any other. The last words of a row are its summary: they have a bit
for each word of places that is not empty, so that a tour of few aisles on a wide floor looks at
few words; the union of two summaries is the summary of the union.

This is the one seam between batching and routing: `union_length_mm` chooses the exact kernel by the
number of blocks. The classes of one block are those of `tour_one_block`; they are followed here
straight from the words, since a search asks for a few million lengths a second.

Shapes: ``A`` aisles, ``B`` blocks, ``C`` classes of partial tours, ``P`` words of places, ``W``
words of a row, ``N`` rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import FAR_MM, NONE
from .compiled import kernel, step
from .lowest_bit import lowest_bit
from .tour_blocks import CHOICES, shortest_tour
from .tour_one_block import closed_mm, first_aisle, next_aisle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .tour_one_block import Classes

WORD_BITS = 64


class BatchFloor(NamedTuple):
    """A rectangular floor and the places on it that orders ask for.

    Attributes
    ----------
    aisle_x_mm : int64[A]
        Place of each aisle along the cross-aisles, ascending.
    cross_y_mm : int64[B + 1]
        Place of each cross-aisle, front first.
    word_aisle : int32[P]
        Aisle of each word of places, ascending.
    place_y_mm : int64[64 P]
        Place in its aisle of each bit, ascending within the aisle.
    after_choice, drops, across_weight, complete, empty
        Fields of `optimizer.tour_states.TourStates` for closed tours in ``B`` blocks.
    stop_aisle, stop_y_mm, stop_odd, best_mm, cost_mm, cut, choice, before, dropped
        Scratch of more than one block: each thread needs its own, see `with_scratch`.
    """

    aisle_x_mm: NDArray[np.int64]
    cross_y_mm: NDArray[np.int64]
    word_aisle: NDArray[np.int32]
    place_y_mm: NDArray[np.int64]
    after_choice: NDArray[np.int16]
    drops: NDArray[np.int16]
    across_weight: NDArray[np.int64]
    complete: NDArray[np.bool_]
    empty: int
    stop_aisle: NDArray[np.int32]
    stop_y_mm: NDArray[np.int64]
    stop_odd: NDArray[np.bool_]
    best_mm: NDArray[np.int64]
    cost_mm: NDArray[np.int64]
    cut: NDArray[np.int64]
    choice: NDArray[np.int8]
    before: NDArray[np.int16]
    dropped: NDArray[np.int16]


def make_floor(
    aisle_x_mm: NDArray[np.int64],
    cross_y_mm: NDArray[np.int64],
    word_aisle: NDArray[np.int32],
    place_y_mm: NDArray[np.int64],
    states: tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int64], NDArray[np.bool_], int],
) -> BatchFloor:
    """Make a floor with scratch of its own.

    Parameters
    ----------
    aisle_x_mm, cross_y_mm, word_aisle, place_y_mm
        As in `BatchFloor`.
    states : tuple
        The five tables of the classes.

    Returns
    -------
    floor : BatchFloor
        For one thread.
    """
    aisle_count, block_count, class_count = len(aisle_x_mm), len(cross_y_mm) - 1, len(states[2])
    return BatchFloor(
        aisle_x_mm,
        cross_y_mm,
        word_aisle,
        place_y_mm,
        *states,
        stop_aisle=np.zeros(len(place_y_mm), np.int32),
        stop_y_mm=np.zeros(len(place_y_mm), np.int64),
        stop_odd=np.zeros(len(place_y_mm), np.bool_),
        best_mm=np.zeros((2, class_count), np.int64),
        cost_mm=np.zeros(len(CHOICES), np.int64),
        cut=np.zeros(len(CHOICES), np.int64),
        choice=np.zeros((aisle_count * block_count, class_count), np.int8),
        before=np.zeros((aisle_count * block_count, class_count), np.int16),
        dropped=np.zeros((aisle_count, class_count), np.int16),
    )


def with_scratch(floor: BatchFloor) -> BatchFloor:
    """Give the same floor with scratch of its own, for another thread.

    Parameters
    ----------
    floor : BatchFloor
        The floor.

    Returns
    -------
    floor : BatchFloor
        Shares all that is only read.
    """
    return make_floor(*floor[:4], floor[4:9])


@kernel
def union_length_mm(
    floor: BatchFloor,
    words: NDArray[np.uint64],
    row: int,
    others: NDArray[np.uint64],
    other: int,
) -> int:
    """Give the length of the shortest closed walk through the places of two rows together.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    words, others : uint64[N, W]
        Rows of places.
    row, other : int64
        The row to take of each.

    Returns
    -------
    length_mm : int64
        0 without places. O(stops).
    """
    if floor.cross_y_mm.shape[0] == 2:
        return _one_block_length_mm(floor, words, row, others, other)
    return _blocks_length_mm(floor, words, row, others, other)


@kernel
def _blocks_length_mm(
    floor: BatchFloor,
    words: NDArray[np.uint64],
    row: int,
    others: NDArray[np.uint64],
    other: int,
) -> int:
    """Write the places out in order and follow the classes of `tour_blocks`."""
    count = np.int64(0)
    place_words = floor.word_aisle.shape[0]
    for summary in range(place_words, words.shape[1]):
        used = words[row, summary] | others[other, summary]
        while used != np.uint64(0):
            word = (summary - place_words) * WORD_BITS + lowest_bit(used)
            used &= used - np.uint64(1)
            bits = words[row, word] | others[other, word]
            while bits != np.uint64(0):
                floor.stop_aisle[count] = floor.word_aisle[word]
                floor.stop_y_mm[count] = floor.place_y_mm[word * WORD_BITS + lowest_bit(bits)]
                count += 1
                bits &= bits - np.uint64(1)
    if count == 0:
        return np.int64(0)
    if floor.stop_aisle[0] == floor.stop_aisle[count - 1]:
        return 2 * (floor.stop_y_mm[count - 1] - floor.stop_y_mm[0])
    length_mm, _ = shortest_tour(
        floor.aisle_x_mm, floor.cross_y_mm, floor.stop_aisle, floor.stop_y_mm, floor.stop_odd,
        count, floor.after_choice, floor.drops, floor.across_weight, floor.complete,
        floor.empty, floor.best_mm, floor.cost_mm, floor.cut, floor.choice, floor.before,
        floor.dropped,
    )  # fmt: skip
    return length_mm


@kernel
def _one_block_length_mm(
    floor: BatchFloor,
    words: NDArray[np.uint64],
    row: int,
    others: NDArray[np.uint64],
    other: int,
) -> int:
    """Follow the five classes of `tour_one_block.one_block_length_mm` over the words."""
    classes = (FAR_MM, FAR_MM, FAR_MM, FAR_MM, FAR_MM)
    # The aisle whose words are being read, and the last one taken into the classes.
    aisle = np.int64(NONE)
    last_x = np.int64(NONE)
    first = True
    first_y, y, gap = np.int64(0), np.int64(0), np.int64(0)
    place_words = floor.word_aisle.shape[0]
    for summary in range(place_words, words.shape[1]):
        used = words[row, summary] | others[other, summary]
        while used != np.uint64(0):
            word = (summary - place_words) * WORD_BITS + lowest_bit(used)
            used &= used - np.uint64(1)
            bits = words[row, word] | others[other, word]
            base = word * WORD_BITS
            if floor.word_aisle[word] != aisle:
                if aisle != NONE:
                    classes = _take(floor, classes, first, aisle, last_x, first_y, y, gap)
                    first = False
                    last_x = floor.aisle_x_mm[aisle]
                aisle = np.int64(floor.word_aisle[word])
                first_y = floor.place_y_mm[base + lowest_bit(bits)]
                y, gap = first_y, np.int64(0)
            while bits != np.uint64(0):
                at = floor.place_y_mm[base + lowest_bit(bits)]
                bits &= bits - np.uint64(1)
                gap = max(gap, at - y)
                y = at
    if first:
        # In one aisle alone a tour need not meet a cross-aisle; without places all are 0.
        return 2 * (y - first_y)
    return closed_mm(_take(floor, classes, first, aisle, last_x, first_y, y, gap))


@step
def _take(
    floor: BatchFloor,
    classes: Classes,
    first: bool,
    aisle: int,
    last_x_mm: int,
    first_y_mm: int,
    last_y_mm: int,
    gap_mm: int,
) -> Classes:
    """Take an aisle with stops from its first to its last place into the classes."""
    through = floor.cross_y_mm[1] - floor.cross_y_mm[0]
    from_back = 2 * (floor.cross_y_mm[1] - first_y_mm)
    from_front = 2 * (last_y_mm - floor.cross_y_mm[0])
    from_both = 2 * (through - gap_mm)
    if first:
        return first_aisle(through, from_back, from_front, from_both)
    across = floor.aisle_x_mm[aisle] - last_x_mm
    return next_aisle(classes, across, through, from_back, from_front, from_both)
