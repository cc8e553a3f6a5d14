"""A batching problem as the kernels want it: places as bits, loads as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..kernels.batch_length import WORD_BITS, BatchFloor, make_floor, union_length_mm
from ..kernels.batch_state import ANY_TIME_US, BatchOrders
from .batching import UnfitOrder
from .tour_states import tour_states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .batching import BatchingProblem


class BatchColumns(NamedTuple):
    """What a search works on.

    Attributes
    ----------
    floor : BatchFloor
        The floor, with scratch for one thread.
    orders : BatchOrders
        The orders that can share a batch, ``N`` of them.
    row : int64[N]
        Their rows in the problem.
    aisles : uint64[N, V]
        Their aisles as bits.
    alone_mm : int64[O]
        Length of each order's tour alone, all orders of the problem.
    unfit : tuple of UnfitOrder
        Orders that no cart can take.
    late : tuple of int
        Orders that cannot be back in time alone.
    """

    floor: BatchFloor
    orders: BatchOrders
    row: NDArray[np.int64]
    aisles: NDArray[np.uint64]
    alone_mm: NDArray[np.int64]
    unfit: tuple[UnfitOrder, ...]
    late: tuple[int, ...]


def batch_columns(problem: BatchingProblem) -> BatchColumns:
    """Lay a problem out.

    Parameters
    ----------
    problem : BatchingProblem
        The problem.

    Returns
    -------
    columns : BatchColumns
        For one thread.
    """
    floor, words = _places(problem)
    order_count = problem.order_count
    alone_mm = np.array(
        [
            problem.setup_mm + union_length_mm(floor, words, order, words, order_count)
            for order in range(order_count)
        ],
        dtype=np.int64,
    )
    limits = problem.limits()
    unfit = tuple(
        UnfitOrder(order, f"{name} {column[order]}, the cart holds {limit}")
        for order in range(order_count)
        for name, column, limit in limits
        if column[order] > limit
    )
    handling_us = np.zeros(order_count, np.int64)
    if problem.handling_us is not None:
        handling_us = problem.handling_us
    allowed_us = np.full(order_count, ANY_TIME_US)
    if problem.due_us is not None:
        allowed_us = problem.due_us - problem.start_us
    outside = np.zeros(order_count, np.bool_)
    outside[[order for order, _ in unfit]] = True
    too_late = (alone_mm * problem.walk_us_per_mm + handling_us > allowed_us) & ~outside
    row = np.flatnonzero(~outside & ~too_late)
    load = np.zeros((len(row), len(limits)), np.int64)
    for kind, (_, column, _) in enumerate(limits):
        load[:, kind] = column[row]
    orders = BatchOrders(
        words=np.ascontiguousarray(words[np.append(row, order_count)]),
        load=load,
        load_max=np.array([limit for _, _, limit in limits], dtype=np.int64),
        handling_us=handling_us[row],
        allowed_us=allowed_us[row],
        walk_us_per_mm=np.array([problem.walk_us_per_mm], dtype=np.int64),
        setup_mm=np.array([problem.setup_mm], dtype=np.int64),
    )
    late = tuple(np.flatnonzero(too_late).tolist())
    return BatchColumns(floor, orders, row, _aisles(problem)[row], alone_mm, unfit, late)


def _places(problem: BatchingProblem) -> tuple[BatchFloor, NDArray[np.uint64]]:
    """Give each place that is asked for a bit, and the words of each order and the depot."""
    rectangle, depot = problem.rectangle, problem.depot
    owner = np.repeat(np.arange(problem.order_count), np.diff(problem.order_first))
    aisle = np.append(problem.stop_aisle, depot.aisle)
    y_mm = np.append(problem.stop_y_mm, depot.y_mm)
    place, place_of = np.unique(np.stack((aisle, y_mm), axis=1), axis=0, return_inverse=True)
    place_of = place_of.reshape(-1)
    per_aisle = np.bincount(place[:, 0], minlength=rectangle.aisle_count)
    aisle_word = np.append(0, np.cumsum(-(-per_aisle // WORD_BITS)))
    first_place = np.append(0, np.cumsum(per_aisle))
    bit = aisle_word[place[:, 0]] * WORD_BITS + np.arange(len(place)) - first_place[place[:, 0]]
    place_words = int(aisle_word[-1])
    place_y_mm = np.zeros(place_words * WORD_BITS, np.int64)
    place_y_mm[bit] = place[:, 1]
    words = np.zeros(
        (problem.order_count + 1, place_words + -(-place_words // WORD_BITS)), np.uint64
    )
    stop_bit = bit[place_of]
    owner = np.append(owner, problem.order_count)
    _set_bits(words, owner, stop_bit)
    _set_bits(words, owner, place_words * WORD_BITS + stop_bit // WORD_BITS)
    words |= words[-1]
    states = tour_states(rectangle.block_count, closed=True)
    floor = make_floor(
        rectangle.aisle_x_mm,
        rectangle.cross_y_mm,
        np.repeat(np.arange(rectangle.aisle_count, dtype=np.int32), np.diff(aisle_word)),
        place_y_mm,
        (
            states.after_choice,
            states.drops,
            states.across_weight,
            states.complete,
            states.empty,
        ),
    )
    return floor, words


def _aisles(problem: BatchingProblem) -> NDArray[np.uint64]:
    owner = np.repeat(np.arange(problem.order_count), np.diff(problem.order_first))
    width = -(-problem.rectangle.aisle_count // WORD_BITS)
    aisles = np.zeros((problem.order_count, width), np.uint64)
    _set_bits(aisles, owner, problem.stop_aisle)
    return aisles


def _set_bits(words: NDArray[np.uint64], row: NDArray[np.int64], bit: NDArray[np.int64]) -> None:
    mask = np.uint64(1) << (bit % WORD_BITS).astype(np.uint64)
    np.bitwise_or.at(words, (row, bit // WORD_BITS), mask)
