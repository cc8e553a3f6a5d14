"""The ordered index against a sorted list, over long random histories."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import (
    NO_EXPIRY_DAY,
    ROTATION_FEFO,
    ROTATION_FIFO,
    STATUS_AVAILABLE,
    STATUS_HELD,
    order_key,
)
from slotline.kernels.index_check import CHECK_FINE, CHECK_HEAD, CHECK_ROW, check, free_units
from slotline.kernels.index_tree import INNER_FREE, INNER_USED, LEAF_FREE, LEAF_USED, NEXT, UP
from slotline.kernels.ordered_index import (
    bind,
    bindable,
    bulk_load,
    enter,
    leave,
    make_stock_index,
    open_pool,
    unbind,
)

POOL_STATUS = (STATUS_AVAILABLE, STATUS_AVAILABLE, STATUS_HELD, STATUS_AVAILABLE)
POOL_ROTATION = (ROTATION_FEFO, ROTATION_FIFO, ROTATION_FEFO, ROTATION_FEFO)


class Warehouse:
    """The index, and beside it the slow truth: plain dicts that are sorted at every question."""

    def __init__(self, row_capacity: int) -> None:
        pools = len(POOL_STATUS)
        self.ix = make_stock_index(
            np.zeros,
            pool_status=np.array(POOL_STATUS, dtype=np.uint8),
            stock_pool=np.full(row_capacity, -1, dtype=np.int32),
            stock_expiry_day=np.zeros(row_capacity, dtype=np.int32),
            stock_received_us=np.zeros(row_capacity, dtype=np.int64),
            stock_on_hand_units=np.zeros(row_capacity, dtype=np.int32),
            stock_allocated_units=np.zeros(row_capacity, dtype=np.int32),
        )
        item_pool_first = np.full(2, -1, dtype=np.int32)
        for pool in range(pools):
            open_pool(self.ix, item_pool_first, 0, pool, pool, POOL_ROTATION[pool])
        self.rows: dict[int, list[int]] = {}  # row -> pool, expiry, received, on hand, allocated
        self.out_rows = np.zeros(row_capacity, dtype=np.int32)
        self.out_units = np.zeros(row_capacity, dtype=np.int32)

    def set_row(self, row: int, values: list[int]) -> None:
        """Write the columns of a row."""
        self.rows[row] = values
        ix = self.ix
        ix.stock_pool[row], ix.stock_expiry_day[row], ix.stock_received_us[row] = values[:3]
        ix.stock_on_hand_units[row], ix.stock_allocated_units[row] = values[3:]

    def enter(self, row: int, values: list[int]) -> None:
        """Let a row come."""
        self.set_row(row, values)
        enter(self.ix, row)

    def leave(self, row: int) -> None:
        """Let a row go."""
        leave(self.ix, row)
        del self.rows[row]
        self.ix.stock_pool[row] = -1

    def rotation(self, pool: int, required_day: int) -> list[int]:
        """Rows of a pool that may be bound, in order."""
        if POOL_STATUS[pool] != STATUS_AVAILABLE:
            return []
        rows = [
            row
            for row, (of, expiry, _, on_hand, allocated) in self.rows.items()
            if of == pool and on_hand > allocated and expiry >= required_day
        ]
        key = POOL_ROTATION[pool]
        return sorted(rows, key=lambda r: (order_key(key, self.rows[r][1], self.rows[r][2]), r))

    def bind(self, pool: int, need: int, required_day: int) -> None:
        """Bind in both worlds and compare."""
        wanted, left = [], need
        for row in self.rotation(pool, required_day):
            units = min(left, self.rows[row][3] - self.rows[row][4])
            if units:
                wanted.append((row, units))
                left -= units
        assert bindable(self.ix, pool, need, required_day) == need - left
        count, taken = bind(self.ix, pool, need, required_day, self.out_rows, self.out_units, 0)
        got = list(zip(self.out_rows[:count].tolist(), self.out_units[:count], strict=True))
        assert wanted == got
        assert taken == need - left
        for row, units in wanted:
            self.rows[row][4] += units

    def unbind(self, row: int, units: int) -> None:
        """Give units back in both worlds."""
        self.rows[row][4] -= units
        unbind(self.ix, row, units)

    def check_equal(self) -> None:
        """Compare structure, columns, heads and available units."""
        ix = self.ix
        assert check(ix, len(POOL_STATUS), ix.stock_pool.shape[0]) == (CHECK_FINE, -1)
        sums = np.zeros(len(POOL_STATUS), dtype=np.int64)
        free_units(ix, ix.stock_pool.shape[0], sums)
        for pool in range(len(POOL_STATUS)):
            rows = [values for values in self.rows.values() if values[0] == pool]
            free = sum(values[3] - values[4] for values in rows)
            assert free == sums[pool] == ix.head[pool]["available_units"]
            order = self.rotation(pool, 0)
            assert ix.head[pool]["head_row"] == (order[0] if order else -1)
        for row, values in self.rows.items():
            assert values[4] == ix.stock_allocated_units[row]

    def nodes(self) -> tuple[int, int]:
        """Leaves and inner nodes in use."""
        return (
            self._used(LEAF_USED, LEAF_FREE, self.ix.leaf[:, NEXT]),
            self._used(INNER_USED, INNER_FREE, self.ix.inner[:, UP]),
        )

    def _used(self, used: int, free: int, link: np.ndarray) -> int:
        count, node = int(self.ix.arena[used]), int(self.ix.arena[free])
        while node:
            count, node = count - 1, int(link[node])
        return count


def step(world: Warehouse, draw: random.Random, spare: list[int], spread: int, grow: float) -> None:
    """Do one random thing; `grow` is the share of rows coming among coming and going."""
    kind = draw.random()
    known = list(world.rows)
    if kind < 0.6:
        if spare and (draw.random() < grow or not known):
            row = spare.pop(draw.randrange(len(spare)))
            on_hand = draw.choice([0, 1, 5, 50])
            expiry = draw.choice([draw.randrange(1, spread + 1), NO_EXPIRY_DAY])
            received = draw.randrange(spread) * draw.choice([1, 86_400_000_000])
            allocated = draw.randint(0, on_hand)
            pool = min(draw.randrange(6), 3)
            world.enter(row, [pool, expiry, received, on_hand, allocated])
        elif known:
            row = draw.choice(known)
            world.leave(row)
            spare.append(row)
    elif kind < 0.8:
        world.bind(draw.choice([0, 1, 3]), draw.choice([1, 3, 40, 400]), draw.randrange(spread + 2))
    elif known:
        row = draw.choice(known)
        if world.rows[row][4]:
            world.unbind(row, draw.randint(1, world.rows[row][4]))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 60), spread=st.sampled_from([1, 5, 1000]))
def test_small_histories_match_a_sorted_list(seed: int, rows: int, spread: int) -> None:
    """Rows come, change and go in pools of every kind; the structure is checked after each step."""
    draw = random.Random(seed)
    world = Warehouse(rows)
    spare = list(range(rows))
    for _ in range(60):
        step(world, draw, spare, spread, 0.6)
        world.check_equal()


@pytest.mark.parametrize("spread", [3, 100_000])
def test_long_history_with_thousands_of_rows_matches(spread: int) -> None:
    """Pools grow to thousands of rows, shrink to nothing and grow again; nodes are reused."""
    draw = random.Random(spread)
    world = Warehouse(4_000)
    spare = list(range(4_000))
    high = []
    for grow in (0.95, 0.1, 0.95, 0.1):
        for number in range(4_500):
            step(world, draw, spare, spread, grow)
            if number % 900 == 0:
                world.check_equal()
        world.check_equal()
        high.append(world.ix.arena[LEAF_USED])
    for row in list(world.rows):
        world.leave(row)
    world.check_equal()
    assert world.nodes() == (0, 0)
    assert high[3] <= 1.2 * high[0]


@pytest.mark.parametrize("order", ["rising", "falling", "random"])
def test_one_pool_of_many_rows_drains_in_order(order: str) -> None:
    """A pool several levels deep gives its rows in order, and its nodes back."""
    count = 20_000
    world = Warehouse(count)
    rows = np.arange(count, dtype=np.int32)
    keys = {"rising": rows, "falling": rows[::-1], "random": rows}[order]
    if order == "random":
        keys = np.array(random.Random(1).sample(range(count), count), dtype=np.int32)
    ix = world.ix
    ix.stock_pool[:] = 0
    ix.stock_expiry_day[:] = keys
    ix.stock_on_hand_units[:] = 1
    assert bulk_load(ix, rows) == count
    assert check(ix, len(POOL_STATUS), count) == (CHECK_FINE, -1)
    if order == "rising":
        # Rising receipts leave full leaves behind.
        assert world.nodes()[0] == -(-count // 11)
    got, taken = bind(ix, 0, count, 0, world.out_rows, world.out_units, 0)
    assert (got, taken) == (count, count)
    assert keys[world.out_rows].tolist() == sorted(keys.tolist())
    assert world.nodes() == (0, 0)


def test_bind_stops_where_the_room_ends() -> None:
    """Allocations never go beyond the arrays given; what was written stays consistent."""
    world = Warehouse(8)
    for row in range(8):
        world.enter(row, [0, row + 1, 0, 2, 0])
    rows, units = np.full(3, -1, dtype=np.int32), np.zeros(3, dtype=np.int32)
    for required_day in (0, 4):
        count, taken = bind(world.ix, 0, 5, required_day, rows, units, 1)
        assert (count, taken) == (2, 4)
        for row in rows[1:].tolist():
            world.rows[row][4] = 2
        assert rows[0] == -1
        world.check_equal()


def test_heads_of_an_items_pools_are_chained_in_order() -> None:
    """Pools of an item follow one another from the item's first."""
    world = Warehouse(1)
    assert world.ix.head["next_pool"].tolist() == [1, 2, 3, -1]


def test_check_finds_a_changed_column_and_a_wrong_head() -> None:
    """The check is no rubber stamp: a drifted column and a drifted head are found."""
    world = Warehouse(4)
    for row in range(4):
        world.enter(row, [0, row + 1, 0, 2, 0])
    world.ix.stock_expiry_day[2] = 9
    assert check(world.ix, 4, 4) == (CHECK_ROW, 0)
    world.ix.stock_expiry_day[2] = 3
    world.ix.head[0]["head_free_units"] = 1
    assert check(world.ix, 4, 4) == (CHECK_HEAD, 0)
