"""Waves of orders with one line: search the numbers of aisles that can still win."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.random_bits import random_state
from ..kernels.wave_aisles import AisleSearch, AisleStock, fill_tables, search_aisles, start_search
from .wave_fill import fill_aisles
from .wave_problem import Wave, by_item, no_wave
from .wave_runs import search_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .wave_problem import WaveProblem

_VISIT_S: Final = 0.15
"""Time of one visit to a number of aisles: some hundred rounds on the largest sites."""
_ROUNDS_FIRST: Final = 8
_ROUNDS_VISIT: Final = 1_000
"""Rounds after which a small site's visit ends early."""
_FRUITLESS_SIZES: Final = 3
"""More aisles give fewer units each, nearly: so many sizes in a row without a gain end the rise."""


def search_sizes(
    problem: WaveProblem, bounds: NDArray[np.int64], deadline: float, seed: int
) -> Wave:
    """Search the best set of aisles of every promising size.

    Parameters
    ----------
    problem : WaveProblem
        Orders have at most one line.
    bounds : int64[A]
        Most units of k + 1 aisles.
    deadline : float
        Time of `time.perf_counter` at which to stop; the first visit is always ended.
    seed : int
        Seed of the search.

    Returns
    -------
    Wave
        The best found.
    """
    search = _SizeSearch(problem, bounds, seed)
    for size in search.sizes():
        search.visit(size, deadline)
        if time.perf_counter() >= deadline:
            break
    wave = search.wave()
    if wave.units == 0 or search.missed_cap:
        # The search sees only units above the cap, not which sums below it can be made.
        wave = max(wave, search_runs(problem, bounds, deadline, seed), key=lambda one: one.ratio)
    return wave


class _SizeSearch:
    """The best set of each size so far."""

    def __init__(self, problem: WaveProblem, bounds: NDArray[np.int64], seed: int) -> None:
        self._problem, self._bounds = problem, bounds
        self._stock = _aisle_stock(problem)
        aisles, items = problem.aisle_count, problem.item_count
        self._search = AisleSearch(
            np.zeros(aisles, np.uint8),
            np.zeros(items, np.int64),
            np.zeros(aisles, np.int64),
            np.zeros(aisles, np.uint8),
            random_state(seed),
        )
        self._best: dict[int, tuple[int, NDArray[np.uint8]]] = {}
        self._ratio, self._size = 0.0, 0
        self.missed_cap = False
        """Whether a set could give more than the most units, but no orders have exactly those."""

    def sizes(self) -> Iterator[int]:
        """Yield each size that may win once, then the nearest to winning again and again."""
        fruitless = 0
        for size in range(1, self._problem.aisle_count + 1):
            if fruitless >= _FRUITLESS_SIZES:
                break
            if self._may_win(size):
                before = self._ratio
                yield size
                fruitless = fruitless + 1 if 0 < before == self._ratio else 0
        while True:
            sizes = [size for size in self._best if self._may_win(size)]
            if not sizes:
                return
            yield from sorted(sizes, key=lambda size: (-self._best[size][0] / size, size))[:4]

    def _may_win(self, size: int) -> bool:
        most = int(self._bounds[size - 1])
        return most >= self._problem.units_min and most > self._ratio * size

    def visit(self, size: int, deadline: float) -> None:
        """Search sets of one size for a while, from the best one so far."""
        search, problem = self._search, self._problem
        if size in self._best:
            search.chosen[:] = self._best[size][1]
        else:
            self._grow(size)
        worth = start_search(self._stock, search)
        rounds, done, began = _ROUNDS_FIRST, 0, time.perf_counter()
        while True:
            worth = search_aisles(self._stock, search, worth, problem.units_max, rounds)
            now, done = time.perf_counter(), done + rounds
            if worth >= problem.units_max or done >= _ROUNDS_VISIT or size == problem.aisle_count:
                break
            left = min(deadline, began + _VISIT_S) - now
            if left <= 0:
                break
            rounds = max(1, min(2 * rounds, int(rounds * left / (now - began))))
            search.chosen[:] = search.best
            worth = start_search(self._stock, search)
        self._best[size] = worth, search.best.copy()
        units = worth
        if worth > problem.units_max:
            aisles = np.flatnonzero(search.best).astype(np.int32)
            units = int(problem.order_units()[fill_aisles(problem, aisles)].sum())
            self.missed_cap |= units < problem.units_max
        if units >= problem.units_min and units > self._ratio * size:
            self._ratio, self._size = units / size, size

    def _grow(self, size: int) -> None:
        """Begin with the best set of one aisle less, and the aisle that adds most to it."""
        search = self._search
        search.chosen[:] = self._best[size - 1][1] if size - 1 in self._best else 0
        while int(search.chosen.sum()) < size:
            start_search(self._stock, search)
            search.chosen[np.argmax(np.where(search.chosen, -1, search.gain))] = 1

    def wave(self) -> Wave:
        """Give the best wave with its orders."""
        if self._size == 0:
            return no_wave()
        aisles = np.flatnonzero(self._best[self._size][1]).astype(np.int32)
        orders = fill_aisles(self._problem, aisles)
        return Wave(int(self._problem.order_units()[orders].sum()), orders, aisles)


def _aisle_stock(problem: WaveProblem) -> AisleStock:
    lines, item_line = by_item(problem.line_item, problem.item_count)
    table_first, table = fill_tables(item_line, problem.line_units[lines])
    aisle = np.repeat(np.arange(problem.aisle_count), np.diff(problem.aisle_first))
    stocks, item_stock = by_item(problem.stock_item, problem.item_count)
    return AisleStock(
        problem.aisle_first,
        problem.stock_item,
        problem.stock_units,
        item_stock,
        aisle[stocks].astype(np.int32),
        problem.stock_units[stocks],
        table_first,
        table,
    )
