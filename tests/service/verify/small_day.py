"""A small day of a warehouse on the real engine: every command once or more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.limits import SMALL, Capacity
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.engine.ticket import Reply
    from slotline.service.verify import AckLog

STORE_ID = bytes(range(16))
START_US = 20_000 * DAY_US
SIZES = {"length_mm": 100, "width_mm": 80, "height_mm": 60, "weight_g": 500}
PLACE = {
    "role": 0,
    "aisle": 1,
    "side": 0,
    "bay": 1,
    "level": 0,
    "x_mm": 0,
    "y_mm": 0,
    "z_mm": 0,
    "pick_seq": 0,
    "capacity_units": 100,
}


class Site:
    """An engine on a folder, with a clock of its own, keys, and a log of acknowledgements.

    Parameters
    ----------
    folder : Path
        Absent: a store is made there.
    acks : AckLog or None
        Gets every reply.
    capacity : Capacity
        Rows per table.
    segment_bytes : int
        Size of segments.
    """

    def __init__(
        self,
        folder: Path,
        acks: AckLog | None = None,
        *,
        capacity: Capacity = SMALL,
        segment_bytes: int = 1 << 20,
    ) -> None:
        self.folder = folder
        self.time_us = START_US
        self._acks = acks
        self._keys = 0
        self._options = {"capacity": capacity, "segment_bytes": segment_bytes, "keys_max": 1024}
        self.engine = Engine.create(
            FileStore(folder), self, "small", store_id=STORE_ID, **self._options
        )

    def now_us(self) -> int:
        """Give the site's time."""
        return self.time_us

    def reopen(self) -> None:
        """Close and recover."""
        self.engine.close()
        self.engine = Engine.open(FileStore(self.folder), self, **self._options)

    def make_key(self) -> bytes:
        """Give a new key of the present time."""
        self._keys += 1
        head = (self.time_us // 1000).to_bytes(6, "big")
        return head + b"\x70\x00" + self._keys.to_bytes(8, "big")

    def send(self, kind: str, lines: dict[str, Any] | None = None, /, **columns: Any) -> Reply:
        """Send a batch and log its reply."""
        self.time_us += 1_000
        key = self.make_key()
        reply = self.engine.submit(make_batch(kind, columns, lines), key=key)
        if self._acks is not None:
            self._acks.add(key, reply.sequence, kind, reply.outcome, reply.line_outcome)
        return reply

    def first(self, reply: Reply, column: str) -> int:
        """Give the first value of a reply's column; the command must have been done."""
        assert int(reply.outcome["outcome"][0]) <= 1, reply
        return int(reply.outcome[column][0])

    def order(self, units: list[int], item: int = 0, **columns: Any) -> int:
        """Accept one order of lines of an item and give its number."""
        promise = columns.pop("promise", -1)
        given = {
            "reference": 7,
            "channel": 1,
            "owner": 0,
            "priority": 5,
            "policy": 1,
            "placement": 1,
            "min_life_days": 0,
            "departure_us": 0,
            "code": "",
            **columns,
        }
        lines = {"item": [item] * len(units), "units": units, "promise": promise}
        reply = self.send("accept", lines, line_count=len(units), **given)
        number = int(reply.outcome["order"][0])
        assert number >= 0, reply
        return number

    def allocations(self, order: int) -> list[int]:
        """Give the allocation rows of an order."""
        state = self.engine.state
        rows = state.lines_of(state.order_row(order))
        return [row for line in rows for row in state.allocations_of(line)]


def found_site(site: Site) -> None:
    """Names, two items, locations, totes, a lot and purchase lines."""
    codes = ["ann", "shop", "count", "hall"]
    site.send("put_name", kind=[1, 2, 3, 4], code=codes)
    catalogue = {"client": 0, "shelf_life_days": 9, "hazard": 0, "temperature": 0, "active": 1}
    site.send("put_item", code=["milk", "rope"], rotation=[0, 1], **catalogue, **SIZES)
    site.send("put_pack", item=0, level=0, units=1, **SIZES)
    site.send("put_alias", code="0401", client=0, item=0, pack=0, units=1)
    site.send("put_lot", item=0, owner=0, code="L1", expiry_day=20_002)
    site.send("put_location", code=["A", "B"], zone=3, active=1, **PLACE)
    site.send("put_handling_unit", code=["T0", "T1", "C0"], kind=[2, 2, 3], parent=-1, location=0)
    site.send(
        "put_purchase_line",
        code="P1",
        line_number=[1, 2],
        item=[0, 1],
        owner=0,
        expected_units=[60, 40],
        due_us=site.time_us + DAY_US,
        unit_cost_minor=250,
    )


def receive(site: Site, item: int, units: int, **columns: Any) -> int:
    """Receive units of an item into location 0 and give the stock row."""
    given = {
        "purchase_line": item,
        "item": item,
        "owner": 0,
        "lot": -1,
        "status": 0,
        "pack": -1,
        "location": 0,
        "handling_unit": -1,
        "units": units,
        "unit_cost_minor": 250,
        **columns,
    }
    return site.first(site.send("receive", **given), "stock")


def play_floor(site: Site, order: int, tote: int) -> None:
    """Release an order, pick it with one short, unpick and pick again, pack and ship."""
    site.send("release", order=order, wave=3)
    first, *rest = site.allocations(order)
    pick = {"order": order, "handling_unit": tote}
    site.send("pick", allocation=first, units=1, **pick)
    site.send("short_pick", allocation=first, found_units=0, reason=2, **pick)
    for allocation in rest:
        units = int(site.engine.state.allocation.units[allocation])
        site.send("pick", allocation=allocation, units=units, **pick)
    site.send("unpick", order=order, allocation=rest[-1], location=1)
    units = int(site.engine.state.allocation.units[rest[-1]])
    site.send("pick", allocation=rest[-1], units=units, **pick)
    site.send("pack", order=order, handling_unit=tote)
    for allocation in site.allocations(order):
        if int(site.engine.state.allocation.state[allocation]) == 2:
            units = int(site.engine.state.allocation.units[allocation])
            site.send("pick", allocation=allocation, units=units, **pick)
    site.send("pack", order=order, handling_unit=tote)
    site.send("ship", order=order)


def play_day(site: Site) -> None:
    """Play a day through every command."""
    found_site(site)
    milk = receive(site, 0, 30, lot=0)
    rope = receive(site, 1, 40)
    receive(site, 0, 12, purchase_line=-1, lot=-1)
    site.send("move", stock=rope, units=10, location=1, handling_unit=-1)
    site.send("move_handling_unit", handling_unit=1, parent=0, location=-1)
    site.send("adjust", stock=rope, delta_units=-2, reason=2)
    held = site.first(site.send("hold", stock=milk, units=4, status=1, reason=2), "stock")
    site.send("release_hold", stock=held, units=2, reason=2)
    ask = {"item": 1, "owner": 0, "channel": 1, "due_us": 0}
    until = site.time_us + 3_600_000_000
    kept = site.first(site.send("promise", units=5, expires_us=until, **ask), "promise")
    lost = site.first(site.send("promise", units=3, expires_us=until, **ask), "promise")
    site.send("promise", units=2, expires_us=site.time_us + 5_000, **ask)
    site.send("release_promise", promise=lost)
    first = site.order([3, 4, 2], code="W-1")
    second = site.order([5], item=1, promise=kept, code="W-2")
    third = site.order([2, 1], placement=2)
    waiting = site.order([6], placement=0)
    for _ in range(3):
        site.order([1])
    site.send("allocate", order=waiting, placement=1)
    site.send("deallocate", order=third)
    site.send("cancel", order=third)
    play_floor(site, first, 0)
    site.time_us += 60_000_000
    site.send("tick")
    site.send("release", order=second, wave=-1)
    many = {
        "reference": list(range(40)),
        "channel": 1,
        "owner": 0,
        "priority": 1,
        "policy": [0, 1] * 20,
        "placement": 1,
        "min_life_days": 0,
        "departure_us": 0,
        "code": "",
        "line_count": 2,
    }
    lines = {"item": [0, 1] * 40, "units": 1, "promise": -1}
    site.send("accept", lines, **many)
    site.time_us += 3 * DAY_US
    site.send("tick")
