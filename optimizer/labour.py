"""Labour standards: how long tasks take, and refits of them from what was confirmed.

There is a standard for each kind of task, zone and equipment: a fixed time, and more by metre
walked, line, unit and kilogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .columns import TIME_US_MAX, whole_column, whole_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEASURES = ("task", "metre", "line", "unit", "kilogram")
# What one of a task's own units is of the standard's: millimetres and grams are thousandths.
_SHARES = np.array([1.0, 1e-3, 1.0, 1.0, 1e-3])
# Source: Huber and Ronchetti, Robust Statistics (2009): 95 % efficiency for normal residuals.
_HUBER, _BISQUARE, _MAD_TO_DEVIATION = 1.345, 4.685, 1.4826
_ROUNDS = 30
_PASSES_MAX = 100
_PARTS_MAX = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class LabourStandards:
    """One standard a row.

    Attributes
    ----------
    kind, zone, equipment : int64[S]
        What the standard is for: no two rows are for the same.
    cost_us : int64[S, 5]
        Microseconds for each of `MEASURES`, 0 or more.

    Raises
    ------
    ValueError
        Names the first row that does not fit.
    """

    kind: NDArray[np.int64]
    zone: NDArray[np.int64]
    equipment: NDArray[np.int64]
    cost_us: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what are no standards."""
        for name in ("kind", "zone", "equipment"):
            object.__setattr__(self, name, whole_column(name, getattr(self, name)))
        count = len(self.kind)
        if not count == len(self.zone) == len(self.equipment):
            raise ValueError("standards have columns of several lengths, expected one length")
        cost_us = whole_table("cost_us", self.cost_us, (count, len(MEASURES)))
        object.__setattr__(self, "cost_us", cost_us)
        for row, measure in np.argwhere(self.cost_us < 0):
            raise ValueError(
                f"standard {row} takes {self.cost_us[row, measure]} us a {MEASURES[measure]}, "
                "expected 0 or more"
            )
        if len(set(self.keys())) < count:
            keys = self.keys()
            row = next(at for at, key in enumerate(keys) if key in keys[:at])
            raise ValueError(
                f"standard {row} is for kind, zone, equipment {keys[row]} as an earlier one is, "
                "expected one standard each"
            )

    def keys(self) -> list[tuple[int, int, int]]:
        """Give (kind, zone, equipment) of each row."""
        return _keys(self.kind, self.zone, self.equipment)


@dataclass(frozen=True, slots=True, eq=False)
class LabourTasks:
    """Tasks as columns.

    Attributes
    ----------
    kind, zone, equipment : int64[T]
        Which standard a task has.
    length_mm, lines, units, weight_g : int64[T]
        How much of it there is, 0 or more.

    Raises
    ------
    ValueError
        Names the first task that does not fit.
    """

    kind: NDArray[np.int64]
    zone: NDArray[np.int64]
    equipment: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    lines: NDArray[np.int64]
    units: NDArray[np.int64]
    weight_g: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse columns of several lengths, parts of a whole and amounts below 0."""
        for name in self.__slots__:
            object.__setattr__(self, name, whole_column(name, getattr(self, name)))
        lengths = {len(getattr(self, name)) for name in self.__slots__}
        if len(lengths) > 1:
            raise ValueError(f"tasks have columns of lengths {sorted(lengths)}, expected one")
        for name in ("length_mm", "lines", "units", "weight_g"):
            below = np.flatnonzero(getattr(self, name) < 0)
            if len(below):
                task = int(below[0])
                raise ValueError(
                    f"task {task} has {name} {getattr(self, name)[task]}, expected 0 or more"
                )

    def amounts(self) -> NDArray[np.int64]:
        """Give task, millimetres, lines, units and grams, int64[T, 5]."""
        one = np.ones(len(self.kind), np.int64)
        return np.column_stack((one, self.length_mm, self.lines, self.units, self.weight_g))


@dataclass(frozen=True, slots=True)
class Refit:
    """How one standard was refitted.

    Attributes
    ----------
    count : int
        Confirmed tasks.
    spread_us : float
        Robust standard deviation of confirmed less expected time; 0 when there is no task.
    reason : str
        Why the old standard was kept; empty when it was refitted.
    """

    count: int
    spread_us: float
    reason: str


def workload_us(standards: LabourStandards, tasks: LabourTasks) -> NDArray[np.int64]:
    """Give what each task takes, int64[T], parts of a microsecond rounded up.

    Raises
    ------
    ValueError
        Names the first task that no standard is for, or that takes `TIME_US_MAX` and more.
    """
    cost, amount = standards.cost_us[_standard_of(standards, tasks)], tasks.amounts()
    parts = cost.astype(float) * amount
    is_long = ((parts * _SHARES).sum(axis=1) >= TIME_US_MAX) | (parts.sum(axis=1) >= _PARTS_MAX)
    for task in np.flatnonzero(is_long)[:1]:
        raise ValueError(
            f"task {task} has amounts {amount[task].tolist()} at {cost[task].tolist()} us each, "
            f"expected less than {TIME_US_MAX} us in all"
        )
    whole = (cost[:, [0, 2, 3]] * amount[:, [0, 2, 3]]).sum(axis=1)
    thousandths = (cost[:, [1, 4]] * amount[:, [1, 4]]).sum(axis=1)
    result: NDArray[np.int64] = whole - (-thousandths // 1000)
    return result


def refit(
    standards: LabourStandards,
    tasks: LabourTasks,
    elapsed_us: NDArray[np.int64],
    count_min: int = 30,
) -> tuple[LabourStandards, list[Refit]]:
    """Fit standards to what tasks took, by robust least squares with no cost below 0.

    Parameters
    ----------
    standards : LabourStandards
        The old ones: kept where there is too little to learn from.
    tasks : LabourTasks
        Confirmed tasks.
    elapsed_us : int64[T]
        What each took, 0 or more.
    count_min : int
        Fewest tasks to refit a standard from.

    Returns
    -------
    LabourStandards, list of Refit
        The new standards and what was done, both row by row as the old.

    Raises
    ------
    ValueError
        Names the first task that has no standard or a negative time.
    """
    elapsed_us = whole_column("elapsed_us", elapsed_us)
    if len(elapsed_us) != len(tasks.kind):
        raise ValueError(f"{len(elapsed_us)} times for {len(tasks.kind)} tasks, expected as many")
    for task in np.flatnonzero(elapsed_us < 0):
        raise ValueError(f"task {task} took {elapsed_us[task]} us, expected 0 or more")
    standard_of = _standard_of(standards, tasks)
    amounts: NDArray[np.float64] = tasks.amounts().astype(np.float64) * _SHARES
    cost_us, refits = standards.cost_us.copy(), []
    for row in range(len(cost_us)):
        mine = standard_of == row
        amount, took = amounts[mine], elapsed_us[mine].astype(np.float64)
        seen = np.any(amount != 0, axis=0)  # nothing is learnt of a measure that no task has
        reason = _too_little(amount[:, seen], seen, count_min)
        if not reason:
            cost_us[row, seen] = np.rint(robust_fit(amount[:, seen], took)).astype(np.int64)
        refits.append(Refit(len(took), _spread(took - amount @ cost_us[row]), reason))
    fitted = LabourStandards(standards.kind, standards.zone, standards.equipment, cost_us)
    return fitted, refits


def robust_fit(design: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit by reweighted non-negative least squares: Huber's weights, then Tukey's bisquare.

    Huber's loss is convex, so outliers cannot choose the start; the bisquare then drops them.

    Parameters
    ----------
    design : float64[N, M]
        Of full column rank.
    target : float64[N]

    Returns
    -------
    float64[M]
        Coefficients, 0 or more.
    """
    solution = non_negative_least_squares(design, target)
    for turn in range(2 * _ROUNDS):
        residual = np.abs(target - design @ solution)
        scale = max(_spread(residual), 1.0)
        if turn < _ROUNDS:
            weight = 1.0 / np.maximum(1.0, residual / (_HUBER * scale))
        else:
            weight = np.clip(1.0 - (residual / (_BISQUARE * scale)) ** 2, 0.0, None) ** 2
        root = np.sqrt(weight)
        before = solution
        solution = non_negative_least_squares(design * root[:, None], target * root)
        if turn >= _ROUNDS and np.allclose(before, solution, rtol=1e-9, atol=1e-3):
            break
    return solution


def non_negative_least_squares(
    design: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimise ``|design @ x - target|`` over ``x >= 0``.

    Source: Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23.

    Parameters
    ----------
    design : float64[N, M]
    target : float64[N]

    Returns
    -------
    float64[M]

    Raises
    ------
    RuntimeError
        The active set did not settle, which rounding alone can cause.
    """
    size = np.linalg.norm(design, axis=0)
    scaled = design / np.where(size > 0, size, 1.0)
    x, free = np.zeros(design.shape[1]), np.zeros(design.shape[1], bool)
    tolerance = 1e-10 * max(1.0, float(np.linalg.norm(target)))
    for _ in range(_PASSES_MAX):
        gradient = np.where(free, -np.inf, scaled.T @ (target - scaled @ x))
        if free.all() or gradient.max() <= tolerance:
            return x / np.where(size > 0, size, 1.0)
        free[np.argmax(gradient)] = True
        while free.any():
            trial = np.zeros_like(x)
            trial[free] = np.linalg.lstsq(scaled[:, free], target, rcond=None)[0]
            blocked = free & (trial <= 0)
            if not blocked.any():
                x = trial
                break
            drop = x[blocked] - trial[blocked]
            step = np.min(np.where(drop > 0, x[blocked] / np.where(drop > 0, drop, 1.0), 0.0))
            x = x + step * (trial - x)
            free &= x > tolerance * 1e-3
            x[~free] = 0.0
    raise RuntimeError(f"least squares did not settle in {_PASSES_MAX} passes: rescale the tasks")


def _keys(*columns: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _standard_of(standards: LabourStandards, tasks: LabourTasks) -> NDArray[np.int64]:
    row_of = {key: row for row, key in enumerate(standards.keys())}
    rows = np.empty(len(tasks.kind), np.int64)
    for task, key in enumerate(_keys(tasks.kind, tasks.zone, tasks.equipment)):
        if key not in row_of:
            raise ValueError(
                f"task {task} is of kind, zone, equipment {key}, which no standard is for: add one"
            )
        rows[task] = row_of[key]
    return rows


def _too_little(amount: NDArray[np.float64], seen: NDArray[np.bool_], count_min: int) -> str:
    if len(amount) < max(count_min, 1):
        return f"{len(amount)} tasks, expected at least {max(count_min, 1)}"
    size = np.linalg.norm(amount, axis=0)
    if np.linalg.matrix_rank(amount / size, tol=1e-6 * np.sqrt(len(amount))) < len(size):
        names = ", ".join(np.array(MEASURES)[seen].tolist())
        return f"the tasks are too alike to tell the times a {names} apart"
    return ""


def _spread(residual: NDArray[np.float64]) -> float:
    """Give the standard deviation that the median distance from 0 stands for."""
    return _MAD_TO_DEVIATION * float(np.median(np.abs(residual))) if len(residual) else 0.0
