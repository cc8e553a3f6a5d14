"""What the histories talk to: the engine, or the model dressed up as one.

Everything that depends on how an engine is opened and read is in this file.
"""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from slotline.engine.batch import make_batch
from slotline.engine.errors import InvalidRequest, KeyReused, UnknownEntity
from slotline.engine.limits import SMALL, Capacity
from slotline.kernels.atp import atp_one
from slotline.kernels.columns import ALLOCATION_FREE, NONE
from slotline.tests.model.tables import CallRefused
from slotline.tests.simulation.work_views import model_work_views, state_work_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from slotline.engine.engine import Engine
    from slotline.engine.state import State
    from slotline.tests.model.warehouse import Warehouse

Columns = dict[str, list[Any]]
Outcomes = list[dict[str, Any]]
Views = dict[str, dict[Any, Any]]

SITE = "simulated"
STORE_ID = bytes(range(16))
SEGMENT_BYTES = 1 << 20


class ManualClock:
    """A clock that stands still until it is set.

    Parameters
    ----------
    time_us : int
        What it shows, microseconds UTC.
    """

    def __init__(self, time_us: int) -> None:
        self.time_us = time_us

    def now_us(self) -> int:
        """Give the time that was set."""
        return self.time_us


class Contender(Protocol):
    """Something that obeys commands as the contract says."""

    def submit(
        self, kind: str, columns: Columns, lines: Columns | None, time_us: int, key: bytes | None
    ) -> tuple[int, Outcomes]:
        """Obey a batch; give its sequence and outcomes, or raise CallRefused or KeyReused."""

    def atp(self, item: int, owner: int, bounds_us: list[int]) -> list[int]:
        """Give the units that can be promised at each time."""

    def views(self) -> Views:
        """Give all that is compared, by table."""

    def check(self) -> None:
        """Raise when the state contradicts itself."""

    def digest(self) -> bytes:
        """Give bytes that are equal for equal states."""

    def reopen(self) -> None:
        """Stop in good order and start again from what is stored."""

    def close(self) -> None:
        """Stop for good."""


COUNTED = ("stock", "allocation", "order", "promise", "receipt", "batch", "task")
"""Tables whose used rows, or numbers given, are compared."""


def model_views(model: Warehouse) -> Views:
    """Give the model's side of what is compared."""
    units = {
        row: (unit["kind"], unit["state"], unit["parent"], unit["location"])
        for row, unit in enumerate(model.register["handling_unit"].rows)
    }
    booked = {
        row: (item["received_units"], item["shipped_units"], item["adjusted_units"])
        for row, item in enumerate(model.items())
    }
    received = {
        row: (line["expected_units"], line["received_units"], line["due_us"])
        for row, line in enumerate(model.register["purchase_line"].rows)
    }
    compared = ("catalogue_epoch", "time_us", *COUNTED)
    counters = model.counters
    return {
        "stock": model.stock_rows(),
        "allocation": {
            row: (number, model.allocation.rows[row].line.number % model.line.capacity, *rest)
            for row, (number, _, *rest) in model.allocations().items()
        },
        "order": model.orders(),
        "line": model.lines(),
        "promise": model.promises(),
        "available": dict(model.available_units()),
        "pool": dict(enumerate(model.pool_keys.rows)),
        "handling_unit": units,
        "item": booked,
        "purchase_line": received,
        "counter": {name: counters[name] for name in compared},
        **model_work_views(model),
    }


class ModelContender:
    """The model behind the interface of an engine; a planted bug is a subclass of the model."""

    def __init__(self, model: Warehouse) -> None:
        self.model = model
        self.sequence = 0
        self.remembered: dict[bytes, tuple[str, int, Outcomes]] = {}

    def submit(
        self, kind: str, columns: Columns, lines: Columns | None, time_us: int, key: bytes | None
    ) -> tuple[int, Outcomes]:
        """Obey a batch, once per key."""
        content = repr((kind, columns, lines))
        if key is not None and key in self.remembered:
            known, sequence, outcomes = self.remembered[key]
            if known != content:
                raise KeyReused("other content")
            return sequence, outcomes
        outcomes = self.model.apply(kind, columns, lines, time_us)
        self.sequence += len(outcomes)
        if key is not None:
            self.remembered[key] = (content, self.sequence, copy.deepcopy(outcomes))
        return self.sequence, outcomes

    def atp(self, item: int, owner: int, bounds_us: list[int]) -> list[int]:
        """Ask the model."""
        return self.model.atp(item, owner, bounds_us)

    def views(self) -> Views:
        """Look at the model."""
        return model_views(self.model)

    def check(self) -> None:
        """Let the model check itself."""
        self.model.check()

    def digest(self) -> bytes:
        """Hash all views."""
        return hashlib.sha256(repr(self.views()).encode()).digest()

    def reopen(self) -> None:
        """Nothing is stored."""

    def close(self) -> None:
        """Nothing is open."""


class EngineContender:
    """The real engine on a folder.

    Parameters
    ----------
    folder : Path
        A store is made there when there is no folder, else it is recovered.
    capacity : Capacity
        Rows per table.
    """

    def __init__(self, folder: Path, capacity: Capacity = SMALL) -> None:
        self.folder = folder
        self.capacity = capacity
        self.clock = ManualClock(0)
        self.engine = open_engine(folder, self.clock, capacity, create=not folder.exists())

    def submit(
        self, kind: str, columns: Columns, lines: Columns | None, time_us: int, key: bytes | None
    ) -> tuple[int, Outcomes]:
        """Send a batch and wait for the reply."""
        self.clock.time_us = time_us
        try:
            reply = self.engine.submit(make_batch(kind, columns, lines), key=key)
        except (InvalidRequest, UnknownEntity) as error:
            raise CallRefused(str(error)) from error
        return reply.sequence, as_outcomes(kind, columns, reply.outcome, reply.line_outcome)

    def submit_together(
        self, kind: str, singles: list[tuple[Columns, Columns | None]], time_us: int
    ) -> Outcomes:
        """Queue single commands before any is decided, so that one group takes them all."""
        self.clock.time_us = time_us
        tickets = [
            self.engine.enqueue(make_batch(kind, columns, lines)) for columns, lines in singles
        ]
        outcomes: Outcomes = []
        for ticket, (columns, _) in zip(tickets, singles, strict=True):
            reply = self.engine.wait(ticket)
            outcomes += as_outcomes(kind, columns, reply.outcome, reply.line_outcome)
        return outcomes

    def atp(self, item: int, owner: int, bounds_us: list[int]) -> list[int]:
        """Ask the engine for one item."""
        return engine_atp(self.engine, item, owner, bounds_us)

    def views(self) -> Views:
        """Read all tables in the writer's turn."""
        return self.engine.read(state_views)[0]

    def check(self) -> None:
        """Scrub."""
        self.engine.scrub()

    def digest(self) -> bytes:
        """Give the digest of the engine's state."""
        return self.engine.read(lambda state: state.digest())[0]

    def reopen(self) -> None:
        """Close and recover."""
        self.engine.close()
        self.engine = open_engine(self.folder, self.clock, self.capacity)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()


def open_engine(
    folder: Path, clock: ManualClock, capacity: Capacity, *, create: bool = False
) -> Engine:
    """Make a store in the folder, or recover the one that is there."""
    from slotline.engine.engine import Engine
    from slotline.engine.store import FileStore

    store = FileStore(folder)
    if create:
        return Engine.create(
            store,
            clock,
            SITE,
            store_id=STORE_ID,
            capacity=capacity,
            segment_bytes=SEGMENT_BYTES,
            keys_max=1024,
        )
    return Engine.open(store, clock, capacity=capacity, segment_bytes=SEGMENT_BYTES, keys_max=1024)


def engine_atp(engine: Engine, item: int, owner: int, bounds_us: list[int]) -> list[int]:
    """Ask the engine what of an item can be promised."""
    bounds = np.array(bounds_us, dtype=np.int64)

    def ask(state: State) -> list[int]:
        answer = np.zeros(bounds.size, dtype=np.int64)
        pool = state.available_pool(item, owner)
        if pool != NONE:
            available = int(state.index.head["available_units"][pool])
            atp_one(state.events, pool, available, bounds, answer)
        return [int(units) for units in answer]

    return engine.read(ask)[0]


def as_outcomes(
    kind: str, columns: Columns, outcome: Mapping[str, Any], line_outcome: Mapping[str, Any]
) -> Outcomes:
    """Turn a reply's columns into one dict per command."""
    # The reply's own names: under a planted bug it may be the answer to another command.
    count = len(outcome["outcome"])
    result: Outcomes = [
        {name: int(values[row]) for name, values in outcome.items()} for row in range(count)
    ]
    if kind == "accept" and line_outcome:
        counts = columns["line_count"]
        counts = counts * count if len(counts) == 1 else counts
        start = 0
        for row, lines in enumerate(counts):
            given = line_outcome["allocated_units"][start : start + lines]
            result[row]["lines"] = [int(units) for units in given]
            start += lines
    return result


# -- the state of the engine ---------------------------------------------------------------------


def _tuple(table: Any, row: int, names: Sequence[str]) -> tuple[Any, ...]:
    values = []
    for name in names:
        value = getattr(table, name)[row]
        values.append(value.decode() if isinstance(value, bytes) else int(value))
    return tuple(values)


STOCK = ("item", "pool", "lot", "pack", "location", "handling_unit", "receipt")
STOCK_UNITS = ("expiry_day", "on_hand_units", "allocated_units", "received_us")
ORDER = ("reference", "channel", "owner", "priority", "policy", "state", "min_life_days")
PROMISE = ("channel", "units", "state", "expires_us", "due_us")
LINE = ("item", "ordered_units", "allocated_units", "shipped_units", "cancelled_units")


def state_views(state: State) -> Views:
    """Give the engine's side of what is compared."""
    stock = {
        row: _tuple(state.stock, row, STOCK + STOCK_UNITS)
        for row in range(state.count("stock"))
        if state.stock.on_hand_units[row] > 0
    }
    allocations = {}
    for row in range(state.count("allocation")):
        if state.allocation.state[row] != ALLOCATION_FREE:
            line = int(state.allocation.line[row])
            number = int(state.order.number[state.line.order[line]])
            rest = _tuple(state.allocation, row, ("stock", "units", "state", "wave"))
            allocations[row] = (number, line, *rest)
    pools = {
        row: _tuple(state.pool, row, ("item", "owner", "status"))
        for row in range(state.count("pool"))
    }
    units = ("kind", "state", "parent", "location")
    booked = ("received_units", "shipped_units", "adjusted_units")
    expected = ("expected_units", "received_units", "due_us")
    return {
        "stock": stock,
        "allocation": allocations,
        **_ring_views(state, pools),
        "available": {
            pool: int(state.index.head["available_units"][row]) for row, pool in pools.items()
        },
        "pool": pools,
        "handling_unit": _whole(state, "handling_unit", units),
        "item": _whole(state, "item", booked),
        "purchase_line": _whole(state, "purchase_line", expected),
        "counter": _counters(state),
        **state_work_views(state),
    }


def _whole(state: State, table: str, names: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    view = getattr(state, table)
    return {row: _tuple(view, row, names) for row in range(state.count(table))}


def _ring_views(state: State, pools: dict[int, tuple[Any, ...]]) -> Views:
    given, kept = state.count("order"), state.capacity.order
    orders: dict[int, tuple[Any, ...]] = {}
    lines: dict[tuple[int, int], tuple[Any, ...]] = {}
    for number in range(max(0, given - kept), given):
        row = number % kept
        rest = _tuple(state.order, row, ("departure_us", "line_count", "code"))
        orders[number] = _tuple(state.order, row, ORDER) + rest
        for position, line in enumerate(state.lines_of(row)):
            if state.line.order[line] == row:
                lines[number, position] = _tuple(state.line, line, LINE)
    promises = {}
    given, kept = state.count("promise"), state.capacity.promise
    for number in range(max(0, given - kept), given):
        row = number % kept
        item, owner, _ = pools[int(state.promise.pool[row])]
        promises[number] = (item, owner, *_tuple(state.promise, row, PROMISE))
    return {"order": orders, "line": lines, "promise": promises}


def _counters(state: State) -> dict[str, int]:
    from slotline.engine.schema import Counter

    return {name: state.count(name) for name in COUNTED} | {
        "catalogue_epoch": int(state.counters[Counter.CATALOGUE_EPOCH]),
        "time_us": int(state.time_us),
    }
