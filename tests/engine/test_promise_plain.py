"""Small runs of plain promises: one call of a kernel does what the plain rule does one by one."""

from __future__ import annotations

import dataclasses
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine import decide_promises as module
from slotline.engine.batch import Batch, make_batch
from slotline.engine.change import Change
from slotline.engine.limits import SMALL
from slotline.engine.record import FLAG_NO_KEY, RecordWriter
from slotline.tests.engine.desk import ITEM, TODAY, Desk

DAY_US = 86_400_000_000
NOW_US = TODAY * DAY_US
LATER_US = NOW_US + DAY_US


def desk_with_stock() -> Desk:
    """Give a desk with a few units of items 0 and 1, none of item 2, and a ring of 8 promises."""
    desk = Desk(dataclasses.replace(SMALL, promise=8))
    desk.do("put_item", **(ITEM | {"code": "none"}))
    desk.receive(units=9, item=0)
    desk.receive(units=7, item=1)
    return desk


def record_of(desk: Desk, batch: Batch) -> tuple[bytes, dict[str, list[Any]]]:
    """Decide a batch as a run does; give its record and outcome columns."""
    record = RecordWriter(batch, 1, desk.time_us, flags=FLAG_NO_KEY, tenant=-1, actor=-1)
    record.commands(batch)
    change = Change(desk.state, desk.time_us)
    outcome = module.decide_promise_run(change, batch, record)
    desk.check()
    parts, _ = record.finish()
    content = b"".join(bytes(part) for part in parts)
    columns = {name: column.tolist() for name, column in outcome.items()}
    return content, columns | {"touched": [list(change.touched.items())]}


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Promises that are mostly plain, and want about as much as there is."""
    count = draw(st.integers(1, 6))

    def column(*values: int) -> list[int]:
        size = count if draw(st.booleans()) else 1
        return [draw(st.sampled_from(values)) for _ in range(size)]

    columns = {
        "item": column(0, 0, 0, 1, 1, 2),
        "owner": 0,
        "channel": 1,
        "units": column(1, 1, 2, 5),
        "expires_us": column(LATER_US, LATER_US, LATER_US + 5, LATER_US - 5, NOW_US),
        "due_us": column(0, 0, LATER_US),
    }
    if all(np.size(values) == 1 for values in columns.values()):
        columns["units"] = [1] * count
    return make_batch("promise", columns)


@given(st.lists(batches(), min_size=1, max_size=5), st.lists(st.integers(0, 7), max_size=4))
def test_the_short_way_is_the_plain_rule(runs: list[Batch], ended: list[int]) -> None:
    """Records byte for byte, outcomes, state and what falls due are those of `decide_promise`."""
    short, whole = desk_with_stock(), desk_with_stock()
    for position, batch in enumerate(runs):
        found = record_of(short, batch)
        with patch.object(module, "_promise_plainly", return_value=(0, np.empty(0), 0)):
            assert found == record_of(whole, batch)
        for desk in (short, whole):
            for number in ended[position : position + 1]:
                desk.do("release_promise", promise=number)
    assert short.state.digest() == whole.state.digest()
    for own, others in zip(short.state.promise_due, whole.state.promise_due, strict=True):
        assert own.tolist() == others.tolist()


def test_plain_promises_take_the_short_way() -> None:
    """Promises of available units do not reach the plain rule; the first other one does."""
    desk = desk_with_stock()
    columns = {"item": [0, 1], "owner": 0, "channel": 1, "expires_us": LATER_US, "due_us": 0}
    with patch.object(module, "decide_promise", side_effect=AssertionError):
        _, outcome = record_of(desk, make_batch("promise", columns | {"units": [4, 7]}))
    assert [outcome[name] for name in ("outcome", "promise", "available_units")] == [
        [0, 0], [0, 1], [5, 0],
    ]  # fmt: skip
    with patch.object(module, "decide_promise") as rule:
        record_of(desk, make_batch("promise", columns | {"units": [5, 1]}))
    assert rule.call_args.kwargs == {"first": 1}
