"""Bulk messages to batches, without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine.batch import Batch, make_batch
from slotline.engine.errors import InvalidRequest
from slotline.engine.limits import BATCH_COMMANDS_MAX
from slotline.engine.schema import COMMANDS, Command, Field, dtype_of
from slotline.service.codec import integer_range, parse
from slotline.service.columns import bulk_batch, refs_of, times_of
from slotline.service.v1 import slotline_pb2 as pb

WITH_COLUMNS = [command for command in COMMANDS[1:] if command.fields]


def full(fields: tuple[Field, ...], count: int) -> dict[str, Any]:
    """Give columns that hold the ends of each range; `line_count` is 1 for all."""
    columns: dict[str, Any] = {}
    for column in fields:
        if dtype_of(column).kind == "S":
            columns[column.name] = ["", "code-ü"] * (count // 2)
        elif column.name == "line_count":
            columns[column.name] = 1
        else:
            columns[column.name] = np.resize(np.array(integer_range(column)), count)
    return columns


def message_of(batch: Batch) -> pb.Columns:
    """Give the message that stands for a batch."""
    return pb.Columns(
        kind=batch.kind,
        count=batch.count,
        line_count=batch.line_count,
        columns=[column.tobytes() for column in batch.columns.values()],
        lines=[column.tobytes() for column in batch.lines.values()],
    )


def example(command: Command) -> pb.Columns:
    """Give a message of four commands."""
    lines = full(command.line_fields, 4) if command.has_lines else None
    return message_of(make_batch(command.name, full(command.fields, 4), lines))


@pytest.mark.parametrize("command", WITH_COLUMNS, ids=lambda command: command.name)
def test_columns_arrive_as_they_were_sent(command: Command) -> None:
    """Every kind, both ends of every range, one value for all where one was sent."""
    lines = full(command.line_fields, 4) if command.has_lines else None
    sent = make_batch(command.name, full(command.fields, 4), lines)
    found = bulk_batch(parse(pb.Columns, message_of(sent).SerializeToString()))
    assert (found.kind, found.count, found.line_count) == (sent.kind, 4, sent.line_count)
    for got, wanted in ((found.columns, sent.columns), (found.lines, sent.lines)):
        assert list(got) == list(wanted)
        for name, array in wanted.items():
            assert (got[name].dtype, got[name].shape) == (array.dtype, array.shape)
            assert got[name].flags.writeable
            np.testing.assert_array_equal(got[name], array)


@pytest.mark.parametrize("command", WITH_COLUMNS, ids=lambda command: command.name)
def test_a_value_out_of_range_is_named_with_its_place(command: Command) -> None:
    """Every column that has a smaller range than its type."""
    for place, column in enumerate(command.fields):
        if dtype_of(column).kind == "S" or column.name == "line_count":
            continue
        bounds, (low, high) = np.iinfo(dtype_of(column)), integer_range(column)
        for value in (low - 1, high + 1):
            if not bounds.min <= value <= bounds.max:
                continue
            message = example(command)
            values = np.full(4, low, column.dtype)
            values[2] = value
            message.columns[place] = values.tobytes()
            with pytest.raises(InvalidRequest, match=rf"{column.name}\[2\]: found {value}"):
                bulk_batch(message)


def accept() -> pb.Columns:
    """Give a message of four orders of one line each."""
    return example(next(command for command in COMMANDS if command.name == "accept"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: setattr(m, "kind", 0), "kind: found 0"),
        (lambda m: setattr(m, "kind", len(COMMANDS)), f"kind: found {len(COMMANDS)}"),
        (lambda m: setattr(m, "count", 0), "accept.count: found 0"),
        (lambda m: setattr(m, "count", BATCH_COMMANDS_MAX + 1), "accept.count: found 100001"),
        (lambda m: setattr(m, "count", 5), "found 32 bytes, expected 40"),
        (lambda m: setattr(m, "line_count", 0), "line_count: found 0, expected 1 to"),
        (lambda m: setattr(m, "line_count", 5), "line_count: found 5, expected 4"),
        (lambda m: m.columns.pop(), "found 9 columns, expected 10"),
        (lambda m: m.lines.append(b"x"), "found 4 columns, expected 3"),
        (lambda m: m.columns.__setitem__(0, b""), "reference: found 0 bytes"),
        (lambda m: m.columns.__setitem__(8, b"a\0b".ljust(48, b"\0")), "found a NUL within"),
        (lambda m: m.columns.__setitem__(8, b"\xff".ljust(48, b"\0")), "expected UTF-8"),
    ],
)
def test_malformed_messages_are_refused(change: Any, message: str) -> None:
    """Kind, counts, lengths and codes are looked at before anything reaches the engine."""
    columns = accept()
    change(columns)
    with pytest.raises(InvalidRequest, match=message):
        bulk_batch(columns)


def test_lines_of_a_command_without_lines_are_refused() -> None:
    """They would be dropped without a word otherwise."""
    columns = example(next(command for command in COMMANDS if command.name == "pick"))
    columns.lines.append(bytes(4))
    with pytest.raises(InvalidRequest, match="pick: found lines"):
        bulk_batch(columns)


def test_refs_and_times_must_be_whole_numbers_of_values() -> None:
    """Half a value is not rounded down."""
    assert refs_of("item", b"\1\0\0\0").tolist() == [1]
    assert times_of("bounds_us", bytes(8)).tolist() == [0]
    for data in (b"", bytes(5)):
        with pytest.raises(InvalidRequest, match=f"item: found {len(data)} bytes"):
            refs_of("item", data)


@given(st.binary(max_size=200))
def test_garbage_never_raises_anything_but_an_invalid_request(data: bytes) -> None:
    """Raw bytes as the whole message."""
    try:
        batch = bulk_batch(parse(pb.Columns, data))
    except InvalidRequest:
        return
    assert batch.count >= 1


@given(st.data())
def test_flipped_bytes_of_a_real_message_never_raise_anything_else(data: st.DataObject) -> None:
    """Bytes that nearly are a message get further in."""
    raw = bytearray(accept().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        batch = bulk_batch(parse(pb.Columns, bytes(raw)))
    except InvalidRequest:
        return
    assert batch.count >= 1
