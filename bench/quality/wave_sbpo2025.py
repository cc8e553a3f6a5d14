"""Waves of the SBPO 2025 challenge: orders and aisles with the most units an aisle.

The best known values are the best of some fifty teams in 600 s on eight cores; none is proven. Rows
tell aisles for 1,000 units, of which fewer are better. The checker reads the instance's own numbers
and adds them up in plain Python.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.wave import choose_wave
from slotline.optimizer.wave_problem import WaveProblem

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.optimizer.wave import WavePlan

    from .rows import Plan

FOLDER: Final = "wave-sbpo2025"
_SECONDS: Final = 10.0
_SMOKE_STEP: Final = 5
_THREADS: Final = 2
_NEAR: Final = 0.01
_TIE: Final = 1e-6

Group = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Instance:
    """Orders and aisles as lists of (item, units), and the bounds on a wave's units."""

    name: str
    orders: list[Group]
    aisles: list[Group]
    units_min: int
    units_max: int

    def problem(self) -> WaveProblem:
        """Give it as the solver takes it."""
        columns = [column for groups in (self.orders, self.aisles) for column in _columns(groups)]
        return WaveProblem(*columns, self.units_min, self.units_max)

    def faults(self, plan: WavePlan) -> list[str]:
        """Check a wave against the rules of the challenge."""
        asked: Counter[int] = Counter()
        there: Counter[int] = Counter()
        for order in set(plan.orders.tolist()):
            for item, units in self.orders[order]:
                asked[item] += units
        for aisle in set(plan.aisles.tolist()):
            for item, units in self.aisles[aisle]:
                there[item] += units
        found = [
            f"item {item}: {units} units asked for, {there[item]} in the aisles"
            for item, units in asked.items()
            if units > there[item]
        ]
        total = asked.total()
        if not self.units_min <= total <= self.units_max:
            found.append(f"{total} units, expected {self.units_min} to {self.units_max}")
        if total != plan.units:
            found.append(f"{plan.units} units told, {total} found")
        if len(set(plan.aisles.tolist())) != len(plan.aisles):
            found.append("an aisle is named twice")
        return found


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Choose a wave for every instance.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice takes every fifth instance.

    Returns
    -------
    rows : list of Row
        Values are aisles for 1,000 units.
    """
    names = _read_best(folder)
    rows = []
    for name, best in list(names.items())[:: _SMOKE_STEP if plan.smoke else 1]:
        instance = _read(folder, name)
        problem = instance.problem()
        wave = choose_wave(problem, time_limit_s=_SECONDS, thread_count=_THREADS)
        rows.append(
            Row(
                group=f"{name[0]}, {_SECONDS:g} s, {_THREADS} threads",
                instance=name,
                value=1_000 / wave.ratio if wave.units else float("inf"),
                best=1_000 / best,
                seconds=wave.seconds,
                proven=wave.optimal,
                faults=tuple(instance.faults(wave)),
            )
        )
    return rows


def remarks(rows: list[Row]) -> list[str]:
    """Say how many are near the best known value, reach it, or are better."""
    gaps = [row.gap for row in rows if row.gap is not None]
    near, ties = sum(gap <= _NEAR for gap in gaps), sum(gap <= _TIE for gap in gaps)
    better = sum(gap < -_TIE for gap in gaps)
    return [
        f"within {_NEAR:.0%} of the best known: {near} of {len(gaps)}; "
        f"as good: {ties}; better: {better}"
    ]


def _read_best(folder: Path) -> dict[str, float]:
    with (folder / "best_known.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["instance"].removesuffix(".txt"): float(row["best_known_objective"])
            for row in csv.DictReader(file)
        }


def _read(folder: Path, name: str) -> _Instance:
    with gzip.open(folder / "instances" / f"{name}.txt.gz", "rt", encoding="utf-8") as file:
        numbers = iter([int(word) for word in file.read().split()])
    order_count, _, aisle_count = (next(numbers) for _ in range(3))

    def group() -> Group:
        return [(next(numbers), next(numbers)) for _ in range(next(numbers))]

    orders = [group() for _ in range(order_count)]
    aisles = [group() for _ in range(aisle_count)]
    return _Instance(name, orders, aisles, next(numbers), next(numbers))


def _columns(groups: list[Group]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [row for group in groups for row in group]
    columns = np.array(rows, dtype=np.int32).reshape(-1, 2)
    first = np.concatenate(([0], np.cumsum([len(group) for group in groups])))
    return first.astype(np.int64), columns[:, 0].copy(), columns[:, 1].copy()
