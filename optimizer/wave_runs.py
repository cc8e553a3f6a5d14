"""Waves of orders with several lines: annealing runs below caps on the wave's units."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.random_bits import random_state
from ..kernels.wave_anneal import (
    AISLES,
    BEST_AISLES,
    BEST_UNITS,
    SCALARS,
    UNITS,
    WaveInput,
    WaveState,
    anneal_wave,
)
from .wave_problem import Wave, by_item, no_wave

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .wave_problem import WaveProblem

_MOVES_FIRST: Final = 20_000
_MOVES_MAX: Final = 1 << 40
_HOT: Final = 0.3
_COLD: Final = 0.01
"""Temperatures of a run, in units of the best ratio: what an aisle is worth."""
_SLICES: Final = 32
"""Of a run: after each it looks at the clock, for moves take longer where waves are large."""
_RUN_SHARES: Final = (0.12, 0.12, 0.25)
"""Of the time, for runs in turn: long ones find more, several find other places."""
_SEARCH_S: Final = 10.0
"""Of a longer time, half goes into runs as a search of this length makes them: where a run ends in
one place however long it is, only many of them find another."""


def search_runs(
    problem: WaveProblem, bounds: NDArray[np.int64], deadline: float, seed: int
) -> Wave:
    """Anneal again and again, each time from nothing and below a cap of its own.

    Parameters
    ----------
    problem : WaveProblem
        The problem.
    bounds : int64[A]
        Most units of k + 1 aisles; the largest is the highest cap.
    deadline : float
        Time of `time.perf_counter` at which to stop; the first slice is always ended.
    seed : int
        Seed of the search.

    Returns
    -------
    Wave
        The best found.
    """
    given, state = _wave_input(problem), _wave_state(problem, seed)
    random = np.random.default_rng(seed)
    began = time.perf_counter()
    whole_s, ahead_s = deadline - began, 0.0
    moves, move_s, run = _MOVES_FIRST, 0.0, 0
    highest = max(problem.units_min, int(bounds[-1]))
    while True:
        # The first is free; a cap near the least units looks for few aisles.
        share = random.random() if run % 2 else 1.0
        cap = int(problem.units_min * (highest / problem.units_min) ** share)
        price = max(1.0, float(state.scalar[BEST_UNITS] / state.scalar[BEST_AISLES]))
        clock = time.perf_counter()
        made = _anneal(given, state, (problem.units_min, cap), price, moves, deadline)
        now = time.perf_counter()
        move_s = (now - clock) / made
        left = deadline - now
        if left <= 0:
            break
        # Seconds by which runs of full length are ahead of short ones.
        search_s = whole_s if ahead_s <= 0 else min(whole_s, _SEARCH_S)
        wanted_s = min(left, search_s * _RUN_SHARES[run % len(_RUN_SHARES)])
        ahead_s += wanted_s if ahead_s <= 0 else -wanted_s
        moves = max(1_000, min(_MOVES_MAX, int(wanted_s / max(move_s, 1e-9))))
        run += 1
    if state.scalar[BEST_UNITS] == 0:
        return no_wave()
    orders = np.flatnonzero(state.best_order_in).astype(np.int32)
    aisles = np.flatnonzero(state.best_aisle_in).astype(np.int32)
    return Wave(int(state.scalar[BEST_UNITS]), orders, aisles)


def _anneal(
    given: WaveInput,
    state: WaveState,
    units: tuple[int, int],
    price: float,
    moves: int,
    deadline: float,
) -> int:
    """Make a run in slices, of which the first is always ended; give how many moves were made."""
    _empty(state)
    cooling = (_COLD / _HOT) ** (1 / _SLICES)
    hot, size = _HOT * price, max(1, moves // _SLICES)
    for n in range(_SLICES):
        anneal_wave(given, state, *units, hot, hot * cooling, size)
        hot *= cooling
        if time.perf_counter() >= deadline:
            return (n + 1) * size
    return _SLICES * size


def _empty(state: WaveState) -> None:
    for column in (state.order_in, state.aisle_in, state.free):
        column[:] = 0
    state.scalar[[UNITS, AISLES]] = 0


def _wave_input(problem: WaveProblem) -> WaveInput:
    order = np.repeat(np.arange(problem.order_count), np.diff(problem.order_first))
    units = problem.order_units()
    lines, item_line = by_item(problem.line_item, problem.item_count, -units[order], order)
    aisle = np.repeat(np.arange(problem.aisle_count), np.diff(problem.aisle_first))
    stocks, item_stock = by_item(problem.stock_item, problem.item_count)
    return WaveInput(
        problem.order_first,
        problem.line_item,
        problem.line_units,
        units,
        problem.aisle_first,
        problem.stock_item,
        problem.stock_units,
        item_line,
        order[lines].astype(np.int32),
        item_stock,
        aisle[stocks].astype(np.int32),
    )


def _wave_state(problem: WaveProblem, seed: int) -> WaveState:
    orders, aisles, lines = problem.order_count, problem.aisle_count, len(problem.line_item)
    scalar = np.zeros(SCALARS, np.int64)
    scalar[BEST_AISLES] = 1
    return WaveState(
        np.zeros(orders, np.uint8),
        np.zeros(orders, np.uint8),
        np.zeros(aisles, np.uint8),
        np.zeros(aisles, np.uint8),
        np.zeros(problem.item_count, np.int64),
        np.zeros(2 * (lines + orders + aisles) + 16, np.int32),
        scalar,
        random_state(seed),
    )
