"""Choose the orders of a wave and the aisles to visit for them, most units an aisle.

When every order has one line, sets of aisles are valued exactly and searched at each promising size
(`kernels.wave_aisles`); else orders and aisles are annealed together (`kernels.wave_anneal`), each
run below a random cap on the wave's units, so that small waves and large ones are both tried. With
two threads, two searches with seeds of their own run side by side.

The bound is the best ratio that any number of aisles could reach if each item's units in the k best
aisles could all be used; it proves small waves, and says little of large ones.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .columns import check_search
from .wave_problem import with_dense_items
from .wave_runs import search_runs
from .wave_sizes import search_sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .wave_problem import WaveProblem


@dataclass(frozen=True, slots=True)
class WavePlan:
    """A wave.

    Attributes
    ----------
    orders, aisles : int32[...]
        Chosen ones, ascending; both empty when there is no wave.
    units : int
        Units of the orders.
    bound_ratio : float
        No wave has more units an aisle.
    seconds : float
        Wall time used.
    reason : str
        Why there is no wave, or why the search ended.
    """

    orders: NDArray[np.int32]
    aisles: NDArray[np.int32]
    units: int
    bound_ratio: float
    seconds: float
    reason: str

    @property
    def ratio(self) -> float:
        """Units an aisle, 0 when there is no wave."""
        return self.units / len(self.aisles) if len(self.aisles) else 0.0

    @property
    def optimal(self) -> bool:
        """Whether the bound is reached."""
        return len(self.aisles) > 0 and self.ratio >= self.bound_ratio - 1e-9

    @property
    def gap(self) -> float:
        """How far the bound is above, as a share of it."""
        return 0.0 if self.optimal else 1.0 - self.ratio / self.bound_ratio


def choose_wave(
    problem: WaveProblem, *, time_limit_s: float, seed: int = 1, thread_count: int = 1
) -> WavePlan:
    """Choose orders and aisles with the most units an aisle.

    Parameters
    ----------
    problem : WaveProblem
        Orders, aisles and bounds.
    time_limit_s : float
        Wall time; the best wave found by then is given. 0 or less: only the first ascent is made.
    seed : int
        Seed of the search.
    thread_count : int
        Searches side by side.

    Returns
    -------
    WavePlan
        The best wave; empty, with the reason, when none has been found.

    Raises
    ------
    ValueError
        No finite time limit, or no thread.
    """
    check_search(time_limit_s, thread_count, seed)
    began = time.perf_counter()
    deadline = began + time_limit_s
    problem = with_dense_items(problem)
    bounds = bound_units(problem)
    bound_ratio = _bound_ratio(problem, bounds)
    if bound_ratio == 0.0:
        reason = (
            f"no set of aisles holds {problem.units_min} units that the orders ask for, at most "
            f"{int(bounds[-1]) if len(bounds) else 0}: lower units_min or put more orders in"
        )
        return _plan(problem, [], [], bound_ratio, began, reason)
    single = bool(np.all(np.diff(problem.order_first) <= 1))
    search = search_sizes if single else search_runs
    seeds = [seed * 1_000_003 + n for n in range(thread_count)]
    with ThreadPoolExecutor(thread_count) as pool:
        waves = list(pool.map(lambda own: search(problem, bounds, deadline, own), seeds))
    wave = max(waves, key=lambda found: found.ratio)
    if wave.units == 0:
        return _plan(problem, [], [], bound_ratio, began, "no wave found within the time limit")
    proven = wave.ratio >= bound_ratio - 1e-9
    reason = "proven: no wave has more units an aisle" if proven else "time limit reached"
    return _plan(problem, wave.orders, wave.aisles, bound_ratio, began, reason)


def bound_units(problem: WaveProblem) -> NDArray[np.int64]:
    """Give for each number of aisles more units than which no wave has.

    Parameters
    ----------
    problem : WaveProblem
        The problem.

    Returns
    -------
    int64[A]
        Entry k - 1 for k aisles: the usable units of the k richest, each item counted once in an
        aisle up to what all orders ask of it, and at most `units_max`.
    """
    asked = np.bincount(problem.line_item, problem.line_units, problem.item_count)
    usable = np.minimum(problem.stock_units, asked[problem.stock_item]).astype(np.int64)
    sums = np.concatenate(([0], np.cumsum(usable)))
    of_aisle = np.sort(sums[problem.aisle_first[1:]] - sums[problem.aisle_first[:-1]])[::-1]
    there = np.bincount(problem.stock_item, problem.stock_units, problem.item_count)
    most = min(problem.units_max, int(np.minimum(asked, there).sum()))
    bounds: NDArray[np.int64] = np.minimum(np.cumsum(of_aisle), most)
    return bounds


def _bound_ratio(problem: WaveProblem, bounds: NDArray[np.int64]) -> float:
    sizes = np.flatnonzero(bounds >= problem.units_min)
    return float(np.max(bounds[sizes] / (sizes + 1))) if len(sizes) else 0.0


def _plan(
    problem: WaveProblem,
    orders: NDArray[np.int32] | list[int],
    aisles: NDArray[np.int32] | list[int],
    bound_ratio: float,
    began: float,
    reason: str,
) -> WavePlan:
    chosen = np.asarray(orders, dtype=np.int32)
    units = int(problem.order_units()[chosen].sum())
    seconds = time.perf_counter() - began
    places = np.asarray(aisles, dtype=np.int32)
    return WavePlan(chosen, places, units, bound_ratio, seconds, reason)
