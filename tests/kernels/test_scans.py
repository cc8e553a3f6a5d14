"""Scans over whole tables against the obvious loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import ALLOCATION_FREE, ALLOCATION_POOLED, NONE
from slotline.kernels.scans import (
    find_stock_of,
    first_open,
    pooled_allocations,
    rows_in_state,
)

SMALL_INTS = st.integers(0, 3)


@given(
    allocations=st.lists(st.tuples(st.integers(0, 4), SMALL_INTS), max_size=20),
    pools=st.lists(SMALL_INTS, min_size=4, max_size=4),
    pool=SMALL_INTS,
    room=st.integers(0, 20),
)
@settings(max_examples=60)
def test_pooled_allocations_of_a_pool_are_found_in_order(
    allocations: list[tuple[int, int]], pools: list[int], pool: int, room: int
) -> None:
    """All are counted, those for which there is room are given."""
    states = np.array([state for state, _ in allocations], dtype=np.uint8)
    lines = np.array(
        [NONE if state == ALLOCATION_FREE else line for state, line in allocations],
        dtype=np.int32,
    )
    expected = [
        row
        for row, (state, line) in enumerate(allocations)
        if state == ALLOCATION_POOLED and pools[line] == pool
    ]
    out = np.full(room, NONE, dtype=np.int32)
    count = pooled_allocations(states, lines, np.array(pools, dtype=np.int32), pool, out)
    assert count == len(expected)
    assert out[: min(room, count)].tolist() == expected[:room]
    assert (out[count:] == NONE).all()


@given(
    rows=st.lists(st.tuples(SMALL_INTS, SMALL_INTS), max_size=20),
    pool=SMALL_INTS,
    state=SMALL_INTS,
    room=st.integers(0, 20),
)
@settings(max_examples=60)
def test_rows_of_a_pool_in_a_state_are_found_in_order(
    rows: list[tuple[int, int]], pool: int, state: int, room: int
) -> None:
    """All are counted, those for which there is room are given."""
    states = np.array([one for one, _ in rows], dtype=np.uint8)
    pools = np.array([other for _, other in rows], dtype=np.int32)
    expected = [row for row, pair in enumerate(rows) if pair == (state, pool)]
    out = np.full(room, NONE, dtype=np.int32)
    count = rows_in_state(states, pools, pool, state, out)
    assert count == len(expected)
    assert out[: min(room, count)].tolist() == expected[:room]


@given(rows=st.lists(st.tuples(SMALL_INTS, st.integers(0, 2)), max_size=20), wanted=SMALL_INTS)
@settings(max_examples=60)
def test_the_first_row_that_holds_something_is_found(
    rows: list[tuple[int, int]], wanted: int
) -> None:
    """Free rows keep their item and do not count."""
    refs = np.array([ref for ref, _ in rows], dtype=np.int32)
    on_hand = np.array([units for _, units in rows], dtype=np.int32)
    expected = [row for row, (ref, units) in enumerate(rows) if ref == wanted and units > 0]
    assert find_stock_of(refs, on_hand, wanted) == (expected[0] if expected else NONE)


@given(
    states=st.lists(st.integers(0, 5), min_size=8, max_size=8),
    first=st.integers(0, 40),
    length=st.integers(0, 8),
    low=st.integers(1, 3),
    width=st.integers(0, 2),
)
@settings(max_examples=100)
def test_the_first_open_number_of_a_ring_is_found(
    states: list[int], first: int, length: int, low: int, width: int
) -> None:
    """Numbers go round the ring; the end is given when all are closed."""
    end = first + length
    open_numbers = [n for n in range(first, end) if low <= states[n % 8] <= low + width]
    found = first_open(np.array(states, dtype=np.uint8), first, end, low, low + width)
    assert found == (open_numbers[0] if open_numbers else end)
