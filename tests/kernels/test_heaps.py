"""Free rows and due times against sorted lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.due_heap import compact, make_due_heap, pop_due, push_all_due, push_due
from slotline.kernels.free_rows import pop_row, push_row, push_rows, take_row, take_rows

ENTRIES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**40)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["take", "one", "many", "free"]), st.integers(0, 7))))
def test_lowest_free_row_is_given_first(steps: list[tuple[str, int]]) -> None:
    """Rows are taken and freed; the oracle keeps a sorted list of free ones."""
    heap, count = np.zeros(400, dtype=np.int32), np.zeros(1, dtype=np.int64)
    out = np.zeros(8, dtype=np.int32)
    free: list[int] = []
    used: list[int] = []
    high_water = expected_high_water = 0
    for kind, number in steps:
        if kind == "free" and used:
            rows = [used.pop(number % len(used))]
            push_row(heap, count, rows[0])
            free = sorted(free + rows)
            continue
        wanted = 1 if kind == "one" else number
        expected = free[:wanted]
        free = free[wanted:]
        fresh = wanted - len(expected)
        expected += range(expected_high_water, expected_high_water + fresh)
        expected_high_water += fresh
        if kind == "one":
            row, high_water = take_row(heap, count, high_water)
            got = [row]
        else:
            high_water = take_rows(heap, count, high_water, wanted, out)
            got = out[:wanted].tolist()
        assert expected == got
        assert expected_high_water == high_water
        assert len(free) == count[0]
        used += got


def test_empty_heap_has_no_row() -> None:
    """Nothing freed, nothing given; pushed rows come out sorted."""
    heap, count = np.zeros(9, dtype=np.int32), np.zeros(1, dtype=np.int64)
    assert pop_row(heap, count) == -1
    push_rows(heap, count, np.array([5, 1, 7, 3], dtype=np.int32))
    assert [pop_row(heap, count) for _ in range(5)] == [1, 3, 5, 7, -1]


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, until_us=st.integers(-1, 10), keep=st.integers(0, 2**30))
def test_due_entries_come_by_time_then_number(
    entries: list[tuple[int, int]], until_us: int, keep: int
) -> None:
    """Due entries are those at or before the bound; stale ones are dropped by compact."""
    heap = make_due_heap(np.zeros, 30)
    for time_us, number in entries:
        assert push_due(heap, time_us, number)
    got = []
    while (entry := pop_due(heap, until_us))[1] >= 0:
        got.append(entry)
    expected = sorted(entries)
    due = [entry for entry in expected if entry[0] <= until_us]
    assert due == got
    count = int(heap.count[0])
    flags = np.array([keep >> k & 1 for k in range(count)], dtype=np.uint8)
    left = list(zip(heap.time_us[:count].tolist(), heap.number[:count].tolist(), strict=True))
    kept = sorted(entry for entry, flag in zip(left, flags, strict=True) if flag)
    assert compact(heap, flags) == len(kept)
    assert [pop_due(heap, 10) for _ in kept] == kept
    assert pop_due(heap, 10)[1] == -1


def test_many_entries_are_pushed_as_one_by_one_or_not_at_all() -> None:
    """Same heap as single pushes; when one would not fit, none is added."""
    heap, single = (make_due_heap(np.zeros, 6) for _ in range(2))
    times, numbers = np.array([5, 3, 4, 3], np.int32), np.array([1, 2, 3, 0], np.int32)
    assert push_all_due(heap, times, numbers)
    for time_us, number in zip(times.tolist(), numbers.tolist(), strict=True):
        assert push_due(single, time_us, number)
    for column, expected in zip(heap, single, strict=True):
        np.testing.assert_array_equal(column, expected)
    assert not push_all_due(heap, times, numbers)
    assert heap.count[0] == 4


def test_full_heap_refuses_until_compacted() -> None:
    """A full heap changes nothing and says so."""
    heap = make_due_heap(np.zeros, 2)
    assert push_due(heap, 5, 1)
    assert push_due(heap, 4, 2)
    assert not push_due(heap, 3, 3)
    assert compact(heap, np.array([0, 1], dtype=np.uint8)) == 1
    assert push_due(heap, 3, 3)
    assert [pop_due(heap, 9)[1] for _ in range(3)] == [3, 1, -1]
