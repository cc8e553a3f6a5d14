"""Order batching by Oxenstierna, Malec and Krueger, on floors with racks at odd angles.

Pickers walk in straight lines, around the racks; a tour starts at one depot and ends at another.
So the floor is no rectangle: ways come from a visibility graph over the corners of the racks, and
batches are those of `matrix_batches`. The checker sums the same ways again, leg by leg; that they
are the authors' own is checked first, on the tours that they published.
"""

from __future__ import annotations

import ast
import csv
import json
import tarfile
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from slotline.optimizer.batching import Cart
from slotline.optimizer.matrix_batches import MatrixBatches, matrix_batches
from slotline.optimizer.tour_rules import TourRules

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .rows import Plan

    _Floats = NDArray[np.float64]

FOLDER: Final = "obp-oxenstierna"
_LIMIT_S: Final = 1.0
_THREADS: Final = 2
_UNIT: Final = 1_000
"""Ways are told in thousandths of the set's unit."""
_SMOKE_STEP: Final = 12
_CUT_LAYOUT: Final = "Conventional"
"""Its published tours are as long as told only with straight lines cut to whole units."""
_CLOSE: Final = 5e-4
"""So near the published tours come to their told lengths, which are rounded."""
_INSIDE: Final = 1e-9
"""A stretch that is no longer, as a part of the line, only touches a rack."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One floor.

    Attributes
    ----------
    way : int64[P, P]
        Shortest ways between locations, in thousandths; start and end are locations 0 and 1.
    """

    way: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OxenstiernaInstance:
    """One instance.

    Attributes
    ----------
    orders_max : int
        Orders that a cart takes.
    stops : list of list of int
        Locations of each order.
    published : list of list of int
        Locations of each tour that the authors found, without the depots.
    """

    orders_max: int
    stops: list[list[int]]
    published: list[list[int]]


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve the instances of every layout.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice takes every twelfth.

    Returns
    -------
    rows : list of Row
        Values in the set's unit.
    """
    with (folder / "best_known.csv").open(newline="", encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    rows: list[Row] = []
    for name in dict.fromkeys(row["layout"] for row in known):
        files = _read_archive(folder / f"{name}.tar.gz")
        layout = read_layout(files["tsplib_parent"], is_cut=name == _CUT_LAYOUT)
        chosen = [row for row in known if row["layout"] == name]
        chosen = chosen[_SMOKE_STEP // 2 :: _SMOKE_STEP] if plan.smoke else chosen
        for row in chosen:
            instance = read_instance(files[row["instance"]], files[f"{row['instance']}_sol"])
            rows.append(_row(name, row, layout, instance))
    return rows


def _row(name: str, row: dict[str, str], layout: Layout, instance: OxenstiernaInstance) -> Row:
    answer = solve(layout, instance)
    value, faults = check_answer(layout, instance, answer)
    best = float(row["best_known"])
    published = sum(walked(layout, tour) for tour in instance.published) / _UNIT
    if abs(published - best) > _CLOSE * best:
        faults.append(f"the published tours are {published:.3f} by these ways, told are {best}")
    return Row(
        group=f"{_LIMIT_S:g} s, {name}",
        instance=row["instance"],
        value=value / _UNIT,
        best=best if row["solution_feasible"] == "yes" else None,
        seconds=answer.plan.seconds,
        proven=answer.plan.total_mm == answer.plan.bound_mm,
        faults=tuple(faults),
    )


def solve(layout: Layout, instance: OxenstiernaInstance) -> MatrixBatches:
    """Solve one instance.

    Parameters
    ----------
    layout : Layout
        Its floor.
    instance : OxenstiernaInstance
        The instance.

    Returns
    -------
    MatrixBatches
        The answer.
    """
    slots = [1] * len(instance.stops)
    return matrix_batches(
        layout.way,
        instance.stops,
        0,
        1,
        loads=TourRules(cart=Cart(slots=instance.orders_max), slots=slots),
        time_limit_s=_LIMIT_S,
        thread_count=_THREADS,
    )


def walked(layout: Layout, tour: list[int]) -> int:
    """Sum the ways of a tour through locations, from the one depot to the other.

    Parameters
    ----------
    layout : Layout
        The floor.
    tour : list of int
        Locations.

    Returns
    -------
    int
        In thousandths.
    """
    return sum(int(layout.way[pair]) for pair in pairwise([0, *tour, 1]))


def check_answer(
    layout: Layout, instance: OxenstiernaInstance, answer: MatrixBatches
) -> tuple[int, list[str]]:
    """Walk an answer's tours anew and say what is wrong with them.

    Parameters
    ----------
    layout : Layout
        The floor.
    instance : OxenstiernaInstance
        The instance.
    answer : MatrixBatches
        The answer.

    Returns
    -------
    total : int
        Sum of the tours, in thousandths.
    faults : list of str
        Empty when each order is on one cart that has room, and each tour passes all its locations.
    """
    batches = [[int(order) for order in batch] for batch in answer.plan.batches()]
    faults = []
    if sorted(order for batch in batches for order in batch) != [*range(len(instance.stops))]:
        faults.append("not every order is in exactly one batch")
    total = 0
    for members, tour in zip(batches, answer.tours, strict=True):
        passed = tour.tolist()
        if len(members) > instance.orders_max:
            faults.append(f"batch {members} has more than {instance.orders_max} orders")
        missing = {stop for order in members for stop in instance.stops[order]} - set(passed)
        if missing or (passed[0], passed[-1]) != (0, 1):
            faults.append(f"batch {members} misses locations {sorted(missing)} or a depot")
        total += walked(layout, passed[1:-1])
    if not answer.plan.bound_mm <= total == answer.plan.total_mm:
        faults.append(f"{total} walked, {answer.plan.total_mm} claimed, at least "
                      f"{answer.plan.bound_mm} by the bound")  # fmt: skip
    return total, faults


# -- files ---------------------------------------------------------------------------------------


def _read_archive(path: Path) -> dict[str, Any]:
    """Give the files of a layout by their names."""
    with tarfile.open(path) as archive:
        return {
            member.name.rpartition("/")[2].removesuffix(".json"): json.load(file)
            for member in archive
            if member.name.endswith(".json") and (file := archive.extractfile(member))
        }


def _table(found: Any) -> dict[str, Any]:
    """Give a table, which some files hold as the text of one."""
    table: dict[str, Any] = ast.literal_eval(found) if isinstance(found, str) else found
    return table


def read_layout(parent: dict[str, Any], *, is_cut: bool = False) -> Layout:
    """Read a floor, and measure the ways on it.

    Parameters
    ----------
    parent : dict
        Its file.
    is_cut : bool
        Whether each straight line of a way is cut to whole units.

    Returns
    -------
    Layout
        With ways around the racks.
    """
    spots = _table(parent["LOCATION_COORD_SECTION"])
    place = np.array([spots[str(row)] for row in range(len(spots))], np.float64)
    racks = [
        place[[int(corner) for corner in corners]]
        for corners in _table(parent["OBSTACLES"]).values()
    ]
    return Layout(np.rint(_ways(place, racks, is_cut) * _UNIT).astype(np.int64))


def read_instance(found: dict[str, Any], solution: dict[str, Any]) -> OxenstiernaInstance:
    """Read an instance with the authors' answer.

    Parameters
    ----------
    found, solution : dict
        Their files.

    Returns
    -------
    OxenstiernaInstance
        The instance.
    """
    location = _table(found["VISIT_LOCATION_SECTION"])
    return OxenstiernaInstance(
        orders_max=int(found["CAPACITIES"]),
        stops=[
            [int(location[product]) for product in products]
            for products in _table(found["ORDERS"]).values()
        ],
        published=[[int(spot) for spot in batch["pickRoute"]] for batch in solution.values()],
    )


# -- ways ----------------------------------------------------------------------------------------


def _ways(place: _Floats, racks: list[_Floats], is_cut: bool) -> _Floats:
    """Give the shortest ways between places around racks: by their corners, in straight lines."""
    if not racks:
        return _lines(place, place, racks, is_cut)
    corner = np.concatenate(racks)
    between = _lines(corner, corner, racks, is_cut)
    for middle in range(len(corner)):
        between = np.minimum(between, between[:, [middle]] + between[[middle]])
    to_corner = _lines(place, corner, racks, is_cut)
    ways = _lines(place, place, racks, is_cut)
    for first in range(len(corner)):
        from_first = (between[first] + to_corner).min(axis=1)
        ways = np.minimum(ways, to_corner[:, [first]] + from_first)
    return ways


def _lines(one: _Floats, other: _Floats, racks: list[_Floats], is_cut: bool) -> _Floats:
    """Give the lengths of straight lines, infinite where a rack is in the way."""
    length = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1))
    lines: _Floats = np.where(
        _is_free(one, other, racks), np.floor(length) if is_cut else length, np.inf
    )
    return lines


def _is_free(one: _Floats, other: _Floats, racks: list[_Floats]) -> NDArray[np.bool_]:
    """Tell which lines pass through the inside of no rack: each is cut by its four sides."""
    ahead = other[None] - one[:, None]
    free = np.ones(ahead.shape[:2], np.bool_)
    for rack in racks:
        enters, leaves = np.zeros(free.shape), np.ones(free.shape)
        along = np.roll(rack, -1, axis=0) - rack
        is_left_round = along[0, 0] * along[1, 1] > along[0, 1] * along[1, 0]
        for corner, side in zip(rack, along, strict=True):
            inward = np.array([-side[1], side[0]]) * (1 if is_left_round else -1)
            depth, slope = ((one - corner) @ inward)[:, None], ahead @ inward
            with np.errstate(divide="ignore", invalid="ignore"):
                at = -depth / slope
            enters = np.where(slope > 0, np.maximum(enters, at), enters)
            leaves = np.where(slope < 0, np.minimum(leaves, at), leaves)
            # A line along a side, or beyond it, has nothing of the inside.
            leaves = np.where((slope == 0) & (depth <= 0), -1.0, leaves)
        free &= leaves - enters <= _INSIDE
    return free
