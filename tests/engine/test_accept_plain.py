"""Small runs of plain orders: one call of a kernel does what the whole way does."""

from __future__ import annotations

import dataclasses
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine import decide_accept as module
from slotline.engine.batch import Batch, make_batch
from slotline.engine.change import Change
from slotline.engine.limits import SMALL
from slotline.engine.record import FLAG_NO_KEY, RecordWriter
from slotline.tests.engine.desk import ORDER, TODAY, Desk

DEPARTURE_US = (TODAY + 3) * 86_400_000_000


def desk_with_stock(rows: int = 6) -> Desk:
    """Give a desk with a few units of both items, in rows that expire one after another."""
    desk = Desk()
    for row in range(rows):
        desk.receive(units=3 + row, item=row % 2)
    return desk


def record_of(desk: Desk, batch: Batch) -> tuple[bytes, dict[str, list[Any]]]:
    """Decide a batch as a run does; give its record and outcome columns."""
    record = RecordWriter(batch, 1, desk.time_us, flags=FLAG_NO_KEY, tenant=-1, actor=-1)
    record.commands(batch)
    change = Change(desk.state, desk.time_us)
    outcome, lines = module.decide_accept_run(change, batch, record)
    desk.check()
    parts, _ = record.finish()
    content = b"".join(bytes(part) for part in parts)
    columns = {name: column.tolist() for name, column in (outcome | lines).items()}
    return content, columns | {"touched": [list(change.touched.items())]}


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Orders that are mostly plain and want about as much as there is."""
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    count, lines = len(counts), sum(counts)

    def each(values: st.SearchStrategy[Any], size: int) -> list[Any]:
        return draw(st.lists(values, min_size=size, max_size=size))

    columns = ORDER | {
        "reference": np.arange(count),
        "owner": 0,
        "policy": each(st.integers(0, 2), count),
        "placement": each(st.integers(0, 2), count),
        "min_life_days": each(st.sampled_from((0, 0, 2)), count),
        "departure_us": each(st.sampled_from((0, DEPARTURE_US)), count),
        "code": each(st.sampled_from(("", "", "", "", "again")), count),
        "line_count": counts,
    }
    detail = {
        "item": each(st.integers(0, 1), lines),
        "units": each(st.integers(1, 6), lines),
        "promise": each(st.sampled_from((-1, -1, -1, -1, -1, 0)), lines),
    }
    return make_batch("accept", columns, detail)


@given(st.lists(batches(), min_size=1, max_size=4))
def test_the_short_way_is_the_whole_way(runs: list[Batch]) -> None:
    """Records byte for byte, outcomes and state are those of `_AcceptRun`."""
    short, whole = desk_with_stock(), desk_with_stock()
    for batch in runs:
        found = record_of(short, batch)
        with patch.object(module, "_accept_plainly", return_value=None):
            assert found == record_of(whole, batch)
    assert short.state.digest() == whole.state.digest()


def test_plain_orders_take_the_short_way() -> None:
    """A run that names neither codes nor promises does not reach `_AcceptRun`."""
    desk = desk_with_stock()
    batch = make_batch(
        "accept",
        ORDER | {"reference": [1, 2], "line_count": [1, 2]},
        {"item": [0, 1, 0], "units": 1, "promise": -1},
    )
    with patch.object(module, "_AcceptRun", side_effect=AssertionError):
        assert desk.accept(batch)["outcome"].tolist() == [0, 0]


@pytest.mark.parametrize("lines", [1, 3])
def test_an_order_of_more_rows_than_there_is_room_for_goes_the_whole_way(lines: int) -> None:
    """What the short way has taken is given back before the whole way begins."""
    rows = module._ALLOCATIONS_A_LINE * lines + module._ALLOCATIONS_MORE + 1
    desk, whole = Desk(), Desk()
    for each in (desk, whole):
        for _ in range(rows):
            each.receive(units=1, item=0)
        each.receive(units=50, item=1)
    item, units = [1, 1, 0][-lines:], [2, 3, rows][-lines:]
    batch = make_batch(
        "accept",
        ORDER | {"placement": 2, "line_count": lines},
        {"item": item, "units": units, "promise": -1},
    )
    found = record_of(desk, batch)
    with patch.object(module, "_accept_plainly", return_value=None):
        assert found == record_of(whole, batch)
    assert found[1]["allocated_units"] == units


def test_a_row_of_the_ring_loses_the_code_that_it_held() -> None:
    """The second order in a row has no code, whatever the first one had."""
    desk = Desk(dataclasses.replace(SMALL, order=16))
    desk.receive(units=1, item=0)
    desk.do("cancel", order=desk.order((0, 1), code="held"))
    for _ in range(15):
        desk.do("cancel", order=desk.order((0, 1)))
    assert desk.state.order.code[0] == b"held"
    assert desk.order((0, 1)) == 16
    assert desk.state.order.code[0] == b""
