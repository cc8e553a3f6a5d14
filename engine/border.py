"""The border: what a batch must satisfy against the state before it is queued.

`make_batch` has checked dtypes, lengths and ranges; here are refs, codes and places. Whatever
passes has an outcome for each command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import NONE
from .errors import InvalidRequest
from .limits import RUN_COMMANDS_MAX, UNBOUNDED_KINDS
from .schema import COMMANDS, TABLE_NUMBER, Counter
from .single import Single

if TYPE_CHECKING:
    from .batch import Batch
    from .schema import Field
    from .state import State

_PLACES = {
    "receive": ("location", "handling_unit"),
    "move": ("location", "handling_unit"),
    "move_handling_unit": ("location", "parent"),
}


def _refs(fields: tuple[Field, ...]) -> tuple[tuple[Field, int, int], ...]:
    """Give the fields that hold refs, each with its place and the counter of what it refers to."""
    return tuple(
        (field, place, int(Counter.COUNT_BASE) + TABLE_NUMBER[field.refers])
        for place, field in enumerate(fields)
        if field.refers
    )


_REFS = tuple(_refs(command.fields) for command in COMMANDS)
_LINE_REFS = tuple(_refs(command.line_fields) for command in COMMANDS)
# Kinds of which nothing but refs is looked at here.
_PLAIN_KINDS = frozenset(
    number
    for number, command in enumerate(COMMANDS)
    if command.name not in _PLACES
    and command.name != "adjust"
    and not command.name.startswith("put_")
)


def check_border(batch: Batch, state: State) -> None:
    """Refuse a batch that could not be decided.

    Parameters
    ----------
    batch : Batch
        Made by `make_batch`.
    state : State
        Read only; tables only ever grow, so what passes once stays good.

    Raises
    ------
    InvalidRequest
        A ref to no row, an empty code, both places or none, an adjustment by nothing. The message
        names kind, column and position.
    """
    if isinstance(batch, Single) and batch.kind in _PLAIN_KINDS:
        _check_single(batch, state)
        return
    command = batch.command
    if command.name in UNBOUNDED_KINDS and batch.count > RUN_COMMANDS_MAX:
        raise InvalidRequest(
            f"{command.name}: found {batch.count} commands in a message, expected at most "
            f"{RUN_COMMANDS_MAX} of a kind that may touch any number of rows; split it"
        )
    _check_refs(command.name, command.fields, batch.columns, state)
    _check_refs(command.name, command.line_fields, batch.lines, state)
    if command.name.startswith("put_"):
        check_codes(batch)
    if command.name in _PLACES:
        _refuse_first(batch, *_PLACES[command.name], _wrong_places(batch, *_PLACES[command.name]))
    elif command.name == "put_handling_unit":
        _check_new_units(batch, state)
    elif command.name == "adjust":
        zero = np.flatnonzero(batch.columns["delta_units"] == 0)
        if zero.size:
            raise InvalidRequest(f"adjust.delta_units[{int(zero[0])}]: found 0, expected another")


def _check_single(single: Single, state: State) -> None:
    """Check refs as `_check_refs` does, on plain values."""
    counters, values, line_values = state.counters, single.values, single.line_values
    for field, place, counter in _REFS[single.kind]:
        count = counters.item(counter)
        if values[place] >= count:
            raise _wrong_ref(single.command.name, field, 0, values[place], count)
    for field, place, counter in _LINE_REFS[single.kind]:
        column = line_values[place]
        count = counters.item(counter)
        if max(column) >= count:
            bad = next(at for at, value in enumerate(column) if value >= count)
            raise _wrong_ref(single.command.name, field, bad, column[bad], count)


def check_codes(batch: Batch) -> None:
    """Raise InvalidRequest when a command of the catalogue has an empty code."""
    column = batch.columns.get("code")
    if column is None:
        return
    empty = np.flatnonzero(column == b"")
    if empty.size:
        raise InvalidRequest(
            f"{batch.command.name}.code[{int(empty[0])}]: found an empty code, expected 1 to "
            f"{column.dtype.itemsize} bytes"
        )


def _check_refs(
    kind: str, fields: tuple[Field, ...], columns: dict[str, np.ndarray], state: State
) -> None:
    for field in fields:
        if not field.refers:
            continue
        column = columns[field.name]
        count = state.count(field.refers)
        # A reduction costs more than it saves on the one value of a single call.
        if (column[0] if column.size == 1 else column.max()) >= count:
            bad = int(np.flatnonzero(column >= count)[0])
            raise _wrong_ref(kind, field, bad, int(column[bad]), count)


def _wrong_ref(kind: str, field: Field, at: int, found: int, count: int) -> InvalidRequest:
    return InvalidRequest(
        f"{kind}.{field.name}[{at}]: found row {found} of {field.refers}, expected "
        f"{NONE if field.optional else 0} to {count - 1}"
    )


def _wrong_places(batch: Batch, one: str, other: str) -> np.ndarray:
    """Give the positions at which not exactly one of two refs is given, ascending."""
    return np.flatnonzero((batch.columns[one] == NONE) == (batch.columns[other] == NONE))


def _refuse_first(batch: Batch, one: str, other: str, wrong: np.ndarray) -> None:
    if wrong.size == 0:
        return
    at = int(wrong[0])
    column = batch.columns[one]
    found = "neither" if int(column[at if column.size > 1 else 0]) == NONE else "both"
    raise InvalidRequest(
        f"{batch.command.name}.{one}[{at}]: found {found} of {one} and {other}, expected "
        f"exactly one"
    )


def _check_new_units(batch: Batch, state: State) -> None:
    """Refuse a new handling unit without a place, or with two."""
    table = TABLE_NUMBER["handling_unit"]
    wrong = _wrong_places(batch, "location", "parent")
    if wrong.size == 0:
        return
    codes = batch.columns["code"].tolist()
    if len(codes) == 1:
        codes *= batch.count
    first: dict[bytes, int] = {}
    for at, code in enumerate(codes):
        first.setdefault(code, at)
    everywhere = np.arange(batch.count) if _place_column_size(batch) == 1 else wrong
    # Only the first command of a code makes the unit; later ones change its kind.
    new = [
        at
        for at in everywhere.tolist()
        if (table, 0, codes[at]) not in state.codes and first[codes[at]] == at
    ]
    _refuse_first(batch, "location", "parent", np.array(new, dtype=np.int64))


def _place_column_size(batch: Batch) -> int:
    return max(batch.columns["location"].size, batch.columns["parent"].size)
