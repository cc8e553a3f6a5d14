"""What differs between two versions of a site map, by code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .site_tables import NONE, NodeKind, PlaceKind, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .site_map import SiteMap

    _Content = dict[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs.

    Attributes
    ----------
    table : str
        ``nodes``, ``edges``, ``bins`` or ``places``.
    code : str
        Of the row; an edge is ``SOURCE > TARGET``.
    column : str
        What differs; empty when the row was added or removed.
    old, new : object
        The values, with codes in place of rows; None on the side that has no such row.
    """

    table: str
    code: str
    column: str
    old: object
    new: object

    def __str__(self) -> str:
        name = f"{self.table} {self.code!r}"
        if self.column:
            return f"{name}: {self.column} {self.old} -> {self.new}"
        return f"{name}: {'added' if self.old is None else 'removed'}"


_COLUMNS = {
    "nodes": ("x_mm", "y_mm", "floor", "kind"),
    "edges": ("length_mm", "wait_mm"),
    "bins": ("x_mm", "y_mm", "z_mm", "side", "approach", "zone", "aisle", "bay", "level"),
    "places": ("kind", "node"),
}


def diff(old: SiteMap, new: SiteMap) -> list[Change]:
    """Compare two maps row by row.

    Parameters
    ----------
    old, new : SiteMap
        Two versions; the order of rows does not matter.

    Returns
    -------
    list of Change
        By table, then code, then column; empty when the content is the same. A row that was added
        or removed is one change.
    """
    changes: list[Change] = []
    before, after = _content(old), _content(new)
    for table, columns in _COLUMNS.items():
        was, now = before[table], after[table]
        for code in sorted(was.keys() | now.keys()):
            if code not in now:
                changes.append(Change(table, code, "", was[code], None))
            elif code not in was:
                changes.append(Change(table, code, "", None, now[code]))
            elif was[code] != now[code]:
                changes += [
                    Change(table, code, column, a, b)
                    for column, a, b in zip(columns, was[code], now[code], strict=True)
                    if a != b
                ]
    return changes


def _content(site: SiteMap) -> dict[str, _Content]:
    """Give every row by its code, with codes and names in place of rows and numbers."""
    nodes, edges, bins, places = site.nodes, site.edges, site.bins, site.places
    code = nodes.code
    lanes = [
        f"{code[source]} > {code[target]}"
        for source, target in zip(edges.source.tolist(), edges.target.tolist(), strict=True)
    ]
    approaches = [
        code[node] if edge == NONE else f"{lanes[edge]} at {offset}"
        for node, edge, offset in zip(
            bins.node.tolist(), bins.edge.tolist(), bins.offset_mm.tolist(), strict=True
        )
    ]
    return {
        "nodes": _rows(
            code,
            *(nodes.x_mm.tolist(), nodes.y_mm.tolist(), nodes.floor.tolist()),
            [NodeKind(kind).name.lower() for kind in nodes.kind.tolist()],
        ),
        "edges": _rows(lanes, edges.length_mm.tolist(), edges.wait_mm.tolist()),
        "bins": _rows(
            bins.code,
            *(bins.x_mm.tolist(), bins.y_mm.tolist(), bins.z_mm.tolist()),
            [Side(side).name.lower() for side in bins.side.tolist()],
            approaches,
            [bins.zone_names[zone] for zone in bins.zone.tolist()],
            [bins.aisle_names[aisle] for aisle in bins.aisle.tolist()],
            *(bins.bay.tolist(), bins.level.tolist()),
        ),
        "places": _rows(
            places.code,
            [PlaceKind(kind).name.lower() for kind in places.kind.tolist()],
            [code[node] for node in places.node.tolist()],
        ),
    }


def _rows(codes: tuple[str, ...] | list[str], *columns: Sequence[object]) -> _Content:
    return dict(zip(codes, zip(*columns, strict=True), strict=True))
