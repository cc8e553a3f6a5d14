"""The locations of a site map, as `slotline import --locations` reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..engine.schema_parts import Role
from ..optimizer.site_map import PlaceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..optimizer.site_map import SiteMap

_ROLES: Final = {
    PlaceKind.DOCK: Role.DOCK,
    PlaceKind.STAGE: Role.STAGE,
    PlaceKind.PACK: Role.PACK,
    PlaceKind.PUT_WALL: Role.PUT_WALL_SLOT,
}
"""A depot is where tours start, and no place for goods."""


def site_locations(site: SiteMap) -> dict[str, Sequence[str | int | None]]:
    """Give a location for each bin, in the sequence of an S-shape walk, and for each place.

    Parameters
    ----------
    site : SiteMap
        The map.

    Returns
    -------
    dict of str to sequence
        Columns of the table ``locations``. Aisles have the numbers of their order in the map, from
        1; bins are pick faces; places are in a zone named like their kind.
    """
    bins, places, nodes = site.bins, site.places, site.nodes
    order = _walk_order(site)
    kinds = [PlaceKind(int(kind)) for kind in places.kind]
    rows = [row for row, kind in enumerate(kinds) if kind in _ROLES]
    at = places.node[rows]
    none = [0] * len(rows)
    columns: dict[str, tuple[Sequence[str | int | None], Sequence[str | int | None]]] = {
        "code": ([bins.code[row] for row in order], [places.code[row] for row in rows]),
        "zone": (
            [bins.zone_names[bins.zone[row]] for row in order],
            [kinds[row].name for row in rows],
        ),
        "role": (
            [Role.PICK_FACE.name] * len(order),
            [_ROLES[kinds[row]].name for row in rows],
        ),
        "aisle": ((bins.aisle[order] + 1).tolist(), none),
        "side": (bins.side[order].tolist(), none),
        "bay": (np.maximum(bins.bay[order], 0).tolist(), none),
        "level": (np.maximum(bins.level[order], 0).tolist(), none),
        "x_mm": (bins.x_mm[order].tolist(), nodes.x_mm[at].tolist()),
        "y_mm": (bins.y_mm[order].tolist(), nodes.y_mm[at].tolist()),
        "z_mm": (bins.z_mm[order].tolist(), none),
        "pick_seq": (list(range(1, len(order) + 1)), none),
    }
    return {name: [*of_bins, *of_places] for name, (of_bins, of_places) in columns.items()}


def _walk_order(site: SiteMap) -> NDArray[np.intp]:
    """Sort bins aisle by aisle, every other one from its far end."""
    bins = site.bins
    x_mm, y_mm, floor = site.approach()
    along_mm = np.where(bins.aisle % 2 == 0, x_mm + y_mm, -(x_mm + y_mm))
    return np.lexsort((bins.side, bins.level, along_mm, bins.aisle, floor))
