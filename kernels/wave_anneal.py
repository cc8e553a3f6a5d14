"""Search for orders and aisles of a wave together, when orders have several lines.

Shapes: ``O`` orders with ``L`` lines, ``A`` aisles with ``S`` stocks, ``I`` items. A state is
always feasible but for the least number of units: what the chosen orders use of an item lies in the
chosen aisles, and they have at most `units_max` units. A move changes one or two aisles, or forces
an order in; orders that no longer fit are thrown out, smallest first, and orders on the items that
came free go in, largest first. Its worth is units minus `price` for each aisle, less a penalty for
units below the least (source: Dinkelbach, "On nonlinear fractional programming", Management Science
13, 1967: with the best ratio so far as the price, a worth above 0 is a better ratio). Worse states
are taken with a probability that falls (source: Kirkpatrick, Gelatt and Vecchi, "Optimization by
simulated annealing", Science 220, 1983); a move that is not taken is undone from its log. Called by
`optimizer.wave_runs`.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .compiled import kernel, long_kernel, step
from .random_bits import random_below, random_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS, AISLES, BEST_UNITS, BEST_AISLES, LOGGED = 0, 1, 2, 3, 4
SCALARS = 5
"""Entries of `WaveState.scalar`: of the state, of the best, and the log's length."""


class WaveInput(NamedTuple):
    """Orders and aisles, and both by item.

    Attributes
    ----------
    order_first : int64[O + 1]
        First line of each order.
    line_item, line_units : int32[L]
        Item and units.
    order_units : int64[O]
        Sum of each order.
    aisle_first : int64[A + 1]
        First stock of each aisle.
    stock_item, stock_units : int32[S]
        Item and units.
    item_first : int64[I + 1]
        First of an item's orders in `item_order`.
    item_order : int32[L]
        Orders that ask for the item, largest first.
    item_stock_first : int64[I + 1]
        First of an item's aisles in `item_aisle`.
    item_aisle : int32[S]
        Aisles where the item lies.
    """

    order_first: NDArray[np.int64]
    line_item: NDArray[np.int32]
    line_units: NDArray[np.int32]
    order_units: NDArray[np.int64]
    aisle_first: NDArray[np.int64]
    stock_item: NDArray[np.int32]
    stock_units: NDArray[np.int32]
    item_first: NDArray[np.int64]
    item_order: NDArray[np.int32]
    item_stock_first: NDArray[np.int64]
    item_aisle: NDArray[np.int32]


class WaveState(NamedTuple):
    """Chosen orders and aisles, what they use and have, and the best of them.

    Attributes
    ----------
    order_in, best_order_in : uint8[O]
        1 for chosen orders, now and at the best ratio.
    aisle_in, best_aisle_in : uint8[A]
        1 for chosen aisles.
    free : int64[I]
        Units in the chosen aisles less what the chosen orders use.
    log : int32[2 * L + 2 * O + 2 * A + 16]
        Orders (their number) and aisles (-1 - their number) that the move changed, in turn.
    scalar : int64[5]
        `UNITS`, `AISLES`, `BEST_UNITS`, `BEST_AISLES`, `LOGGED`.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    """

    order_in: NDArray[np.uint8]
    best_order_in: NDArray[np.uint8]
    aisle_in: NDArray[np.uint8]
    best_aisle_in: NDArray[np.uint8]
    free: NDArray[np.int64]
    log: NDArray[np.int32]
    scalar: NDArray[np.int64]
    random: NDArray[np.uint64]


@step
def _note(state: WaveState, what: int) -> None:
    state.log[state.scalar[LOGGED]] = what
    state.scalar[LOGGED] += 1


@kernel
def _turn_order(given: WaveInput, state: WaveState, order: int) -> None:
    """Take an order in, or out when it is in."""
    sign = 1 if state.order_in[order] == 0 else -1
    for k in range(given.order_first[order], given.order_first[order + 1]):
        state.free[given.line_item[k]] -= sign * given.line_units[k]
    state.order_in[order] ^= 1
    state.scalar[UNITS] += sign * given.order_units[order]


@kernel
def _turn_aisle(given: WaveInput, state: WaveState, aisle: int) -> None:
    """Visit an aisle, or no longer."""
    sign = 1 if state.aisle_in[aisle] == 0 else -1
    for s in range(given.aisle_first[aisle], given.aisle_first[aisle + 1]):
        state.free[given.stock_item[s]] += sign * given.stock_units[s]
    state.aisle_in[aisle] ^= 1
    state.scalar[AISLES] += sign


@step
def _fits(given: WaveInput, state: WaveState, order: int, units_max: int) -> bool:
    if state.scalar[UNITS] + given.order_units[order] > units_max:
        return False
    for k in range(given.order_first[order], given.order_first[order + 1]):
        if state.free[given.line_item[k]] < given.line_units[k]:
            return False
    return True


@step
def _has_log_room(state: WaveState) -> bool:
    return state.scalar[LOGGED] + 4 < len(state.log)


@kernel
def _throw_out(given: WaveInput, state: WaveState, item: int) -> None:
    """Take orders out until what is used of the item is there, smallest first."""
    k = given.item_first[item + 1] - 1
    while state.free[item] < 0 and k >= given.item_first[item]:
        order = given.item_order[k]
        if state.order_in[order]:
            _turn_order(given, state, order)
            _note(state, order)
        k -= 1


@kernel
def _take_in(given: WaveInput, state: WaveState, item: int, units_max: int) -> None:
    """Take in what fits of the orders that ask for the item, largest first."""
    for k in range(given.item_first[item], given.item_first[item + 1]):
        if state.free[item] <= 0 or not _has_log_room(state):
            return
        order = given.item_order[k]
        if state.order_in[order] == 0 and _fits(given, state, order, units_max):
            _turn_order(given, state, order)
            _note(state, order)


@kernel
def _change_aisles(given: WaveInput, state: WaveState, out: int, into: int, units_max: int) -> None:
    """Leave aisle `out` and visit `into`, either -1 for none."""
    if into >= 0:
        _turn_aisle(given, state, into)
        _note(state, -1 - into)
    if out >= 0:
        _turn_aisle(given, state, out)
        _note(state, -1 - out)
        for s in range(given.aisle_first[out], given.aisle_first[out + 1]):
            _throw_out(given, state, np.int64(given.stock_item[s]))
    thrown = state.scalar[LOGGED]
    if into >= 0:
        for s in range(given.aisle_first[into], given.aisle_first[into + 1]):
            _take_in(given, state, np.int64(given.stock_item[s]), units_max)
    for n in range(thrown):
        order = state.log[n]
        if order >= 0:
            _refill(given, state, np.int64(order), units_max)


@step
def _refill(given: WaveInput, state: WaveState, order: int, units_max: int) -> None:
    for k in range(given.order_first[order], given.order_first[order + 1]):
        _take_in(given, state, np.int64(given.line_item[k]), units_max)


@kernel
def _make_room(given: WaveInput, state: WaveState, units: int, units_max: int) -> bool:
    """Throw orders out, from a random one on, until so many units more may come in."""
    orders = len(state.order_in)
    start = random_below(state.random, orders)
    for n in range(orders):
        if state.scalar[UNITS] + units <= units_max:
            break
        order = start + n if start + n < orders else start + n - orders
        if state.order_in[order]:
            _turn_order(given, state, np.int64(order))
            _note(state, order)
    return state.scalar[UNITS] + units <= units_max


@kernel
def _force_order(given: WaveInput, state: WaveState, order: int, units_max: int) -> bool:
    """Take an order in by throwing out what is in its way; False when its goods are not there."""
    if not _make_room(given, state, given.order_units[order], units_max):
        return False
    _turn_order(given, state, order)
    _note(state, order)
    state.order_in[order] = 0  # so that it is not itself thrown out
    for k in range(given.order_first[order], given.order_first[order + 1]):
        _throw_out(given, state, np.int64(given.line_item[k]))
    state.order_in[order] = 1
    for k in range(given.order_first[order], given.order_first[order + 1]):
        if state.free[given.line_item[k]] < 0:
            return False
    thrown = state.scalar[LOGGED]
    for n in range(thrown):
        _refill(given, state, np.int64(state.log[n]), units_max)
    return True


@kernel
def _fetch_order(given: WaveInput, state: WaveState, order: int, units_max: int) -> bool:
    """Take an order in with aisles for what is lacking; False when that is nowhere."""
    if not _make_room(given, state, given.order_units[order], units_max):
        return False
    for k in range(given.order_first[order], given.order_first[order + 1]):
        item = np.int64(given.line_item[k])
        first = given.item_stock_first[item]
        count = given.item_stock_first[item + 1] - first
        start = random_below(state.random, count) if count else np.int64(0)
        for n in range(count):
            if state.free[item] >= given.line_units[k]:
                break
            at = start + n if start + n < count else start + n - count
            aisle = np.int64(given.item_aisle[first + at])
            if state.aisle_in[aisle] == 0:
                _turn_aisle(given, state, aisle)
                _note(state, -1 - aisle)
        if state.free[item] < given.line_units[k]:
            return False
    _turn_order(given, state, order)
    _note(state, order)
    fetched = state.scalar[LOGGED]
    for n in range(fetched):
        if state.log[n] < 0:
            aisle = np.int64(-1 - state.log[n])
            for s in range(given.aisle_first[aisle], given.aisle_first[aisle + 1]):
                _take_in(given, state, np.int64(given.stock_item[s]), units_max)
    return True


@kernel
def _leave_idle_aisles(given: WaveInput, state: WaveState) -> None:
    """Leave every aisle whose goods can all be missed, from a random one on."""
    aisles = len(state.aisle_in)
    start = random_below(state.random, aisles)
    for n in range(aisles):
        aisle = start + n if start + n < aisles else start + n - aisles
        if state.aisle_in[aisle] == 0 or not _has_log_room(state):
            continue
        idle = True
        for s in range(given.aisle_first[aisle], given.aisle_first[aisle + 1]):
            if state.free[given.stock_item[s]] < given.stock_units[s]:
                idle = False
                break
        if idle:
            _turn_aisle(given, state, np.int64(aisle))
            _note(state, -1 - aisle)


@kernel
def _undo(given: WaveInput, state: WaveState) -> None:
    for n in range(state.scalar[LOGGED] - 1, -1, -1):
        if state.log[n] >= 0:
            _turn_order(given, state, np.int64(state.log[n]))
        else:
            _turn_aisle(given, state, np.int64(-1 - state.log[n]))


@step
def _worth(scalar: NDArray[np.int64], price: float, units_min: int) -> float:
    lacking = max(0, units_min - scalar[UNITS])
    return scalar[UNITS] - price * scalar[AISLES] - lacking


@step
def _random_aisle(state: WaveState, chosen: int) -> int:
    # A random place, then the next that is wanted: cheap, and close enough to uniform.
    aisles = len(state.aisle_in)
    start = random_below(state.random, aisles)
    for k in range(aisles):
        aisle = start + k if start + k < aisles else start + k - aisles
        if state.aisle_in[aisle] == chosen:
            return np.int64(aisle)
    return np.int64(-1)


@step
def _move(given: WaveInput, state: WaveState, units_max: int) -> bool:
    kind = random_below(state.random, 16)
    if kind < 6:
        order = random_below(state.random, len(state.order_in))
        if kind < 5:
            return state.order_in[order] == 0 and _force_order(given, state, order, units_max)
        if state.order_in[order]:
            _turn_order(given, state, order)
            _note(state, order)
        elif not _fetch_order(given, state, order, units_max):
            return False
        _leave_idle_aisles(given, state)
        return True
    out = _random_aisle(state, 1) if kind < 13 else np.int64(-1)
    into = _random_aisle(state, 0) if kind != 6 else np.int64(-1)
    _change_aisles(given, state, out, into, units_max)
    return True


@step
def _keep_if_best(state: WaveState, units_min: int) -> None:
    scalar = state.scalar
    if scalar[UNITS] < units_min or scalar[AISLES] == 0:
        return
    if scalar[UNITS] * scalar[BEST_AISLES] <= scalar[BEST_UNITS] * scalar[AISLES]:
        return
    for o in range(len(state.order_in)):
        state.best_order_in[o] = state.order_in[o]
    for a in range(len(state.aisle_in)):
        state.best_aisle_in[a] = state.aisle_in[a]
    scalar[BEST_UNITS], scalar[BEST_AISLES] = scalar[UNITS], scalar[AISLES]


@long_kernel
def anneal_wave(
    given: WaveInput,
    state: WaveState,
    units_min: int,
    units_max: int,
    hot: float,
    cold: float,
    moves: int,
) -> int:
    """Make so many moves at a temperature that falls from `hot` to `cold`.

    Parameters
    ----------
    given : WaveInput
        The problem.
    state : WaveState
        Where to begin; consistent, e.g. all empty. Ends where the moves led, with the best ratio
        that has at least `units_min` units in the ``best`` columns (`BEST_AISLES` 1 and
        `BEST_UNITS` 0 until there is one).
    units_min, units_max : int64
        Bounds of a wave's units.
    hot, cold : float64
        Temperatures in units, above 0.
    moves : int64
        Moves to make.

    Returns
    -------
    taken : int64
        Moves that were kept. A move takes O(stocks of two aisles x orders of an item).
    """
    taken = np.int64(0)
    temperature = hot
    # Cooled in 256 steps: a power for each move costs as much as a small move.
    every = max(1, moves // 256)
    cooling = exp(np.log(cold / hot) / 256.0)
    for n in range(moves):
        if n % every == every - 1:
            temperature *= cooling
        price = state.scalar[BEST_UNITS] / state.scalar[BEST_AISLES]
        before = _worth(state.scalar, price, units_min)
        state.scalar[LOGGED] = 0
        ok = _move(given, state, units_max)
        change = _worth(state.scalar, price, units_min) - before
        chance = random_unit(state.random)
        if ok and (change >= 0 or chance < exp(change / temperature)):
            taken += 1
            _keep_if_best(state, units_min)
        else:
            _undo(given, state)
    return taken
