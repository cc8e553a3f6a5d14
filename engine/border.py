"""The border: what a batch must satisfy against the state before it is queued.

`make_batch` has checked dtypes, lengths and ranges; here are refs, codes and places. Whatever
passes has an outcome for each command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import NONE
from . import limits
from .errors import InvalidRequest
from .schema import COMMANDS, NAME_KINDS, TABLE_NUMBER, Counter, NameKind
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

# Place, name, table, its counter, smallest value and kind of name (0 for other tables) of a ref.
_Ref = tuple[int, str, str, int, int, int]


def _refs_of(fields: tuple[Field, ...]) -> tuple[_Ref, ...]:
    return tuple(
        (
            place,
            field.name,
            field.refers,
            int(Counter.COUNT_BASE) + TABLE_NUMBER[field.refers],
            NONE if field.optional else 0,
            int(NAME_KINDS[field.name]) if field.refers == "name" else 0,
        )
        for place, field in enumerate(fields)
        if field.refers
    )


_REFS = tuple(_refs_of(command.fields) for command in COMMANDS)
_LINE_REFS = tuple(_refs_of(command.line_fields) for command in COMMANDS)
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
        A ref to no row or to a name of another kind, an empty code, both places or none, an
        adjustment by nothing. The message names kind, column and position.
    """
    if isinstance(batch, Single) and batch.kind in _PLAIN_KINDS:
        _check_single(batch, state)
        return
    command = batch.command
    if command.name in limits.UNBOUNDED_KINDS and batch.count > limits.RUN_COMMANDS_MAX:
        raise InvalidRequest(
            f"{command.name}: found {batch.count} commands in a message, expected at most "
            f"{limits.RUN_COMMANDS_MAX} of a kind that may reach many rows; split it"
        )
    if command.name in limits.LONG_KINDS and batch.count > limits.LONG_COMMANDS_MAX:
        raise InvalidRequest(
            f"{command.name}: found {batch.count} commands in a message, expected at most "
            f"{limits.LONG_COMMANDS_MAX} of this kind; split it"
        )
    if batch.line_count > limits.ACCEPT_PROMISES_MAX:
        _check_promise_count(batch)
    _check_refs(command.name, _REFS[batch.kind], batch.columns, state)
    _check_refs(command.name, _LINE_REFS[batch.kind], batch.lines, state)
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


def _check_promise_count(batch: Batch) -> None:
    named = int(np.count_nonzero(batch.lines["promise"] >= 0))
    if named > limits.ACCEPT_PROMISES_MAX:
        raise InvalidRequest(
            f"{batch.command.name}.promise: found {named} lines that name a promise, expected at "
            f"most {limits.ACCEPT_PROMISES_MAX} in a message; split it"
        )


def _check_single(single: Single, state: State) -> None:
    """Check refs as `_check_refs` does, on plain values."""
    counters, kinds, command = state.counters, state.name.kind, single.command.name
    for place, name, table, counter, low, name_kind in _REFS[single.kind]:
        value, count = single.values[place], counters.item(counter)
        if value >= count:
            raise _wrong_ref(f"{command}.{name}", 0, value, table, low, count)
        if name_kind and value != NONE and kinds.item(value) != name_kind:
            raise _wrong_kind(f"{command}.{name}", 0, value, kinds.item(value), name_kind)
    for place, name, table, counter, low, _ in _LINE_REFS[single.kind]:
        column, count = single.line_values[place], counters.item(counter)
        if max(column) >= count:
            bad = next(at for at, value in enumerate(column) if value >= count)
            raise _wrong_ref(f"{command}.{name}", bad, column[bad], table, low, count)


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
    kind: str, refs: tuple[_Ref, ...], columns: dict[str, np.ndarray], state: State
) -> None:
    kinds = state.name.kind
    for _, name, table, counter, low, name_kind in refs:
        column = columns[name]
        count = state.counters.item(counter)
        if column.size == 1:
            # Reductions cost more than they save on the one value of a single call.
            row = column.item()
            if row < count and (not name_kind or row == NONE or kinds.item(row) == name_kind):
                continue
        # Without the method's own steps, which cost more than a column of a hundred.
        if np.maximum.reduce(column) >= count:
            bad = int(np.flatnonzero(column >= count)[0])
            raise _wrong_ref(f"{kind}.{name}", bad, int(column[bad]), table, low, count)
        if name_kind:
            check_name_kinds(f"{kind}.{name}", column, name_kind, state)


def check_name_kinds(where: str, refs: np.ndarray, kind: int, state: State) -> None:
    """Raise InvalidRequest when refs (int32, shape (n,), known rows) name another kind.

    Parameters
    ----------
    where : str
        Command and column, for the message.
    refs : ndarray of int32, shape (n,)
        Rows of table `name`, -1 for none.
    kind : int
        The `NameKind` that is expected.
    state : State
        Read only; the kind of a name never changes.
    """
    # Kinds are bytes, and bytes count themselves faster than an array compares and reduces.
    kinds = state.name.kind.take(refs, mode="wrap")
    if kinds.tobytes().count(kind) == refs.size:
        return
    wrong = np.flatnonzero((kinds != kind) & (refs != NONE))
    if not wrong.size:
        return
    bad = int(wrong[0])
    raise _wrong_kind(where, bad, int(refs[bad]), int(kinds[bad]), kind)


def _wrong_ref(where: str, at: int, found: int, table: str, low: int, count: int) -> InvalidRequest:
    return InvalidRequest(
        f"{where}[{at}]: found row {found} of {table}, expected {low} to {count - 1}"
    )


def _wrong_kind(where: str, at: int, ref: int, found: int, expected: int) -> InvalidRequest:
    return InvalidRequest(
        f"{where}[{at}]: found name {ref}, a {NameKind(found).name}, "
        f"expected a {NameKind(expected).name}"
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
