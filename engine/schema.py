"""The one schema: tables of the state, commands with their columns and outcomes.

Everything that must agree about names and dtypes reads it here: the state (`state.py`), the record
format (`record.py`), validation, the service's messages, the client, the model in the tests and
`slotline verify`.

Numbers of tables, fields and commands are part of the journal format: append, never renumber.
Derived columns are not journalled; recovery recomputes them and the scrub compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

CODE = "S48"

I1, I2, I4, I8 = "u1", "<i2", "<i4", "<i8"


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Parameters
    ----------
    name : str
        Spelt-out name, unit last.
    dtype : str
        NumPy dtype string, little-endian.
    refers : str
        Table whose rows the column holds, empty when it holds none. Refs are checked at the
        border: -1 (none) is allowed only when `optional`.
    optional : bool
        Whether -1 is allowed in a ref column.
    low, high : int
        Inclusive range of other integer columns.
    """

    name: str
    dtype: str
    refers: str = ""
    optional: bool = False
    low: int = -(2**63)
    high: int = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the state: base fields (journalled) and derived fields (recomputed)."""

    name: str
    fields: tuple[Field, ...]
    derived: tuple[Field, ...] = ()
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command: columns with one value per command, and columns with one value per line."""

    name: str
    fields: tuple[Field, ...]
    outcome: tuple[Field, ...]
    line_fields: tuple[Field, ...] = ()
    line_outcome: tuple[Field, ...] = field(default=())

    @property
    def has_lines(self) -> bool:
        """Whether the command carries lines (ragged, counted by the column `line_count`)."""
        return bool(self.line_fields)


class NameKind(IntEnum):
    """What a row of table `name` names."""

    CLIENT = 1
    CHANNEL = 2
    REASON = 3
    ZONE = 4


class Role(IntEnum):
    """What a location is for."""

    RESERVE = 0
    PICK_FACE = 1
    DOCK = 2
    STAGE = 3
    LANE = 4
    PUT_WALL_SLOT = 5
    PACK = 6
    QUARANTINE = 7
    RETURNS = 8
    ROBOT_STATION = 9
    CART = 10
    FORKLIFT = 11


class HandlingUnitKind(IntEnum):
    """What a handling unit is."""

    PALLET = 0
    CASE = 1
    TOTE = 2
    CARTON = 3


_U4 = 2**31 - 1


def _ref(name: str, table: str, *, optional: bool = False) -> Field:
    return Field(name, I4, refers=table, optional=optional)


def _int(name: str, dtype: str = I4, low: int = 0, high: int = _U4) -> Field:
    return Field(name, dtype, low=low, high=high)


def _time(name: str) -> Field:
    return Field(name, I8, low=0, high=2**62)


def _units(name: str = "units", low: int = 1) -> Field:
    return Field(name, I4, low=low, high=_U4)


TABLES: tuple[Table, ...] = (
    Table("counter", (Field("value", I8),)),
    Table("name", (_int("kind", I1, 1, 255), Field("code", CODE))),
    Table(
        "item",
        (
            _ref("client", "name"),
            Field("code", CODE),
            _int("rotation", I1, 0, 1),
            _int("shelf_life_days"),
            _int("length_mm"),
            _int("width_mm"),
            _int("height_mm"),
            _int("weight_g"),
            _int("hazard", I1, 0, 255),
            _int("temperature", I1, 0, 255),
            _int("active", I1, 0, 1),
            Field("received_units", I8),
            Field("shipped_units", I8),
            Field("adjusted_units", I8),
        ),
        derived=(Field("pool_first", I4),),
    ),
    Table(
        "pack",
        (
            _ref("item", "item"),
            _int("level", I1, 0, 4),
            _units(),
            _int("length_mm"),
            _int("width_mm"),
            _int("height_mm"),
            _int("weight_g"),
        ),
    ),
    Table(
        "alias",
        (
            Field("code", CODE),
            _ref("client", "name"),
            _ref("item", "item"),
            _ref("pack", "pack", optional=True),
            _units(),
        ),
    ),
    Table(
        "lot",
        (
            _ref("item", "item"),
            _ref("owner", "name"),
            Field("code", CODE),
            _int("expiry_day"),
        ),
    ),
    Table(
        "location",
        (
            Field("code", CODE),
            _ref("zone", "name"),
            _int("role", I1, 0, 11),
            _int("aisle"),
            _int("side", I1, 0, 1),
            _int("bay"),
            _int("level"),
            _int("x_mm"),
            _int("y_mm"),
            _int("z_mm"),
            _int("pick_seq"),
            _int("capacity_units"),
            _int("active", I1, 0, 1),
        ),
    ),
    Table(
        "handling_unit",
        (
            Field("code", CODE),
            _int("kind", I1, 0, 3),
            _int("state", I1, 0, 255),
            _ref("parent", "handling_unit", optional=True),
            _ref("location", "location", optional=True),
        ),
    ),
    Table("pool", (_ref("item", "item"), _ref("owner", "name"), _int("status", I1, 0, 4))),
    Table(
        "stock",
        (
            _ref("item", "item"),
            _ref("pool", "pool"),
            _ref("lot", "lot", optional=True),
            _ref("pack", "pack", optional=True),
            _ref("location", "location", optional=True),
            _ref("handling_unit", "handling_unit", optional=True),
            _ref("receipt", "receipt", optional=True),
            _int("expiry_day"),
            _int("on_hand_units"),
            _time("received_us"),
        ),
        derived=(_int("allocated_units"),),
    ),
    Table(
        "purchase_line",
        (
            Field("code", CODE),
            _int("line_number"),
            _ref("item", "item"),
            _ref("owner", "name"),
            _int("expected_units"),
            _int("received_units"),
            _time("due_us"),
            _int("unit_cost_minor", I8, 0, 2**62),
        ),
        derived=(Field("event", I4),),
    ),
    Table(
        "receipt",
        (
            _ref("purchase_line", "purchase_line", optional=True),
            _ref("item", "item"),
            _ref("owner", "name"),
            _units(),
            _time("received_us"),
            _int("unit_cost_minor", I8, 0, 2**62),
        ),
    ),
    Table(
        "promise",
        (
            Field("number", I8),
            _ref("pool", "pool"),
            _ref("channel", "name"),
            _units(),
            _int("state", I1, 0, 255),
            _time("expires_us"),
            _time("due_us"),
        ),
        derived=(Field("event", I4),),
        ring=True,
    ),
    Table(
        "order",
        (
            Field("number", I8),
            Field("reference", I8),
            _ref("channel", "name"),
            _ref("owner", "name"),
            _int("priority", I1, 0, 255),
            _int("policy", I1, 0, 2),
            _int("state", I1, 0, 255),
            _int("min_life_days", I2, 0, 32767),
            _time("departure_us"),
            Field("line_first", I4),
            Field("line_count", I4),
            Field("code", CODE),
        ),
        ring=True,
    ),
    Table(
        "line",
        (
            Field("order", I4),
            _ref("item", "item"),
            _units("ordered_units"),
            _int("allocated_units"),
            _int("shipped_units"),
            _int("cancelled_units"),
        ),
        derived=(Field("pool", I4), Field("allocation_first", I4), Field("event", I4)),
        ring=True,
    ),
    Table(
        "allocation",
        (
            Field("line", I4),
            Field("stock", I4),
            _int("units"),
            _int("state", I1, 0, 5),
            Field("wave", I4),
        ),
        derived=(Field("next", I4),),
    ),
)

TABLE_NUMBER: dict[str, int] = {table.name: number for number, table in enumerate(TABLES)}


class Counter(IntEnum):
    """Rows of table `counter`: scalars of the site and the high-water mark of each table."""

    CATALOGUE_EPOCH = 0
    ORDER_TAIL = 2
    LINE_TAIL = 3
    PROMISE_TAIL = 4
    EXPIRED_PROMISES = 5
    COUNT_BASE = 16  # COUNT_BASE + table number: rows ever used (rings: numbers given)


_RESULT = _int("outcome", I1, 0, 255)

COMMANDS: tuple[Command, ...] = (
    Command("none", (), ()),
    Command(
        "put_name",
        (_int("kind", I1, 1, 4), Field("code", CODE)),
        (_RESULT, Field("name", I4)),
    ),
    Command(
        "put_item",
        (
            _ref("client", "name"),
            Field("code", CODE),
            _int("rotation", I1, 0, 1),
            _int("shelf_life_days"),
            _int("length_mm"),
            _int("width_mm"),
            _int("height_mm"),
            _int("weight_g"),
            _int("hazard", I1, 0, 255),
            _int("temperature", I1, 0, 255),
            _int("active", I1, 0, 1),
        ),
        (_RESULT, Field("item", I4)),
    ),
    Command(
        "put_pack",
        (
            _ref("item", "item"),
            _int("level", I1, 0, 4),
            _units(),
            _int("length_mm"),
            _int("width_mm"),
            _int("height_mm"),
            _int("weight_g"),
        ),
        (_RESULT, Field("pack", I4)),
    ),
    Command(
        "put_alias",
        (
            Field("code", CODE),
            _ref("client", "name"),
            _ref("item", "item"),
            _ref("pack", "pack", optional=True),
            _units(),
        ),
        (_RESULT, Field("alias", I4)),
    ),
    Command(
        "put_lot",
        (_ref("item", "item"), _ref("owner", "name"), Field("code", CODE), _int("expiry_day")),
        (_RESULT, Field("lot", I4)),
    ),
    Command(
        "put_location",
        (
            Field("code", CODE),
            _ref("zone", "name"),
            _int("role", I1, 0, 11),
            _int("aisle"),
            _int("side", I1, 0, 1),
            _int("bay"),
            _int("level"),
            _int("x_mm"),
            _int("y_mm"),
            _int("z_mm"),
            _int("pick_seq"),
            _int("capacity_units"),
            _int("active", I1, 0, 1),
        ),
        (_RESULT, Field("location", I4)),
    ),
    Command(
        "put_handling_unit",
        (
            Field("code", CODE),
            _int("kind", I1, 0, 3),
            _ref("parent", "handling_unit", optional=True),
            _ref("location", "location", optional=True),
        ),
        (_RESULT, Field("handling_unit", I4)),
    ),
    Command(
        "put_purchase_line",
        (
            Field("code", CODE),
            _int("line_number"),
            _ref("item", "item"),
            _ref("owner", "name"),
            _int("expected_units"),
            _time("due_us"),
            _int("unit_cost_minor", I8, 0, 2**62),
        ),
        (_RESULT, Field("purchase_line", I4)),
    ),
    Command(
        "receive",
        (
            _ref("purchase_line", "purchase_line", optional=True),
            _ref("item", "item"),
            _ref("owner", "name"),
            _ref("lot", "lot", optional=True),
            _int("status", I1, 0, 3),
            _ref("pack", "pack", optional=True),
            _ref("location", "location", optional=True),
            _ref("handling_unit", "handling_unit", optional=True),
            _units(),
            _int("unit_cost_minor", I8, 0, 2**62),
        ),
        (_RESULT, Field("stock", I4), Field("receipt", I4)),
    ),
    Command(
        "move",
        (
            _ref("stock", "stock"),
            _units(),
            _ref("location", "location", optional=True),
            _ref("handling_unit", "handling_unit", optional=True),
        ),
        (_RESULT, Field("stock", I4)),
    ),
    Command(
        "move_handling_unit",
        (
            _ref("handling_unit", "handling_unit"),
            _ref("parent", "handling_unit", optional=True),
            _ref("location", "location", optional=True),
        ),
        (_RESULT,),
    ),
    Command(
        "adjust",
        (_ref("stock", "stock"), _int("delta_units", I4, -_U4, _U4), _ref("reason", "name")),
        (_RESULT, Field("on_hand_units", I4), Field("taken_back_units", I8)),
    ),
    Command(
        "hold",
        (_ref("stock", "stock"), _units(), _int("status", I1, 1, 3), _ref("reason", "name")),
        (_RESULT, Field("stock", I4), Field("taken_back_units", I8)),
    ),
    Command(
        "release_hold",
        (_ref("stock", "stock"), _units(), _ref("reason", "name")),
        (_RESULT, Field("stock", I4)),
    ),
    Command(
        "promise",
        (
            _ref("item", "item"),
            _ref("owner", "name"),
            _ref("channel", "name"),
            _units(),
            _time("expires_us"),
            _time("due_us"),
        ),
        (_RESULT, Field("promise", I8), Field("available_units", I8)),
    ),
    Command(
        "release_promise",
        (Field("promise", I8, low=0),),
        (_RESULT, Field("available_units", I8)),
    ),
    Command(
        "accept",
        (
            Field("reference", I8),
            _ref("channel", "name"),
            _ref("owner", "name"),
            _int("priority", I1, 0, 255),
            _int("policy", I1, 0, 2),
            _int("placement", I1, 0, 2),
            _int("min_life_days", I2, 0, 32767),
            _time("departure_us"),
            Field("code", CODE),
            _int("line_count", I4, 1, 10_000),
        ),
        (_RESULT, Field("order", I8)),
        (_ref("item", "item"), _units(), Field("promise", I8, low=-1)),
        (_int("allocated_units"),),
    ),
    Command(
        "cancel",
        (Field("order", I8, low=0),),
        (_RESULT, Field("freed_units", I8)),
    ),
    Command(
        "allocate",
        (Field("order", I8, low=0), _int("placement", I1, 1, 2)),
        (_RESULT, Field("allocated_units", I8)),
    ),
    Command(
        "deallocate",
        (Field("order", I8, low=0),),
        (_RESULT, Field("freed_units", I8)),
    ),
    Command(
        "release",
        (Field("order", I8, low=0), _int("wave", I4, -1, _U4)),
        (_RESULT, Field("bound_units", I8), Field("short_units", I8)),
    ),
    Command(
        "pick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            _units(),
            _ref("handling_unit", "handling_unit"),
        ),
        (_RESULT, Field("stock", I4), Field("left_units", I4)),
    ),
    Command(
        "short_pick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            _units("found_units", low=0),
            _ref("handling_unit", "handling_unit"),
            _ref("reason", "name"),
        ),
        (_RESULT, Field("rebound_units", I8), Field("short_units", I8)),
    ),
    Command(
        "unpick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            _ref("location", "location"),
        ),
        (_RESULT, Field("stock", I4)),
    ),
    Command(
        "pack",
        (Field("order", I8, low=0), _ref("handling_unit", "handling_unit")),
        (_RESULT, Field("packed_units", I8)),
    ),
    Command(
        "ship",
        (Field("order", I8, low=0),),
        (_RESULT, Field("shipped_units", I8)),
    ),
    Command(
        "tick",
        (),
        (_RESULT, Field("expired_promises", I4), Field("expired_stock_rows", I4)),
    ),
)

COMMAND_NUMBER: dict[str, int] = {command.name: n for n, command in enumerate(COMMANDS)}


def dtype_of(column: Field) -> np.dtype:
    """NumPy dtype of a column."""
    return np.dtype(column.dtype)
