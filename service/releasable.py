"""What a planner can release: allocations without a task, and the stock rows to choose from.

All in columns of refs, so that a planner reads a hundred thousand rows as it would read a file. A
page looks at a bounded number of allocation rows, for it is made in the writer's turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.limits import (
    CANDIDATES_DEFAULT,
    CANDIDATES_MAX,
    CANDIDATES_PAGE_MAX,
    RELEASABLE_ROWS_MAX,
)
from ..engine.schema import Counter, NameKind
from ..kernels.candidates import find_candidates, places_of
from ..kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    DAY_US,
    NONE,
    ORDER_OPEN,
    ORDER_RELEASED,
    POLICY_PARTIAL,
)
from . import codes as code
from .batch_reading import places
from .codec import out_of_range
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..engine.state import State

    Rows = NDArray[np.int32]
    Columns = dict[str, NDArray[Any]]

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2


def releasable_query(message: Any, state: State) -> Any:
    """Answer a `ListReleasableRequest`.

    Parameters
    ----------
    message : ListReleasableRequest
        The request.
    state : State
        The state, in the writer's turn.

    Returns
    -------
    ListReleasableReply
        One page, without its sequence. A choice comes once a page for all its allocations.

    Raises
    ------
    InvalidRequest, UnknownEntity
        A number out of range; a zone that is not known.
    """
    used, first = state.rows_used("allocation"), message.first_allocation
    if not 0 <= first <= used:
        raise out_of_range("first_allocation", first, 0, used)
    row_count_max = message.candidates_max or CANDIDATES_DEFAULT
    if not 1 <= row_count_max <= CANDIDATES_MAX:
        raise out_of_range("candidates_max", row_count_max, 1, CANDIDATES_MAX)
    zone = NONE
    if message.zone:
        zone = code.name_ref(state.codes, NameKind.ZONE, message.zone, "zone")
    end = min(used, first + RELEASABLE_ROWS_MAX)
    rows = _without_task(state, first, end)
    rows = _of_releasable_orders(state, rows, message.departure_up_to_us)
    allocations = _allocation_columns(state, rows)
    choices, candidates, done = _choose(state, allocations, zone, row_count_max)
    if done < rows.size:
        # What did not find room begins the next page.
        end = int(rows[done])
        allocations = {name: column[:done] for name, column in allocations.items()}
    if zone != NONE:
        allocations = _in_zone(state, allocations, choices, candidates, zone)
    answer = pb.ListReleasableReply(
        time_us=state.time_us, catalogue_epoch=int(state.counters[Counter.CATALOGUE_EPOCH])
    )
    for target, columns in (
        (answer.allocations, allocations),
        (answer.choices, choices),
        (answer.candidates, candidates),
    ):
        for name, column in columns.items():
            target.add(name=name, dtype=column.dtype.str, values=column.tobytes())
    if end < used:
        answer.next_allocation = end
    return answer


def _without_task(state: State, first: int, end: int) -> Rows:
    """Give the POOLED and BOUND allocation rows of a range that have no live task."""
    states = state.allocation.state[first:end]
    rows = first + np.flatnonzero((states == ALLOCATION_POOLED) | (states == ALLOCATION_BOUND))
    task_of = state.work.task_of
    return np.array([row for row in rows.tolist() if row not in task_of], np.int32)


def _of_releasable_orders(state: State, rows: Rows, departure_up_to_us: int) -> Rows:
    """Keep the allocation rows whose orders may be released and leave early enough."""
    order = state.order
    orders, place = np.unique(state.line.order[state.allocation.line[rows]], return_inverse=True)
    keep = (order.state[orders] == ORDER_OPEN) | (order.state[orders] == ORDER_RELEASED)
    if departure_up_to_us:
        keep &= order.departure_us[orders] <= departure_up_to_us
    keep &= (order.policy[orders] == POLICY_PARTIAL) | ~_has_open_units(state, orders)
    kept: Rows = rows[keep[place]]
    return kept


def _has_open_units(state: State, orders: Rows) -> NDArray[np.bool_]:
    """Tell of each order row whether units of it are not allocated; an order has a line or more."""
    if not orders.size:
        return np.zeros(0, np.bool_)
    line, counts = state.line, state.order.line_count[orders]
    starts = np.cumsum(counts) - counts
    lines = np.repeat(state.order.line_first[orders] - starts, counts) + np.arange(counts.sum())
    open_units = line.ordered_units[lines].astype(np.int64)
    for column in (line.allocated_units, line.shipped_units, line.cancelled_units):
        open_units -= column[lines]
    return np.add.reduceat(open_units, starts) > 0


def _allocation_columns(state: State, rows: Rows) -> Columns:
    allocation, line, order = state.allocation, state.line, state.order
    lines = allocation.line[rows]
    orders, pools = line.order[lines], line.pool[lines]
    departure_us = order.departure_us[orders]
    leaves_us = np.where(departure_us == 0, state.time_us, departure_us)
    stock = allocation.stock[rows]
    location = np.empty(rows.size, np.int32)
    places_of(places(state), stock, location)
    return {
        "order": order.number[orders],
        "allocation": rows,
        "line": lines,
        "item": line.item[lines],
        "owner": state.pool.owner[pools],
        "pool": pools,
        "units": allocation.units[rows],
        "departure_us": departure_us,
        "priority": order.priority[orders],
        "required_day": (leaves_us // DAY_US + order.min_life_days[orders]).astype(np.int32),
        "stock": stock,
        "location": location,
    }


def _choose(
    state: State, allocations: Columns, zone: int, row_count_max: int
) -> tuple[Columns, Columns, int]:
    """Give choices and candidates, and how many allocations they serve; adds column `choice`."""
    pools, days = allocations["pool"], allocations["required_day"]
    pooled = np.flatnonzero(allocations["stock"] == NONE)
    keys = pools[pooled].astype(np.int64) << 32 | days[pooled]
    _, firsts, places_sorted = np.unique(keys, return_index=True, return_inverse=True)
    # In the order in which the allocations ask for them, so that a page can be cut behind any.
    by_first = np.argsort(firsts)
    turn = np.empty(firsts.size, np.int32)
    turn[by_first] = np.arange(firsts.size, dtype=np.int32)
    choice = np.full(pools.size, NONE, np.int32)
    choice[pooled] = turn[places_sorted]
    allocations["choice"] = choice
    asking = pooled[firsts[by_first]]
    columns = {"pool": pools[asking], "required_day": days[asking]}
    room = min(CANDIDATES_PAGE_MAX, max(1, asking.size) * row_count_max)
    first = np.empty(asking.size + 1, np.int32)
    rows, location = np.empty(room, np.int32), np.empty(room, np.int32)
    count = find_candidates(
        state.index,
        places(state),
        columns["pool"],
        columns["required_day"],
        zone,
        row_count_max,
        first,
        rows,
        location,
    )
    last = int(first[count])
    done = int(asking[count]) if count < asking.size else pools.size
    choices = {name: column[:count] for name, column in columns.items()}
    stock, kept = state.stock, rows[:last]
    return (
        choices | {"first": first[:count]},
        {
            "stock": kept,
            "location": location[:last],
            "free_units": stock.on_hand_units[kept] - stock.allocated_units[kept],
        },
        done,
    )


def _in_zone(
    state: State,
    allocations: Columns,
    choices: Mapping[str, NDArray[Any]],
    candidates: Mapping[str, NDArray[Any]],
    zone: int,
) -> Columns:
    """Keep what can be picked in a zone: bound there, or with a candidate there."""
    location, choice = allocations["location"], allocations["choice"]
    ends = np.append(choices["first"][1:], len(candidates["stock"]))
    # One more for allocations without a choice, whose -1 finds it.
    has_candidate = np.append(ends > choices["first"], False)
    is_bound_there = (location != NONE) & (state.location.zone[location] == zone)
    keep = np.where(choice == NONE, is_bound_there, has_candidate[choice])
    return {name: column[keep] for name, column in allocations.items()}
