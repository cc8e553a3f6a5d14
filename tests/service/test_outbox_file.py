"""The file of cursors and dead letters, whatever stopped the server while it was made."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from slotline.engine.errors import StoreMismatch
from slotline.service.outbox import Outbox

if TYPE_CHECKING:
    from pathlib import Path

_STORE = bytes(range(16))


class _Stopped(BaseException):
    """The process ends here."""


def _stopping_connection(calls: int) -> type[sqlite3.Connection]:
    """Give a connection that is lost at its n-th statement, before it is carried out."""
    left = [calls]

    class Connection(sqlite3.Connection):
        def _count(self) -> None:
            if left[0] == 0:
                self.close()
                raise _Stopped
            left[0] -= 1

        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            self._count()
            return super().execute(*arguments)

        def executescript(self, *arguments: Any) -> sqlite3.Cursor:
            self._count()
            return super().executescript(*arguments)

    return Connection


def test_file_that_was_not_finished_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before any of its statements, the next start makes and keeps a whole file."""
    connect, stopped = sqlite3.connect, 0
    for calls in range(12):
        folder = tmp_path / str(calls)
        folder.mkdir()
        with monkeypatch.context() as patch:
            connection = _stopping_connection(calls)
            patch.setattr(
                sqlite3, "connect", lambda *a, c=connection, **k: connect(*a, factory=c, **k)
            )
            try:
                Outbox(str(folder), _STORE, 5).close()
            except _Stopped:
                stopped += 1
        for _ in range(2):
            outbox = Outbox(str(folder), _STORE, 5)
            assert outbox.cursor("erp") == 0
            outbox.close()
    assert 0 < stopped < 12


def test_file_of_another_store_is_refused(tmp_path: Path) -> None:
    """By both ids."""
    Outbox(str(tmp_path), _STORE, 5).close()
    with pytest.raises(StoreMismatch, match=f"of store {_STORE.hex()}, expected {bytes(16).hex()}"):
        Outbox(str(tmp_path), bytes(16), 5)


def test_cursor_ahead_of_the_journal_is_refused(tmp_path: Path) -> None:
    """As after a restore of one of the two only."""
    outbox = Outbox(str(tmp_path), _STORE, 5)
    outbox.cursor("erp")
    assert outbox.acknowledge("erp", 4, 0) == 4
    outbox.close()
    with pytest.raises(StoreMismatch, match="at sequence 4, expected at most the journal's 3"):
        Outbox(str(tmp_path), _STORE, 3)
