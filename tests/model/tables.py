"""The things of the model warehouse, and the few ways in which rows are numbered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    BATCH_CANCELLED,
    BATCH_DONE,
    BATCH_OPEN,
    NONE,
    ORDER_CANCELLED,
    ORDER_SHIPPED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    STATUS_AVAILABLE,
    TASK_OPEN,
)

Thing = TypeVar("Thing")
PoolKey = tuple[int, int, int]
"""Item, owner, status: what a pool is known by, whatever its row."""

ON_A_ROW = (ALLOCATION_BOUND, ALLOCATION_PICKED, ALLOCATION_PACKED)
CLOSED = (ORDER_SHIPPED, ORDER_CANCELLED)
OUTSTANDING = (PROMISE_LIVE, PROMISE_PEGGED)
ENDED = (BATCH_DONE, BATCH_CANCELLED)


class CallRefused(Exception):
    """The whole call names a row that does not exist; nothing gets a sequence."""


class TableFull(Exception):
    """A command needs a row that its table does not have."""


class ReachedTooFar(TableFull):
    """A command would touch more allocations and promises than it may."""


class Refused(Exception):
    """A command found a rule against it before it changed anything.

    Parameters
    ----------
    outcome : int
        What the reply tells.
    """

    def __init__(self, outcome: int) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def refuse_if(applies: bool, outcome: int) -> None:
    """Refuse the command when a rule applies."""
    if applies:
        raise Refused(outcome)


@dataclass(slots=True)
class StockRow:
    """Units of one pool that lie together and came together."""

    item: int
    owner: int
    status: int
    lot: int
    pack: int
    location: int
    handling_unit: int
    receipt: int
    expiry_day: int
    on_hand: int
    received_us: int

    @property
    def pool(self) -> PoolKey:
        """The pool whose units these are."""
        return (self.item, self.owner, self.status)


@dataclass(slots=True)
class Promise:
    """Units kept for a channel, from stock (live) or from dated supply (pegged)."""

    number: int
    item: int
    owner: int
    channel: int
    units: int
    state: int
    expires_us: int
    due_us: int

    @property
    def pool(self) -> PoolKey:
        """The pool that the units come from."""
        return (self.item, self.owner, STATUS_AVAILABLE)


@dataclass(slots=True)
class Line:
    """What an order wants of one item; `number` is the line's number in its ring."""

    number: int
    item: int
    owner: int
    ordered: int
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0

    @property
    def pool(self) -> PoolKey:
        """The pool that the line is served from."""
        return (self.item, self.owner, STATUS_AVAILABLE)

    @property
    def open(self) -> int:
        """Units that nothing is done about yet."""
        return self.ordered - self.allocated - self.shipped - self.cancelled


@dataclass(slots=True)
class Order:
    """One order of a channel."""

    number: int
    reference: int
    channel: int
    owner: int
    priority: int
    policy: int
    state: int
    min_life_days: int
    departure_us: int
    code: str
    lines: list[Line] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in CLOSED

    @property
    def open(self) -> int:
        """Open units of all lines."""
        return sum(line.open for line in self.lines)


@dataclass(slots=True)
class Allocation:
    """Units of a line, in the pool (`stock` is -1) or on a stock row."""

    order: Order
    line: Line
    stock: int
    units: int
    state: int
    wave: int = NONE

    @property
    def on_a_row(self) -> bool:
        """Whether the units are taken from a particular stock row."""
        return self.state in ON_A_ROW


@dataclass(slots=True, eq=False)
class Batch:
    """Tasks for one worker; `worker` is the holder, `lease_us` what was given at the claim."""

    number: int
    wave: int
    zone: int
    priority: int
    due_us: int
    state: int = BATCH_OPEN
    worker: int = NONE
    cart: int = NONE
    lease_us: int = 0
    lease_until_us: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in ENDED


@dataclass(slots=True, eq=False)
class Task:
    """One thing to do: a pick has an order and an allocation row, a move has a location."""

    number: int
    batch: Batch
    kind: int
    order: int
    allocation: int
    stock: int
    location: int
    units: int
    slot: int
    tour_position: int
    done: int = 0
    state: int = TASK_OPEN

    @property
    def live(self) -> bool:
        """Whether it is still to be done."""
        return self.state == TASK_OPEN


@dataclass(slots=True)
class Tote:
    """What a handling unit is to a batch; `batch` is -1 while it is to none."""

    handling_unit: int
    batch: int = NONE
    slot: int = 0
    current: int = 0


class RowTable(Generic[Thing]):
    """A table whose rows are reused, the lowest free one first.

    Parameters
    ----------
    capacity : int
        Rows there can be at most.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0  # rows ever used: what a ref may name
        self.reused = 0
        self.rows: dict[int, Thing] = {}

    def add(self, thing: Thing) -> int:
        """Put `thing` into the lowest free row and give the row."""
        row = next((row for row in range(self.used) if row not in self.rows), self.used)
        if row >= self.capacity:
            raise TableFull
        self.reused += row < self.used
        self.used = max(self.used, row + 1)
        self.rows[row] = thing
        return row

    def free(self, row: int) -> None:
        """Free the row, which must be in use."""
        del self.rows[row]


class GrowingTable(Generic[Thing]):
    """A table whose rows are given once, in order.

    Parameters
    ----------
    capacity : int
        Rows there can be at most.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.rows: list[Thing] = []

    def add(self, thing: Thing) -> int:
        """Append `thing` and give its row."""
        if len(self.rows) >= self.capacity:
            raise TableFull
        self.rows.append(thing)
        return len(self.rows) - 1


class Ring(Generic[Thing]):
    """Numbers given once; the thing with number n lies in row n mod capacity.

    Parameters
    ----------
    capacity : int
        How many things can be kept at once.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.given = 0
        self.kept: dict[int, Thing] = {}

    def overwritten(self) -> Thing | None:
        """Give the thing that the next number would overwrite."""
        return self.kept.get(self.given - self.capacity)

    def skip_to(self, number: int) -> None:
        """Leave out numbers, so that the next is `number`."""
        for skipped in range(self.given, number):
            self.kept.pop(skipped - self.capacity, None)
        self.given = number

    def add(self, thing: Thing) -> int:
        """Keep `thing` under the next number and give the number."""
        number = self.given
        self.kept.pop(number - self.capacity, None)
        self.kept[number] = thing
        self.given += 1
        return number
