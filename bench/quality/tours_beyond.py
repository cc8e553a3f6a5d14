"""Single tours beyond the exact solver: six blocks, and a map with one-way aisles; beside LKH.

Nobody has published sets of these, so the orders are drawn here from a fixed seed. Gaps are to our
own bound, so they are at most what is told. LKH (through `elkai`, where it is installed) searches
on the same distances, and has its own rows: its gap is to our tour, negative where it is shorter.
"""

from __future__ import annotations

import importlib.util
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.check_map_tour import check_map_tour
from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.distances import Distances
from slotline.optimizer.rectangle import Place
from slotline.optimizer.route import route
from slotline.optimizer.route_map import route_map
from slotline.optimizer.site_description import describe
from slotline.optimizer.site_generate import generate
from slotline.optimizer.tour import TourStatus

from .rows import Row
from .three_blocks import draw_stops, floor_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from slotline.optimizer.site_map import SiteMap
    from slotline.optimizer.tour import Tour

    from .rows import Plan

FOLDER: Final = None
_SEED: Final = 20_261_126
_TOURS: Final = 100
_TOURS_SMOKE: Final = 15
_BLOCKS: Final = 6
_AISLES: Final = 40
_PICKS: Final = (30, 60)


def one_way_site() -> SiteMap:
    """Give two blocks of 40 aisles that are walked to the back and to the front in turn."""
    return generate(
        describe(
            {
                "name": "one-way",
                "aisles": _AISLES,
                "bays": [30, 30],
                "levels": 1,
                "aisle_directions": ["to_back", "to_front"],
                "places": [{"kind": "depot"}, {"kind": "pack", "end": "back"}],
            }
        )
    )


def measure(folder: Path | None, plan: Plan) -> list[Row]:
    """Solve tours on both sites.

    Parameters
    ----------
    folder : None
        The orders are drawn.
    plan : Plan
        The slice has fewer of them.

    Returns
    -------
    rows : list of Row
        Values in mm, against our bound; LKH's against our tour.
    """
    rng = np.random.default_rng(_SEED)
    site = one_way_site()
    distances = Distances(site)
    rows = []
    for count in _PICKS:
        for number in range(-1, _TOURS_SMOKE if plan.smoke else _TOURS):
            found = [
                *_six_blocks(f"{number}", rng, count),
                *_one_way(f"{number}", rng, count, site, distances),
            ]
            if number >= 0:  # the one before compiles
                rows += found
    return rows


def _six_blocks(name: str, rng: np.random.Generator, count: int) -> list[Row]:
    """Solve a tour from a door at the front of an aisle and back."""
    rectangle = floor_of(_BLOCKS)
    aisle, y_mm = draw_stops(rng, count, _BLOCKS)
    depot = Place(int(rng.integers(0, _AISLES)), 0)
    begun = time.perf_counter()
    tour = route(rectangle, aisle, y_mm, depot)
    seconds = time.perf_counter() - begun
    faults = check_tour(rectangle, aisle, y_mm, depot, depot, tour)
    walked_mm = rectangle.walked_mm(np.append(aisle, depot.aisle), np.append(y_mm, 0))
    return _rows(f"six blocks, {count} picks", name, tour, seconds, faults, walked_mm)


def _one_way(
    name: str, rng: np.random.Generator, count: int, site: SiteMap, distances: Distances
) -> list[Row]:
    """Solve a tour from the depot to the packing place at the other end."""
    stops = rng.integers(0, len(site.bins), count)
    start, end = distances.place_stop(0), distances.place_stop(1)
    begun = time.perf_counter()
    tour = route_map(distances, stops, start, end)
    seconds = time.perf_counter() - begun
    faults = check_map_tour(site, stops.tolist(), start, end, tour)
    # For a peer that wants a closed tour, start and end are one place: left from the start, entered
    # at the end.
    out = distances.matrix_mm([*stops, start])
    out[:, -1] = distances.between_mm([*stops, start], np.full(count + 1, end))
    out[-1, -1] = 0
    return _rows(f"one-way aisles, {count} picks", name, tour, seconds, faults, out)


def _rows(
    group: str,
    name: str,
    tour: Tour,
    seconds: float,
    faults: list[str],
    walked_mm: NDArray[np.int64],
) -> list[Row]:
    proven = tour.status is TourStatus.OPTIMAL
    rows = [Row(group, name, tour.length_mm, tour.bound_mm, seconds, proven, tuple(faults))]
    if importlib.util.find_spec("elkai") is not None:
        found_mm, peer_seconds = _lkh(walked_mm)
        wrong = [f"LKH found {found_mm} mm, below the bound {tour.bound_mm} mm"]
        below = found_mm < tour.bound_mm
        rows.append(
            Row(
                group=f"{group}, LKH to ours",
                instance=name,
                value=found_mm,
                best=tour.length_mm,
                seconds=peer_seconds,
                faults=tuple(wrong if below else ()),
            )
        )
    return rows


def _lkh(walked_mm: NDArray[np.int64]) -> tuple[int, float]:
    """Give the length of LKH's tour and its time."""
    import elkai

    matrix = elkai.DistanceMatrix(walked_mm.tolist())
    begun = time.perf_counter()
    order = matrix.solve_tsp()
    seconds = time.perf_counter() - begun
    return sum(int(walked_mm[one, other]) for one, other in pairwise(order)), seconds
