"""Instances of order batching in the form of Hessler and Irnich, and a checker for their answers.

The checker follows the classes of Ratliff and Rosenthal (1983) written as a table over the degree
of an aisle's two ends and the number of parts; it reads the instance's own numbers.
"""

from __future__ import annotations

import csv
import re
import tarfile
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.batching import BatchingProblem, Cart
from slotline.optimizer.rectangle import Place, Rectangle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from slotline.optimizer.batching import BatchPlan

_UNIT_MM: Final = 1_000
"""The instances tell lengths in an unit of their own, with up to three decimals."""


@dataclass(frozen=True, slots=True)
class BatchingInstance:
    """Orders on one block, in thousandths of the set's unit of length.

    Attributes
    ----------
    name : str
        Name of the file.
    aisle_count, aisle_mm, back_mm : int
        Aisles, the way between two of them, length of an aisle.
    depot_aisle, depot_mm : int
        Aisle of the depot, and its way to the front cross-aisle.
    capacity : int
        What a cart holds.
    load : list of int
        What each order takes.
    stops : list of list of (aisle, y)
        Places of each order.
    """

    name: str
    aisle_count: int
    aisle_mm: int
    back_mm: int
    depot_aisle: int
    depot_mm: int
    capacity: int
    load: list[int]
    stops: list[list[tuple[int, int]]]

    def problem(self) -> BatchingProblem:
        """Give it as a problem."""
        x_mm = np.arange(self.aisle_count) * self.aisle_mm
        flat = [stop for order in self.stops for stop in order]
        return BatchingProblem(
            Rectangle(x_mm, np.array([0, self.back_mm])),
            Place(self.depot_aisle, 0),
            np.cumsum([0, *map(len, self.stops)]),
            np.array([aisle for aisle, _ in flat]),
            np.array([y for _, y in flat]),
            Cart(slots=self.capacity),
            slots=np.array(self.load),
            setup_mm=2 * self.depot_mm,
        )


def read_instances(path: Path, end_cell_mm: int | None = None) -> dict[str, BatchingInstance]:
    """Read all instances of a set.

    Parameters
    ----------
    path : Path
        Archive of its files.
    end_cell_mm : int, optional
        Way from a cross-aisle to the cell beside it, where the published values belong to another
        one than the files tell.

    Returns
    -------
    instances : dict
        By name of the file, folder included.
    """
    with tarfile.open(path) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive.getmembers()]
        texts = {name: file.read().decode("latin-1") for name, file in files if file is not None}
    return {
        name.removeprefix("./"): _parse(name, text, end_cell_mm)
        for name, text in sorted(texts.items())
    }


def read_best(path: Path, name_column: str, value_column: str) -> dict[str, int]:
    """Read the best known values.

    Parameters
    ----------
    path : Path
        The table.
    name_column, value_column : str
        Its columns.

    Returns
    -------
    best : dict
        In mm, by name of the file.
    """
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row[name_column]: round(float(row[value_column]) * _UNIT_MM)
            for row in csv.DictReader(file)
        }


def check_plan(instance: BatchingInstance, plan: BatchPlan) -> tuple[int, list[str]]:
    """Compute an answer's value anew and say what is wrong with it.

    Parameters
    ----------
    instance : BatchingInstance
        The instance.
    plan : BatchPlan
        The answer.

    Returns
    -------
    total_mm : int
        Sum of the batches' shortest tours.
    faults : list of str
        Empty for a partition that fits the carts and has the lengths that it claims.
    """
    batches = [[int(order) for order in batch] for batch in plan.batches()]
    faults = []
    if sorted(order for batch in batches for order in batch) != list(range(len(instance.load))):
        faults.append("not every order is in exactly one batch")
    total_mm = 0
    for members, claimed_mm in zip(batches, plan.length_mm.tolist(), strict=True):
        load = sum(instance.load[order] for order in members)
        if load > instance.capacity:
            faults.append(f"batch {members} has {load}, the cart holds {instance.capacity}")
        stops = {stop for order in members for stop in instance.stops[order]}
        length_mm = tour_length_mm(instance, [*stops, (instance.depot_aisle, 0)])
        if length_mm != claimed_mm:
            faults.append(f"batch {members} takes {length_mm}, claimed are {claimed_mm}")
        total_mm += length_mm
    return total_mm, faults


def tour_length_mm(instance: BatchingInstance, stops: Sequence[tuple[int, int]]) -> int:
    """Give the length of the shortest tour through stops and the way from and to the depot.

    A class is (degree at the front, degree at the back, parts), degrees 0, 1 for odd, 2 for even.
    """
    end_mm = instance.back_mm
    classes: dict[tuple[int, int, int], int] = {(0, 0, 0): 0}
    aisles = sorted({aisle for aisle, _ in stops})
    for at, aisle in enumerate(aisles):
        ys = sorted(y for other, y in stops if other == aisle)
        gap = max((high - low for low, high in pairwise(ys)), default=0)
        ways = [  # edges added at the front, at the back, joined, length
            (1, 1, True, end_mm),
            (2, 2, True, 2 * end_mm),
            (2, 0, False, 2 * ys[-1]),
            (0, 2, False, 2 * (end_mm - ys[0])),
            (2, 2, False, 2 * (end_mm - gap)),
        ]
        after: dict[tuple[int, int, int], int] = {}
        for (front, back, parts), length in classes.items():
            for front_edges, back_edges, joined, way in ways:
                new = _join(front, back, parts, front_edges, back_edges, joined=joined)
                after[new] = min(after.get(new, length + way), length + way)
        if at == len(aisles) - 1:
            whole = [
                length
                for (front, back, parts), length in after.items()
                if front != 1 and back != 1 and parts == 1
            ]
            return min(whole) + 2 * instance.depot_mm
        over = (aisles[at + 1] - aisle) * instance.aisle_mm
        classes = {}
        for (front, back, parts), length in after.items():
            # An even end need not go on, unless it would leave a part behind.
            choices = {(front, back)}
            if parts == 1:
                choices |= {(front, 0)} if back == 2 and front else set()
                choices |= {(0, back)} if front == 2 and back else set()
            for front_on, back_on in choices:
                cost = length + over * (front_on + back_on)
                key = (front_on, back_on, parts)
                classes[key] = min(classes.get(key, cost), cost)
    raise AssertionError("a tour has at least the depot")


def _join(
    front: int, back: int, parts: int, front_edges: int, back_edges: int, *, joined: bool
) -> tuple[int, int, int]:
    """Add an aisle's edges to a class."""

    def degree(before: int, edges: int) -> int:
        if before == 0 and edges == 0:
            return 0
        return 2 - (before + edges) % 2

    # Parts as labels of the two ends: 0 where nothing is.
    front_part = 1 if front else 0
    back_part = (1 if parts == 1 and front else 2) if back else 0
    front_part = front_part or (3 if front_edges else 0)
    back_part = back_part or (4 if back_edges else 0)
    if joined:
        front_part = back_part = 1
    return (
        degree(front, front_edges),
        degree(back, back_edges),
        len({front_part, back_part} - {0}),
    )


def _parse(name: str, text: str, end_cell_mm: int | None) -> BatchingInstance:
    def number(key: str) -> float:
        found = re.search(rf"^{key} : ([\d.]+)\s*$", text, re.MULTILINE)
        if found is None:
            raise ValueError(f"{name} has no {key}")
        return float(found[1])

    def length_mm(key: str) -> int:
        return round(number(key) * _UNIT_MM)

    top_mm = length_mm("DISTANCE_TOP_TO_CELL") if end_cell_mm is None else end_cell_mm
    bottom_mm = length_mm("DISTANCE_BOTTOM_TO_CELL") if end_cell_mm is None else end_cell_mm
    cell_mm, cells = length_mm("DISTANCE_CELL_TO_CELL"), int(number("NUM_CELLS"))
    weight = dict(re.findall(r"^ID (\d+) WEIGHT ([\d.]+)", text, re.MULTILINE))
    place = {
        article: (int(aisle), bottom_mm + (cells - 1 - int(cell)) * cell_mm)
        for article, aisle, cell in re.findall(
            r"^ID (\d+) AISLE (\d+) CELL (\d+)", text, re.MULTILINE
        )
    }
    orders = [
        re.findall(r"^ID (\d+) QUANTITY ([\d.]+)", part, re.MULTILINE)
        for part in text[text.index("NUM_ORDERS") :].split("NUM_ARTICLES_IN_ORDER")[1:]
    ]
    return BatchingInstance(
        name=name.rsplit("/", 1)[-1],
        aisle_count=int(number("NUM_AISLES")),
        aisle_mm=length_mm("DISTANCE_AISLE_TO_AISLE"),
        back_mm=bottom_mm + (cells - 1) * cell_mm + top_mm,
        depot_aisle=int(number("DEPOT_AISLE")),
        depot_mm=length_mm("DISTANCE_TOP_OR_BOTTOM_TO_DEPOT"),
        capacity=round(number("PICKER_CAPACITY")),
        load=[
            round(sum(float(weight[article]) * float(quantity) for article, quantity in order))
            for order in orders
        ],
        stops=[[place[article] for article, _ in order] for order in orders],
    )
