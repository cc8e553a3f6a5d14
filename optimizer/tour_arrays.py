"""The arrays that the kernels of a tour search take, made from a matrix and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.tour_bound import NUMBER_COUNT as BOUND_NUMBER_COUNT
from ..kernels.tour_bound import PACE, TourBound
from ..kernels.tour_moves import TourLimits, TourState
from ..kernels.tour_search import NUMBER_COUNT, TourSearch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .tour_rules import CheckedRules

_NEAR_MAX: Final = 8
_KEY_MAX: Final = 1 << 62
_FIRST_PACE: Final = 1.0


def make_state(between_mm: NDArray[np.int64], point: NDArray[np.int32]) -> TourState:
    """Make the state of a tour.

    Parameters
    ----------
    between_mm : int64[N, N]
        Ways between points.
    point : int32[N]
        A tour.

    Returns
    -------
    TourState
        Not yet measured.
    """
    count = len(between_mm)
    return TourState(
        walk_mm=between_mm,
        point=point.copy(),
        position=np.empty(count, np.int32),
        forth_mm=np.empty(count, np.int64),
        back_mm=np.empty(count, np.int64),
        trial=np.empty(count, np.int32),
    )


def make_limits(rules: CheckedRules, return_count: int) -> TourLimits:
    """Make the limits of points from the rules of stops.

    Parameters
    ----------
    rules : CheckedRules
        Of S stops.
    return_count : int
        Returns, which are the last points.

    Returns
    -------
    TourLimits
        Of ``1 + S + return_count`` points.
    """
    stop_count, kinds = rules.load.shape

    def of_points(column: NDArray[np.int64]) -> NDArray[np.int64]:
        padded = np.zeros((1 + stop_count + return_count, *column.shape[1:]), np.int64)
        padded[1 : stop_count + 1] = column
        return padded

    totes = int(rules.tote.max(initial=-1)) + 1
    return TourLimits(
        bind=np.array([return_count > 0 or rules.ranks_bind]),
        is_return=np.arange(1 + stop_count + return_count) > stop_count,
        rank=of_points(rules.rank),
        tote=of_points(rules.tote).astype(np.int32),
        load=of_points(rules.load),
        load_max=rules.load_max,
        tote_rank=np.empty(totes, np.int64),
        tote_trip=np.empty(totes, np.int64),
        carried=np.empty(kinds, np.int64),
    )


def make_search(cost_mm: NDArray[np.int64], random: NDArray[np.uint64]) -> TourSearch:
    """Make the state of a search.

    Parameters
    ----------
    cost_mm : int64[N, N]
        Ways between two points or more, `FAR_MM` where no tour should go.
    random : uint64[1]
        See `kernels.random_bits`.

    Returns
    -------
    TourSearch
        To be begun.
    """
    count = len(cost_mm)
    return TourSearch(
        near=_nearest(cost_mm),
        near_to=_nearest(cost_mm.T),
        kept=np.empty(count, np.int32),
        best=np.empty(count, np.int32),
        queue=np.empty(count, np.int32),
        is_queued=np.zeros(count, np.bool_),
        random=random,
        number=np.zeros(NUMBER_COUNT, np.int64),
    )


def _nearest(cost_mm: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the nearest points of each, ties by row, int32[N, K]."""
    count = len(cost_mm)
    near_count = min(_NEAR_MAX, count - 1)
    # Cost and row in one number: finding the least few of these is quicker than sorting all.
    key = np.minimum(cost_mm, (_KEY_MAX // count) - 1) * count + np.arange(count)
    least = np.sort(np.partition(key, near_count - 1, axis=1)[:, :near_count], axis=1)
    return np.ascontiguousarray(least % count, np.int32)


def make_bound(cost_mm: NDArray[np.int64]) -> TourBound:
    """Make prices of zero.

    Parameters
    ----------
    cost_mm : int64[N, N]
        Ways between points, `FAR_MM` where no tour may go.

    Returns
    -------
    TourBound
        Nothing bounded yet.
    """
    count = len(cost_mm)
    reals = {
        name: np.zeros(count)
        for name in ("leave", "enter", "heading_leave", "heading_enter", "nearest")
    }
    number = np.zeros(BOUND_NUMBER_COUNT)
    number[PACE] = _FIRST_PACE
    return TourBound(
        cost=cost_mm.astype(np.float64),
        link=np.empty(count, np.int32),
        is_out=np.empty(count, np.bool_),
        in_tree=np.empty(count, np.bool_),
        left=np.empty(count, np.int64),
        entered=np.empty(count, np.int64),
        number=number,
        **reals,
    )
