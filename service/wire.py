"""How the commands of `engine/schema.py` look on the wire as single calls.

The schema knows columns of refs; a single call carries text. This table says, per command, which
message fields stand for which columns. The .proto file, the server's codec and the client are all
made from it, so that they cannot disagree.

Numbers of fields follow the schema's order of columns, which is only ever appended to; fields that
have no column of their own start at `EXTRA_NUMBER`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from ..engine.effects import EffectKind, EntityKind
from ..engine.lifecycle import BatchState, HandlingUnitState, LoadState, TaskState, WaveState
from ..engine.schema import (
    COMMANDS,
    Command,
    Field,
    HandlingUnitKind,
    NameKind,
    Role,
    WorkerKind,
)
from ..kernels import columns as kernel
from .outbox import LetterState

if TYPE_CHECKING:
    from enum import IntEnum

EXTRA_NUMBER: Final = 101
CLIENT_NUMBER: Final = EXTRA_NUMBER
PURCHASE_LINE_NUMBER: Final = EXTRA_NUMBER + 1
LINES_NUMBER: Final = EXTRA_NUMBER + 2

ABSENT: Final = {"active": 1, "expiry_day": kernel.NO_EXPIRY_DAY}
"""What an absent field stands for where neither 0 nor -1 would be right."""

_ENUM_FIELDS: Final = {
    "rotation": "Rotation",
    "policy": "Policy",
    "placement": "Placement",
    "status": "StockStatus",
    "role": "Role",
}
_KINDS: Final = {
    "put_name": "NameKind",
    "put_handling_unit": "HandlingUnitKind",
    "put_worker": "WorkerKind",
}
_INTEGERS: Final = {"u1": "int32", "<i2": "int32", "<i4": "int32", "<i8": "int64"}
_SURROGATES: Final = frozenset({"allocation", "stock", "order", "promise", "receipt", "reference"})
_NUMBERED: Final = frozenset({"allocation", "batch", "order", "promise", "task"})


def _constants(prefix: str, name: str) -> tuple[tuple[str, int], ...]:
    found = [
        (f"{name}_{key.removeprefix(prefix)}", value)
        for key, value in vars(kernel).items()
        if key.startswith(prefix) and isinstance(value, int) and not key.endswith("_COUNT")
    ]
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _members(kind: type[IntEnum], name: str) -> tuple[tuple[str, int], ...]:
    return tuple((f"{name}_{member.name}", int(member)) for member in kind)


ENUMS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "Outcome": _constants("OUTCOME_", "OUTCOME"),
    "Policy": _constants("POLICY_", "POLICY"),
    "Placement": _constants("PLACEMENT_", "PLACEMENT"),
    "StockStatus": _constants("STATUS_", "STOCK_STATUS"),
    "Rotation": _constants("ROTATION_", "ROTATION"),
    "Role": _members(Role, "ROLE"),
    "HandlingUnitKind": _members(HandlingUnitKind, "HANDLING_UNIT_KIND"),
    "NameKind": (("NAME_KIND_UNSPECIFIED", 0), *_members(NameKind, "NAME_KIND")),
    "AllocationState": _constants("ALLOCATION_", "ALLOCATION_STATE"),
    "PromiseState": (("PROMISE_STATE_UNSPECIFIED", 0), *_constants("PROMISE_", "PROMISE_STATE")),
    "OrderState": (("ORDER_STATE_UNSPECIFIED", 0), *_constants("ORDER_", "ORDER_STATE")),
    "EffectKind": (("EFFECT_KIND_UNSPECIFIED", 0), *_members(EffectKind, "EFFECT_KIND")),
    "EntityKind": (("ENTITY_KIND_UNSPECIFIED", 0), *_members(EntityKind, "ENTITY_KIND")),
    "WorkerKind": _members(WorkerKind, "WORKER_KIND"),
    "HandlingUnitState": _members(HandlingUnitState, "HANDLING_UNIT_STATE"),
    "WaveState": (("WAVE_STATE_UNSPECIFIED", 0), *_members(WaveState, "WAVE_STATE")),
    "BatchState": (("BATCH_STATE_UNSPECIFIED", 0), *_members(BatchState, "BATCH_STATE")),
    "TaskKind": (
        ("TASK_KIND_UNSPECIFIED", 0),
        ("TASK_KIND_PICK", kernel.TASK_PICK),
        ("TASK_KIND_MOVE", kernel.TASK_MOVE),
    ),
    "TaskState": (("TASK_STATE_UNSPECIFIED", 0), *_members(TaskState, "TASK_STATE")),
    "LoadState": (("LOAD_STATE_UNSPECIFIED", 0), *_members(LoadState, "LOAD_STATE")),
    "LetterState": (("LETTER_STATE_UNSPECIFIED", 0), *_members(LetterState, "LETTER_STATE")),
}
"""Enums of the protocol, each with its names and numbers."""


@dataclass(frozen=True, slots=True)
class WireField:
    """One field of a request.

    Parameters
    ----------
    name : str
        Name in the message.
    number : int
        Number in the message.
    type : str
        Protobuf scalar type or name of an enum.
    presence : bool
        Whether absence can be told from the default (`optional` in the .proto file).
    """

    name: str
    number: int
    type: str
    presence: bool = False


@dataclass(frozen=True, slots=True)
class WireCommand:
    """A command's messages.

    Parameters
    ----------
    command : Command
        The schema.
    method : str
        Name of the call, such as `PutItem`.
    fields, line_fields, outcome : tuple of WireField
        Fields of the request without `key`, of one of its lines, and of the reply after
        `sequence`, `time_us` and `outcome`.
    """

    command: Command
    method: str
    fields: tuple[WireField, ...]
    line_fields: tuple[WireField, ...]
    outcome: tuple[WireField, ...]


def must_be_told(field: Field) -> bool:
    """Tell whether the field is the number of a thing: its zero is one like any other."""
    if field.refers == "stock":
        return not field.optional
    return field.name in _NUMBERED and field.low == 0 and not field.refers


def has_presence(field: Field) -> bool:
    """Tell whether absence of the field must differ from its zero."""
    if field.refers == "stock" or must_be_told(field):
        return True
    return field.name in ABSENT or (field.low == -1 and not field.refers)


def is_required(wire: WireCommand, field: WireField) -> bool:
    """Tell whether a request without this field is always refused."""
    if field.name == "seal" or (field.name in ("code", "client") and wire.command.name == "accept"):
        return False
    for column in wire.command.fields:
        if column.name == field.name:
            is_text = field.type == "string" and not column.optional
            return is_text or must_be_told(column) or (column.low > 0 and not column.refers)
    # The client alone, without an owner to stand in for it.
    has_owner = any(other.name == "owner" for other in wire.fields)
    return field.name == "client" and not has_owner


def _type_of(command: Command, field: Field) -> str:
    if field.name == "kind":
        return _KINDS[command.name]
    if field.name == "active":
        return "bool"
    if field.name in _ENUM_FIELDS:
        return _ENUM_FIELDS[field.name]
    if field.dtype.startswith("S"):
        return "string"
    if field.name in _SURROGATES:
        return "int64"
    return _INTEGERS[field.dtype]


def _wire_field(command: Command, field: Field, number: int) -> WireField:
    if field.refers == "pack":
        return WireField("pack_level", number, "int32", presence=True)
    if field.refers == "purchase_line":
        return WireField("purchase_order", number, "string")
    if field.refers and field.refers != "stock":
        return WireField(field.name, number, "string")
    return WireField(field.name, number, _type_of(command, field), has_presence(field))


def _fields(command: Command) -> tuple[WireField, ...]:
    found = [
        _wire_field(command, field, number)
        for number, field in enumerate(command.fields, start=2)
        if field.name != "line_count"
    ]
    refers = {field.refers for field in (*command.fields, *command.line_fields)}
    if "item" in refers and "client" not in {field.name for field in command.fields}:
        found.append(WireField("client", CLIENT_NUMBER, "string"))
    if "purchase_line" in refers:
        found.append(WireField("purchase_line_number", PURCHASE_LINE_NUMBER, "int32"))
    return tuple(found)


@cache
def wire_commands() -> tuple[WireCommand, ...]:
    """Give the messages of every command, by command number less one.

    Returns
    -------
    tuple of WireCommand
        Without the number 0, which is no command.
    """
    return tuple(
        WireCommand(
            command,
            "".join(part.capitalize() for part in command.name.split("_")),
            _fields(command),
            tuple(
                _wire_field(command, field, number)
                for number, field in enumerate(command.line_fields, start=1)
            ),
            tuple(
                WireField(field.name, number, _INTEGERS[field.dtype])
                for number, field in enumerate(command.outcome[1:], start=4)
            ),
        )
        for command in COMMANDS[1:]
    )
