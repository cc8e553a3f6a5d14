"""The floor plan as inline SVG: racks, travel heat, front area and one example tour.

One unit of the picture is a decimetre; the back of the building is at the top. Heat is in
six classes that hold about equally many stretches, because a few stretches beside the depot
see most carts; neighbouring bays of one class are drawn as one.
"""

from __future__ import annotations

from bisect import bisect_left
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from .floor import AISLE_PITCH_MM, BAY_PITCH_MM, BLOCKS, CROSS_AISLE_MM, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .floor import FloorPlan, Locations
    from .tours import Tour, TravelHeat

    _Scale = Callable[[float], float]

HEAT_CLASSES: Final = 6
_MARGIN_MM: Final = 2_600
_FRONT_MM: Final = 16_500
_RACK_MM: Final = 1_200
_HEAT_WIDTH_MM: Final = 1_500


def floor_picture(
    plan: FloorPlan,
    locations: Locations,
    heat: TravelHeat,
    tour: Tour,
    tour_bins: NDArray[np.int64],
) -> str:
    """Draw the building with its traffic.

    Parameters
    ----------
    plan, locations : FloorPlan, Locations
        The building.
    heat : TravelHeat
        Passes to colour.
    tour : Tour
        Walk to draw over it.
    tour_bins : int64[n]
        Location rows of its bins, drawn as dots.

    Returns
    -------
    str
        An `svg` element.
    """
    top_mm = plan.cross_y_mm[BLOCKS] + _MARGIN_MM
    width_mm = max(plan.aisle_x_mm(plan.aisle_count - 1), 8 * AISLE_PITCH_MM)

    def dx(x_mm: float) -> float:
        return round((x_mm + _MARGIN_MM) / 100, 1)

    def dy(y_mm: float) -> float:
        return round((top_mm - y_mm) / 100, 1)

    bounds = heat_bounds(heat)
    parts = [_racks(plan, dx, dy)]
    parts.extend(_aisle_heat(plan, heat, bounds, dx, dy))
    parts.extend(_cross_heat(plan, heat, bounds, dx, dy))
    parts.extend(_front_area(locations, dx, dy))
    parts.extend(
        f'<text class="floor-label mid" x="{dx(plan.aisle_x_mm(aisle))}" y="{dy(-2_900)}">'
        f"{aisle + 1:02d}</text>"
        for aisle in range(plan.aisle_count)
    )
    points = " ".join(
        f"{dx(x)},{dy(y)}"
        for x, y in zip(tour.path_x_mm.tolist(), tour.path_y_mm.tolist(), strict=True)
    )
    dots = "".join(
        f'<circle cx="{dx(x)}" cy="{dy(y)}" r="3.6"/>'
        for x, y in zip(
            locations.x_mm[tour_bins].tolist(), locations.y_mm[tour_bins].tolist(), strict=True
        )
    )
    parts.append(f'<polyline class="tour-halo" points="{points}"/>')
    parts.append(f'<polyline class="tour" points="{points}"/><g class="stops">{dots}</g>')
    depot = f'cx="{dx(plan.aisle_x_mm(plan.depot_aisle))}" cy="{dy(0)}"'
    parts.append(f'<circle class="depot" {depot} r="9"><title>Depot</title></circle>')
    return (
        f'<svg class="floor" viewBox="0 0 {dx(width_mm + _MARGIN_MM)} {dy(-_FRONT_MM)}" role="img" '
        f'aria-label="Floor plan with travel heat and one tour">{"".join(parts)}</svg>'
    )


def floor_legend(heat: TravelHeat) -> str:
    """Name the heat classes and the marks.

    Parameters
    ----------
    heat : TravelHeat
        The counts that were drawn.

    Returns
    -------
    str
        `span` elements.
    """
    swatches = "".join(
        f'<i class="h{number + 1}"></i><small>{bound:,}</small>'
        for number, bound in enumerate(heat_bounds(heat))
    )
    return (
        f'<span class="ramp">passes up to {swatches}</span>'
        '<span><i class="tour-key"></i>one cart tour</span>'
        '<span><i class="stop-key"></i>bin picked</span>'
    )


def heat_bounds(heat: TravelHeat) -> tuple[int, ...]:
    """Return the largest count of each heat class.

    Parameters
    ----------
    heat : TravelHeat
        Counts of all stretches.

    Returns
    -------
    tuple of int
        Up to `HEAT_CLASSES` ascending bounds; the last is the largest count, at least 1.
    """
    counts = np.concatenate((heat.aisle_passes.ravel(), heat.cross_passes.ravel()))
    walked = np.sort(counts[counts > 0])
    if len(walked) == 0:
        return (1,)
    places = [len(walked) * number // HEAT_CLASSES - 1 for number in range(1, HEAT_CLASSES + 1)]
    return tuple(sorted({int(walked[max(place, 0)]) for place in places}))


def _heat_class(count: int, bounds: tuple[int, ...]) -> int:
    """Return 0 for none, else the class from 1 whose bound is the first to reach the count."""
    return 0 if count == 0 else 1 + bisect_left(bounds, count)


def _racks(plan: FloorPlan, dx: _Scale, dy: _Scale) -> str:
    """Draw all racks as one path, with the bays as another."""
    outlines: list[str] = []
    bays: list[str] = []
    depth = plan.block_depth_mm
    for aisle in range(plan.aisle_count):
        for block in range(BLOCKS):
            back_y = plan.cross_y_mm[block] + CROSS_AISLE_MM // 2 + depth
            for left in (-AISLE_PITCH_MM // 2, AISLE_PITCH_MM // 2 - _RACK_MM // 2):
                x = plan.aisle_x_mm(aisle) + left
                outlines.append(
                    f"M{dx(x)} {dy(back_y)}h{_RACK_MM // 200}v{depth // 100}h-{_RACK_MM // 200}z"
                )
                bays.extend(
                    f"M{dx(x)} {dy(back_y - bay * BAY_PITCH_MM)}h{_RACK_MM // 200}"
                    for bay in range(1, plan.bay_count)
                )
    return f'<path class="rack" d="{"".join(outlines)}"/><path class="bays" d="{"".join(bays)}"/>'


def _aisle_heat(
    plan: FloorPlan, heat: TravelHeat, bounds: tuple[int, ...], dx: _Scale, dy: _Scale
) -> list[str]:
    """Colour the aisles, runs of one class as one rectangle."""
    parts = []
    half = _HEAT_WIDTH_MM // 2
    for aisle in range(plan.aisle_count):
        for block in range(BLOCKS):
            counts = heat.aisle_passes[aisle, block].tolist()
            classes = [_heat_class(count, bounds) for count in counts]
            first = 0
            for bay in range(1, len(counts) + 1):
                if bay < len(counts) and classes[bay] == classes[first]:
                    continue
                run = counts[first:bay]
                # The end runs reach into the cross-aisle, so that the traffic connects.
                low = plan.bay_y_mm(block, first) - BAY_PITCH_MM // 2
                high = plan.bay_y_mm(block, bay - 1) + BAY_PITCH_MM // 2
                low -= CROSS_AISLE_MM // 2 - half if first == 0 else 0
                high += CROSS_AISLE_MM // 2 - half if bay == len(counts) else 0
                tip = (
                    f"Aisle {aisle + 1:02d}, bays {block * plan.bay_count + first + 1} to "
                    f"{block * plan.bay_count + bay}: {min(run):,} to {max(run):,} passes"
                )
                parts.append(
                    f'<rect class="h{classes[first]}" x="{dx(plan.aisle_x_mm(aisle) - half)}" '
                    f'y="{dy(high)}" width="{_HEAT_WIDTH_MM // 100}" '
                    f'height="{round((high - low) / 100, 1)}"><title>{tip}</title></rect>'
                )
                first = bay
    return parts


def _cross_heat(
    plan: FloorPlan, heat: TravelHeat, bounds: tuple[int, ...], dx: _Scale, dy: _Scale
) -> list[str]:
    """Colour the cross-aisles between neighbouring aisles."""
    names = ("Front", "Middle", "Back")
    parts = []
    half = _HEAT_WIDTH_MM // 2
    for cross, y in enumerate(plan.cross_y_mm):
        for aisle, count in enumerate(heat.cross_passes[cross].tolist()):
            tip = (
                f"{names[cross]} cross-aisle, {aisle + 1:02d} to {aisle + 2:02d}: {count:,} passes"
            )
            parts.append(
                f'<rect class="h{_heat_class(count, bounds)}" '
                f'x="{dx(plan.aisle_x_mm(aisle) - half)}" y="{dy(y + half)}" '
                f'width="{(AISLE_PITCH_MM + _HEAT_WIDTH_MM) // 100}" '
                f'height="{_HEAT_WIDTH_MM // 100}"><title>{tip}</title></rect>'
            )
    return parts


def _front_area(locations: Locations, dx: _Scale, dy: _Scale) -> list[str]:
    """Draw docks, stages, pack stations and lanes, each group with its name."""
    groups = (
        (Role.DOCK, "Docks", 22, 18),
        (Role.STAGE, "Staging", 22, 18),
        (Role.PACK, "Pack stations", 26, 18),
        (Role.LANE, "Departure lanes", 26, 18),
    )
    parts = []
    for role, name, width, height in groups:
        rows = locations.rows_with(role).tolist()
        for row in rows:
            x, y = int(locations.x_mm[row]), int(locations.y_mm[row])
            parts.append(
                f'<rect class="station" x="{dx(x) - width / 2:.1f}" y="{dy(y) - height / 2:.1f}" '
                f'width="{width}" height="{height}" rx="3">'
                f"<title>{escape(locations.codes[row])}</title></rect>"
            )
        if rows:
            first = rows[0]
            x, y = int(locations.x_mm[first]), int(locations.y_mm[first])
            parts.append(
                f'<text class="floor-label" x="{dx(x) - width / 2:.1f}" '
                f'y="{dy(y) - height / 2 - 6:.1f}">{name}</text>'
            )
    return parts
