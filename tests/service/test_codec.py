"""Single calls to batches and back, without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine.batch import make_batch
from slotline.engine.errors import InvalidRequest, UnknownEntity
from slotline.engine.schema import COMMANDS, Command, Field, dtype_of
from slotline.engine.ticket import Reply
from slotline.kernels.columns import NO_EXPIRY_DAY
from slotline.service import codes as code
from slotline.service.codec import CODECS, CommandCodec, integer_range, parse
from slotline.service.v1 import slotline_pb2 as pb
from slotline.service.wire import WireCommand, wire_commands

WIRES = pytest.mark.parametrize("wire", wire_commands(), ids=lambda wire: wire.method)
KEY = bytes(16)

# Every code that a request below names, with its ref.
CODES: dict[tuple[int, int, bytes], int] = {
    (code.NAME, 1, b"acme"): 3,
    (code.NAME, 1, b"bolt"): 4,
    (code.NAME, 2, b"web"): 5,
    (code.NAME, 3, b"count"): 6,
    (code.NAME, 4, b"A"): 7,
    (code.ITEM, 3, b"tea"): 11,
    (code.ITEM, 4, b"tea"): 12,
    code.plain_key("location", b"A-01"): 21,
    code.plain_key("handling_unit", b"tote"): 31,
    code.plain_key("handling_unit", b"carton"): 32,
    code.plain_key("worker", b"ann"): 33,
    code.plain_key("cart", b"cart-1"): 34,
    code.plain_key("wave", b"noon"): 35,
    code.plain_key("load", b"truck"): 36,
    (code.PURCHASE_LINE, 2, b"po-1"): 41,
    code.pack_key(11, 3): 51,
    code.lot_key(11, 3, b"L1"): 61,
}
TEXTS = {
    "client": ("acme", 3),
    "owner": ("acme", 3),
    "channel": ("web", 5),
    "reason": ("count", 6),
    "zone": ("A", 7),
    "item": ("tea", 11),
    "location": ("A-01", 21),
    "handling_unit": ("tote", 31),
    "parent": ("tote", 31),
    "lot": ("L1", 61),
    "into": ("carton", 32),
    "worker": ("ann", 33),
    "cart": ("cart-1", 34),
    "wave": ("noon", 35),
    "load": ("truck", 36),
}


def filled(wire: WireCommand) -> tuple[Any, dict[str, Any]]:
    """Give a request with every field set, and the columns that it stands for."""
    values: dict[str, Any] = {"key": KEY, "purchase_line_number": 2, "client": "acme"}
    columns: dict[str, Any] = {}
    for column in wire.command.fields:
        name = column.name
        if name == "line_count":
            columns[name] = 2
        elif column.refers == "pack":
            values["pack_level"], columns[name] = 3, 51
        elif column.refers == "purchase_line":
            values["purchase_order"], columns[name] = "po-1", 41
        elif column.refers and column.refers != "stock":
            values[name], columns[name] = TEXTS[name]
        elif dtype_of(column).kind == "S":
            values[name], columns[name] = "code-ü", "code-ü"
        else:
            values[name] = columns[name] = integer_range(column)[1]
    known = {field.name for field in wire.fields} | {"key"}
    values = {name: value for name, value in values.items() if name in known}
    if wire.line_fields:
        values["lines"] = [
            pb.AcceptLine(item="tea", units=4),
            pb.AcceptLine(item="tea", units=5, promise=0),
        ]
    return CODECS[wire.command.name].request(**values), columns


@WIRES
def test_a_full_request_becomes_the_batch_that_the_engine_would_make(wire: WireCommand) -> None:
    """Same columns, dtypes and lines as `make_batch`, whatever the command; arrays writable."""
    request, columns = filled(wire)
    codec = CODECS[wire.command.name]
    batch = codec.batch(parse(codec.request, request.SerializeToString()), CODES)
    lines = {"item": [11, 11], "units": [4, 5], "promise": [-1, 0]} if wire.line_fields else None
    expected = make_batch(wire.command.name, columns, lines)
    assert (batch.kind, batch.count, batch.line_count) == (
        expected.kind,
        1,
        expected.line_count,
    )
    for found, wanted in ((batch.columns, expected.columns), (batch.lines, expected.lines)):
        assert list(found) == list(wanted)
        for name, array in wanted.items():
            assert found[name].dtype == array.dtype
            assert found[name].flags.c_contiguous
            assert found[name].flags.writeable
            np.testing.assert_array_equal(found[name], array)


@WIRES
def test_a_reply_carries_every_outcome(wire: WireCommand) -> None:
    """Sequence, time, outcome and each column arrive under their names."""
    command = wire.command
    outcome = {
        column.name: np.array([place + 1], column.dtype)
        for place, column in enumerate(command.outcome)
    }
    lines = {column.name: np.array([7, 9], column.dtype) for column in command.line_outcome}
    codec = CODECS[command.name]
    reply = parse(codec.reply, codec.answer(Reply(5, 6, outcome, lines)))
    assert (reply.sequence, reply.time_us) == (5, 6)
    assert [getattr(reply, name) for name in outcome] == list(range(1, len(outcome) + 1))
    assert all(list(getattr(reply, f"line_{name}")) == [7, 9] for name in lines)


def numbers(command: Command) -> list[Field]:
    """Give the columns of a command that hold numbers a caller gives."""
    wire = next(entry for entry in wire_commands() if entry.command is command)
    names = {field.name for field in wire.fields}
    return [
        column
        for column in command.fields
        if column.name in names and dtype_of(column).kind != "S" and column.refers in ("", "stock")
    ]


@pytest.mark.parametrize(
    ("codec", "column"),
    [(CODECS[command.name], column) for command in COMMANDS[1:] for column in numbers(command)],
    ids=lambda value: value.name,
)
def test_numbers_beyond_their_range_are_refused_by_name(codec: CommandCodec, column: Field) -> None:
    """One above and one below, where the wire can carry them; both ends themselves are taken."""
    wire = next(entry for entry in wire_commands() if entry.command.name == codec.name)
    low, high = integer_range(column)
    wire_type = next(field.type for field in wire.fields if field.name == column.name)
    bits = 64 if wire_type == "int64" else 32
    for value in (low - 1, high + 1):
        request, _ = filled(wire)
        if wire_type == "bool" or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            continue
        setattr(request, column.name, value)
        with pytest.raises(InvalidRequest, match=rf"{column.name}: found {value}, expected {low}"):
            codec.batch(request, CODES)
    for value in (low, high):
        request, _ = filled(wire)
        setattr(request, column.name, value)
        assert int(codec.batch(request, CODES).columns[column.name][0]) == value


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("receive", {"item": "nut"}, "item: found code 'nut', .* of client 'acme'"),
        ("receive", {"owner": "nobody"}, "owner: found code 'nobody'"),
        ("receive", {"client": "nobody"}, "client: found code 'nobody'"),
        ("receive", {"lot": "L9"}, "lot: found code 'L9', .* of item 'tea'"),
        ("receive", {"location": "Z"}, "location: found code 'Z'"),
        ("receive", {"handling_unit": "Z"}, "handling unit: found code 'Z'"),
        ("receive", {"pack_level": 1}, "pack: found level 1, .* of item 'tea'"),
        ("receive", {"pack_level": -5}, "pack: found level -5"),
        ("receive", {"purchase_line_number": 9}, "purchase line: found code 'po-1 line 9'"),
        ("promise", {"channel": "shop"}, "channel: found code 'shop'"),
        ("adjust", {"reason": "why"}, "reason: found code 'why'"),
        ("put_location", {"zone": "Q"}, "zone: found code 'Q'"),
    ],
)
def test_unknown_codes_are_named_with_their_scope(
    name: str, fields: dict[str, Any], message: str
) -> None:
    """The caller reads which code of which entity where is wrong."""
    wire = next(entry for entry in wire_commands() if entry.command.name == name)
    request, _ = filled(wire)
    for field, value in fields.items():
        setattr(request, field, value)
    with pytest.raises(UnknownEntity, match=message):
        CODECS[name].batch(request, CODES)


def test_an_empty_client_stands_for_the_owner_and_a_given_one_does_not() -> None:
    """Owner and client differ where stock of one customer belongs to another."""
    request = pb.PromiseRequest(item="tea", owner="bolt", channel="web", units=1)
    columns = CODECS["promise"].batch(request, CODES).columns
    assert (int(columns["item"][0]), int(columns["owner"][0])) == (12, 4)
    request.client = "acme"
    columns = CODECS["promise"].batch(request, CODES).columns
    assert (int(columns["item"][0]), int(columns["owner"][0])) == (11, 4)


def test_absent_fields_stand_for_what_the_protocol_says() -> None:
    """Active unless told, no expiry unless told, no wave, no pack, no lot, no purchase line."""
    item = CODECS["put_item"].batch(pb.PutItemRequest(client="acme", code="x"), CODES).columns
    assert int(item["active"][0]) == 1
    closed = pb.PutItemRequest(client="acme", code="x", active=False)
    assert int(CODECS["put_item"].batch(closed, CODES).columns["active"][0]) == 0
    lot = CODECS["put_lot"].batch(pb.PutLotRequest(item="tea", owner="acme", code="L"), CODES)
    assert int(lot.columns["expiry_day"][0]) == NO_EXPIRY_DAY
    assert int(CODECS["release"].batch(pb.ReleaseRequest(order=0), CODES).columns["wave"][0]) == -1
    request = pb.ReceiveRequest(item="tea", owner="acme", location="A-01", units=1)
    columns = CODECS["receive"].batch(request, CODES).columns
    refs = [int(columns[name][0]) for name in ("purchase_line", "lot", "pack", "handling_unit")]
    assert refs == [-1, -1, -1, -1]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (pb.PutItemRequest(client="acme"), "put_item.code: found 0 bytes"),
        (pb.PutItemRequest(client="acme", code="x" * 49), "found 49 bytes .* 1 to 48"),
        (pb.PutItemRequest(client="acme", code="a\0b"), "without NUL"),
        (pb.PutItemRequest(code="x"), "put_item.client: found no code"),
        (pb.PutPackRequest(item="tea", units=1), "put_pack.client: found no code"),
        (pb.CancelBatchRequest(), "cancel_batch.batch: found no number, expected one"),
        (pb.PauseBatchRequest(worker="ann"), "pause_batch.batch: found no number"),
        (pb.AdjustRequest(delta_units=-1), "adjust.stock: found no number"),
        (pb.PickRequest(order=0, units=1), "pick.allocation: found no number"),
        (pb.AcceptRequest(owner="acme", channel="web"), "number of lines: found 0"),
        (pb.AcceptRequest(owner="acme", channel="web", lines=[pb.AcceptLine(item="tea")]),
         r"lines\[0\].units: found 0, expected 1"),
        (pb.AcceptRequest(owner="acme", channel="web",
                          lines=[pb.AcceptLine(item="tea", units=1, promise=-1)]),
         r"lines\[0\].promise: found -1, expected 0"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_are_refused(request_: Any, message: str) -> None:
    """What is missing or malformed is named."""
    name = next(codec.name for codec in CODECS.values() if codec.request is type(request_))
    with pytest.raises(InvalidRequest, match=message):
        CODECS[name].batch(request_, CODES)


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=60))
def test_garbage_is_the_callers_mistake(name: str, data: bytes) -> None:
    """Any bytes are a message, an invalid request or an unknown entity, never another error."""
    codec = CODECS[name]
    try:
        batch = codec.batch(parse(codec.request, data), CODES)
    except (InvalidRequest, UnknownEntity):
        return
    assert batch.count == 1
