"""What a step is, how every history begins, and how values are chosen that mostly fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from slotline.engine.schema import COMMAND_NUMBER, COMMANDS, NAME_KINDS, Role
from slotline.kernels.columns import (
    DAY_US,
    NONE,
    ORDER_PACKED,
    ORDER_RELEASED,
    PROMISE_LIVE,
    UNIT_DEPARTED,
)

if TYPE_CHECKING:
    import random

    from slotline.tests.model.warehouse import Warehouse

Row = dict[str, Any]
Columns = dict[str, list[Any]]

DAY = DAY_US
HOUR = DAY // 24
FIRST_DAY = 20_000
START_US = FIRST_DAY * DAY + 10 * HOUR

OWNERS = (0, 1)
CHANNELS = (2, 3)
REASON, ZONE = 4, 5

SIZES = {"length_mm": [100], "width_mm": [80], "height_mm": [60], "weight_g": [500]}
PLACE = {
    "role": [0],
    "aisle": [1],
    "side": [0],
    "bay": [1],
    "level": [0],
    "x_mm": [0],
    "y_mm": [0],
    "z_mm": [0],
    "pick_seq": [0],
    "capacity_units": [100],
}

# Two owners, FEFO and FIFO items, goods that expire within days, one location out of use.
PRELUDE: tuple[tuple[str, Columns], ...] = (
    (
        "put_name",
        {"kind": [1, 1, 2, 2, 3, 4], "code": ["ann", "bob", "shop", "web", "count", "hall"]},
    ),
    (
        "put_item",
        {
            "client": [0, 0, 1],
            "code": ["milk", "rope", "milk"],
            "rotation": [0, 1, 0],
            "shelf_life_days": [9],
            "hazard": [0],
            "temperature": [0],
            "active": [1],
            **SIZES,
        },
    ),
    ("put_pack", {"item": [0], "level": [0], "units": [1], **SIZES}),
    ("put_location", {"code": ["A", "B", "C"], "zone": [ZONE], "active": [1, 1, 0], **PLACE}),
    (
        "put_handling_unit",
        {"code": ["T0", "T1", "T2"], "kind": [2], "parent": [NONE], "location": [0]},
    ),
    (
        "put_lot",
        {
            "item": [0, 0, 0, 1, 2],
            "owner": [0, 0, 1, 0, 1],
            "code": ["a", "b", "a", "a", "a"],
            "expiry_day": [FIRST_DAY + days for days in (1, 3, 2, 2, 1)],
        },
    ),
    (
        "put_purchase_line",
        {
            "code": ["P"],
            "line_number": [1, 2, 3],
            "item": [0, 1, 2],
            "owner": [0, 0, 1],
            "expected_units": [6, 4, 5],
            "due_us": [START_US + DAY, START_US + 2 * DAY, START_US + DAY],
            "unit_cost_minor": [250],
        },
    ),
)

# What work needs beside: two doors, a place that one unit fills, three of whom one is out of use.
WORK_PRELUDE: tuple[tuple[str, Columns], ...] = (
    ("put_name", {"kind": [4], "code": ["attic"]}),
    (
        "put_location",
        PLACE
        | {
            "code": ["D", "S", "E"],
            "zone": [ZONE],
            "role": [Role.DOCK, Role.STAGE, Role.DOCK],
            "capacity_units": [0, 1, 0],
            "active": [1],
        },
    ),
    (
        "put_worker",
        {"code": ["W0", "W1", "W2"], "kind": [0, 1, 0], "zone": [NONE], "active": [1, 1, 0]},
    ),
    (
        "put_cart",
        {
            "code": ["K0", "K1", "K2"],
            "slots": [2, 1, 4],
            "volume_mm3": [10**9],
            "weight_g": [10**5],
            "active": [1, 1, 0],
        },
    ),
    ("put_wave", {"code": ["V0", "V1"], "cutoff_us": [START_US + HOUR]}),
    (
        "put_load",
        {"code": ["L0", "L1"], "appointment_us": [START_US], "departure_us": [START_US + DAY]},
    ),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A batch, and by how much the clock advances before it."""

    kind: str
    columns: Columns
    lines: Columns | None
    advance_us: int

    def with_bad_ref(self, chance: random.Random, model: Warehouse) -> Step | None:
        """Give the step with one ref to nothing or to the wrong kind, None when it has no ref."""
        refs = [field for field in COMMANDS[COMMAND_NUMBER[self.kind]].fields if field.refers]
        if not refs:
            return None
        field = chance.choice(refs)
        beyond = model.row_count(field.refers)
        wrong = [beyond, beyond + 7, -2, -2 if field.optional else NONE]
        if field.refers == "name":
            names = model.register["name"].rows
            wrong += [row for row in range(beyond) if names[row]["kind"] != NAME_KINDS[field.name]]
        bad = chance.choice(wrong)
        values = self.columns[field.name]
        return replace(self, columns=self.columns | {field.name: [*values[:-1], bad]})

    def singly(self) -> list[Step]:
        """Cut the batch into batches of one command."""
        count = max((len(values) for values in self.columns.values()), default=1)
        steps = []
        start = 0
        for row in range(count):
            columns = {
                name: [values[0] if len(values) == 1 else values[row]]
                for name, values in self.columns.items()
            }
            lines = None
            if self.lines is not None:
                end = start + columns["line_count"][0]
                lines = {
                    name: values if len(values) == 1 else values[start:end]
                    for name, values in self.lines.items()
                }
                start = end
            steps.append(Step(self.kind, columns, lines, 0 if row else self.advance_us))
        return steps


class Chooser:
    """Chooses values for one step; what it offers mostly exists and mostly fits.

    Parameters
    ----------
    chance : random.Random
        Source of all choices.
    model : Warehouse
        As it stands before the step.
    """

    def __init__(self, chance: random.Random, model: Warehouse) -> None:
        self.chance = chance
        self.model = model
        self.advance_us = chance.choice([0] * 10 + [1, HOUR, HOUR, 5 * HOUR, 12 * HOUR, DAY])
        self.now_us = model.time_us + self.advance_us
        self.today = self.now_us // DAY

    def often(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.chance.random() < probability

    def item_and_owner(self) -> tuple[int, int]:
        """Give an item and mostly its usual owner."""
        item = self.chance.choice([0, 0, 0, 1, 1, 2])
        item = item if self.often(0.97) else self.chance.randrange(len(self.model.items()))
        usual = 1 if item == 2 else 0
        return item, usual if self.often(0.85) else self.chance.choice(OWNERS)

    def row_of(self, table: str, item: int, owner: int) -> int:
        """Give a lot or purchase line, mostly of item and owner, -1 for none."""
        rows = self.model.register[table].rows
        mine = [
            row
            for row, one in enumerate(rows)
            if (one["item"], one["owner"]) == (item, owner)
            and (one.get("expiry_day", self.today) >= self.today or self.often(0.02))
        ]
        if self.often(0.03):
            return self.chance.randrange(len(rows))
        return self.chance.choice(mine[-4:]) if mine and self.often(0.75) else NONE

    def location(self) -> int:
        """Give a location, rarely the one out of use."""
        return self.chance.choice([0, 0, 0, 1, 1, 1, 2])

    def handling_unit(self) -> int:
        """Give a handling unit, mostly one that is still here."""
        rows = self.model.register["handling_unit"].rows
        here = [row for row, unit in enumerate(rows) if unit["state"] != UNIT_DEPARTED]
        if here and self.often(0.95):
            return self.chance.choice(here[-3:])
        return self.chance.randrange(len(rows))

    def place(self, unit_share: float) -> Row:
        """Give either a location or a handling unit."""
        if self.often(unit_share):
            return {"location": NONE, "handling_unit": self.handling_unit()}
        return {"location": self.location(), "handling_unit": NONE}

    def stock(self, **wanted: Any) -> int:
        """Give a stock row in use, mostly with the wanted attributes; -1 when none ever was."""
        rows = self.model.stock.rows
        if not self.model.stock.used:
            return NONE
        free = [row for row in range(self.model.stock.used) if row not in rows]
        if free and self.often(0.08):
            return self.chance.choice(free)
        if self.often(0.1) or not rows:
            return self.chance.randrange(self.model.stock.used)
        fit = [
            row
            for row, one in rows.items()
            if all(getattr(one, name) in values for name, values in wanted.items())
        ]
        return self.chance.choice(sorted(fit) if fit and self.often(0.9) else sorted(rows))

    def units_of(self, stock: int) -> int:
        """Give units that mostly are there: all, the free ones, fewer, or one too many."""
        row = self.model.stock.rows.get(stock)
        if row is None:
            return 1
        free = self.model.free(stock)
        choices = [row.on_hand, max(1, free), max(1, free - 1), 1, free + 1, row.on_hand + 1]
        return min(self.chance.choices(choices, [4, 4, 3, 2, 1, 1])[0], 2**31 - 1)

    def order(self, *states: int) -> int:
        """Give an order number, mostly of an order in one of the states."""
        kept = self.model.order.kept
        if self.often(0.06):
            return self.chance.randrange(self.model.order.given + 2)
        fit = sorted(number for number, order in kept.items() if order.state in states)
        return self.chance.choice(fit or sorted(kept) or [0])

    def allocation(self, state: int) -> tuple[int, int]:
        """Give an order and an allocation of it, mostly one that can be worked on."""
        rows = self.model.allocation.rows
        fit = sorted(
            row
            for row, one in rows.items()
            if one.state == state and one.order.state == ORDER_RELEASED
        )
        if fit and self.often(0.93):
            row = self.chance.choice(fit)
            return rows[row].order.number, row
        row = self.chance.randrange(self.model.allocation.used + 2)
        if row in rows and self.often(0.6):
            return rows[row].order.number, row
        return self.order(ORDER_RELEASED, ORDER_PACKED), row

    def promise(self, pool: tuple[int, int, int] | None = None) -> int:
        """Give a promise number, mostly of a live one (of the pool)."""
        given = self.model.promise.given
        fit = sorted(
            number
            for number, one in self.model.promise.kept.items()
            if one.state == PROMISE_LIVE and pool in (None, one.pool)
        )
        if fit and self.often(0.9):
            return self.chance.choice(fit)
        return self.chance.randrange(given + 2)
