"""Maps from descriptions, and what differs between two of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from slotline.optimizer.distances import Distances
from slotline.optimizer.site_description import describe
from slotline.optimizer.site_generate import generate
from slotline.optimizer.site_map import NONE, PlaceKind, SiteMap, SiteMapInvalid
from slotline.optimizer.site_map_diff import diff

PLAIN: dict[str, Any] = {
    "name": "DC",
    "aisles": 3,
    "bays": [2, 1],
    "levels": 2,
    "places": [{"kind": "depot"}, {"kind": "dock", "count": 2, "distance_mm": 6_000}],
}


def make(**changes: object) -> SiteMap:
    """Generate the plain site with changes."""
    return generate(describe(PLAIN | changes))


def test_bins_have_codes_that_say_where_they_are() -> None:
    """Aisle, bay from the front, level from below, side; the code's order is that of the rows."""
    site = make()
    assert site.bins.code[:5] == (
        *("A01-001-1-L", "A01-001-1-R", "A01-001-2-L", "A01-001-2-R", "A01-002-1-L"),
    )
    assert site.bins.code == tuple(sorted(site.bins.code))
    row = site.bins.code.index("A02-003-2-R")
    assert [getattr(site.bins, name)[row] for name in ("x_mm", "y_mm", "z_mm")] == [
        3_200 + 1_300,
        (3_000 + 2 * 900) + 1_500 + 450,
        400,
    ]
    assert (site.bins.bay[row], site.bins.level[row]) == (3, 2)


def test_the_same_description_gives_the_same_digest() -> None:
    """Another measure gives another one."""
    assert make().digest == make().digest
    assert make(levels=3).digest != make().digest


@pytest.mark.parametrize("bays", [[3], [2, 1], [1, 2, 3, 1]])
def test_any_number_of_blocks_is_a_rectangle(bays: list[int]) -> None:
    """Bins of the rectangle are where the map has them; docks are a spur away."""
    site = make(bays=bays)
    found = site.rectangle()
    assert found.rectangle.block_count == len(bays)
    x, y, _ = site.approach()
    assert found.rectangle.aisle_x_mm[found.bin_aisle].tolist() == x.tolist()
    assert found.bin_y_mm.tolist() == y.tolist() == site.bins.y_mm.tolist()
    assert found.place_aisle.tolist() == [1, 0, 2]
    assert found.place_spur_mm.tolist() == [0, 6_000, 6_000]


def test_more_docks_than_aisles_stand_between_them() -> None:
    """Evenly over the width, each with a way of its own to the cross-aisle."""
    site = make(places=[{"kind": "dock", "count": 5, "distance_mm": 6_000}])
    assert site.nodes.x_mm[site.places.node].tolist() == [0, 1_600, 3_200, 4_800, 6_400]
    assert site.rectangle().place_aisle.tolist() == [0, NONE, 1, NONE, 2]
    assert Distances(site).distance_mm(len(site.bins), len(site.bins) + 1) == 2 * 6_000 + 1_600


def test_one_way_aisles_have_one_edge_and_keep_their_sides() -> None:
    """Left in the code is left on the way to the back, whichever way one must go."""
    site = make(aisle_directions=["to_back", "to_front"])
    aisle = site.bins.aisle
    assert (site.twin[site.bins.edge] == NONE).all()
    x, y, _ = site.approach()
    assert (x.tolist(), y.tolist()) == ((aisle * 3_200).tolist(), site.bins.y_mm.tolist())
    rows = [site.bins.code.index(code) for code in ("A01-001-1-L", "A02-001-1-L")]
    assert site.bins.side[rows].tolist() == [0, 1]
    one, other = (site.bins.code.index(code) for code in ("A02-002-1-L", "A02-001-1-L"))
    distances = Distances(site)
    assert distances.distance_mm(one, other) == 900
    assert distances.distance_mm(other, one) > 900


def test_aisles_that_all_lead_away_are_refused() -> None:
    """One can get in and never back; every bin is named."""
    with pytest.raises(SiteMapInvalid) as refused:
        make(aisle_directions=["to_back"])
    assert len(refused.value.faults) == make().bins.code.__len__()
    assert "bin 'A01-001-1-L' does not lead back to 'DEPOT'" in str(refused.value)


def test_floors_hang_together_by_lifts() -> None:
    """Each ride costs its height and one wait, over however many floors."""
    site = make(floors=3, lifts=[{"aisle": 1, "distance_mm": 2_000, "wait_mm": 30_000}])
    assert len(site.bins) == 3 * len(make().bins)
    assert site.bins.code[0] == "F1-A01-001-1-L"
    assert site.bins.aisle_names[-1] == "F3-A03"
    stops = [site.nodes.code.index(f"F{floor}-LIFT-01") for floor in (1, 3)]
    distances = Distances(site)
    one, other = (distances.node_stop(stop) for stop in stops)
    assert distances.distance_mm(one, other) == 2 * 4_000 + 30_000


def test_the_first_zone_that_holds_a_bin_counts() -> None:
    """A part of the building may be cut out of a larger zone."""
    site = make(zones=[{"name": "FAST", "last_aisle": 2, "block": 1}, {"name": "REST"}])
    names = np.array(site.bins.zone_names)[site.bins.zone]
    is_fast = (site.bins.aisle < 2) & (site.bins.bay <= 2)
    assert names.tolist() == np.where(is_fast, "FAST", "REST").tolist()


def test_bins_without_a_zone_are_named() -> None:
    """By aisle and block."""
    with pytest.raises(SiteMapInvalid, match="found none for A03 in block 2"):
        make(zones=[{"name": "A", "last_aisle": 2}, {"name": "B", "block": 1}])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"aisle": 1}, "the description: found 'aisle', expected one of name, aisles"),
        ({"aisles": "3"}, "aisles: found '3', expected a whole number"),
        ({"aisles": True}, "aisles: found True, expected a whole number"),
        ({"aisles": 0}, "aisles: found 0, expected 1 to 10000"),
        ({"bays": 3}, "bays: found 3, expected a list"),
        ({"bays": [2, 0]}, "bays[1]: found 0, expected 1 to 10000"),
        ({"bays": []}, "bays: found none, expected a number for each block"),
        ({"places": []}, "places: found none, expected at least one row"),
        ({"places": [{"kind": "dok"}]}, "places[0].kind: found 'dok', expected one of depot, dock"),
        ({"places": [{}]}, "places[0].kind: found nothing, expected a value"),
        ({"places": ["dock"]}, "places[0]: found 'dock', expected names with values: kind"),
        ({"zones": [{"name": "A", "last_aisle": 9}]}, "found aisles 1 to 9, expected aisles of 1"),
        ({"floors": 2}, "lifts: found none, expected at least one, since there are several"),
        ({"lifts": [{"aisle": 4}]}, "lifts[0].aisle: found 4, expected 1 to 3"),
        ({"bin_offset_mm": 1_600}, "bin_offset_mm: found 1600, expected less than half of aisle"),
        ({"aisle_directions": ["up"]}, "aisle_directions[0]: found 'up', expected one of both"),
        ({"levels": 9_999, "bays": [999]}, "aisles: found 59934006 bins, expected 2000000"),
        (
            {"places": [{"kind": "pack", "count": 2, "first_aisle": 2, "last_aisle": 2}]},
            "places[0].count: found 2, expected 1 before a single aisle",
        ),
    ],
)
def test_a_bad_description_is_named_by_its_place(changes: dict[str, Any], expected: str) -> None:
    """With what was found and what was expected."""
    with pytest.raises(SiteMapInvalid) as refused:
        make(**changes)
    assert expected in str(refused.value)


def test_all_faults_of_a_description_come_at_once() -> None:
    """One run tells all that must be mended."""
    with pytest.raises(SiteMapInvalid) as refused:
        make(aisles=0, levels=0, places=[{"kind": "dok", "end": "top"}])
    assert len(refused.value.faults) >= 4


def test_versions_compare_by_code_whatever_the_order_of_rows() -> None:
    """Nothing differs from the same map in another order."""
    site = make()
    assert diff(site, site.in_order()) == []


def test_what_was_added_removed_and_changed_is_told() -> None:
    """A dock more, a bin less, a bin moved."""
    old = make()
    kept = np.arange(len(old.bins) - 1)
    bins = replace(old.bins, **old.bins.columns(kept))
    offset_mm = bins.offset_mm.copy()
    offset_mm[0] += 50
    places = replace(
        old.places,
        code=(*old.places.code, "PACK"),
        kind=np.append(old.places.kind, PlaceKind.PACK),
        node=np.append(old.places.node, 0),
    )
    new = replace(old, version=2, bins=replace(bins, offset_mm=offset_mm), places=places)
    assert [str(change) for change in diff(old, new)] == [
        "bins 'A01-001-1-L': approach A01-X0 > A01-X1 at 1950 -> A01-X0 > A01-X1 at 2000",
        "bins 'A03-003-2-R': removed",
        "places 'PACK': added",
    ]
