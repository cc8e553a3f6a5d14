"""What the decide modules share: reading a batch's columns and naming a command's refusals."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from ..kernels.columns import (
    ALLOCATION_FREE,
    DAY_US,
    NONE,
    OUTCOME_DONE,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
)
from .errors import InvariantBroken
from .lifecycle import next_state
from .work import carry, put_down

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .batch import Batch
    from .change import Change
    from .state import State


def commands(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Give the values of each command, in the order of the schema's fields.

    Parameters
    ----------
    batch : Batch
        The commands.

    Yields
    ------
    tuple
        Python integers and bytes.
    """
    count = batch.count
    if not batch.columns:
        return repeat((), count)
    values: list[Iterable[Any]] = []
    for field in batch.command.fields:
        column = batch.columns[field.name]
        values.append(column.tolist() if column.size == count else repeat(column[0].item(), count))
    return zip(*values, strict=True)


def reaching_commands(change: Change, batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Give the values of each command of a kind that may reach many rows.

    Ends early, with the number of commands given in `change.decided`, when the run must be cut.

    Parameters
    ----------
    change : Change
        The run's writes.
    batch : Batch
        The commands.

    Yields
    ------
    tuple
        As by `commands`.
    """
    for k, command in enumerate(commands(batch)):
        if change.reach.ends_run():
            change.decided = k
            return
        yield command


def place_is_open(state: State, location: int, handling_unit: int) -> bool:
    """Whether goods may come to a place: an active location, a unit that has not departed."""
    if location != NONE:
        return bool(state.location.active[location])
    unit_state = int(state.handling_unit.state[handling_unit])
    return next_state("handling_unit", unit_state, "put_into") is not None


def set_place(change: Change, row: int, location: int, handling_unit: int) -> None:
    """Put a stock row into a location or a handling unit."""
    stock, allocation = change.state.stock, change.state.work.carried.get(row, NONE)
    if allocation != NONE:
        put_down(change, row)
    change.touch(stock, row)
    stock.location[row] = location
    stock.handling_unit[row] = handling_unit
    if allocation != NONE:
        carry(change, row, allocation)


def required_day(change: Change, order: int) -> int:
    """Day up to which goods must live that are bound for an order row."""
    orders = change.state.order
    departure_us = int(orders.departure_us[order]) or change.time_us
    return departure_us // DAY_US + int(orders.min_life_days[order])


def order_refusal(state: State, order: int, cause: str) -> int:
    """Outcome of a command that an order row cannot take, DONE when it can.

    Parameters
    ----------
    state : State
        Read only.
    order : int
        Order row, -1 when the number is not known.
    cause : str
        Command, as in `lifecycle`.

    Returns
    -------
    int
        `OUTCOME_UNKNOWN`, `OUTCOME_WRONG_STATE` or `OUTCOME_DONE`.
    """
    if order == NONE:
        return OUTCOME_UNKNOWN
    if next_state("order", int(state.order.state[order]), cause) is None:
        return OUTCOME_WRONG_STATE
    return OUTCOME_DONE


def is_of_order(state: State, order: int, row: int) -> bool:
    """Whether an allocation row is in use and of an order row."""
    allocation = state.allocation
    return (
        row < state.count("allocation")
        and int(allocation.state[row]) != ALLOCATION_FREE
        and int(state.line.order[allocation.line[row]]) == order
    )


def set_order_state(change: Change, order: int, cause: str) -> None:
    """Move an order row to the state that follows; the cause was found to be allowed."""
    orders = change.state.order
    before = int(orders.state[order])
    after = next_state("order", before, cause)
    if after is None:
        raise InvariantBroken(
            f"order {int(orders.number[order])}: found {cause} in state {before}, expected a "
            f"state that allows it"
        )
    if after != before:
        change.touch(orders, order)
        orders.state[order] = after
