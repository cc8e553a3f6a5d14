"""What every command must answer, worked out by hand from `docs/commands.md`.

All cases start from the prelude in `choosing.py`, at day 20,000, 10:00. Items: 0 FEFO and 1 FIFO of
owner 0, 2 FEFO of owner 1. Lots: 0 and 1 of item 0 (expire in 1 and 3 days), 2 of item 0 for owner
1, 3 of item 1 (in 2 days), 4 of item 2. Purchase lines: 0 of item 0 (6 units tomorrow), 1 of item 1
(4 units in 2 days), 2 of item 2. Locations 0 and 1 are in use, 2 is not. Handling units 0 to 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slotline.engine.schema import COMMAND_NUMBER, COMMANDS
from slotline.kernels.columns import NO_EXPIRY_DAY
from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_LIMIT as LIMIT
from slotline.kernels.columns import OUTCOME_NOT_FREE as NOT_FREE
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.tests.simulation.choosing import (
    DAY,
    FIRST_DAY,
    PLACE,
    SIZES,
    START_US,
    Columns,
    Step,
)

T = START_US
_FIRST = {name: values[0] for name, values in (SIZES | PLACE).items()}

DEFAULTS: dict[str, dict[str, Any]] = {
    "put_name": {"kind": 1, "code": "ann"},
    "put_item": {
        "client": 0,
        "code": "milk",
        "rotation": 0,
        "shelf_life_days": 9,
        "hazard": 0,
        "temperature": 0,
        "active": 1,
    },
    "put_pack": {"item": 0, "units": 1},
    "put_alias": {"code": "gtin", "client": 0, "item": 0, "pack": -1, "units": 1},
    "put_lot": {"item": 0, "owner": 0, "code": "a", "expiry_day": FIRST_DAY + 1},
    "put_location": {"code": "A", "zone": 5, "active": 1},
    "put_handling_unit": {"code": "T0", "kind": 2, "parent": -1, "location": 0},
    "put_purchase_line": {
        "code": "P",
        "line_number": 1,
        "item": 0,
        "owner": 0,
        "expected_units": 6,
        "due_us": T + DAY,
        "unit_cost_minor": 250,
    },
    "receive": {
        "purchase_line": -1,
        "item": 0,
        "owner": 0,
        "lot": -1,
        "status": 0,
        "pack": -1,
        "location": 0,
        "handling_unit": -1,
        "units": 5,
        "unit_cost_minor": 0,
    },
    "move": {"stock": 0, "units": 5, "location": 1, "handling_unit": -1},
    "move_handling_unit": {"handling_unit": 0, "parent": -1, "location": 1},
    "adjust": {"stock": 0, "delta_units": -1, "reason": 4},
    "hold": {"stock": 0, "units": 1, "status": 1, "reason": 4},
    "release_hold": {"stock": 0, "units": 1, "reason": 4},
    "promise": {
        "item": 0,
        "owner": 0,
        "channel": 2,
        "units": 1,
        "expires_us": T + DAY,
        "due_us": 0,
    },
    "release_promise": {"promise": 0},
    "tick": {},
    "accept": {
        "reference": 7,
        "channel": 2,
        "owner": 0,
        "priority": 0,
        "policy": 1,
        "placement": 1,
        "min_life_days": 0,
        "departure_us": 0,
        "code": "",
    },
    "cancel": {"order": 0},
    "allocate": {"order": 0, "placement": 1},
    "deallocate": {"order": 0},
    "release": {"order": 0, "wave": 1},
    "pick": {"order": 0, "allocation": 0, "units": 1, "handling_unit": 0},
    "short_pick": {
        "order": 0,
        "allocation": 0,
        "found_units": 0,
        "handling_unit": 0,
        "reason": 4,
    },
    "unpick": {"order": 0, "allocation": 0, "location": 1},
    "pack": {"order": 0, "handling_unit": 1},
    "ship": {"order": 0},
    "put_worker": {"code": "W0", "kind": 0, "zone": -1, "active": 1},
    "put_cart": {"code": "K0", "slots": 2, "volume_mm3": 10**9, "active": 1},
    "put_wave": {"code": "V0", "cutoff_us": T + DAY},
    "put_load": {"code": "L0", "appointment_us": T, "departure_us": T + DAY},
    "open_batch": {"wave": 0, "zone": -1, "priority": 0, "due_us": 0},
    "add_pick": {
        "batch": 0,
        "order": 0,
        "allocation": 0,
        "stock": 0,
        "units": 2,
        "slot": 0,
        "tour_position": 7,
    },
    "add_move": {"batch": 0, "stock": 0, "units": 5, "location": 1, "tour_position": 7},
    "release_batch": {"batch": 0},
    "cancel_batch": {"batch": 0},
    "claim_batch": {"worker": 0, "batch": 0, "zone": -1, "cart": -1, "lease_us": 0},
    "assign_tote": {"worker": 0, "batch": 0, "slot": 0, "handling_unit": 0},
    "confirm_task": {"worker": 0, "task": 0, "units": 2, "handling_unit": -1},
    "short_task": {"worker": 0, "task": 0, "found_units": 0, "handling_unit": -1, "reason": 4},
    "drop_task": {"task": 0},
    "route_task": {"task": 0, "tour_position": 3},
    "pause_batch": {"worker": 0, "batch": 0},
    "resume_batch": {"worker": 0, "batch": 0},
    "drop_batch": {"worker": 0, "batch": 0},
    "reassign_batch": {"batch": 0, "worker": 1},
    "deliver_batch": {"worker": 0, "batch": 0, "location": 1},
    "sort_pick": {"order": 0, "allocation": 0, "handling_unit": 1},
    "consolidate": {"handling_unit": 0, "into": 1},
    "stage": {"handling_unit": 0, "location": 4},
    "dock_load": {"load": 0, "location": 3},
    "load_unit": {"handling_unit": 0, "load": 0},
    "unload_unit": {"handling_unit": 0, "location": 4},
    "depart": {"load": 0, "seal": "s"},
}
"""A value for every column, so that a case names only what it is about."""


@dataclass(frozen=True, slots=True)
class Do:
    """A batch of one command, and its outcome columns in the order of the schema."""

    step: Step
    expected: dict[str, Any]


@dataclass(frozen=True, slots=True)
class See:
    """A row as the views give it; None when the row must be free."""

    table: str
    key: Any
    expected: Any


Case = tuple["Do | See", ...]


def do(
    kind: str,
    /,
    *expected: Any,
    after: int = 0,
    lines: list[tuple[int, ...]] | None = None,
    **given: Any,
) -> Do:
    """Give one command with its outcome; `lines` are (item, units) or (item, units, promise)."""
    names = [field.name for field in COMMANDS[COMMAND_NUMBER[kind]].outcome]
    outcome = dict(zip(names + ["lines"] * bool(lines), expected, strict=True))
    return Do(step_of(kind, after=after, lines=lines, **given), outcome)


def step_of(
    kind: str,
    /,
    *,
    after: int = 0,
    lines: list[tuple[int, ...]] | None = None,
    **given: Any,
) -> Step:
    """Give one command: the named values, and the defaults for all others."""
    command = COMMANDS[COMMAND_NUMBER[kind]]
    values = DEFAULTS[kind] | given
    detail: Columns | None = None
    if lines:
        values["line_count"] = len(lines)
        detail = {
            "item": [line[0] for line in lines],
            "units": [line[1] for line in lines],
            "promise": [line[2] if len(line) > 2 else -1 for line in lines],
        }
    columns = {
        field.name: [values[field.name] if field.name in values else _FIRST[field.name]]
        for field in command.fields
    }
    if kind in ("put_pack", "put_location"):
        columns["level"] = [values.get("level", 0)]
    return Step(kind, columns, detail, after)


def stock(
    item: int = 0,
    pool: int = 0,
    *,
    at: tuple[int, int] = (0, -1),
    lot: int = -1,
    receipt: int = 0,
    expiry_day: int = NO_EXPIRY_DAY,
    units: tuple[int, int] = (5, 0),
    received_us: int = T,
) -> tuple[int, ...]:
    """Give a stock row as seen: `at` is location and handling unit, `units` on hand, allocated."""
    return (item, pool, lot, -1, *at, receipt, expiry_day, *units, received_us)


GONE = 6  # state of a handling unit that has departed
UNIT_0_DEPARTS: Case = (
    do("receive", DONE, 0, 0, units=1),
    do("accept", DONE, 0, [1], lines=[(0, 1)]),
    do("release", DONE, 1, 0),
    do("pick", DONE, 0, 0),
    do("pack", DONE, 1, handling_unit=0),
    do("ship", DONE, 1),
    See("handling_unit", 0, (2, GONE, -1, 0)),
)
"""Leaves order 0 shipped, no stock, receipt 0 used, handling unit 0 gone."""

CATALOGUE: dict[str, Case] = {
    "names: the same again is the same row, kinds are apart": (
        do("put_name", DONE, 0),
        do("put_name", DONE, 6, code="bob", kind=2),
        do("put_name", DONE, 6, code="bob", kind=2),
    ),
    "item: new, same again, changed": (
        do("put_item", DONE, 3, code="kite"),
        do("put_item", DONE, 3, code="kite"),
        See("counter", "catalogue_epoch", 0),
        do("put_item", DONE, 3, code="kite", hazard=3),
        See("counter", "catalogue_epoch", 1),
        See("pool", 3, (3, 0, 0)),
    ),
    "item: another client's code is another item": (
        do("put_item", DONE, 3, code="rope", client=1),
    ),
    "item: rotation turns while there is no stock": (
        do("put_item", DONE, 0, rotation=1),
        See("counter", "catalogue_epoch", 1),
    ),
    "item: rotation stays while there is stock, even on hold": (
        do("receive", DONE, 0, 0, status=1),
        do("put_item", WRONG, -1, rotation=1),
        do("put_item", DONE, 0, hazard=1),
        do("adjust", DONE, 0, 0, delta_units=-5),
        do("put_item", DONE, 0, rotation=1, hazard=1),
    ),
    "pack: known by item and level": (
        do("put_pack", DONE, 0),
        do("put_pack", DONE, 1, level=1),
        do("put_pack", DONE, 2, item=1),
        See("counter", "catalogue_epoch", 0),
        do("put_pack", DONE, 0, units=6),
        See("counter", "catalogue_epoch", 1),
    ),
    "alias: known by client and code": (
        do("put_alias", DONE, 0),
        do("put_alias", DONE, 1, client=1),
        do("put_alias", DONE, 0),
        See("counter", "catalogue_epoch", 0),
        do("put_alias", DONE, 0, item=1),
        See("counter", "catalogue_epoch", 1),
    ),
    "lot: its expiry is fixed by its stock, and raises no epoch": (
        do("put_lot", DONE, 0, expiry_day=FIRST_DAY + 2),
        See("counter", "catalogue_epoch", 0),
        do("receive", DONE, 0, 0, lot=0),
        do("put_lot", WRONG, -1, expiry_day=FIRST_DAY + 3),
        do("put_lot", DONE, 0, expiry_day=FIRST_DAY + 2),
        do("put_lot", DONE, 5, owner=1, code="b"),
        do("adjust", DONE, 0, 0, delta_units=-5),
        do("put_lot", DONE, 0, expiry_day=FIRST_DAY + 3),
    ),
    "location: new and changed": (
        do("put_location", DONE, 3, code="D"),
        do("put_location", DONE, 0, active=0),
        do("receive", WRONG, -1, -1),
        See("counter", "catalogue_epoch", 0),
    ),
    "handling unit: inside another": (
        do("put_handling_unit", DONE, 3, code="T3", parent=0, location=-1),
        See("handling_unit", 3, (2, 0, 0, -1)),
    ),
    "handling unit: a known one changes its kind only": (
        do("put_handling_unit", DONE, 0, kind=3, location=1),
        See("handling_unit", 0, (3, 0, -1, 0)),
    ),
    "handling unit: one that has left stays as it was": (
        *UNIT_0_DEPARTS,
        do("put_handling_unit", WRONG, -1, kind=3),
        do("put_handling_unit", DONE, 0),
    ),
    "purchase line: item and owner are fixed": (
        do("put_purchase_line", WRONG, -1, item=1),
        do("put_purchase_line", WRONG, -1, owner=1),
        do("put_purchase_line", DONE, 3, line_number=9, owner=1),
        See("pool", 3, (0, 1, 0)),
    ),
    "purchase line: slips with its supply": (
        do("promise", DONE, 0, 0, units=6, due_us=T + DAY, expires_us=T + 9 * DAY),
        do("release_promise", DONE, 0),
        do("put_purchase_line", DONE, 0, due_us=T + 2 * DAY),
        do("promise", 2, -1, 0, units=6, due_us=T + DAY, expires_us=T + 9 * DAY),
        do("promise", DONE, 1, 0, units=6, due_us=T + 2 * DAY, expires_us=T + 9 * DAY),
        See("purchase_line", 0, (6, 0, T + 2 * DAY)),
    ),
}

RECEIVE: dict[str, Case] = {
    "a row and a receipt": (
        do("receive", DONE, 0, 0, lot=1),
        do("receive", DONE, 1, 1, item=1, units=2, location=-1, handling_unit=1, after=60),
        See("stock", 0, stock(lot=1, expiry_day=FIRST_DAY + 3)),
        See("stock", 1, stock(1, 1, at=(-1, 1), receipt=1, units=(2, 0), received_us=T + 60)),
        See("available", (0, 0, 0), 5),
        See("item", 0, (5, 0, 0)),
        See("purchase_line", 0, (6, 0, T + DAY)),
    ),
    "wrong purchase line, lot, location and handling unit": (
        do("receive", WRONG, -1, -1, purchase_line=1),
        do("receive", WRONG, -1, -1, purchase_line=0, owner=1),
        do("receive", WRONG, -1, -1, lot=3),
        do("receive", WRONG, -1, -1, lot=2),
        do("receive", WRONG, -1, -1, location=2),
        See("counter", "receipt", 0),
    ),
    "into a unit that has left": (
        *UNIT_0_DEPARTS,
        do("receive", WRONG, -1, -1, location=-1, handling_unit=0),
        do("receive", DONE, 0, 1, location=-1, handling_unit=1),
    ),
    "more than was expected": (
        do("receive", DONE, 0, 0, purchase_line=0, units=9),
        See("purchase_line", 0, (6, 9, T + DAY)),
        See("available", (0, 0, 0), 9),
    ),
    "expires today: sellable; expired yesterday: not": (
        do("receive", DONE, 0, 0, lot=0, after=DAY),
        See("available", (0, 0, 0), 5),
        do("receive", DONE, 1, 1, lot=0, after=DAY),
        See("pool", 3, (0, 0, 4)),
        See("available", (0, 0, 4), 5),
        do("receive", DONE, 2, 2, lot=0, status=2),
        See("pool", 4, (0, 0, 2)),
    ),
    "an owner's goods are his": (
        do("receive", DONE, 0, 0, owner=1, lot=2),
        See("pool", 3, (0, 1, 0)),
        do("promise", 2, -1, 0),
        do("promise", DONE, 0, 4, owner=1),
    ),
    "freed rows are used again, the lowest first": (
        *(do("receive", DONE, row, row, units=1) for row in range(3)),
        do("adjust", DONE, 0, 0, stock=1),
        do("adjust", DONE, 0, 0, stock=0),
        do("receive", DONE, 0, 3),
        do("receive", DONE, 1, 4),
        do("receive", DONE, 3, 5),
    ),
}

MOVE: dict[str, Case] = {
    "refusals in order": (
        do("receive", DONE, 0, 0),
        do("receive", DONE, 1, 1),
        do("adjust", DONE, 0, 0, stock=1, delta_units=-5),
        do("move", UNKNOWN, -1, stock=1, location=2, units=9),
        do("move", WRONG, -1, location=2, units=9),
        do("move", NOT_FREE, -1, units=6),
    ),
    "whole row, then a part": (
        do("receive", DONE, 0, 0, lot=0),
        do("move", DONE, 0, location=-1, handling_unit=2),
        See("stock", 0, stock(lot=0, at=(-1, 2), expiry_day=FIRST_DAY + 1)),
        do("move", DONE, 1, units=2),
        See("stock", 0, stock(lot=0, at=(-1, 2), expiry_day=FIRST_DAY + 1, units=(3, 0))),
        See("stock", 1, stock(lot=0, at=(1, -1), expiry_day=FIRST_DAY + 1, units=(2, 0))),
        See("available", (0, 0, 0), 5),
    ),
    "bound units go with the whole row only": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [3], lines=[(0, 3)], placement=2),
        do("move", NOT_FREE, -1, units=3),
        do("move", DONE, 1, units=2),
        do("move", DONE, 0, units=3),
        See("stock", 0, stock(at=(1, -1), units=(3, 3))),
    ),
    "into a unit that has left": (
        *UNIT_0_DEPARTS,
        do("receive", DONE, 0, 1),
        do("move", WRONG, -1, location=-1, handling_unit=0),
    ),
    "handling unit: to a location, into another, not into itself": (
        do("move_handling_unit", DONE),
        See("handling_unit", 0, (2, 0, -1, 1)),
        do("move_handling_unit", DONE, parent=1, location=-1),
        See("handling_unit", 0, (2, 0, 1, -1)),
        do("move_handling_unit", WRONG, parent=0, location=-1),
        do("move_handling_unit", WRONG, handling_unit=1, parent=0, location=-1),
        do("move_handling_unit", WRONG, location=2),
        do("move_handling_unit", DONE, handling_unit=2, parent=0, location=-1),
        do("move_handling_unit", WRONG, handling_unit=1, parent=2, location=-1),
    ),
    "handling unit: neither one that has left nor into one": (
        *UNIT_0_DEPARTS,
        do("move_handling_unit", WRONG),
        do("move_handling_unit", WRONG, handling_unit=1, parent=0, location=-1),
    ),
}

ADJUST: dict[str, Case] = {
    "refusals in order": (
        do("receive", DONE, 0, 0),
        do("receive", DONE, 1, 1),
        do("adjust", DONE, 0, 0, stock=1, delta_units=-5),
        do("accept", DONE, 0, [3], lines=[(0, 3)], placement=2),
        do("adjust", UNKNOWN, 0, 0, stock=1),
        do("adjust", NOT_FREE, 0, 0, delta_units=-3),
        do("adjust", LIMIT, 0, 0, delta_units=2**31 - 5),
        do("adjust", DONE, 2**31 - 1, 0, delta_units=2**31 - 6),
    ),
    "down, up and away": (
        do("receive", DONE, 0, 0),
        do("adjust", DONE, 3, 0, delta_units=-2),
        do("adjust", DONE, 7, 0, delta_units=4),
        See("item", 0, (5, 0, 2)),
        do("adjust", DONE, 0, 0, delta_units=-7),
        See("stock", 0, None),
        See("item", 0, (5, 0, -5)),
        See("available", (0, 0, 0), 0),
    ),
    "upwards serves no peg": (
        do("promise", DONE, 0, 0, units=2, due_us=T + DAY),
        do("receive", DONE, 0, 0, units=1),
        do("adjust", DONE, 3, 0, delta_units=2),
        See("available", (0, 0, 0), 3),
        See("promise", 0, (0, 0, 2, 2, 2, T + DAY, T + DAY)),
    ),
}

HOLD: dict[str, Case] = {
    "refusals in order": (
        do("receive", DONE, 0, 0),
        do("receive", DONE, 1, 1, status=1),
        do("receive", DONE, 2, 2),
        do("adjust", DONE, 0, 0, stock=2, delta_units=-5),
        do("hold", UNKNOWN, -1, 0, stock=2, units=9),
        do("hold", WRONG, -1, 0, stock=1, units=9),
        do("hold", NOT_FREE, -1, 0, units=6),
        do("release_hold", UNKNOWN, -1, stock=2, units=9),
        do("release_hold", WRONG, -1, units=9),
        do("release_hold", NOT_FREE, -1, stock=1, units=6),
    ),
    "a part, then the rest, then back": (
        do("receive", DONE, 0, 0),
        do("hold", DONE, 1, 0, units=2, status=3),
        See("pool", 3, (0, 0, 3)),
        See("stock", 1, stock(pool=3, units=(2, 0))),
        See("available", (0, 0, 0), 3),
        See("available", (0, 0, 3), 2),
        do("hold", DONE, 0, 0, units=3),
        See("pool", 4, (0, 0, 1)),
        do("release_hold", DONE, 2, units=1, stock=1),
        do("release_hold", DONE, 1, units=1, stock=1),
        See("stock", 1, stock(units=(1, 0))),
        See("available", (0, 0, 0), 2),
    ),
    "bound units are not free": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [3], lines=[(0, 3)], placement=2),
        do("hold", NOT_FREE, -1, 0, units=3),
        do("hold", DONE, 1, 0, units=2),
        See("stock", 0, stock(units=(3, 3))),
    ),
    "expired stock stays expired": (
        do("receive", DONE, 0, 0, lot=0, after=2 * DAY),
        do("release_hold", WRONG, -1),
        do("hold", WRONG, -1, 0),
    ),
    "a released hold serves the pegs": (
        do("promise", DONE, 0, 0, units=2, due_us=T + DAY),
        do("receive", DONE, 0, 0, status=1),
        See("promise", 0, (0, 0, 2, 2, 2, T + DAY, T + DAY)),
        do("release_hold", DONE, 1, units=2),
        See("promise", 0, (0, 0, 2, 2, 1, T + DAY, T + DAY)),
        See("available", (0, 0, 0), 0),
    ),
}

STOCK_CASES = {
    f"{group}: {name}": case
    for group, cases in (
        ("catalogue", CATALOGUE),
        ("receive", RECEIVE),
        ("move", MOVE),
        ("adjust", ADJUST),
        ("hold", HOLD),
    )
    for name, case in cases.items()
}
