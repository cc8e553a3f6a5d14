"""Makers of single steps: a batch of commands of one kind that suits the warehouse as it stands."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from slotline.engine.schema import COMMAND_NUMBER, COMMANDS
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_RELEASED,
    STATUS_AVAILABLE,
    UNIT_EMPTY,
    UNIT_PACKED,
)
from slotline.tests.model.warehouse import Warehouse
from slotline.tests.simulation.choosing import (
    CHANNELS,
    DAY,
    FIRST_DAY,
    HOUR,
    OWNERS,
    PLACE,
    REASON,
    SIZES,
    ZONE,
    Chooser,
    Columns,
    Row,
    Step,
)
from slotline.tests.simulation.work_commands import ONWARD, WORK_BY_WEIGHT, WORK_WORTHWHILE

Make = Callable[[random.Random, Warehouse], Step]


def receive(choose: Chooser) -> Row:
    """Mostly of a purchase line, mostly of a lot."""
    item, owner = choose.item_and_owner()
    return {
        "purchase_line": choose.row_of("purchase_line", item, owner) if choose.often(0.6) else NONE,
        "item": item,
        "owner": owner,
        "lot": choose.row_of("lot", item, owner),
        "status": choose.chance.choice([0] * 8 + [1, 2, 3]),
        "pack": choose.chance.choice([NONE, 0]),
        **choose.place(0.2),
        "units": choose.chance.choice([1, 2, 3, 4, 6, 9]),
        "unit_cost_minor": choose.chance.choice([0, 250]),
    }


def move(choose: Chooser) -> Row:
    """Whole rows and parts."""
    stock = choose.stock()
    return {"stock": stock, "units": choose.units_of(stock), **choose.place(0.3)}


def move_handling_unit(choose: Chooser) -> Row:
    """Into another unit, now and then into itself, or to a location; packed ones together."""
    into = choose.often(0.5)
    units = choose.model.register["handling_unit"].rows
    packed = [row for row, unit in enumerate(units) if unit["state"] == UNIT_PACKED]
    if len(packed) > 1 and choose.often(0.7):
        inner, outer = choose.chance.sample(packed, 2)
        return {"handling_unit": inner, "parent": outer, "location": NONE}
    return {
        "handling_unit": choose.handling_unit(),
        "parent": choose.handling_unit() if into else NONE,
        "location": NONE if into else choose.location(),
    }


def adjust(choose: Chooser) -> Row:
    """Mostly downwards, now and then beyond what can be."""
    stock = choose.stock(status=[STATUS_AVAILABLE])
    down = -choose.units_of(stock)
    delta = choose.chance.choice([down, down, down, 1, 2, 2**31 - 2, -5])
    return {"stock": stock, "delta_units": delta, "reason": REASON}


def hold(choose: Chooser) -> Row:
    """Mostly free units of sellable rows."""
    stock = choose.stock(status=[STATUS_AVAILABLE])
    status = choose.chance.choice([1, 2, 3])
    return {
        "stock": stock, "units": choose.units_of(stock), "status": status, "reason": REASON,
    }  # fmt: skip


def release_hold(choose: Chooser) -> Row:
    """Mostly of held rows."""
    stock = choose.stock(status=[1, 2, 3])
    return {"stock": stock, "units": choose.units_of(stock), "reason": REASON}


def promise(choose: Chooser) -> Row:
    """From stock for soon, or from supply for later."""
    item, owner = choose.item_and_owner()
    wait = choose.chance.choice([-1, 0, 1, HOUR, HOUR, DAY, DAY, 2 * DAY, 4 * DAY])
    later = choose.chance.choice([-HOUR, 0, HOUR, DAY, DAY, 2 * DAY, 3 * DAY])
    return {
        "item": item,
        "owner": owner,
        "channel": choose.chance.choice(CHANNELS),
        "units": choose.chance.choice([1, 1, 2, 2, 3, 5]),
        "expires_us": choose.now_us + wait,
        "due_us": choose.chance.choice([0, choose.now_us + later, choose.now_us + later]),
    }


def accept(choose: Chooser) -> tuple[Row, list[Row]]:
    """One to three lines, some under a promise."""
    _, owner = choose.item_and_owner()
    lines = []
    for _ in range(choose.chance.choice([1, 1, 2, 3])):
        item = choose.chance.choice([0, 0, 1] if owner == 0 else [2, 2, 0])
        named = choose.promise((item, owner, STATUS_AVAILABLE)) if choose.often(0.25) else NONE
        units = choose.chance.choice([1, 1, 2, 3, 4])
        if choose.often(0.02):
            units = 2**31 - 1
        lines.append({"item": item, "units": units, "promise": named})
    leave = choose.chance.choice([-HOUR, HOUR, DAY, DAY, 2 * DAY])
    code = f"o{choose.chance.randrange(40)}" if choose.often(0.5) else ""
    order = {
        "reference": choose.chance.randrange(1000),
        "channel": choose.chance.choice(CHANNELS),
        "owner": owner,
        "priority": choose.chance.randrange(3),
        "policy": choose.chance.choice([0, 1, 1, 2]),
        "placement": choose.chance.choice([0, 1, 1, 1, 2, 2]),
        "min_life_days": choose.chance.choice([0] * 6 + [1, 2, 5]),
        "departure_us": choose.chance.choice([0, choose.now_us + leave]),
        "code": code,
        "line_count": len(lines),
    }
    return order, lines


def cancel(choose: Chooser) -> Row:
    """Mostly of orders at work."""
    return {"order": choose.order(ORDER_OPEN, ORDER_RELEASED)}


def allocate(choose: Chooser) -> Row:
    """Mostly of orders at work."""
    order = choose.order(ORDER_OPEN, ORDER_OPEN, ORDER_RELEASED)
    return {"order": order, "placement": choose.chance.choice([1, 2])}


def release(choose: Chooser) -> Row:
    """Mostly of open orders."""
    rows = choose.model.allocation.rows.values()
    served = sorted({one.order.number for one in rows if one.order.state == ORDER_OPEN})
    order = choose.order(ORDER_OPEN) if choose.often(0.6) else choose.order(ORDER_RELEASED)
    if served and choose.often(0.75):
        order = choose.chance.choice(served)
    return {"order": order, "wave": choose.chance.choice([NONE, 1, 2, 3])}


def pick(choose: Chooser) -> Row:
    """Mostly all of a bound allocation."""
    order, allocation = choose.allocation(ALLOCATION_BOUND)
    held = choose.model.allocation.rows.get(allocation)
    units = held.units if held else 1
    return {
        "order": order,
        "allocation": allocation,
        "units": choose.chance.choice([units, units, units, max(1, units - 1), units + 1]),
        "handling_unit": choose.handling_unit(),
    }


def short_pick(choose: Chooser) -> Row:
    """Mostly less than there should be."""
    order, allocation = choose.allocation(ALLOCATION_BOUND)
    held = choose.model.allocation.rows.get(allocation)
    units = held.units if held else 1
    return {
        "order": order,
        "allocation": allocation,
        "found_units": choose.chance.choice([0, 0, units - 1, max(0, units - 2), units]),
        "handling_unit": choose.handling_unit(),
        "reason": REASON,
    }


def unpick(choose: Chooser) -> Row:
    """Mostly of picked allocations."""
    order, allocation = choose.allocation(ALLOCATION_PICKED)
    return {"order": order, "allocation": allocation, "location": choose.location()}


def pack(choose: Chooser) -> Row:
    """Mostly of orders on the floor."""
    rows = choose.model.allocation.rows.values()
    picked = sorted({one.order.number for one in rows if one.state == ALLOCATION_PICKED})
    order = choose.order(ORDER_RELEASED)
    if picked and choose.often(0.8):
        order = choose.chance.choice(picked)
    unit = choose.handling_unit()
    empty = [
        row
        for row, one in enumerate(choose.model.register["handling_unit"].rows)
        if one["state"] in (UNIT_EMPTY, UNIT_PACKED) and one["parent"] == NONE
    ]
    if empty and choose.often(0.6):
        unit = choose.chance.choice(empty)
    return {"order": order, "handling_unit": unit}


def put_item(choose: Chooser) -> Row:
    """Change known items: rotation, in use or not."""
    item = choose.chance.choice(choose.model.items()[:3])
    return {
        "client": item["client"],
        "code": item["code"] if choose.often(0.9) else "kite",
        "rotation": item["rotation"] if choose.often(0.7) else choose.chance.choice([0, 1]),
        "shelf_life_days": choose.chance.choice([9, 9, 10]),
        **{name: values[0] for name, values in SIZES.items()},
        "hazard": 0,
        "temperature": 0,
        "active": choose.chance.choice([0, 1, 1, 1, 1]),
    }


def put_lot(choose: Chooser) -> Row:
    """Make lots that expire about now, and correct known ones."""
    item, owner = choose.item_and_owner()
    return {
        "item": item,
        "owner": owner,
        "code": choose.chance.choice(["a", "b", "c", f"l{choose.today - FIRST_DAY}"]),
        "expiry_day": choose.today + choose.chance.choice([-1, 0, 1, 1, 2, 3, 4, 6, 900]),
    }


def put_purchase_line(choose: Chooser) -> Row:
    """Known lines slip and shrink, new ones come."""
    item = choose.chance.choice([0, 1, 2])
    number = item + 1 if choose.often(0.7) else 4 + choose.chance.randrange(4)
    if choose.often(0.08):
        item = choose.chance.choice([0, 1, 2])
    known = choose.model.row_of_key.get(("purchase_line", "P", number))
    if known is not None and choose.often(0.95):
        item = choose.model.register["purchase_line"].rows[known]["item"]
    return {
        "code": "P",
        "line_number": number,
        "item": item,
        "owner": 1 if item == 2 else 0,
        "expected_units": choose.chance.choice([0, 3, 6, 10, 20, 40]),
        "due_us": choose.now_us + choose.chance.choice([-HOUR, HOUR, DAY, DAY, 2 * DAY]),
        "unit_cost_minor": choose.chance.choice([250, 300]),
    }


def put_handling_unit(choose: Chooser) -> Row:
    """Make new units, and change known ones."""
    count = len(choose.model.register["handling_unit"].rows)
    fresh = choose.often(0.8)
    code = f"T{count}" if fresh else f"T{choose.chance.randrange(count)}"
    inside = choose.often(0.3)
    place = {
        "parent": choose.handling_unit() if inside else NONE,
        "location": NONE if inside else choose.location(),
    }
    return {"code": code, "kind": choose.chance.choice([2, 2, 3])} | place


def put_pack(choose: Chooser) -> Row:
    """Change one of a few pack versions."""
    sizes = {name: values[0] for name, values in SIZES.items()}
    item, level = choose.chance.choice([0, 1]), choose.chance.choice([0, 1])
    return {"item": item, "level": level, "units": choose.chance.choice([1, 6])} | sizes


def put_alias(choose: Chooser) -> Row:
    """Change the meaning of one of a few codes."""
    return {
        "code": choose.chance.choice(["gtin1", "gtin2"]),
        "client": choose.chance.choice(OWNERS),
        "item": choose.chance.choice([0, 1]),
        "pack": choose.chance.choice([NONE, 0]),
        "units": choose.chance.choice([1, 6]),
    }


def put_location(choose: Chooser) -> Row:
    """Change a location of the prelude, in use as before."""
    code, active = choose.chance.choice([("A", 1), ("B", 1), ("C", 0)])
    place = {name: values[0] for name, values in PLACE.items()}
    return place | {
        "code": code, "zone": ZONE, "active": active, "pick_seq": choose.chance.randrange(3),
    }  # fmt: skip


def put_name(choose: Chooser) -> Row:
    """Name things, most of them known."""
    return {"kind": choose.chance.choice([1, 2]), "code": choose.chance.choice(["ann", "eve"])}


def _step(kind: str, make: Callable[[Chooser], Any]) -> Make:
    fields = [field.name for field in COMMANDS[COMMAND_NUMBER[kind]].fields]

    def build(chance: random.Random, model: Warehouse) -> Step:
        choose = Chooser(chance, model)
        count = chance.choice([1, 1, 1, 2, 3, 4])
        if not fields:
            return Step(kind, {}, None, choose.advance_us)
        made = [make(choose) for _ in range(count)]
        lines: Columns | None = None
        if kind == "accept":
            flat = [line for _, detail in made for line in detail]
            lines = {name: [line[name] for line in flat] for name in flat[0]}
            made = [order for order, _ in made]
        if kind != "add_pick" and any(row.get("stock") == NONE for row in made):
            return Step("tick", {}, None, choose.advance_us)  # there is no row to name yet
        columns = {name: [row[name] for row in made] for name in fields}
        for name, values in columns.items():
            if len(set(values)) == 1 and choose.often(0.2):
                columns[name] = values[:1]
        return Step(kind, columns, lines, choose.advance_us)

    def sized(chance: random.Random, model: Warehouse) -> Step:
        step = build(chance, model)
        count = max((len(values) for values in step.columns.values()), default=0)
        if step.lines is not None and sum(step.columns["line_count"]) != len(step.lines["item"]):
            step.columns["line_count"] = step.columns["line_count"] * count
        return step

    return sized


def _order_step(kind: str, *states: int) -> Make:
    return _step(kind, lambda choose: {"order": choose.order(*states)})


def _release_promise(choose: Chooser) -> Row:
    return {"promise": choose.promise()}


COMMANDS_BY_WEIGHT: dict[str, tuple[float, Make]] = {
    "receive": (12, _step("receive", receive)),
    "move": (4, _step("move", move)),
    "move_handling_unit": (3, _step("move_handling_unit", move_handling_unit)),
    "adjust": (4, _step("adjust", adjust)),
    "hold": (4, _step("hold", hold)),
    "release_hold": (3, _step("release_hold", release_hold)),
    "promise": (9, _step("promise", promise)),
    "release_promise": (3, _step("release_promise", _release_promise)),
    "tick": (7, _step("tick", lambda _: {})),
    "accept": (13, _step("accept", accept)),
    "allocate": (5, _step("allocate", allocate)),
    "deallocate": (2, _order_step("deallocate", ORDER_OPEN, ORDER_RELEASED)),
    "cancel": (4, _step("cancel", cancel)),
    "release": (9, _step("release", release)),
    "pick": (10, _step("pick", pick)),
    "short_pick": (5, _step("short_pick", short_pick)),
    "unpick": (2, _step("unpick", unpick)),
    "pack": (8, _step("pack", pack)),
    "ship": (8, _order_step("ship", ORDER_PACKED)),
    "put_item": (1.5, _step("put_item", put_item)),
    "put_lot": (3, _step("put_lot", put_lot)),
    "put_purchase_line": (4, _step("put_purchase_line", put_purchase_line)),
    "put_handling_unit": (3, _step("put_handling_unit", put_handling_unit)),
    "put_pack": (0.7, _step("put_pack", put_pack)),
    "put_alias": (0.7, _step("put_alias", put_alias)),
    "put_location": (0.7, _step("put_location", put_location)),
    "put_name": (0.5, _step("put_name", put_name)),
    **{kind: (weight, _step(kind, make)) for kind, (weight, make) in WORK_BY_WEIGHT.items()},
}


def _has(model: Warehouse, state: int, order_state: int) -> bool:
    rows = model.allocation.rows.values()
    return any(one.state == state and one.order.state == order_state for one in rows)


# Commands of the floor are rare unless there is something to do.
WORTHWHILE: dict[str, Callable[[Warehouse], bool]] = {
    "release": lambda model: (
        _has(model, ALLOCATION_POOLED, ORDER_OPEN) or _has(model, ALLOCATION_BOUND, ORDER_OPEN)
    ),
    "pick": lambda model: _has(model, ALLOCATION_BOUND, ORDER_RELEASED),
    "short_pick": lambda model: _has(model, ALLOCATION_BOUND, ORDER_RELEASED),
    "unpick": lambda model: _has(model, ALLOCATION_PICKED, ORDER_RELEASED),
    "pack": lambda model: _has(model, ALLOCATION_PICKED, ORDER_RELEASED),
    "ship": lambda model: any(order.state == ORDER_PACKED for order in model.order.kept.values()),
    "accept": lambda model: any(
        available > 1 for pool, available in model.available_units().items() if pool[2] == 0
    ),
    "release_promise": lambda model: any(model.outstanding.values()),
    **WORK_WORTHWHILE,
}


def next_step(chance: random.Random, model: Warehouse, work_share: float = 0.5) -> Step:
    """Choose a command that may be worth while, and make a batch of it.

    Parameters
    ----------
    chance : random.Random
        Source of all choices.
    model : Warehouse
        As it stands before the step.
    work_share : float
        How much is done of waves, batches and loads, 0 to 1.
    """
    onward = [kind for kind in ONWARD if WORTHWHILE[kind](model)]
    if onward and chance.random() < 0.5 * work_share:
        return COMMANDS_BY_WEIGHT[chance.choice(onward)][1](chance, model)
    kinds = list(COMMANDS_BY_WEIGHT)
    weights = [
        weight * 2 * (work_share if kind in WORK_BY_WEIGHT else 1 - work_share)
        for kind, (weight, _) in COMMANDS_BY_WEIGHT.items()
    ]
    kind = chance.choices(kinds, weights)[0]
    for _ in range(4):
        if kind not in WORTHWHILE or WORTHWHILE[kind](model) or chance.random() < 0.06:
            break
        kind = chance.choices(kinds, weights)[0]
    return COMMANDS_BY_WEIGHT[kind][1](chance, model)
