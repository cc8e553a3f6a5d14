"""Memory made ready for rows that come next: nothing changes but which pages are resident."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from slotline.engine import ahead, arena
from slotline.engine.ahead import GROWTH_ROWS_MIN, LOOKS_AHEAD, RowsAhead, make_orders_ready
from slotline.engine.arena import PAGE_BYTES, allocate, populate
from slotline.engine.limits import Capacity
from slotline.engine.schema import TABLE_NUMBER, Counter
from slotline.engine.state import State

ORDERS = int(Counter.COUNT_BASE) + TABLE_NUMBER["order"]
LINES = int(Counter.COUNT_BASE) + TABLE_NUMBER["line"]


def resident_pages(column: np.ndarray) -> int:
    """Give the pages of a column from `allocate` that have memory, as the system tells."""
    first = column.ctypes.data // PAGE_BYTES
    with open("/proc/self/pagemap", "rb", buffering=0) as file:
        file.seek(8 * first)
        entries = np.frombuffer(file.read(8 * -(-column.nbytes // PAGE_BYTES)), "<u8")
    return int(np.count_nonzero(entries >> np.uint64(63)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this call")
def test_rows_get_memory_and_keep_their_contents() -> None:
    """Only the pages asked for, and a value in one of them stays."""
    column = allocate(64 * PAGE_BYTES, np.uint8)
    column[10 * PAGE_BYTES] = 7
    populate(column, 8 * PAGE_BYTES, 16 * PAGE_BYTES)
    assert resident_pages(column) == 8
    assert int(column.sum()) == int(column[10 * PAGE_BYTES]) == 7


def test_a_system_without_the_call_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write pays for the page then."""
    monkeypatch.setattr(arena, "_madvise", None)
    column = allocate(PAGE_BYTES, np.uint8)
    populate(column, 0, PAGE_BYTES)
    assert not column.any()


def test_rows_are_made_ready_in_step_with_their_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never twice, never beyond the table, and not for a table that hardly grows."""
    state = State(Capacity())
    capacity = state.line.capacity
    asked: list[tuple[int, int]] = []
    columns = {id(column) for column in state.line.all_columns}

    def note(column: np.ndarray, first: int, last: int) -> None:
        assert id(column) in columns
        asked.append((first, last))

    monkeypatch.setattr(ahead, "populate", note)
    rows = RowsAhead(state)

    def ranges_at(count: int) -> list[tuple[int, int]]:
        asked.clear()
        state.counters[LINES] = count
        rows.make_ready()
        assert len(asked) in (0, len(columns))
        return sorted(set(asked))

    assert ranges_at(GROWTH_ROWS_MIN - 1) == []
    first, more = 5 * GROWTH_ROWS_MIN, 2 * GROWTH_ROWS_MIN
    growth = first - (GROWTH_ROWS_MIN - 1)
    ready = first + LOOKS_AHEAD * growth
    assert ranges_at(first) == [(first, ready)]
    assert ranges_at(first) == []
    assert ranges_at(first + growth) == [(ready, ready + growth)]
    assert ranges_at(first + growth + more) == []
    assert ranges_at(capacity - 1) == [(capacity - 1, capacity)]
    assert ranges_at(2 * capacity) == []


@pytest.mark.parametrize("has_text", [False, True])
def test_orders_are_made_ready_and_codes_only_where_there_are_any(
    monkeypatch: pytest.MonkeyPatch, has_text: bool
) -> None:
    """One row of orders, three of lines and of allocations, each from the next row on."""
    state = State(Capacity())
    used, orders = 5 * GROWTH_ROWS_MIN, 100
    state.counters[ORDERS] = used
    if has_text:
        state.order.code[used - 1] = b"A"
    asked: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(ahead, "populate", lambda column, *rows: asked.update({id(column): rows}))
    make_orders_ready(state, orders)
    expected = {
        id(column): (first, first + rows)
        for table, first, rows in (
            (state.order, used, orders),
            (state.line, 0, 3 * orders),
            (state.allocation, 0, 3 * orders),
        )
        for column in table.all_columns
        if has_text or column is not state.order.code
    }
    assert asked == expected
    make_orders_ready(state, 2**40)
    assert max(last for _, last in asked.values()) == state.allocation.capacity
