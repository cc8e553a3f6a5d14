"""Shortest walks on a directed graph.

Edges are grouped by the node they leave: those of node ``n`` are ``first[n]`` to ``first[n + 1]``.
Costs are above 0. Called by the checks of a site map and by `optimizer.distances`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiled import long_kernel

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
