"""Segment files that wait for an ordinal, and the thread that prepares them.

A spare is either zero-filled and new, or a retired segment with its old frames still in it.
It becomes a live segment in a fixed order: header page, sync, rename, folder sync. So a file
with a segment's name always has a good header page, and anything else there is rot.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from .segments import (
    HEADER_PAGE_BYTES,
    JOURNAL_FOLDER,
    Segment,
    SegmentHeader,
    encode_segment_header,
    segment_name,
    spare_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import File, Store

SPARE_COUNT_MAX = 2


class SparePool:
    """Segment files that wait for an ordinal, so that rolling over does not stall.

    Parameters
    ----------
    store : Store
        Where the files lie.
    segment_bytes : int
        Size of new files.

    Notes
    -----
    `prepare` only makes system calls and may run in a background thread; hand-over is under
    a lock. At most `SPARE_COUNT_MAX` spares are kept.
    """

    def __init__(self, store: Store, segment_bytes: int) -> None:
        self._store = store
        self.segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._prepare_lock = threading.Lock()
        self._ready: list[tuple[str, File]] = []
        self._number = 0

    @property
    def ready_count(self) -> int:
        """Spares that are ready."""
        return len(self._ready)

    def adopt(self, number: int) -> None:
        """Take over a spare found at start; one of another size is deleted.

        Parameters
        ----------
        number : int
            Number in its name.
        """
        self._number = max(self._number, number)
        name = spare_name(number)
        file = self._store.open_file(name)
        if file.size_bytes == self.segment_bytes and len(self._ready) < SPARE_COUNT_MAX:
            self._ready.append((name, file))
            return
        file.close()
        self._store.unlink(name)

    def give(self, segment: Segment) -> None:
        """Turn a retired segment into a spare, or delete it when there are enough.

        Parameters
        ----------
        segment : Segment
            Archived, trimmed and out of every reader's reach.
        """
        with self._lock:
            is_kept = (
                len(self._ready) < SPARE_COUNT_MAX
                and segment.header.segment_bytes == self.segment_bytes
            )
        if not is_kept:
            segment.file.close()
            self._store.unlink(segment.name)
            self._store.sync_dir(JOURNAL_FOLDER)
            return
        with self._lock:
            self._number += 1
            name = spare_name(self._number)
        self._store.rename(segment.name, name)
        # Durable before anyone writes a new header page into it: else a power cut could
        # leave the new page under the old name.
        self._store.sync_dir(JOURNAL_FOLDER)
        with self._lock:
            self._ready.append((name, segment.file))

    def prepare(self) -> bool:
        """Make one spare when there are fewer than wanted.

        Returns
        -------
        bool
            True when one was made.
        """
        with self._prepare_lock:
            if len(self._ready) >= SPARE_COUNT_MAX:
                return False
            self._make()
            return True

    def _make(self) -> None:
        with self._lock:
            self._number += 1
            number = self._number
        name = spare_name(number)
        file = self._store.create_zeroed(name + ".tmp", self.segment_bytes)
        self._store.rename(name + ".tmp", name)
        self._store.sync_dir(JOURNAL_FOLDER)
        with self._lock:
            self._ready.append((name, file))

    def take(self) -> tuple[str, File]:
        """Hand over a spare; make one at once when none is ready.

        Returns
        -------
        tuple of (str, File)
            Name and open file, `segment_bytes` long.
        """
        while True:
            with self._lock:
                if self._ready:
                    return self._ready.pop(0)
            with self._prepare_lock:
                if not self._ready:
                    self._make()

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for _, file in self._ready:
                file.close()
            self._ready.clear()


def begin_segment(store: Store, spares: SparePool, header: SegmentHeader) -> Segment:
    """Give a spare a new ordinal: header page, sync, rename, folder sync, in this order.

    Parameters
    ----------
    store : Store
        Where the files lie.
    spares : SparePool
        Source of the file.
    header : SegmentHeader
        The new header; its `segment_bytes` must be the pool's.

    Returns
    -------
    Segment
        Empty, indexed, durable under its name: a live segment always has a good header.
    """
    name, file = spares.take()
    file.write((encode_segment_header(header),), 0, HEADER_PAGE_BYTES)
    file.sync()
    store.rename(name, segment_name(header.ordinal))
    store.sync_dir(JOURNAL_FOLDER)
    return Segment(header, file, is_indexed=True)


class BackgroundWorker:
    """A thread that repeats a step whenever it is woken, and keeps its first error.

    Parameters
    ----------
    name : str
        Thread name.
    step : callable
        Does pending work; its result is ignored.
    """

    def __init__(self, name: str, step: Callable[[], object]) -> None:
        self._step = step
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        """Start the thread and do the step once."""
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        """Ask for another step."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the step under way, then end the thread."""
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def join_failed(self, timeout_s: float) -> BaseException | None:
        """Wait until the thread has ended by itself, which only an error makes it do.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds.

        Returns
        -------
        BaseException or None
            The error; None when it did not end in time.
        """
        self._thread.join(timeout_s)
        return self.error

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._is_stopping:
                return
            try:
                self._step()
            except BaseException as error:
                self.error = error
                return
