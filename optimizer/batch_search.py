"""Search for batches by annealing on several threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.batch_anneal import BatchShare, anneal
from ..kernels.batch_length import BatchFloor, with_scratch
from ..kernels.batch_start import near_orders
from ..kernels.batch_state import BatchState, load_state, make_state
from ..kernels.random_bits import random_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .batch_columns import BatchColumns
    from .budget import Budget

_NEIGHBOURS_MAX: Final = 64
# Temperatures as parts of the start's length per order.
_HOT: Final = 0.12
_COLD: Final = 0.025
_NEIGHBOURS_PART: Final = 0.2
"""At most this part of a time limit goes into measuring which orders go well together."""
_CALL_SECONDS: Final = 0.002
"""About so long a kernel is left alone before the clock is read again."""
SHARED_ORDERS_MIN: Final = 500
"""Threads share one search from here on. Fewer orders are searched as a whole, by each thread on
its own: up to 100 orders, one search of twice the time was no better than the best of two."""


class Found(NamedTuple):
    """What a search has found.

    Attributes
    ----------
    total_mm : int
        Length of the best partition.
    batch_of : int32[N]
        Batch of each order in it.
    met : list of int32[N]
        Where each thread stood after every slice, and the best one of each slice, where threads
        search on their own.
    """

    total_mm: int
    batch_of: NDArray[np.int32]
    met: list[NDArray[np.int32]]


def search_batches(
    columns: BatchColumns,
    start: NDArray[np.int32],
    seed: int,
    thread_count: int,
    budget: Budget,
) -> Found:
    """Find a partition that is shorter than a first one.

    Parameters
    ----------
    columns : BatchColumns
        The orders, two or more.
    start : int32[N]
        Batch of each order in the first partition.
    seed : int
        Seed, 0 or more.
    thread_count : int
        Threads. They search on their own and the best of all is taken, the first thread's of equal
        ones; where orders are many they share one search.
    budget : Budget
        When to stop.

    Returns
    -------
    found : Found
        The best partition, and others that were met.
    """
    with ThreadPoolExecutor(thread_count) as threads:
        neighbour = _neighbours(columns, threads, thread_count, budget)
        workers = [
            _Worker(columns, neighbour, seed * thread_count + at) for at in range(thread_count)
        ]
        if len(columns.row) >= SHARED_ORDERS_MIN:
            return _search_together(workers, start, seed, budget, threads)
        searches = [threads.submit(_search_alone, worker, start, budget) for worker in workers]
        found = [search.result() for search in searches]
    best = min(found, key=lambda one: one.total_mm)
    return best._replace(met=[batch_of for one in found for batch_of in one.met])


def _neighbours(
    columns: BatchColumns, threads: ThreadPoolExecutor, thread_count: int, budget: Budget
) -> NDArray[np.int32]:
    order_count = len(columns.row)
    neighbour = np.zeros((order_count, min(order_count - 1, _NEIGHBOURS_MAX)), np.int32)
    edges = np.linspace(0, order_count, thread_count + 1).astype(np.int64).tolist()
    jobs = [
        threads.submit(_near_range, columns, first, end, budget, neighbour)
        for first, end in pairwise(edges)
    ]
    for job in jobs:
        job.result()
    return neighbour


def _near_range(
    columns: BatchColumns, first: int, end: int, budget: Budget, neighbour: NDArray[np.int32]
) -> None:
    """Find the neighbours of a range of orders; when time is up, without measuring."""
    floor = with_scratch(columns.floor)
    alone_mm = columns.alone_mm[columns.row] - columns.orders.setup_mm[0]
    step = 1
    while first < end:
        is_measured = budget.used(0) < _NEIGHBOURS_PART
        last = min(first + step, end) if is_measured else end
        begun = time.perf_counter()
        near_orders(
            floor, columns.orders, columns.aisles, alone_mm, first, last, is_measured, neighbour
        )
        first = last
        step = 2 * step if time.perf_counter() - begun < _CALL_SECONDS else step


class _Worker:
    """What one thread anneals with."""

    def __init__(self, columns: BatchColumns, neighbour: NDArray[np.int32], seed: int) -> None:
        self._orders = columns.orders
        self._floor: BatchFloor = with_scratch(columns.floor)
        self._neighbour = neighbour
        self._random = random_state(seed)
        order_count, load_count = columns.orders.load.shape
        word_count = columns.orders.words.shape[1]
        self._state: BatchState = make_state(order_count, load_count, word_count)
        self.best_of = np.zeros(len(columns.row), np.int32)
        self.best_mm = np.zeros(1, np.int64)

    @property
    def batch_of(self) -> NDArray[np.int32]:
        """Batch of each order where the worker stands."""
        return self._state.batch_of

    @property
    def total_mm(self) -> int:
        """Total length where the worker stands."""
        return int(self._state.total_mm[0])

    def load(self, batch_of: NDArray[np.int32]) -> None:
        """Stand at a partition, which is the best so far."""
        load_state(self._floor, self._orders, self._state, batch_of)
        self.begin_slice()

    def begin_slice(self) -> None:
        """Where the worker stands is the best from now on."""
        self.best_of[:] = self._state.batch_of
        self.best_mm[:] = self._state.total_mm

    def anneal(self, share: BatchShare, hot_mm: float, cold_mm: float, move_count: int) -> None:
        """Change the batches of a share, and no others."""
        state = self._state
        empty = state.empty[: state.counts[0]]
        own = empty[share.share_of[empty] == share.share]
        state.empty[: len(own)] = own
        state.counts[0] = len(own)
        anneal(
            self._floor, self._orders, state, share, self._neighbour, self.best_of, self.best_mm,
            self._random, hot_mm, cold_mm, move_count,
        )  # fmt: skip


def _search_alone(worker: _Worker, start: NDArray[np.int32], budget: Budget) -> Found:
    """Cool down once over the whole budget."""
    everything = BatchShare(
        np.arange(len(start), dtype=np.int32), np.zeros(len(start), np.int32), share=0
    )
    worker.load(start)
    best_mm, best_of = worker.total_mm, start
    mean_mm = max(1.0, best_mm / len(start))
    met: list[NDArray[np.int32]] = []
    for used, until, count in budget.slices():
        worker.begin_slice()
        worker.anneal(everything, _heat_mm(mean_mm, used), _heat_mm(mean_mm, until), count)
        met += [worker.best_of.copy(), worker.batch_of.copy()]
        if worker.best_mm[0] < best_mm:
            best_mm, best_of = int(worker.best_mm[0]), met[-2]
    return Found(best_mm, best_of, met)


def _search_together(
    workers: Sequence[_Worker],
    start: NDArray[np.int32],
    seed: int,
    budget: Budget,
    threads: ThreadPoolExecutor,
) -> Found:
    """Cool down once over the whole budget; in every slice each worker has a share of batches."""
    draw = np.random.default_rng(seed)
    workers[0].load(start)
    best_mm, best_of, now_of = workers[0].total_mm, start, start
    mean_mm = max(1.0, best_mm / len(start))
    for used, until, count in budget.slices():
        hot_mm, cold_mm = _heat_mm(mean_mm, used), _heat_mm(mean_mm, until)
        shares = _deal(now_of, len(workers), draw)
        for worker in workers:
            worker.load(now_of)
        before_mm = workers[0].total_mm
        jobs = [
            threads.submit(worker.anneal, share, hot_mm, cold_mm, count)
            for worker, share in zip(workers, shares, strict=True)
        ]
        for job in jobs:
            job.result()
        round_mm = before_mm + sum(int(worker.best_mm[0]) - before_mm for worker in workers)
        if round_mm < best_mm:
            best_mm = round_mm
            best_of = _merge(now_of, shares, [worker.best_of for worker in workers])
        now_of = _merge(now_of, shares, [worker.batch_of for worker in workers])
    return Found(best_mm, best_of, [])


def _heat_mm(mean_mm: float, used: float) -> float:
    """Give the temperature when a part of the budget is used up."""
    return mean_mm * float(_HOT * (_COLD / _HOT) ** used)


def _deal(
    batch_of: NDArray[np.int32], share_count: int, draw: np.random.Generator
) -> list[BatchShare]:
    """Deal batches out at random, those with orders and the empty ones evenly each."""
    share_of = np.zeros(len(batch_of), np.int32)
    if share_count > 1:
        has_orders = np.bincount(batch_of, minlength=len(batch_of)) > 0
        for batches in (np.flatnonzero(has_orders), np.flatnonzero(~has_orders)):
            share_of[draw.permutation(batches)] = np.arange(len(batches)) % share_count
    share_of_order = share_of[batch_of]
    return [
        BatchShare(np.flatnonzero(share_of_order == share).astype(np.int32), share_of, share)
        for share in range(share_count)
    ]


def _merge(
    before: NDArray[np.int32], shares: Sequence[BatchShare], after: Sequence[NDArray[np.int32]]
) -> NDArray[np.int32]:
    """Take the orders of each share where its worker put them."""
    merged = before.copy()
    for share, batch_of in zip(shares, after, strict=True):
        merged[share.order] = batch_of[share.order]
    return merged
