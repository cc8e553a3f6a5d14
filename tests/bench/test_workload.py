"""The workload is the same for everyone, and the reference serves it by the rule."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.agreement import check_allocation, check_digest
from bench.flow import DELETE, INSERT, MOVE, mutations, receipts
from bench.lean import run_lean
from bench.peers.callers import load_workload, save_workload
from bench.reference import Allocation, allocate_python, allocate_set_based, digest
from bench.workload import Workload, alloc_1, smoke
from slotline.engine.errors import InvalidRequest, InvariantBroken

if TYPE_CHECKING:
    from pathlib import Path

MASK = 2**64 - 1


def oracle_mix(value: int) -> int:
    """SplitMix64's finaliser on Python integers."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def oracle_digest(rows: list[tuple[int, int, int, int]]) -> int:
    """Compute the digest by its definition, tuple by tuple."""
    total = 0
    for row in rows:
        mixed = 0x9E3779B97F4A7C15
        for value in row:
            mixed = oracle_mix((mixed + value) & MASK)
        total += mixed
    return total & MASK


def oracle_sequential(workload: Workload) -> list[tuple[int, int, int, int]]:
    """Serve order by order, looking at every stock row each time."""
    left = workload.units.tolist()
    by_fefo = sorted(range(len(left)), key=lambda row: (workload.expiry_day[row], row))
    taken = []
    for order in range(workload.order_count):
        before = list(left)
        rows = []
        for line in range(*workload.order_first_line[order : order + 2].tolist()):
            missing = int(workload.line_units[line])
            for row in by_fefo:
                units = min(missing, left[row])
                if workload.item_row[row] == workload.line_item[line] and units:
                    left[row] -= units
                    missing -= units
                    rows.append((order, line, row, units))
            if missing:
                left, rows = before, []
                break
        taken += rows
    return taken


def oracle_set_based(workload: Workload) -> list[tuple[int, int, int, int]]:
    """Reserve unit by unit for every line in sequence; then drop the orders with a gap."""
    units: dict[int, list[int]] = {item: [] for item in range(workload.item_count)}
    rows = range(workload.row_count)
    for row in sorted(rows, key=lambda row: (workload.expiry_day[row], row)):
        units[int(workload.item_row[row])] += [row] * int(workload.units[row])
    order = workload.line_order().tolist()
    got: dict[tuple[int, int, int], int] = {}
    short = set()
    lines = zip(workload.line_item.tolist(), workload.line_units.tolist(), strict=True)
    for line, (item, wanted) in enumerate(lines):
        mine, units[item] = units[item][:wanted], units[item][wanted:]
        if len(mine) < wanted:
            short.add(order[line])
        for row in mine:
            got[order[line], line, row] = got.get((order[line], line, row), 0) + 1
    return [(*key, count) for key, count in got.items() if key[0] not in short]


def as_rows(allocation: Allocation) -> list[tuple[int, ...]]:
    """Give the tuples of an allocation, sorted."""
    columns = (allocation.order, allocation.line, allocation.row, allocation.units)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


small_workloads = st.builds(
    lambda seed, items, rows, orders: alloc_1(
        seed, item_count=items, row_count=items + rows, order_count=orders
    ),
    st.integers(0, 1_000),
    st.integers(1, 12),
    st.integers(0, 20),
    st.integers(1, 60),
)


@given(small_workloads)
@settings(max_examples=60, deadline=None)
def test_python_reference_serves_exactly_like_the_slow_oracle(workload: Workload) -> None:
    """Every tuple is equal, and so is the digest computed by its definition."""
    expected = oracle_sequential(workload)
    allocation = allocate_python(workload)
    assert as_rows(allocation) == sorted(expected)
    assert allocation.digest() == oracle_digest(expected)


@given(small_workloads)
@settings(max_examples=60, deadline=None)
def test_set_based_reference_serves_exactly_like_its_own_oracle(workload: Workload) -> None:
    """The set-based class keeps a refused order's share from later orders."""
    assert as_rows(allocate_set_based(workload)) == sorted(oracle_set_based(workload))


@given(small_workloads)
@settings(max_examples=30, deadline=None)
def test_items_are_distinct_within_an_order_and_columns_are_in_range(workload: Workload) -> None:
    """Each order asks for an item once; units, items and days stay within their bounds."""
    order_and_item = workload.line_order().astype(np.int64) * 10**6 + workload.line_item
    assert np.unique(order_and_item).shape[0] == workload.line_count
    assert np.diff(workload.order_first_line).min() >= 1
    assert workload.line_units.min() >= 1
    assert workload.line_units.max() <= 5
    assert workload.units.min() >= 1
    assert workload.units.max() <= 50
    assert set(workload.item_row.tolist()) == set(range(workload.item_count))


def test_smoke_workload_keeps_its_digests() -> None:
    """The same seed gives the same bytes on every machine and in every version."""
    workload = smoke()
    assert workload.line_count == 9_972
    assert allocate_python(workload).digest() == 6442133181939128133
    assert allocate_set_based(workload).digest() == 4552246579498276277


def test_alloc_1_has_the_shape_that_is_promised() -> None:
    """Sizes, types, mean lines an order, and a head of demand as heavy as Zipf(1.1) has it."""
    workload = alloc_1()
    assert (workload.row_count, workload.order_count) == (500_000, 200_000)
    assert 2.45 < workload.line_count / workload.order_count < 2.55
    columns = (workload.item_row, workload.units, workload.expiry_day, workload.order_first_line,
               workload.line_item, workload.line_units)  # fmt: skip
    assert {column.dtype for column in columns} == {np.dtype(np.int32)}
    share = np.mean(workload.line_item == workload.rank_item[0])
    # Unbounded by "distinct items" the first rank would have 1 / 7.42 of all draws.
    assert 0.11 < share < 1 / 7.42
    rows_by_item = np.bincount(workload.item_row, minlength=workload.item_count)
    assert rows_by_item[workload.rank_item[0]] == rows_by_item.max()


def test_another_seed_gives_another_workload() -> None:
    """The seed reaches every column."""
    assert not np.array_equal(smoke(1).line_item[:100], smoke(2).line_item[:100])
    assert not np.array_equal(smoke(1).units[:100], smoke(2).units[:100])


def test_empty_or_understocked_workloads_are_refused() -> None:
    """Each item needs a row, and there must be something to serve."""
    with pytest.raises(InvalidRequest, match="expected at least one item"):
        alloc_1(item_count=10, row_count=9, order_count=1)
    with pytest.raises(InvalidRequest, match="found 0 items"):
        alloc_1(item_count=0, row_count=0, order_count=1)


def test_digest_does_not_depend_on_the_order_of_tuples_but_on_every_value() -> None:
    """Swapping tuples changes nothing; moving one unit, or swapping two columns, does."""
    columns = [np.array(values, dtype=np.int32) for values in ([0, 1], [0, 2], [5, 4], [3, 1])]
    known = digest(*columns)
    assert known == oracle_digest([(0, 0, 5, 3), (1, 2, 4, 1)])
    assert digest(*(column[::-1] for column in columns)) == known
    assert digest(columns[0], columns[1], columns[3], columns[2]) != known
    empty = np.empty(0, dtype=np.int32)
    assert digest(empty, empty, empty, empty) == 0


def test_receipts_keep_the_fill_rate_above_95_percent_over_many_rounds() -> None:
    """Orders sent eight times over are nearly all filled, and a few are refused."""
    workload = smoke()
    free = np.bincount(workload.item_row, weights=workload.units).astype(np.int64).tolist()
    first, items = workload.order_first_line.tolist(), workload.line_item.tolist()
    wanted = workload.line_units.tolist()
    filled, window = 0, 500
    rounds = 8 * workload.order_count // window
    for batch in islice(receipts(workload, window_orders=window, receipt_units_max=40), rounds):
        assert batch.units.shape[0] == 0 or 1 <= batch.units.min() <= batch.units.max() <= 40
        for item, units in zip(batch.item.tolist(), batch.units.tolist(), strict=True):
            free[item] += units
        for number in range(batch.before_order, batch.before_order + window):
            order = number % workload.order_count
            lines = range(first[order], first[order + 1])
            if all(free[items[line]] >= wanted[line] for line in lines):
                filled += 1
                for line in lines:
                    free[items[line]] -= wanted[line]
    assert 0.95 <= filled / (8 * workload.order_count) < 1


def test_receipts_with_a_window_longer_than_the_orders_are_refused() -> None:
    """A window may not pass over the same order twice."""
    with pytest.raises(InvalidRequest, match="expected a window of 1 to 4000"):
        next(receipts(smoke(), window_orders=4_001))


def test_mutations_name_only_living_rows_and_conserve_units() -> None:
    """Played on a plain table, each mutation finds its row with the units it says."""
    workload = smoke()
    day = mutations(workload, 30_000, location_count=50)
    table = dict(enumerate(zip(workload.item_row.tolist(), workload.units.tolist(),
                               workload.expiry_day.tolist(), strict=True)))  # fmt: skip
    total, next_row = int(workload.units.sum()), workload.row_count
    columns = (day.operation, day.row, day.split_row, day.item, day.units, day.expiry_day)
    for operation, row, split, item, units, expiry in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        if operation == INSERT:
            assert row == next_row
            table[row] = (item, units, expiry)
            total, next_row = total + units, next_row + 1
            continue
        assert (table[row][0], table[row][2]) == (item, expiry)
        if operation == DELETE:
            assert table.pop(row)[1] == units
            total -= units
        elif split >= 0:
            assert split == next_row
            assert 0 < units < table[row][1]
            table[row] = (item, table[row][1] - units, expiry)
            table[split] = (item, units, expiry)
            next_row += 1
        else:
            assert table[row][1] == units
    assert total == sum(units for _, units, _ in table.values())
    assert set(np.unique(day.operation)) == {INSERT, MOVE, DELETE}
    assert (day.location[day.operation == DELETE] == -1).all()
    assert (day.location[day.operation != DELETE] >= 0).all()


def test_mutations_outlive_an_emptied_table() -> None:
    """When every row is deleted the next mutation inserts."""
    workload = alloc_1(3, item_count=1, row_count=1, order_count=1)
    day = mutations(workload, 200, location_count=1)
    assert (day.operation == INSERT).any()
    assert (day.location[day.operation == INSERT] == 0).all()


def test_saved_workload_comes_back_whole(tmp_path: Path) -> None:
    """Callers in other processes map the very same columns."""
    workload = smoke()
    save_workload(workload, tmp_path)
    loaded = load_workload(tmp_path)
    assert (loaded.seed, loaded.item_count) == (workload.seed, workload.item_count)
    assert allocate_python(loaded, 500).digest() == allocate_python(workload, 500).digest()


def test_checks_catch_each_kind_of_wrong_allocation() -> None:
    """A unit too many, an order in part, a foreign row, vanished units, another digest."""
    workload = smoke()
    good = allocate_python(workload)
    left = workload.units - np.bincount(good.row, good.units, workload.row_count).astype(np.int32)
    check_allocation(workload, good, left)

    def changed(**columns: object) -> Allocation:
        kept = {name: getattr(good, name) for name in ("order", "line", "row", "units")}
        return Allocation(**(kept | columns), order_count=good.order_count, elapsed_us=1.0)

    more = good.units.copy()
    more[0] += 1
    with pytest.raises(InvariantBroken, match="expected"):
        check_allocation(workload, changed(units=more), left)
    two_lines = np.flatnonzero(np.diff(good.order) == 0)
    two_lines = two_lines[np.diff(good.line)[two_lines] > 0]
    rest = good.line != good.line[two_lines[0]]
    part = {name: getattr(good, name)[rest] for name in ("order", "line", "row", "units")}
    with pytest.raises(InvariantBroken, match="served in part"):
        check_allocation(workload, changed(**part), left)
    with pytest.raises(InvariantBroken, match="another item"):
        check_allocation(workload, changed(row=np.roll(good.row, 1)), left)
    with pytest.raises(InvariantBroken, match="vanished"):
        check_allocation(workload, good, left + 1)
    with pytest.raises(InvariantBroken, match="has digest"):
        check_digest("a wrong one", changed(row=np.roll(good.row, 1)), good)


def test_the_lean_kernel_fills_the_same_orders_with_as_many_rows() -> None:
    """The yardstick does the same work."""
    workload = smoke()
    expected, found = allocate_python(workload), run_lean(workload)
    assert expected.row.size == found.allocations
    assert np.unique(expected.order).size == found.orders
