"""Storing decided orders, against the same written row by row with dicts."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    OUTCOME_DONE,
    OUTCOME_DUPLICATE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    POLICY_ALL_OR_NOTHING,
    POLICY_PARTIAL,
)
from slotline.kernels.store_orders import (
    AllocationRows,
    LineRing,
    OrderColumns,
    OrderRing,
    store_orders,
)

ORDERS, LINES, ALLOCATIONS = 8, 128, 256
OUTCOMES = (OUTCOME_DONE, OUTCOME_PARTIAL, OUTCOME_SHORT, OUTCOME_DUPLICATE)
FIELDS = ("reference", "channel", "owner", "priority", "policy", "min_life_days", "departure_us")


def _rings() -> tuple[OrderRing, LineRing, AllocationRows]:
    """Give tables filled with 77, so that what is not written shows."""
    orders = OrderRing(
        *(np.full(ORDERS, 77, kind) for kind in "qqiiBBBhqii"),
    )
    lines = LineRing(*(np.full(LINES, 77, np.int32) for _ in LineRing._fields))
    allocations = AllocationRows(*(np.full(ALLOCATIONS, 77, kind) for kind in "iiiBii"))
    return orders, lines, allocations


def _slowly(
    batch: OrderColumns, decided: dict[str, Any], rings: tuple[OrderRing, LineRing, AllocationRows]
) -> list[int]:
    """Store one row after another; give each order's number."""
    orders, lines, allocations = rings
    number, line, at = decided["first_order"], decided["first_line"], 0
    batch_line, numbers = 0, []

    def value(column: Any, k: int) -> int:
        return int(column[k if column.size > 1 else 0])

    for k, outcome in enumerate(decided["outcome"]):
        count, first = value(batch.line_count, k), batch_line
        batch_line += count
        refused = value(batch.policy, k) == POLICY_ALL_OR_NOTHING
        if outcome == OUTCOME_DUPLICATE or (outcome == OUTCOME_SHORT and refused):
            numbers.append(NONE)
            continue
        row = number % ORDERS
        for name in FIELDS:
            getattr(orders, name)[row] = value(getattr(batch, name), k)
        orders.number[row], orders.state[row] = number, ORDER_OPEN
        orders.line_first[row], orders.line_count[row] = line % LINES, count
        for j in range(first, first + count):
            place = line % LINES
            left = int(decided["allocated"][j])
            lines.order[place], lines.item[place] = row, value(batch.line_item, j)
            lines.ordered_units[place], lines.allocated_units[place] = (
                value(batch.line_units, j), left,
            )  # fmt: skip
            lines.shipped_units[place] = lines.cancelled_units[place] = 0
            lines.pool[place], lines.event[place] = decided["pool"][j], NONE
            lines.allocation_first[place], before = NONE, NONE
            while left > 0:
                entry = decided["rows"][at]
                if before == NONE:
                    lines.allocation_first[place] = entry
                else:
                    allocations.next[before] = entry
                stock, units = decided["stock"][at], decided["units"][at]
                allocations.line[entry], allocations.stock[entry] = place, stock
                allocations.units[entry], allocations.wave[entry] = units, NONE
                allocations.state[entry] = ALLOCATION_POOLED if stock < 0 else ALLOCATION_BOUND
                allocations.next[entry], before = NONE, entry
                left -= units
                at += 1
            line += 1
        numbers.append(number)
        number += 1
    return numbers


@st.composite
def decided_batches(draw: st.DrawFn) -> tuple[OrderColumns, dict[str, Any]]:
    """Draw up to six orders, most of up to three lines, decided in any way that can be."""
    n = draw(st.integers(1, 6))
    is_one = draw(st.booleans())
    most_lines = draw(st.sampled_from((3, 3, 12)))
    counts = [draw(st.integers(1, most_lines))] * n if is_one else draw(_list(n, 1, most_lines))
    total, width = sum(counts), 1 if is_one else n
    kinds = dict(zip(FIELDS, "qiiBBhq", strict=True))
    columns = {name: np.array(draw(_list(width, 0, 9)), kinds[name]) for name in FIELDS}
    policy = draw(st.lists(st.sampled_from((0, POLICY_PARTIAL)), min_size=width, max_size=width))
    columns["policy"] = np.array(policy, np.uint8)
    batch = OrderColumns(
        **columns,
        line_count=np.array(counts[:1] if is_one else counts, np.int32),
        line_item=np.array(draw(_list(total, 0, 9)), np.int32),
        line_units=np.array(draw(_list(total, 1, 9)), np.int32),
    )
    outcome = draw(st.lists(st.sampled_from(OUTCOMES), min_size=n, max_size=n))
    pieces: list[list[int]] = []
    for k, count in enumerate(counts):
        most = 3 if outcome[k] in (OUTCOME_DONE, OUTCOME_PARTIAL) else 0
        pieces += [draw(st.lists(st.integers(1, 5), max_size=most)) for _ in range(count)]
    made = [units for piece in pieces for units in piece]
    shuffled = np.random.default_rng(draw(st.integers(0, 2**16))).permutation(ALLOCATIONS)
    rows = shuffled[: len(made)].tolist()
    how = draw(st.sampled_from(("any", "ascending", "behind one another")))
    if how == "ascending":
        rows.sort()
    elif how == "behind one another":
        first = draw(st.integers(0, ALLOCATIONS - len(made)))
        rows = list(range(first, first + len(made)))
    return batch, {
        "outcome": outcome,
        "allocated": [sum(piece) for piece in pieces],
        "pool": draw(_list(total, -1, 5)),
        "rows": rows,
        "stock": draw(_list(len(made), -1, 5)),
        "units": made,
        "first_order": draw(st.integers(0, 2**33)),
        # The lines of one call never wrap.
        "first_line": LINES * draw(st.integers(0, 2**33)) + draw(st.integers(0, LINES - total)),
    }


def _list(size: int, low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=size, max_size=size)


@settings(max_examples=200, deadline=None)
@given(decided_batches())
def test_every_column_is_as_if_orders_were_stored_one_by_one(
    case: tuple[OrderColumns, dict[str, Any]],
) -> None:
    """Numbers, rings that come round, refused orders in between, rows in any order."""
    batch, decided = case
    expected = _rings()
    numbers = _slowly(batch, decided, expected)
    found = _rings()
    n = len(decided["outcome"])
    given_numbers = np.full(n, 5, np.int64)
    ends = store_orders(
        batch,
        np.array(decided["outcome"], np.uint8),
        np.array(decided["allocated"], np.int32),
        np.array(decided["pool"], np.int32),
        0, n, 0, decided["first_order"], decided["first_line"],
        *(np.array(decided[name], np.int32) for name in ("rows", "stock", "units")),
        *found,
        np.empty((n // 2 + 1, 4), np.int32),
        given_numbers,
    )  # fmt: skip
    assert numbers == given_numbers.tolist()
    kept = [k for k in range(n) if numbers[k] != NONE]
    counts = np.broadcast_to(batch.line_count, n)
    assert ends == (
        decided["first_order"] + len(kept),
        decided["first_line"] + int(counts[kept].sum()),
    )
    for slow, quick in zip(expected, found, strict=True):
        for name in slow._fields:
            assert getattr(slow, name).tolist() == getattr(quick, name).tolist(), name


def test_columns_that_hold_for_a_part_only_are_written_for_that_part() -> None:
    """A range in the middle, without pools: recovery stores before pools are derived."""
    rings = _rings()
    one = {name: np.array([3], kind) for name, kind in zip(FIELDS, "qiiBBhq", strict=True)}
    batch = OrderColumns(
        **one,
        line_count=np.array([1, 2, 1], np.int32),
        line_item=np.array([4], np.int32),
        line_units=np.array([1], np.int32),
    )
    numbers = np.full(3, 5, np.int64)
    none = np.empty(0, np.int32)
    store_orders(
        batch, np.zeros(3, np.uint8), np.zeros(4, np.int32), none, 1, 2, 1, 6, 9,
        none, none, none, *rings, np.empty((2, 4), np.int32), numbers,
    )  # fmt: skip
    assert numbers.tolist() == [5, 6, 5]
    assert np.flatnonzero(rings[1].item == 4).tolist() == [9, 10]
    assert np.flatnonzero(rings[0].reference == 3).tolist() == [6]
    assert (rings[1].pool == 77).all()
