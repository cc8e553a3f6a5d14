"""Every dtype, sentinel, code and limit that kernels share.

Rows are int32, units in one row int32 (sums are int64), time is int64 microseconds UTC, expiry is a
local day number (days since 1970-01-01, int32), money is int64 minor units. -1 means "none".
"""

from __future__ import annotations

import numpy as np

NONE = -1
NO_EXPIRY_DAY = 2**31 - 1
ROW_UNITS_MAX = 2**31 - 1
DAY_US = 86_400_000_000
FAR_MM = np.int64(1 << 60)
"""Longer than any walk, and the sum of a few of them still fits."""

# Stock status. Only AVAILABLE stock may be promised or allocated.
STATUS_AVAILABLE = 0
STATUS_HELD = 1
STATUS_QUARANTINE = 2
STATUS_DAMAGED = 3
STATUS_EXPIRED = 4
STATUS_COUNT = 5

# Rotation of an item: the key that orders its stock rows.
ROTATION_FEFO = 0
ROTATION_FIFO = 1

# Ship policy of an order: refused unless all is there; accepted and served as far as stock goes;
# accepted, but served only when all is there.
POLICY_ALL_OR_NOTHING = 0
POLICY_PARTIAL = 1
POLICY_COMPLETE = 2

# Where an allocation is made.
PLACEMENT_NONE = 0
PLACEMENT_POOL = 1
PLACEMENT_BINS = 2

# Life cycle of an allocation row. A free row has FREE and line -1.
ALLOCATION_FREE = 0
ALLOCATION_POOLED = 1
ALLOCATION_BOUND = 2
ALLOCATION_PICKED = 3
ALLOCATION_PACKED = 4
ALLOCATION_SHIPPED = 5

# Outcome of one command or line, in order of precedence (the first that applies is told).
OUTCOME_DONE = 0
OUTCOME_PARTIAL = 1
OUTCOME_SHORT = 2
OUTCOME_UNKNOWN = 3
OUTCOME_NOT_LIVE = 4
OUTCOME_WRONG_STATE = 5
OUTCOME_DUPLICATE = 6
OUTCOME_NOT_FREE = 7
OUTCOME_LIMIT = 8
OUTCOME_NOT_HELD = 9

# Dated supply (+) and demand (-) behind ATP.
EVENT_SUPPLY = 1
EVENT_PEG = 2
EVENT_BACKORDER = 3

# States of what has a life cycle; transitions are in engine/lifecycle.py.
PROMISE_LIVE = 1
PROMISE_PEGGED = 2
PROMISE_RELEASED = 3
PROMISE_EXPIRED = 4
PROMISE_CONSUMED = 5
PROMISE_BROKEN = 6

ORDER_OPEN = 1
ORDER_RELEASED = 2
ORDER_PACKED = 3
ORDER_SHIPPED = 4
ORDER_CANCELLED = 5

UNIT_EMPTY = 0
UNIT_FILLING = 1
UNIT_CONSOLIDATING = 2
UNIT_PACKED = 3
UNIT_STAGED = 4
UNIT_LOADED = 5
UNIT_DEPARTED = 6

WAVE_PLANNED = 1
WAVE_RELEASED = 2
WAVE_DONE = 3

BATCH_OPEN = 1
BATCH_RELEASED = 2
BATCH_CLAIMED = 3
BATCH_PAUSED = 4
BATCH_DONE = 5
BATCH_CANCELLED = 6

TASK_OPEN = 1
TASK_DONE = 2
TASK_SHORT = 3
TASK_DROPPED = 4

LOAD_EXPECTED = 1
LOAD_AT_DOOR = 2
LOAD_DEPARTED = 3

# What a task asks for.
TASK_PICK = 1
TASK_MOVE = 2

# Hot head of a pool (item, owner, status): 32 bytes, so two heads share a cache line. Derived
# state: rebuilt at recovery, checked by the scrub.
#   available_units  free units of the pool's rows, less pooled allocations, less live promises
#   head_row         first stock row in rotation order that has free units, -1 when none
#   head_free_units  free units of that row, 0 when none
#   head_expiry_day  expiry of that row, NO_EXPIRY_DAY when none
#   owner            legal owner (name row); OWNER_NOT_ALLOCATABLE when the pool's status is not
#                    AVAILABLE or its item is not active
#   next_pool        next pool of the same item, ascending, -1 at the end
#   rotation         of the item
POOL_HEAD = np.dtype(
    [
        ("available_units", np.int64),
        ("head_row", np.int32),
        ("head_free_units", np.int32),
        ("head_expiry_day", np.int32),
        ("owner", np.int32),
        ("next_pool", np.int32),
        ("rotation", np.int32),
    ],
    align=True,
)
OWNER_NOT_ALLOCATABLE = -2


def order_key(rotation: int, expiry_day: int, received_us: int) -> int:
    """Key by which a pool's stock rows are ordered, ties broken by the stock row.

    FEFO orders by expiry, then by the day of receipt; FIFO by the time of receipt.

    Parameters
    ----------
    rotation : int
        `ROTATION_FEFO` or `ROTATION_FIFO`.
    expiry_day : int
        Local day number, `NO_EXPIRY_DAY` when the goods do not expire.
    received_us : int
        Time of receipt, microseconds UTC.

    Returns
    -------
    int
        Non-negative int64.
    """
    if rotation == ROTATION_FIFO:
        return received_us
    return (expiry_day << 32) | (received_us // DAY_US)


# Second hot place of a pool: the first row in rotation order that expires late enough, for orders
# that may not have the first row of all. Derived state, and only a cache.
#   row, free_units   the row and its free units
#   low_day           latest expiry among the rows before it
#   high_day          its expiry: it is the first one for required days above low_day up to this
#   for_head          head_row + 1 of the pool for which all this holds, 0 never
#   leaf, slot        where the row is in the pool's tree
POOL_CURSOR = np.dtype(
    [
        ("row", np.int32),
        ("free_units", np.int32),
        ("low_day", np.int32),
        ("high_day", np.int32),
        ("for_head", np.int32),
        ("leaf", np.int32),
        ("slot", np.int32),
        ("spare", np.int32),
    ],
    align=True,
)
