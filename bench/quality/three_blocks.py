"""Single tours in three blocks of 40 aisles and 60 bays, 30 to 50 picks, beside LKH.

Nobody has published a set of this size, so the orders are drawn here from a fixed seed. Ours is
proven; LKH (through `elkai`, where it is installed) searches a tour on the walked distances and
must never find a shorter one. Its time is a row of its own. So is that of planning the rest anew
when half of a tour is done and its next stop turns out empty: from where the picker stands, with
another bin in its place.
"""

from __future__ import annotations

import importlib.util
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route
from slotline.optimizer.tour import TourStatus
from slotline.optimizer.tour_states import tour_states

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from slotline.optimizer.tour import Tour

    from .rows import Plan

FOLDER: Final = None
_SEED: Final = 20_240_601
_TOURS: Final = 200
_TOURS_SMOKE: Final = 30
_BLOCKS: Final = 3
_AISLES: Final = 40
_BAYS: Final = 60
_AISLE_MM: Final = 3_200
_BAY_MM: Final = 1_350
_CROSS_MM: Final = 2_400
_PICKS: Final = (30, 50)


def floor_of(block_count: int) -> Rectangle:
    """Give 40 aisles with 60 bays each, cut into blocks."""
    block_mm = _BAYS // block_count * _BAY_MM + _CROSS_MM
    return Rectangle(np.arange(_AISLES) * _AISLE_MM, np.arange(block_count + 1) * block_mm)


def draw_stops(
    rng: np.random.Generator, count: int, block_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw bins; every bay is as likely as any other.

    Parameters
    ----------
    rng : Generator
        Of a fixed seed.
    count : int
        Picks.
    block_count : int
        Of the floor, a divisor of 60.

    Returns
    -------
    aisle, y_mm : int64[count]
        Middle of the bay, half a cross-aisle from the crossing at each end of a block.
    """
    aisle = rng.integers(0, _AISLES, count)
    bay = rng.integers(0, _BAYS, count)
    crossings = bay // (_BAYS // block_count)
    return aisle, bay * _BAY_MM + _BAY_MM // 2 + _CROSS_MM // 2 + crossings * _CROSS_MM


def measure(folder: Path | None, plan: Plan) -> list[Row]:
    """Solve tours from a door at the front of an aisle and back.

    Parameters
    ----------
    folder : None
        The orders are drawn.
    plan : Plan
        The slice has fewer of them.

    Returns
    -------
    rows : list of Row
        Values in mm. Ours against LKH where it is installed, else only proven.
    """
    rng = np.random.default_rng(_SEED)
    rectangle = floor_of(_BLOCKS)
    with_peer = importlib.util.find_spec("elkai") is not None
    for block_count in range(1, _BLOCKS + 1):
        for closed in (False, True):
            tour_states(block_count, closed=closed)
    rows = []
    for number in range(-1, _TOURS_SMOKE if plan.smoke else _TOURS):
        aisle, y_mm = draw_stops(rng, int(rng.integers(_PICKS[0], _PICKS[1] + 1)), _BLOCKS)
        depot = Place(int(rng.integers(0, _AISLES)), 0)
        found = _rows(f"{number}", rectangle, aisle, y_mm, depot, with_peer=with_peer)
        if number >= 0:  # the one before compiles
            rows += found
    return rows


def _rows(
    name: str,
    rectangle: Rectangle,
    aisle: NDArray[np.int64],
    y_mm: NDArray[np.int64],
    depot: Place,
    *,
    with_peer: bool,
) -> list[Row]:
    begun = time.perf_counter()
    tour = route(rectangle, aisle, y_mm, depot)
    seconds = time.perf_counter() - begun
    faults = check_tour(rectangle, aisle, y_mm, depot, depot, tour)
    proven = tour.status is TourStatus.OPTIMAL
    peers: list[Row] = []
    best = None
    if with_peer:
        best, peer_seconds = _lkh(rectangle, np.append(aisle, depot.aisle), np.append(y_mm, 0))
        if tour.length_mm > best:
            faults.append(f"{tour.length_mm} mm, LKH found {best} mm")
        peers.append(Row("LKH on the walked distances", name, best, tour.length_mm, peer_seconds))
    return [
        Row("exact, tour and walk", name, tour.length_mm, best, seconds, proven, tuple(faults)),
        _rest_row(name, rectangle, aisle, y_mm, depot, tour),
        *peers,
    ]


def _rest_row(
    name: str,
    rectangle: Rectangle,
    aisle: NDArray[np.int64],
    y_mm: NDArray[np.int64],
    depot: Place,
    tour: Tour,
) -> Row:
    """Plan anew after a short pick in the middle of a tour."""
    here, *rest = tour.stop_order[len(aisle) // 2 :]
    start = Place(int(aisle[here]), int(y_mm[here]))
    rest_aisle, rest_y = aisle[rest], y_mm[rest]
    rest_aisle[0] = (rest_aisle[0] + _AISLES // 2) % _AISLES
    begun = time.perf_counter()
    anew = route(rectangle, rest_aisle, rest_y, start, depot)
    seconds = time.perf_counter() - begun
    return Row(
        "the rest after a short pick", name, anew.length_mm, None, seconds,
        anew.status is TourStatus.OPTIMAL,
        tuple(check_tour(rectangle, rest_aisle, rest_y, start, depot, anew)),
    )  # fmt: skip


def _lkh(
    rectangle: Rectangle, aisle: NDArray[np.int64], y_mm: NDArray[np.int64]
) -> tuple[int, float]:
    """Give the length of LKH's tour and its time, without that of the matrix."""
    import elkai

    walked_mm = rectangle.walked_mm(aisle, y_mm)
    matrix = elkai.DistanceMatrix(walked_mm.tolist())
    begun = time.perf_counter()
    order = matrix.solve_tsp()
    seconds = time.perf_counter() - begun
    return sum(int(walked_mm[one, other]) for one, other in pairwise(order)), seconds
