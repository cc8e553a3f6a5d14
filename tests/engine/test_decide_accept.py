"""Orders that are decided together: the same outcomes as one by one, in few calls."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slotline.engine import decide_accept as module
from slotline.engine.batch import Batch, make_batch
from slotline.engine.limits import SMALL
from slotline.kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_DUPLICATE,
    OUTCOME_LIMIT,
    OUTCOME_SHORT,
    POLICY_ALL_OR_NOTHING,
)
from slotline.tests.engine.desk import ORDER, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

TIGHT = dataclasses.replace(SMALL, order=16, line=32, allocation=36, pool=8)


def orders(count: int, lines: int, **columns: Any) -> Batch:
    """Make `count` orders of one unit of item 0 in each of `lines` lines."""
    given = ORDER | {"reference": np.arange(count), "line_count": np.full(count, lines)} | columns
    return make_batch("accept", given, {"item": 0, "units": 1, "promise": -1})


def order_of(batch: Batch, k: int) -> Batch:
    """Take one order out of a batch."""
    ends = np.cumsum(np.broadcast_to(batch.columns["line_count"], batch.count))
    rows = slice(int(ends[k - 1]) if k else 0, int(ends[k]))

    def cut(column: np.ndarray, part: slice) -> np.ndarray:
        return column if column.size == 1 else np.ascontiguousarray(column[part])

    return Batch(
        batch.kind,
        1,
        rows.stop - rows.start,
        {name: cut(column, slice(k, k + 1)) for name, column in batch.columns.items()},
        {name: cut(column, rows) for name, column in batch.lines.items()},
    )


def draw_batch(draw: np.random.Generator) -> Batch:
    """Draw orders whose codes come often and which want much of what there is."""
    count = int(draw.integers(1, 24))
    counts = draw.integers(1, 5, count)
    lines = int(counts.sum())
    codes = np.array([b"", b"a", b"b", b"c", b"d"])[draw.integers(0, 5, count)]
    columns = ORDER | {
        "reference": np.arange(count),
        "policy": draw.integers(0, 3, count),
        "placement": draw.integers(0, 3, count),
        "code": codes.tolist() if draw.integers(0, 3) else "",
        "line_count": counts,
    }
    items, units = draw.integers(0, 2, lines), draw.integers(1, 9, lines)
    return make_batch("accept", columns, {"item": items, "units": units, "promise": -1})


@pytest.mark.parametrize("seed", range(60))
def test_a_run_decides_as_its_orders_would_one_by_one(seed: int) -> None:
    """Whatever wraps, repeats or does not fit: outcomes and rows are the same."""
    draw = np.random.Generator(np.random.PCG64(seed))
    together, alone = Desk(TIGHT), Desk(TIGHT)
    for _ in range(6):
        for desk in (together, alone):
            desk.receive(30)
            desk.receive(20, item=1)
        batch = draw_batch(draw)
        found = together.accept(batch)
        parts = [alone.accept(order_of(batch, k)) for k in range(batch.count)]
        for name, column in found.items():
            expected = np.concatenate([part[name] for part in parts])
            np.testing.assert_array_equal(expected, column, err_msg=name)
        pairs = zip(alone.base_columns(), together.base_columns(), strict=True)
        for expected_columns, columns in pairs:
            for expected, column in zip(expected_columns, columns, strict=True):
                np.testing.assert_array_equal(expected, column)
        assert alone.state.codes == together.state.codes
        closing = np.unique(found["order"][found["order"] >= 0])
        for number in closing[draw.random(closing.size) < 0.8].tolist():
            assert together.one("cancel", order=number) == alone.one("cancel", order=number)


@pytest.fixture
def call_count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the calls of the kernels that decide."""
    calls = [0]

    def counted(kernel: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            calls[0] += 1
            return kernel(*arguments)

        return call

    for name in ("accept_orders", "accept_carefully"):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    return calls


def test_one_code_many_times_takes_one_call(call_count: list[int]) -> None:
    """The first order has the code, all others are its duplicates."""
    desk = Desk()
    desk.receive(1_000)
    found = desk.accept(orders(500, 2, code="same"))
    assert found["outcome"].tolist() == [OUTCOME_DONE] + [OUTCOME_DUPLICATE] * 499
    assert set(found["order"].tolist()) == {0}
    assert found["allocated_units"].sum() == 2
    assert call_count == [1]


def test_a_code_stays_free_while_its_orders_are_refused(call_count: list[int]) -> None:
    """Nothing on hand: each order is looked at anew, still in one call."""
    desk = Desk()
    found = desk.accept(orders(500, 2, code="same", policy=POLICY_ALL_OR_NOTHING))
    assert found["outcome"].tolist() == [OUTCOME_SHORT] * 500
    assert call_count == [1]


def test_lines_that_wrap_cut_a_run_once(call_count: list[int]) -> None:
    """Two lines are left of the ring; orders of three skip them."""
    desk = Desk(dataclasses.replace(SMALL, line=2_048))
    desk.receive(10_000)
    desk.accept(orders(341, 6))
    for first in range(0, 341, 31):
        desk.do("cancel", order=list(range(first, first + 31)))
    call_count[0] = 0
    found = desk.accept(orders(600, 3))
    assert found["outcome"].tolist() == [OUTCOME_DONE] * 600
    assert desk.state.count("line") == 2_048 + 1_800
    assert call_count[0] <= 2


def test_a_full_table_refuses_the_rest_of_a_run_at_once(call_count: list[int]) -> None:
    """Orders beyond the ring are LIMIT, without a call for each."""
    desk = Desk(dataclasses.replace(SMALL, order=64))
    desk.receive(10_000)
    found = desk.accept(orders(1_000, 2))
    assert found["outcome"].tolist() == [OUTCOME_DONE] * 64 + [OUTCOME_LIMIT] * 936
    assert call_count[0] <= 2


def test_a_full_table_of_pools_refuses_only_orders_that_need_one() -> None:
    """However the orders were cut into runs: by itself, the plain one takes the short way."""
    desks = [Desk(dataclasses.replace(SMALL, pool=2)) for _ in range(2)]
    for desk in desks:
        desk.receive(units=50, item=0)
        desk.receive(units=5, item=1)
        desk.do("put_name", kind=1, code="other")
    batch = make_batch(
        "accept",
        ORDER | {"reference": [1, 2, 3], "owner": [0, 0, 4], "line_count": 2,
                 "code": ["", "x", ""]},
        {"item": [0, 0, 1, 0, 0, 1], "units": 1, "promise": -1},
    )  # fmt: skip
    together = desks[0].accept(batch)["outcome"].tolist()
    alone = [int(desks[1].accept(order_of(batch, k))["outcome"][0]) for k in range(3)]
    assert together == alone == [OUTCOME_DONE, OUTCOME_DONE, OUTCOME_LIMIT]
    assert desks[0].state.digest() == desks[1].state.digest()
