"""Reading the instances of single-picker routing by Hessler and Irnich (2024)."""

from __future__ import annotations

import csv
import gzip
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from slotline.optimizer.rectangle import Place, Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHELF = re.compile(r"ID (\d+) AISLE (\d+) CELL (\d+) QUANTITY (\d+)")


@dataclass(frozen=True, slots=True)
class SprpInstance:
    """One picker, one order, and where its articles lie.

    Attributes
    ----------
    name : str
        Name of the file.
    numbers : dict
        The file's numbers by their key.
    shelves : list of (article, aisle, cell, quantity)
        Cell 0 lies next to the top cross-aisle.
    demand : dict
        Demanded quantity by article.
    depot_at_top : bool
        At which end of its aisle the depot lies.
    """

    name: str
    numbers: dict[str, int]
    shelves: list[tuple[int, int, int, int]]
    demand: dict[int, int]
    depot_at_top: bool

    def floor(self, block_count: int) -> Rectangle:
        """Give the floor with one block, or with a middle cross-aisle behind half the cells.

        There the walk between the two cells beside it is 2: 1 to the crossing and 1 from it.
        """
        x = np.arange(self.numbers["NUM_AISLES"]) * self.numbers["DISTANCE_AISLE_TO_AISLE"]
        cells = self.numbers["NUM_CELLS"]
        back = self.cell_y(0, block_count) + self.numbers["DISTANCE_TOP_TO_CELL"]
        middle = [self.cell_y(cells // 2 - 1, block_count) - 1] if block_count == 2 else []
        return Rectangle(x, np.array([0, *middle, back]))

    def cell_y(self, cell: int, block_count: int) -> int:
        """Give the distance of a cell from the bottom cross-aisle."""
        cells = self.numbers["NUM_CELLS"]
        step = self.numbers["DISTANCE_CELL_TO_CELL"]
        y = self.numbers["DISTANCE_BOTTOM_TO_CELL"] + (cells - 1 - cell) * step
        return y + 2 - step if block_count == 2 and cell < cells // 2 else y

    def depot(self, rectangle: Rectangle) -> Place:
        """Give the end of an aisle next to the depot."""
        y = rectangle.cross_y_mm[-1 if self.depot_at_top else 0]
        return Place(self.numbers["DEPOT_AISLE"], int(y))

    @property
    def depot_walk(self) -> int:
        """Way from the depot to the cross-aisle and back."""
        return 2 * self.numbers["DISTANCE_TOP_OR_BOTTOM_TO_DEPOT"]


def read_instances(folder: Path) -> Iterator[SprpInstance]:
    """Read all instances of a set, in the order of their archives and names.

    Parameters
    ----------
    folder : Path
        Holds ``instances_*.tar.gz``.

    Yields
    ------
    instance : SprpInstance
        One for each file.
    """
    for path in sorted(folder.glob("instances_*.tar.gz")):
        with tarfile.open(path) as archive:
            for member in sorted(archive.getmembers(), key=lambda member: member.name):
                file = archive.extractfile(member)
                if file is not None:
                    yield _parse(member.name, file.read().decode("latin-1"))


def read_best(folder: Path, column: str) -> dict[str, int]:
    """Read one column of the best known values.

    Parameters
    ----------
    folder : Path
        Holds ``best_known.csv``, packed with gzip or not.
    column : str
        Its name.

    Returns
    -------
    best : dict
        By name of the instance.
    """
    packed = folder / "best_known.csv.gz"
    with (
        gzip.open(packed, "rt", newline="", encoding="utf-8")
        if packed.exists()
        else (folder / "best_known.csv").open(newline="", encoding="utf-8")
    ) as file:
        return {row["file"]: int(row[column]) for row in csv.DictReader(file)}


def _parse(name: str, text: str) -> SprpInstance:
    numbers = {key: int(value) for key, value in re.findall(r"^(\w+) : (\d+)\s*$", text, re.M)}
    orders = text[text.index("ORDER_SECTION") :]
    demand = re.findall(r"^ID (\d+) (?:QUANTITY|DEMAND) (\d+)", orders, re.M)
    return SprpInstance(
        name=name.rsplit("/", 1)[-1],
        numbers=numbers,
        shelves=[tuple(map(int, found)) for found in _SHELF.findall(text)],
        demand={int(article): int(quantity) for article, quantity in demand},
        depot_at_top=re.search(r"^DEPOT_LOCATION : top", text, re.M) is not None,
    )
