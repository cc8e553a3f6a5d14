"""Accepting orders, against the rules written down slowly with lists and dicts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.allocate import (
    AcceptBatch,
    Accepted,
    Promises,
    accept_many_orders,
    accept_orders,
)
from slotline.kernels.columns import (
    DAY_US,
    NO_EXPIRY_DAY,
    OUTCOME_DONE,
    OUTCOME_DUPLICATE,
    OUTCOME_NOT_LIVE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OWNER_NOT_ALLOCATABLE,
    PLACEMENT_BINS,
    PLACEMENT_NONE,
    PLACEMENT_POOL,
    POLICY_ALL_OR_NOTHING,
    POLICY_COMPLETE,
    POLICY_PARTIAL,
    PROMISE_CONSUMED,
    PROMISE_LIVE,
    PROMISE_RELEASED,
    STATUS_AVAILABLE,
    STATUS_HELD,
    order_key,
)
from slotline.kernels.index_check import CHECK_FINE, check
from slotline.kernels.ordered_index import bulk_load, make_stock_index, open_pool

if TYPE_CHECKING:
    from slotline.kernels.index_tree import StockIndex

TODAY = 100
TIME_US = TODAY * DAY_US + 7
ITEMS, OWNERS, PROMISES = 4, 2, 8
# (item, owner, status, rotation) of each pool; item 3 has none, item 2 is not active.
POOLS = (
    (0, 0, STATUS_AVAILABLE, 0),
    (0, 1, STATUS_AVAILABLE, 0),
    (0, 0, STATUS_HELD, 0),
    (1, 1, STATUS_AVAILABLE, 1),
    (2, 0, STATUS_AVAILABLE, 0),
)


@dataclass
class Order:
    """One command with its lines (item, units, promise)."""

    owner: int
    policy: int
    placement: int
    min_life_days: int
    departure_us: int
    decided: int
    lines: list[tuple[int, int, int]]


@dataclass
class World:
    """Stock and promises as plain lists: the slow truth."""

    stock: list[list[int]]  # pool, expiry day, received, on hand, allocated
    promises: list[list[int]]  # number, pool, units, state
    available: list[int] = field(default_factory=list)
    allocations: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, pool: int, units: int, required_day: int | None) -> list[tuple[int, int]]:
        """Take up to `units`; to the pool when `required_day` is None."""
        units = max(0, min(units, self.available[pool]))
        if required_day is None:
            self.available[pool] -= units
            return [(-1, units)] if units else []
        rotation = POOLS[pool][3]
        rows = [
            row
            for row, (of, expiry, _, on_hand, allocated) in enumerate(self.stock)
            if of == pool and on_hand > allocated and expiry >= required_day
        ]
        rows.sort(key=lambda r: (order_key(rotation, self.stock[r][1], self.stock[r][2]), r))
        taken = []
        for row in rows:
            some = min(units, self.stock[row][3] - self.stock[row][4])
            if some:
                self.stock[row][4] += some
                self.available[pool] -= some
                units -= some
                taken.append((row, some))
        return taken

    def accept(self, order: Order, first_line: int) -> tuple[int, list[int], list[int]]:
        """Outcome, allocated units and pool of each line."""
        zeros = [0] * len(order.lines)
        pools = [pool_of(item, order.owner) for item, _, _ in order.lines]
        if order.decided:
            return order.decided, zeros, pools
        before = ([list(row) for row in self.stock], [list(p) for p in self.promises])
        available = list(self.available)
        for (_, _, number), pool in zip(order.lines, pools, strict=True):
            if number < 0:
                continue
            promise = self.promises[number % PROMISES]
            if promise[0] != number or promise[3] != PROMISE_LIVE or promise[1] != pool:
                (self.stock, self.promises), self.available = before, available
                return OUTCOME_NOT_LIVE, zeros, pools
            promise[3] = PROMISE_CONSUMED
            self.available[pool] += promise[2]
        if order.placement == PLACEMENT_NONE:
            return OUTCOME_DONE, zeros, pools
        consumed = [list(p) for p in self.promises]
        freed = list(self.available)
        to_bins = order.placement == PLACEMENT_BINS or order.min_life_days > 0
        day = (order.departure_us or TIME_US) // DAY_US + order.min_life_days
        taken = [
            self.take(pool, units, day if to_bins else None) if pool >= 0 else []
            for (_, units, _), pool in zip(order.lines, pools, strict=True)
        ]
        got = [sum(units for _, units in some) for some in taken]
        full = got == [units for _, units, _ in order.lines]
        if not full and order.policy == POLICY_ALL_OR_NOTHING:
            (self.stock, self.promises), self.available = before, available
            return OUTCOME_SHORT, zeros, pools
        if not full and order.policy == POLICY_COMPLETE:
            self.stock, self.promises, self.available = before[0], consumed, freed
            return OUTCOME_SHORT, zeros, pools
        for k, some in enumerate(taken):
            self.allocations += [(first_line + k, row, units) for row, units in some]
        if full:
            return OUTCOME_DONE, got, pools
        return OUTCOME_PARTIAL if any(got) else OUTCOME_SHORT, got, pools


def pool_of(item: int, owner: int) -> int:
    """Pool that may be allocated from, -1 when there is none."""
    for pool, (of, by, status, _) in enumerate(POOLS):
        if (of, by, status) == (item, owner, STATUS_AVAILABLE) and item != 2:
            return pool
    return -1


def build(world: World) -> tuple[StockIndex, np.ndarray, Promises]:
    """Make the kernel's state from the slow one, and sum up what is available."""
    rows = np.array(world.stock, dtype=np.int64).reshape(-1, 5)
    columns = [np.ascontiguousarray(rows[:, k].astype(np.int32)) for k in range(5)]
    ix = make_stock_index(
        np.zeros,
        pool_status=np.array([pool[2] for pool in POOLS], dtype=np.uint8),
        stock_pool=columns[0],
        stock_expiry_day=columns[1],
        stock_received_us=np.ascontiguousarray(rows[:, 2]),
        stock_on_hand_units=columns[3],
        stock_allocated_units=columns[4],
    )
    item_pool_first = np.full(ITEMS, -1, dtype=np.int32)
    for pool, (item, owner, status, rotation) in enumerate(POOLS):
        barred = status != STATUS_AVAILABLE or item == 2
        shown = OWNER_NOT_ALLOCATABLE if barred else owner
        open_pool(ix, item_pool_first, item, pool, shown, rotation)
    bulk_load(ix, np.arange(len(world.stock), dtype=np.int32))
    for _, pool, units, state in world.promises:
        if state == PROMISE_LIVE:
            ix.head[pool]["available_units"] -= units
    world.available = ix.head["available_units"].tolist()
    table = np.array(world.promises, dtype=np.int64)
    promises = Promises(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.int32),
        table[:, 3].astype(np.uint8),
    )
    return ix, item_pool_first, promises


def columns_of(orders: list[Order], share: bool) -> AcceptBatch:
    """Columns of the batch; with `share`, those with one value have length 1."""
    lines = [line for order in orders for line in order.lines]

    def column(values: list[int], kind: type[np.generic]) -> np.ndarray:
        return np.array(values[:1] if share and len(set(values)) == 1 else values, dtype=kind)

    return AcceptBatch(
        owner=column([order.owner for order in orders], np.int32),
        policy=column([order.policy for order in orders], np.uint8),
        placement=column([order.placement for order in orders], np.uint8),
        min_life_days=column([order.min_life_days for order in orders], np.int16),
        departure_us=column([order.departure_us for order in orders], np.int64),
        line_count=column([len(order.lines) for order in orders], np.int32),
        line_item=column([line[0] for line in lines], np.int32),
        line_units=column([line[1] for line in lines], np.int32),
        line_promise=column([line[2] for line in lines], np.int64),
    )


def run(
    orders: list[Order], share: bool, room: int, state: tuple[StockIndex, np.ndarray, Promises]
) -> tuple[Accepted, list[tuple[int, int, int]]]:
    """Call the kernel until the batch is done; collect the allocations of all calls."""
    ix, item_pool_first, promises = state
    line_count = sum(len(order.lines) for order in orders)
    result = Accepted(
        np.array([order.decided for order in orders], dtype=np.uint8),
        *(np.zeros(size, dtype=np.int32) for size in (line_count, line_count, room, room, room)),
    )
    batch = columns_of(orders, share)
    order = line = 0
    allocations: list[tuple[int, int, int]] = []
    while True:
        start = order
        order, line, count = accept_orders(
            batch, order, line, TIME_US, item_pool_first, ix, promises, result
        )
        columns = (result.allocation_line, result.allocation_stock, result.allocation_units)
        allocations += zip(*(column[:count].tolist() for column in columns), strict=True)
        assert check(ix, len(POOLS), ix.stock_pool.shape[0]) == (CHECK_FINE, -1)
        if order == len(orders):
            assert line == line_count
            return result, allocations
        assert order > start, "an order must fit into the room"


def check_equal(world: World, orders: list[Order], share: bool, room: int) -> Accepted:
    """Run both and compare everything that is written."""
    state = build(world)
    result, allocations = run(orders, share, room, state)
    ix, _, promises = state
    line = 0
    for number, order in enumerate(orders):
        outcome, got, pools = world.accept(order, line)
        end = line + len(order.lines)
        assert outcome == result.outcome[number]
        assert got == result.line_allocated_units[line:end].tolist()
        refused = outcome > OUTCOME_SHORT or (
            outcome == OUTCOME_SHORT and order.policy == POLICY_ALL_OR_NOTHING
        )
        if not refused:
            assert pools == result.line_pool[line:end].tolist()
        line = end
    assert world.allocations == allocations
    assert world.available == ix.head["available_units"].tolist()
    assert [row[4] for row in world.stock] == ix.stock_allocated_units.tolist()
    assert [promise[3] for promise in world.promises] == promises.state.tolist()
    return result


def random_world(draw: random.Random, rows: int) -> World:
    """Stock around today's expiry, and promises on it."""
    stock = []
    for _ in range(rows):
        on_hand = draw.choice([1, 2, 7])
        expiry = draw.choice([TODAY - 1, TODAY, TODAY + 1, TODAY + 5, NO_EXPIRY_DAY])
        received = draw.randrange(3) * DAY_US
        pool = draw.randrange(len(POOLS))
        stock.append([pool, expiry, received, on_hand, draw.choice([0, 0, on_hand - 1, on_hand])])
    promises = []
    for row in range(PROMISES):
        number = row + PROMISES * draw.randrange(2)
        state = draw.choice([PROMISE_LIVE, PROMISE_LIVE, PROMISE_RELEASED])
        promises.append([number, draw.choice([0, 0, 1, 3]), draw.randint(1, 3), state])
    return World(stock, promises)


def random_shape(draw: random.Random) -> tuple[int, int, int, int, int]:
    """Owner, policy, placement, minimum life and departure of an order."""
    return (
        draw.randrange(OWNERS),
        draw.choice([POLICY_ALL_OR_NOTHING, POLICY_PARTIAL, POLICY_COMPLETE]),
        draw.choice([PLACEMENT_NONE, PLACEMENT_POOL, PLACEMENT_BINS, PLACEMENT_BINS]),
        draw.choice([0, 0, 1, 5]),
        draw.choice([0, (TODAY + 1) * DAY_US]),
    )


def random_orders(draw: random.Random, count: int, plain: bool) -> list[Order]:
    """Orders of a few lines; `plain` ones differ in nothing but their lines."""
    shape = random_shape(draw)
    if plain:
        shape = (draw.randrange(OWNERS), POLICY_ALL_OR_NOTHING, PLACEMENT_BINS, *shape[3:])
    orders = []
    for _ in range(count):
        if not plain:
            kept = [draw.random() < 0.5 for _ in shape]
            fresh = random_shape(draw)
            shape = (
                shape[0] if kept[0] else fresh[0],
                shape[1] if kept[1] else fresh[1],
                shape[2] if kept[2] else fresh[2],
                shape[3] if kept[3] else fresh[3],
                shape[4] if kept[4] else fresh[4],
            )
        lines = []
        for _ in range(draw.choice([1, 1, 2, 3])):
            promise = -1 if plain or draw.random() < 0.7 else draw.randrange(2 * PROMISES)
            lines.append((draw.choice([0, 0, 1, 1, 2, 3]), draw.choice([1, 2, 5]), promise))
        decided = OUTCOME_DUPLICATE if draw.random() < 0.1 else OUTCOME_DONE
        orders.append(Order(*shape, decided, lines))
    return orders


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 25),
    count=st.integers(1, 12),
    plain=st.booleans(),
    share=st.booleans(),
    room=st.sampled_from([40, 200]),
)
def test_any_batch_matches_the_rules(
    seed: int, rows: int, count: int, plain: bool, share: bool, room: int
) -> None:
    """Owners, policies, placements, lives, promises, repeats and missing pools, all mixed."""
    draw = random.Random(seed)
    check_equal(random_world(draw, rows), random_orders(draw, count, plain), share, room)


@pytest.mark.parametrize("seed", range(6))
def test_long_plain_batches_match_the_rules(seed: int) -> None:
    """Batches longer than what is brought near at a time, over stock that runs out."""
    draw = random.Random(seed)
    world = random_world(draw, 150)
    assert check_equal(world, random_orders(draw, 400, plain=True), True, 1_000).outcome.any()


NO_PROMISES = [[row, 0, 1, PROMISE_RELEASED] for row in range(PROMISES)]


def plain_order(lines: list[tuple[int, int, int]], policy: int = POLICY_ALL_OR_NOTHING) -> Order:
    """One order of owner 0 to bins."""
    return Order(0, policy, PLACEMENT_BINS, 0, 0, OUTCOME_DONE, lines)


def test_item_named_twice_is_refused_as_a_whole_when_the_second_line_fails() -> None:
    """Three in stock, two and two wanted: nothing is taken; the next order gets all three."""
    world = World([[0, NO_EXPIRY_DAY, 0, 3, 0]], NO_PROMISES)
    orders = [plain_order([(0, 2, -1), (0, 2, -1)]), plain_order([(0, 2, -1), (0, 1, -1)])]
    assert check_equal(world, orders, True, 9).outcome.tolist() == [OUTCOME_SHORT, OUTCOME_DONE]


def test_row_that_expires_today_is_bound_and_yesterdays_is_not() -> None:
    """The required day itself is long enough."""
    world = World([[0, TODAY - 1, 0, 5, 0], [0, TODAY, 0, 5, 0]], NO_PROMISES)
    check_equal(world, [plain_order([(0, 5, -1)]), plain_order([(0, 1, -1)])], True, 9)
    assert world.allocations == [(0, 1, 5)]


def test_order_that_does_not_fit_the_room_is_left_untouched() -> None:
    """The kernel stops before it, and goes on with it when there is room again."""
    world = World([[0, TODAY + row, 0, 1, 0] for row in range(6)], NO_PROMISES)
    state = build(world)
    orders = [plain_order([(0, 2, -1)]), plain_order([(0, 4, -1)])]
    ix, item_pool_first, promises = state
    result = Accepted(
        np.zeros(2, dtype=np.uint8),
        *(np.zeros(size, dtype=np.int32) for size in (2, 2, 5, 5, 5)),
    )
    batch = columns_of(orders, True)
    stopped = accept_orders(batch, 0, 0, TIME_US, item_pool_first, ix, promises, result)
    assert stopped == (1, 1, 2)
    assert ix.head[0]["available_units"] == 4
    assert ix.stock_allocated_units.tolist() == [1, 1, 0, 0, 0, 0]
    # The form for large batches goes on where the other one stopped.
    ended = accept_many_orders(batch, 1, 1, TIME_US, item_pool_first, ix, promises, result)
    assert ended == (2, 2, 4)
    assert result.allocation_line[:4].tolist() == [1, 1, 1, 1]


def test_promise_named_twice_is_not_live_and_stays() -> None:
    """An order cannot use one promise for two lines."""
    promises = [[0, 0, 2, PROMISE_LIVE], *NO_PROMISES[1:]]
    world = World([[0, NO_EXPIRY_DAY, 0, 4, 0]], promises)
    orders = [plain_order([(0, 1, 0), (0, 1, 0)]), plain_order([(0, 4, 0)])]
    outcome = check_equal(world, orders, False, 9).outcome.tolist()
    assert outcome == [OUTCOME_NOT_LIVE, OUTCOME_DONE]
