"""No command, message or group outgrows a frame, however many rows it would touch.

The stores here have frames of 60 kB and bounds to match; that the bounds of production fit the
frames of production is worked out from the schema at the end.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slotline.engine import limits
from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import InvalidRequest
from slotline.engine.frame import HEADER_BYTES
from slotline.engine.record import read_records
from slotline.engine.schema import COMMAND_NUMBER, COMMANDS, TABLE_NUMBER, TABLES, dtype_of
from slotline.engine.segments import HEADER_PAGE_BYTES, SEGMENT_BYTES
from slotline.engine.store import FileStore
from slotline.kernels.columns import (
    DAY_US,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_PARTIAL,
    PROMISE_LIVE,
    PROMISE_PEGGED,
)
from slotline.tests.engine.desk import ITEM, LOCATION, ORDER, RECEIPT, TODAY
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAME_BYTES = 64 * 1024
MANY = 2_000
"""Rows that are too many for one frame of these stores, and more than the bounds here."""

POOL, BINS = 1, 2
DONE, PARTIAL, LIMIT = OUTCOME_DONE, OUTCOME_PARTIAL, OUTCOME_LIMIT


class Site:
    """A real store with small frames: client 0, channel 1, zone 2, reason 3, item 0, location 0.

    Parameters
    ----------
    folder : Path
        Where the store is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(TODAY * DAY_US)
        self.engine = Engine.create(
            FileStore(folder),
            self.clock,
            "small frames",
            store_id=bytes(range(16)),
            capacity=limits.SMALL,
            segment_bytes=FRAME_BYTES,
            keys_max=1024,
        )
        self.do("put_name", kind=[1, 2, 4, 3], code=["acme", "web", "A", "count"])
        self.do("put_item", **(ITEM | {"code": "tea"}))
        self.do("put_location", **(LOCATION | {"code": "L0"}))
        self.do("put_handling_unit", code="T0", kind=2, parent=-1, location=0)

    def do(self, command: str, **columns: Any) -> dict[str, list[Any]]:
        """Send a batch; give its outcome columns as lists."""
        reply = self.engine.submit(make_batch(command, columns))
        return {name: column.tolist() for name, column in reply.outcome.items()}

    def outcome(self, command: str, **columns: Any) -> int:
        """Send one command; give its outcome."""
        return int(self.do(command, **columns)["outcome"][0])

    def together(self, command: str, rows: list[dict[str, Any]]) -> list[int]:
        """Queue single commands before any is decided; give their outcomes."""
        tickets = [self.engine.enqueue(make_batch(command, row)) for row in rows]
        return [int(self.engine.wait(ticket).outcome["outcome"][0]) for ticket in tickets]

    def receive(self, *units: int) -> list[int]:
        """Receive rows of the item, in messages of a hundred; give their numbers."""
        rows: list[int] = []
        for first in range(0, len(units), 100):
            part = list(units[first : first + 100])
            rows += self.do("receive", **(RECEIPT | {"units": part}))["stock"]
        return rows

    def accept(self, lines: int, units: int = 1, **columns: Any) -> tuple[int, int]:
        """Accept an order of equal lines; give outcome and number."""
        detail = {"item": [0] * lines, "units": units, "promise": -1}
        batch = make_batch("accept", ORDER | {"line_count": lines} | columns, detail)
        outcome = self.engine.submit(batch).outcome
        return int(outcome["outcome"][0]), int(outcome["order"][0])

    def orders(self, count: int, lines: int, **columns: Any) -> list[int]:
        """Accept equal orders, one by one; give their numbers."""
        return [self.accept(lines, **columns)[1] for _ in range(count)]

    def promises(self, count: int, **columns: Any) -> None:
        """Make promises of one unit each, in messages of a hundred."""
        values = {"item": 0, "owner": 0, "channel": 1, "due_us": 0}
        values |= {"expires_us": self.clock.time_us + DAY_US}
        for first in range(0, count, 100):
            units = [1] * min(100, count - first)
            found = self.do("promise", **(values | {"units": units} | columns))
            assert set(found["outcome"]) == {DONE}

    def digest(self) -> bytes:
        """Give the digest of the state."""
        return self.engine.state.digest()

    def states(self, table: str, state: int) -> int:
        """Give how many rows of a table are in a state."""
        column = getattr(self.engine.state, table).state
        return int(np.count_nonzero(column[: self.engine.state.rows_used(table)] == state))

    def frames(self, first_sequence: int) -> list[tuple[int, int]]:
        """Give payload bytes and commands of each frame from a sequence on."""
        return [
            (len(frame.payload), sum(record.batch.count for record in read_records(frame.payload)))
            for frame in self.engine.journal.read_from(first_sequence)
        ]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Open a site whose bounds suit its frames, and recover it at the end."""
    for name, rows in (
        ("COMMAND_REACH_MAX", 60),
        ("RUN_REACH_MAX", 180),
        ("ACCEPT_REACH_MAX", 600),
        ("TICK_PROMISES_MAX", 20),
        ("TICK_STOCK_ROWS_MAX", 20),
        ("TICK_TAKEN_BACK_MAX", 20),
    ):
        monkeypatch.setattr(limits, name, rows)
    opened = Site(tmp_path / "store")
    yield opened
    opened.engine.scrub()
    digest = opened.digest()
    opened.engine.close()
    again = Engine.open(
        FileStore(opened.folder),
        opened.clock,
        capacity=limits.SMALL,
        segment_bytes=FRAME_BYTES,
        keys_max=1024,
    )
    assert again.state.digest() == digest
    again.close()


@contextmanager
def unbounded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lift the bounds, to build what an earlier build may have left in a store."""
    with monkeypatch.context() as lifted:
        for name in ("COMMAND_REACH_MAX", "RUN_REACH_MAX", "ACCEPT_REACH_MAX"):
            lifted.setattr(limits, name, 1_000_000)
        yield


@contextmanager
def unchanged(site: Site) -> Iterator[None]:
    """Check that nothing of the state changes."""
    before = site.digest()
    yield
    assert site.digest() == before
    site.engine.scrub()


# -- commands of one order -----------------------------------------------------------------------


def test_an_order_is_not_bound_to_more_rows_than_a_command_may_make(site: Site) -> None:
    """Accept and allocate are refused; in parts it goes."""
    site.receive(*([1] * 200))
    assert site.accept(1, 60, placement=BINS)[0] == DONE
    with unchanged(site):
        assert site.accept(1, 61, placement=BINS)[0] == LIMIT
    _, order = site.accept(1, 61, placement=0)
    with unchanged(site):
        assert site.outcome("allocate", order=order, placement=BINS) == LIMIT
    assert site.outcome("allocate", order=order, placement=POOL) == DONE
    with unchanged(site):
        assert site.outcome("release", order=order, wave=1) == LIMIT


def test_an_order_of_too_many_allocations_stays_as_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deallocate, cancel, pack and ship refuse what one frame could not hold."""
    site.receive(*([1] * 200))
    with unbounded(monkeypatch):
        order = site.accept(1, 61, placement=BINS)[1]
    with unchanged(site):
        for command in ("deallocate", "cancel"):
            assert site.outcome(command, order=order) == LIMIT
        assert site.outcome("release", order=order, wave=1) == LIMIT
    with unbounded(monkeypatch):
        assert site.outcome("release", order=order, wave=1) == DONE
    picks = {"order": order, "allocation": list(range(61)), "units": 1, "handling_unit": 0}
    assert set(site.do("pick", **picks)["outcome"]) == {DONE}
    with unchanged(site):
        assert site.outcome("pack", order=order, handling_unit=0) == LIMIT
    with unbounded(monkeypatch):
        assert site.outcome("pack", order=order, handling_unit=0) == DONE
    with unchanged(site):
        assert site.outcome("ship", order=order) == LIMIT


def test_a_short_pick_that_reaches_too_far_leaves_the_index_as_it_was(site: Site) -> None:
    """Neither too many new bins nor a take-back of too many allocations."""
    row = site.receive(100)[0]
    order = site.accept(1, 100, placement=BINS)[1]
    assert site.outcome("release", order=order, wave=1) == DONE
    site.receive(*([1] * 100))
    short = {"order": order, "allocation": 0, "handling_unit": 0, "reason": 3}
    with unchanged(site):
        assert site.outcome("short_pick", found_units=0, **short) == LIMIT
    assert site.outcome("short_pick", found_units=70, **short) == DONE
    assert row == 0


# -- take-backs and pegs -------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["allocations", "promises"])
def test_a_take_back_of_too_many_changes_nothing(site: Site, given: str) -> None:
    """The whole of it would not fit one frame; counted or held in parts it does."""
    row = site.receive(MANY)[0]
    if given == "promises":
        site.promises(MANY)
    else:
        site.orders(MANY // 50, 50)
    with unchanged(site):
        assert site.outcome("adjust", stock=row, delta_units=-MANY, reason=3) == LIMIT
        assert site.outcome("hold", stock=row, units=61, status=1, reason=3) == LIMIT
    assert site.do("adjust", stock=row, delta_units=-60, reason=3)["taken_back_units"] == [60]
    assert site.do("hold", stock=row, units=60, status=1, reason=3)["taken_back_units"] == [60]


def test_a_receipt_that_would_serve_too_many_pegs_is_taken_in_parts(site: Site) -> None:
    """The same for units that are no longer held."""
    site.do(
        "put_purchase_line", code="P", line_number=1, item=0, owner=0, expected_units=MANY,
        due_us=site.clock.time_us + DAY_US, unit_cost_minor=1,
    )  # fmt: skip
    site.promises(MANY, due_us=site.clock.time_us + 2 * DAY_US)
    assert site.states("promise", PROMISE_PEGGED) == MANY
    with unchanged(site):
        assert site.outcome("receive", **(RECEIPT | {"units": MANY})) == LIMIT
    held = site.do("receive", **(RECEIPT | {"units": MANY, "status": 1}))["stock"][0]
    release = {"stock": held, "reason": 3}
    with unchanged(site):
        assert site.outcome("release_hold", units=61, **release) == LIMIT
    assert site.outcome("release_hold", units=60, **release) == DONE
    assert site.states("promise", PROMISE_LIVE) == 60
    # A message has room for 180 in all.
    parts = [60, 60, 60, 1, 0 + 1]
    outcomes = site.do("receive", **(RECEIPT | {"units": parts}))["outcome"]
    assert outcomes == [DONE, DONE, DONE, LIMIT, LIMIT]


def test_ticks_expire_part_of_a_row_whose_take_back_is_long(site: Site) -> None:
    """Each takes back as much as it may; what is left is still sold until the next."""
    lot = site.do("put_lot", item=0, owner=0, code="a", expiry_day=TODAY)["lot"][0]
    row = site.receive(1)[0]
    row = site.do("receive", **(RECEIPT | {"units": 50, "lot": lot}))["stock"][0]
    assert site.accept(51)[0] == DONE
    site.clock.time_us += DAY_US
    left = []
    while site.do("tick")["expired_stock_rows"][0]:
        left.append(int(site.engine.state.stock.on_hand_units[row]))
        site.engine.scrub()
    assert left == [30, 10, 10]
    assert site.engine.state.available_units[0] == 0


# -- messages and groups -------------------------------------------------------------------------


def test_a_message_has_room_for_so_many_and_refuses_the_rest(site: Site) -> None:
    """Its record is one frame, so its commands share what a run may reach."""
    site.receive(MANY)
    numbers = site.orders(8, 50)
    outcomes = site.do("cancel", order=numbers)["outcome"]
    assert outcomes == [DONE] * 3 + [LIMIT] * 5
    assert site.do("cancel", order=numbers[3:])["outcome"] == [DONE] * 3 + [LIMIT] * 2


def test_waiting_commands_are_cut_into_records_and_frames(site: Site) -> None:
    """Every one has its full room, whoever waits beside it, and its own answer under its key."""
    site.receive(MANY)
    numbers = site.orders(40, 50)
    before = site.engine.durable_sequence
    rows = [{"order": number} for number in numbers]
    assert site.together("deallocate", rows) == [DONE] * 40
    frames = site.frames(before + 1)
    assert sum(commands for _, commands in frames) == 40
    assert len(frames) > 1
    assert max(size for size, _ in frames) <= site.engine.journal.payload_bytes_max


def test_keys_of_a_cut_run_name_their_own_commands(site: Site) -> None:
    """A retry gets the answer of its command, not of the run's first."""
    site.receive(MANY)
    numbers = site.orders(10, 50)
    keys = [
        (site.clock.time_us // 1000).to_bytes(6, "big") + b"\x70" + bytes(8) + bytes((k,))
        for k in range(10)
    ]

    def send() -> list[tuple[int, int]]:
        tickets = [
            site.engine.enqueue(make_batch("deallocate", {"order": number}), key=key)
            for number, key in zip(numbers, keys, strict=True)
        ]
        replies = [site.engine.wait(ticket) for ticket in tickets]
        return [(reply.sequence, int(reply.outcome["freed_units"][0])) for reply in replies]

    first = send()
    assert [units for _, units in first] == [50] * 10
    assert send() == first


def test_waiting_ticks_are_cut_too(site: Site) -> None:
    """Ticks of many callers do not add up to one record."""
    site.receive(MANY)
    site.promises(MANY)
    site.clock.time_us += 2 * DAY_US
    before = site.engine.durable_sequence
    assert site.together("tick", [{}] * 64) == [DONE] * 64
    assert site.states("promise", PROMISE_LIVE) == MANY - 64 * 20
    assert max(size for size, _ in site.frames(before + 1)) < FRAME_BYTES


def test_orders_beyond_the_room_of_a_message_are_refused_from_there_on(site: Site) -> None:
    """The message stops at the first order that finds no room; alone it does."""
    site.receive(*([1] * 1_000))
    lines = {"item": 0, "units": [50] * 11 + [51, 60, 1], "promise": -1}
    batch = make_batch("accept", ORDER | {"line_count": [1] * 14, "placement": BINS}, lines)
    outcome = site.engine.submit(batch).outcome
    assert outcome["outcome"].tolist() == [DONE] * 11 + [LIMIT] * 3
    assert outcome["order"].tolist() == [*range(11), -1, -1, -1]
    assert site.accept(1, 51, placement=BINS)[0] == DONE


def test_waiting_orders_have_their_full_room_each(site: Site) -> None:
    """Single orders share a record, not the room of a message."""
    site.receive(*([1] * 900))
    batches = [
        make_batch(
            "accept",
            ORDER | {"line_count": 1, "placement": BINS},
            {"item": 0, "units": 60, "promise": -1},
        )
        for _ in range(15)
    ]
    tickets = [site.engine.enqueue(batch) for batch in batches]
    found = [int(site.engine.wait(ticket).outcome["outcome"][0]) for ticket in tickets]
    assert found == [DONE] * 15


def test_a_message_names_only_so_many_promises(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be consumed, with an after-image in the record."""
    monkeypatch.setattr(limits, "ACCEPT_PROMISES_MAX", 3)
    lines = {"item": [0] * 4, "units": 1, "promise": [0, 1, 2, 3]}
    with pytest.raises(InvalidRequest, match=r"found 4 lines that name a promise, expected at"):
        site.engine.submit(make_batch("accept", ORDER | {"line_count": 4}, lines))


# -- the bounds of production --------------------------------------------------------------------

FRAME_ROOM_BYTES = SEGMENT_BYTES - HEADER_PAGE_BYTES - HEADER_BYTES
SLACK_BYTES = 64 * 1024
"""Headers, padding, keys, counters."""


def image(table: str) -> int:
    """Give the bytes of one after-image with its row."""
    fields = TABLES[TABLE_NUMBER[table]].fields
    return 4 + sum(dtype_of(field).itemsize for field in fields)


def columns(kind: str) -> int:
    """Give the bytes of one command's columns and outcome."""
    command = COMMANDS[COMMAND_NUMBER[kind]]
    return sum(dtype_of(field).itemsize for field in (*command.fields, *command.outcome))


# Tables whose rows one command changes beside what it reaches; stock twice where it splits.
CHANGED = {
    "put_name": ("name",),
    "put_item": ("item", "pool"),
    "put_pack": ("pack",),
    "put_alias": ("alias",),
    "put_lot": ("lot",),
    "put_location": ("location",),
    "put_handling_unit": ("handling_unit",),
    "put_purchase_line": ("purchase_line", "pool"),
    "receive": ("stock", "receipt", "item", "pool", "purchase_line"),
    "move": ("stock", "stock"),
    "move_handling_unit": ("handling_unit",),
    "adjust": ("stock", "item"),
    "hold": ("stock", "stock", "pool"),
    "release_hold": ("stock", "stock", "pool"),
    "promise": ("promise",),
    "release_promise": ("promise",),
    "cancel": ("order",),
    "allocate": (),
    "deallocate": ("order",),
    "release": ("order",),
    "pick": ("stock", "stock", "allocation", "allocation", "handling_unit"),
    "short_pick": ("stock", "stock", "stock", "item", "line", "handling_unit", "pool"),
    "unpick": ("stock", "allocation"),
    "pack": ("order", "handling_unit"),
    "ship": ("order",),
    "tick": ("batch",) * limits.TICK_LEASES_MAX,
    "put_worker": ("worker",),
    "put_cart": ("cart",),
    "put_wave": ("wave",),
    "put_load": ("load",),
    "open_batch": ("batch",),
    "add_pick": ("allocation", "allocation", "task", "order"),
    "add_move": ("task",),
    "release_batch": ("batch", "wave"),
    "cancel_batch": ("batch", "wave"),
    "claim_batch": ("batch",),
    "assign_tote": ("cart_tote", "cart_tote", "batch"),
    "confirm_task": (
        *("stock", "stock", "allocation", "allocation", "handling_unit"),
        *("cart_tote", "task", "batch"),
    ),
    "short_task": (
        *("stock", "stock", "stock", "item", "line", "handling_unit", "pool"),
        *("cart_tote", "task", "batch"),
    ),
    "drop_task": ("task", "batch", "wave"),
    "route_task": ("task",),
    "pause_batch": ("batch",),
    "resume_batch": ("batch",),
    "drop_batch": ("batch", "wave"),
    "reassign_batch": ("batch",),
    "deliver_batch": ("batch", "wave"),
    "sort_pick": ("stock", "handling_unit"),
    "consolidate": ("handling_unit", "handling_unit"),
    "stage": ("handling_unit",),
    "dock_load": ("load",),
    "load_unit": (),
    "unload_unit": (),
    "depart": ("load",),
}
# Tables whose rows change with one allocation or promise that is reached, at worst.
REACHED = {
    "receive": ("promise",),
    "release_hold": ("promise",),
    "adjust": ("allocation", "line"),
    "hold": ("allocation", "line"),
    "cancel": ("allocation", "task"),
    "allocate": ("allocation", "line"),
    "deallocate": ("allocation", "line", "task"),
    "release": ("allocation", "line"),
    "short_pick": ("allocation", "line"),
    "pack": ("allocation", "stock"),
    "ship": ("allocation", "stock", "item", "line", "handling_unit", "load_unit"),
    "tick": ("stock", "stock"),
    "cancel_batch": ("task",),
    "short_task": ("allocation", "line", "task"),
    "deliver_batch": ("cart_tote", "handling_unit"),
    "consolidate": ("stock",),
    "load_unit": ("handling_unit", "load_unit"),
    "unload_unit": ("handling_unit", "load_unit"),
    # Units are reached beside the allocations, with smaller images.
    "depart": ("allocation", "stock", "item", "line", "order"),
}


@pytest.mark.parametrize("kind", [one.name for one in COMMANDS[1:] if not one.has_lines])
def test_no_record_outgrows_a_frame(kind: str) -> None:
    """The largest message of a kind at its bounds, in bytes of the schema, fits one frame."""
    commands = limits.BATCH_COMMANDS_MAX
    if kind in limits.UNBOUNDED_KINDS or kind == "tick":
        commands = limits.RUN_COMMANDS_MAX
    each = columns(kind) + sum(image(table) for table in CHANGED[kind])
    if kind == "cancel":
        each += limits.ORDER_LINES_MAX * image("line")
    reached = sum(image(table) for table in REACHED.get(kind, ()))
    size = commands * each + limits.RUN_REACH_MAX * reached
    assert size < FRAME_ROOM_BYTES - SLACK_BYTES


def test_no_record_of_orders_outgrows_a_frame() -> None:
    """Neither the largest message nor the largest run of single orders or of messages."""
    command = COMMANDS[COMMAND_NUMBER["accept"]]
    line = sum(dtype_of(f).itemsize for f in (*command.line_fields, *command.line_outcome))
    message = (
        limits.BATCH_COMMANDS_MAX * columns("accept")
        + limits.BATCH_LINES_MAX * (line + image("pool"))
        + limits.ACCEPT_REACH_MAX * 12
        + limits.ACCEPT_PROMISES_MAX * image("promise")
    )
    assert message < FRAME_ROOM_BYTES - SLACK_BYTES
    lines = limits.RUN_LINES_MAX + limits.ORDER_LINES_MAX
    run = lines * (line + image("pool") + image("promise"))
    run += limits.RUN_COMMANDS_MAX * (columns("accept") + limits.COMMAND_REACH_MAX * 12)
    assert run < FRAME_ROOM_BYTES - SLACK_BYTES
    joined = (
        limits.JOINED_COMMANDS_MAX * columns("accept")
        + limits.RUN_LINES_MAX * (line + image("pool") + image("promise"))
        + limits.ACCEPT_REACH_MAX * 12
    )
    assert joined < FRAME_ROOM_BYTES - SLACK_BYTES


def test_a_tick_is_within_the_bound_of_a_command() -> None:
    """So that a run of ticks ends in time."""
    parts = (limits.TICK_PROMISES_MAX, limits.TICK_STOCK_ROWS_MAX, limits.TICK_TAKEN_BACK_MAX)
    assert sum(parts) <= limits.COMMAND_REACH_MAX
    assert 2 * limits.COMMAND_REACH_MAX <= limits.RUN_REACH_MAX
    assert limits.ORDER_LINES_MAX <= limits.COMMAND_REACH_MAX
