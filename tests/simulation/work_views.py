"""Both sides of what is compared of work: all base columns of its tables, in the schema's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slotline.engine.schema import TABLE_NUMBER, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from slotline.engine.state import State
    from slotline.tests.model.tables import Batch, Task
    from slotline.tests.model.warehouse import Warehouse

Views = dict[str, dict[Any, Any]]

REGISTERS = ("worker", "cart", "wave", "load", "load_unit")
RINGS = ("batch", "task")


def _names(table: str) -> list[str]:
    return [field.name for field in TABLES[TABLE_NUMBER[table]].fields]


def model_work_views(model: Warehouse) -> Views:
    """Give the model's side: tables by row, rings by number."""
    views: Views = {
        table: {
            row: tuple(content[name] for name in _names(table))
            for row, content in enumerate(model.register[table].rows)
        }
        for table in REGISTERS
    }
    views["cart_tote"] = {
        row: (tote.handling_unit, tote.batch, tote.slot, tote.current)
        for row, tote in enumerate(model.totes.rows)
    }
    views["batch"] = {number: _batch(one) for number, one in model.batch.kept.items()}
    views["task"] = {number: _task(one) for number, one in model.task.kept.items()}
    return views


def _batch(batch: Batch) -> tuple[int, ...]:
    return (
        batch.number,
        batch.wave,
        batch.zone,
        batch.priority,
        batch.due_us,
        batch.state,
        batch.worker,
        batch.cart,
        batch.lease_us,
        batch.lease_until_us,
    )


def _task(task: Task) -> tuple[int, ...]:
    return (
        task.number,
        task.batch.number,
        task.kind,
        task.order,
        task.allocation,
        task.stock,
        task.location,
        task.units,
        task.done,
        task.slot,
        task.tour_position,
        task.state,
    )


def state_work_views(state: State) -> Views:
    """Give the engine's side: tables by row, rings by number."""
    views: Views = {}
    for table in (*REGISTERS, "cart_tote"):
        read = _reader(state, table)
        views[table] = {row: read(row) for row in range(state.count(table))}
    for table in RINGS:
        read = _reader(state, table)
        given, kept = state.count(table), getattr(state.capacity, table)
        numbers = range(max(0, given - kept), given)
        views[table] = {number: read(number % kept) for number in numbers}
    return views


def _reader(state: State, table: str) -> Callable[[int], tuple[Any, ...]]:
    columns = [getattr(getattr(state, table), name) for name in _names(table)]

    def read(row: int) -> tuple[Any, ...]:
        values = [column[row] for column in columns]
        return tuple(value.decode() if isinstance(value, bytes) else int(value) for value in values)

    return read
