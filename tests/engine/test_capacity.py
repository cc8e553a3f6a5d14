"""A store never opens with tables that are smaller than what is in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import InvalidRequest, JournalCorrupt, SlotlineError
from slotline.engine.limits import SMALL
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.tests.engine.desk import ITEM, LOCATION, ORDER, RECEIPT, TODAY
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = ManualClock(TODAY * DAY_US)
USED = {"name": 3, "item": 2, "location": 2, "pool": 2, "stock": 2, "allocation": 20}


@pytest.fixture(params=[False, True], ids=["journal only", "snapshot"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a store that uses a few rows of each table, with or without a snapshot."""
    folder = tmp_path / "store"
    engine = Engine.create(
        FileStore(folder), CLOCK, "rows", store_id=bytes(16), capacity=SMALL, segment_bytes=1 << 20
    )
    engine.submit(make_batch("put_name", {"kind": [1, 2, 4], "code": ["acme", "web", "A"]}))
    engine.submit(make_batch("put_item", ITEM | {"code": ["tea", "mug"]}))
    engine.submit(make_batch("put_location", LOCATION | {"code": ["L0", "L1"]}))
    engine.submit(make_batch("receive", RECEIPT | {"item": [0, 1], "units": 100}))
    lines = {"item": [0, 1] * 10, "units": 1, "promise": -1}
    engine.submit(make_batch("accept", ORDER | {"reference": [0] * 10, "line_count": 2}, lines))
    for table, count in USED.items():
        assert engine.state.count(table) == count, table
    if request.param:
        engine.snapshot()
    engine.close()
    return folder


@pytest.mark.parametrize("table", USED)
def test_a_capacity_below_what_is_used_is_refused(folder: Path, table: str) -> None:
    """By name, whatever way the rows came into the table; the exact number is enough."""
    store = FileStore(folder)
    small = replace(SMALL, **{table: USED[table] - 1})
    with pytest.raises(SlotlineError, match=f"{table}: found {USED[table] - 1} rows") as caught:
        Engine.open(store, CLOCK, capacity=small, segment_bytes=1 << 20)
    assert isinstance(caught.value, (InvalidRequest, JournalCorrupt))
    exact = replace(SMALL, **{table: USED[table]})
    Engine.open(FileStore(folder), CLOCK, capacity=exact, segment_bytes=1 << 20).close()
