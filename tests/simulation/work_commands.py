"""Makers of single commands of work and loads; see `commands.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    BATCH_CLAIMED,
    BATCH_OPEN,
    BATCH_PAUSED,
    BATCH_RELEASED,
    LOAD_AT_DOOR,
    LOAD_DEPARTED,
    LOAD_EXPECTED,
    NONE,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    POLICY_PARTIAL,
    TASK_MOVE,
    TASK_PICK,
    UNIT_DEPARTED,
    UNIT_LOADED,
    UNIT_PACKED,
    UNIT_STAGED,
)
from slotline.tests.simulation.choosing import HOUR, REASON, ZONE, Chooser, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from slotline.tests.model.tables import Allocation, Batch, Task
    from slotline.tests.model.warehouse import Warehouse

UNENDED = (BATCH_OPEN, BATCH_RELEASED, BATCH_CLAIMED, BATCH_PAUSED)
DOCKS, STAGE = (3, 5), 4
ATTIC = 6


# -- what a command is about ---------------------------------------------------------------------


def _batches(model: Warehouse, *states: int) -> list[Batch]:
    return [batch for _, batch in sorted(model.batch.kept.items()) if batch.state in states]


def _one_batch(choose: Chooser, *states: int) -> int:
    """Give a batch number, mostly of a batch in one of the states."""
    fit = _batches(choose.model, *states)
    if not fit or choose.often(0.05):
        return choose.chance.randrange(choose.model.batch.given + 2)
    return choose.chance.choice(fit[-4:]).number


def _worker(choose: Chooser) -> int:
    """Give a worker, rarely the one out of use."""
    return choose.chance.choice([0, 0, 0, 0, 1, 1, 1, 1, 2])


def _cart(choose: Chooser) -> int:
    return choose.chance.choice([NONE, NONE, 0, 0, 0, 1, 1, 2])


def _holder(choose: Chooser, number: int) -> int:
    """Give the worker whose batch it is, rarely another one."""
    batch = choose.model.batch.kept.get(number)
    if batch is None or batch.worker == NONE or choose.often(0.12):
        return _worker(choose)
    return batch.worker


def _in_hand(choose: Chooser, *states: int) -> Row:
    batch = _one_batch(choose, *states)
    return {"worker": _holder(choose, batch), "batch": batch}


def _one_task(choose: Chooser, *kinds: int) -> Task | None:
    """Give a live task, mostly of a batch that somebody works on."""
    live = [task for task in choose.model.live_tasks() if task.kind in kinds]
    held = [task for task in live if task.batch.state == BATCH_CLAIMED]
    if (not live and not held) or choose.often(0.04):
        return None
    return choose.chance.choice(held if held and choose.often(0.9) else live)


def _task_number(choose: Chooser, task: Task | None) -> int:
    if task is not None:
        return task.number
    return choose.chance.randrange(choose.model.task.given + 2)


def _fresh_unit(choose: Chooser) -> int:
    """Give a handling unit that no batch has and that stands by itself, when there is one."""
    model = choose.model
    fit = [
        row
        for row, unit in enumerate(model.register["handling_unit"].rows)
        if unit["parent"] == NONE
        and unit["state"] not in (UNIT_LOADED, UNIT_DEPARTED)
        and model.tote_of(row).batch == NONE
    ]
    return choose.chance.choice(fit[-4:]) if fit and choose.often(0.9) else choose.handling_unit()


def _unit_in(choose: Chooser, *states: int) -> int:
    """Give a handling unit, mostly in one of the states and not inside another."""
    units = choose.model.register["handling_unit"].rows
    fit = [
        row
        for row, unit in enumerate(units)
        if unit["state"] in states and (unit["parent"] == NONE or choose.often(0.2))
    ]
    return choose.chance.choice(fit) if fit and choose.often(0.93) else choose.handling_unit()


def _one_load(choose: Chooser, *states: int) -> int:
    loads = choose.model.register["load"].rows
    fit = [row for row, load in enumerate(loads) if load["state"] in states]
    return choose.chance.choice(fit[-3:] if fit and choose.often(0.9) else range(len(loads)))


def _more(units: int) -> int:
    return min(units + 1, 2**31 - 1)


# -- who and what work is done with --------------------------------------------------------------


def put_worker(choose: Chooser) -> Row:
    """Change known workers, and send one home."""
    number = choose.chance.choice([0, 1, 2])
    return {
        "code": f"W{number}" if choose.often(0.97) else "W9",
        "kind": choose.chance.choice([0, 1]),
        "zone": choose.chance.choice([NONE, ZONE]),
        "active": choose.chance.choice([0, 1, 1]) if number < 2 else 0,
    }


def put_cart(choose: Chooser) -> Row:
    """Change known carts, mostly to what they are."""
    number = choose.chance.choice([0, 1, 2])
    in_use = [one.cart for one in choose.model.batch.kept.values() if one.cart in (0, 1)]
    if in_use and choose.often(0.6):
        number = choose.chance.choice(in_use)
    slots = (2, 1, 4)[number]
    return {
        "code": f"K{number}" if choose.often(0.97) else "K9",
        "slots": slots if choose.often(0.6) else choose.chance.choice([1, 2, 3]),
        "volume_mm3": 10**9,
        "weight_g": 10**5,
        "active": int(number < 2),
    }


def put_wave(choose: Chooser) -> Row:
    """Make waves, and change the cutoff of known ones."""
    code = f"V{choose.chance.randrange(4)}"
    return {"code": code, "cutoff_us": choose.now_us + choose.chance.choice([0, HOUR])}


def put_load(choose: Chooser) -> Row:
    """Make loads, and change known ones."""
    loads = choose.model.register["load"].rows
    count = len(loads)
    departed = [row for row, load in enumerate(loads) if load["state"] == LOAD_DEPARTED]
    number = choose.chance.choice([count, choose.chance.randrange(count), *departed[-1:]])
    known = loads[number] if number < count else None
    same = known is not None and choose.often(0.3)
    due = known["departure_us"] if known and same else choose.now_us + HOUR
    return {"code": f"L{number}", "appointment_us": 0, "departure_us": due}


# -- planning ------------------------------------------------------------------------------------


def open_batch(choose: Chooser) -> Row:
    """Open one of a wave or of none."""
    waves = len(choose.model.register["wave"].rows)
    return {
        "wave": choose.chance.choice([NONE, *range(waves)]),
        "zone": choose.chance.choice([NONE, NONE, ZONE, ATTIC]),
        "priority": choose.chance.choice([0, 0, 1]),
        "due_us": choose.chance.choice([0, choose.now_us, choose.now_us + HOUR]),
    }


def add_pick(choose: Chooser) -> Row:
    """Mostly of an allocation without a task, and of the bin that rotation asks for."""
    model, rows = choose.model, choose.model.allocation.rows
    fit = sorted(
        row
        for row, one in rows.items()
        if one.state in (ALLOCATION_POOLED, ALLOCATION_BOUND)
        and one.order.state in (ORDER_OPEN, ORDER_RELEASED)
        and model.live_task_of(row) is None
    )
    row = choose.chance.choice(fit) if fit and choose.often(0.93) else NONE
    if row == NONE:
        row = choose.chance.randrange(model.allocation.used + 1)
    one = rows.get(row)
    units, stock, order = 1, choose.stock(status=[0]), choose.order(ORDER_OPEN, ORDER_RELEASED)
    if one is not None:
        order = one.order.number if choose.often(0.97) else order
        units = one.units
        if one.state == ALLOCATION_POOLED:
            bins = model.fit_rows(one.order, one.line.pool) if choose.often(0.85) else []
            stock = choose.chance.choice(bins[:2] or model.rows_of(one.line.pool) or [stock])
            free = model.free(stock) if stock in model.stock.rows else 1
            units = max(1, min(units, free))
            units = max(1, units - 1) if choose.often(0.2) else units
        elif choose.often(0.97):
            stock = choose.chance.choice([NONE, one.stock])
    return {
        "batch": _one_batch(choose, *UNENDED),
        "order": order,
        "allocation": row,
        "stock": stock,
        "units": units if choose.often(0.95) else _more(units),
        "slot": choose.chance.choice([0, 0, 0, 1, 1, 3]),
        "tour_position": choose.chance.randrange(100),
    }


def add_move(choose: Chooser) -> Row:
    """Mostly of a whole row."""
    stock = choose.stock()
    return {
        "batch": _one_batch(choose, *UNENDED),
        "stock": stock,
        "units": choose.units_of(stock),
        "location": choose.location(),
        "tour_position": choose.chance.randrange(100),
    }


def release_batch(choose: Chooser) -> Row:
    """Mostly of one that has tasks."""
    model = choose.model
    fit = [one.number for one in _batches(model, BATCH_OPEN) if model.live_tasks(one)]
    ready = fit and choose.often(0.85)
    return {"batch": choose.chance.choice(fit) if ready else _one_batch(choose, *UNENDED)}


def cancel_batch(choose: Chooser) -> Row:
    """Whatever its state."""
    return {"batch": _one_batch(choose, *UNENDED)}


def drop_task(choose: Chooser) -> Row:
    """Mostly of live ones."""
    return {"task": _task_number(choose, _one_task(choose, TASK_PICK, TASK_MOVE))}


def route_task(choose: Chooser) -> Row:
    """Mostly of live ones."""
    return drop_task(choose) | {"tour_position": choose.chance.randrange(100)}


# -- holding -------------------------------------------------------------------------------------


def claim_batch(choose: Chooser) -> Row:
    """Mostly by a worker who has none, of a given one or of the first that fits."""
    worker = _worker(choose)
    idle = [one for one in (0, 1) if choose.model.held_by(one) is None]
    if idle and choose.often(0.8):
        worker = choose.chance.choice(idle)
    held = choose.model.held_by(worker)
    batch = _one_batch(choose, BATCH_RELEASED)
    if choose.often(0.4):
        batch = NONE
    elif held is not None and choose.often(0.5):
        batch = held.number
    elif choose.often(0.15):
        batch = _one_batch(choose, *UNENDED)
    return {
        "worker": worker,
        "batch": batch,
        "zone": choose.chance.choice([NONE, NONE, ZONE, ATTIC]),
        "cart": _cart(choose),
        "lease_us": choose.chance.choice([0, HOUR, HOUR, 5 * HOUR]),
    }


def in_hand(*states: int) -> Callable[[Chooser], Row]:
    """Give a maker of a batch in one of the states, mostly with the worker who has it."""

    def make(choose: Chooser) -> Row:
        row = _in_hand(choose, *states)
        return row | {"worker": _worker(choose)} if choose.often(0.2) else row

    return make


def reassign_batch(choose: Chooser) -> Row:
    """To anybody."""
    batch = _one_batch(choose, BATCH_RELEASED, BATCH_CLAIMED, BATCH_PAUSED)
    return {"batch": batch, "worker": _worker(choose)}


def deliver_batch(choose: Chooser) -> Row:
    """Mostly of one that is done."""
    model = choose.model
    fit = [one for one in _batches(model, BATCH_CLAIMED) if not model.live_tasks(one)]
    row = _in_hand(choose, BATCH_CLAIMED)
    if fit and choose.often(0.8):
        one = choose.chance.choice(fit)
        row = {"worker": _holder(choose, one.number), "batch": one.number}
    return row | {"location": choose.location()}


# -- working -------------------------------------------------------------------------------------


def assign_tote(choose: Chooser) -> Row:
    """Mostly at a slot of a live task."""
    task = _one_task(choose, TASK_PICK)
    row = _in_hand(choose, BATCH_CLAIMED)
    slot = choose.chance.choice([0, 0, 1, 3])
    if task is not None and task.batch.state == BATCH_CLAIMED:
        row = {"worker": _holder(choose, task.batch.number), "batch": task.batch.number}
        slot = task.slot if choose.often(0.9) else slot
    unit = _fresh_unit(choose)
    totes = [tote.handling_unit for tote in choose.model.totes.rows if tote.batch != NONE]
    if totes and choose.often(0.15):
        unit = choose.chance.choice(totes)
    return row | {"slot": slot, "handling_unit": unit}


def _unit_for(choose: Chooser, task: Task | None) -> int:
    """Give a unit for what is picked, -1 mostly when the slot has a tote."""
    if task is None or task.kind == TASK_MOVE:
        return NONE if choose.often(0.95) else choose.handling_unit()
    present = choose.model.tote_at(task.batch, task.slot)
    if present == NONE:
        return _fresh_unit(choose) if choose.often(0.9) else NONE
    return choose.chance.choice([NONE, NONE, NONE, present, _fresh_unit(choose)])


def confirm_task(choose: Chooser) -> Row:
    """Mostly all of it."""
    task = _one_task(choose, TASK_PICK, TASK_PICK, TASK_MOVE)
    units = task.units if task else 1
    return {
        "worker": _holder(choose, task.batch.number) if task else _worker(choose),
        "task": _task_number(choose, task),
        "units": choose.chance.choice([units, units, units, max(1, units - 1), _more(units)]),
        "handling_unit": _unit_for(choose, task),
    }


def short_task(choose: Chooser) -> Row:
    """Mostly less than there should be."""
    task = _one_task(choose, TASK_PICK) if choose.often(0.95) else _one_task(choose, TASK_MOVE)
    units = task.units if task else 1
    return {
        "worker": _holder(choose, task.batch.number) if task else _worker(choose),
        "task": _task_number(choose, task),
        "found_units": choose.chance.choice([0, 0, units - 1, max(0, units - 2), units]),
        "handling_unit": _unit_for(choose, task),
        "reason": REASON,
    }


# -- sorting and loading -------------------------------------------------------------------------


def sort_pick(choose: Chooser) -> Row:
    """Mostly into a unit of its own."""
    order, allocation = choose.allocation(ALLOCATION_PICKED)
    return {"order": order, "allocation": allocation, "handling_unit": choose.handling_unit()}


def consolidate(choose: Chooser) -> Row:
    """Mostly of a unit that carries something and that no batch has."""
    model = choose.model
    units = range(len(model.register["handling_unit"].rows))
    carrying = [row for row in units if model.carried(row) and not model.is_shut(row)]
    fit = [row for row in carrying if model.tote_of(row).batch == NONE]
    unit = choose.handling_unit()
    if carrying and choose.often(0.9):
        unit = choose.chance.choice(fit if fit and choose.often(0.85) else carrying)
    return {"handling_unit": unit, "into": _fresh_unit(choose)}


def stage(choose: Chooser) -> Row:
    """Mostly of packed units, at a place that soon is full."""
    location = choose.chance.choice([STAGE, STAGE, STAGE, STAGE, STAGE, STAGE, *DOCKS, 0, 2])
    return {"handling_unit": _unit_in(choose, UNIT_PACKED), "location": location}


def dock_load(choose: Chooser) -> Row:
    """Mostly at one of two doors."""
    location = choose.chance.choice([*DOCKS, *DOCKS, *DOCKS, STAGE])
    return {"load": _one_load(choose, LOAD_EXPECTED, LOAD_AT_DOOR), "location": location}


def _to_load(model: Warehouse) -> list[int]:
    """Give the units that stand packed by themselves with nothing that has to wait."""
    return [
        row
        for row, unit in enumerate(model.register["handling_unit"].rows)
        if unit["state"] in (UNIT_PACKED, UNIT_STAGED)
        and unit["parent"] == NONE
        and all(_may_be_loaded(model, inner) for inner in model.with_inner(row))
    ]


def _may_be_loaded(model: Warehouse, unit: int) -> bool:
    carried = [model.allocation.rows[row] for row in model.carried(unit)]
    lying = {row for row, one in model.stock.rows.items() if one.handling_unit == unit}
    return (
        model.unit(unit)["state"] in (UNIT_PACKED, UNIT_STAGED)
        and lying == {one.stock for one in carried}
        and all(_may_leave(one) for one in carried)
    )


def _may_leave(carried: Allocation) -> bool:
    order = carried.order
    together = order.state == ORDER_PACKED or order.policy == POLICY_PARTIAL
    return carried.state == ALLOCATION_PACKED and together


def load_unit(choose: Chooser) -> Row:
    """Mostly of packed units, on a load at a door."""
    fit = _to_load(choose.model)
    unit = _unit_in(choose, UNIT_PACKED, UNIT_STAGED)
    if fit and choose.often(0.85):
        nested = [row for row in fit if len(choose.model.with_inner(row)) > 1]
        unit = choose.chance.choice(nested or fit)
    return {"handling_unit": unit, "load": _one_load(choose, LOAD_AT_DOOR)}


def unload_unit(choose: Chooser) -> Row:
    """Mostly of loaded units."""
    unit, location = _unit_in(choose, UNIT_LOADED), choose.location()
    # Mostly where packed units may stand.
    return {"handling_unit": unit, "location": location if location in (0, *DOCKS) else STAGE}


def depart(choose: Chooser) -> Row:
    """Mostly of a load that something is on."""
    model = choose.model
    loads = model.register["load"].rows
    full = [
        row
        for row, load in enumerate(loads)
        if load["state"] == LOAD_AT_DOOR and model.loaded_on(row)
    ]
    load = _one_load(choose, LOAD_AT_DOOR, LOAD_AT_DOOR, LOAD_DEPARTED)
    if full and choose.often(0.85):
        load = choose.chance.choice(full)
    return {"load": load, "seal": choose.chance.choice(["", "s1", "s2"])}


WORK_BY_WEIGHT: dict[str, tuple[float, Callable[[Chooser], Row]]] = {
    "put_worker": (1, put_worker),
    "put_cart": (1.5, put_cart),
    "put_wave": (0.7, put_wave),
    "put_load": (1, put_load),
    "open_batch": (4, open_batch),
    "add_pick": (12, add_pick),
    "add_move": (4, add_move),
    "release_batch": (5, release_batch),
    "cancel_batch": (1.2, cancel_batch),
    "claim_batch": (7, claim_batch),
    "assign_tote": (4, assign_tote),
    "confirm_task": (10, confirm_task),
    "short_task": (5, short_task),
    "drop_task": (1.5, drop_task),
    "route_task": (1, route_task),
    "pause_batch": (2.5, in_hand(BATCH_CLAIMED)),
    "resume_batch": (2, in_hand(BATCH_PAUSED)),
    "drop_batch": (1.5, in_hand(BATCH_CLAIMED, BATCH_PAUSED)),
    "reassign_batch": (2.5, reassign_batch),
    "deliver_batch": (4, deliver_batch),
    "sort_pick": (3, sort_pick),
    "consolidate": (3, consolidate),
    "stage": (5, stage),
    "dock_load": (1.5, dock_load),
    "load_unit": (6, load_unit),
    "unload_unit": (3, unload_unit),
    "depart": (2, depart),
}


def _has_batch(*states: int) -> Callable[[Warehouse], bool]:
    return lambda model: bool(_batches(model, *states))


def _has_unit(*states: int) -> Callable[[Warehouse], bool]:
    return lambda model: any(
        unit["state"] in states for unit in model.register["handling_unit"].rows
    )


def _has_work(model: Warehouse) -> bool:
    return any(task.batch.state == BATCH_CLAIMED for task in model.live_tasks())


def _is_at_door(model: Warehouse) -> bool:
    return any(load["state"] == LOAD_AT_DOOR for load in model.register["load"].rows)


WORK_WORTHWHILE: dict[str, Callable[[Warehouse], bool]] = {
    "add_pick": lambda model: (
        bool(_batches(model, *UNENDED))
        and any(
            one.state in (ALLOCATION_POOLED, ALLOCATION_BOUND)
            for one in model.allocation.rows.values()
        )
    ),
    "add_move": lambda model: bool(_batches(model, *UNENDED) and model.stock.rows),
    "release_batch": lambda model: any(
        model.live_tasks(batch) for batch in _batches(model, BATCH_OPEN)
    ),
    "cancel_batch": _has_batch(*UNENDED),
    "claim_batch": lambda model: bool(
        _batches(model, BATCH_RELEASED) and None in (model.held_by(0), model.held_by(1))
    ),
    "assign_tote": _has_work,
    "confirm_task": _has_work,
    "short_task": _has_work,
    "drop_task": lambda model: bool(model.live_tasks()),
    "route_task": lambda model: bool(model.live_tasks()),
    "pause_batch": _has_batch(BATCH_CLAIMED),
    "resume_batch": _has_batch(BATCH_PAUSED),
    "drop_batch": _has_batch(BATCH_CLAIMED, BATCH_PAUSED),
    "reassign_batch": _has_batch(BATCH_RELEASED, BATCH_CLAIMED, BATCH_PAUSED),
    "deliver_batch": lambda model: any(
        not model.live_tasks(batch) for batch in _batches(model, BATCH_CLAIMED)
    ),
    "sort_pick": lambda model: any(
        one.state == ALLOCATION_PICKED for one in model.allocation.rows.values()
    ),
    "consolidate": lambda model: any(
        one.state in (ALLOCATION_PICKED, ALLOCATION_PACKED)
        for one in model.allocation.rows.values()
    ),
    "stage": _has_unit(UNIT_PACKED),
    "load_unit": lambda model: _is_at_door(model) and bool(_to_load(model)),
    "unload_unit": _has_unit(UNIT_LOADED),
    "depart": _has_unit(UNIT_LOADED),
}

ONWARD = (
    *("release_batch", "claim_batch", "claim_batch", "assign_tote", "confirm_task"),
    *("confirm_task", "confirm_task", "short_task", "deliver_batch", "resume_batch"),
    *("pack", "sort_pick", "load_unit", "load_unit", "depart"),
)
"""What brings work that is begun to its end."""
