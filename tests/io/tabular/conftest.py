"""A store in memory that remembers keys as the engine does, and a folder of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slotline.engine.batch import make_batch
from slotline.engine.errors import KeyExpired, PeerUnavailable
from slotline.engine.keys import check_key, created_us
from slotline.engine.limits import KEY_HORIZON_US
from slotline.engine.schema import TABLE_NUMBER, TABLES, dtype_of
from slotline.kernels.columns import OUTCOME_DONE

NOW_US = 1_800_000_000_000_000

# Table, key columns and result of each command that puts something.
PUTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "put_name": ("name", ("kind", "code")),
    "put_item": ("item", ("client", "code")),
    "put_location": ("location", ("code",)),
    "put_lot": ("lot", ("item", "owner", "code")),
}


class FakeStore:
    """Obeys an import's commands one row at a time; `calls_left` makes it stop answering."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLE_NUMBER}
        self.executed: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = []
        self.answers: dict[bytes, Mapping[str, np.ndarray]] = {}
        self.capacity = 1_000_000
        self.calls_left = 1_000_000
        self.now_us = NOW_US
        self.outcomes: dict[int, int] = {}

    def export(self, table: str) -> dict[str, np.ndarray]:
        """Give the columns of the rows that were put; counters of items are 0 unless set."""
        return {
            field.name: np.array(
                [row.get(field.name, 0) for row in self.rows[table]], dtype_of(field)
            )
            for field in TABLES[TABLE_NUMBER[table]].fields
        }

    def room(self, table: str) -> int:
        """Give the rows left."""
        return self.capacity - len(self.rows[table])

    def send(
        self,
        kind: str,
        columns: Mapping[str, object],
        lines: Mapping[str, object] | None,
        key: bytes,
    ) -> Mapping[str, np.ndarray]:
        """Execute a batch unless its key is known; the answer is lost on the last call."""
        batch = make_batch(kind, columns, lines)
        if key not in self.answers:
            if self.now_us - created_us(check_key(key)) > KEY_HORIZON_US:
                raise KeyExpired("key: too old")
            self.answers[key] = self._execute(kind, batch)
        self.calls_left -= 1
        if self.calls_left <= 0:
            raise PeerUnavailable("found no answer")
        return self.answers[key]

    def _execute(self, kind: str, batch: Any) -> dict[str, np.ndarray]:
        spread = {
            name: np.broadcast_to(column, batch.count).tolist()
            for name, column in batch.columns.items()
        }
        line_columns = {
            name: np.broadcast_to(column, batch.line_count).tolist()
            for name, column in batch.lines.items()
        }
        commands = [
            {name: values[n] for name, values in spread.items()} for n in range(batch.count)
        ]
        if kind in PUTS:
            table, names = PUTS[kind]
            refs = [self._put(table, names, command) for command in commands]
            return {"outcome": np.zeros(len(refs), np.uint8), table: np.array(refs, np.int32)}
        first = 0
        for command in commands:
            last = first + command.get("line_count", 0)
            lines = [
                {name: values[n] for name, values in line_columns.items()}
                for n in range(first, last)
            ]
            self.executed.append((kind, command, lines))
            first = last
        start = len(self.executed) - batch.count
        codes = [self.outcomes.get(start + n, OUTCOME_DONE) for n in range(batch.count)]
        return {"outcome": np.array(codes, np.uint8)}

    def _put(self, table: str, names: tuple[str, ...], command: dict[str, Any]) -> int:
        key = tuple(command[name] for name in names)
        for ref, row in enumerate(self.rows[table]):
            if tuple(row[name] for name in names) == key:
                row.update(command)
                return ref
        self.rows[table].append(dict(command))
        return len(self.rows[table]) - 1


@pytest.fixture
def store() -> FakeStore:
    """Return an empty store."""
    return FakeStore()


Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a text file and gives its path."""

    def _write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return _write
