"""One cart's tour over a matrix of ways, as it would be with other orders: cheap, and mended.

Stops that nobody needs any more are left out, new ones are put where they lengthen the tour least;
then pieces of up to three stops change places, and stretches are turned round where ways are the
same there and back, until nothing of that kind shortens it (sources: Croes, "A method for solving
traveling-salesman problems", Operations Research 6, 1958; Or, PhD thesis, Northwestern University,
1976).

Shapes: ``P`` places, rows 0 to P - 1 of the matrix; row P is where tours start, row P + 1 where
they end. ``N`` orders, ``D`` kinds of load; a batch has the row of any of its orders or of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import NONE
from .compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE_MAX = 3
_MENDED_MAX = 200
"""Longer tours are not mended: it takes the square of their stops."""


class MatrixOrders(NamedTuple):
    """Orders over a matrix.

    Attributes
    ----------
    walk_mm : int64[P + 2, P + 2]
        Ways from the row's place to the column's.
    is_symmetric : bool[1]
        Whether ways between stops are the same there and back.
    first : int64[N + 1]
        First place of each order in `place`.
    place : int32[S]
        Places of the orders, each once in an order.
    load : int64[N, D]
        What each order takes of a cart.
    load_max : int64[D]
        What a cart holds.
    near : int32[N, K]
        Orders that go well together with each, best first.
    """

    walk_mm: NDArray[np.int64]
    is_symmetric: NDArray[np.bool_]
    first: NDArray[np.int64]
    place: NDArray[np.int32]
    load: NDArray[np.int64]
    load_max: NDArray[np.int64]
    near: NDArray[np.int32]


class MatrixTours(NamedTuple):
    """The tours of all batches, and room for two on trial.

    Attributes
    ----------
    tour : int32[N + 2, P]
        Places of each batch's tour in their order; the last two rows are on trial.
    stop_count : int64[N + 2]
        How many there are.
    length_mm : int64[N + 2]
        Length, 0 of an empty batch.
    users : int32[N, P]
        How many orders of a batch need a place.
    mark : int32[P]
        Scratch, all 0.
    """

    tour: NDArray[np.int32]
    stop_count: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    users: NDArray[np.int32]
    mark: NDArray[np.int32]


@kernel
def lay_tour(
    orders: MatrixOrders, tours: MatrixTours, batch: int, out: int, into: int, trial: int
) -> None:
    """Lay out a tour of a batch without one of its orders, and with another one.

    Parameters
    ----------
    orders : MatrixOrders
        The orders.
    tours : MatrixTours
        The trial's row is written.
    batch : int64
        Row of the batch.
    out, into : int64
        Order of the batch that leaves it and order of another that comes, -1 for none.
    trial : int64
        Row of the trial, which has no length yet.
    """
    mark, users, tour = tours.mark, tours.users, tours.tour[trial]
    if out != NONE:
        for at in range(orders.first[out], orders.first[out + 1]):
            mark[orders.place[at]] = 1
    count = 0
    for at in range(tours.stop_count[batch]):
        place = tours.tour[batch, at]
        if users[batch, place] > mark[place]:
            tour[count] = place
            count += 1
    if into != NONE:
        for at in range(orders.first[into], orders.first[into + 1]):
            place = orders.place[at]
            if users[batch, place] <= mark[place]:
                _insert(orders.walk_mm, tour, count, place)
                count += 1
    if out != NONE:
        for at in range(orders.first[out], orders.first[out + 1]):
            mark[orders.place[at]] = 0
    tours.stop_count[trial] = count


@kernel
def mend_tour(orders: MatrixOrders, tours: MatrixTours, row: int) -> int:
    """Shorten a tour that was laid out.

    Parameters
    ----------
    orders : MatrixOrders
        The orders.
    tours : MatrixTours
        Its row is put into another order.
    row : int64
        The tour, of a batch or on trial.

    Returns
    -------
    length_mm : int64
        Its length, 0 without a stop.
    """
    tour, count = tours.tour[row], tours.stop_count[row]
    if count <= _MENDED_MAX:
        _improve(orders.walk_mm, tour, count, orders.is_symmetric[0])
    tours.length_mm[row] = _length(orders.walk_mm, tour, count)
    return np.int64(tours.length_mm[row])


@kernel
def _before(walk_mm: NDArray[np.int64], tour: NDArray[np.int32], at: int) -> int:
    """Give the row before a position: the start's before the first."""
    return np.int64(tour[at - 1]) if at > 0 else np.int64(len(walk_mm) - 2)


@kernel
def _behind(walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int, at: int) -> int:
    """Give the row behind a position: the end's behind the last."""
    return np.int64(tour[at + 1]) if at + 1 < count else np.int64(len(walk_mm) - 1)


@kernel
def _length(walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int) -> int:
    if count == 0:
        return np.int64(0)
    total = np.int64(0)
    for at in range(count):
        total += walk_mm[_before(walk_mm, tour, at), tour[at]]
    return total + walk_mm[tour[count - 1], len(walk_mm) - 1]


@kernel
def _insert(walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int, place: int) -> None:
    """Put a place where it lengthens the tour least."""
    best_at, best_mm = np.int64(0), np.int64(0)
    for at in range(count + 1):
        one = _before(walk_mm, tour, at)
        other = _behind(walk_mm, tour, count, at - 1)
        more_mm = walk_mm[one, place] + walk_mm[place, other] - walk_mm[one, other]
        if at == 0 or more_mm < best_mm:
            best_at, best_mm = np.int64(at), np.int64(more_mm)
    for at in range(count, best_at, -1):
        tour[at] = tour[at - 1]
    tour[best_at] = place


@kernel
def _improve(
    walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int, is_symmetric: bool
) -> None:
    """Move pieces, and turn stretches round, until nothing of that kind helps."""
    again = count > 1
    while again:
        again = False
        for size in range(1, min(_PIECE_MAX, count - 1) + 1):
            for first in range(count - size + 1):
                if _move_piece(walk_mm, tour, count, first, size):
                    again = True
        if is_symmetric:
            for first in range(count - 1):
                if _turn_from(walk_mm, tour, count, first):
                    again = True


@kernel
def _move_piece(
    walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int, first: int, size: int
) -> bool:
    """Move a piece to the gap where it shortens the tour most, if there is one."""
    last = first + size - 1
    before, behind = _before(walk_mm, tour, first), _behind(walk_mm, tour, count, last)
    head, tail = np.int64(tour[first]), np.int64(tour[last])
    gain = walk_mm[before, head] + walk_mm[tail, behind] - walk_mm[before, behind]
    best_at, best_mm = np.int64(NONE), np.int64(0)
    for at in range(count + 1):
        # The gap before position `at`; those at the piece itself are where it is.
        if first <= at <= last + 1:
            continue
        one, other = _before(walk_mm, tour, at), _behind(walk_mm, tour, count, at - 1)
        more_mm = walk_mm[one, head] + walk_mm[tail, other] - walk_mm[one, other] - gain
        if more_mm < best_mm:
            best_at, best_mm = np.int64(at), np.int64(more_mm)
    if best_at == NONE:
        return False
    # Stop by stop, so that no room is needed.
    if best_at < first:
        for moved in range(size):
            _shift(tour, first + moved, best_at + moved)
    else:
        for _ in range(size):
            _shift(tour, first, best_at - 1)
    return True


@kernel
def _shift(tour: NDArray[np.int32], source: int, target: int) -> None:
    """Take one stop out, and put it where it has the target's position."""
    place = tour[source]
    if source < target:
        for at in range(source, target):
            tour[at] = tour[at + 1]
    else:
        for at in range(source, target, -1):
            tour[at] = tour[at - 1]
    tour[target] = place


@kernel
def _turn_from(walk_mm: NDArray[np.int64], tour: NDArray[np.int32], count: int, first: int) -> bool:
    """Turn the stretch from a position round to where it shortens the tour most, if at all."""
    before, head = _before(walk_mm, tour, first), np.int64(tour[first])
    best_last, best_mm = np.int64(NONE), np.int64(0)
    for last in range(first + 1, count):
        behind, tail = _behind(walk_mm, tour, count, last), np.int64(tour[last])
        more_mm = walk_mm[before, tail] + walk_mm[head, behind]
        more_mm -= walk_mm[before, head] + walk_mm[tail, behind]
        if more_mm < best_mm:
            best_last, best_mm = np.int64(last), np.int64(more_mm)
    if best_last == NONE:
        return False
    low, high = first, best_last
    while low < high:
        tour[low], tour[high] = tour[high], tour[low]
        low += 1
        high -= 1
    return True
