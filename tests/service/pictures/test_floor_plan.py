"""The floor plan, read back as XML: labels, racks, one-way arrows, tours, heat, size."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise, permutations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine.errors import UnknownEntity
from slotline.optimizer.distances import Distances
from slotline.optimizer.site_description import Lift, PlaceRow, SiteDescription
from slotline.optimizer.site_generate import generate
from slotline.service.pictures import TourLayer, floor_plan, travel_heat
from slotline.service.pictures.labels import MARK
from slotline.service.pictures.racks import rack_depth_mm, rack_lines
from slotline.service.pictures.sheet import FONT, make_sheet, text_width
from slotline.service.site_tour import tour_through

SVG = "{http://www.w3.org/2000/svg}"
TWO_BLOCKS = SiteDescription(
    name="Lager <1> & Co",
    aisles=6,
    bays=(8, 10),
    levels=3,
    places=(
        PlaceRow("depot"),
        PlaceRow("dock", count=3, distance_mm=5_000),
        PlaceRow("pack", end="back", distance_mm=4_000),
    ),
)


def parse(drawn: str) -> ET.Element:
    """Parse a picture."""
    return ET.fromstring(drawn)


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    """Find elements by one of their classes."""
    return [element for element in root.iter() if name in element.get("class", "").split()]


def title_of(element: ET.Element) -> str:
    """Give the text that is shown beside the pointer."""
    return element.findtext(f"{SVG}title", "")


def test_title_and_description_say_what_is_drawn() -> None:
    """They are all that a screen reader has; names are escaped."""
    root = parse(floor_plan(generate(TWO_BLOCKS)))
    assert root.findtext(f"{SVG}title") == "Floor plan of Lager <1> & Co"
    assert root.findtext(f"{SVG}desc") == "Version 1: 648 bins in 6 aisles, 5 docks and stations."
    assert root.get("aria-labelledby") == "plan-title plan-desc"


def test_style_knows_light_and_dark() -> None:
    """Every colour that is used is given for both."""
    style = parse(floor_plan(generate(TWO_BLOCKS))).findtext(f"{SVG}style", "")
    light, _, rest = style.partition("@media (prefers-color-scheme:dark)")
    dark = rest.partition("}}")[0]
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    assert used
    for given_ in (light, dark):
        assert used <= set(re.findall(r"(--[\w-]+):", given_))


@pytest.mark.parametrize("aisles", [1, 6, 120])
def test_every_aisle_and_place_is_named_once(aisles: int) -> None:
    """Also where labels have to be turned."""
    places = (PlaceRow("depot"), PlaceRow("dock", count=min(aisles, 40), distance_mm=5_000))
    site = generate(replace(TWO_BLOCKS, aisles=aisles, places=places))
    root = parse(floor_plan(site))
    assert [e.text for e in classed(root, "aisle-name")] == list(site.bins.aisle_names)
    assert sorted(e.text or "" for e in classed(root, "place-name")) == sorted(site.places.code)
    marks = classed(root, "place")
    assert sorted(title_of(mark) for mark in marks) == sorted(site.places.code)


CROWDED = replace(
    TWO_BLOCKS,
    floors=2,
    lifts=(Lift(aisle=2), Lift(aisle=5)),
    places=(
        PlaceRow("depot"),
        PlaceRow("dock", count=3, first_aisle=1, last_aisle=3, distance_mm=6_000),
        PlaceRow("pack", count=3, first_aisle=3, last_aisle=6, end="back"),
        PlaceRow("stage", count=2, first_aisle=5, last_aisle=6, end="back", distance_mm=9_000),
    ),
)
"""Lifts, stations and lanes at the back, some behind one another."""


def boxes(root: ET.Element) -> dict[str, tuple[float, float, float, float]]:
    """Where marks and names lie: left, top, right, bottom."""
    found = {}
    for mark in classed(root, "place"):
        left, top = float(mark.get("x", "nan")), float(mark.get("y", "nan"))
        found[f"mark {title_of(mark)}"] = (left, top, left + MARK, top + MARK)
    for mark in classed(root, "lift"):
        left, top = (float(text) for text in re.findall(r"[\d.]+", mark.get("d", ""))[:2])
        found[f"mark {title_of(mark)}"] = (left, top, left + MARK, top + MARK)
    for name in ("aisle-name", "place-name", "floor-name"):
        for text in classed(root, name):
            x, y, wide = (float(text.get("x", "nan")), float(text.get("y", "nan")),
                          text_width(text.text or "", FONT))  # fmt: skip
            turn = text.get("transform", "")
            if "rotate(-90" in turn:
                box = (x - FONT / 2, y - wide, x + FONT / 2, y)
            elif turn:
                box = (x - FONT / 2, y, x + FONT / 2, y + wide)
            elif name == "floor-name":
                box = (x, y - FONT / 2, x + wide, y + FONT / 2)
            else:
                box = (x - wide / 2, y - FONT / 2, x + wide / 2, y + FONT / 2)
            found[f"{name} {text.text}"] = box
    return found


@pytest.mark.parametrize("site", [TWO_BLOCKS, CROWDED], ids=["plain", "crowded"])
def test_no_name_lies_over_another_or_over_a_mark(site: SiteDescription) -> None:
    """However places and lifts crowd at the back."""
    placed = boxes(parse(floor_plan(generate(site))))
    for (one, a), (other, b) in combinations(placed.items(), 2):
        if one.startswith("mark") and other.startswith("mark"):
            continue
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, (one, a, other, b)


@pytest.mark.parametrize("site", [TWO_BLOCKS, CROWDED], ids=["plain", "crowded"])
def test_everything_lies_on_the_sheet(site: SiteDescription) -> None:
    """No mark or name is outside of what is shown."""
    root = parse(floor_plan(generate(site)))
    right, bottom = (float(part) for part in root.get("viewBox", "").split()[2:])
    for name, box in boxes(root).items():
        assert min(box[:2]) >= 0, (name, box)
        assert box[2] <= right, (name, box)
        assert box[3] <= bottom, (name, box)
    _, _, width, height = (float(part) for part in root.get("viewBox", "").split())
    for element in root.iter():
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_a_rack_is_one_stroke_along_its_bins() -> None:
    """Two faces for each aisle in each block, as long as the bays of the block."""
    site = generate(TWO_BLOCKS)
    lines = rack_lines(site, make_sheet(site))
    assert len(lines) == 6 * 2 * 2
    assert all(x1 == x2 for x1, _, x2, _ in lines)
    assert sorted({round(abs(y1 - y2), 3) for _, y1, _, y2 in lines}) == [8 * 9.0, 10 * 9.0]
    assert rack_depth_mm(site) == 3_200 - 2 * 1_300


def test_a_gap_between_bins_parts_a_rack() -> None:
    """Where a passage was left free, nothing is drawn."""
    site = generate(replace(TWO_BLOCKS, aisles=1, bays=(8,), places=(PlaceRow("depot"),)))
    kept = np.flatnonzero(site.bins.bay != 4)
    parted = replace(site, bins=type(site.bins)(**site.bins.columns(kept)))
    lines = rack_lines(parted, make_sheet(parted))
    assert sorted(round(abs(y1 - y2), 3) for _, y1, _, y2 in lines) == [27.0, 27.0, 36.0, 36.0]


def test_one_way_aisles_have_arrows_that_point_ahead() -> None:
    """To the back is up."""
    both = generate(TWO_BLOCKS)
    assert classed(parse(floor_plan(both)), "one-way") == []
    site = generate(replace(TWO_BLOCKS, aisle_directions=("to_back", "to_front")))
    (arrows,) = classed(parse(floor_plan(site)), "one-way")
    heads = [
        [float(number) for number in re.findall(r"[\d.]+", head)]
        for head in arrows.get("d", "").split("z")[:-1]
    ]
    assert len(heads) >= 6 * 2
    sheet = make_sheet(site)
    column = {float(sheet.x(a * 3_200)): a for a in range(6)}
    for tip_x, tip_y, _, tail_y, *_ in heads:
        assert (tip_y < tail_y) == (column[tip_x] % 2 == 0)


def test_floors_lie_above_one_another_with_their_lifts() -> None:
    """The highest is at the top; a lift is drawn at each of its stops."""
    site = generate(replace(TWO_BLOCKS, floors=3, lifts=(Lift(aisle=2),)))
    root = parse(floor_plan(site))
    names = classed(root, "floor-name")
    heights = {name.text: float(name.get("y", "nan")) for name in names}
    assert heights["Floor 3"] < heights["Floor 2"] < heights["Floor 1"]
    lifts = sorted(title_of(lift) for lift in classed(root, "lift"))
    assert lifts == ["F1-LIFT-01", "F2-LIFT-01", "F3-LIFT-01"]


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    """A unit of the sheet is a decimetre."""
    root = parse(floor_plan(generate(TWO_BLOCKS)))
    (bar,) = classed(root, "scale-bar")
    (text,) = classed(root, "scale-text")
    length = re.search(r"h([\d.]+)", bar.get("d", ""))
    assert length is not None
    assert (text.text or "").split() == [f"{float(length[1]) / 10:g}", "m"]


def test_a_hundred_thousand_bins_stay_small() -> None:
    """A browser opens it at once."""
    site = generate(replace(TWO_BLOCKS, aisles=100, bays=(50, 50), levels=5))
    assert len(site.bins) == 100_000
    assert len(floor_plan(site).encode()) < 200_000


# -- tours ---------------------------------------------------------------------------------------

BINS = ("A05-015-1-L", "A01-003-1-L", "A03-007-2-R", "A03-007-1-R", "A06-012-1-R")


def test_stops_are_numbered_in_the_order_of_the_tour() -> None:
    """Bins above one another share a mark."""
    tour = tour_through(generate(TWO_BLOCKS), BINS)
    root = parse(floor_plan(generate(TWO_BLOCKS), tour=tour.layer))
    found = {}
    for stop in classed(root, "stop"):
        numbers = (classed(stop, "stop-number")[0].text or "").split(",")
        tips = title_of(stop).split("; ")
        assert [f"stop {n}" for n in numbers] == [tip.split(":")[0] for tip in tips]
        found |= {int(n): tip.split(": ")[1] for n, tip in zip(numbers, tips, strict=True)}
    assert [found[n] for n in sorted(found)] == list(tour.bins)
    assert sorted(tour.bins) == sorted(BINS)
    assert len(classed(root, "stop")) == 4
    assert [title_of(mark) for mark in classed(root, "tour-start")] == ["Tour: start and end"]


@pytest.mark.parametrize("start", ["", "DOCK-01", "PACK"])
def test_a_tour_on_a_rectangle_is_as_long_as_the_walk_through_its_order(start: str) -> None:
    """Measured with the index of distances, which knows nothing of rectangles."""
    site = generate(TWO_BLOCKS)
    tour = tour_through(site, BINS, start)
    distances = Distances(site)
    place = distances.place_stop(site.places.code.index(start or "DEPOT"))
    rows = [site.bins.code.index(code) for code in tour.bins]
    assert tour.length_mm == distances.walk([place, *rows, place]).length_mm == tour.bound_mm
    x, y = np.asarray(tour.layer.walk_x_mm), np.asarray(tour.layer.walk_y_mm)
    assert int(np.abs(np.diff(x)).sum() + np.abs(np.diff(y)).sum()) == tour.length_mm


def test_a_tour_over_floors_is_a_shortest_one_too() -> None:
    """Over floors it is drawn in parts, one on each floor it comes to."""
    description = replace(TWO_BLOCKS, floors=2, lifts=(Lift(aisle=2),))
    site = generate(description)
    bins = ("F1-A01-003-1-L", "F2-A05-015-1-L", "F1-A02-003-1-L")
    tour = tour_through(site, bins)
    distances = Distances(site)
    place = distances.place_stop(site.places.code.index("DEPOT"))
    rows = [site.bins.code.index(code) for code in bins]
    lengths = [distances.walk([place, *order, place]).length_mm for order in permutations(rows)]
    assert tour.length_mm == tour.bound_mm == min(lengths) < max(lengths)
    assert len(classed(parse(floor_plan(site, tour=tour.layer)), "tour")) == 3


def test_bins_and_places_that_are_not_there_are_named() -> None:
    """All of them at once."""
    site = generate(TWO_BLOCKS)
    with pytest.raises(UnknownEntity, match="'X', 'Y' among the bins"):
        tour_through(site, ["X", BINS[0], "Y"])
    with pytest.raises(UnknownEntity, match="'GATE' as start, expected one of DEPOT, DOCK-01"):
        tour_through(site, BINS, "GATE")


def test_a_walk_without_points_is_refused() -> None:
    """There is no place to start from."""
    with pytest.raises(ValueError, match="found a walk without points"):
        floor_plan(generate(TWO_BLOCKS), tour=TourLayer([], [], [], [], [], [], []))


# -- heat ----------------------------------------------------------------------------------------

WALK = st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=8)


def points_of(steps: list[tuple[int, bool]]) -> list[tuple[int, int]]:
    """Walk by turns along x and y from the origin."""
    points = [(0, 0)]
    for place, is_x in steps:
        x, y = points[-1]
        points.append((place, y) if is_x else (x, place))
    return points


@given(st.lists(WALK, max_size=4))
def test_heat_counts_every_pass_over_every_unit(walks: list[list[tuple[int, bool]]]) -> None:
    """Compared with counting unit by unit."""
    expected: dict[tuple[tuple[int, int], tuple[int, int]], int] = {}
    columns = []
    for steps in walks:
        points = points_of(steps)
        columns.append(([p[0] for p in points], [p[1] for p in points], [0] * len(points)))
        for start, end in pairwise(points):
            for piece in units(start, end):
                expected[piece] = expected.get(piece, 0) + 1
    heat = travel_heat(columns)
    found = {}
    ends = zip(heat.x1_mm, heat.y1_mm, heat.x2_mm, heat.y2_mm, heat.passes, strict=True)
    for x1, y1, x2, y2, passes in ends:
        for piece in units((int(x1), int(y1)), (int(x2), int(y2))):
            assert piece not in found
            found[piece] = int(passes)
    assert found == expected


def units(
    start: tuple[int, int], end: tuple[int, int]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Cut a piece along x or y into units, each from its lesser end."""
    (x1, y1), (x2, y2) = sorted((start, end))
    if x1 == x2:
        return [((x1, y), (x1, y + 1)) for y in range(y1, y2)]
    return [((x, y1), (x + 1, y1)) for x in range(x1, x2)]


def test_heat_is_drawn_in_classes_with_a_key() -> None:
    """Rides between floors are no stretch of any floor."""
    heat = travel_heat(
        [([0, 9_000, 9_000], [0, 0, 5_000], [0, 0, 1]), ([0, 3_200], [0, 0], [0, 0])]
    )
    assert heat.passes.tolist() == [2, 1]
    assert heat.bounds() == (1, 2)
    root = parse(floor_plan(generate(TWO_BLOCKS), heat=heat))
    assert len(classed(root, "heat")) == 2 + 2
    texts = [text.text for text in classed(root, "scale-text")]
    assert texts[1:] == ["passes up to", "1", "2"]
    assert "up to 2 passes over a stretch" in root.findtext(f"{SVG}desc", "")
