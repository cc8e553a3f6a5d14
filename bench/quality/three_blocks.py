"""Single tours in three blocks of 40 aisles and 60 bays, 30 to 50 picks, beside LKH.

Nobody has published a set of this size, so the orders are drawn here from a fixed seed. Ours is
proven; LKH (through `elkai`, where it is installed) searches a tour on the walked distances and
must never find a shorter one. Its time is a row of its own.
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

from .rows import Row
from .walked import walked_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .rows import Plan

FOLDER: Final = None
_SEED: Final = 20_240_601
_TOURS: Final = 200
_TOURS_SMOKE: Final = 30
_AISLES: Final = 40
_BAYS: Final = 60
_AISLE_MM: Final = 3_200
_BAY_MM: Final = 1_350
_CROSS_MM: Final = 2_400
_PICKS: Final = (30, 50)


def three_block_floor() -> Rectangle:
    """Give 40 aisles with 60 bays each, cut into three blocks."""
    block_mm = _BAYS // 3 * _BAY_MM + _CROSS_MM
    return Rectangle(np.arange(_AISLES) * _AISLE_MM, np.arange(4) * block_mm)


def draw_stops(rng: np.random.Generator, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw bins; every bay is as likely as any other.

    Parameters
    ----------
    rng : Generator
        Of a fixed seed.
    count : int
        Picks.

    Returns
    -------
    aisle, y_mm : int64[count]
        Middle of the bay, half a cross-aisle from the crossing at each end of a block.
    """
    aisle = rng.integers(0, _AISLES, count)
    bay = rng.integers(0, _BAYS, count)
    y_mm = bay * _BAY_MM + _BAY_MM // 2 + _CROSS_MM // 2 + bay // (_BAYS // 3) * _CROSS_MM
    return aisle, y_mm


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
    rectangle = three_block_floor()
    with_peer = importlib.util.find_spec("elkai") is not None
    rows = []
    for number in range(-1, _TOURS_SMOKE if plan.smoke else _TOURS):
        aisle, y_mm = draw_stops(rng, int(rng.integers(_PICKS[0], _PICKS[1] + 1)))
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
        *peers,
    ]


def _lkh(
    rectangle: Rectangle, aisle: NDArray[np.int64], y_mm: NDArray[np.int64]
) -> tuple[int, float]:
    """Give the length of LKH's tour and its time, without that of the matrix."""
    import elkai

    walked_mm = walked_matrix(rectangle, aisle, y_mm)
    matrix = elkai.DistanceMatrix(walked_mm.tolist())
    begun = time.perf_counter()
    order = matrix.solve_tsp()
    seconds = time.perf_counter() - begun
    return sum(int(walked_mm[one, other]) for one, other in pairwise(order)), seconds
