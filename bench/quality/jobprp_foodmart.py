"""Joint batching and routing of grocery orders by Valle, Beasley and da Cunha, by matrix.

The depot has ways of its own to the front end of each aisle, so the floor is no rectangle: lengths
come from the instance's own matrix, and the tours are those of `matrix_batches`. The checker reads
the instance's numbers again and walks each tour on them.

The files say that a box may hold items of several orders. The published values do not: with nine
orders, ten boxes and a trolley of eight they have two tours, where all items would fit one. So an
order takes the boxes that its line tells.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.batching import Cart
from slotline.optimizer.matrix_batches import MatrixBatches, matrix_batches
from slotline.optimizer.matrix_tour import Effort
from slotline.optimizer.tour_rules import TourRules

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan

FOLDER: Final = "jobprp-foodmart"
_UNIT_MM: Final = 1_000
"""The instances tell lengths in an unit of their own, with two decimals."""
_EFFORT: Final = Effort(rounds_max=8_000)


@dataclass(frozen=True, slots=True)
class FoodmartInstance:
    """One instance.

    Attributes
    ----------
    trolley_boxes : int
        Boxes on a trolley.
    order_boxes : list of int
        Boxes that each order needs.
    order_places : list of set of int
        Places of each order.
    start, end : int
        Places where a trolley departs and arrives.
    walk_mm : dict
        Shortest ways by pair of places.
    """

    trolley_boxes: int
    order_boxes: list[int]
    order_places: list[set[int]]
    start: int
    end: int
    walk_mm: dict[tuple[int, int], int]


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve every instance.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice leaves nothing out.

    Returns
    -------
    rows : list of Row
        Values in thousandths of the set's unit.
    """
    with (folder / "best_known.csv").open(newline="", encoding="utf-8") as file:
        best = {row["instance"]: round(float(row["value"]) * _UNIT_MM)
                for row in csv.DictReader(file)}  # fmt: skip
    rows = []
    for name in best:
        text = gzip.decompress((folder / f"{name}.txt.gz").read_bytes()).decode("ascii")
        instance = read_instance(text)
        answer = solve(instance)
        value, faults = check_answer(instance, answer)
        rows.append(
            Row(
                group=f"{len(instance.order_boxes)} orders",
                instance=name,
                value=value,
                best=best[name],
                seconds=answer.plan.seconds,
                proven=answer.plan.total_mm == answer.plan.bound_mm,
                faults=tuple(faults),
            )
        )
    return rows


def solve(instance: FoodmartInstance) -> MatrixBatches:
    """Solve one instance.

    Parameters
    ----------
    instance : FoodmartInstance
        The instance.

    Returns
    -------
    MatrixBatches
        The answer.
    """
    place_count = 1 + max(place for pair in instance.walk_mm for place in pair)
    walk_mm = np.zeros((place_count, place_count), np.int64)
    for (source, target), length_mm in instance.walk_mm.items():
        walk_mm[source, target] = length_mm
    return matrix_batches(
        walk_mm,
        [sorted(places) for places in instance.order_places],
        instance.start,
        instance.end,
        effort=_EFFORT,
        loads=TourRules(cart=Cart(slots=instance.trolley_boxes), slots=instance.order_boxes),
    )


def check_answer(instance: FoodmartInstance, answer: MatrixBatches) -> tuple[int, list[str]]:
    """Walk an answer's tours anew and say what is wrong with them.

    Parameters
    ----------
    instance : FoodmartInstance
        The instance.
    answer : MatrixBatches
        The answer.

    Returns
    -------
    total_mm : int
        Sum of the tours.
    faults : list of str
        Empty when each order is on one trolley that holds it, and each tour passes all its places.
    """
    batches = [[int(order) for order in batch] for batch in answer.plan.batches()]
    faults = []
    if sorted(order for batch in batches for order in batch) != [*range(len(instance.order_boxes))]:
        faults.append("not every order is in exactly one batch")
    total_mm = 0
    lengths = answer.plan.length_mm.tolist()
    for members, tour, claimed_mm in zip(batches, answer.tours, lengths, strict=True):
        passed = tour.tolist()
        boxes = sum(instance.order_boxes[order] for order in members)
        if boxes > instance.trolley_boxes:
            faults.append(f"batch {members} takes {boxes} boxes of {instance.trolley_boxes}")
        missing = set().union(*(instance.order_places[order] for order in members)) - set(passed)
        if missing or (passed[0], passed[-1]) != (instance.start, instance.end):
            faults.append(f"batch {members} misses places {sorted(missing)} or a depot")
        length_mm = sum(instance.walk_mm[pair] for pair in pairwise(passed))
        if length_mm != claimed_mm:
            faults.append(f"batch {members} takes {length_mm}, claimed are {claimed_mm}")
        total_mm += length_mm
    if total_mm < answer.plan.bound_mm:
        faults.append(f"the total {total_mm} is below the bound {answer.plan.bound_mm}")
    return total_mm, faults


def read_instance(text: str) -> FoodmartInstance:
    """Read an instance.

    Parameters
    ----------
    text : str
        Its file: values behind lines of comment.

    Returns
    -------
    FoodmartInstance
        With lengths in thousandths.
    """
    sections: dict[str, list[list[str]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("//"):
            name = line.removeprefix("//").split(":")[0].strip()
            sections[name] = []
        elif line.strip():
            sections[name].append(line.split())
    place_of = {product: int(place) for product, place, _ in sections["Idx Location Volume"]}
    orders = sections["Idx M NbProdInOrder ProdIdx1 Qty1 ProdIdx2 Qty2 ..."]

    def one(section: str) -> int:
        return int(sections[section][0][0])

    return FoodmartInstance(
        trolley_boxes=one("K"),
        order_boxes=[int(boxes) for _, boxes, *_ in orders],
        order_places=[{place_of[product] for product in row[3::2]} for row in orders],
        start=one("DepartingDepot"),
        end=one("ArrivalDepot"),
        walk_mm={
            (int(source), int(target)): round(float(length) * _UNIT_MM)
            for source, target, length in sections["LocStart LocEnd ShortestPath"]
        },
    )
