"""A site that holds the workload: the product's own engine, filled through its own commands."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.batch import Batch, make_batch
from slotline.engine.engine import Engine
from slotline.engine.limits import BATCH_COMMANDS_MAX
from slotline.engine.store import FileStore
from slotline.kernels.columns import PLACEMENT_BINS, POLICY_ALL_OR_NOTHING, ROTATION_FEFO
from slotline.service.clock import SystemClock

from .workload import EXPIRY_DAY_FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from .workload import Workload

OWNER_CODE: Final = "CLIENT"
CHANNEL_CODE: Final = "CHANNEL"
OWNER: Final = 0
CHANNEL: Final = 1
ZONE: Final = 2
LOCATION: Final = 0
_CHUNK: Final = min(20_000, BATCH_COMMANDS_MAX)


def make_key() -> bytes:
    """Make a UUIDv7 as 16 bytes."""
    key = bytearray(os.urandom(16))
    key[:6] = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    key[6] = 0x70 | (key[6] & 0x0F)
    key[8] = 0x80 | (key[8] & 0x3F)
    return bytes(key)


def item_code(item: int) -> str:
    """Give the code of an item of the workload."""
    return f"SKU{item}"


def open_site(folder: Path, workload: Workload) -> Engine:
    """Make a store in `folder` and bring the workload's items and opening stock into it.

    Parameters
    ----------
    folder : Path
        Does not exist yet.
    workload : Workload
        Items and stock rows; stock row r of the workload is stock row r of the engine.

    Returns
    -------
    Engine
        Open, with the journal's background threads running.
    """
    clock = SystemClock()
    Engine.create(FileStore(folder), clock, "bench", store_id=os.urandom(16)).close()
    engine = Engine.open(FileStore(folder), clock, background=True)
    for kind, code in ((1, OWNER_CODE), (2, CHANNEL_CODE), (4, "ZONE")):
        engine.submit(make_batch("put_name", {"kind": kind, "code": code}))
    engine.submit(make_batch("put_location", _location()))
    for first in range(0, workload.item_count, _CHUNK):
        last = min(first + _CHUNK, workload.item_count)
        engine.submit(make_batch("put_item", _items(first, last)))
    receive(engine, workload.item_row, workload.units, workload.expiry_day)
    return engine


def _location() -> dict[str, object]:
    names = ("aisle", "side", "bay", "level", "x_mm", "y_mm", "z_mm", "pick_seq", "capacity_units")
    return {"code": "BIN", "zone": ZONE, "role": 1, "active": 1} | dict.fromkeys(names, 0)


def _items(first: int, last: int) -> dict[str, object]:
    sizes = ("shelf_life_days", "length_mm", "width_mm", "height_mm", "weight_g")
    return {
        "client": OWNER,
        "code": [item_code(item) for item in range(first, last)],
        "rotation": ROTATION_FEFO,
        "hazard": 0,
        "temperature": 0,
        "active": 1,
    } | dict.fromkeys(sizes, 1)


def receive(engine: Engine, item: np.ndarray, units: np.ndarray, expiry_day: np.ndarray) -> None:
    """Receive stock rows in order; each (item, expiry day) gets a lot.

    Parameters
    ----------
    engine : Engine
        Open site.
    item, units, expiry_day : ndarray of int32, shape (R,)
        Rows.
    """
    lots, lot_of = np.unique(_item_and_day(item, expiry_day), return_inverse=True)
    lot_row = np.empty(lots.size, dtype=np.int32)
    for first in range(0, lots.size, _CHUNK):
        part = lots[first : first + _CHUNK]
        reply = engine.submit(
            make_batch(
                "put_lot",
                {
                    "item": part >> 32,
                    "owner": OWNER,
                    "code": [f"D{day}" for day in (part & 0xFFFFFFFF).tolist()],
                    "expiry_day": (part & 0xFFFFFFFF) + days_later(),
                },
            )
        )
        lot_row[first : first + _CHUNK] = reply.outcome["lot"]
    receive_lots(engine, item, lot_row[lot_of], units)


def receive_lots(engine: Engine, item: np.ndarray, lot: np.ndarray, units: np.ndarray) -> None:
    """Receive stock rows, shape (R,) each, of lots that exist, in order."""
    for first in range(0, item.size, _CHUNK):
        cut = slice(first, first + _CHUNK)
        engine.submit(make_batch("receive", receipt_columns(item[cut], lot[cut], units[cut])))


def days_later() -> int:
    """Days by which all expiry is put off, so that nothing expires in whichever year this runs."""
    return max(0, time.time_ns() // 86_400_000_000_000 + 30 - EXPIRY_DAY_FIRST)


def _item_and_day(item: np.ndarray, expiry_day: np.ndarray) -> np.ndarray:
    pair: np.ndarray = item.astype(np.int64) << 32 | expiry_day
    return pair


def opening_lots(workload: Workload) -> np.ndarray:
    """Give item and expiry day of each lot of the opening stock, packed, ascending: its row."""
    return np.unique(_item_and_day(workload.item_row, workload.expiry_day))


def lot_rows(lots: np.ndarray, item: np.ndarray, expiry_day: np.ndarray) -> np.ndarray:
    """Choose lots of the opening stock for later receipts, so that no new ones have to be made.

    Parameters
    ----------
    lots : ndarray of int64, shape (L,)
        From `opening_lots`.
    item, expiry_day : ndarray of int32, shape (R,)
        Items and wanted expiry.

    Returns
    -------
    ndarray of int64, shape (R,)
        Of each item the lot that expires on the day, else the next later one, else its last.
    """
    last = np.searchsorted(lots, (item.astype(np.int64) + 1) << 32) - 1
    return np.minimum(np.searchsorted(lots, _item_and_day(item, expiry_day)), last)


def receipt_columns(item: np.ndarray, lot: np.ndarray, units: np.ndarray) -> dict[str, object]:
    """Columns of `receive` into the site's one bin."""
    return {
        "purchase_line": -1,
        "item": item,
        "owner": OWNER,
        "lot": lot,
        "status": 0,
        "pack": -1,
        "location": LOCATION,
        "handling_unit": -1,
        "units": units,
        "unit_cost_minor": 0,
    }


def order_batch(workload: Workload, first: int, last: int) -> Batch:
    """Orders `first` to before `last` of the workload as one batch of `accept` to bins."""
    begin, end = (int(workload.order_first_line[k]) for k in (first, last))
    columns = {
        "reference": np.arange(first, last),
        "channel": CHANNEL,
        "owner": OWNER,
        "priority": 0,
        "policy": POLICY_ALL_OR_NOTHING,
        "placement": PLACEMENT_BINS,
        "min_life_days": 0,
        "departure_us": 0,
        "code": "",
        "line_count": np.diff(workload.order_first_line[first : last + 1]),
    }
    lines = {
        "item": workload.line_item[begin:end],
        "units": workload.line_units[begin:end],
        "promise": -1,
    }
    return make_batch("accept", columns, lines)
