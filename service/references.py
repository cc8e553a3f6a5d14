"""Steps that turn the text of one request into the refs of one row.

A step gets the dictionary of codes, the request's values (a tuple) and the row (a list with a slot
per column of the command, and one more for the client that is the scope of item codes), and fills
its slot. Steps run in the order of `reference_steps`: names, the client, items, the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engine.errors import InvalidRequest
from ..engine.schema import NAME_KINDS
from . import codes as code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..engine.schema import Command, Field
    from .codes import Codes

    Step = Callable[[Codes, Sequence[Any], list[Any]], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: positions of request fields in the values, of columns in the row.

    Parameters
    ----------
    command : Command
        The command.
    sources : mapping of str to int
        Position of each request field.
    slots : mapping of str to int
        Position of each column.
    scope : int
        Slot of the client's ref.
    """

    command: Command
    sources: Mapping[str, int]
    slots: Mapping[str, int]
    scope: int


def _missing(where: str) -> InvalidRequest:
    return InvalidRequest(f"{where}: found no code, expected one")


def _text_step(
    layout: Layout, field: Field, find: Callable[[Codes, str, Sequence[Any], list[Any]], int]
) -> Step:
    source, slot = layout.sources[field.name], layout.slots[field.name]
    optional, where = field.optional, f"{layout.command.name}.{field.name}"

    def step(codes: Codes, values: Sequence[Any], row: list[Any]) -> None:
        text = values[source]
        if text:
            row[slot] = find(codes, text, values, row)
        elif optional:
            row[slot] = -1
        else:
            raise _missing(where)

    return step


def _name_step(layout: Layout, field: Field) -> Step:
    kind, entity = int(NAME_KINDS[field.name]), field.name
    return _text_step(
        layout, field, lambda codes, text, _values, _row: code.name_ref(codes, kind, text, entity)
    )


def scope_text(layout: Layout, values: Sequence[Any]) -> str:
    """Give the code of the client that is the scope, for messages."""
    sources = layout.sources
    found = values[sources["client"]]
    return str(found or values[sources["owner"]]) if "owner" in sources else str(found)


def _client_step(layout: Layout) -> Step:
    source, scope, owner = layout.sources["client"], layout.scope, layout.slots.get("owner")
    where, kind = f"{layout.command.name}.client", int(NAME_KINDS["client"])

    def step(codes: Codes, values: Sequence[Any], row: list[Any]) -> None:
        text = values[source]
        if text:
            row[scope] = code.name_ref(codes, kind, text, "client")
        elif owner is not None:
            row[scope] = row[owner]
        else:
            raise _missing(where)

    return step


def _item_step(layout: Layout, field: Field) -> Step:
    scope = layout.scope
    return _text_step(
        layout,
        field,
        lambda codes, text, values, row: code.item_ref(
            codes, row[scope], text, scope_text(layout, values)
        ),
    )


def _lot_step(layout: Layout, field: Field) -> Step:
    item, owner, name = layout.slots["item"], layout.slots["owner"], layout.sources["item"]
    return _text_step(
        layout,
        field,
        lambda codes, text, values, row: code.lot_ref(
            codes, row[item], row[owner], text, values[name]
        ),
    )


def _purchase_line_step(layout: Layout, field: Field) -> Step:
    source, slot = layout.sources["purchase_order"], layout.slots[field.name]
    number = layout.sources["purchase_line_number"]

    def step(codes: Codes, values: Sequence[Any], row: list[Any]) -> None:
        text = values[source]
        row[slot] = code.purchase_line_ref(codes, text, values[number]) if text else -1

    return step


def _pack_step(layout: Layout, field: Field) -> Step:
    source, slot = layout.sources["pack_level"], layout.slots[field.name]
    item, name = layout.slots["item"], layout.sources["item"]

    def step(codes: Codes, values: Sequence[Any], row: list[Any]) -> None:
        level = values[source]
        row[slot] = -1 if level == -1 else code.pack_ref(codes, row[item], level, values[name])

    return step


def _plain_step(layout: Layout, field: Field) -> Step:
    table = field.refers
    return _text_step(
        layout, field, lambda codes, text, _values, _row: code.plain_ref(codes, table, text)
    )


def _code_step(layout: Layout, field: Field) -> Step:
    source, slot = layout.sources[field.name], layout.slots[field.name]
    where = f"{layout.command.name}.{field.name}"
    required = field.name == "code" and layout.command.name != "accept"

    def step(_codes: Codes, values: Sequence[Any], row: list[Any]) -> None:
        row[slot] = code.checked_code(where, values[source], required=required)

    return step


_MAKERS = {
    "name": (0, _name_step),
    "item": (2, _item_step),
    "lot": (3, _lot_step),
    "pack": (3, _pack_step),
    "purchase_line": (3, _purchase_line_step),
    **dict.fromkeys(code.PLAIN_TABLES, (3, _plain_step)),
}


def reference_steps(layout: Layout) -> tuple[Step, ...]:
    """Give the steps of a command, in the order in which they must run.

    Parameters
    ----------
    layout : Layout
        Where things are.

    Returns
    -------
    tuple of callable
        One per column that holds text or a ref by code.
    """
    steps: list[tuple[int, Step]] = []
    for field in layout.command.fields:
        if field.refers in _MAKERS:
            turn, make = _MAKERS[field.refers]
            steps.append((turn, make(layout, field)))
        elif field.dtype.startswith("S"):
            steps.append((3, _code_step(layout, field)))
    if "client" in layout.sources and "client" not in layout.slots:
        steps.append((1, _client_step(layout)))
    steps.sort(key=lambda pair: pair[0])
    return tuple(step for _, step in steps)
