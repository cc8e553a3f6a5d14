"""The site of a day: its map, and each zone as a floor of its own for the planners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.distances import Distances
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.site_description import PlaceRow, SiteDescription, Zone
from slotline.optimizer.site_generate import generate
from slotline.optimizer.site_map import PlaceKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slotline.optimizer.site_map import SiteMap

    from .size import Size

ZONE_CODES: Final = "ABC"
ZONES: Final = len(ZONE_CODES)


@dataclass(frozen=True, slots=True)
class ZoneFloor:
    """The aisles of one zone.

    Attributes
    ----------
    rectangle : Rectangle
        Aisles of the zone and all cross-aisles.
    depot : Place
        Where its pickers take and leave their carts.
    """

    rectangle: Rectangle
    depot: Place


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A site map with what is asked of it again and again.

    Attributes
    ----------
    site_map : SiteMap
        The map.
    bin_zone, bin_aisle : int64[B]
        Zone of each bin, and its aisle in that zone's rectangle.
    bin_x_mm, bin_y_mm : int64[B]
        Where one stands to reach it.
    bin_depot_mm : int64[B]
        Walked from its zone's depot.
    zones : tuple of ZoneFloor
        By zone.
    """

    site_map: SiteMap
    bin_zone: NDArray[np.int64]
    bin_aisle: NDArray[np.int64]
    bin_x_mm: NDArray[np.int64]
    bin_y_mm: NDArray[np.int64]
    bin_depot_mm: NDArray[np.int64]
    zones: tuple[ZoneFloor, ...]


@cache
def build_site(size: Size) -> Site:
    """Make the site of a size; the same one for all seeds.

    Parameters
    ----------
    size : Size
        Aisles, bays, lanes and doors.

    Returns
    -------
    site : Site
        With a depot in front of the middle of each zone.
    """
    site_map = generate(describe_site(size))
    flat = site_map.rectangle()
    per_zone = size.aisles // ZONES
    depots = site_map.place_rows(PlaceKind.DEPOT)
    bin_zone = site_map.bins.zone.astype(np.int64)
    distances = Distances(site_map)
    depot_stop = np.array([distances.place_stop(int(row)) for row in depots])
    zones = []
    for zone, depot in enumerate(depots.tolist()):
        first = zone * per_zone
        rectangle = Rectangle(
            flat.rectangle.aisle_x_mm[first : first + per_zone], flat.rectangle.cross_y_mm
        )
        aisle = int(flat.place_aisle[depot]) - first
        zones.append(ZoneFloor(rectangle, Place(aisle, int(flat.place_y_mm[depot]))))
    return Site(
        site_map=site_map,
        bin_zone=bin_zone,
        bin_aisle=flat.bin_aisle.astype(np.int64) - bin_zone * per_zone,
        bin_x_mm=flat.rectangle.aisle_x_mm[flat.bin_aisle],
        bin_y_mm=flat.bin_y_mm,
        bin_depot_mm=distances.between_mm(depot_stop[bin_zone], np.arange(len(bin_zone))),
        zones=tuple(zones),
    )


def describe_site(size: Size) -> SiteDescription:
    """Describe the site in the product's own words.

    Parameters
    ----------
    size : Size
        Aisles, bays, lanes and doors.

    Returns
    -------
    description : SiteDescription
        Zones A, B and C from left to right; depots in front, wall, packing and dock behind.
    """
    per_zone = size.aisles // ZONES
    spans = [(zone * per_zone + 1, (zone + 1) * per_zone) for zone in range(ZONES)]
    return SiteDescription(
        name="acceptance",
        aisles=size.aisles,
        bays=size.bays,
        levels=size.levels,
        zones=tuple(Zone(name, *span) for name, span in zip(ZONE_CODES, spans, strict=True)),
        places=(
            *(PlaceRow("depot", first_aisle=first, last_aisle=last) for first, last in spans),
            PlaceRow("put_wall", distance_mm=6_000),
            PlaceRow("pack", count=4, distance_mm=9_000),
            PlaceRow("stage", count=size.lanes, distance_mm=14_000),
            PlaceRow("dock", count=size.doors, distance_mm=24_000),
        ),
    )
