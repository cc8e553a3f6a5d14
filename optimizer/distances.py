"""Walked distances on a site map, and the walks themselves.

Shortest ways are kept between junctions only (`kernels.walk_fold`), so the index of a site with
100,000 bins holds some hundred junctions, and the distance of any two stops is the least of a few
sums. Above `TABLE_JUNCTIONS_MAX` junctions, nothing is kept: the distances of a call are then
measured from each of its stops.

A **stop** is a number: bins have their rows, places and nodes follow (`bin_stop`, `place_stop`,
`node_stop`).
Distances are what edges cost, waiting at lifts included, and directed where lanes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import index
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.walk import all_distances, distances_from
from ..kernels.walk_fold import between_points, between_stops, from_point
from .columns import whole_column
from .distance_index import fold, join_lanes, place_points
from .site_tables import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from .site_map import SiteMap

    _Ints = NDArray[np.int64]

TABLE_JUNCTIONS_MAX: Final = 4_096
"""A table of so many junctions takes 128 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A walk through stops in the order given.

    Attributes
    ----------
    x_mm, y_mm : int64[n]
        Corners and stops of the walk, first and last stop included.
    floor : int32[n]
        Storey of each.
    node : int32[n]
        Node row of each, `NONE` for a bin's approach on an edge.
    length_mm : int
        What the walk costs.
    """

    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    floor: NDArray[np.int32]
    node: NDArray[np.int32]
    length_mm: int


class Distances:
    """The index of one site map; it never changes, and any number of threads may use it.

    Parameters
    ----------
    site : SiteMap
        The map.
    table_junctions_max : int
        Up to so many junctions, the ways between all of them are kept.
    """

    def __init__(self, site: SiteMap, table_junctions_max: int = TABLE_JUNCTIONS_MAX) -> None:
        self.site = site
        self._approach = site.approach()
        links = join_lanes(site)
        self._chains = fold(site, links)
        self._points = place_points(site, links, self._chains)
        self._table: _Ints | None = None
        count = len(self._chains.junction_node)
        if count <= table_junctions_max:
            chains = self._chains
            self._table = np.empty((count, count), np.int64)
            scratch = (np.empty(count, np.int32) for _ in range(3))
            all_distances(chains.first, chains.target, chains.cost_mm, self._table, *scratch)

    @property
    def junction_count(self) -> int:
        """Nodes between which ways are measured."""
        return len(self._chains.junction_node)

    @property
    def has_table(self) -> bool:
        """Whether the ways between all junctions are kept."""
        return self._table is not None

    @property
    def nbytes(self) -> int:
        """Bytes that the index takes beside the map itself."""
        return (0 if self._table is None else self._table.nbytes) + self._points.nbytes

    def bin_stop(self, bin_: int | str) -> int:
        """Give the stop of a bin.

        Parameters
        ----------
        bin_ : int or str
            Its row or its code.

        Returns
        -------
        int
            A stop.

        Raises
        ------
        ValueError
            No such row or code.
        """
        return self._row("bin", bin_)

    def place_stop(self, place: int | str) -> int:
        """Give the stop of a place, by its row or its code; see `bin_stop`."""
        return len(self.site.bins) + self._row("place", place)

    def node_stop(self, node: int | str) -> int:
        """Give the stop of a node, by its row or its code; see `bin_stop`."""
        return len(self.site.bins) + len(self.site.places) + self._row("node", node)

    def distance_mm(self, source: int, target: int) -> int:
        """Measure the way from one stop to another; see `between_mm`."""
        return int(self.between_mm([source], [target])[0])

    def between_mm(self, sources: ArrayLike, targets: ArrayLike) -> NDArray[np.int64]:
        """Measure the ways of pairs of stops.

        Parameters
        ----------
        sources, targets : int32[n]
            Stops.

        Returns
        -------
        int64[n]
            Length of each shortest way, `FAR_MM` when there is none (never between bins and
            places of a map).

        Raises
        ------
        ValueError
            A stop that is not there, or columns of different lengths.
        """
        source, target = self._stops(sources), self._stops(targets)
        if len(source) != len(target):
            raise ValueError(f"found {len(source)} sources and {len(target)} targets")
        out_mm = np.empty(len(source), np.int64)
        if self._table is not None:
            between_points(self._points, self._table, source, target, out_mm)
            return out_mm
        for stop in np.unique(source).tolist():
            rows = np.flatnonzero(source == stop)
            out_mm[rows] = self._from(stop, target[rows])
        return out_mm

    def matrix_mm(self, stops: ArrayLike) -> NDArray[np.int64]:
        """Measure the way from each stop to each other, in one call of a kernel.

        Parameters
        ----------
        stops : int32[S]
            Stops.

        Returns
        -------
        int64[S, S]
            From the row's stop to the column's, see `between_mm`.
        """
        rows = self._stops(stops)
        out_mm = np.empty((len(rows), len(rows)), np.int64)
        if self._table is not None:
            between_stops(self._points, self._table, rows, out_mm)
            return out_mm
        for place, stop in enumerate(rows.tolist()):
            out_mm[place] = self._from(stop, rows)
        return out_mm

    def walk(self, stops: Sequence[int]) -> Walk:
        """Walk through stops in their order, each time the shortest way.

        Parameters
        ----------
        stops : sequence of int
            At least one stop; for a closed tour the first one again at the end.

        Returns
        -------
        Walk
            Every corner; of equally short ways always the same one.

        Raises
        ------
        ValueError
            A stop that is not there, no stop at all, or no way between two of them.
        """
        rows = self._stops(stops).tolist()
        if not rows:
            raise ValueError("found no stop, expected at least one")
        approach_x, approach_y, approach_floor = self._approach
        nodes, bin_count = self.site.nodes, len(self.site.bins)
        corners: list[tuple[int, int, int, int]] = []

        def add(node: int, stop: int = NONE) -> None:
            if node != NONE:
                spot = (int(nodes.x_mm[node]), int(nodes.y_mm[node]), int(nodes.floor[node]))
            else:
                spot = (int(approach_x[stop]), int(approach_y[stop]), int(approach_floor[stop]))
            # Two nodes may have one place, as where somebody changes the vehicle: both are passed.
            if corners and corners[-1][:3] == spot and corners[-1][3] in (NONE, node):
                corners[-1] = (*spot, node)
            elif corners and corners[-1][:3] == spot and node == NONE:
                return
            else:
                corners.append((*spot, node))

        length_mm = 0
        add(self._node_of(rows[0]), rows[0])
        for source, target in pairwise(rows):
            length, passed = self._way(source, target)
            length_mm += length
            for node in passed:
                add(node)
            add(self._node_of(target), target if target < bin_count else NONE)
        x, y, floor, node_rows = zip(*corners, strict=True)
        return Walk(
            x_mm=np.array(x, np.int64),
            y_mm=np.array(y, np.int64),
            floor=np.array(floor, np.int32),
            node=np.array(node_rows, np.int32),
            length_mm=length_mm,
        )

    # -- inside --------------------------------------------------------------------------------

    @cached_property
    def _row_of(self) -> Mapping[str, Mapping[str, int]]:
        """Rows by kind and code."""
        site = self.site
        tables = {"bin": site.bins.code, "place": site.places.code, "node": site.nodes.code}
        return {
            noun: {code: row for row, code in enumerate(codes)} for noun, codes in tables.items()
        }

    @cached_property
    def _bin_node(self) -> NDArray[np.int32]:
        return self.site.bin_nodes()

    def _row(self, noun: str, found: int | str) -> int:
        rows, row = self._row_of[noun], NONE
        if isinstance(found, str):
            row = rows.get(found, NONE)
        # A truth value counts as 0 or 1, which nobody means.
        elif not isinstance(found, bool):
            try:
                row = index(found)
            except TypeError:
                row = NONE  # no whole number: refused below, like one that is not there
        if 0 <= row < len(rows):
            return row
        raise ValueError(
            f"{noun}: found {found!r}, expected a code of site {self.site.name!r} or a whole "
            f"number from 0 and below {len(rows)}"
        )

    def _stops(self, stops: ArrayLike) -> NDArray[np.int32]:
        found = whole_column("stops", stops)
        if found.size and (int(found.min()) < 0 or int(found.max()) >= len(self._points)):
            raise ValueError(
                f"found stops {found.min()} to {found.max()}, expected 0 to {len(self._points) - 1}"
            )
        return found.astype(np.int32)

    def _node_of(self, stop: int) -> int:
        """Give the node at which a stop is, `NONE` on an edge."""
        site = self.site
        if stop < len(site.bins):
            return int(self._bin_node[stop])
        stop -= len(site.bins)
        if stop < len(site.places):
            return int(site.places.node[stop])
        return stop - len(site.places)

    def _spread(self, source: int) -> tuple[_Ints, NDArray[np.int32]]:
        """Measure the ways from a stop to all junctions, and by which arc each is reached."""
        chains, count = self._chains, self.junction_count
        junction_mm = np.full(count, FAR_MM, np.int64)
        point = self._points[source]
        for junction, way in (
            (point["start"], point["to_start_mm"]),
            (point["end"], point["to_end_mm"]),
        ):
            junction_mm[junction] = min(junction_mm[junction], way)
        arc, heap, place = (np.empty(count, np.int32) for _ in range(3))
        distances_from(chains.first, chains.target, chains.cost_mm, junction_mm, arc, heap, place)
        return junction_mm, arc

    def _from(self, source: int, targets: NDArray[np.int32]) -> _Ints:
        out_mm = np.empty(len(targets), np.int64)
        from_point(self._points, self._spread(source)[0], source, targets, out_mm)
        return out_mm

    def _way(self, source: int, target: int) -> tuple[int, list[int]]:
        """Give the length of a shortest way, and the nodes that it passes."""
        junction_mm, arc = self._spread(source)
        out_mm = np.empty(1, np.int64)
        from_point(self._points, junction_mm, source, np.array([target], np.int32), out_mm)
        length = int(out_mm[0])
        if length >= FAR_MM:
            raise ValueError(f"found no way from stop {source} to stop {target}")
        a, b, chains = self._points[source], self._points[target], self._chains
        if a["chain"] != NONE and a["chain"] == b["chain"]:
            # Places count in a direction that can be walked.
            here, there = chains.place_of(a), chains.place_of(b)
            is_ahead = chains.can_ahead[a["chain"]] and length == there - here
            is_back = chains.can_back[a["chain"]] and length == a["to_start_mm"] - b["to_start_mm"]
            if is_ahead or is_back:
                return length, chains.nodes_between(int(a["chain"]), here, there)
        by_start = junction_mm[b["start"]] + b["from_start_mm"] == length
        junction = int(b["start"] if by_start else b["end"])
        pieces = [chains.leave(b, by_start=bool(by_start))[::-1]]
        while arc[junction] != NONE:
            pieces.append(chains.nodes_of_arc(int(arc[junction]))[:-1])
            junction = int(chains.source[arc[junction]])
        by_start = a["start"] == junction and a["to_start_mm"] == junction_mm[junction]
        pieces.append(chains.leave(a, by_start=bool(by_start))[:-1])
        return length, [node for piece in reversed(pieces) for node in piece]
