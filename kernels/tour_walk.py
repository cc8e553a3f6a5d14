"""The walk of a tour, from the edges that an exact solver chose.

The chosen edges of aisles and cross-aisles are one connected graph in which only start and end, if
they differ, have an odd degree: a walk from start to end can take each edge exactly once (source:
Hierholzer 1873). O(P + G * B) for ``P`` places in ``G`` aisles and ``B`` blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .tour_blocks import CHOICES, cover_piece, gap_edges, shortest_tour, trace_choices

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHOICE_COUNT = len(CHOICES)


@njit(cache=True, nogil=True)
def shortest_walk(
    aisle_x_mm: NDArray[np.int64],
    cross_y_mm: NDArray[np.int64],
    place_aisle: NDArray[np.int32],
    place_y_mm: NDArray[np.int64],
    place_odd: NDArray[np.bool_],
    order: NDArray[np.int64],
    after_choice: NDArray[np.int16],
    drops: NDArray[np.int16],
    edges_across: NDArray[np.int8],
    across_weight: NDArray[np.int64],
    complete: NDArray[np.bool_],
    empty: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], int]:
    """Find the shortest tour through places in two or more aisles, with its walk.

    Parameters
    ----------
    aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd
        As for `tour_blocks.shortest_tour`; P places, all taken.
    order : int64[P]
        Number of each place: stops from 0, then the start, then the end.
    after_choice, drops, edges_across, across_weight, complete, empty
        Fields of `TourStates` for the blocks between the cross-aisles.

    Returns
    -------
    stop_order : int32[P - 2]
        Numbers of the stops in the order in which the walk first passes them.
    walk_x_mm, walk_y_mm : int64[W]
        Start, turning points, end.
    length_mm : int64
        Length of the walk.
    """
    block_count = len(cross_y_mm) - 1
    class_count = len(across_weight)
    aisle_count = 1
    for place in range(1, len(place_aisle)):
        aisle_count += place_aisle[place] != place_aisle[place - 1]
    choice_before = np.empty((aisle_count * block_count, class_count), np.int8)
    class_before = np.empty((aisle_count * block_count, class_count), np.int16)
    dropped_from = np.empty((aisle_count, class_count), np.int16)
    length_mm, last_class = shortest_tour(
        aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd, len(place_aisle),
        after_choice, drops, across_weight, complete, empty,
        np.empty((2, class_count), np.int64),
        np.empty(_CHOICE_COUNT, np.int64), np.empty(_CHOICE_COUNT, np.int64),
        choice_before, class_before, dropped_from,
    )  # fmt: skip
    choice = np.empty(aisle_count * block_count, np.int8)
    going_on = np.empty(aisle_count - 1, np.int16)
    trace_choices(
        last_class, choice_before, class_before, dropped_from, block_count, choice, going_on
    )
    start = 0
    while order[start] != len(order) - 2:
        start += 1
    place_order, walk_x_mm, walk_y_mm = tour_walk(
        aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd, choice, going_on, edges_across,
        start,
    )  # fmt: skip
    stop_order = np.empty(len(order) - 2, np.int32)
    stop_count = 0
    for place in place_order:
        if order[place] < len(stop_order):
            stop_order[stop_count] = order[place]
            stop_count += 1
    return stop_order, walk_x_mm, walk_y_mm, length_mm


@njit(cache=True, nogil=True)
def tour_walk(
    aisle_x_mm: NDArray[np.int64],
    cross_y_mm: NDArray[np.int64],
    place_aisle: NDArray[np.int32],
    place_y_mm: NDArray[np.int64],
    place_odd: NDArray[np.bool_],
    choice: NDArray[np.int8],
    going_on: NDArray[np.int16],
    edges_across: NDArray[np.int8],
    start: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Build the walk of a tour.

    Parameters
    ----------
    aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd
        As for `tour_blocks.shortest_tour`; P places in G aisles, B blocks.
    choice : int8[G * B]
        From `tour_blocks.trace_choices`.
    going_on : int16[G - 1]
        From the same.
    edges_across : int8[C, B + 1]
        Field of `TourStates`.
    start : int64
        Place where the walk starts.

    Returns
    -------
    place_order : int32[P]
        Places in the order in which the walk first passes them, the start first.
    walk_x_mm, walk_y_mm : int64[W]
        Start, turning points, end.
    """
    crossings = len(cross_y_mm)
    aisle_count = len(going_on) + 1
    first_place = aisle_count * crossings
    node_count = first_place + len(place_y_mm)
    x = np.empty(node_count, np.int64)
    y = np.empty(node_count, np.int64)
    edge_max = 2 * (len(place_y_mm) + len(choice) + len(going_on) * crossings)
    # Edges at a node are a linked list; edge e is entry 2e at its one end and 2e + 1 at the other.
    newest = np.full(node_count, -1, np.int64)
    older = np.empty(2 * edge_max, np.int64)
    other_end = np.empty(2 * edge_max, np.int64)
    edge_count = 0
    cost = np.empty(_CHOICE_COUNT, np.int64)
    cut = np.empty(_CHOICE_COUNT, np.int64)
    first = 0
    for row in range(aisle_count):
        aisle = place_aisle[first]
        for crossing in range(crossings):
            x[row * crossings + crossing] = aisle_x_mm[aisle]
            y[row * crossings + crossing] = cross_y_mm[crossing]
            if row > 0:
                for _ in range(edges_across[going_on[row - 1], crossing]):
                    edge_count = _add_edge(
                        newest, older, other_end, edge_count,
                        (row - 1) * crossings + crossing, row * crossings + crossing,
                    )  # fmt: skip
        for block in range(crossings - 1):
            front, back = cross_y_mm[block], cross_y_mm[block + 1]
            last = first
            while (
                last < len(place_aisle)
                and place_aisle[last] == aisle
                and (block == crossings - 2 or place_y_mm[last] < back)
            ):
                last += 1
            cover_piece(place_y_mm, place_odd, first, last, front, back, cost, cut)
            piece_choice = choice[row * (crossings - 1) + block]
            odd = False
            node = row * crossings + block
            for place in range(first, last + 1):
                after = first_place + place if place < last else row * crossings + block + 1
                for _ in range(gap_edges(piece_choice, cut[piece_choice], place - first, odd)):
                    edge_count = _add_edge(newest, older, other_end, edge_count, node, after)
                if place < last:
                    x[after] = aisle_x_mm[aisle]
                    y[after] = place_y_mm[place]
                    if place_odd[place]:
                        odd = not odd
                node = after
            first = last
    path = _euler_walk(newest, older, other_end, edge_count, first_place + start)
    return _visits(path, first_place, x, y)


@njit(cache=True, nogil=True)
def _add_edge(
    newest: NDArray[np.int64],
    older: NDArray[np.int64],
    other_end: NDArray[np.int64],
    edge_count: int,
    one: int,
    other: int,
) -> int:
    for entry, here, there in ((2 * edge_count, one, other), (2 * edge_count + 1, other, one)):
        other_end[entry] = there
        older[entry] = newest[here]
        newest[here] = entry
    return edge_count + 1


@njit(cache=True, nogil=True)
def _euler_walk(
    newest: NDArray[np.int64],
    older: NDArray[np.int64],
    other_end: NDArray[np.int64],
    edge_count: int,
    start: int,
) -> NDArray[np.int64]:
    """Walk every edge once: go on while there is one, step back to where there is another."""
    used = np.zeros(edge_count, np.bool_)
    pending = np.empty(edge_count + 1, np.int64)
    pending[0] = start
    pending_count = 1
    path = np.empty(edge_count + 1, np.int64)
    at = edge_count
    while pending_count > 0:
        node = pending[pending_count - 1]
        entry = newest[node]
        while entry >= 0 and used[entry // 2]:
            entry = older[entry]
        if entry < 0:
            path[at] = node
            at -= 1
            pending_count -= 1
            newest[node] = -1
        else:
            used[entry // 2] = True
            newest[node] = older[entry]
            pending[pending_count] = other_end[entry]
            pending_count += 1
    return path


@njit(cache=True, nogil=True)
def _visits(
    path: NDArray[np.int64], first_place: int, x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Give the places in the order of their first visit, and the points where the path turns."""
    seen = np.zeros(len(x) - first_place, np.bool_)
    order = np.empty(len(x) - first_place, np.int32)
    seen_count = 0
    walk_x = np.empty(len(path), np.int64)
    walk_y = np.empty(len(path), np.int64)
    points = 0
    for node in path:
        if node >= first_place and not seen[node - first_place]:
            seen[node - first_place] = True
            order[seen_count] = node - first_place
            seen_count += 1
        if points > 0 and x[node] == walk_x[points - 1] and y[node] == walk_y[points - 1]:
            continue
        if points > 1:
            step_x = walk_x[points - 1] - walk_x[points - 2]
            step_y = walk_y[points - 1] - walk_y[points - 2]
            forward = step_x * (x[node] - walk_x[points - 1]) + step_y * (
                y[node] - walk_y[points - 1]
            )
            if forward > 0:
                points -= 1
        walk_x[points] = x[node]
        walk_y[points] = y[node]
        points += 1
    return order, walk_x[:points].copy(), walk_y[:points].copy()
