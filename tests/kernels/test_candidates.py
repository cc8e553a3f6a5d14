"""What rotation allows a plan to choose from, against a sorted list."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slotline.kernels.candidates import Places, find_candidates, places_of
from slotline.kernels.columns import (
    DAY_US,
    NO_EXPIRY_DAY,
    ROTATION_FEFO,
    ROTATION_FIFO,
    STATUS_AVAILABLE,
    order_key,
)
from slotline.kernels.ordered_index import bindable, enter, make_stock_index, open_pool

ROTATIONS = (ROTATION_FEFO, ROTATION_FIFO)
ZONES = np.array([0, 1, 0], dtype=np.int32)
# Unit 0 stands at location 0, unit 1 inside it, unit 2 at location 1.
UNIT_LOCATION = np.array([0, -1, 1], dtype=np.int32)
UNIT_PARENT = np.array([-1, 0, -1], dtype=np.int32)
UNIT_PLACE = (0, 0, 1)

# Pool, expiry day, time of receipt, free units, location (0 to 2) or unit (3 to 5).
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from((1, 2, 3, NO_EXPIRY_DAY)),
        st.sampled_from((0, 5, DAY_US, DAY_US + 5, 3 * DAY_US)),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    max_size=30,
)
CHOICES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), max_size=6)

Row = tuple[int, int, int, int, int]


def place(row: Row) -> int:
    """Location of a row."""
    return row[4] if row[4] < 3 else UNIT_PLACE[row[4] - 3]


def expected(rows: list[Row], pool: int, day: int, zone: int, count_max: int) -> list[int]:
    """Sort and look, slowly."""
    rotation = ROTATIONS[pool]
    turn = sorted(
        (order_key(rotation, row[1], row[2]), number)
        for number, row in enumerate(rows)
        if row[0] == pool and row[3] > 0 and row[1] >= day
    )
    if not turn:
        return []
    column = 1 if rotation == ROTATION_FEFO else 2
    span = 1 if rotation == ROTATION_FEFO else DAY_US
    first = rows[turn[0][1]][column] // span
    same = [number for _, number in turn if rows[number][column] // span == first]
    return [number for number in same if zone < 0 or ZONES[place(rows[number])] == zone][:count_max]


@given(ROWS, CHOICES, st.integers(-1, 1), st.integers(1, 4), st.integers(0, 8))
def test_candidates_are_the_rows_of_the_first_day(
    rows: list[Row],
    choices: list[tuple[int, int]],
    zone: int,
    count_max: int,
    more_room: int,
) -> None:
    """In order, from one zone, as many as asked for, and whole choices as far as there is room."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5)
    in_unit = columns[:, 4] >= 3
    places = Places(
        np.where(in_unit, -1, columns[:, 4]).astype(np.int32),
        np.where(in_unit, columns[:, 4] - 3, -1).astype(np.int32),
        UNIT_LOCATION,
        UNIT_PARENT,
        ZONES,
    )
    index = make_stock_index(
        np.zeros,
        pool_status=np.full(2, STATUS_AVAILABLE, dtype=np.uint8),
        stock_pool=columns[:, 0].astype(np.int32),
        stock_expiry_day=columns[:, 1].astype(np.int32),
        stock_received_us=columns[:, 2].copy(),
        stock_on_hand_units=columns[:, 3].astype(np.int32),
        stock_allocated_units=np.zeros(len(rows), dtype=np.int32),
    )
    first_pool = np.full(1, -1, dtype=np.int32)
    for pool, rotation in enumerate(ROTATIONS):
        open_pool(index, first_pool, 0, pool, pool, rotation)
    for number in range(len(rows)):
        enter(index, number)
    asked = np.array(choices, dtype=np.int32).reshape(-1, 2)
    pools, days = asked[:, 0].copy(), asked[:, 1].copy()
    first = np.full(len(choices) + 1, -9, dtype=np.int32)
    found = np.full(count_max + more_room, -9, dtype=np.int32)
    location = found.copy()
    done = find_candidates(index, places, pools, days, zone, count_max, first, found, location)
    assert done == len(choices) or first[done] + count_max > found.size
    assert done > 0 or not choices
    for choice, (pool, day) in enumerate(choices[:done]):
        part = slice(first[choice], first[choice + 1])
        wanted = expected(rows, pool, day, zone, count_max)
        assert found[part].tolist() == wanted
        assert location[part].tolist() == [place(rows[number]) for number in wanted]
        has_any = bindable(index, pool, 1, day) > 0
        assert has_any == bool(expected(rows, pool, day, -1, 1))
    where = np.empty(len(rows) + 1, dtype=np.int32)
    places_of(places, np.append(np.arange(len(rows)), -1).astype(np.int32), where)
    assert where.tolist() == [*(place(row) for row in rows), -1]
