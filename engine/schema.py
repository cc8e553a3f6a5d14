"""The one schema: tables of the state, commands with their columns and outcomes.

Everything that must agree about names and dtypes reads it here: the state (`state.py`), the record
format (`record.py`), validation, the service's messages, the client, the model in the tests and
`slotline verify`.

Numbers of tables, fields and commands are part of the journal format: append, never renumber.
Derived columns are not journalled; recovery recomputes them and the scrub compares them.
"""

from __future__ import annotations

from enum import IntEnum

from .schema_parts import (
    CODE,
    I1,
    I2,
    I4,
    I8,
    NAME_KINDS,
    RESULT,
    UNITS_MAX,
    Command,
    Field,
    HandlingUnitKind,
    NameKind,
    Role,
    Table,
    WorkerKind,
    dtype_of,
    moment,
    place,
    quantity,
    ref,
    whole,
)
from .schema_work import WORK_COMMANDS, WORK_TABLES

__all__ = [
    "COMMANDS",
    "COMMAND_NUMBER",
    "NAME_KINDS",
    "TABLES",
    "TABLE_NUMBER",
    "Command",
    "Counter",
    "Field",
    "HandlingUnitKind",
    "NameKind",
    "Role",
    "Table",
    "WorkerKind",
    "dtype_of",
]

TABLES: tuple[Table, ...] = (
    Table("counter", (Field("value", I8),)),
    Table("name", (whole("kind", I1, 1, 255), Field("code", CODE))),
    Table(
        "item",
        (
            ref("client", "name"),
            Field("code", CODE),
            whole("rotation", I1, 0, 1),
            whole("shelf_life_days"),
            whole("length_mm"),
            whole("width_mm"),
            whole("height_mm"),
            whole("weight_g"),
            whole("hazard", I1, 0, 255),
            whole("temperature", I1, 0, 255),
            whole("active", I1, 0, 1),
            Field("received_units", I8),
            Field("shipped_units", I8),
            Field("adjusted_units", I8),
        ),
        derived=(Field("pool_first", I4),),
    ),
    Table(
        "pack",
        (
            ref("item", "item"),
            whole("level", I1, 0, 4),
            quantity(),
            whole("length_mm"),
            whole("width_mm"),
            whole("height_mm"),
            whole("weight_g"),
        ),
    ),
    Table(
        "alias",
        (
            Field("code", CODE),
            ref("client", "name"),
            ref("item", "item"),
            ref("pack", "pack", optional=True),
            quantity(),
        ),
    ),
    Table(
        "lot", (ref("item", "item"), ref("owner", "name"), Field("code", CODE), whole("expiry_day"))
    ),
    Table(
        "location",
        (
            Field("code", CODE),
            ref("zone", "name"),
            whole("role", I1, 0, 11),
            whole("aisle"),
            whole("side", I1, 0, 1),
            whole("bay"),
            whole("level"),
            place("x_mm"),
            place("y_mm"),
            place("z_mm"),
            whole("pick_seq"),
            whole("capacity_units"),
            whole("active", I1, 0, 1),
        ),
    ),
    Table(
        "handling_unit",
        (
            Field("code", CODE),
            whole("kind", I1, 0, 3),
            whole("state", I1, 0, 255),
            ref("parent", "handling_unit", optional=True),
            ref("location", "location", optional=True),
        ),
    ),
    Table("pool", (ref("item", "item"), ref("owner", "name"), whole("status", I1, 0, 4))),
    Table(
        "stock",
        (
            ref("item", "item"),
            ref("pool", "pool"),
            ref("lot", "lot", optional=True),
            ref("pack", "pack", optional=True),
            ref("location", "location", optional=True),
            ref("handling_unit", "handling_unit", optional=True),
            ref("receipt", "receipt", optional=True),
            whole("expiry_day"),
            whole("on_hand_units"),
            moment("received_us"),
        ),
        derived=(whole("allocated_units"),),
    ),
    Table(
        "purchase_line",
        (
            Field("code", CODE),
            whole("line_number"),
            ref("item", "item"),
            ref("owner", "name"),
            whole("expected_units"),
            whole("received_units"),
            moment("due_us"),
            whole("unit_cost_minor", I8, 0, 2**62),
        ),
        derived=(Field("event", I4),),
    ),
    Table(
        "receipt",
        (
            ref("purchase_line", "purchase_line", optional=True),
            ref("item", "item"),
            ref("owner", "name"),
            quantity(),
            moment("received_us"),
            whole("unit_cost_minor", I8, 0, 2**62),
        ),
    ),
    Table(
        "promise",
        (
            Field("number", I8),
            ref("pool", "pool"),
            ref("channel", "name"),
            quantity(),
            whole("state", I1, 0, 255),
            moment("expires_us"),
            moment("due_us"),
        ),
        derived=(Field("event", I4),),
        ring=True,
    ),
    Table(
        "order",
        (
            Field("number", I8),
            Field("reference", I8),
            ref("channel", "name"),
            ref("owner", "name"),
            whole("priority", I1, 0, 255),
            whole("policy", I1, 0, 2),
            whole("state", I1, 0, 255),
            whole("min_life_days", I2, 0, 32767),
            moment("departure_us"),
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
            ref("item", "item"),
            quantity("ordered_units"),
            whole("allocated_units"),
            whole("shipped_units"),
            whole("cancelled_units"),
        ),
        derived=(Field("pool", I4), Field("allocation_first", I4), Field("event", I4)),
        ring=True,
    ),
    Table(
        "allocation",
        (
            Field("line", I4),
            Field("stock", I4),
            whole("units"),
            whole("state", I1, 0, 5),
            Field("wave", I4),
        ),
        derived=(Field("next", I4),),
    ),
    *WORK_TABLES,
)

TABLE_NUMBER: dict[str, int] = {table.name: number for number, table in enumerate(TABLES)}


class Counter(IntEnum):
    """Rows of table `counter`: scalars of the site and the high-water mark of each table."""

    CATALOGUE_EPOCH = 0
    ORDER_TAIL = 2
    LINE_TAIL = 3
    PROMISE_TAIL = 4
    EXPIRED_PROMISES = 5
    BATCH_TAIL = 6
    TASK_TAIL = 7
    COUNT_BASE = 16  # COUNT_BASE + table number: rows ever used (rings: numbers given)


COMMANDS: tuple[Command, ...] = (
    Command("none", (), ()),
    Command(
        "put_name", (whole("kind", I1, 1, 6), Field("code", CODE)), (RESULT, Field("name", I4))
    ),
    Command(
        "put_item",
        (
            ref("client", "name"),
            Field("code", CODE),
            whole("rotation", I1, 0, 1),
            whole("shelf_life_days"),
            whole("length_mm"),
            whole("width_mm"),
            whole("height_mm"),
            whole("weight_g"),
            whole("hazard", I1, 0, 255),
            whole("temperature", I1, 0, 255),
            whole("active", I1, 0, 1),
        ),
        (RESULT, Field("item", I4)),
    ),
    Command(
        "put_pack",
        (
            ref("item", "item"),
            whole("level", I1, 0, 4),
            quantity(),
            whole("length_mm"),
            whole("width_mm"),
            whole("height_mm"),
            whole("weight_g"),
        ),
        (RESULT, Field("pack", I4)),
    ),
    Command(
        "put_alias",
        (
            Field("code", CODE),
            ref("client", "name"),
            ref("item", "item"),
            ref("pack", "pack", optional=True),
            quantity(),
        ),
        (RESULT, Field("alias", I4)),
    ),
    Command(
        "put_lot",
        (ref("item", "item"), ref("owner", "name"), Field("code", CODE), whole("expiry_day")),
        (RESULT, Field("lot", I4)),
    ),
    Command(
        "put_location",
        (
            Field("code", CODE),
            ref("zone", "name"),
            whole("role", I1, 0, 11),
            whole("aisle"),
            whole("side", I1, 0, 1),
            whole("bay"),
            whole("level"),
            place("x_mm"),
            place("y_mm"),
            place("z_mm"),
            whole("pick_seq"),
            whole("capacity_units"),
            whole("active", I1, 0, 1),
        ),
        (RESULT, Field("location", I4)),
    ),
    Command(
        "put_handling_unit",
        (
            Field("code", CODE),
            whole("kind", I1, 0, 3),
            ref("parent", "handling_unit", optional=True),
            ref("location", "location", optional=True),
        ),
        (RESULT, Field("handling_unit", I4)),
    ),
    Command(
        "put_purchase_line",
        (
            Field("code", CODE),
            whole("line_number"),
            ref("item", "item"),
            ref("owner", "name"),
            whole("expected_units"),
            moment("due_us"),
            whole("unit_cost_minor", I8, 0, 2**62),
        ),
        (RESULT, Field("purchase_line", I4)),
    ),
    Command(
        "receive",
        (
            ref("purchase_line", "purchase_line", optional=True),
            ref("item", "item"),
            ref("owner", "name"),
            ref("lot", "lot", optional=True),
            whole("status", I1, 0, 3),
            ref("pack", "pack", optional=True),
            ref("location", "location", optional=True),
            ref("handling_unit", "handling_unit", optional=True),
            quantity(),
            whole("unit_cost_minor", I8, 0, 2**62),
        ),
        (RESULT, Field("stock", I4), Field("receipt", I4)),
    ),
    Command(
        "move",
        (
            ref("stock", "stock"),
            quantity(),
            ref("location", "location", optional=True),
            ref("handling_unit", "handling_unit", optional=True),
        ),
        (RESULT, Field("stock", I4)),
    ),
    Command(
        "move_handling_unit",
        (
            ref("handling_unit", "handling_unit"),
            ref("parent", "handling_unit", optional=True),
            ref("location", "location", optional=True),
        ),
        (RESULT,),
    ),
    Command(
        "adjust",
        (
            ref("stock", "stock"),
            whole("delta_units", I4, -UNITS_MAX, UNITS_MAX),
            ref("reason", "name"),
        ),
        (RESULT, Field("on_hand_units", I4), Field("taken_back_units", I8)),
    ),
    Command(
        "hold",
        (ref("stock", "stock"), quantity(), whole("status", I1, 1, 3), ref("reason", "name")),
        (RESULT, Field("stock", I4), Field("taken_back_units", I8)),
    ),
    Command(
        "release_hold",
        (ref("stock", "stock"), quantity(), ref("reason", "name")),
        (RESULT, Field("stock", I4)),
    ),
    Command(
        "promise",
        (
            ref("item", "item"),
            ref("owner", "name"),
            ref("channel", "name"),
            quantity(),
            moment("expires_us"),
            moment("due_us"),
        ),
        (RESULT, Field("promise", I8), Field("available_units", I8)),
    ),
    Command(
        "release_promise", (Field("promise", I8, low=0),), (RESULT, Field("available_units", I8))
    ),
    Command(
        "accept",
        (
            Field("reference", I8),
            ref("channel", "name"),
            ref("owner", "name"),
            whole("priority", I1, 0, 255),
            whole("policy", I1, 0, 2),
            whole("placement", I1, 0, 2),
            whole("min_life_days", I2, 0, 32767),
            moment("departure_us"),
            Field("code", CODE),
            whole("line_count", I4, 1, 10_000),
        ),
        (RESULT, Field("order", I8)),
        (ref("item", "item"), quantity(), Field("promise", I8, low=-1)),
        (whole("allocated_units"),),
    ),
    Command("cancel", (Field("order", I8, low=0),), (RESULT, Field("freed_units", I8))),
    Command(
        "allocate",
        (Field("order", I8, low=0), whole("placement", I1, 1, 2)),
        (RESULT, Field("allocated_units", I8)),
    ),
    Command("deallocate", (Field("order", I8, low=0),), (RESULT, Field("freed_units", I8))),
    Command(
        "release",
        (Field("order", I8, low=0), whole("wave", I4, -1, UNITS_MAX)),
        (RESULT, Field("bound_units", I8), Field("short_units", I8)),
    ),
    Command(
        "pick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            quantity(),
            ref("handling_unit", "handling_unit"),
        ),
        (RESULT, Field("stock", I4), Field("left_units", I4)),
    ),
    Command(
        "short_pick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            quantity("found_units", low=0),
            ref("handling_unit", "handling_unit"),
            ref("reason", "name"),
        ),
        (RESULT, Field("rebound_units", I8), Field("short_units", I8)),
    ),
    Command(
        "unpick",
        (Field("order", I8, low=0), Field("allocation", I4, low=0), ref("location", "location")),
        (RESULT, Field("stock", I4)),
    ),
    Command(
        "pack",
        (Field("order", I8, low=0), ref("handling_unit", "handling_unit")),
        (RESULT, Field("packed_units", I8)),
    ),
    Command("ship", (Field("order", I8, low=0),), (RESULT, Field("shipped_units", I8))),
    Command("tick", (), (RESULT, Field("expired_promises", I4), Field("expired_stock_rows", I4))),
    *WORK_COMMANDS,
)

COMMAND_NUMBER: dict[str, int] = {command.name: n for n, command in enumerate(COMMANDS)}
