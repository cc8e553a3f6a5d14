"""A store keeps the sizes of its rings, because numbers are mapped to rows by them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import StoreMismatch
from slotline.engine.head import read_identity, write_identity
from slotline.engine.limits import RINGS, SMALL, Capacity
from slotline.engine.schema import TABLES
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.service.verify import verify
from slotline.tests.engine.desk import ITEM, LOCATION, ORDER, RECEIPT, TODAY
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

TIGHT = replace(SMALL, promise=4, order=4, line=8, batch=4, task=4)
WORK_RINGS = ("batch", "task")
EARLY_RINGS = tuple(ring for ring in RINGS if ring not in WORK_RINGS)
CLOCK = ManualClock(TODAY * DAY_US)


def opened(folder: Path, capacity: Capacity) -> Engine:
    """Recover a store."""
    return Engine.open(FileStore(folder), CLOCK, capacity=capacity, segment_bytes=1 << 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a store whose rings have wrapped."""
    folder = tmp_path / "store"
    engine = Engine.create(
        FileStore(folder),
        CLOCK,
        "rings",
        store_id=bytes(range(16)),
        capacity=TIGHT,
        segment_bytes=1 << 20,
    )
    engine.submit(make_batch("put_name", {"kind": [1, 2, 4], "code": ["acme", "web", "A"]}))
    engine.submit(make_batch("put_item", ITEM | {"code": "tea"}))
    engine.submit(make_batch("put_location", LOCATION | {"code": "L"}))
    engine.submit(make_batch("receive", RECEIPT | {"units": 1}))
    engine.submit(
        make_batch(
            "put_purchase_line",
            {
                "code": "P",
                "line_number": 1,
                "item": 0,
                "owner": 0,
                "expected_units": 9,
                "due_us": CLOCK.time_us + 1,
                "unit_cost_minor": 0,
            },
        )
    )
    peg = {"item": 0, "owner": 0, "channel": 1, "units": 1, "due_us": CLOCK.time_us + 2}
    for number in range(6):
        lines = {"item": [0, 0], "units": 1, "promise": -1}
        engine.submit(make_batch("accept", ORDER | {"line_count": 2}, lines))
        engine.submit(make_batch("cancel", {"order": number}))
        engine.submit(make_batch("promise", peg | {"expires_us": CLOCK.time_us + DAY_US}))
        engine.submit(make_batch("release_promise", {"promise": number}))
    for number in range(6):
        of = {"wave": -1, "zone": -1, "priority": 0, "due_us": 0}
        engine.submit(make_batch("open_batch", of))
        move = {"batch": number, "stock": 0, "units": 1, "location": 0, "tour_position": 0}
        engine.submit(make_batch("add_move", move))
        engine.submit(make_batch("cancel_batch", {"batch": number}))
    assert [engine.state.count(ring) for ring in RINGS] == [6, 6, 12, 6, 6]
    engine.close()
    return folder


def as_before_rings(folder: Path) -> None:
    """Make the name tag one of an early build."""
    store = FileStore(folder)
    write_identity(store, replace(read_identity(store), ring_rows={}))


def test_the_rings_of_the_schema_are_those_of_the_capacity() -> None:
    """A ring that is new is noted, too."""
    assert sorted(RINGS) == sorted(table.name for table in TABLES if table.ring)


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("rows", [2, 8_192])
def test_another_ring_size_is_refused_before_anything_is_written(
    folder: Path, ring: str, rows: int
) -> None:
    """Smaller or larger; other tables may grow."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    kept = getattr(TIGHT, ring)
    message = f"found a capacity of {rows} rows for ring {ring}, expected the {kept} of the store"
    with pytest.raises(StoreMismatch, match=message):
        opened(folder, replace(TIGHT, **{ring: rows}))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files
    opened(folder, replace(TIGHT, stock=32_768)).close()
    assert verify(folder).ok


def test_rings_that_a_store_has_not_met_may_have_any_size(tmp_path: Path) -> None:
    """From then on they keep it."""
    store = FileStore(tmp_path / "store")
    Engine.create(
        store, CLOCK, "rings", store_id=bytes(16), capacity=TIGHT, segment_bytes=1 << 20
    ).close()
    known = {ring: getattr(TIGHT, ring) for ring in EARLY_RINGS}
    write_identity(store, replace(read_identity(store), ring_rows=known))
    opened(tmp_path / "store", replace(TIGHT, batch=64)).close()
    assert read_identity(store).ring_rows == TIGHT.rings | {"batch": 64}
    with pytest.raises(StoreMismatch, match="ring batch, expected the 64"):
        opened(tmp_path / "store", TIGHT)


@pytest.mark.parametrize("ring", EARLY_RINGS)
def test_a_store_of_an_early_build_is_opened_by_its_own_rings_only(folder: Path, ring: str) -> None:
    """Its numbers tell; from then on the name tag does."""
    as_before_rings(folder)
    with pytest.raises(StoreMismatch, match=f"found {ring} number .* of a ring of 8192"):
        opened(folder, replace(TIGHT, **{ring: 8_192}))
    assert not read_identity(FileStore(folder)).ring_rows
    opened(folder, TIGHT).close()
    assert read_identity(FileStore(folder)).ring_rows == TIGHT.rings
    assert verify(folder).ok
