"""The writing half of the journal: encode, write, sync, advance, note it in the head.

One group is one vectored write and one sync; the head is written after the sync and synced
every 64 groups, when idle, or always. Any error poisons the writer: what the disk holds is
then unknown, and only a recovery in a new process can find out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crc32c import crc32c

from . import failpoints
from .chain import chain_digest
from .errors import InvariantBroken, JournalFailed, LimitReached
from .failpoints import failpoint
from .frame import FLAG_EPOCH, HEADER_BYTES, PADDINGS, PAYLOAD_BYTES_MAX, HeaderEncoder
from .segments import HEADER_PAGE_BYTES, Segment, SegmentHeader
from .spares import begin_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .files import Store
    from .frame import Buffer
    from .live import LiveSegments
    from .ports import Observer
    from .recovery import Recovered
    from .spares import BackgroundWorker, SparePool

HEAD_SYNC_GROUPS = 64
# Up to here one copy costs less than a checksum, a hash and a vector entry for each buffer.
JOIN_BYTES_MAX = 32 * 1024
# Asking the disk to begin costs some 10 us: from here on the digest computed meanwhile is worth it.
START_WRITE_BYTES_MIN = 16 * 1024
LOW_DISK_CHECK_GROUPS = 256
# Room for several segments, a snapshot and the files beside them once writes are refused.
LOW_DISK_RESERVE_BYTES = 512 * 1024 * 1024


class FrameWriter:
    """Appends frames behind a recovered journal.

    Parameters
    ----------
    store : Store
        The locked store.
    live : LiveSegments
        Gets new segments; its last one takes appends.
    spares : SparePool
        Source of new segments.
    recovered : Recovered
        Position to go on from, and the open head.
    is_head_always_synced : bool
        Sync the head before each append returns.
    """

    def __init__(
        self,
        store: Store,
        live: LiveSegments,
        spares: SparePool,
        recovered: Recovered,
        *,
        is_head_always_synced: bool,
    ) -> None:
        cursor = recovered.cursor
        self._store = store
        self._live = live
        self._spares = spares
        self._head = recovered.head
        self._is_head_always_synced = is_head_always_synced
        self._current = recovered.segments[-1]
        self._store_id = self._current.header.store_id
        self._offset = cursor.offset
        self.sequence = cursor.sequence
        self.digest = cursor.digest
        self.epoch = cursor.epoch
        self.failure = ""
        self.workers: list[BackgroundWorker] = []
        self.observer: Observer | None = None
        self.payload_bytes_max = min(
            PAYLOAD_BYTES_MAX, spares.segment_bytes - HEADER_PAGE_BYTES - HEADER_BYTES
        )
        self._encoder = HeaderEncoder(self._store_id)
        self._check_disk()

    def append(
        self,
        buffers: Sequence[Buffer],
        first_sequence: int,
        last_sequence: int,
        record_count: int,
        time_us: int,
    ) -> None:
        """Make one group durable; see `Journal.append`."""
        if self.failure:
            raise JournalFailed(self.failure)
        if first_sequence != self.sequence + 1 or last_sequence < first_sequence:
            raise InvariantBroken(
                f"group of sequences {first_sequence} to {last_sequence}, expected to begin at "
                f"{self.sequence + 1}"
            )
        payload_bytes = 0
        for buffer in buffers:
            payload_bytes += len(buffer) if type(buffer) is bytes else memoryview(buffer).nbytes
        if payload_bytes > self.payload_bytes_max:
            raise LimitReached(
                f"group of {payload_bytes} bytes, at most {self.payload_bytes_max} fit one frame"
            )
        for worker in self.workers:
            if worker.error is not None:
                self.poison(f"background work failed: {worker.error}")
                raise JournalFailed(self.failure) from worker.error
        self._commit(
            buffers, payload_bytes, 0, first_sequence, last_sequence, record_count, time_us
        )

    def _commit(
        self,
        buffers: Sequence[Buffer],
        payload_bytes: int,
        flags: int,
        first_sequence: int,
        last_sequence: int,
        record_count: int,
        time_us: int,
    ) -> None:
        """Write one frame, sync it, advance, note it in the head; poison on any error."""
        padding = -payload_bytes & 63
        frame_size = HEADER_BYTES + payload_bytes + padding
        try:
            self._groups_to_disk_check -= 1
            if self._groups_to_disk_check <= 0:
                self._check_disk()
            if self._offset + frame_size > self._current.header.segment_bytes:
                self._roll()
            current = self._current
            offset = self._offset
            end = offset + frame_size
            epoch = self.epoch + 1 if flags & FLAG_EPOCH else self.epoch
            is_joined = payload_bytes <= JOIN_BYTES_MAX
            if is_joined:
                buffers = (b"".join(buffers),)
            crc = 0
            for buffer in buffers:
                crc = crc32c(buffer, crc)
            header = self._encoder.encode(
                flags, payload_bytes, record_count, epoch, first_sequence, last_sequence,
                time_us, current.header.ordinal, self.digest, crc,
            )  # fmt: skip
            parts = (header + buffers[0],) if is_joined else (header, *buffers)
            digest = self._write_and_sync(
                current, parts, PADDINGS[padding], offset, end, epoch, last_sequence
            )
        except BaseException as error:
            self.poison(f"an append failed ({error}); stop this process and recover in a new one")
            raise
        if not flags & FLAG_EPOCH:
            current.note_frame(first_sequence, offset)
        current.used_bytes = self._offset = end
        self.epoch = epoch
        self.digest = digest
        current.last_sequence = self.sequence = last_sequence

    def _write_and_sync(
        self,
        current: Segment,
        parts: Sequence[Buffer],
        padding: bytes,
        offset: int,
        end: int,
        epoch: int,
        last_sequence: int,
    ) -> bytes:
        """Make one frame durable, note it in the head, and return its chain digest.

        The digest and the head's mark are computed before the sync: of a large frame while the
        disk is busy with it.
        """
        file, head = current.file, self._head
        failpoint("journal.before_write")
        file.write((*parts, padding), offset, end - offset)
        failpoint("journal.after_write")
        if end - offset >= START_WRITE_BYTES_MIN:
            file.start_write()
        digest = chain_digest(parts)
        head.prepare(epoch, last_sequence, digest, current.header.ordinal, end)
        failpoint("journal.before_sync")
        if "skip_sync" not in failpoints.planted:
            observer = self.observer
            start_ns = 0 if observer is None else observer.now_ns()
            file.sync()
            if observer is not None:
                observer.synced(observer.now_ns() - start_ns)
        failpoint("journal.after_sync")
        head.write()
        if self._is_head_always_synced or head.unsynced_count >= HEAD_SYNC_GROUPS:
            head.sync()
        return digest

    def poison(self, reason: str) -> None:
        """Refuse everything from now on; the first reason is kept.

        Parameters
        ----------
        reason : str
            For the message of every later error.
        """
        self.failure = self.failure or reason

    def begin_epoch(self, time_us: int) -> None:
        """Append the epoch frame of this writer and sync the head.

        Parameters
        ----------
        time_us : int
            Time stamp of the frame.
        """
        self._commit((), 0, FLAG_EPOCH, self.sequence + 1, self.sequence, 0, time_us)
        self._head.sync()

    def _roll(self) -> None:
        """Seal the current segment and go on in a new one."""
        failpoint("segment.before_seal")
        header = SegmentHeader(
            self._store_id,
            self._current.header.ordinal + 1,
            self._spares.segment_bytes,
            self.sequence + 1,
            self.digest,
            self.epoch,
        )
        segment = begin_segment(self._store, self._spares, header)
        segment.last_sequence = self.sequence
        self._live.add(segment)
        self._current = segment
        self._offset = HEADER_PAGE_BYTES
        self._check_disk()
        failpoint("segment.after_seal")
        for worker in self.workers:
            worker.wake()

    def sync_head(self) -> None:
        """Sync the head when a group waits for it; see `Journal.idle`."""
        if self.failure:
            raise JournalFailed(self.failure)
        if self._head.unsynced_count:
            try:
                self._head.sync()
            except BaseException as error:
                self.poison(f"a head sync failed ({error}); stop this process")
                raise

    def close(self) -> None:
        """Sync and close the head, unless poisoned, and refuse everything from now on."""
        try:
            if not self.failure:
                self._head.sync()
        finally:
            self.poison("the journal is closed")
            self._head.close()

    def low_disk(self) -> bool:
        """Tell whether the disk's reserve is touched; see `Journal.low_disk`."""
        if self._is_low_disk:
            self._check_disk()
        return self._is_low_disk

    def _check_disk(self) -> None:
        self._groups_to_disk_check = LOW_DISK_CHECK_GROUPS
        self._is_low_disk = self._store.free_bytes() < LOW_DISK_RESERVE_BYTES
