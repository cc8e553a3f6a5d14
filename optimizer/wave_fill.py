"""Which orders of one line fill given aisles: the subset that the search has only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .wave_problem import by_item

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .wave_problem import WaveProblem


def fill_aisles(problem: WaveProblem, aisles: NDArray[np.int32]) -> NDArray[np.int32]:
    """Choose orders of one line that take the most units of some aisles, at most `units_max`.

    Parameters
    ----------
    problem : WaveProblem
        Its orders have at most one line.
    aisles : int32[...]
        Aisles to visit.

    Returns
    -------
    int32[...]
        Orders, ascending. A subset sum for each item, and one over the items when they could take
        more than `units_max`.
    """
    supply = np.zeros(problem.item_count, dtype=np.int64)
    for aisle in aisles.tolist():
        rows = slice(problem.aisle_first[aisle], problem.aisle_first[aisle + 1])
        supply[problem.stock_item[rows]] += problem.stock_units[rows]
    order_of_line = np.repeat(np.arange(problem.order_count), np.diff(problem.order_first))
    by_rank, first = by_item(problem.line_item, problem.item_count)
    lines = [by_rank[first[item] : first[item + 1]] for item in np.flatnonzero(supply)]
    units = [problem.line_units[of_item].tolist() for of_item in lines]
    rooms = supply[supply > 0].tolist()
    kept = [fill_exactly(*both) for both in zip(units, rooms, strict=True)]
    if sum(units[n][k] for n, rows in enumerate(kept) for k in rows) > problem.units_max:
        rooms = _share_room(units, rooms, problem.units_max)
        kept = [fill_exactly(*both) for both in zip(units, rooms, strict=True)]
    chosen = [order_of_line[of_item[rows]] for of_item, rows in zip(lines, kept, strict=True)]
    return np.sort(np.concatenate([*chosen, []])).astype(np.int32)


def _share_room(units: list[list[int]], rooms: list[int], units_max: int) -> list[int]:
    """Give each item a room that its orders fill exactly, together the most below `units_max`."""
    mask = (1 << (units_max + 1)) - 1
    # Bit s of totals[n]: the first n items can take s units together.
    totals, sums = [1], []
    for of_item, room in zip(units, rooms, strict=True):
        can = _subset_sums(of_item, room)[-1]
        sums.append([s for s in range(can.bit_length()) if can >> s & 1])
        total = 0
        for s in sums[-1]:
            total |= totals[-1] << s
        totals.append(total & mask)
    left = totals[-1].bit_length() - 1
    shares = []
    for n in range(len(units) - 1, -1, -1):
        shares.append(next(s for s in sums[n] if s <= left and totals[n] >> (left - s) & 1))
        left -= shares[-1]
    return shares[::-1]


def _subset_sums(units: list[int], room: int) -> list[int]:
    """Give for each number of rows a mask: bit s is set when a subset of them has s units."""
    mask = (1 << (room + 1)) - 1
    sums = [1]
    for value in units:
        sums.append((sums[-1] | sums[-1] << value) & mask)
    return sums


def fill_exactly(units: list[int], room: int) -> list[int]:
    """Give rows whose units come nearest to `room` without passing it.

    Parameters
    ----------
    units : list of int
        Units of each row, at least 1.
    room : int
        Most units.

    Returns
    -------
    list of int
        Rows, ascending.
    """
    if sum(units) <= room:
        return list(range(len(units)))
    sums = _subset_sums(units, room)
    left = sums[-1].bit_length() - 1
    rows = []
    for n in range(len(units) - 1, -1, -1):
        if not sums[n] >> left & 1:
            rows.append(n)
            left -= units[n]
    return rows[::-1]
