"""The floor plan of a site map as one SVG that needs nothing else."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, Final

import numpy as np

from ...optimizer.site_map import NONE, NodeKind, PlaceKind
from .labels import MARK, name_labels
from .racks import rack_depth_mm, rack_lines
from .sheet import (
    FONT,
    UNIT_MM,
    Sheet,
    arrow,
    label,
    make_sheet,
    mark_names,
    number,
    path,
    text_width,
    written,
)
from .style import FLOOR_STYLE
from .tour_layer import draw_tour

if TYPE_CHECKING:
    from ...optimizer.site_map import SiteMap
    from .heat import Heat
    from .tour_layer import TourLayer

_ONE_WAY: Final = 3.4
_ONE_WAY_EVERY: Final = 100.0
_FOOT: Final = 30.0


def floor_plan(site: SiteMap, *, tour: TourLayer | None = None, heat: Heat | None = None) -> str:
    """Draw a site.

    Parameters
    ----------
    site : SiteMap
        Racks, ways, one-way arrows, docks, stations and lifts are drawn from it.
    tour : TourLayer or None
        A tour to draw over it.
    heat : Heat or None
        Passes to colour the ways with.

    Returns
    -------
    str
        An `svg` element with its own style for light and dark screens.
    """
    sheet = make_sheet(site)
    parts = [_frame(site, sheet), *_ways(site, sheet)]
    depth = rack_depth_mm(site) / UNIT_MM
    racks = path("rack", rack_lines(site, sheet))
    parts.append(racks.replace("<path ", f'<path stroke-width="{number(depth)}" ', 1))
    if heat is not None:
        parts.extend(_heat(heat, sheet))
    parts.append(_one_way(site, sheet))
    parts.extend(_places(site, sheet))
    parts.extend(_lifts(site, sheet))
    parts.extend(name_labels(site, sheet))
    if tour is not None:
        parts.extend(draw_tour(tour, sheet))
    parts.extend(_foot(sheet, heat))
    title, description = _words(site, tour, heat)
    width, height = number(sheet.total_width), number(sheet.total_height + _FOOT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="floor-plan" viewBox="0 0 {width} '
        f'{height}" role="img" aria-labelledby="plan-title plan-desc">'
        f'<title id="plan-title">{written(title)}</title>'
        f'<desc id="plan-desc">{written(description)}</desc>'
        f"<style>{FLOOR_STYLE}</style>{''.join(parts)}</svg>"
    )


def _words(site: SiteMap, tour: TourLayer | None, heat: Heat | None) -> tuple[str, str]:
    """Give title and description."""
    bins = site.bins
    facts = [
        f"{len(bins):,} bins in {len(bins.aisle_names):,} aisles",
        f"{len(site.places):,} docks and stations",
    ]
    one_way = int((site.twin == NONE).sum())
    if one_way:
        facts.append(f"{one_way:,} one-way lanes")
    if tour is not None:
        facts.append(f"a tour with {len(tour.stop_names):,} stops")
    if heat is not None:
        facts.append(f"up to {heat.bounds()[-1]:,} passes over a stretch")
    return f"Floor plan of {site.name}", f"Version {site.version}: {', '.join(facts)}."


def _frame(site: SiteMap, sheet: Sheet) -> str:
    """Draw the ground, and name the floors when there are several."""
    width, height = number(sheet.total_width), number(sheet.total_height + _FOOT)
    parts = [f'<rect class="ground" width="{width}" height="{height}"/>']
    if len(sheet.floors) > 1:
        parts.extend(
            label(
                "floor-name", 8, float(sheet.y(sheet.back_mm, f)) - sheet.margin + 16, text, size=12
            )
            for f, text in ((f, f"Floor {f + 1}") for f in sheet.floors)
        )
    return "".join(parts)


def _ways(site: SiteMap, sheet: Sheet) -> list[str]:
    """Draw each lane once; aisles are lanes with bins."""
    edges, nodes = site.edges, site.nodes
    rows = np.arange(len(edges))
    once = (site.twin == NONE) | (rows < site.twin)
    once &= nodes.floor[edges.source] == nodes.floor[edges.target]
    has_bins = np.zeros(len(edges), dtype=bool)
    has_bins[site.bins.edge[site.bins.edge != NONE]] = True
    has_twin = site.twin != NONE
    has_bins[has_twin] |= has_bins[site.twin[has_twin]]
    x = sheet.x(nodes.x_mm)
    y = sheet.y(nodes.y_mm, nodes.floor)
    parts = []
    for name, chosen in (("cross", once & ~has_bins), ("aisle", once & has_bins)):
        source, target = edges.source[chosen], edges.target[chosen]
        columns = (x[source], y[source], x[target], y[target])
        parts.append(path(f"way {name}", zip(*(c.tolist() for c in columns), strict=True)))
    return parts


def _one_way(site: SiteMap, sheet: Sheet) -> str:
    """Put arrows on one-way lanes."""
    edges, nodes = site.edges, site.nodes
    x, y = sheet.x(nodes.x_mm), sheet.y(nodes.y_mm, nodes.floor)
    heads = []
    for row in np.flatnonzero(site.twin == NONE).tolist():
        source, target = int(edges.source[row]), int(edges.target[row])
        dx, dy = float(x[target] - x[source]), float(y[target] - y[source])
        length = hypot(dx, dy)
        if length == 0 or nodes.floor[source] != nodes.floor[target]:
            continue
        count = max(1, round(length / _ONE_WAY_EVERY))
        for place in range(count):
            share = (place + 0.5) / count
            spot = float(x[source]) + dx * share, float(y[source]) + dy * share
            heads.append(arrow(*spot, (dx / length, dy / length), _ONE_WAY))
    return f'<path class="one-way" d="{"".join(heads)}"/>' if heads else ""


def _places(site: SiteMap, sheet: Sheet) -> list[str]:
    """Draw docks, stations and depots; those at one node share a mark."""
    places, nodes = site.places, site.nodes
    parts = []
    kinds = dict(zip(places.node.tolist()[::-1], places.kind.tolist()[::-1], strict=True))
    names = mark_names(site)
    for node, first_kind in kinds.items():
        x = float(sheet.x(nodes.x_mm[node]))
        y = float(sheet.y(nodes.y_mm[node], nodes.floor[node]))
        codes = names[node]
        kind = PlaceKind(first_kind).name.lower().replace("_", "-")
        box = (x - MARK / 2, y - MARK / 2, MARK, MARK)
        left, top, width, height = (number(value) for value in box)
        parts.append(
            f'<rect class="place {kind}" x="{left}" y="{top}" width="{width}" height="{height}" '
            f'rx="{8 if kind == "depot" else 2}"><title>{written(codes)}</title></rect>'
        )
    return parts


def _lifts(site: SiteMap, sheet: Sheet) -> list[str]:
    """Draw the stops of lifts as crossed boxes."""
    nodes = site.nodes
    parts = []
    for node in np.flatnonzero(nodes.kind == NodeKind.LIFT).tolist():
        x = float(sheet.x(nodes.x_mm[node]))
        y = float(sheet.y(nodes.y_mm[node], nodes.floor[node]))
        left, top, size = number(x - MARK / 2), number(y - MARK / 2), number(MARK)
        code = written(nodes.code[node])
        parts.append(
            f'<path class="lift" d="M{left} {top}h{size}v{size}h-{size}zl{size} {size}m0-{size}'
            f'l-{size} {size}"><title>{code}</title></path>'
        )
    return parts


def _heat(heat: Heat, sheet: Sheet) -> list[str]:
    """Colour the stretches, one path for each class."""
    columns = (
        *(sheet.x(heat.x1_mm), sheet.y(heat.y1_mm, heat.floor)),
        *(sheet.x(heat.x2_mm), sheet.y(heat.y2_mm, heat.floor)),
    )
    lines: dict[int, list[tuple[float, float, float, float]]] = {}
    for number_, line in zip(
        heat.classes(), zip(*(c.tolist() for c in columns), strict=True), strict=True
    ):
        lines.setdefault(number_, []).append(line)
    return [path(f"heat h{number_}", lines[number_]) for number_ in sorted(lines)]


def _foot(sheet: Sheet, heat: Heat | None) -> list[str]:
    """Draw the scale bar, and what the colours mean."""
    metres = _round_length(sheet.width / 5 * UNIT_MM / 1_000)
    length = metres * 1_000 / UNIT_MM
    top = sheet.total_height + _FOOT / 3
    left = sheet.margin / 2
    parts = [
        f'<path class="scale-bar" d="M{number(left)} {number(top - 4)}v8m0-4h{number(length)}'
        f'm0-4v8"/>',
        label("scale-text", left + length + 5, top, f"{metres:g} m", size=FONT),
    ]
    if heat is None:
        return parts
    at = left + length + 50
    parts.append(label("scale-text", at, top, "passes up to", size=FONT))
    at += text_width("passes up to", FONT) + 6
    for class_number, bound in enumerate(heat.bounds(), 1):
        parts.append(path(f"heat h{class_number}", [(at, top, at + 14, top)]))
        text = f"{bound:,}"
        parts.append(label("scale-text", at + 17, top, text, size=FONT))
        at += 24 + text_width(text, FONT)
    return parts


def _round_length(metres: float) -> float:
    """Give the longest of 1, 2 and 5 times a power of ten that is no longer, from 1 m on."""
    best = 1.0
    power = 1.0
    while power <= metres:
        best = max(step * power for step in (1, 2, 5) if step * power <= metres)
        power *= 10
    return best
