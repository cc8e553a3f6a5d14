"""Bulk messages on the client: codes to refs, rows to columns, answers to arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.batch import make_batch
from ..engine.errors import InvalidRequest, UnknownEntity
from ..engine.limits import (
    LONG_COMMANDS_MAX,
    LONG_KINDS,
    RUN_COMMANDS_MAX,
    UNBOUNDED_KINDS,
)
from ..engine.schema import COMMAND_NUMBER, COMMANDS, NAME_KINDS, Command, Field, dtype_of
from .codes import PLAIN_TABLES
from .retry import new_key
from .v1 import slotline_pb2 as pb
from .wire import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Resolve = Callable[..., tuple[np.ndarray, int]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Commands of one kind, to be sent as one message.

    Parameters
    ----------
    kind : str
        Name of the command.
    columns, lines : mapping of str to array_like
        Columns of the command and of its lines; one value stands for all. Columns of refs to names
        and items and to tables of `codes.PLAIN_TABLES` may hold codes. Columns that are left out
        hold "none", 0 or what the single call takes for them.
    client : str
        Scope of item codes; empty stands for the owner when that is one code for all.
    key : bytes
        16 bytes, UUIDv7; made when the message is.
    """

    kind: str
    columns: Mapping[str, Any]
    lines: Mapping[str, Any] | None = None
    client: str = ""
    key: bytes = field(default_factory=new_key)


def cut_columns(
    kind: str, columns: Mapping[str, Any], commands_max: int
) -> Iterator[dict[str, Any]]:
    """Cut the columns of many commands into those of messages that the server takes.

    Parameters
    ----------
    kind : str
        Name of the command, one without lines.
    columns : mapping of str to sequence or ndarray
        Columns of length n; single values stand for all.
    commands_max : int
        Commands in a message; fewer where the engine bounds messages of the kind.

    Yields
    ------
    dict of str to sequence or ndarray
        Columns of one message, in order.
    """
    size = commands_max
    if kind in UNBOUNDED_KINDS:
        size = min(size, RUN_COMMANDS_MAX)
    elif kind in LONG_KINDS:
        size = min(size, LONG_COMMANDS_MAX)
    sizes = {name: int(np.size(column)) for name, column in columns.items()}
    count = 0 if 0 in sizes.values() else max(sizes.values(), default=0)
    for first in range(0, count, size):
        yield {
            name: column[first : first + size] if sizes[name] > 1 else column
            for name, column in columns.items()
        }


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The durable answer to a `Bulk`.

    Parameters
    ----------
    sequence : int
        Sequence of its last command.
    time_us : int
        The writer's time stamp.
    outcome : dict of str to ndarray, shape (n,)
        Outcome columns of the schema.
    line_outcome : dict of str to ndarray, shape (L,)
        Line outcome columns.
    """

    sequence: int
    time_us: int
    outcome: dict[str, np.ndarray]
    line_outcome: dict[str, np.ndarray]


class Catalogue:
    """Refs of codes, asked for once and kept while the catalogue's epoch lasts.

    Parameters
    ----------
    resolve : callable
        Asks the server: ``resolve(table, codes, kind=, client=)`` gives refs and the epoch.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[tuple[str, int, str], dict[str, int]] = {}
        self._epoch: int | None = None

    def forget(self) -> None:
        """Forget everything: the epoch has changed."""
        self._known.clear()
        self._epoch = None

    @property
    def epoch(self) -> int:
        """Epoch under which the refs were resolved."""
        if self._epoch is None:
            self._epoch = self._resolve("location", [])[1]
        return self._epoch

    def refs(self, table: str, codes: Sequence[str], *, kind: int = 0, client: str = "") -> Any:
        """Give refs of codes; empty codes are -1.

        Parameters
        ----------
        table : str
            Table of the schema.
        codes : sequence of str
            Codes, n.
        kind : int
            Kind of name, for table name.
        client : str
            Scope of items.

        Returns
        -------
        ndarray of int32, shape (n,)
            Refs.

        Raises
        ------
        UnknownEntity
            A code names nothing; the first one is named.
        """
        known = self._known.setdefault((table, kind, client), {"": -1})
        missing = list(dict.fromkeys(code for code in codes if code not in known))
        if missing:
            self._ask(known, table, missing, kind, client)
        return np.fromiter((known[code] for code in codes), np.int32, len(codes))

    def _ask(
        self, known: dict[str, int], table: str, codes: list[str], kind: int, client: str
    ) -> None:
        refs, epoch = self._resolve(table, codes, kind=kind, client=client)
        # Others may have been resolved under an older epoch. That one is kept: the server then
        # refuses the message, and everything is asked for again.
        if self._epoch is None:
            self._epoch = epoch
        for code, ref in zip(codes, refs.tolist(), strict=True):
            if ref < 0:
                inside = f" of client {client!r}" if client else ""
                raise UnknownEntity(
                    f"{table}: found code {code!r}, expected a known {table}{inside}"
                )
            known[code] = ref


def _is_text(value: Any) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "UOT"
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], str)


def _default(field: Field) -> Any:
    if dtype_of(field).kind == "S":
        return b""
    if field.name in ABSENT:
        return ABSENT[field.name]
    return -1 if field.optional or field.low == -1 else 0


def _filled(
    fields: tuple[Field, ...], given: Mapping[str, Any], find: Callable[[Field, Any], Any]
) -> dict[str, Any]:
    names = {field.name for field in fields}
    columns: dict[str, Any] = {name: value for name, value in given.items() if name not in names}
    for entry in fields:
        if entry.name in given:
            value = given[entry.name]
            columns[entry.name] = find(entry, value) if entry.refers and _is_text(value) else value
        elif entry.optional or not (entry.refers or entry.low > 0):
            columns[entry.name] = _default(entry)
    return columns


def encode(bulk: Bulk, catalogue: Catalogue) -> bytes:
    """Make the message of a `Bulk`: codes resolved, checked as the server will check it.

    Parameters
    ----------
    bulk : Bulk
        What to send.
    catalogue : Catalogue
        Refs of codes.

    Returns
    -------
    bytes
        A serialised `Columns`.

    Raises
    ------
    InvalidRequest, UnknownEntity
        Columns that cannot be, codes that name nothing.
    """
    command = _command(bulk.kind)
    client = bulk.client
    owner = bulk.columns.get("owner")
    if not client and isinstance(owner, str):
        client = owner

    def find(column: Field, value: Any) -> Any:
        codes = [value] if isinstance(value, str) else [str(entry) for entry in value]
        table = column.refers
        if table == "name":
            return catalogue.refs(table, codes, kind=int(NAME_KINDS[column.name]))
        if table == "item":
            return catalogue.refs(table, codes, client=client)
        if table in PLAIN_TABLES:
            return catalogue.refs(table, codes)
        raise InvalidRequest(
            f"{bulk.kind}.{column.name}: found codes, expected refs; ask for them by `resolve`"
        )

    epoch = catalogue.epoch
    batch = make_batch(
        bulk.kind,
        _filled(command.fields, bulk.columns, find),
        _filled(command.line_fields, bulk.lines or {}, find) if command.has_lines else None,
    )
    return pb.Columns(
        kind=batch.kind,
        key=bulk.key,
        catalogue_epoch=epoch,
        count=batch.count,
        line_count=batch.line_count,
        columns=[column.tobytes() for column in batch.columns.values()],
        lines=[column.tobytes() for column in batch.lines.values()],
    ).SerializeToString()


def _command(kind: str) -> Command:
    number = COMMAND_NUMBER.get(kind, 0)
    if not number:
        raise InvalidRequest(
            f"found command {kind!r}, expected one of {', '.join(sorted(COMMAND_NUMBER)[1:])}"
        )
    return COMMANDS[number]


def decode(kind: str, reply: Any) -> BulkResult:
    """Give the arrays of a `BulkReply` without a failure."""
    command = _command(kind)
    return BulkResult(
        reply.sequence,
        reply.time_us,
        _arrays(command.outcome, reply.outcome),
        _arrays(command.line_outcome, reply.line_outcome),
    )


def _arrays(fields: tuple[Field, ...], data: Sequence[bytes]) -> dict[str, np.ndarray]:
    return {
        entry.name: np.frombuffer(raw, dtype_of(entry))
        for entry, raw in zip(fields, data, strict=True)
    }


def batches(
    kind: str, rows: Iterable[Mapping[str, Any]], size: int = 1_000, *, client: str = ""
) -> Iterator[Bulk]:
    """Gather single commands into bulk messages.

    Parameters
    ----------
    kind : str
        Name of the command.
    rows : iterable of mapping
        One command each, all with the same fields. A command with lines has them under `lines`: a
        list of mappings.
    size : int
        Commands in one message.
    client : str
        Scope of item codes.

    Yields
    ------
    Bulk
        In the order of the rows.

    Raises
    ------
    InvalidRequest
        Rows or lines of a message that differ in their fields, items of several owners without a
        `client`, or a size below 1.
    """
    command, source, number = _command(kind), iter(rows), 0
    if size < 1:
        raise InvalidRequest(f"size: found {size} commands in a message, expected 1 or more")
    while chunk := list(islice(source, size)):
        _check_fields(chunk, partial(_row_name, kind, number))
        names = [name for name in chunk[0] if name != "lines"]
        columns: dict[str, Any] = {name: [row[name] for row in chunk] for name in names}
        if client == "" and "owner" in columns and len(set(columns["owner"])) == 1:
            columns["owner"] = columns["owner"][0]
        elif client == "" and _names_items(chunk[0]):
            owners = ", ".join(sorted({str(owner) for owner in columns.get("owner", ())})[:5])
            raise InvalidRequest(
                f"{kind}: found codes of items and owners {owners or 'unknown'} in one message, "
                f"expected `client`, the scope of the items' codes"
            )
        if not command.has_lines:
            yield Bulk(kind, columns, client=client)
        else:
            yield Bulk(kind, columns, _gathered_lines(kind, chunk, number, columns), client=client)
        number += len(chunk)


def _gathered_lines(
    kind: str, rows: Sequence[Mapping[str, Any]], number: int, columns: dict[str, Any]
) -> dict[str, Any]:
    """Give the columns of the rows' lines, and put their numbers into the rows' own columns."""
    if "lines" not in rows[0]:
        name = _row_name(kind, number, 0)
        raise InvalidRequest(f"{name}: found no lines, expected a list of them")
    columns["line_count"] = [len(row["lines"]) for row in rows]
    lines = [line for row in rows for line in row["lines"]]

    def where(at: int) -> str:
        ends = np.cumsum(columns["line_count"])
        behind = int(np.searchsorted(ends, at, side="right"))
        first = int(ends[behind]) - columns["line_count"][behind]
        return f"{_row_name(kind, number, behind)}: line {at - first}"

    _check_fields(lines, where)
    return {name: [line[name] for line in lines] for name in (lines[0] if lines else {})}


def _row_name(kind: str, first: int, at: int) -> str:
    return f"{kind}: row {first + at}"


def _check_fields(rows: Sequence[Mapping[str, Any]], where: Callable[[int], str]) -> None:
    """Refuse a row whose fields are not those of the first: a column has a value in every row."""
    for at, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InvalidRequest(
                f"{where(at)}: found fields {', '.join(row)}, expected {', '.join(rows[0])} as in "
                f"the first one of its message"
            )


def _names_items(row: Mapping[str, Any]) -> bool:
    """Tell whether a row or its first line names its item by a code."""
    return any(isinstance(entry.get("item"), str) for entry in (row, *row.get("lines", ())[:1]))
