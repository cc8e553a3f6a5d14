"""Resolve: refs of many codes at once, for callers of the bulk forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.errors import InvalidRequest
from ..engine.limits import BATCH_COMMANDS_MAX
from ..engine.schema import TABLE_NUMBER, Counter
from . import codes as code
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine.state import Code, State

_SCOPED: Final = ("item", "alias")
TABLES: Final = ("name", "item", "pack", "alias", "lot", *code.PLAIN_TABLES, "purchase_line")


def _spread(where: str, values: Sequence[Any], count: int) -> Sequence[Any]:
    if len(values) == count:
        return values
    if len(values) == 1:
        return [values[0]] * count
    raise InvalidRequest(f"{where}: found {len(values)} values, expected {count} or 1")


def _items(message: Any, state: State, client: int, count: int) -> list[int]:
    texts = _spread("items", message.items, count)
    return [state.codes.get((code.ITEM, client, text.encode()), -1) for text in texts]


def _keys(message: Any, state: State) -> list[Code]:
    """Give the dictionary's key of each code asked for."""
    table, count = message.table, len(message.codes)
    raw = [text.encode() for text in message.codes]
    if table == "name":
        return [(code.NAME, message.kind, entry) for entry in raw]
    if table in code.PLAIN_TABLES:
        return [code.plain_key(table, entry) for entry in raw]
    if table == "purchase_line":
        numbers = _spread("numbers", message.numbers, count)
        return [
            (code.PURCHASE_LINE, number, entry) for number, entry in zip(numbers, raw, strict=True)
        ]
    client = code.name_ref(state.codes, code.CLIENT_KIND, message.client, "client")
    if table in _SCOPED:
        return [(TABLE_NUMBER[table], client, entry) for entry in raw]
    if table == "lot":
        owner = client
        if message.owner:
            owner = code.name_ref(state.codes, code.CLIENT_KIND, message.owner, "owner")
        items = _items(message, state, client, count)
        return [code.lot_key(item, owner, entry) for item, entry in zip(items, raw, strict=True)]
    count = max(len(message.items), len(message.numbers))
    levels = _spread("numbers", message.numbers, count)
    items = _items(message, state, client, count)
    return [code.pack_key(item, level) for item, level in zip(items, levels, strict=True)]


def resolve_query(message: Any, state: State) -> Any:
    """Answer a `ResolveRequest`.

    Parameters
    ----------
    message : ResolveRequest
        The request.
    state : State
        The state, in the writer's turn.

    Returns
    -------
    ResolveReply
        Without its sequence; -1 where a code names nothing.

    Raises
    ------
    InvalidRequest, UnknownEntity
        No such table, too many codes, lists of different lengths; an unknown client or owner.
    """
    if message.table not in TABLES:
        raise InvalidRequest(f"table: found {message.table!r}, expected one of {', '.join(TABLES)}")
    asked = max(len(message.codes), len(message.items))
    if asked > BATCH_COMMANDS_MAX:
        raise InvalidRequest(f"found {asked} codes, expected at most {BATCH_COMMANDS_MAX}")
    get = state.codes.get
    refs = np.array([get(key, -1) for key in _keys(message, state)], np.int32)
    return slotline_pb2.ResolveReply(
        catalogue_epoch=int(state.counters[Counter.CATALOGUE_EPOCH]), refs=refs.tobytes()
    )
