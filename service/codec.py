"""Messages of single calls to batches of one, and replies back.

What can be known beforehand is worked out once per command: which field is which column, its range,
what its text refers to. A call then costs one sweep over plain tuples; protobuf has checked types
and UTF-8, so only ranges and codes are left to look at.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from ..engine.errors import InvalidRequest
from ..engine.limits import ORDER_LINES_MAX
from ..engine.schema import COMMAND_NUMBER, dtype_of
from ..engine.single import Single
from . import codes as code
from .references import Layout, reference_steps, scope_text
from .v1 import slotline_pb2
from .wire import ABSENT, WireCommand, must_be_told, wire_commands

if TYPE_CHECKING:
    from ..engine.schema import Field
    from ..engine.ticket import Reply
    from .codes import Codes

_UNITS_MAX: Final = 2**31 - 1


def parse(message_type: Any, request: bytes) -> Any:
    """Parse a request.

    Parameters
    ----------
    message_type : type of Message
        The message class.
    request : bytes
        What came over the wire.

    Returns
    -------
    Message
        The parsed message.

    Raises
    ------
    InvalidRequest
        The bytes are no such message.
    """
    try:
        return message_type.FromString(request)
    except DecodeError as error:
        name = message_type.DESCRIPTOR.name
        raise InvalidRequest(
            f"found {len(request)} bytes that are no {name}, expected one as in slotline.proto"
        ) from error


def integer_range(field: Field) -> tuple[int, int]:
    """Give the smallest and largest value of an integer column, refs included."""
    bounds = np.iinfo(dtype_of(field))
    low = (-1 if field.optional else 0) if field.refers else field.low
    return max(low, int(bounds.min)), min(field.high, int(bounds.max))


def out_of_range(where: str, value: int, low: int, high: int) -> InvalidRequest:
    """Make the error for a number outside its range."""
    return InvalidRequest(f"{where}: found {value}, expected {low} to {high}")


class CommandCodec:
    """Request to batch and reply to message, for one command.

    Parameters
    ----------
    wire : WireCommand
        The command's messages.
    """

    def __init__(self, wire: WireCommand) -> None:
        command = wire.command
        self.name = command.name
        self.method = wire.method
        self.kind = COMMAND_NUMBER[command.name]
        self.request = getattr(slotline_pb2, f"{wire.method}Request")
        self.reply = getattr(slotline_pb2, f"{wire.method}Reply")
        sources = {field.name: place for place, field in enumerate(wire.fields)}
        slots = {field.name: place for place, field in enumerate(command.fields)}
        layout = Layout(command, sources, slots, slots.get("client", len(slots)))
        self._layout = layout
        self._steps = reference_steps(layout)
        self._get = attrgetter(*sources) if len(sources) > 1 else _tuple_getter(tuple(sources))
        # Fields whose absence differs from their zero, with what it stands for: None for nothing.
        told = {field.name for field in command.fields if must_be_told(field)}
        self._absent = tuple(
            (
                field.name,
                sources[field.name],
                None if field.name in told else ABSENT.get(field.name, -1),
            )
            for field in wire.fields
            if field.presence
        )
        self._numbers = tuple(
            (
                sources[field.name],
                slots[field.name],
                *integer_range(field),
                f"{self.name}.{field.name}",
            )
            for field in command.fields
            if field.name in sources and field.dtype[0] != "S" and field.refers in ("", "stock")
        )
        self._blank = [0] * (len(slots) + 1)
        self._count_slot = slots.get("line_count", -1)
        self._width = len(slots)

    def batch(self, message: Any, codes: Codes) -> Single:
        """Make the batch of one command.

        Parameters
        ----------
        message : Message
            The request.
        codes : mapping
            The state's dictionary of codes.

        Returns
        -------
        Single
            As plain values; columns on demand.

        Raises
        ------
        InvalidRequest, UnknownEntity
            A value out of range, a code that is missing or names nothing.
        """
        values = self._get(message)
        if self._absent:
            values = list(values)
            for name, source, default in self._absent:
                if not values[source] and not message.HasField(name):
                    if default is None:
                        raise InvalidRequest(f"{self.name}.{name}: found no number, expected one")
                    values[source] = default
        row = self._blank.copy()
        for source, slot, low, high, where in self._numbers:
            value = values[source]
            if not low <= value <= high:
                raise out_of_range(where, value, low, high)
            row[slot] = value
        for step in self._steps:
            step(codes, values, row)
        lines: tuple[list[int], ...] = ()
        if self._count_slot >= 0:
            lines = self._lines(message, codes, values, row)
        del row[self._width :]
        return Single(self.kind, row, lines)

    def _lines(
        self, message: Any, codes: Codes, values: Any, row: list[Any]
    ) -> tuple[list[int], ...]:
        found = message.lines
        count = len(found)
        if not 1 <= count <= ORDER_LINES_MAX:
            raise out_of_range("accept.lines: number of lines", count, 1, ORDER_LINES_MAX)
        client, refs, units, promises = row[self._layout.scope], [], [], []
        for place, line in enumerate(found):
            item, wanted, promise = line.item, line.units, line.promise
            ref = codes.get((code.ITEM, client, item.encode()))
            if ref is None:
                ref = code.item_ref(codes, client, item, scope_text(self._layout, values))
            if wanted < 1:
                raise out_of_range(f"accept.lines[{place}].units", wanted, 1, _UNITS_MAX)
            if promise <= 0 and not line.HasField("promise"):
                promise = -1
            elif promise < 0:
                raise out_of_range(f"accept.lines[{place}].promise", promise, 0, 2**63 - 1)
            refs.append(ref)
            units.append(wanted)
            promises.append(promise)
        row[self._count_slot] = count
        return refs, units, promises

    def answer(self, reply: Reply) -> bytes:
        """Make the reply's bytes from the engine's answer to a batch of one."""
        values = {name: column.item() for name, column in reply.outcome.items()}
        for name, column in reply.line_outcome.items():
            values[f"line_{name}"] = column.tolist()
        message = self.reply(sequence=reply.sequence, time_us=reply.time_us, **values)
        return message.SerializeToString()  # type: ignore[no-any-return]


def _tuple_getter(names: tuple[str, ...]) -> Any:
    return lambda message: tuple(getattr(message, name) for name in names)


CODECS: Final = {wire.command.name: CommandCodec(wire) for wire in wire_commands()}
"""Codec of each command, by the command's name."""
