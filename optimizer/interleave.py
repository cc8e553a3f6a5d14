"""Interleaving: a put-away or replenishment on the way out, a pick nearby on the way back.

A single command goes from the dock to one place and back. A dual command drops at one place and
picks at another: it saves what lies between two trips. Which put-away goes with which pick is an
assignment problem, solved exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.graph.python import linear_sum_assignment

from .columns import TIME_US_MAX, check_range, check_whole, whole_column, whole_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LENGTH_MM_MAX: Final = 1 << 40
"""At a millimetre a second it takes less than `TIME_US_MAX`."""


@dataclass(frozen=True, slots=True, eq=False)
class InterleaveProblem:
    """Drops (put-aways and replenishments), picks and the metres between them.

    Attributes
    ----------
    drop_ready_us, drop_due_us, drop_work_us : int64[M]
        Earliest start, latest end (of a replenishment: when its pick face runs out) and duration
        of a drop as far as its place.
    pick_ready_us, pick_due_us, pick_work_us : int64[N]
        The same of a pick, from its place on; due is when it must be back. `TIME_US_MAX` and later
        is never.
    drop_out_mm, pick_back_mm : int64[M], int64[N]
        From the dock to a drop and from a pick to the dock, 0 or more.
    drop_back_mm, pick_out_mm : int64[M], int64[N]
        The ways that a dual command saves: from a drop to the dock, from the dock to a pick.
    between_mm : int64[M, N]
        From a drop to a pick.
    mm_per_s : int
        Speed, at least 1.

    Raises
    ------
    ValueError
        Names the first row that does not fit.
    """

    drop_ready_us: NDArray[np.int64]
    drop_due_us: NDArray[np.int64]
    drop_work_us: NDArray[np.int64]
    pick_ready_us: NDArray[np.int64]
    pick_due_us: NDArray[np.int64]
    pick_work_us: NDArray[np.int64]
    drop_out_mm: NDArray[np.int64]
    drop_back_mm: NDArray[np.int64]
    pick_out_mm: NDArray[np.int64]
    pick_back_mm: NDArray[np.int64]
    between_mm: NDArray[np.int64]
    mm_per_s: int

    def __post_init__(self) -> None:
        """Refuse what is no interleaving problem."""
        check_whole("mm_per_s", self.mm_per_s, 1, _LENGTH_MM_MAX)
        drops, picks = len(self.drop_due_us), len(self.pick_due_us)
        between_mm = whole_table("between_mm", self.between_mm, (drops, picks))
        object.__setattr__(self, "between_mm", between_mm)
        for kind, count in (("drop", drops), ("pick", picks)):
            for name in ("ready_us", "due_us", "work_us", "out_mm", "back_mm"):
                column = whole_column(f"{kind}_{name}", getattr(self, f"{kind}_{name}"))
                object.__setattr__(self, f"{kind}_{name}", column)
                if len(column) != count:
                    raise ValueError(f"{kind}_{name} has {len(column)} rows, expected {count}")
                if name == "due_us":
                    column = np.minimum(column, TIME_US_MAX)
                    object.__setattr__(self, f"{kind}_{name}", column)
                most = _LENGTH_MM_MAX if name.endswith("_mm") else TIME_US_MAX
                check_range(name, column, most, kind)
        wrong = (between_mm < 0) | (between_mm > _LENGTH_MM_MAX)
        for drop, pick in np.argwhere(wrong)[:1]:
            raise ValueError(
                f"drop {drop} and pick {pick} are {between_mm[drop, pick]} mm apart, "
                f"expected 0 to {_LENGTH_MM_MAX}"
            )

    def travel_us(self, length_mm: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the time of a way, parts of a microsecond rounded up."""
        result: NDArray[np.int64] = -(-length_mm * 1_000_000 // self.mm_per_s)
        return result


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip from the dock and back: a drop, a pick (-1 for none), and when it must leave."""

    drop: int
    pick: int
    latest_us: int


@dataclass(frozen=True, slots=True)
class InterleavePlan:
    """Trips, the most urgent first.

    Attributes
    ----------
    trips : tuple of Trip
        By the latest time they may leave: a pick face about to run out comes first.
    saving_mm : int
        Against a trip for each drop and pick; the most that any matching saves.
    late : tuple of Trip
        Trips that cannot be in time even when they leave as soon as they are ready.
    """

    trips: tuple[Trip, ...]
    saving_mm: int
    late: tuple[Trip, ...]


def interleave(problem: InterleaveProblem) -> InterleavePlan:
    """Match drops with picks for the greatest saving among pairs that keep both due times.

    A pair leaves when both are ready, and is matched only if the drop and the pick are then in
    time.

    Parameters
    ----------
    problem : InterleaveProblem

    Returns
    -------
    InterleavePlan
    """
    drop_us, pick_us, pair_us = _latest(problem)
    ready_us = np.maximum(problem.drop_ready_us[:, None], problem.pick_ready_us[None, :])
    saving = problem.drop_back_mm[:, None] + problem.pick_out_mm[None, :] - problem.between_mm
    saving = np.where(ready_us <= pair_us, np.maximum(saving, 0), 0)
    drops, picks = saving.shape
    pick_of = _assign(saving)
    trips, late = [], []
    for drop, pick in enumerate(pick_of):
        latest_us = int(pair_us[drop, pick] if pick >= 0 else drop_us[drop])
        trips.append(Trip(drop, pick, latest_us))
        if latest_us < problem.drop_ready_us[drop]:
            late.append(trips[-1])
    for pick in sorted(set(range(picks)) - set(pick_of)):
        trips.append(Trip(-1, pick, int(pick_us[pick])))
        if pick_us[pick] < problem.pick_ready_us[pick]:
            late.append(trips[-1])
    trips.sort(key=lambda trip: (trip.latest_us, trip.drop < 0, trip.drop, trip.pick))
    total = sum(int(saving[drop, pick_of[drop]]) for drop in range(drops) if pick_of[drop] >= 0)
    return InterleavePlan(tuple(trips), total, tuple(late))


def _latest(
    problem: InterleaveProblem,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give when a drop, a pick and each pair must leave the dock: int64[M], [N], [M, N]."""
    out_us = problem.travel_us(problem.drop_out_mm) + problem.drop_work_us
    back_us = problem.pick_work_us + problem.travel_us(problem.pick_back_mm)
    drop_us = problem.drop_due_us - out_us
    pick_us = problem.pick_due_us - back_us - problem.travel_us(problem.pick_out_mm)
    whole_us = out_us[:, None] + problem.travel_us(problem.between_mm) + back_us[None, :]
    pair_us = np.minimum(drop_us[:, None], problem.pick_due_us[None, :] - whole_us)
    return drop_us, pick_us, pair_us


def _assign(saving: NDArray[np.int64]) -> list[int]:
    """Give the pick of each drop for the greatest saving, -1 where none saves anything."""
    drops, picks = saving.shape
    if not drops or not picks or not saving.any():
        return [-1] * drops
    size = max(drops, picks)
    cost = np.zeros((size, size), np.int64)
    cost[:drops, :picks] = -saving
    left, right = np.divmod(np.arange(size * size), size)
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    # The stubs of OR-Tools take a dtype for a shape.
    solver.add_arcs_with_cost(left, right, cost.ravel())  # pyright: ignore[reportArgumentType]
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"assignment of {drops} drops and {picks} picks ended with {status}")
    mates = [solver.right_mate(drop) for drop in range(drops)]
    return [p if p < picks and saving[d, p] > 0 else -1 for d, p in enumerate(mates)]
