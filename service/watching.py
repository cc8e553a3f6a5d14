"""Who must hear of which change: rows that streams show, and the writer's word that they changed.

The writer tells of the rows of each durable run (`Listener`). Streams that show one of them are
woken; each then reads in its own turn what has become of its batch, and rests before it does so
again, so that many changes in quick succession are one message. While nobody watches, a run costs
the writer one look at an empty set.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import numpy as np

from ..engine.schema import TABLE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from ..engine.ports import Touched
    from ..engine.state import State

    Rows = Mapping[int, frozenset[int]]

BATCH: Final = TABLE_NUMBER["batch"]
TASK: Final = TABLE_NUMBER["task"]
STOCK: Final = TABLE_NUMBER["stock"]
HANDLING_UNIT: Final = TABLE_NUMBER["handling_unit"]

_SHOWN: Final = (BATCH, TASK, STOCK, HANDLING_UNIT)


class Watcher:
    """One stream about one worker; made by `Watch.open`.

    Parameters
    ----------
    worker : int
        Row of the worker.
    """

    def __init__(self, worker: int) -> None:
        self.worker = worker
        self.rows: Rows = {}
        self._changed = threading.Event()
        self._ended = threading.Event()

    def wake(self) -> None:
        """Let `wait` return, now or when it is next called; any thread may call it."""
        self._changed.set()

    def end(self) -> None:
        """Let `rest` and `wait` return: caller or server goes; any thread may call it."""
        self._ended.set()
        self._changed.set()

    def rest(self, interval_us: int) -> None:
        """Let changes gather for a while, microseconds; over at once when the stream ends."""
        self._ended.wait(interval_us / 1e6)

    def wait(self) -> None:
        """Wait until something may have changed since the last `wait` returned."""
        self._changed.wait()
        # Before the next look: what changes after it wakes again.
        self._changed.clear()


class Watch:
    """All streams that watch, by what they show."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._by_worker: dict[int, set[Watcher]] = {}
        self._by_row: dict[int, dict[int, set[Watcher]]] = {table: {} for table in _SHOWN}

    def open(self, worker: int) -> Watcher:
        """Begin to watch a worker row; to be closed."""
        watcher = Watcher(worker)
        with self._lock:
            self._watchers.add(watcher)
            self._by_worker.setdefault(worker, set()).add(watcher)
        return watcher

    def close(self, watcher: Watcher) -> None:
        """End a watcher."""
        self.show(watcher, {})
        with self._lock:
            self._watchers.discard(watcher)
            _drop(self._by_worker, watcher.worker, watcher)

    def show(self, watcher: Watcher, rows: Rows) -> None:
        """Take note which rows a watcher shows from now on.

        Called in the writer's turn in which they were read, so that no change of theirs falls
        between reading and taking note.

        Parameters
        ----------
        watcher : Watcher
            Open.
        rows : mapping of int to frozenset of int
            Rows by the number of their table: `BATCH`, `TASK`, `STOCK` and `HANDLING_UNIT`. Tasks
            that join are noticed through their batch.
        """
        with self._lock:
            for table, by_row in self._by_row.items():
                former = watcher.rows.get(table, frozenset())
                present = rows.get(table, frozenset())
                for row in former - present:
                    _drop(by_row, row, watcher)
                for row in present - former:
                    by_row.setdefault(row, set()).add(watcher)
            watcher.rows = rows

    def end_all(self) -> None:
        """End the rest and the waiting of every watcher: the server stops."""
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.end()

    def published(self, state: State, touched: Touched) -> None:
        """Wake those who show what a durable run has changed; see `Listener`."""
        if not self._watchers:
            return
        with self._lock:
            woken: set[Watcher] = set()
            for table, by_row in self._by_row.items():
                rows = touched.get(table)
                if rows:
                    # The shorter one of the two is walked.
                    for row in by_row.keys() & rows.keys():
                        woken |= by_row[row]
            batches, tasks = touched.get(BATCH), touched.get(TASK)
            if batches:
                for worker in _known(state.batch.worker, batches, self._by_worker):
                    woken |= self._by_worker[worker]
            if tasks:
                # Tasks that joined. Those that left are shown rows: by now, behind the whole group,
                # the row of one may name the batch of another task that took it over.
                by_batch, mask = self._by_row[BATCH], state.batch.capacity - 1
                numbers = state.task.batch[_array(tasks)]
                for row in set((numbers & mask).tolist()) & by_batch.keys():
                    woken |= by_batch[row]
        for watcher in woken:
            watcher.wake()


def _known(
    column: NDArray[np.int32], rows: Mapping[int, None], by_key: Mapping[int, object]
) -> set[int]:
    """Give the keys that a column holds in some rows."""
    return set(column[_array(rows)].tolist()) & by_key.keys()


def _array(rows: Mapping[int, None]) -> NDArray[np.int64]:
    return np.fromiter(rows, np.int64, len(rows))


def _drop(sets: dict[int, set[Watcher]], key: int, watcher: Watcher) -> None:
    watchers = sets.get(key)
    if watchers is not None:
        watchers.discard(watcher)
        if not watchers:
            del sets[key]


def with_parents(state: State, units: Iterable[int]) -> frozenset[int]:
    """Give handling units and all units around them, in the writer's turn."""
    found: set[int] = set()
    for unit in units:
        while unit >= 0 and unit not in found:
            found.add(unit)
            unit = int(state.handling_unit.parent[unit])
    return frozenset(found)
