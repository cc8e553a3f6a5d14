"""Work: life cycles of batches, tasks, waves and loads, and what must hold of them at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...engine.schema import TABLE_NUMBER
from ...kernels.columns import (
    ALLOCATION_BOUND,
    BATCH_CANCELLED,
    BATCH_CLAIMED,
    BATCH_DONE,
    BATCH_OPEN,
    BATCH_PAUSED,
    BATCH_RELEASED,
    LOAD_AT_DOOR,
    LOAD_DEPARTED,
    LOAD_EXPECTED,
    NONE,
    TASK_DONE,
    TASK_DROPPED,
    TASK_MOVE,
    TASK_OPEN,
    TASK_PICK,
    TASK_SHORT,
    UNIT_LOADED,
    WAVE_DONE,
    WAVE_PLANNED,
    WAVE_RELEASED,
)
from .books import ALLOCATION, LINE, ORDER, STOCK, Books
from .lives import check_ring, may_follow

if TYPE_CHECKING:
    from collections.abc import Iterator

WAVE, BATCH, TASK = TABLE_NUMBER["wave"], TABLE_NUMBER["batch"], TABLE_NUMBER["task"]
CART_TOTE, LOAD = TABLE_NUMBER["cart_tote"], TABLE_NUMBER["load"]
LOAD_UNIT, HANDLING_UNIT = TABLE_NUMBER["load_unit"], TABLE_NUMBER["handling_unit"]

_LET_GO = (BATCH_RELEASED, BATCH_DONE, BATCH_CANCELLED)
_ALLOWED = {
    BATCH: may_follow(
        {
            BATCH_OPEN: (BATCH_RELEASED, BATCH_CANCELLED),
            BATCH_RELEASED: (BATCH_CLAIMED, BATCH_DONE, BATCH_CANCELLED),
            BATCH_CLAIMED: (BATCH_PAUSED, *_LET_GO),
            BATCH_PAUSED: (BATCH_CLAIMED, *_LET_GO),
        }
    ),
    TASK: may_follow({TASK_OPEN: (TASK_DONE, TASK_SHORT, TASK_DROPPED)}),
    WAVE: may_follow(
        {
            WAVE_PLANNED: (WAVE_RELEASED, WAVE_DONE),
            WAVE_RELEASED: (WAVE_DONE,),
            WAVE_DONE: (WAVE_RELEASED,),
        }
    ),
    LOAD: may_follow({LOAD_EXPECTED: (LOAD_AT_DOOR,), LOAD_AT_DOOR: (LOAD_DEPARTED,)}),
}
_RINGS = {BATCH: "batch", TASK: "task"}

Finding = tuple[str, str]
"""What was found, and what was expected."""


def check_work_lives(books: Books) -> None:
    """Check the states of what the entered stretch wrote.

    Raises
    ------
    OtherRingError
        A number lies in a row that only another size of its ring explains.
    """
    for table, allowed in _ALLOWED.items():
        writes = books.writes.get(table)
        if writes is None:
            continue
        before, after = writes.before, writes.after
        known = before["state"] != 0
        if table in _RINGS:
            name = _RINGS[table]
            check_ring(books, "work", name, getattr(books.rings, name), writes)
            known &= before["number"] == after["number"]
        wrong = known & ~allowed[before["state"], after["state"]]
        texts = (f"a state of a {books.tables[table].name} that does not follow", "a step of its")
        states = before["state"], after["state"]
        books.report("work", writes.steps, wrong, *texts, writes.rows, *states)
    batches = books.writes.get(BATCH)
    if batches is not None:
        before, after = batches.before, batches.after
        wrong = (before["number"] != after["number"]) & is_at_work(before["state"])
        texts = ("a batch overwritten that has not ended", "one that has")
        books.report("work", batches.steps, wrong, *texts, batches.rows, before["number"])


def is_at_work(state: np.ndarray) -> np.ndarray:
    """Tell for batch states whether the batch was made and has not ended."""
    result: np.ndarray = (state >= BATCH_OPEN) & (state < BATCH_DONE)
    return result


def work_findings(books: Books) -> Iterator[Finding]:
    """Yield what is wrong with waves, batches, tasks, totes and loads as they are at the end."""
    yield from _tasks(books)
    yield from _batches(books)
    yield from _totes(books)
    yield from _loads(books)


def _rows(books: Books, table: int) -> np.ndarray:
    return books.tables[table].data[: books.count(table)]


def _at(data: np.ndarray, rows: np.ndarray, column: str) -> np.ndarray:
    """Give a column at rows as int64, -1 where there is no such row."""
    inside = (rows >= 0) & (rows < data.size)
    values = np.full(rows.shape, NONE, dtype=np.int64)
    values[inside] = data[column][rows[inside]]
    return values


def _shared(values: np.ndarray) -> list[int]:
    """Give the values that are there more than once; -1 does not count."""
    found, counts = np.unique(values[values != NONE], return_counts=True)
    shared: list[int] = found[counts > 1].tolist()
    return shared


def _tasks(books: Books) -> Iterator[Finding]:
    tasks = books.tables[TASK].data
    live = tasks[tasks["state"] == TASK_OPEN]
    at_work = _numbers_at_work(books)
    for number in live["number"][~np.isin(live["batch"], at_work)].tolist():
        yield f"task {number} live of no batch at work", "a batch that has not ended"
    picks = live[live["kind"] == TASK_PICK]
    for row in _shared(picks["allocation"]):
        yield f"allocation row {row} with several live tasks", "one at most"
    allocations, lines = books.tables[ALLOCATION].data, books.tables[LINE].data
    rows = picks["allocation"]
    order_rows = _at(lines, _at(allocations, rows, "line"), "order")
    for found, expected, wrong in (
        ("bound", "an allocation that is", _at(allocations, rows, "state") != ALLOCATION_BOUND),
        (
            "for units of its allocation",
            "as many",
            _at(allocations, rows, "units") != picks["units"],
        ),
        (
            "in the stock row of its allocation",
            "the same row",
            _at(allocations, rows, "stock") != picks["stock"],
        ),
        (
            "for the order of its allocation",
            "the same order",
            _at(books.tables[ORDER].data, order_rows, "number") != picks["order"],
        ),
    ):
        for number in picks["number"][wrong].tolist():
            yield f"task {number} live and not {found}", expected
    moves = live[live["kind"] == TASK_MOVE]
    nothing = _at(books.tables[STOCK].data, moves["stock"], "on_hand_units") <= 0
    for number in moves["number"][nothing].tolist():
        yield f"task {number} that moves a free stock row", "a row with goods"


def _numbers_at_work(books: Books) -> np.ndarray:
    batches = books.tables[BATCH].data
    numbers: np.ndarray = batches["number"][is_at_work(batches["state"])]
    return numbers


def _batches(books: Books) -> Iterator[Finding]:
    batches = books.tables[BATCH].data
    for worker in _shared(batches["worker"][batches["state"] == BATCH_CLAIMED]):
        yield f"worker {worker} with several claimed batches", "one at most"
    at_work = batches[is_at_work(batches["state"])]
    for cart in _shared(at_work["cart"]):
        yield f"cart {cart} with several batches", "one at most"
    ended = batches[batches["state"] >= BATCH_DONE]
    for number in ended["number"][(ended["cart"] != NONE) | (ended["worker"] != NONE)].tolist():
        yield f"batch {number} ended with cart or worker", "both let go"
    held = (at_work["state"] == BATCH_CLAIMED) | (at_work["state"] == BATCH_PAUSED)
    for number in at_work["number"][held != (at_work["worker"] != NONE)].tolist():
        yield f"batch {number} whose state does not suit its holder", "one while in hand"
    # A batch that was opened for a wave that is done is a beginning, not a rest.
    begun = at_work[at_work["state"] != BATCH_OPEN]
    done = _at(_rows(books, WAVE), begun["wave"], "state") == WAVE_DONE
    for number in begun["number"][done].tolist():
        yield f"batch {number} at work in a wave that is done", "a wave that is not"


def _totes(books: Books) -> Iterator[Finding]:
    totes = _rows(books, CART_TOTE)
    for unit in _shared(totes["handling_unit"]):
        yield f"handling unit {unit} with several rows of totes", "one"
    used = totes[totes["batch"] != NONE]
    lost = ~np.isin(used["batch"], _numbers_at_work(books))
    for unit in used["handling_unit"][lost].tolist():
        yield f"handling unit {unit} with a batch that has ended", "a tote let go"
    current = used[used["current"] != 0]
    slots = np.unique(current[["batch", "slot"]], return_counts=True)
    for number, slot in slots[0][slots[1] > 1].tolist():
        yield f"batch {number} with several totes at slot {slot}", "one at most"


def _loads(books: Books) -> Iterator[Finding]:
    loads, entries = _rows(books, LOAD), _rows(books, LOAD_UNIT)
    for door in _shared(loads["door"][loads["state"] == LOAD_AT_DOOR]):
        yield f"location {door} with several loads at the door", "one at most"
    for unit in _shared(entries["handling_unit"]):
        yield f"handling unit {unit} with several rows of loads", "one"
    units = _rows(books, HANDLING_UNIT)
    loaded = np.flatnonzero(units["state"] == UNIT_LOADED)
    load_of = np.full(units.size, NONE, np.int64)
    inside = (entries["handling_unit"] >= 0) & (entries["handling_unit"] < units.size)
    load_of[entries["handling_unit"][inside]] = entries["load"][inside]
    lost = _at(loads, load_of[loaded], "state") != LOAD_AT_DOOR
    for unit in loaded[lost].tolist():
        yield f"handling unit {unit} loaded on no load at a door", "a load that is there"
