"""Checked tables to commands, chunk by chunk.

Chunks depend on the file alone, never on the store, so that a chunk and its key always belong
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest, KeyExpired
from ...engine.schema import COMMAND_NUMBER, COMMANDS
from ...kernels import columns as kernel
from .catalogue import CHANNEL, CLIENT, PENDING, ZONE, Catalogue, Sink
from .faults import FAULTS_LISTED_MAX
from .progress import ChunkKeys, Progress, begin, write_progress

if TYPE_CHECKING:
    from .check import CheckedTable

CHUNK_ROWS: Final = 10_000
CHUNK_ORDERS: Final = 1_000

OUTCOMES: Final = {
    value: name.removeprefix("OUTCOME_")
    for name, value in vars(kernel).items()
    if name.startswith("OUTCOME_")
}

Columns = dict[str, object]
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row whose command was not done, or an order of which nothing was promised.

    Parameters
    ----------
    where : str
        File and line (row of a Parquet or Arrow file), as a person finds it.
    file, line
        The same for a program.
    code : str
        Of the order (whose first line it is), the item or the location; of stock, its item.
    outcome : str
        ``SHORT``, ``DUPLICATE``, ``LIMIT``, ...
    """

    where: str
    file: str
    line: int
    code: str
    outcome: str


@dataclass(slots=True)
class Sent:
    """What became of a table.

    Parameters
    ----------
    table : str
        Its name.
    rows : int
        Rows of the file.
    commands : int
        Commands that stand for them: fewer for orders.
    outcomes : dict
        Number of commands by outcome.
    refused : list of Refused
        The first 20 rows that were not done.
    imported_before_us : int or None
        When an import of the same content was begun that was finished, microseconds UTC: the note
        beside the file says so, and the same keys were sent again.
    """

    table: str
    rows: int
    commands: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    imported_before_us: int | None = None

    def add(self, outcome: np.ndarray) -> None:
        """Count the outcomes of one chunk, uint8[n]."""
        self.commands += outcome.size
        for code, count in zip(*np.unique(outcome, return_counts=True), strict=True):
            name = OUTCOMES.get(int(code), str(code))
            self.outcomes[name] = self.outcomes.get(name, 0) + int(count)

    @property
    def refused_count(self) -> int:
        """Commands that were not done, not even in part."""
        return sum(
            count for name, count in self.outcomes.items() if name not in ("DONE", "PARTIAL")
        )

    @property
    def failed_count(self) -> int:
        """Commands that should have been done: an order may be short or known, nothing else."""
        expected = {"DONE", "PARTIAL", "SHORT", "DUPLICATE"} if self.table == "orders" else {"DONE"}
        return sum(count for name, count in self.outcomes.items() if name not in expected)


def check_room(tables: list[CheckedTable], catalogue: Catalogue, sink: Sink) -> None:
    """Check that the store has rows for all that would be added.

    Raises
    ------
    InvalidRequest
        A table is too small.
    """
    known = {
        "name": [ref for ref in catalogue.names.values() if ref == PENDING],
        "item": [ref for ref in catalogue.items.values() if ref == PENDING],
        "location": [ref for ref in catalogue.locations.values() if ref == PENDING],
    }
    wanted = {name: len(refs) for name, refs in known.items()}
    wanted["lot"] = sum(len(table.lots) for table in tables)
    wanted["receipt"] = sum(table.count for table in tables if table.name == "stock")
    for name, count in wanted.items():
        room = sink.room(name) if count else 0
        if count > room:
            raise InvalidRequest(
                f"found {count} new rows for table {name}, expected at most {room}, all it has "
                f"left; nothing was imported; serve the store with a larger capacity"
            )


class Sender:
    """Sends checked tables.

    Parameters
    ----------
    sink : Sink
        The store.
    catalogue : Catalogue
        Codes; gets the refs that the store gives.
    now_us : int
        Time now, microseconds UTC.
    seed : bytes
        Random bytes, new for each run: what is put twice must be put twice.
    again : bool
        See `progress.begin`.
    report : callable
        Is told how many rows have been sent.
    """

    def __init__(
        self,
        sink: Sink,
        catalogue: Catalogue,
        *,
        now_us: int,
        seed: bytes,
        again: bool = False,
        report: Report = lambda _: None,
    ) -> None:
        self._sink = sink
        self._catalogue = catalogue
        self._now_us = now_us
        self._again = again
        self._report = report
        self._puts = ChunkKeys(seed, now_us)
        self._put_count = 0

    def send(self, table: CheckedTable) -> Sent:
        """Send a table.

        Parameters
        ----------
        table : CheckedTable
            Without faults.

        Returns
        -------
        Sent
            Outcomes; rows that were not done are named.

        Raises
        ------
        SlotlineError
            The store does not answer; run the import again.
        """
        self._put_names(table)
        self._put_lots(table)
        sent = Sent(table.name, table.count)
        if table.name in ("items", "locations"):
            self._put_rows(table, sent)
        else:
            self._run_once(table, sent)
        return sent

    # -- things that are put ------------------------------------------------------------------

    def _put(self, kind: str, columns: Columns) -> Mapping[str, np.ndarray]:
        self._put_count += 1
        return self._sink.send(kind, columns, None, self._puts.key(kind, self._put_count))

    def _put_names(self, table: CheckedTable) -> None:
        for start in range(0, len(table.names), CHUNK_ROWS):
            chunk = table.names[start : start + CHUNK_ROWS]
            kinds = np.array([kind for kind, _ in chunk], np.uint8)
            answer = self._put("put_name", {"kind": kinds, "code": [code for _, code in chunk]})
            _check_put("put_name", [code for _, code in chunk], answer)
            for key, ref in zip(chunk, answer["name"].tolist(), strict=True):
                self._catalogue.names[key] = ref

    def _put_lots(self, table: CheckedTable) -> None:
        lots = list(table.lots.items())
        names, items = self._catalogue.names, self._catalogue.items
        for start in range(0, len(lots), CHUNK_ROWS):
            chunk = lots[start : start + CHUNK_ROWS]
            columns: Columns = {
                "item": _refs([items[key[0], key[1]] for key, _ in chunk]),
                "owner": _refs([names[CLIENT, key[2]] for key, _ in chunk]),
                "code": [key[3] for key, _ in chunk],
                "expiry_day": np.array([day for _, day in chunk], np.int32),
            }
            answer = self._put("put_lot", columns)
            _check_put("put_lot", [key[3] for key, _ in chunk], answer)
            for (key, _), ref in zip(chunk, answer["lot"].tolist(), strict=True):
                self._catalogue.lots[key] = ref

    def _put_rows(self, table: CheckedTable, sent: Sent) -> None:
        is_items = table.name == "items"
        kind, result = ("put_item", "item") if is_items else ("put_location", "location")
        for rows in _chunks(table.count):
            columns = _plain_columns(kind, table, rows)
            codes = table.codes("code")[rows]
            keys: list[tuple[str, str]] = []
            if is_items:
                clients = table.codes("client")[rows]
                columns["client"] = self._names(CLIENT, clients)
                keys = list(zip(clients, codes, strict=True))
            else:
                columns["zone"] = self._names(ZONE, table.codes("zone")[rows])
            answer = self._put(kind, columns)
            for position, ref in enumerate(answer[result].tolist()):
                if is_items:
                    self._catalogue.items[keys[position]] = ref
                else:
                    self._catalogue.locations[codes[position]] = ref
            self._note(table, sent, answer["outcome"], np.arange(rows.start, rows.stop))
            self._report(len(codes))

    # -- things that happen once ---------------------------------------------------------------

    def _run_once(self, table: CheckedTable, sent: Sent) -> None:
        path = table.file.path
        progress = begin(path, table.digest, self._now_us, again=self._again)
        sent.imported_before_us = progress.started_us if progress.is_complete else None
        keys = ChunkKeys(table.digest, progress.started_us)
        parts = self._receipts(table) if table.name == "stock" else self._orders(table)
        for chunk, (kind, columns, lines, rows, count) in enumerate(parts):
            try:
                answer = self._sink.send(kind, columns, lines, keys.key(kind, chunk))
            except KeyExpired as error:
                raise KeyExpired(
                    f"{path}: found an import begun {_days_ago(progress, self._now_us)} days ago, "
                    f"expected less than the time for which the store remembers keys; whether it "
                    f"was executed is no longer known, look at the store, then give --again to "
                    f"import it as new"
                ) from error
            self._note(table, sent, answer["outcome"], rows)
            self._report(count)
        write_progress(path, Progress(progress.digest, progress.started_us, is_complete=True))

    def _receipts(self, table: CheckedTable) -> Iterator[_Part]:
        clients, owners = table.codes("client"), table.codes("owner")
        items, lots, places = table.codes("item"), table.codes("lot"), table.codes("location")
        known = self._catalogue
        for rows in _chunks(table.count):
            span = range(rows.start, rows.stop)
            columns = _plain_columns("receive", table, rows)
            columns["item"] = _refs([known.items[clients[row], items[row]] for row in span])
            columns["owner"] = self._names(CLIENT, owners[rows])
            columns["lot"] = _refs(
                [
                    known.lots[clients[row], items[row], owners[row], lots[row]]
                    if lots[row]
                    else kernel.NONE
                    for row in span
                ]
            )
            columns["location"] = _refs([known.locations[places[row]] for row in span])
            for name in ("purchase_line", "pack", "handling_unit"):
                columns[name] = kernel.NONE
            yield "receive", columns, None, np.arange(rows.start, rows.stop), len(span)

    def _orders(self, table: CheckedTable) -> Iterator[_Part]:
        order = table.order_of_row
        by_order = np.argsort(order, kind="stable")
        counts = np.bincount(order) if order.size else order
        ends = np.cumsum(counts)
        items = self._catalogue.items
        clients, codes = table.codes("client"), table.codes("item")
        for start in range(0, counts.size, CHUNK_ORDERS):
            stop = min(start + CHUNK_ORDERS, counts.size)
            begin_row, end_row = int(ends[start] - counts[start]), int(ends[stop - 1])
            rows = by_order[begin_row:end_row]
            heads = by_order[ends[start:stop] - counts[start:stop]]
            columns: Columns = {
                name: table.numbers(name)[heads]
                for name in ("priority", "policy", "placement", "min_life_days", "departure_us")
            }
            columns["reference"] = 0
            columns["channel"] = self._names(CHANNEL, _take(table.codes("channel"), heads))
            columns["owner"] = self._names(CLIENT, _take(table.codes("owner"), heads))
            columns["code"] = _take(table.codes("code"), heads)
            columns["line_count"] = counts[start:stop].astype(np.int32)
            lines: Columns = {
                "item": _refs([items[clients[row], codes[row]] for row in rows.tolist()]),
                "units": table.numbers("units")[rows],
                "promise": kernel.NONE,
            }
            yield "accept", columns, lines, heads, rows.size

    # -- shared --------------------------------------------------------------------------------

    def _names(self, kind: int, codes: list[str]) -> np.ndarray:
        names = self._catalogue.names
        return _refs([names[kind, code] for code in codes])

    def _note(self, table: CheckedTable, sent: Sent, outcome: np.ndarray, rows: np.ndarray) -> None:
        sent.add(outcome)
        is_refused = (outcome != kernel.OUTCOME_DONE) & (outcome != kernel.OUTCOME_PARTIAL)
        codes = table.codes("item" if table.name == "stock" else "code")
        left = FAULTS_LISTED_MAX - len(sent.refused)
        for position in np.flatnonzero(is_refused)[:left].tolist():
            row, number = int(rows[position]), int(outcome[position])
            refused = Refused(
                where=table.file.where(row),
                file=str(table.file.path),
                line=int(table.file.numbers[row]),
                code=codes[row],
                outcome=OUTCOMES.get(number, str(number)),
            )
            sent.refused.append(refused)


_Part = tuple[str, Columns, Columns | None, np.ndarray, int]


def _days_ago(progress: Progress, now_us: int) -> int:
    return (now_us - progress.started_us) // kernel.DAY_US


def _check_put(kind: str, codes: list[str], answer: Mapping[str, np.ndarray]) -> None:
    bad = np.flatnonzero(answer["outcome"] != kernel.OUTCOME_DONE)
    if bad.size:
        name = OUTCOMES.get(int(answer["outcome"][bad[0]]), "?")
        raise InvalidRequest(
            f"{kind} of {codes[int(bad[0])]!r}: found outcome {name}, expected DONE; somebody has "
            f"changed the store since the check, run the import again"
        )


def _chunks(count: int) -> Iterator[slice]:
    for start in range(0, count, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, count))


def _refs(values: list[int]) -> np.ndarray:
    return np.array(values, np.int32)


def _take(values: list[str], rows: np.ndarray) -> list[str]:
    return [values[row] for row in rows.tolist()]


def _plain_columns(kind: str, table: CheckedTable, rows: slice) -> Columns:
    """Give the columns of a command that the file has under the same name, refs left out."""
    return {
        entry.name: table.columns[entry.name][rows]
        for entry in COMMANDS[COMMAND_NUMBER[kind]].fields
        if not entry.refers and entry.name in table.columns
    }
