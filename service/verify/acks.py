"""What clients were told: a log of acknowledgements, written by them, compared with the journal.

The log is JSON lines, one object per reply:

- ``key``: the idempotency key, 32 hex digits
- ``sequence``: the reply's sequence (of a message: its last command's)
- ``kind``: name of the command
- ``digest``: 32 hex digits, BLAKE2b of 16 bytes over the outcome columns and then the line outcome
  columns, in the schema's order and dtypes, little-endian; or instead
- ``outcome`` and, if any, ``line_outcome``: objects of column name to list of values, all columns
  or only those that the client looked at

A last line without a newline was cut short by a crash and is left out. A Parquet file may have the
same columns ``key``, ``sequence``, ``kind`` and ``digest``.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from ...engine.schema import COMMAND_NUMBER, COMMANDS, Field, dtype_of
from .records import KEY_ENTRY_BYTES, Record
from .verdict import Findings, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    Columns = Mapping[str, Any]

DIGEST_BYTES = 16
BUFFER_LINES = 256
COLUMN_VALUES_MAX = 8


class Ack(NamedTuple):
    """One acknowledgement; `outcome` and `line_outcome` are empty when there is a digest."""

    key: bytes
    sequence: int
    kind: int
    digest: str
    outcome: dict[str, list[int]]
    line_outcome: dict[str, list[int]]


def _column(field: Field, columns: Columns) -> np.ndarray:
    return np.ascontiguousarray(np.atleast_1d(columns[field.name]), dtype=dtype_of(field))


def outcome_digest(kind: str, outcome: Columns, line_outcome: Columns | None = None) -> str:
    """Give the digest of a reply's columns.

    Parameters
    ----------
    kind : str
        Name of the command.
    outcome, line_outcome : mapping of str to array_like
        Every column that the schema names for the kind.

    Returns
    -------
    str
        32 hex digits.
    """
    command = COMMANDS[COMMAND_NUMBER[kind]]
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for field in command.outcome:
        digest.update(_column(field, outcome).data)
    for field in command.line_outcome:
        digest.update(_column(field, line_outcome or {}).data)
    return digest.hexdigest()


class AckLog:
    """Appends one line per reply to a file; buffered, for one thread.

    Parameters
    ----------
    path : Path
        The file; lines are added behind what is there.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")
        self._lines: list[str] = []

    def add(
        self,
        key: bytes,
        sequence: int,
        kind: str,
        outcome: Columns,
        line_outcome: Columns | None = None,
    ) -> None:
        """Add a reply that the client has received.

        Parameters
        ----------
        key : bytes
            The request's key, 16 bytes.
        sequence : int
            The reply's sequence.
        kind : str
            Name of the command.
        outcome, line_outcome : mapping of str to array_like
            All columns of the reply. Few values are logged as they are, many as a digest.
        """
        command = COMMANDS[COMMAND_NUMBER[kind]]
        entry: dict[str, Any] = {"key": key.hex(), "sequence": int(sequence), "kind": kind}
        parts = (
            ("outcome", command.outcome, outcome),
            ("line_outcome", command.line_outcome, line_outcome or {}),
        )
        columns = {
            part: {field.name: _column(field, given) for field in fields}
            for part, fields, given in parts
            if fields
        }
        if all(a.size <= COLUMN_VALUES_MAX for own in columns.values() for a in own.values()):
            for part, own in columns.items():
                entry[part] = {name: array.tolist() for name, array in own.items()}
        else:
            entry["digest"] = outcome_digest(kind, outcome, line_outcome)
        self._lines.append(json.dumps(entry, separators=(",", ":")) + "\n")
        if len(self._lines) >= BUFFER_LINES:
            self.flush()

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._file.write("".join(self._lines))
        self._lines.clear()
        self._file.flush()

    def close(self) -> None:
        """Flush and close; a second call does nothing."""
        if not self._file.closed:
            self.flush()
            self._file.close()

    def __enter__(self) -> Self:
        """Give the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def read_acks(path: Path, findings: Findings) -> list[Ack]:
    """Read a log; a line that is none is a fault, a last one cut short a note."""
    place = Place(path.name)
    acks: list[Ack] = []
    try:
        for number, line in enumerate(_lines(path, findings), start=1):
            try:
                acks.append(_parse(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found = f"line {number} that is no acknowledgement ({error})"
                findings.fault("acknowledged", place, found, "key, sequence, kind and outcome")
    except (OSError, ValueError, ImportError) as error:
        findings.fault("acknowledged", place, f"no log that can be read ({error})", "a log")
    return acks


def _lines(path: Path, findings: Findings) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        from pyarrow import parquet

        yield from parquet.read_table(path).to_pylist()
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.endswith("\n"):
                findings.note(f"{path.name}: the last line was cut short and is left out")
                return
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    yield {}


def _parse(entry: dict[str, Any]) -> Ack:
    key = bytes.fromhex(entry["key"])
    outcome, line_outcome = entry.get("outcome") or {}, entry.get("line_outcome") or {}
    digest = entry.get("digest") or ""
    if len(key) != 16 or not (digest or outcome):
        raise ValueError(f"key of {len(key)} bytes, or no outcome")
    return Ack(
        key,
        int(entry["sequence"]),
        COMMAND_NUMBER[entry["kind"]],
        str(digest),
        dict(outcome),
        dict(line_outcome),
    )


class AckBook:
    """Acknowledgements by key, ticked off as the journal's records pass by.

    Parameters
    ----------
    acks : list of Ack
        What clients were told; a key may be there several times.
    findings : Findings
        Gets contradictions and losses.
    name : str
        The log, for faults.
    """

    def __init__(self, acks: list[Ack], findings: Findings, name: str) -> None:
        self._waiting: dict[bytes, list[Ack]] = {}
        for ack in acks:
            self._waiting.setdefault(ack.key, []).append(ack)
        self._findings = findings
        self._name = name
        self.checked = 0

    def see(self, record: Record, place: Place) -> None:
        """Compare a record's answers with what was acknowledged for its keys."""
        if not self._waiting:
            return
        raw = bytes(record.keys)
        # A record of the wrong number of keys is reported elsewhere.
        for at, request in zip(
            range(0, len(raw), KEY_ENTRY_BYTES), record.requests(), strict=False
        ):
            acks = self._waiting.pop(raw[at : at + 16], None)
            if acks is not None:
                for ack in acks:
                    self._compare(ack, record, request, place)

    def _compare(self, ack: Ack, record: Record, request: tuple[int, int], place: Place) -> None:
        self.checked += 1
        sequence = record.first_sequence + request[1] - 1
        place = place._replace(sequence=sequence)
        if (ack.sequence, ack.kind) != (sequence, record.kind):
            told = f"{COMMANDS[ack.kind].name} at sequence {ack.sequence}"
            found = f"{record.command.name} of key {ack.key.hex()}"
            self._findings.fault("acknowledged", place, found, f"{told}, as {self._name} says")
            return
        outcome, line_outcome = _answer(record, *request)
        if ack.digest:
            own = outcome_digest(record.command.name, outcome, line_outcome)
            if own != ack.digest:
                found = f"an outcome of digest {own} for key {ack.key.hex()}"
                self._findings.fault("acknowledged", place, found, ack.digest)
            return
        for told_columns, own_columns in (
            (ack.outcome, outcome),
            (ack.line_outcome, line_outcome),
        ):
            for name, told_values in told_columns.items():
                values = own_columns[name].tolist() if name in own_columns else "no such column"
                if values != told_values:
                    found = f"{name} {values} for key {ack.key.hex()}"
                    expected = f"{told_values}, as {self._name} says"
                    self._findings.fault("acknowledged", place, found, expected)
                    return

    def finish(self) -> None:
        """Report what was acknowledged and never met."""
        for acks in self._waiting.values():
            for ack in acks:
                self._findings.fault(
                    "acknowledged",
                    Place("", -1, ack.sequence),
                    f"no record of key {ack.key.hex()}",
                    f"{COMMANDS[ack.kind].name}, acknowledged in {self._name}: it was lost",
                )


def _answer(
    record: Record, first: int, last: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Give outcome and line outcome of some commands of a record."""
    command = record.command
    cut, lines = slice(first, last), record.lines_of(first, last)
    return (
        {f.name: record.values(2, n)[cut] for n, f in enumerate(command.outcome)},
        {f.name: record.values(3, n)[lines] for n, f in enumerate(command.line_outcome)},
    )
