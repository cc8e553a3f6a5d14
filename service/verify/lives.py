"""Life cycles, numbers and answers: what must hold for single rows and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...engine.schema import COMMAND_NUMBER, COMMANDS, Counter
from ...kernels.columns import (
    ORDER_CANCELLED,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    ORDER_SHIPPED,
    OUTCOME_DONE,
    PROMISE_BROKEN,
    PROMISE_CONSUMED,
    PROMISE_EXPIRED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    PROMISE_RELEASED,
)
from .books import COUNTER, ITEM, LINE, ORDER, PROMISE, Books
from .tables import STEP_BITS, Writes

if TYPE_CHECKING:
    from .records import Record
    from .stretch import Accepts, Stretch

_KIND = COMMAND_NUMBER
_RECEIVE, _ADJUST, _ALLOCATE = _KIND["receive"], _KIND["adjust"], _KIND["allocate"]
_SHIP, _DEPART = _KIND["ship"], _KIND["depart"]
_SHORTING = (_KIND["short_pick"], _KIND["short_task"])
_FREEING = (_KIND["cancel"], _KIND["deallocate"])
_TOLD = (_RECEIVE, _ADJUST, _SHIP, _DEPART, _ALLOCATE, *_FREEING)

_PROMISE_STEPS: dict[int, tuple[int, ...]] = {
    PROMISE_LIVE: (PROMISE_RELEASED, PROMISE_EXPIRED, PROMISE_CONSUMED, PROMISE_BROKEN),
    PROMISE_PEGGED: (PROMISE_LIVE, PROMISE_RELEASED, PROMISE_EXPIRED, PROMISE_BROKEN),
}
_ORDER_STEPS: dict[int, tuple[int, ...]] = {
    ORDER_OPEN: (ORDER_RELEASED, ORDER_CANCELLED),
    ORDER_RELEASED: (ORDER_OPEN, ORDER_PACKED, ORDER_CANCELLED),
    ORDER_PACKED: (ORDER_OPEN, ORDER_SHIPPED),
}


class OtherRingError(Exception):
    """A ring has another number of rows than was assumed; `rings` is the better guess."""

    def __init__(self, table: str, rows: int) -> None:
        super().__init__(table, rows)
        self.table = table
        self.rows = rows


def may_follow(steps: dict[int, tuple[int, ...]]) -> np.ndarray:
    """Give a table (before, after) of allowed states; staying is allowed for all.

    Parameters
    ----------
    steps : dict of int to tuple of int
        States that may follow each state.

    Returns
    -------
    ndarray of bool, shape (256, 256)
        Indexed by the state before and the state after.
    """
    allowed = np.eye(256, dtype=bool)
    for state, following in steps.items():
        allowed[state, list(following)] = True
    return allowed


_PROMISE_ALLOWED, _ORDER_ALLOWED = may_follow(_PROMISE_STEPS), may_follow(_ORDER_STEPS)


class Answers:
    """What outcomes of a stretch say was received, adjusted, shipped or allocated."""

    def __init__(self) -> None:
        self._told: list[tuple[int, int, int]] = []

    def add(self, step: int, record: Record) -> None:
        """Add a record's totals when its kind tells any."""
        kind = record.kind
        if kind not in _TOLD:
            return
        outcome = record.values(2, 0)
        if kind in (_RECEIVE, _ADJUST):
            names = [field.name for field in COMMANDS[kind].fields]
            wanted = names.index("units" if kind == _RECEIVE else "delta_units")
            units = record.values(0, wanted)[outcome == OUTCOME_DONE]
        else:
            # The goods issue of a load tells the orders first.
            units = record.values(2, 2 if kind == _DEPART else 1)
        total = int(units.sum(dtype=np.int64))
        self._told.append((step, kind, -total if kind in _FREEING else total))

    def check(self, books: Books, stretch: Stretch) -> None:
        """Compare them with what the tables say."""
        count = len(stretch.places)
        kinds = np.array(stretch.kinds, np.int64)
        told = np.zeros((len(COMMANDS), count), np.int64)
        for step, kind, total in self._told:
            told[kind, step] += total
        items, lines = books.writes.get(ITEM), books.writes.get(LINE)
        steps = np.arange(count)
        for answered, column in (
            (told[_RECEIVE], "received_units"),
            (told[_ADJUST], "adjusted_units"),
            (told[_SHIP] + told[_DEPART], "shipped_units"),
        ):
            actual = _change_by_step(items, column, count)
            wrong = actual != answered
            if column == "adjusted_units":
                wrong = np.where(np.isin(kinds, _SHORTING), actual > 0, wrong)
            text = f"{column} by answers and by items"
            books.report("outcomes", steps, wrong, text, "the same", None, answered, actual)
        actual = _change_by_step(lines, "allocated_units", count)
        for kind in (_ALLOCATE, *_FREEING):
            wrong = (kinds == kind) & (actual != told[kind])
            text = f"units of {COMMANDS[kind].name} by answers and by lines"
            books.report("outcomes", steps, wrong, text, "the same", None, told[kind], actual)


def _change_by_step(writes: Writes | None, column: str, count: int) -> np.ndarray:
    total = np.zeros(count, np.int64)
    if writes is not None:
        change = writes.after[column].astype(np.int64) - writes.before[column]
        np.add.at(total, writes.steps, change)
    return total


def check_lives(books: Books, accepts: Accepts | None) -> None:
    """Check counters, orders and promises of the entered stretch.

    Raises
    ------
    OtherRingError
        A number lies in a row that only another size of its ring explains.
    """
    counters = books.writes.get(COUNTER)
    if counters is not None:
        rows = counters.rows
        grows = (rows == Counter.CATALOGUE_EPOCH) | (rows >= Counter.COUNT_BASE)
        grows |= (rows >= Counter.ORDER_TAIL) & (rows <= Counter.PROMISE_TAIL)
        grows |= (rows >= Counter.BATCH_TAIL) & (rows <= Counter.TASK_TAIL)
        wrong = grows & (counters.after["value"] < counters.before["value"])
        values = counters.before["value"], counters.after["value"]
        texts = ("a counter that fell", "a value that never falls")
        books.report("catalogue", counters.steps, wrong, *texts, rows, *values)
    _check_orders(books, books.writes.get(ORDER), accepts)
    _check_promises(books, books.writes.get(PROMISE), accepts)


def _check_orders(books: Books, orders: Writes | None, accepts: Accepts | None) -> None:
    if orders is None:
        return
    rings, before, after = books.rings, orders.before, orders.after
    check_ring(books, "orders", "order", rings.order, orders)
    same = ~orders.is_new
    moved = same & (before["number"] == after["number"])
    moved &= before["line_first"] != after["line_first"]
    if moved.any() and not books.are_rings_sure:
        at = int(np.flatnonzero(moved)[0])
        raise OtherRingError(
            "line", _ring_rows(int(before["line_first"][at]), int(after["line_first"][at]))
        )
    texts = ("an order whose lines moved", "the lines that were stored with it")
    books.report("orders", orders.steps, moved, *texts, orders.rows)
    numbers = after["number"]
    wrong = same & (before["number"] != numbers)
    texts = ("an order that nobody accepted", "the row's own order")
    books.report("orders", orders.steps, wrong, *texts, orders.rows, numbers)
    wrong = same & ~_ORDER_ALLOWED[before["state"], after["state"]]
    texts = ("a state that does not follow", "a step of the life cycle")
    states = before["state"], after["state"]
    books.report("orders", orders.steps, wrong, *texts, orders.rows, *states)
    closed = (before["state"] == ORDER_SHIPPED) | (before["state"] == ORDER_CANCELLED)
    wrong = orders.is_new & (before["state"] != 0) & ~closed
    texts = ("an open order overwritten", "a closed one")
    books.report("orders", orders.steps, wrong, *texts, orders.rows, before["number"])
    if accepts is not None:
        stored = accepts.number[accepts.kept]
        wrong = stored != books.count(ORDER) + np.arange(stored.size)
        texts = ("an order number out of turn", "each number once, ascending")
        books.report("orders", accepts.steps[accepts.kept], wrong, *texts, stored)


def _check_promises(books: Books, promises: Writes | None, accepts: Accepts | None) -> None:
    _check_consumed(books, promises, accepts)
    if promises is None:
        return
    check_ring(books, "promises", "promise", books.rings.promise, promises)
    before, after = promises.before, promises.after
    is_made = (before["number"] != after["number"]) | (before["state"] == 0)
    legal = _PROMISE_ALLOWED[before["state"], after["state"]]
    for name in ("pool", "channel", "units", "due_us", "expires_us"):
        legal &= before[name] == after[name]
    texts = ("a promise that changed against its life cycle", "each unit given back once")
    states = before["state"], after["state"]
    books.report("promises", promises.steps, ~is_made & ~legal, *texts, promises.rows, *states)
    times = books.times_us[promises.steps]
    early = (after["state"] == PROMISE_EXPIRED) & (before["state"] != PROMISE_EXPIRED)
    early &= after["expires_us"] > times
    texts = ("a promise expired before its time", "an expiry time that has come")
    books.report("promises", promises.steps, early, *texts, promises.rows, times)
    is_open = (before["state"] == PROMISE_LIVE) | (before["state"] == PROMISE_PEGGED)
    fresh = (after["state"] == PROMISE_LIVE) | (after["state"] == PROMISE_PEGGED)
    texts = ("a new promise over an open one, or born closed", "a closed one's row")
    wrong = is_made & (is_open | ~fresh)
    books.report("promises", promises.steps, wrong, *texts, promises.rows, *states)
    made = np.flatnonzero(is_made)
    made = made[np.argsort(after["number"][made], kind="stable")]
    wrong = after["number"][made] != books.count(PROMISE) + np.arange(made.size)
    texts = ("a promise number out of turn", "each number once, ascending")
    books.report("promises", promises.steps[made], wrong, *texts, after["number"][made])


def _check_consumed(books: Books, promises: Writes | None, accepts: Accepts | None) -> None:
    """Promises consumed are those that stored orders named, each once."""
    named = np.empty(0, np.int64)
    if accepts is not None:
        numbers, steps = accepts.promises
        named = np.sort((numbers << STEP_BITS) | steps)
    consumed = np.empty(0, np.int64)
    if promises is not None:
        chosen = (promises.after["state"] == PROMISE_CONSUMED) & (
            promises.before["state"] != PROMISE_CONSUMED
        )
        numbers = promises.after["number"][chosen]
        consumed = np.sort((numbers << STEP_BITS) | promises.steps[chosen])
    twice = named[1:][named[1:] == named[:-1]] if named.size else named
    for keys, found, expected in (
        (np.setdiff1d(named, consumed), "a named promise that was not consumed", "its units freed"),
        (np.setdiff1d(consumed, named), "a promise consumed by no order", "an order that names it"),
        (twice, "a promise consumed twice", "once"),
    ):
        steps = keys & ((1 << STEP_BITS) - 1)
        wrong = np.ones(keys.size, bool)
        books.report("promises", steps, wrong, found, expected, keys >> STEP_BITS)


def check_ring(books: Books, check: str, table: str, ring_rows: int, writes: Writes) -> None:
    """Report written numbers of a ring that lie in another row than their own.

    Parameters
    ----------
    books : Books
        Gets the faults.
    check, table : str
        What the faults are of, and the ring.
    ring_rows : int
        Rows of the ring, a power of two.
    writes : Writes
        What was written to it.

    Raises
    ------
    OtherRingError
        Another size of the ring would explain it, and the size is a guess.
    """
    numbers = writes.after["number"]
    wrong = (numbers & (ring_rows - 1)) != writes.rows
    if wrong.any() and not books.are_rings_sure:
        at = int(np.flatnonzero(wrong)[0])
        raise OtherRingError(table, _ring_rows(int(numbers[at]), int(writes.rows[at])))
    texts = ("a number in another row than its own", "number modulo rows of the ring")
    books.report(check, writes.steps, wrong, *texts, writes.rows, numbers)


def _ring_rows(number: int, row: int) -> int:
    """Give the largest power of two that may explain why `number` lies in `row`, 0 for none."""
    distance = number - row
    rows = distance & -distance
    return rows if distance > 0 and rows > row else 0
