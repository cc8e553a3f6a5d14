"""Fold nodes that one only passes into chains, and measure walks between points of chains.

A **link** joins two nodes; it has a cost in each direction, `FAR_MM` for one in which nobody may
walk. A node is *passed* when it has two links and what comes in by one can go out by the
other, in both directions or in one. The others are **junctions**; a **chain** leads from junction
to junction through passed nodes. Shortest ways are measured between junctions only. A **point**
(bin, place, node) is a junction, or lies on a chain, at a known way from and to its two ends, so
that the way between two points is the least of four sums, or leads along the chain they share.

Called by `optimizer.distances`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A point: the junctions at the two ends of its chain (the same twice for a junction), and its ways
# to and from them along the chain. 48 bytes, so most points lie in one cache line.
POINT = np.dtype(
    [
        ("start", np.int32),
        ("end", np.int32),
        ("chain", np.int32),
        ("spare", np.int32),
        ("to_start_mm", np.int64),
        ("to_end_mm", np.int64),
        ("from_start_mm", np.int64),
        ("from_end_mm", np.int64),
    ],
    align=True,
)


@long_kernel
def mark_junctions(
    first: NDArray[np.int32],
    half_link: NDArray[np.int32],
    link_a: NDArray[np.int32],
    ahead_mm: NDArray[np.int64],
    back_mm: NDArray[np.int64],
    out_junction: NDArray[np.int32],
) -> int:
    """Give a number to each node that is not merely passed.

    Parameters
    ----------
    first : int32[N + 1]
        First place of each node in `half_link`.
    half_link : int32[2 L]
        Links of each node.
    link_a : int32[L]
        One end of each link, for which ahead is away from it.
    ahead_mm, back_mm : int64[L]
        Cost from that end to the other and back, `FAR_MM` where nobody may walk.
    out_junction : int32[N]
        Output: number of each junction from 0, -1 for a passed node.

    Returns
    -------
    junction_count : int64
        O(N).
    """
    count = 0
    for node in range(len(first) - 1):
        is_passed = False
        if first[node + 1] - first[node] == 2:
            one, other = half_link[first[node]], half_link[first[node] + 1]
            one_out, one_in = ahead_mm[one], back_mm[one]
            if link_a[one] != node:
                one_out, one_in = one_in, one_out
            other_out, other_in = ahead_mm[other], back_mm[other]
            if link_a[other] != node:
                other_out, other_in = other_in, other_out
            is_passed = (one_in < FAR_MM) == (other_out < FAR_MM) and (one_out < FAR_MM) == (
                other_in < FAR_MM
            )
        out_junction[node] = -1 if is_passed else count
        count += 0 if is_passed else 1
    return count


@long_kernel
def trace_chain(
    first: NDArray[np.int32],
    half_link: NDArray[np.int32],
    link_a: NDArray[np.int32],
    link_b: NDArray[np.int32],
    ahead_mm: NDArray[np.int64],
    back_mm: NDArray[np.int64],
    junction: NDArray[np.int32],
    chain: int,
    start: int,
    start_link: int,
    out_chain: NDArray[np.int32],
    out_reversed: NDArray[np.bool_],
    out_from_start_mm: NDArray[np.int64],
    out_to_start_mm: NDArray[np.int64],
    out_total_mm: NDArray[np.int64],
) -> int:
    """Follow a chain from a junction to the next one.

    Parameters
    ----------
    first, half_link, link_a, ahead_mm, back_mm, junction
        As for `mark_junctions`.
    link_b : int32[L]
        The other end of each link.
    chain : int64
        Number for it.
    start, start_link : int64
        Node of a junction, and the link of it to begin with.
    out_chain : int32[L]
        Output: chain of each link.
    out_reversed : bool[L]
        Output: whether the chain runs from the link's other end.
    out_from_start_mm, out_to_start_mm : int64[L]
        Output: cost from the chain's start to where it enters the link, and back; at least
        `FAR_MM` in a direction in which nobody may walk.
    out_total_mm : int64[2]
        Output: cost of the whole chain from its start and back to it.

    Returns
    -------
    end : int64
        Node of the junction at its end. O(links of the chain).
    """
    node = start
    link = start_link
    there = np.int64(0)
    back = np.int64(0)
    while True:
        is_reversed = link_a[link] != node
        out_chain[link] = chain
        out_reversed[link] = is_reversed
        out_from_start_mm[link] = there
        out_to_start_mm[link] = back
        there = min(FAR_MM, there + (back_mm[link] if is_reversed else ahead_mm[link]))
        back = min(FAR_MM, back + (ahead_mm[link] if is_reversed else back_mm[link]))
        node = link_a[link] if is_reversed else link_b[link]
        if junction[node] >= 0:
            out_total_mm[0] = there
            out_total_mm[1] = back
            return node
        following = half_link[first[node]]
        link = half_link[first[node] + 1] if following == link else following


@step
def _between(points: NDArray[np.void], table: NDArray[np.int64], one: int, other: int) -> int:
    """Give the length of the shortest way from one point to another."""
    a, b = points[one], points[other]
    best: int = min(
        min(
            a["to_start_mm"] + table[a["start"], b["start"]] + b["from_start_mm"],
            a["to_start_mm"] + table[a["start"], b["end"]] + b["from_end_mm"],
        ),
        min(
            a["to_end_mm"] + table[a["end"], b["start"]] + b["from_start_mm"],
            a["to_end_mm"] + table[a["end"], b["end"]] + b["from_end_mm"],
        ),
    )
    return min(FAR_MM, min(best, _along(a, b)))


@step
def _along(a: NDArray[np.void], b: NDArray[np.void]) -> int:
    """Give the way along the chain that two points share, `FAR_MM` when there is none."""
    best = FAR_MM
    if a["chain"] >= 0 and a["chain"] == b["chain"]:
        ahead = b["from_start_mm"] - a["from_start_mm"]
        if ahead >= 0 and b["from_start_mm"] < FAR_MM:
            best = ahead
        back = a["to_start_mm"] - b["to_start_mm"]
        if back >= 0 and a["to_start_mm"] < FAR_MM:
            best = min(best, back)
    return best


@kernel
def between_points(
    points: NDArray[np.void],
    table: NDArray[np.int64],
    sources: NDArray[np.int32],
    targets: NDArray[np.int32],
    out_mm: NDArray[np.int64],
) -> None:
    """Measure the ways of pairs of points.

    Parameters
    ----------
    points : POINT[P]
        All points.
    table : int64[J, J]
        Distance from the row's junction to the column's.
    sources, targets : int32[n]
        Points.
    out_mm : int64[n]
        Output: length of the shortest way of each pair, `FAR_MM` when there is none. O(n).
    """
    for pair in range(len(sources)):
        out_mm[pair] = _between(points, table, sources[pair], targets[pair])


@kernel
def between_stops(
    points: NDArray[np.void],
    table: NDArray[np.int64],
    stops: NDArray[np.int32],
    out_mm: NDArray[np.int64],
) -> None:
    """Measure the way from each stop to each other.

    Parameters
    ----------
    points, table
        As for `between_points`.
    stops : int32[S]
        Points.
    out_mm : int64[S, S]
        Output: length of the shortest way from the row's stop to the column's. O(S^2).
    """
    for row in range(len(stops)):
        for column in range(len(stops)):
            out_mm[row, column] = _between(points, table, stops[row], stops[column])


@kernel
def from_point(
    points: NDArray[np.void],
    junction_mm: NDArray[np.int64],
    source: int,
    targets: NDArray[np.int32],
    out_mm: NDArray[np.int64],
) -> None:
    """Measure the ways from one point, whose distances to all junctions are known.

    Parameters
    ----------
    points : POINT[P]
        All points.
    junction_mm : int64[J]
        Distance of each junction from the source.
    source : int64
        Point.
    targets : int32[n]
        Points.
    out_mm : int64[n]
        Output: length of the shortest way to each, `FAR_MM` when there is none. O(n).
    """
    for place in range(len(targets)):
        b = points[targets[place]]
        best: int = min(
            junction_mm[b["start"]] + b["from_start_mm"], junction_mm[b["end"]] + b["from_end_mm"]
        )
        length: int = min(FAR_MM, min(best, _along(points[source], b)))
        out_mm[place] = length
