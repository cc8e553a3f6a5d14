"""A tour through bins of a site, by code: proven where the floor is a rectangle, else searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..engine.errors import UnknownEntity
from ..optimizer.distances import Distances
from ..optimizer.rectangle import Place
from ..optimizer.route import route
from ..optimizer.route_map import route_map
from ..optimizer.site_rectangle import NotRectangular
from ..optimizer.site_tables import NONE
from .pictures import TourLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..optimizer.site_map import SiteMap


@dataclass(frozen=True, slots=True)
class SiteTour:
    """A tour from a place through bins and back.

    Attributes
    ----------
    start : str
        Code of the place.
    bins : tuple of str
        Codes of the bins in the order in which they are served.
    length_mm : int
        What the walk costs.
    bound_mm : int
        No walk through all bins is shorter.
    policy : str
        Which rule made it, see `optimizer.tour.Tour`.
    layer : TourLayer
        To be drawn.
    """

    start: str
    bins: tuple[str, ...]
    length_mm: int
    bound_mm: int
    policy: str
    layer: TourLayer


def tour_through(site: SiteMap, bins: Sequence[str], start: str = "") -> SiteTour:
    """Find a tour through bins.

    Parameters
    ----------
    site : SiteMap
        The site.
    bins : sequence of str
        Codes of bins.
    start : str
        Code of the place where it starts and ends; empty for the first depot.

    Returns
    -------
    SiteTour
        By `route` when the site is a rectangle and the place is before one of its aisles, else by
        `route_map`.

    Raises
    ------
    UnknownEntity
        A code that no bin, or no place, has; all of them are named.
    """
    row_of = {code: row for row, code in enumerate(site.bins.code)}
    missing = [code for code in bins if code not in row_of]
    if missing:
        raise UnknownEntity(
            f"found {', '.join(map(repr, missing))} among the bins of the tour, expected codes of "
            f"bins of site {site.name!r} such as {site.bins.code[0] if row_of else 'none'!r}"
        )
    rows = np.array([row_of[code] for code in bins], dtype=np.int64)
    place = _place_row(site, start) if start else int(site.depot_rows[0])
    try:
        return _shortest(site, rows, place)
    except NotRectangular:
        return _on_map(site, rows, place)


def _place_row(site: SiteMap, code: str) -> int:
    if code not in site.places.code:
        raise UnknownEntity(
            f"found {code!r} as start, expected one of {', '.join(site.places.code[:10])}"
        )
    return site.places.code.index(code)


def _shortest(site: SiteMap, rows: NDArray[np.int64], place: int) -> SiteTour:
    floor = site.rectangle()
    if floor.place_aisle[place] == NONE:
        raise NotRectangular(f"{site.places.code[place]!r} stands between two aisles")
    start = Place(int(floor.place_aisle[place]), int(floor.place_y_mm[place]))
    tour = route(floor.rectangle, floor.bin_aisle[rows], floor.bin_y_mm[rows], start)
    # Start and end of the solver's walk are where the way to the place leaves the grid.
    node = int(site.places.node[place])
    spur_x, spur_y = ([int(c[node])] for c in (site.nodes.x_mm, site.nodes.y_mm))
    spur_mm = 2 * int(floor.place_spur_mm[place])
    walk_x = [*spur_x, *tour.walk_x_mm.tolist(), *spur_x]
    walk_y = [*spur_y, *tour.walk_y_mm.tolist(), *spur_y]
    walk_floor = [int(site.nodes.floor[node])] * len(walk_x)
    ordered = rows[tour.stop_order]
    return SiteTour(
        start=site.places.code[place],
        bins=tuple(site.bins.code[row] for row in ordered.tolist()),
        length_mm=tour.length_mm + spur_mm,
        bound_mm=tour.bound_mm + spur_mm,
        policy=tour.policy,
        layer=_layer(site, ordered, (walk_x, walk_y, walk_floor)),
    )


def _on_map(site: SiteMap, rows: NDArray[np.int64], place: int) -> SiteTour:
    distances = Distances(site)
    tour = route_map(distances, rows, distances.place_stop(place))
    ordered = rows[tour.stop_order]
    walk = (tour.walk_x_mm.tolist(), tour.walk_y_mm.tolist(), tour.walk_floor.tolist())
    return SiteTour(
        start=site.places.code[place],
        bins=tuple(site.bins.code[row] for row in ordered.tolist()),
        length_mm=tour.length_mm,
        bound_mm=tour.bound_mm,
        policy=tour.policy,
        layer=_layer(site, ordered, walk),
    )


def _layer(
    site: SiteMap,
    rows: NDArray[np.int64],
    walk: tuple[list[int], list[int], list[int]],
) -> TourLayer:
    return TourLayer(
        *walk,
        stop_x_mm=site.bins.x_mm[rows],
        stop_y_mm=site.bins.y_mm[rows],
        stop_floor=site.approach()[2][rows],
        stop_names=[site.bins.code[row] for row in rows.tolist()],
    )
