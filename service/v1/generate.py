"""Write what follows from the schema: ``python -m slotline.service.v1.generate``.

Writes slotline.proto and the client's typed methods: `service/client_commands.py`, and what they
take, `service/client_fields.py` and `client_put_fields.py`. All texts are functions of
`service/wire.py` and of the templates, so that running it twice changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..wire import ENUMS, LINES_NUMBER, is_required, wire_commands
from .templates import CALLS_HEAD, FIELDS_HEAD, HEAD, MESSAGES, PUT_FIELDS_HEAD, QUERIES, STREAMS
from .templates_work import WORK_MESSAGES, WORK_QUERIES, WORK_STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..wire import WireCommand, WireField

PROTO: Final = Path(__file__).with_name("slotline.proto")
CALLS: Final = Path(__file__).parents[1] / "client_commands.py"
FIELDS: Final = Path(__file__).parents[1] / "client_fields.py"
PUT_FIELDS: Final = Path(__file__).parents[1] / "client_put_fields.py"

LINE_MAX: Final = 100
_PYTHON: Final = {"string": "str", "bool": "bool"}


def _enum(name: str, members: tuple[tuple[str, int], ...]) -> Iterator[str]:
    yield f"enum {name} {{"
    yield from (f"  {member} = {value};" for member, value in members)
    yield "}"
    yield ""


def _line(field: WireField) -> str:
    optional = "optional " if field.presence else ""
    return f"  {optional}{field.type} {field.name} = {field.number};"


def _command(wire: WireCommand) -> Iterator[str]:
    name = wire.method
    if wire.line_fields:
        yield f"message {name}Line {{"
        yield from map(_line, wire.line_fields)
        yield "}"
        yield ""
    yield f"message {name}Request {{"
    yield "  bytes key = 1;"
    yield from map(_line, wire.fields)
    if wire.line_fields:
        yield f"  repeated {name}Line lines = {LINES_NUMBER};"
    yield "}"
    yield ""
    yield f"message {name}Reply {{"
    yield "  int64 sequence = 1;"
    yield "  int64 time_us = 2;"
    yield "  Outcome outcome = 3;"
    yield from map(_line, wire.outcome)
    for number, field in enumerate(wire.command.line_outcome, start=LINES_NUMBER):
        yield f"  repeated int32 line_{field.name} = {number};"
    yield "}"
    yield ""


def proto_text() -> str:
    """Give the text of slotline.proto.

    Returns
    -------
    str
        The same text for the same schema.
    """
    lines = [HEAD, "// Every call of the engine.", "service Slotline {"]
    lines += [
        f"  rpc {wire.method}({wire.method}Request) returns ({wire.method}Reply);"
        for wire in wire_commands()
    ]
    for name, meaning in {**QUERIES, **WORK_QUERIES}.items():
        lines.append(f"  // {meaning}")
        lines.append(f"  rpc {name}({name}Request) returns ({name}Reply);")
    lines += [f"{STREAMS}{WORK_STREAMS}}}", ""]
    for name, members in ENUMS.items():
        lines += _enum(name, members)
    for wire in wire_commands():
        lines += _command(wire)
    return "\n".join([*lines, MESSAGES, WORK_MESSAGES])


def _fields_class(wire: WireCommand) -> Iterator[str]:
    yield ""
    yield ""
    yield f"class {wire.method}Fields(CallFields, total=False):"
    yield f'    """Fields of `{wire.command.name}`."""'
    if wire.fields:
        yield ""
    for field in wire.fields:
        kind = _PYTHON.get(field.type, "int")
        yield f"    {field.name}: " + (f"Required[{kind}]" if is_required(wire, field) else kind)
    if wire.line_fields:
        yield "    lines: Required[Iterable[Line]]"


def _method(wire: WireCommand) -> Iterator[str]:
    name = wire.command.name
    yield ""
    module = "put" if _is_put(wire) else "take"
    fields = f"**fields: Unpack[{module}.{wire.method}Fields]"
    line = f"    def {name}(self, {fields}) -> pb.{wire.method}Reply:"
    # As `ruff format` would have it.
    yield (
        line
        if len(line) <= LINE_MAX
        else line.replace("(self", "(\n        self").replace(") ->", "\n    ) ->")
    )
    yield f'        """Send `{name}`; give its durable reply."""'
    yield f'        return cast("pb.{wire.method}Reply", self.send("{name}", fields))'


def fields_text() -> str:
    """Give the text of client_fields.py.

    Returns
    -------
    str
        The same text for the same schema.
    """
    return _classes_text(FIELDS_HEAD, is_put=False)


def put_fields_text() -> str:
    """Give the text of client_put_fields.py.

    Returns
    -------
    str
        The same text for the same schema.
    """
    return _classes_text(PUT_FIELDS_HEAD, is_put=True)


def _classes_text(head: str, *, is_put: bool) -> str:
    lines = [head]
    for wire in wire_commands():
        if _is_put(wire) == is_put:
            lines += _fields_class(wire)
    return "\n".join([*lines, ""])


def _is_put(wire: WireCommand) -> bool:
    return wire.command.name.startswith("put_")


def calls_text() -> str:
    """Give the text of client_commands.py.

    Returns
    -------
    str
        The same text for the same schema.
    """
    lines = [CALLS_HEAD]
    for wire in wire_commands():
        lines += _method(wire)
    return "\n".join([*lines, ""])


def main() -> None:
    """Write all files."""
    PROTO.write_text(proto_text(), encoding="utf-8")
    FIELDS.write_text(fields_text(), encoding="utf-8")
    PUT_FIELDS.write_text(put_fields_text(), encoding="utf-8")
    CALLS.write_text(calls_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
