"""Shortest tours through any number of blocks of parallel aisles, exactly, with their choices.

``A`` aisles are cut by ``B + 1`` cross-aisles into blocks. A tour is a walk from a start to an end
through all stops. The ``P`` places it must pass (stops, start, end) lie in ``G`` aisles; aisles
without one are only passed. In each of those, block after block, the piece of the aisle is covered
in one of a few ways (`CHOICES`), then the tour goes across to the next one. Of all partial tours
only the shortest of each class is kept (`slotline.optimizer.tour_states` has the classes and
transitions, and the papers). Start and end, where they differ, have an odd degree, so on one side
of them an odd number of edges is covered, on the other an even one.

Why an aisle without a place is only passed: what a tour walks there can be slid along the
cross-aisles as a whole, and the length changes in proportion, so sliding it one way until it meets
the next aisle with a place never makes the tour longer.

O(G * B * C) for C classes: 6, 24, 112 for closed tours in one, two, three blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHOICES: Final = (
    (0, 0, 0),  # nothing: only where there is no place
    (1, 1, 1),  # through
    (2, 2, 1),  # through, there and back
    (0, 2, 0),  # from the back, to the front-most place
    (2, 0, 0),  # from the front, to the back-most place
    (2, 2, 0),  # from both ends, leaving out the largest gap
    # The others need a start or an end in this piece.
    (1, 2, 1),
    (2, 1, 1),
    (0, 1, 0),
    (1, 0, 0),
    (2, 1, 0),
    (1, 2, 0),
    (1, 1, 0),
)
"""Ways to cover a piece of an aisle: edges at its front end, at its back end, ends joined."""

CLOSED_CHOICE_COUNT: Final = 6
"""The first ones are all that a closed tour needs."""

_NOTHING = 0
_FRONT_EDGES = np.array([front for front, _, _ in CHOICES], dtype=np.int64)
_JOINED = np.array([[-1, -1, -1], [-1, 1, 6], [-1, 7, 2]], dtype=np.int64)
_SPLIT = np.array([[-1, 8, 3], [9, 12, 11], [4, 10, 5]], dtype=np.int64)
"""Row of `CHOICES` by edges at the front and back end, ends joined or not."""


@step
def cover_piece(
    place_y_mm: NDArray[np.int64],
    place_odd: NDArray[np.bool_],
    first: int,
    last: int,
    front_y_mm: int,
    back_y_mm: int,
    cost_mm: NDArray[np.int64],
    cut: NDArray[np.int64],
) -> None:
    """Give the least cost of each way to cover a piece of an aisle.

    Parameters
    ----------
    place_y_mm : int64[P]
        Place along the aisle, ascending within the piece.
    place_odd : bool[P]
        Whether the degree is odd there: start or end of a tour that is not closed.
    first, last : int64
        The piece has the places from first up to but without last.
    front_y_mm, back_y_mm : int64
        The ends of the piece.
    cost_mm : int64[T]
        Output: cost of each row of `CHOICES`, `FAR_MM` where it is not possible.
    cut : int64[T]
        Output: gap that is left out, 0 before the first place; -1 for none. The number of edges in
        a gap follows from the edges at the front end and this (see `gap_edges`).
    """
    for choice in range(len(cost_mm)):
        cost_mm[choice] = FAR_MM
        cut[choice] = -1
    if first == last:
        cost_mm[_NOTHING] = 0
        cut[_NOTHING] = 0
    for front_odd in range(2):
        odd = front_odd == 1
        total = np.int64(0)
        inner = np.int64(-1)
        inner_at = np.int64(-1)
        y = np.int64(front_y_mm)
        for place in range(first, last + 1):
            gap = np.int64((place_y_mm[place] if place < last else back_y_mm) - y)
            y += gap
            total += gap if odd else 2 * gap
            if not odd and first < place < last and gap > inner:
                inner = gap
                inner_at = place - first
            if place < last and place_odd[place]:
                odd = not odd
        front = 2 - front_odd
        back = 1 if odd else 2
        cost_mm[_JOINED[front, back]] = total
        if first == last:
            continue
        if front == 2:
            cost_mm[_SPLIT[0, back]] = total - 2 * (place_y_mm[first] - front_y_mm)
            cut[_SPLIT[0, back]] = 0
        if back == 2:
            cost_mm[_SPLIT[front, 0]] = total - 2 * (back_y_mm - place_y_mm[last - 1])
            cut[_SPLIT[front, 0]] = last - first
        if inner >= 0:
            cost_mm[_SPLIT[front, back]] = total - 2 * inner
            cut[_SPLIT[front, back]] = inner_at


@kernel
def shortest_tour(
    aisle_x_mm: NDArray[np.int64],
    cross_y_mm: NDArray[np.int64],
    place_aisle: NDArray[np.int32],
    place_y_mm: NDArray[np.int64],
    place_odd: NDArray[np.bool_],
    place_count: int,
    after_choice: NDArray[np.int16],
    drops: NDArray[np.int16],
    across_weight: NDArray[np.int64],
    complete: NDArray[np.bool_],
    empty: int,
    best_mm: NDArray[np.int64],
    cost_mm: NDArray[np.int64],
    cut: NDArray[np.int64],
    choice_before: NDArray[np.int8],
    class_before: NDArray[np.int16],
    dropped_from: NDArray[np.int16],
) -> tuple[int, int]:
    """Find the shortest tour through places in two or more aisles.

    Parameters
    ----------
    aisle_x_mm : int64[A]
        Place of each aisle along the cross-aisles, ascending.
    cross_y_mm : int64[B + 1]
        Place of each cross-aisle along the aisles, ascending.
    place_aisle : int32[P]
        Aisle of each place, ascending. At least two different ones: in one aisle alone a tour need
        not meet a cross-aisle, see `one_aisle_length_mm`.
    place_y_mm : int64[P]
        Place in its aisle, ascending within it, between the first and the last cross-aisle.
    place_odd : bool[P]
        Two of them where the tour starts and ends, none when it is closed.
    place_count : int64
        Places to take, the first ones of the columns.
    after_choice, drops, across_weight, complete, empty
        Fields of `TourStates` for B blocks.
    best_mm : int64[2, C]
        Scratch.
    cost_mm, cut : int64[T]
        Scratch for `cover_piece`.
    choice_before : int8[G * B, C]
        Output: for each aisle with a place, block and class, the choice that led there; G is at
        least the number of such aisles.
    class_before : int16[G * B, C]
        Output: the class in which it was made.
    dropped_from : int16[G, C]
        Output: for each such aisle and class in which the tour goes on to the right, the class
        before something was dropped.

    Returns
    -------
    length_mm : int64
        Length of the tour, `FAR_MM` when there is none.
    last_class : int64
        Class in which it ends, from which `trace_choices` finds the rest.
    """
    block_count = len(cross_y_mm) - 1
    class_count = len(across_weight)
    now = 0
    for state in range(class_count):
        best_mm[0, state] = FAR_MM
    best_mm[0, empty] = 0
    piece = 0
    aisle_row = 0
    first = 0
    while first < place_count:
        aisle = place_aisle[first]
        for block in range(block_count):
            last = first
            is_last_block = block == block_count - 1
            back_y = cross_y_mm[block + 1]
            while (
                last < place_count
                and place_aisle[last] == aisle
                and (is_last_block or place_y_mm[last] < back_y)
            ):
                last += 1
            cover_piece(place_y_mm, place_odd, first, last, cross_y_mm[block], back_y, cost_mm, cut)
            first = last
            _choose_in_piece(
                after_choice[block], cost_mm, best_mm[now], best_mm[1 - now],
                choice_before[piece], class_before[piece],
            )  # fmt: skip
            now = 1 - now
            piece += 1
        if first < place_count:
            over = aisle_x_mm[place_aisle[first]] - aisle_x_mm[aisle]
            _go_across(over, drops, across_weight, best_mm[now], dropped_from[aisle_row])
        aisle_row += 1
    length = FAR_MM
    last_class = -1
    for state in range(class_count):
        if complete[state] and best_mm[now, state] < length:
            length = best_mm[now, state]
            last_class = state
    return length, last_class


@step
def _choose_in_piece(
    after_choice: NDArray[np.int16],
    cost_mm: NDArray[np.int64],
    before_mm: NDArray[np.int64],
    after_mm: NDArray[np.int64],
    choice_before: NDArray[np.int8],
    class_before: NDArray[np.int16],
) -> None:
    """Take every class through every possible choice and keep the shortest of each.

    Choice by choice, as only some are possible: three where there is no place.
    """
    for state in range(len(after_mm)):
        after_mm[state] = FAR_MM
    for choice in range(len(after_choice)):
        cost = cost_mm[choice]
        if cost >= FAR_MM:
            continue
        for state in range(len(before_mm)):
            after = after_choice[choice, state]
            length = before_mm[state] + cost
            # A class that nothing led to is so long that it leads to nothing shorter.
            if after >= 0 and length < after_mm[after]:
                after_mm[after] = length
                choice_before[after] = choice
                class_before[after] = state


@step
def _go_across(
    over_mm: int,
    drops: NDArray[np.int16],
    across_weight: NDArray[np.int64],
    best_mm: NDArray[np.int64],
    dropped_from: NDArray[np.int16],
) -> None:
    """Drop what need not go on, then go across with the rest.

    A drop meets fewer crossings, and the classes with more come first: one pass finds all.
    """
    for state in range(len(best_mm)):
        dropped_from[state] = state
    for drop in range(len(drops)):
        state, after = drops[drop, 0], drops[drop, 1]
        if best_mm[state] < best_mm[after]:
            best_mm[after] = best_mm[state]
            dropped_from[after] = state
    for state in range(len(best_mm)):
        if best_mm[state] < FAR_MM:
            best_mm[state] += over_mm * across_weight[state]


@kernel
def trace_choices(
    last_class: int,
    choice_before: NDArray[np.int8],
    class_before: NDArray[np.int16],
    dropped_from: NDArray[np.int16],
    block_count: int,
    choice: NDArray[np.int8],
    going_on: NDArray[np.int16],
) -> None:
    """Follow the choices of the shortest tour back from its end.

    Parameters
    ----------
    last_class : int64
        As `shortest_tour` gave it.
    choice_before, class_before, dropped_from
        As `shortest_tour` filled them.
    block_count : int64
        B.
    choice : int8[G * B]
        Output: row of `CHOICES` for each aisle with a place, block by block.
    going_on : int16[G - 1]
        Output: class in which the tour leaves each of these aisles, the last one apart.
    """
    state = last_class
    for aisle_row in range(len(choice) // block_count - 1, -1, -1):
        for piece in range((aisle_row + 1) * block_count - 1, aisle_row * block_count - 1, -1):
            choice[piece] = choice_before[piece, state]
            state = class_before[piece, state]
        if aisle_row > 0:
            going_on[aisle_row - 1] = state
            while dropped_from[aisle_row - 1, state] != state:
                state = dropped_from[aisle_row - 1, state]


@step
def gap_edges(choice: int, cut: int, gap: int, odd_before: bool) -> int:
    """Give how many edges of a tour cover a gap between two places of a piece.

    Parameters
    ----------
    choice : int64
        Row of `CHOICES`.
    cut : int64
        Gap that it leaves out, from `cover_piece`.
    gap : int64
        0 before the first place.
    odd_before : bool
        Whether an odd number of start and end lie before the gap in this piece.

    Returns
    -------
    edges : int64
        0, 1 or 2.
    """
    if (_FRONT_EDGES[choice] == 1) != odd_before:
        return 1
    return 0 if gap == cut else 2


@kernel
def one_aisle_length_mm(
    place_y_mm: NDArray[np.int64], place_count: int, start_y_mm: int, end_y_mm: int
) -> int:
    """Give the length of the shortest walk through places of one aisle.

    Parameters
    ----------
    place_y_mm : int64[P]
        Places, ascending, start and end among them.
    place_count : int64
        Places to take, at least one, the first ones of the column.
    start_y_mm, end_y_mm : int64
        Where the walk starts and ends.

    Returns
    -------
    length_mm : int64
        Once between start and end, twice over what lies beyond them.
    """
    extent = place_y_mm[place_count - 1] - place_y_mm[0]
    return 2 * extent - abs(end_y_mm - start_y_mm)


@long_kernel
def shortest_tours_mm(
    aisle_x_mm: NDArray[np.int64],
    cross_y_mm: NDArray[np.int64],
    place_aisle: NDArray[np.int32],
    place_y_mm: NDArray[np.int64],
    first_place: NDArray[np.int64],
    place_odd: NDArray[np.bool_],
    after_choice: NDArray[np.int16],
    drops: NDArray[np.int16],
    across_weight: NDArray[np.int64],
    complete: NDArray[np.bool_],
    empty: int,
    best_mm: NDArray[np.int64],
    cost_mm: NDArray[np.int64],
    cut: NDArray[np.int64],
    choice_before: NDArray[np.int8],
    class_before: NDArray[np.int16],
    dropped_from: NDArray[np.int16],
    length_mm: NDArray[np.int64],
) -> None:
    """Give the lengths of the shortest closed tours through many sets of places.

    Parameters
    ----------
    place_aisle : int32[P]
        Aisle of each place, set after set, ascending within a set.
    place_y_mm : int64[P]
        Place in its aisle, ascending within it.
    first_place : int64[T + 1]
        First place of each set, and P.
    place_odd : bool[P]
        None is odd.
    aisle_x_mm, cross_y_mm, after_choice, drops, across_weight, complete, empty
        As for `shortest_tour`.
    best_mm, cost_mm, cut, choice_before, class_before, dropped_from
        As for it; they serve one set after another, so G is that of the largest.
    length_mm : int64[T]
        Output: 0 for a set without places.
    """
    for tour in range(len(length_mm)):
        first, last = first_place[tour], first_place[tour + 1]
        if first == last:
            length_mm[tour] = 0
        elif place_aisle[first] == place_aisle[last - 1]:
            length_mm[tour] = 2 * (place_y_mm[last - 1] - place_y_mm[first])
        else:
            length_mm[tour], _ = shortest_tour(
                aisle_x_mm, cross_y_mm, place_aisle[first:last], place_y_mm[first:last],
                place_odd, last - first, after_choice, drops, across_weight, complete, empty,
                best_mm, cost_mm, cut, choice_before, class_before, dropped_from,
            )  # fmt: skip
