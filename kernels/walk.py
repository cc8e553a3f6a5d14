"""Shortest walks on a directed graph.

Edges are grouped by the node they leave: those of node ``n`` are ``first[n]`` to ``first[n + 1]``.
Costs are above 0. Called by the checks of a site map and by `optimizer.distances`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import FAR_MM
from .compiled import long_kernel, step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@long_kernel
def mark_reached(
    first: NDArray[np.int32],
    target: NDArray[np.int32],
    start: int,
    out_reached: NDArray[np.bool_],
    todo: NDArray[np.int32],
) -> int:
    """Mark every node to which edges lead from a start.

    Parameters
    ----------
    first : int32[N + 1]
        First edge of each node.
    target : int32[E]
        Where each edge leads.
    start : int64
        Node.
    out_reached : bool[N]
        Output: set for the start and all that follow; must be unset before.
    todo : int32[N]
        Scratch.

    Returns
    -------
    reached_count : int64
        Nodes marked. O(N + E).
    """
    out_reached[start] = True
    todo[0] = start
    count = 1
    done = 0
    while done < count:
        node = todo[done]
        done += 1
        for edge in range(first[node], first[node + 1]):
            following = target[edge]
            if not out_reached[following]:
                out_reached[following] = True
                todo[count] = following
                count += 1
    return count


@long_kernel
def distances_from(
    first: NDArray[np.int32],
    target: NDArray[np.int32],
    cost_mm: NDArray[np.int64],
    out_mm: NDArray[np.int64],
    out_edge: NDArray[np.int32],
    heap: NDArray[np.int32],
    heap_place: NDArray[np.int32],
) -> int:
    """Spread given distances along the edges until they are the shortest (Dijkstra's algorithm).

    Parameters
    ----------
    first : int32[N + 1]
        First edge of each node.
    target : int32[E]
        Where each edge leads.
    cost_mm : int64[E]
        What it costs, above 0.
    out_mm : int64[N]
        In: 0 at the start, or a distance at each of several starts, `FAR_MM` elsewhere. Out: the
        shortest distance of each node, `FAR_MM` where none leads.
    out_edge : int32[N]
        Output: the edge by which each node is reached, -1 for starts and for nodes not reached.
    heap : int32[N]
        Scratch.
    heap_place : int32[N]
        Scratch: place of each node in the heap, -1 before it was in it.

    Returns
    -------
    reached_count : int64
        Nodes with a distance. O((N + E) log N). Equal distances are settled by node, so the result
        does not depend on anything else.
    """
    node_count = len(first) - 1
    size = 0
    for node in range(node_count):
        out_edge[node] = -1
        heap_place[node] = -1
        if out_mm[node] < FAR_MM:
            heap[size] = node
            heap_place[node] = size
            _sift_up(out_mm, heap, heap_place, size)
            size += 1
    reached_count = 0
    while size > 0:
        node = heap[0]
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            heap_place[heap[0]] = 0
            _sift_down(out_mm, heap, heap_place, size)
        reached_count += 1
        for edge in range(first[node], first[node + 1]):
            following = target[edge]
            length = out_mm[node] + cost_mm[edge]
            if length < out_mm[following]:
                out_mm[following] = length
                out_edge[following] = edge
                if heap_place[following] < 0:
                    heap[size] = following
                    heap_place[following] = size
                    size += 1
                _sift_up(out_mm, heap, heap_place, heap_place[following])
    return reached_count


@long_kernel
def all_distances(
    first: NDArray[np.int32],
    target: NDArray[np.int32],
    cost_mm: NDArray[np.int64],
    out_mm: NDArray[np.int64],
    edge: NDArray[np.int32],
    heap: NDArray[np.int32],
    heap_place: NDArray[np.int32],
) -> int:
    """Measure the way from every node to every other.

    Parameters
    ----------
    first, target, cost_mm
        As for `distances_from`.
    out_mm : int64[N, N]
        Output: distance from the row's node to the column's, `FAR_MM` where none leads.
    edge, heap, heap_place : int32[N]
        Scratch.

    Returns
    -------
    reached_count : int64
        Pairs with a way, those of a node with itself among them. O(N (N + E) log N).
    """
    reached_count = 0
    for start in range(len(first) - 1):
        out_mm[start, :] = FAR_MM
        out_mm[start, start] = 0
        reached_count += distances_from(
            first, target, cost_mm, out_mm[start], edge, heap, heap_place
        )
    return reached_count


@step
def _before(out_mm: NDArray[np.int64], node: int, other: int) -> bool:
    """Tell whether a node is settled before another."""
    return out_mm[node] < out_mm[other] or (out_mm[node] == out_mm[other] and node < other)


@step
def _sift_up(
    out_mm: NDArray[np.int64],
    heap: NDArray[np.int32],
    heap_place: NDArray[np.int32],
    place: int,
) -> None:
    """Move the node at a place of the heap up to where it belongs."""
    node = heap[place]
    while place > 0:
        above = (place - 1) >> 1
        if not _before(out_mm, node, heap[above]):
            break
        heap[place] = heap[above]
        heap_place[heap[place]] = place
        place = above
    heap[place] = node
    heap_place[node] = place


@step
def _sift_down(
    out_mm: NDArray[np.int64],
    heap: NDArray[np.int32],
    heap_place: NDArray[np.int32],
    size: int,
) -> None:
    """Move the node at the top of the heap down to where it belongs."""
    node = heap[0]
    place = 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and _before(out_mm, heap[below + 1], heap[below]):
            below += 1
        if not _before(out_mm, heap[below], node):
            break
        heap[place] = heap[below]
        heap_place[heap[place]] = place
        place = below
    heap[place] = node
    heap_place[node] = place
