"""The durable journal: append, read from, trim.

`append` returns only when its group is on disk: one vectored write and one sync of the data,
then an unsynced write of the head. The first error of the store poisons the journal for good;
the process must stop and recover in a new one. The journal does not know what records mean:
a payload is bytes plus the first and last sequence in it, and sequences have no gaps.

Threads: one writer at a time calls `append` and `idle`. `read_from`, `find`, `trim` and
`archive_sealed` may run in other threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .archive import ARCHIVE_FOLDER, Archive
from .errors import InvalidRequest, StoreMismatch
from .frame import GENESIS_DIGEST, HEADER_BYTES
from .head import IDENTITY_NAME, Mark, StoreIdentity, create_head, read_identity, write_identity
from .live import LiveSegments
from .reading import FIND_BLOCK_BYTES, READ_BLOCK_BYTES
from .recovery import Recovery
from .segments import (
    HEADER_PAGE_BYTES,
    JOURNAL_FOLDER,
    SEGMENT_BYTES,
    SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MIN,
    Segment,
    SegmentHeader,
    parse_names,
    segment_name,
)
from .spares import BackgroundWorker, SparePool, begin_segment
from .writer import FrameWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .archive import ItemIndexer
    from .files import Store
    from .frame import Buffer, Frame
    from .ports import Observer
    from .recovery import Anchor, Recovered

Detect = Literal["lag", "full"]

SNAPSHOT_FOLDER = "snapshots"


class Journal:
    """An open journal. Use `Journal.create` or `Journal.open`.

    Parameters
    ----------
    store : Store
        The locked store.
    identity : StoreIdentity
        Its name tag.
    recovered : Recovered
        Result of recovery.
    archive : Archive
        Its archive, loaded.
    segment_bytes : int
        Size of new segments.
    detect : {"lag", "full"}
        Whether the head is synced before `append` returns.
    """

    def __init__(
        self,
        store: Store,
        identity: StoreIdentity,
        recovered: Recovered,
        archive: Archive,
        *,
        segment_bytes: int,
        detect: Detect,
    ) -> None:
        self._store = store
        self._identity = identity
        self._dropped_bytes = recovered.dropped_bytes
        self._live = LiveSegments(recovered.segments, identity.store_id)
        self._spares = SparePool(store, segment_bytes)
        for number in recovered.spare_numbers:
            self._spares.adopt(number)
        self.archive = archive
        for segment in recovered.segments:
            segment.is_archived = archive.has(segment.header.ordinal)
        self._writer = FrameWriter(
            store, self._live, self._spares, recovered, is_head_always_synced=detect == "full"
        )
        self._is_closed = False

    # ---- life cycle ---------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        store: Store,
        site: str,
        *,
        store_id: bytes,
        created_us: int,
        ring_rows: Mapping[str, int] | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        detect: Detect = "lag",
        indexer: ItemIndexer | None = None,
    ) -> Journal:
        """Make a new store and open it.

        Parameters
        ----------
        store : Store
            An empty data directory, or one whose creation was cut short.
        site : str
            Name of the site.
        store_id : bytes
            16 random bytes.
        created_us : int
            Time now, microseconds UTC.
        ring_rows : mapping of str to int, optional
            See `StoreIdentity`.
        segment_bytes : int
            Size of segments, a multiple of 4096.
        detect : {"lag", "full"}
            See `open`.
        indexer : ItemIndexer or None
            See `open`.

        Returns
        -------
        Journal
            Empty, epoch 1.

        Raises
        ------
        StoreMismatch
            The directory holds a store already.
        StoreInUse
            Another process holds it.
        JournalFailed
            The file system refused.
        """
        _check_segment_bytes(segment_bytes)
        store.lock()
        try:
            _refuse_existing(store)
            for folder in (JOURNAL_FOLDER, ARCHIVE_FOLDER, SNAPSHOT_FOLDER):
                store.make_folder(folder)
            header = SegmentHeader(store_id, 1, segment_bytes, 1, GENESIS_DIGEST, 0)
            spares = SparePool(store, segment_bytes)
            begin_segment(store, spares, header).file.close()
            mark = Mark(0, 0, GENESIS_DIGEST, 1, HEADER_PAGE_BYTES)
            create_head(store, store_id, mark).close()
            write_identity(store, StoreIdentity(store_id, site, created_us, ring_rows or {}))
        finally:
            store.unlock()
        return cls.open(
            store, time_us=created_us, segment_bytes=segment_bytes, detect=detect, indexer=indexer
        )

    @classmethod
    def open(
        cls,
        store: Store,
        *,
        time_us: int,
        segment_bytes: int = SEGMENT_BYTES,
        detect: Detect = "lag",
        anchor: Anchor | None = None,
        indexer: ItemIndexer | None = None,
        rebuild_head: bool = False,
    ) -> Journal:
        """Recover a store and begin a new epoch in it.

        Parameters
        ----------
        store : Store
            The data directory.
        time_us : int
            Time stamp of the epoch frame.
        segment_bytes : int
            Size of new segments; older ones keep theirs.
        detect : {"lag", "full"}
            "full" syncs the head before each append returns, so that damage to any
            acknowledged group is told from a torn tail; "lag" syncs it when idle and every
            64 groups.
        anchor : Anchor or None
            Sequence and chain digest of a snapshot: verify from its segment on only.
        indexer : ItemIndexer or None
            Extracts item refs for the archive's index.
        rebuild_head : bool
            Accept a journal whose head file is lost.

        Returns
        -------
        Journal
            Ready to append after `durable_sequence`.

        Raises
        ------
        StoreInUse, StoreMismatch, JournalCorrupt, JournalFailed
            See the errors' own texts.
        """
        _check_segment_bytes(segment_bytes)
        store.lock()
        recovered: Recovered | None = None
        try:
            identity = read_identity(store)
            recovered = Recovery(store, identity.store_id, anchor).run(rebuild_head=rebuild_head)
            archive = Archive(store, identity.store_id, indexer)
            archive.load(recovered.segments[0].header.ordinal)
            journal = cls(
                store, identity, recovered, archive, segment_bytes=segment_bytes, detect=detect
            )
            journal._writer.begin_epoch(time_us)
        except BaseException:
            if recovered is not None:
                recovered.head.close()
                for segment in recovered.segments:
                    segment.file.close()
            store.unlock()
            raise
        return journal

    def start_background(self) -> None:
        """Start the threads that archive sealed segments and prepare spares.

        An error in either is raised by the next `append`.
        """
        for name, step in (
            ("journal-archive", self.archive_sealed),
            ("journal-spares", self._prepare_spares),
        ):
            worker = BackgroundWorker(name, step)
            worker.start()
            self._writer.workers.append(worker)

    def _prepare_spares(self) -> None:
        while self._spares.prepare():
            pass

    def close(self) -> None:
        """Stop the threads, sync the head, close all files and give the lock back."""
        if self._is_closed:
            return
        self._is_closed = True
        for worker in self._writer.workers:
            worker.stop()
        try:
            self._writer.close()
        finally:
            self._spares.close()
            self._live.close()
            self._store.unlock()

    # ---- facts ---------------------------------------------------------------------------

    @property
    def identity(self) -> StoreIdentity:
        """Store id, site and time of creation."""
        return self._identity

    @property
    def where(self) -> str:
        """Where the store's files lie, for what is kept beside them."""
        return self._store.where

    @property
    def durable_sequence(self) -> int:
        """Last durable sequence; 0 when there is none."""
        return self._writer.sequence

    @property
    def chain(self) -> bytes:
        """Chain digest of the last durable frame, 32 bytes."""
        return self._writer.digest

    @property
    def epoch(self) -> int:
        """Epoch of this writer."""
        return self._writer.epoch

    @property
    def first_live_sequence(self) -> int:
        """First sequence that is still in a live segment, not only in the archive."""
        return self._live.segments()[0].header.first_sequence

    @property
    def dropped_bytes(self) -> int:
        """Bytes behind the last good frame that opening found dirty and zeroed."""
        return self._dropped_bytes

    @property
    def payload_bytes_max(self) -> int:
        """Largest payload of one group."""
        return self._writer.payload_bytes_max

    @property
    def workers(self) -> list[BackgroundWorker]:
        """The background threads; empty before `start_background`."""
        return self._writer.workers

    def live_segments(self) -> list[Segment]:
        """Return the segments that are not trimmed, oldest first; the last takes appends.

        Returns
        -------
        list of Segment
            A copy of the list; the segments themselves are the journal's.
        """
        return self._live.segments()

    def low_disk(self) -> bool:
        """Tell whether the disk's reserve is touched and writes should be refused.

        Returns
        -------
        bool
            Looked up every 256 groups and at each new segment, and on each call while low.
        """
        return self._writer.low_disk()

    @property
    def observer(self) -> Observer | None:
        """Is told how long each group's sync took; None in the beginning."""
        return self._writer.observer

    @observer.setter
    def observer(self, observer: Observer | None) -> None:
        self._writer.observer = observer

    # ---- append --------------------------------------------------------------------------

    def append(
        self,
        buffers: Sequence[Buffer],
        first_sequence: int,
        last_sequence: int,
        record_count: int,
        time_us: int,
    ) -> None:
        """Make one group durable.

        Parameters
        ----------
        buffers : sequence of bytes, memoryview or ndarray
            The payload, C-contiguous, not copied; the caller does not change it meanwhile.
        first_sequence, last_sequence : int
            Must begin at `durable_sequence` + 1.
        record_count : int
            Records in the payload.
        time_us : int
            Time stamp of the group.

        Raises
        ------
        InvariantBroken
            Wrong sequence. Nothing was written.
        LimitReached
            The payload is larger than `payload_bytes_max`. Nothing was written.
        JournalFailed
            The store refused, now or earlier; the group is not acknowledged.
        """
        self._writer.append(buffers, first_sequence, last_sequence, record_count, time_us)

    def idle(self) -> None:
        """Sync the head when a group waits for it; the writer calls this when it has no work.

        Raises
        ------
        JournalFailed
            The store refused, now or earlier.
        """
        self._writer.sync_head()

    # ---- archive, trim, read -------------------------------------------------------------

    def archive_sealed(self) -> int:
        """Archive every sealed segment that is not archived yet.

        Returns
        -------
        int
            Segments archived by this call.

        Raises
        ------
        JournalCorrupt
            A sealed segment is damaged.
        JournalFailed
            The store refused.
        """
        return self._live.archive_sealed(self.archive)

    def trim(self, sequence: int) -> int:
        """Let segments be used again that are archived and wholly up to `sequence`.

        Parameters
        ----------
        sequence : int
            Minimum of the snapshot, archive and endpoint cursors.

        Returns
        -------
        int
            Segments given up.

        Raises
        ------
        JournalFailed
            The store refused; the journal is poisoned.
        """
        try:
            return self._live.trim(sequence, self._spares)
        except BaseException as error:
            self._writer.poison(f"trimming failed ({error}); stop this process")
            raise

    def read_from(self, sequence: int) -> Iterator[Frame]:
        """Yield the durable frames from the one that holds `sequence`, archive included.

        Parameters
        ----------
        sequence : int
            First sequence wanted, from 1.

        Yields
        ------
        Frame
            In order, up to the sequence that is durable when the call begins. Payloads are
            copies that stay valid. Epoch frames are left out.

        Raises
        ------
        JournalCorrupt
            A frame is damaged, or older than everything kept.
        """
        return self._live.frames(self.archive, sequence, self._writer.sequence, READ_BLOCK_BYTES)

    def find(self, sequence: int) -> Frame:
        """Return the frame that holds one sequence.

        Parameters
        ----------
        sequence : int
            From 1 to `durable_sequence`.

        Returns
        -------
        Frame
            Its group.

        Raises
        ------
        InvalidRequest
            Not a durable sequence.
        JournalCorrupt
            The frame is damaged, or older than everything kept.
        """
        if not 1 <= sequence <= self._writer.sequence:
            raise InvalidRequest(f"sequence {sequence}, expected 1 to {self._writer.sequence}")
        return next(self._live.frames(self.archive, sequence, sequence, FIND_BLOCK_BYTES))


def _check_segment_bytes(segment_bytes: int) -> None:
    if (
        not SEGMENT_BYTES_MIN <= segment_bytes <= SEGMENT_BYTES_MAX
        or segment_bytes % HEADER_PAGE_BYTES
    ):
        raise InvalidRequest(
            f"segment size {segment_bytes}, expected a multiple of {HEADER_PAGE_BYTES} from "
            f"{SEGMENT_BYTES_MIN} to {SEGMENT_BYTES_MAX}"
        )


def _refuse_existing(store: Store) -> None:
    """Refuse to make a store where one is, even one whose name tag is lost."""
    if store.exists(IDENTITY_NAME):
        raise StoreMismatch(f"{store.where} holds a store already; open it, or name another folder")
    ordinals, _, _ = parse_names(store.names(JOURNAL_FOLDER))
    for ordinal in ordinals:
        file = store.open_file(segment_name(ordinal))
        try:
            # A creation that was cut short has written no frame.
            has_frames = any(file.read(HEADER_PAGE_BYTES, HEADER_BYTES))
        finally:
            file.close()
        if has_frames:
            raise StoreMismatch(
                f"{store.where} has frames in {segment_name(ordinal)} but no {IDENTITY_NAME}; "
                "restore that file, or name another folder"
            )
