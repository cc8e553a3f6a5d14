"""Search for the aisles of a wave whose orders have one line each, exactly valued.

Shapes: ``A`` aisles, ``S`` stocks (an item in an aisle), ``I`` items, ``T`` entries. Orders of one
line do not bind items together, so what a set of aisles is worth is a sum over items of
``fill(units there)``: the most units that a subset of the item's orders can take of them (a subset
sum, tabulated once by `fill_tables`). The search keeps for each aisle what adding it would gain and
corrects that only where the units of an item change: a swap costs the few stocks of the items
concerned. It is an iterated local search (source: Lourenço, Martin and Stützle, "Iterated local
search", 2003) at a fixed number of aisles: swap while that helps, then throw some out at random.
Ties go to the lowest aisle. Called by `optimizer.wave`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from .compiled import kernel, long_kernel, step
from .random_bits import random_below

if TYPE_CHECKING:
    from numpy.typing import NDArray


class AisleStock(NamedTuple):
    """What lies where, by aisle and by item, and what an item's orders can take.

    Attributes
    ----------
    aisle_first : int64[A + 1]
        First stock of each aisle.
    stock_item, stock_units : int32[S]
        Item and units.
    item_first : int64[I + 1]
        First of an item's stocks in the next two.
    item_aisle, item_units : int32[S]
        The same stocks by item.
    table_first : int64[I + 1]
        First entry of an item's table; it has one entry for 0 units up to all that are asked.
    table : int32[T]
        Most units that a subset of the item's orders takes of so many.
    """

    aisle_first: NDArray[np.int64]
    stock_item: NDArray[np.int32]
    stock_units: NDArray[np.int32]
    item_first: NDArray[np.int64]
    item_aisle: NDArray[np.int32]
    item_units: NDArray[np.int32]
    table_first: NDArray[np.int64]
    table: NDArray[np.int32]


class AisleSearch(NamedTuple):
    """State of a search, all in step with `chosen`.

    Attributes
    ----------
    chosen : uint8[A]
        1 for the aisles of the set.
    supply : int64[I]
        Units of each item in them.
    gain : int64[A]
        What the set's worth would rise by if the aisle's stocks were added (again).
    best : uint8[A]
        The best set that was seen.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    """

    chosen: NDArray[np.uint8]
    supply: NDArray[np.int64]
    gain: NDArray[np.int64]
    best: NDArray[np.uint8]
    random: NDArray[np.uint64]


@njit(cache=True, nogil=True)
def fill_tables(
    item_first: NDArray[np.int64], order_units: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Tabulate per item the most units that a subset of its orders takes of so many.

    Parameters
    ----------
    item_first : int64[I + 1]
        First order of each item.
    order_units : int32[N]
        Units of the orders, by item.

    Returns
    -------
    table_first : int64[I + 1]
        First entry of each item.
    table : int32[T]
        See `AisleStock`. O(sum over items of orders x units).
    """
    items = len(item_first) - 1
    table_first = np.zeros(items + 1, dtype=np.int64)
    for i in range(items):
        asked = np.int64(0)
        for k in range(item_first[i], item_first[i + 1]):
            asked += order_units[k]
        table_first[i + 1] = table_first[i] + asked + 1
    table = np.zeros(table_first[items], dtype=np.int32)
    for i in range(items):
        base, size = table_first[i], table_first[i + 1] - table_first[i]
        # First mark which sums can be made, then carry the last of them upwards.
        table[base] = 1
        for k in range(item_first[i], item_first[i + 1]):
            units = order_units[k]
            for s in range(size - 1, units - 1, -1):
                if table[base + s - units]:
                    table[base + s] = 1
        last = 0
        for s in range(size):
            if table[base + s]:
                last = s
            table[base + s] = last
    return table_first, table


@step
def _fill(stock: AisleStock, item: int, units: int) -> int:
    base = stock.table_first[item]
    top = stock.table_first[item + 1] - base - 1
    return np.int64(stock.table[base + min(units, top)])


@kernel
def _change(stock: AisleStock, search: AisleSearch, aisle: int, sign: int) -> int:
    """Add (1) or take out (-1) an aisle; give the change of the set's worth."""
    worth = np.int64(0)
    for s in range(stock.aisle_first[aisle], stock.aisle_first[aisle + 1]):
        item = np.int64(stock.stock_item[s])
        before = search.supply[item]
        after = before + sign * stock.stock_units[s]
        fill_before, fill_after = _fill(stock, item, before), _fill(stock, item, after)
        worth += fill_after - fill_before
        search.supply[item] = after
        for k in range(stock.item_first[item], stock.item_first[item + 1]):
            units = stock.item_units[k]
            search.gain[stock.item_aisle[k]] += (
                _fill(stock, item, after + units)
                - fill_after
                - _fill(stock, item, before + units)
                + fill_before
            )
    search.chosen[aisle] = 1 if sign > 0 else 0
    return worth


@step
def _best_addition(search: AisleSearch, but: int) -> int:
    best, found = np.int64(-1), np.int64(-1)
    for a in range(len(search.gain)):
        if search.chosen[a] == 0 and a != but and search.gain[a] > best:
            best, found = search.gain[a], np.int64(a)
    return found


@step
def _nth_chosen(search: AisleSearch, n: int) -> int:
    for a in range(len(search.chosen)):
        if search.chosen[a]:
            if n == 0:
                return np.int64(a)
            n -= 1
    return np.int64(-1)


@long_kernel
def start_search(stock: AisleStock, search: AisleSearch) -> int:
    """Bring `supply` and `gain` into step with `chosen`.

    Parameters
    ----------
    stock : AisleStock
        What lies where.
    search : AisleSearch
        `chosen` is read, `supply` and `gain` are written.

    Returns
    -------
    worth_units : int64
        Units that the orders can take from the chosen aisles. O(S).
    """
    for i in range(len(search.supply)):
        search.supply[i] = 0
    for a in range(len(search.gain)):
        search.gain[a] = 0
    for a in range(len(search.chosen)):
        for s in range(stock.aisle_first[a], stock.aisle_first[a + 1]):
            if search.chosen[a]:
                search.supply[stock.stock_item[s]] += stock.stock_units[s]
    for a in range(len(search.chosen)):
        for s in range(stock.aisle_first[a], stock.aisle_first[a + 1]):
            item = np.int64(stock.stock_item[s])
            here = search.supply[item]
            search.gain[a] += _fill(stock, item, here + stock.stock_units[s])
            search.gain[a] -= _fill(stock, item, here)
    worth = np.int64(0)
    for i in range(len(search.supply)):
        worth += _fill(stock, i, search.supply[i])
    return worth


@step
def _keep_best(search: AisleSearch) -> None:
    for a in range(len(search.chosen)):
        search.best[a] = search.chosen[a]


@step
def _swap_while_better(stock: AisleStock, search: AisleSearch, worth: int) -> int:
    better = True
    while better:
        better = False
        for a in range(len(search.chosen)):
            if search.chosen[a] == 0:
                continue
            without = worth + _change(stock, search, a, -1)
            other = _best_addition(search, np.int64(-1))
            if search.gain[other] <= search.gain[a]:
                other = np.int64(a)
            after = without + _change(stock, search, other, 1)
            better |= after > worth
            worth = after
    return worth


@long_kernel
def search_aisles(
    stock: AisleStock, search: AisleSearch, worth_units: int, units_max: int, rounds: int
) -> int:
    """Look for the set of as many aisles as are chosen now that is worth the most units.

    Parameters
    ----------
    stock : AisleStock
        What lies where.
    search : AisleSearch
        In step (`start_search`), with 1 to ``A`` aisles chosen. Ends in step, at a set that is
        no worse than any at the end of a round; the best of all is in `best`.
    worth_units : int64
        Worth of the chosen set.
    units_max : int64
        Units from which on more are of no use.
    rounds : int64
        Rounds to make; it ends early when `units_max` is reached.

    Returns
    -------
    best_units : int64
        Worth of `best`. A swap takes O(stocks of the items of two aisles + A).
    """
    count = np.int64(0)
    for a in range(len(search.chosen)):
        count += search.chosen[a]
    worth = _swap_while_better(stock, search, worth_units)
    _keep_best(search)
    best = worth
    for _ in range(rounds):
        if best >= units_max or count == len(search.chosen):
            break
        out = 1 + random_below(search.random, min(count, 4))
        last = np.int64(-1)
        for k in range(out):
            last = _nth_chosen(search, random_below(search.random, count - k))
            worth += _change(stock, search, last, -1)
        for k in range(out):
            # Do not put back at once what went out last, and now and then take any.
            aisle = _best_addition(search, last if k == 0 else np.int64(-1))
            if k == 0 and random_below(search.random, 4) == 0:
                aisle = random_below(search.random, len(search.chosen))
                if search.chosen[aisle]:
                    aisle = _best_addition(search, last)
            if aisle < 0:
                aisle = last
            worth += _change(stock, search, aisle, 1)
        worth = _swap_while_better(stock, search, worth)
        if worth >= best:
            _keep_best(search)
            best = worth
        else:
            for a in range(len(search.chosen)):
                if search.chosen[a] and not search.best[a]:
                    worth += _change(stock, search, a, -1)
            for a in range(len(search.chosen)):
                if search.best[a] and not search.chosen[a]:
                    worth += _change(stock, search, a, 1)
    return best
