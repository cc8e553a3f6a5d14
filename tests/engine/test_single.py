"""A command as plain values is the same command as its columns."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slotline.engine.batch import Batch, make_batch
from slotline.engine.border import check_border
from slotline.engine.engine import Engine
from slotline.engine.errors import InvalidRequest, UnknownEntity
from slotline.engine.keys import fingerprint_of
from slotline.engine.limits import SMALL
from slotline.engine.record import FLAG_NO_KEY, RecordWriter, Space
from slotline.engine.run import merge
from slotline.engine.schema import COMMAND_NUMBER, COMMANDS, Command, dtype_of
from slotline.engine.single import Single
from slotline.engine.store import FileStore
from slotline.tests.engine.desk import ORDER, Desk
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slotline.engine.schema import Field
    from slotline.engine.ticket import Reply

EVERY = pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: command.name)
NAME = COMMAND_NUMBER["put_name"]


def value_of(field: Field, seed: int) -> int | bytes:
    """Give a value that a field can hold, with all of its bytes in use."""
    dtype = dtype_of(field)
    if dtype.kind == "S":
        return b"code-%d" % seed
    return int(np.iinfo(dtype).max) - seed


def single_of(command: Command, line_count: int, seed: int) -> Single:
    """Make a command of distinct values."""
    values = [value_of(field, seed + place) for place, field in enumerate(command.fields)]
    names = [field.name for field in command.fields]
    if "line_count" in names:
        values[names.index("line_count")] = line_count
    lines = [
        [value_of(field, seed + line) for line in range(line_count)]
        for field in command.line_fields
    ]
    return Single(COMMAND_NUMBER[command.name], values, lines)


def columns_of(single: Single) -> Batch:
    """Give the same command as nothing but columns."""
    return Batch(single.kind, 1, single.line_count, single.columns, single.lines)


def record_of(batch: Batch) -> bytes:
    """Give the record of a batch as the engine writes it."""
    record = RecordWriter(batch, 7, 8, flags=FLAG_NO_KEY, tenant=-1, actor=-1)
    if isinstance(batch, Single):
        record.single(batch)
    else:
        record.columns(Space.COMMAND, batch.columns)
        record.columns(Space.LINE, batch.lines)
    parts, size = record.finish()
    content = b"".join(bytes(part) for part in parts)
    assert len(content) == size
    return content


@EVERY
@pytest.mark.parametrize("line_count", [1, 2, 3])
def test_values_and_columns_are_one_content(command: Command, line_count: int) -> None:
    """The fingerprint that a key remembers and the bytes in the journal are the same."""
    single = single_of(command, line_count, 3)
    columns = columns_of(single)
    assert fingerprint_of(columns) == fingerprint_of(single)
    assert record_of(columns) == record_of(single)


@EVERY
def test_other_values_are_another_content(command: Command) -> None:
    """A key that comes back with another value in any field is told apart."""
    single = single_of(command, 2, 3)
    for place, value in enumerate(single.values):
        values = list(single.values)
        values[place] = value - 1 if isinstance(value, int) else value + b"x"
        other = Single(single.kind, values, single.line_values)
        assert fingerprint_of(other) != fingerprint_of(single)


@EVERY
def test_merged_values_are_merged_columns(command: Command) -> None:
    """Waiting commands become the same batch either way."""
    singles = [single_of(command, lines, 5 * lines) for lines in (1, 3, 2)]
    found = merge(list(singles))
    expected = merge([columns_of(single) for single in singles])
    assert (found.count, found.line_count) == (expected.count, expected.line_count)
    for ours, theirs in ((found.columns, expected.columns), (found.lines, expected.lines)):
        assert list(ours) == list(theirs)
        for name, array in theirs.items():
            assert ours[name].dtype == array.dtype
            np.testing.assert_array_equal(ours[name], array)


@pytest.mark.parametrize(("field", "value"), [("channel", 9), ("owner", 9), ("item", [0, 9])])
def test_refs_to_no_row_are_refused_as_in_columns(field: str, value: Any) -> None:
    """The same message names kind, column and position."""
    columns: dict[str, Any] = ORDER | {"line_count": 2, "code": ""}
    lines: dict[str, Any] = {"item": [0, 1], "units": [1, 1], "promise": [-1, -1]}
    (lines if field in lines else columns)[field] = value
    batch, state = make_batch("accept", columns, lines), Desk().state
    single = Single(
        batch.kind,
        [column.item() for column in batch.columns.values()],
        [column.tolist() for column in batch.lines.values()],
    )
    with pytest.raises(InvalidRequest) as expected:
        check_border(batch, state)
    with pytest.raises(InvalidRequest) as found:
        check_border(single, state)
    assert str(found.value) == str(expected.value)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Give an engine over an empty store."""
    engine = Engine.create(
        FileStore(tmp_path / "site"),
        ManualClock(1_700_000_000_000_000),
        "here",
        store_id=bytes(range(16)),
        capacity=SMALL,
        segment_bytes=1 << 20,
    )
    yield engine
    engine.close()


def key_of(number: int) -> bytes:
    """Give a key made at the time of the engine's clock."""
    return (1_700_000_000_000).to_bytes(6, "big") + b"\x70" + bytes(8) + bytes([number])


def put_name(number: int, code: bytes) -> tuple[Single, bytes]:
    """Give a command that puts a channel, and its key."""
    return Single(NAME, [2, code]), key_of(number)


def pair(batch: Single, key: bytes) -> tuple[Single, bytes]:
    """Give both as one."""
    return batch, key


def sequence_of(reply: Reply) -> int:
    """Give what a caller asks to be given."""
    return reply.sequence


def test_a_call_is_made_in_the_writers_turn_and_rendered(engine: Engine) -> None:
    """The answer is durable, and the same key gives it again."""
    before = engine.durable_sequence
    assert engine.call(lambda: put_name(1, b"web"), sequence_of) == before + 1
    assert engine.durable_sequence == before + 1
    assert engine.call(lambda: put_name(1, b"web"), sequence_of) == before + 1
    assert engine.durable_sequence == before + 1


def test_a_call_that_cannot_be_made_is_refused_alone(engine: Engine) -> None:
    """Its error is its caller's; no sequence is spent and the engine goes on."""

    def make() -> tuple[Single, bytes]:
        raise UnknownEntity("item: found code 'x', expected a known item")

    before = engine.durable_sequence
    with pytest.raises(UnknownEntity, match="found code 'x'"):
        engine.call(make, sequence_of)
    with pytest.raises(InvalidRequest, match="found an empty code"):
        engine.call(lambda: put_name(1, b""), sequence_of)
    with pytest.raises(InvalidRequest, match="UUIDv7"):
        engine.call(lambda: (put_name(1, b"web")[0], b"short"), sequence_of)
    assert engine.durable_sequence == before
    assert engine.call(lambda: put_name(1, b"web"), sequence_of) == before + 1


def test_an_answer_that_cannot_be_rendered_is_its_callers_alone(engine: Engine) -> None:
    """The command is durable all the same, and its key finds it."""

    def render(_reply: Reply) -> int:
        raise ValueError("no form for this answer")

    before = engine.durable_sequence
    with pytest.raises(ValueError, match="no form"):
        engine.call(lambda: put_name(1, b"web"), render)
    assert engine.call(lambda: put_name(1, b"web"), sequence_of) == before + 1


def test_the_lock_comes_back_after_every_answer_is_handed_out(engine: Engine) -> None:
    """Callers at once, over and over: each is answered, and the writer is free at the end."""
    found: list[int] = []

    def caller(number: int) -> None:
        for turn in range(20):
            key = (1_700_000_000_000).to_bytes(6, "big") + bytes([0x70, number, turn]) + bytes(7)
            batch = Single(NAME, [2, b"channel-%d" % (number % 3)])
            found.append(engine.call(partial(pair, batch, key), sequence_of))

    before = engine.durable_sequence
    threads = [threading.Thread(target=caller, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(before + 1, before + 241))
    assert engine.read(lambda state: state.count("name")) == (3, before + 240)
