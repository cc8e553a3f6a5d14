"""Generated files follow from the schema, and the code that protoc wrote follows from them."""

from __future__ import annotations

import pytest

from slotline.engine.schema import COMMANDS
from slotline.service.v1 import slotline_pb2 as pb
from slotline.service.v1.generate import (
    CALLS,
    FIELDS,
    PROTO,
    PUT_FIELDS,
    calls_text,
    fields_text,
    proto_text,
    put_fields_text,
)
from slotline.service.wire import ENUMS, LINES_NUMBER, WireCommand, wire_commands

WIRES = pytest.mark.parametrize("wire", wire_commands(), ids=lambda wire: wire.method)


def test_committed_proto_is_what_the_schema_gives() -> None:
    """Run `python -m slotline.service.v1.generate` and `make proto` after a change."""
    assert PROTO.read_text(encoding="utf-8") == proto_text()


def test_committed_client_methods_are_what_the_schema_gives() -> None:
    """The same run writes them, and the fields that they take."""
    assert CALLS.read_text(encoding="utf-8") == calls_text()
    assert FIELDS.read_text(encoding="utf-8") == fields_text()
    assert PUT_FIELDS.read_text(encoding="utf-8") == put_fields_text()


def test_every_command_has_a_call_and_a_client_method() -> None:
    """Nothing of the schema is out of reach, and number 0 is no command."""
    methods = {method.name for method in pb.DESCRIPTOR.services_by_name["Slotline"].methods}
    assert {wire.method for wire in wire_commands()} <= methods
    assert [wire.command for wire in wire_commands()] == list(COMMANDS[1:])
    assert all(f"def {command.name}(self" in calls_text().replace("(\n        self", "(self")
               for command in COMMANDS[1:])  # fmt: skip


@WIRES
def test_compiled_messages_have_the_fields_of_the_wire(wire: WireCommand) -> None:
    """Names and numbers that protoc saw are those that the codec reads."""
    request = pb.DESCRIPTOR.message_types_by_name[f"{wire.method}Request"]
    found = {field.name: field.number for field in request.fields}
    expected = {"key": 1, **{field.name: field.number for field in wire.fields}}
    if wire.line_fields:
        expected["lines"] = LINES_NUMBER
    assert found == expected
    reply = pb.DESCRIPTOR.message_types_by_name[f"{wire.method}Reply"]
    names = [field.name for field in reply.fields]
    outcome = [field.name for field in wire.command.outcome]
    lines = [f"line_{field.name}" for field in wire.command.line_outcome]
    assert names == ["sequence", "time_us", *outcome, *lines]


@WIRES
def test_appended_columns_would_not_move_a_number(wire: WireCommand) -> None:
    """A field's number is its column's place, never shared with the fields without a column."""
    places = {field.name: place for place, field in enumerate(wire.command.fields, start=2)}
    numbers = [field.number for field in wire.fields]
    assert len(set(numbers)) == len(numbers)
    assert all(field.number == places[field.name] for field in wire.fields if field.name in places
               and field.number < 100)  # fmt: skip


def test_enums_count_without_holes_from_zero() -> None:
    """A proto3 enum needs a zero, and a hole would be a constant that nobody told of."""
    for name, members in ENUMS.items():
        assert [value for _, value in members] == list(range(len(members))), name
        compiled = pb.DESCRIPTOR.enum_types_by_name[name]
        assert [(value.name, value.number) for value in compiled.values] == list(members)
