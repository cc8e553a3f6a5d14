"""Make the site map that a description means."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from .site_description import BACK, BOTH, KINDS, TO_FRONT
from .site_map import SiteMap
from .site_tables import (
    NONE,
    Bins,
    Edges,
    NodeKind,
    Nodes,
    PlaceKind,
    Places,
    Side,
    SiteMapFault,
    SiteMapInvalid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .site_description import PlaceRow, SiteDescription

_NODE_KINDS: Final = {PlaceKind.DOCK: NodeKind.DOCK}
_ALL: Final = "ALL"


def generate(description: SiteDescription) -> SiteMap:
    """Make a site map.

    Parameters
    ----------
    description : SiteDescription
        What the site is like.

    Returns
    -------
    SiteMap
        Nodes where aisles meet cross-aisles and where places and lifts stand; bins by code. The
        same description gives the same digest.

    Raises
    ------
    SiteMapInvalid
        A bin that is in no zone, or one-way aisles from which one cannot come back.
    """
    ways = _Ways(description)
    ways.add_aisle_ends()
    ways.add_places()
    ways.add_lifts()
    ways.join()
    return SiteMap(
        name=description.name,
        version=description.version,
        nodes=ways.nodes(),
        edges=ways.edges(),
        bins=_bins(description, ways),
        places=ways.places(),
    )


@dataclass(slots=True)
class _Ways:
    """Nodes, edges and places while they are made; rows are in order of their making."""

    site: SiteDescription
    node_rows: list[tuple[str, int, int, int, NodeKind]] = field(default_factory=list)
    edge_rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    place_rows: list[tuple[str, PlaceKind, int]] = field(default_factory=list)
    ends: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """Node of (floor, aisle, cross-aisle)."""
    aisle_edges: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """Edge of (floor, aisle, block) on which its bins lie."""
    lines: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    """Nodes of each (floor, cross-aisle) by x."""
    spurs: dict[tuple[int, int, int], dict[int, int]] = field(default_factory=dict)
    """Nodes before each (floor, cross-aisle, x) by distance."""

    def aisle_code(self, floor: int, aisle: int) -> str:
        """Name an aisle, with its floor when there are several."""
        width = max(2, len(str(self.site.aisles)))
        prefix = f"F{floor + 1}-" if self.site.floors > 1 else ""
        return f"{prefix}A{aisle + 1:0{width}d}"

    def add_aisle_ends(self) -> None:
        """Put a node where each aisle meets each cross-aisle."""
        site = self.site
        for floor in range(site.floors):
            for aisle in range(site.aisles):
                x, code = aisle * site.aisle_pitch_mm, self.aisle_code(floor, aisle)
                for cross, y in enumerate(site.cross_y_mm):
                    node = self._node(f"{code}-X{cross}", x, y, floor, NodeKind.JUNCTION)
                    self.ends[floor, aisle, cross] = node
                    self.lines.setdefault((floor, cross), {})[x] = node

    def add_places(self) -> None:
        """Place all rows of docks, stations and depots."""
        site = self.site
        totals = {kind: sum(row.count for row in site.places if row.kind == kind) for kind in KINDS}
        numbers = dict.fromkeys(KINDS, 0)
        for row in site.places:
            for x in self._row_x_mm(row):
                numbers[row.kind] += 1
                code = row.kind.upper().replace("_", "-")
                if totals[row.kind] > 1:
                    width = max(2, len(str(totals[row.kind])))
                    code = f"{code}-{numbers[row.kind]:0{width}d}"
                kind = KINDS[row.kind]
                node = self._spot(
                    code,
                    _NODE_KINDS.get(kind, NodeKind.STATION),
                    (row.floor - 1, self._cross(row.end), x),
                    row.distance_mm,
                )
                self.place_rows.append((code, kind, node))

    def _row_x_mm(self, row: PlaceRow) -> list[int]:
        pitch = self.site.aisle_pitch_mm
        first, last = (row.first_aisle or 1) - 1, (row.last_aisle or self.site.aisles) - 1
        if row.count == 1:
            return [(first + last) // 2 * pitch]
        if row.count <= last - first + 1:
            return [
                (first + (last - first) * number // (row.count - 1)) * pitch
                for number in range(row.count)
            ]
        width = (last - first) * pitch
        return [first * pitch + width * number // (row.count - 1) for number in range(row.count)]

    def _cross(self, end: str) -> int:
        return len(self.site.bays) if end == BACK else 0

    def _spot(self, code: str, kind: NodeKind, foot: tuple[int, int, int], away_mm: int) -> int:
        """Give the node so far before a cross-aisle at an x; the foot is on the cross-aisle."""
        floor, cross, x = foot
        y = self.site.cross_y_mm[cross]
        line = self.lines[floor, cross]
        if x not in line:
            line[x] = self._node(
                f"{f'F{floor + 1}-' if self.site.floors > 1 else ''}X{cross}-{x}",
                *(x, y, floor, NodeKind.ACCESS),
            )
        spur = self.spurs.setdefault(foot, {0: line[x]})
        if away_mm not in spur:
            outward = 1 if cross else -1
            spur[away_mm] = self._node(code, x, y + outward * away_mm, floor, kind)
        return spur[away_mm]

    def add_lifts(self) -> None:
        """Put a stop of each lift on every floor, and a ride between any two of them."""
        site = self.site
        for number, lift in enumerate(site.lifts):
            x = (lift.aisle - 1) * site.aisle_pitch_mm
            stops = [
                self._spot(
                    f"F{floor + 1}-LIFT-{number + 1:02d}",
                    NodeKind.LIFT,
                    (floor, self._cross(lift.end), x),
                    lift.distance_mm,
                )
                for floor in range(site.floors)
            ]
            for floor, stop in enumerate(stops):
                for other in range(floor + 1, site.floors):
                    height_mm = (other - floor) * site.floor_height_mm
                    self._both(stop, stops[other], height_mm, lift.wait_mm)

    def join(self) -> None:
        """Lay the aisles, then the cross-aisles, then the ways to places and lifts."""
        site = self.site
        for floor in range(site.floors):
            for aisle in range(site.aisles):
                for block, (low, high) in enumerate(pairwise(site.cross_y_mm)):
                    front = self.ends[floor, aisle, block]
                    back = self.ends[floor, aisle, block + 1]
                    self.aisle_edges[floor, aisle, block] = len(self.edge_rows)
                    direction = site.direction(aisle)
                    if direction == TO_FRONT:
                        self.edge_rows.append((back, front, high - low, 0))
                    elif direction == BOTH:
                        self._both(front, back, high - low)
                    else:
                        self.edge_rows.append((front, back, high - low, 0))
        for along in (*self.lines.values(), *self.spurs.values()):
            for low, high in pairwise(sorted(along)):
                self._both(along[low], along[high], high - low)

    def _node(self, code: str, x: int, y: int, floor: int, kind: NodeKind) -> int:
        self.node_rows.append((code, x, y, floor, kind))
        return len(self.node_rows) - 1

    def _both(self, source: int, target: int, length_mm: int, wait_mm: int = 0) -> None:
        self.edge_rows.append((source, target, length_mm, wait_mm))
        self.edge_rows.append((target, source, length_mm, wait_mm))

    def nodes(self) -> Nodes:
        """Give the nodes as columns."""
        code, x, y, floor, kind = zip(*self.node_rows, strict=True)
        return Nodes(code, np.array(x), np.array(y), np.array(floor), np.array(kind))

    def edges(self) -> Edges:
        """Give the edges as columns."""
        rows = np.array(self.edge_rows, dtype=np.int64).reshape(-1, 4)
        return Edges(
            source=rows[:, 0].astype(np.int32),
            target=rows[:, 1].astype(np.int32),
            length_mm=rows[:, 2],
            wait_mm=rows[:, 3],
        )

    def places(self) -> Places:
        """Give the places as columns."""
        code, kind, node = zip(*self.place_rows, strict=True)
        return Places(code, np.array(kind), np.array(node))


def _bins(site: SiteDescription, ways: _Ways) -> Bins:
    """Fill the racks, by floor, aisle, bay, level and side: the order of their codes."""
    block_of_bay = np.repeat(np.arange(len(site.bays)), site.bays)
    shape = (site.floors, site.aisles, len(block_of_bay), site.levels, 2)
    floor, aisle, bay, level, side = (grid.ravel() for grid in np.indices(shape))
    block = block_of_bay[bay]
    first_bay = np.concatenate(([0], np.cumsum(site.bays)))[block]
    from_front = site.cross_aisle_mm // 2 + (bay - first_bay) * site.bay_pitch_mm
    from_front += site.bay_pitch_mm // 2
    edge_of = np.array(list(ways.aisle_edges.values())).reshape(
        site.floors, site.aisles, len(site.bays)
    )
    cross_y = np.array(site.cross_y_mm)
    is_to_front = np.array([site.direction(a) == TO_FRONT for a in range(site.aisles)])[aisle]
    length = np.diff(cross_y)[block]
    zone, zone_names = _zones(site, ways)
    return Bins(
        code=_codes(site, ways),
        x_mm=aisle * site.aisle_pitch_mm + np.where(side == 0, -1, 1) * site.bin_offset_mm,
        y_mm=cross_y[block] + from_front,
        z_mm=level * site.level_height_mm,
        # What is left on the way to the back is right on the way to the front.
        side=np.where((side == 0) ^ is_to_front, Side.LEFT, Side.RIGHT),
        edge=edge_of[floor, aisle, block],
        offset_mm=np.where(is_to_front, length - from_front, from_front),
        node=np.full(len(aisle), NONE),
        zone=zone[floor, aisle, block],
        aisle=floor * site.aisles + aisle,
        bay=bay + 1,
        level=level + 1,
        zone_names=zone_names,
        aisle_names=tuple(
            ways.aisle_code(f, a) for f in range(site.floors) for a in range(site.aisles)
        ),
    )


def _codes(site: SiteDescription, ways: _Ways) -> tuple[str, ...]:
    bay_width = max(3, len(str(sum(site.bays))))
    level_width = len(str(site.levels))
    columns = [
        f"-{bay + 1:0{bay_width}d}-{level + 1:0{level_width}d}-{side}"
        for bay in range(sum(site.bays))
        for level in range(site.levels)
        for side in "LR"
    ]
    return tuple(
        ways.aisle_code(floor, aisle) + column
        for floor in range(site.floors)
        for aisle in range(site.aisles)
        for column in columns
    )


def _zones(site: SiteDescription, ways: _Ways) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Give the zone of each (floor, aisle, block), the first that holds it, and their names."""
    zone = np.full((site.floors, site.aisles, len(site.bays)), NONE, dtype=np.int32)
    if not site.zones:
        return np.zeros_like(zone), (_ALL,)
    names = tuple(dict.fromkeys(entry.name for entry in site.zones))
    for entry in reversed(site.zones):
        floors = slice(entry.floor - 1, entry.floor) if entry.floor else slice(None)
        aisles = slice((entry.first_aisle or 1) - 1, entry.last_aisle or None)
        blocks = slice(entry.block - 1, entry.block) if entry.block else slice(None)
        zone[floors, aisles, blocks] = names.index(entry.name)
    faults = [
        SiteMapFault(
            *("description", NONE, "zones"),
            f"zones: found none for {ways.aisle_code(floor, aisle)} in block {block + 1}, expected "
            f"one for every block of every aisle",
        )
        for floor, aisle, block in np.argwhere(zone == NONE).tolist()
    ]
    if faults:
        raise SiteMapInvalid(faults)
    return zone, names
