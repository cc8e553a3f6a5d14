"""Every bound of the engine, in one place; each has a test at the bound and beyond it.

A bound is a number that some array, queue or loop relies on. Where a precedent chose the value, the
comment names it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

CODE_BYTES_MAX = 48
"""Longest code (SKU, order id, location, ...) in UTF-8 bytes; an SSCC has 18, a GID about 35."""

ORDER_LINES_MAX = 10_000
"""Lines in one order."""

BATCH_COMMANDS_MAX = 100_000
"""Commands in one message."""

BATCH_LINES_MAX = 1_000_000
"""Order lines in one message."""

GROUP_BYTES_MAX = 32 * 1024 * 1024
"""Bytes of requests taken into one group commit, so that a group fits a segment."""

RUN_COMMANDS_MAX = 64
"""Single commands merged into one run; also the most in a message of a kind whose commands may
reach many rows each (cancel, release, ship, ...)."""

RUN_LINES_MAX = 100_000
"""Order lines of the single commands merged into one run; one more order may go beyond."""

JOINED_COMMANDS_MAX = 4_096
"""Orders of the waiting messages that are decided as one run."""

COMMAND_REACH_MAX = 50_000
"""Allocations and promises that one command may make, change or end; one that would go beyond has
outcome LIMIT. Five for each line of the largest order; `deallocate` takes 0.4 s for so many, and
nobody else writes meanwhile."""

RUN_REACH_MAX = 200_000
"""Allocations and promises that the commands of one message may reach together. Its record is in
one frame: `ship`, the largest, writes 263 bytes for each."""

ACCEPT_REACH_MAX = 1_200_000
"""Allocations that the orders of one message may make together, 12 bytes each."""

ACCEPT_PROMISES_MAX = 200_000
"""Lines of one message that may name a promise, each with an after-image of 41 bytes."""

UNBOUNDED_KINDS = frozenset(
    {"adjust", "hold", "cancel", "allocate", "deallocate", "release", "short_pick", "pack", "ship"}
    | {"cancel_batch", "short_task", "deliver_batch", "consolidate"}
    | {"load_unit", "unload_unit", "depart"}
)
"""Kinds whose commands may each reach many rows, see `RUN_COMMANDS_MAX`."""

LONG_KINDS = frozenset(
    {"open_batch", "add_pick", "add_move", "claim_batch", "assign_tote", "confirm_task"}
    | {"drop_task", "route_task", "sort_pick"}
)
"""Kinds whose commands take some 60 us each, see `LONG_COMMANDS_MAX`."""

LONG_COMMANDS_MAX = 4_096
"""Commands in a message of such a kind: nobody else writes for a quarter of a second."""

MANY_ORDERS = 600
"""Orders from which on a kernel takes long enough, some 0.2 ms, to give the interpreter lock away
for; a group of a few small messages is done sooner than the lock is had back."""

QUEUE_REQUESTS_MAX = 4_096
"""Requests waiting for the writer; one more is refused with RESOURCE_EXHAUSTED."""

KEYS_MAX = 4_194_304
"""Idempotency keys kept in memory, the oldest evicted first (power of two)."""

KEY_HORIZON_US = 7 * 86_400_000_000
"""Age beyond which a key is refused as expired. Payment APIs keep keys for 1 day."""

KEY_AHEAD_US = 300_000_000
"""How far a key's creation time may be ahead of the writer's clock."""

CLOCK_JUMP_MAX_US = 366 * 86_400_000_000
"""Largest step of the writer's clock between two groups that is believed."""

TICK_PROMISES_MAX = 10_000
"""Promises that one tick expires; the rest hold until the next tick."""

TICK_STOCK_ROWS_MAX = 10_000
"""Stock rows that one tick expires."""

TICK_LEASES_MAX = 1_000
"""Leases that one tick takes from those who are late; there are fewer workers on a site."""

TICK_TAKEN_BACK_MAX = 30_000
"""Allocations and promises that the take-backs of one tick may reach. With the two above at most
`COMMAND_REACH_MAX`."""

ATP_BUCKETS_MAX = 1_000
"""Buckets in one ATP answer."""

ATP_ITEMS_MAX = 100_000
"""Items in one ATP call that names items."""

ATP_VALUES_MAX = 2_000_000
"""Items times buckets in one ATP answer: 16 MB, the size of a bulk message. They are worked out in
the writer's turn, while nobody writes."""

EFFECTS_PAGE_MAX = 1_000
"""Effects in one message to an endpoint; one with lines counts for one more each."""

EFFECTS_QUIET_MAX = 100_000
"""Commands without a wanted effect after which an endpoint is told how far it has come."""

ENDPOINTS_MAX = 64
"""Endpoints with a cursor."""

DEAD_LETTERS_MAX = 10_000
"""Effects parked for one endpoint. Beyond it its cursor stands still: nothing is lost."""

DEAD_LETTERS_PAGE_MAX = 100
"""Dead letters in one answer."""

DEAD_LETTER_ERROR_BYTES_MAX = 2_000
"""Text of the error that a dead letter keeps."""

BATCHES_LOOKED_AT_MAX = 262_144
"""Batch numbers that one page of a list looks at."""

RELEASABLE_ROWS_MAX = 16_384
"""Allocation rows that one page of what can be planned looks at: some milliseconds of the writer's
turn."""

CANDIDATES_DEFAULT = 64
"""Stock rows that a planner may choose from for one pool and day, unless it asks for another
number."""

CANDIDATES_MAX = 10_000
"""Largest number that it may ask for."""

CANDIDATES_PAGE_MAX = 262_144
"""Stock rows to choose from in one page."""

WATCHED_TASKS_MAX = 1_000
"""Tasks in one message to whoever watches a worker's batch; the rest follows as these are done."""

RINGS = ("promise", "order", "line", "batch", "task")
"""Tables that are rings."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Rows per table, reserved as address space and paid for only when touched.

    Rings (promise, order, line, batch, task) need powers of two.
    """

    name: int = 65_536
    item: int = 4_194_304
    pack: int = 4_194_304
    alias: int = 4_194_304
    lot: int = 8_388_608
    location: int = 1_048_576
    handling_unit: int = 16_777_216
    pool: int = 8_388_608
    stock: int = 16_777_216
    purchase_line: int = 8_388_608
    receipt: int = 33_554_432
    promise: int = 4_194_304
    order: int = 67_108_864
    line: int = 134_217_728
    allocation: int = 134_217_728
    worker: int = 65_536
    cart: int = 65_536
    wave: int = 4_194_304
    batch: int = 4_194_304
    task: int = 33_554_432
    cart_tote: int = 16_777_216
    load: int = 4_194_304
    load_unit: int = 16_777_216

    @property
    def event(self) -> int:
        """Dated events: at most one of each promise, order line and purchase line."""
        return self.promise + self.line + self.purchase_line

    @property
    def rings(self) -> dict[str, int]:
        """Rows of the rings by table: a number's row is its remainder, so these never change."""
        return {name: getattr(self, name) for name in RINGS}

    def __post_init__(self) -> None:
        """Check that every capacity is usable."""
        for entry in fields(self):
            rows = getattr(self, entry.name)
            if not 1 <= rows < 2**31:
                raise ValueError(f"capacity of {entry.name} is {rows}, expected 1 to 2**31 - 1")
        for ring, rows in self.rings.items():
            if rows & (rows - 1):
                raise ValueError(f"capacity of ring {ring} is {rows}, expected a power of two")


SMALL = Capacity(
    name=256,
    item=1_024,
    pack=1_024,
    alias=1_024,
    lot=4_096,
    location=4_096,
    handling_unit=4_096,
    pool=4_096,
    stock=16_384,
    purchase_line=4_096,
    receipt=16_384,
    promise=4_096,
    order=4_096,
    line=16_384,
    allocation=65_536,
    worker=64,
    cart=64,
    wave=256,
    batch=1_024,
    task=4_096,
    cart_tote=4_096,
    load=256,
    load_unit=4_096,
)
"""Capacities for tests and tiny sites."""
