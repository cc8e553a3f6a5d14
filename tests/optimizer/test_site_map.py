"""A site map: what it refuses, what it derives, how versions compare."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slotline.optimizer.distances import Distances
from slotline.optimizer.site_map import (
    NONE,
    Bins,
    Edges,
    PlaceKind,
    SiteMap,
    SiteMapInvalid,
)
from slotline.optimizer.site_rectangle import NotRectangular
from slotline.tests.optimizer.site_maps import make_map

if TYPE_CHECKING:
    from collections.abc import Callable

SPOTS = {"a": (0, 0), "b": (0, 1_000), "c": (500, 0), "d": (500, 1_000), "e": (0, -400)}
LANES = ("a-b", "c-d", "a-c", "b-d", "a-e")
BINS = {"L-1": "a>b 300", "L-2": "d>c 100", "L-3": "b"}
PLACES = {"DEPOT 1": "e", "DOCK 1": "c"}


@pytest.fixture
def site() -> SiteMap:
    """Return two aisles, one block, and a depot before the first aisle."""
    return make_map(SPOTS, LANES, BINS, PLACES)


def test_the_edge_for_the_opposite_direction_is_found() -> None:
    """Of a one-way lane there is none."""
    site = make_map(SPOTS, ("a-b", "c>d", "a-c", "b-d", "a-e"), BINS | {"L-2": "c"}, PLACES)
    assert site.twin.tolist() == [1, 0, NONE, 4, 3, 6, 5, 8, 7]


def test_equal_content_has_an_equal_digest_whatever_the_version(site: SiteMap) -> None:
    """A change of any column shows; a new number alone does not."""
    assert replace(site, version=7).digest == site.digest
    moved = replace(site, bins=replace(site.bins, offset_mm=[301, 100, 0]))
    renamed = replace(site, name="other")
    assert len({site.digest, moved.digest, renamed.digest}) == 3


def test_columns_cannot_be_written(site: SiteMap) -> None:
    """Whoever changes a map makes a new version."""
    with pytest.raises(ValueError, match="read-only"):
        site.edges.length_mm[0] = 5


def test_order_of_rows_does_not_matter_once_they_are_in_order(site: SiteMap) -> None:
    """Nodes, edges, bins and places given backwards become the same map."""
    backwards = make_map(
        dict(reversed(SPOTS.items())),
        tuple(reversed(LANES)),
        dict(reversed(BINS.items())),
        dict(reversed(PLACES.items())),
    )
    assert backwards.digest != site.digest
    assert backwards.in_order().digest == site.in_order().digest


def test_the_approach_lies_on_the_edge(site: SiteMap) -> None:
    """Offsets run from the edge's source."""
    x, y, floor = site.approach()
    assert (x.tolist(), y.tolist()) == ([0, 500, 0], [300, 900, 1_000])
    assert floor.tolist() == [0, 0, 0]


# What is changed, and what the message must say of it.
PLANTED: tuple[tuple[Callable[[SiteMap], dict[str, Any]], str], ...] = (
    (lambda s: {"version": 0}, "version is 0, expected 1 or more"),
    (lambda s: {"name": ""}, "name is empty"),
    (lambda s: {"nodes": replace(s.nodes, code=("a", "b", "c", "d", "a"))}, "node 'a' is there tw"),
    (
        lambda s: {"nodes": replace(s.nodes, kind=[0, 0, 0, 0, 9])},
        "node 'e' has kind 9, expected 0",
    ),
    (lambda s: {"nodes": replace(s.nodes, floor=[0, 0, 0, 0, -1])}, "node 'e' is on floor -1"),
    (lambda s: {"edges": _edges(s, "target", 0, 9)}, "edge 0 has target 9, expected a node row be"),
    (lambda s: {"edges": _edges(s, "target", 0, 0)}, "edge 'a' to 'a' leads back to where"),
    (
        lambda s: {"edges": _edges(s, "length_mm", 2, 0)},
        "edge 'c' to 'd' has length_mm 0, expected",
    ),
    (
        lambda s: {"edges": _edges(s, "wait_mm", 2, -5)},
        "edge 'c' to 'd' has wait_mm -5, expected 0",
    ),
    (lambda s: {"bins": replace(s.bins, code=("L-1", "L-1", "L-3"))}, "bin 'L-1' is there twice"),
    (
        lambda s: {"bins": replace(s.bins, offset_mm=[1_001, 0, 0])},
        "bin 'L-1' is off its edge 'a' ",
    ),
    (
        lambda s: {"bins": replace(s.bins, offset_mm=[0, 0, 4])},
        "'L-3' has offset_mm 4, expected 0 a",
    ),
    (
        lambda s: {"bins": replace(s.bins, edge=[0, 99, NONE])},
        "bin 'L-2' has edge 99, expected an e",
    ),
    (
        lambda s: {"bins": replace(s.bins, node=[0, NONE, 1])},
        "'L-1' has edge 0, expected an edge or",
    ),
    (lambda s: {"bins": replace(s.bins, zone=[0, 0, 1])}, "bin 'L-3' has zone 1, expected a zone"),
    (lambda s: {"bins": replace(s.bins, side=[0, 2, 0])}, "bin 'L-2' has side 2, expected 0 left"),
    (lambda s: {"bins": replace(s.bins, z_mm=[0, -2, 0])}, "bin 'L-2' has z_mm -2, expected 0 to"),
    (lambda s: {"edges": _edges(s, "length_mm", 1, 999)}, "as long in both directions"),
    (lambda s: {"edges": _edges(s, "wait_mm", 1, 5)}, "on which nobody waits"),
    (
        lambda s: {"places": replace(s.places, node=[4, 5])},
        "place 'DOCK 1' stands at node 5, expec",
    ),
    (
        lambda s: {"places": replace(s.places, code=("L-1", "D"))},
        "place 'L-1' has the code of a bin",
    ),
    (lambda s: {"places": replace(s.places, code=(), kind=[], node=[])}, "found no place"),
)


def _edges(site: SiteMap, column: str, row: int, value: int) -> Edges:
    values = getattr(site.edges, column).copy()
    values[row] = value
    return replace(site.edges, **{column: values})


@pytest.mark.parametrize(("change", "expected"), PLANTED, ids=[text for _, text in PLANTED])
def test_a_planted_fault_is_named(
    site: SiteMap, change: Callable[[SiteMap], dict[str, Any]], expected: str
) -> None:
    """With what was found and what was expected."""
    with pytest.raises(SiteMapInvalid) as refused:
        replace(site, **change(site))
    assert any(expected in fault.text for fault in refused.value.faults), str(refused.value)


def test_all_faults_are_listed_at_once(site: SiteMap) -> None:
    """A person mends a map in one go; each fault says its table and row."""
    with pytest.raises(SiteMapInvalid) as refused:
        replace(
            site,
            edges=_edges(site, "length_mm", 3, 0),
            bins=replace(site.bins, code=("L-1", "L-1", "L-3"), offset_mm=[0, -1, 0]),
        )
    found = [(fault.table, fault.row, fault.column) for fault in refused.value.faults]
    assert found == [
        ("edges", 3, "length_mm"),
        ("bins", 1, "code"),
        ("bins", 1, "offset_mm"),
        ("bins", 1, "edge"),
    ]


def test_a_bin_off_an_edge_with_an_unknown_end_waits_for_the_edge(site: SiteMap) -> None:
    """The edge has no length to speak of between nodes that are not there."""
    with pytest.raises(SiteMapInvalid) as refused:
        replace(
            site,
            edges=_edges(site, "target", 0, 9),
            bins=replace(site.bins, offset_mm=[1_001, 0, 0]),
        )
    assert [fault.table for fault in refused.value.faults] == ["edges"]


def test_bins_and_places_without_a_way_are_named() -> None:
    """One island, one lane that is never left, one that is never entered."""
    spots = SPOTS | {"i": (9, 9), "j": (99, 9), "sink": (1, 1), "well": (2, 2)}
    lanes = (*LANES, "i-j", "d>sink", "well>d")
    bins = BINS | {"L-4": "i>j 50", "L-5": "sink", "L-6": "d>sink 1", "L-7": "well"}
    with pytest.raises(SiteMapInvalid) as refused:
        make_map(spots, lanes, bins, PLACES | {"DOCK 2": "j"})
    assert [fault.text.partition(":")[0] for fault in refused.value.faults] == [
        "bin 'L-4' cannot be reached from 'DEPOT 1' and does not lead back to 'DEPOT 1'",
        "bin 'L-5' does not lead back to 'DEPOT 1'",
        "bin 'L-6' does not lead back to 'DEPOT 1'",
        "bin 'L-7' cannot be reached from 'DEPOT 1'",
        "place 'DOCK 2' cannot be reached from 'DEPOT 1' and does not lead back to 'DEPOT 1'",
    ]


def test_a_bin_at_the_end_of_a_lane_is_where_the_lane_ends() -> None:
    """It is reached by whoever reaches the node, though nobody may enter the lane."""
    spots = SPOTS | {"in": (1, 1), "out": (2, 2)}
    lanes = (*LANES, "in>d 20", "d>out 20")
    bins = BINS | {"L-4": "in>d 20", "L-5": "d>out 0"}
    site = make_map(spots, lanes, bins, PLACES)
    assert site.bin_nodes().tolist() == [-1, -1, 1, 3, 3]
    distances = Distances(site)
    assert distances.distance_mm(3, 4) == 0
    assert distances.distance_mm(distances.place_stop(0), 3) == 400 + 500 + 1_000


def test_long_lists_of_faults_are_cut_in_the_message_only(site: SiteMap) -> None:
    """Ten thousand bad bins fit a screen; a program still gets them all."""
    count = 10_000
    columns = site.bins.columns(np.zeros(count, np.int64))
    with pytest.raises(SiteMapInvalid, match=r"and 9979 more") as refused:
        replace(site, bins=Bins(**columns))
    assert len(refused.value.faults) == count - 1


@pytest.mark.parametrize(
    ("values", "error"),
    [([0.5, 1, 2], TypeError), ([[0], [1], [2]], TypeError), ([0, 1], ValueError)],
)
def test_columns_of_another_form_are_refused(
    site: SiteMap, values: list[Any], error: type[Exception]
) -> None:
    """A float, a matrix and a short column are mistakes of the caller, not faults of a file."""
    with pytest.raises(error, match=r"Bins\.x_mm"):
        replace(site.bins, x_mm=values)


def test_values_beyond_the_type_are_refused(site: SiteMap) -> None:
    """Nothing is cut to fit."""
    with pytest.raises(ValueError, match=r"Bins\.bay holds values beyond"):
        replace(site.bins, bay=[1 << 40, 0, 0])


def test_a_rectangular_map_gives_its_rectangle(site: SiteMap) -> None:
    """Bins get aisle and y, a depot before an aisle the way to it."""
    found = site.rectangle()
    assert found.rectangle.aisle_x_mm.tolist() == [0, 500]
    assert found.rectangle.cross_y_mm.tolist() == [0, 1_000]
    assert found.bin_aisle.tolist() == [0, 1, 0]
    assert found.bin_y_mm.tolist() == [300, 900, 1_000]
    assert found.place_aisle.tolist() == [0, 1]
    assert found.place_y_mm.tolist() == [0, 0]
    assert found.place_spur_mm.tolist() == [400, 0]


def test_a_place_between_two_aisles_has_no_aisle() -> None:
    """Exact solvers start at an aisle; the place is still on the map."""
    spots = SPOTS | {"m": (200, 0), "q": (200, -900), "p": (200, -700)}
    lanes = ("a-b", "c-d", "a-m", "m-c", "b-d", "a-e", "m-p", "p-q")
    found = make_map(spots, lanes, BINS, PLACES | {"PACK 1": "q"}).rectangle()
    assert found.rectangle.aisle_x_mm.tolist() == [0, 500]
    assert found.place_aisle.tolist() == [0, 1, NONE]
    assert found.place_spur_mm.tolist() == [400, 0, 900]


@pytest.mark.parametrize(
    ("spots", "lanes", "bins", "expected"),
    [
        ({}, ("a-b", "c>d", "a-c", "b-d", "a-e"), {"L-2": "c"}, "'c' to 'd' is a one-way lane"),
        ({"f": (0, 0, 1)}, (*LANES, "a-f 90"), {}, "the map has 2 floors"),
        ({}, ("a-b", "c-d", "a-c 501", "b-d", "a-e"), {}, "is 501 long over 500 along x and 0"),
        ({}, ("a-b", "c-d 1000+5", "a-c", "b-d", "a-e"), {"L-2": "c"}, "costs more than its way"),
        ({}, ("a-b", "c-d", "a-c", "a-e"), {}, "found 2 aisles along y and 1 cross-aisles"),
        ({}, (*LANES, "a-d 1500"), {}, "over 500 along x and 1000 along y"),
        ({}, LANES, {"L-4": "a>c 200"}, "bin 'L-4' is reached from x 200, y 0, which is in no"),
        ({}, LANES, {"L-4": "e"}, "leads beyond the outermost line"),
        (
            {"m": (250, 500), "l": (0, 500)},
            ("a-l", "l-b", "c-d", "a-c", "b-d", "l-m", "a-e"),
            {"L-1": "a", "L-4": "m"},
            "the aisle at x 500 does not meet the line at 500",
        ),
    ],
)
def test_a_map_that_is_no_rectangle_says_why(
    spots: dict[str, tuple[int, int]], lanes: tuple[str, ...], bins: dict[str, str], expected: str
) -> None:
    """The first thing that differs is named."""
    site = make_map(SPOTS | spots, lanes, BINS | bins, PLACES)
    with pytest.raises(NotRectangular) as refused:
        site.rectangle()
    assert expected in str(refused.value)


def test_tours_start_at_depots_or_else_anywhere(site: SiteMap) -> None:
    """A map without a depot starts at its first place."""
    assert site.depot_rows.tolist() == [0]
    docks = replace(site, places=replace(site.places, kind=[PlaceKind.DOCK] * 2))
    assert docks.depot_rows.tolist() == [0, 1]
