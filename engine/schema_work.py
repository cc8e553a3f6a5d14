"""The part of the schema that is about work: waves, batches, tasks, carts, totes, loads."""

from __future__ import annotations

from .schema_parts import (
    CODE,
    I1,
    I2,
    I4,
    I8,
    POSITION_MAX,
    RESULT,
    SLOTS_MAX,
    Command,
    Field,
    Table,
    moment,
    quantity,
    ref,
    whole,
)

WORK_TABLES: tuple[Table, ...] = (
    Table(
        "worker",
        (
            Field("code", CODE),
            whole("kind", I1, 0, 2),
            ref("zone", "name", optional=True),
            whole("active", I1, 0, 1),
        ),
    ),
    Table(
        "cart",
        (
            Field("code", CODE),
            whole("slots", I2, 1, SLOTS_MAX),
            whole("volume_mm3", I8, 0, 2**62),
            whole("weight_g"),
            whole("active", I1, 0, 1),
        ),
    ),
    Table(
        "wave",
        (Field("code", CODE), moment("cutoff_us"), whole("state", I1, 0, 255)),
    ),
    Table(
        "batch",
        (
            Field("number", I8),
            ref("wave", "wave", optional=True),
            ref("zone", "name", optional=True),
            whole("priority", I1, 0, 255),
            moment("due_us"),
            whole("state", I1, 0, 255),
            ref("worker", "worker", optional=True),
            ref("cart", "cart", optional=True),
            moment("lease_us"),
            moment("lease_until_us"),
        ),
        ring=True,
    ),
    Table(
        "task",
        (
            Field("number", I8),
            Field("batch", I8),
            whole("kind", I1, 1, 2),
            Field("order", I8),
            Field("allocation", I4),
            Field("stock", I4),
            ref("location", "location", optional=True),
            whole("units"),
            whole("done_units"),
            whole("slot", I2, 0, SLOTS_MAX - 1),
            whole("tour_position", I4, 0, POSITION_MAX),
            whole("state", I1, 0, 255),
        ),
        ring=True,
    ),
    Table(
        "cart_tote",
        (
            ref("handling_unit", "handling_unit"),
            Field("batch", I8),
            whole("slot", I2, 0, SLOTS_MAX - 1),
            whole("current", I1, 0, 1),
        ),
    ),
    Table(
        "load",
        (
            Field("code", CODE),
            moment("appointment_us"),
            moment("departure_us"),
            ref("door", "location", optional=True),
            Field("seal", CODE),
            whole("state", I1, 0, 255),
        ),
    ),
    Table(
        "load_unit",
        (ref("handling_unit", "handling_unit"), ref("load", "load", optional=True)),
    ),
)

WORK_COMMANDS: tuple[Command, ...] = (
    Command(
        "put_worker",
        (
            Field("code", CODE),
            whole("kind", I1, 0, 2),
            ref("zone", "name", optional=True),
            whole("active", I1, 0, 1),
        ),
        (RESULT, Field("worker", I4)),
    ),
    Command(
        "put_cart",
        (
            Field("code", CODE),
            whole("slots", I2, 1, SLOTS_MAX),
            whole("volume_mm3", I8, 0, 2**62),
            whole("weight_g"),
            whole("active", I1, 0, 1),
        ),
        (RESULT, Field("cart", I4)),
    ),
    Command(
        "put_wave",
        (Field("code", CODE), moment("cutoff_us")),
        (RESULT, Field("wave", I4)),
    ),
    Command(
        "put_load",
        (Field("code", CODE), moment("appointment_us"), moment("departure_us")),
        (RESULT, Field("load", I4)),
    ),
    Command(
        "open_batch",
        (
            ref("wave", "wave", optional=True),
            ref("zone", "name", optional=True),
            whole("priority", I1, 0, 255),
            moment("due_us"),
        ),
        (RESULT, Field("batch", I8)),
    ),
    Command(
        "add_pick",
        (
            Field("batch", I8, low=0),
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            ref("stock", "stock", optional=True),
            quantity(),
            whole("slot", I2, 0, SLOTS_MAX - 1),
            whole("tour_position", I4, 0, POSITION_MAX),
        ),
        (RESULT, Field("task", I8), Field("allocation_bound", I4)),
    ),
    Command(
        "add_move",
        (
            Field("batch", I8, low=0),
            ref("stock", "stock"),
            quantity(),
            ref("location", "location"),
            whole("tour_position", I4, 0, POSITION_MAX),
        ),
        (RESULT, Field("task", I8)),
    ),
    Command("release_batch", (Field("batch", I8, low=0),), (RESULT,)),
    Command("cancel_batch", (Field("batch", I8, low=0),), (RESULT, Field("dropped_tasks", I4))),
    Command(
        "claim_batch",
        (
            ref("worker", "worker"),
            Field("batch", I8, low=-1),
            ref("zone", "name", optional=True),
            ref("cart", "cart", optional=True),
            moment("lease_us"),
        ),
        (RESULT, Field("batch_claimed", I8), Field("lease_until_us", I8)),
    ),
    Command(
        "assign_tote",
        (
            ref("worker", "worker"),
            Field("batch", I8, low=0),
            whole("slot", I2, 0, SLOTS_MAX - 1),
            ref("handling_unit", "handling_unit"),
        ),
        (RESULT,),
    ),
    Command(
        "confirm_task",
        (
            ref("worker", "worker"),
            Field("task", I8, low=0),
            quantity(),
            ref("handling_unit", "handling_unit", optional=True),
        ),
        (
            RESULT,
            Field("batch", I8),
            Field("order", I8),
            Field("stock", I4),
            Field("left_units", I4),
            Field("allocation", I4),
            Field("location", I4),
        ),
    ),
    Command(
        "short_task",
        (
            ref("worker", "worker"),
            Field("task", I8, low=0),
            quantity("found_units", low=0),
            ref("handling_unit", "handling_unit", optional=True),
            ref("reason", "name"),
        ),
        (
            RESULT,
            Field("batch", I8),
            Field("order", I8),
            Field("rebound_units", I8),
            Field("short_units", I8),
            Field("added_tasks", I4),
            Field("first_task", I8),
            Field("allocation", I4),
        ),
    ),
    Command("drop_task", (Field("task", I8, low=0),), (RESULT, Field("batch", I8))),
    Command(
        "route_task",
        (Field("task", I8, low=0), whole("tour_position", I4, 0, POSITION_MAX)),
        (RESULT, Field("batch", I8)),
    ),
    Command("pause_batch", (ref("worker", "worker"), Field("batch", I8, low=0)), (RESULT,)),
    Command(
        "resume_batch",
        (ref("worker", "worker"), Field("batch", I8, low=0)),
        (RESULT, Field("lease_until_us", I8)),
    ),
    Command("drop_batch", (ref("worker", "worker"), Field("batch", I8, low=0)), (RESULT,)),
    Command(
        "reassign_batch",
        (Field("batch", I8, low=0), ref("worker", "worker")),
        (RESULT, Field("lease_until_us", I8)),
    ),
    Command(
        "deliver_batch",
        (ref("worker", "worker"), Field("batch", I8, low=0), ref("location", "location")),
        (RESULT, Field("totes", I4)),
    ),
    Command(
        "sort_pick",
        (
            Field("order", I8, low=0),
            Field("allocation", I4, low=0),
            ref("handling_unit", "handling_unit"),
        ),
        (RESULT, Field("stock", I4)),
    ),
    Command(
        "consolidate",
        (ref("handling_unit", "handling_unit"), ref("into", "handling_unit")),
        (RESULT, Field("moved_units", I8)),
    ),
    Command(
        "stage",
        (ref("handling_unit", "handling_unit"), ref("location", "location")),
        (RESULT,),
    ),
    Command("dock_load", (ref("load", "load"), ref("location", "location")), (RESULT,)),
    Command("load_unit", (ref("handling_unit", "handling_unit"), ref("load", "load")), (RESULT,)),
    Command(
        "unload_unit",
        (ref("handling_unit", "handling_unit"), ref("location", "location")),
        (RESULT,),
    ),
    Command(
        "depart",
        (ref("load", "load"), Field("seal", CODE)),
        (RESULT, Field("orders", I4), Field("shipped_units", I8)),
    ),
)
