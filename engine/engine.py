"""The engine: one writer, group commit by flat combining, recovery, snapshots.

Callers put requests into one queue. Whoever finds no writer at work becomes the writer for all that
wait: it takes the queue, decides run by run, writes one frame, syncs once and answers everyone.
What arrives meanwhile is the next group. There is no writer thread; a timer is used only to let
callers come back that were answered together, see `requests`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, cast

from . import snapshot
from .border import check_border
from .errors import InvalidRequest
from .group import GroupWriter
from .journal import Detect, Journal
from .keys import KeyTable, check_key, fingerprint_of
from .limits import KEYS_MAX, Capacity
from .recover import keep_rings, open_journal, recover_state
from .requests import Requests
from .schema import Counter
from .scrub import scrub
from .segments import SEGMENT_BYTES
from .state import State
from .ticket import Reply, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from .batch import Batch
    from .files import Store
    from .ports import Clock, Listener, Observer

T = TypeVar("T")


class Engine:
    """A site's engine over its store. Use `Engine.create` or `Engine.open`.

    Call from any thread that no signal interrupts: an exception in the middle may keep the writer.

    Attributes
    ----------
    requests : Requests
        What waits for the writer.
    """

    def __init__(
        self, journal: Journal, store: Store, clock: Clock, state: State, keys: KeyTable
    ) -> None:
        self.state = state
        self.fatal: BaseException | None = None
        self._journal = journal
        self._store = store
        self._clock = clock
        self._keys = keys
        self.requests = Requests()
        self._writer = threading.Lock()
        self._snapshot_lock = threading.Lock()
        self._group = GroupWriter(journal, clock, state, keys)

    # -- opening and closing ------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        store: Store,
        clock: Clock,
        site: str,
        *,
        store_id: bytes,
        capacity: Capacity | None = None,
        detect: Detect = "lag",
        segment_bytes: int = SEGMENT_BYTES,
        keys_max: int = KEYS_MAX,
    ) -> Engine:
        """Make a new store and open it.

        Parameters
        ----------
        store : Store
            Empty data directory.
        clock : Clock
            Read by the writer only.
        site : str
            Name of the site.
        store_id : bytes
            16 random bytes.
        capacity, detect, segment_bytes, keys_max
            As in `open`.

        Raises
        ------
        StoreMismatch, StoreInUse, JournalFailed
            See the errors' own texts.
        """
        journal = Journal.create(
            store,
            site,
            store_id=store_id,
            created_us=clock.now_us(),
            ring_rows=(capacity or Capacity()).rings,
            segment_bytes=segment_bytes,
            detect=detect,
        )
        journal.close()
        return cls.open(
            store,
            clock,
            capacity=capacity,
            detect=detect,
            segment_bytes=segment_bytes,
            keys_max=keys_max,
        )

    @classmethod
    def open(
        cls,
        store: Store,
        clock: Clock,
        *,
        capacity: Capacity | None = None,
        detect: Detect = "lag",
        segment_bytes: int = SEGMENT_BYTES,
        keys_max: int = KEYS_MAX,
        rebuild_head: bool = False,
        background: bool = False,
    ) -> Engine:
        """Recover a store: newest snapshot, then the journal behind it.

        Parameters
        ----------
        store : Store
            Data directory.
        clock : Clock
            Read by the writer only.
        capacity : Capacity or None
            Rows per table, None for the defaults; may differ from the last opening, not below
            what is used, and not for rings.
        detect : {"lag", "full"}
            See `Journal.open`.
        segment_bytes : int
            Size of new journal segments.
        keys_max : int
            Idempotency keys kept, a power of two.
        rebuild_head : bool
            Accept a lost head file.
        background : bool
            Start the journal's threads (archive, spare segments).

        Raises
        ------
        StoreInUse, StoreMismatch, JournalCorrupt, JournalFailed
            See the errors' own texts.
        """
        state = State(capacity or Capacity())
        keys = KeyTable(keys_max)
        journal, manifest = open_journal(
            store,
            clock.now_us(),
            ring_rows=state.capacity.rings,
            detect=detect,
            segment_bytes=segment_bytes,
            rebuild_head=rebuild_head,
        )
        try:
            recover_state(journal, store, state, keys, manifest)
            keep_rings(journal, store, state)
        except BaseException:
            journal.close()
            raise
        if background:
            journal.start_background()
        return cls(journal, store, clock, state, keys)

    def close(self) -> None:
        """Finish what waits, sync the head and give the store back."""
        is_open = True
        while is_open:
            self._writer.acquire()
            is_passed_on = False
            try:
                is_open = bool(self.requests) and self.fatal is None
                if is_open:
                    is_passed_on = self._write_group()
                else:
                    self.fatal = self.fatal or InvalidRequest("the engine is closed")
                    self._journal.close()
            finally:
                if not is_passed_on:
                    self._release()

    # -- facts --------------------------------------------------------------------------------

    @property
    def durable_sequence(self) -> int:
        """Last durable sequence."""
        return self._journal.durable_sequence

    @property
    def catalogue_epoch(self) -> int:
        """Epoch of the catalogue: refs resolved under another one may mean something else."""
        return int(self.state.counters[Counter.CATALOGUE_EPOCH])

    @property
    def journal(self) -> Journal:
        """The journal, for reading."""
        return self._journal

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self.requests)

    @property
    def observer(self) -> Observer | None:
        """Is told what the writer did."""
        return self._group.observer

    @observer.setter
    def observer(self, observer: Observer | None) -> None:
        self._group.observer = self._journal.observer = observer

    def listen(self, listener: Listener | None) -> None:
        """Have a listener told what has changed from now on; None for nobody."""
        self._group.listener = listener

    # -- requests -----------------------------------------------------------------------------

    def enqueue(
        self,
        batch: Batch,
        *,
        key: bytes | None = None,
        message: bool = False,
        tenant: int = -1,
        actor: int = -1,
        catalogue_epoch: int | None = None,
        deadline_us: int = 0,
    ) -> Ticket:
        """Check a batch at the border and queue it.

        Parameters
        ----------
        batch : Batch
            Checked by `make_batch`.
        key : bytes or None
            UUIDv7 of 16 bytes; None for commands that need no idempotency (ticks).
        message : bool
            Whether the key stands for the whole batch; a batch of several commands is a message
            anyhow.
        tenant, actor : int
            Name rows, -1 for none.
        catalogue_epoch : int or None
            Epoch under which the batch's refs were resolved; compared when it is sequenced.
        deadline_us : int
            Latest time at which the batch may be sequenced, 0 for none.

        Returns
        -------
        Ticket
            For `wait`.

        Raises
        ------
        InvalidRequest, LimitReached
            The batch was refused; nothing was queued. Refusals that depend on the writer's turn
            (keys, deadline, catalogue epoch, disk) come from `wait`.
        """
        if self.fatal is not None:
            raise self.fatal
        check_border(batch, self.state)
        fingerprint = 0
        if key is not None:
            check_key(key)
            fingerprint = fingerprint_of(batch)
        ticket = Ticket(
            batch,
            key=key,
            fingerprint=fingerprint,
            message=message or batch.count > 1,
            tenant=tenant,
            actor=actor,
            deadline_us=deadline_us,
            catalogue_epoch=catalogue_epoch,
        )
        self.requests.admit(ticket)
        return ticket

    def call(
        self,
        make: Callable[[], tuple[Batch, bytes]],
        render: Callable[[Reply], T],
        *,
        tenant: int = -1,
        actor: int = -1,
        deadline_us: int = 0,
    ) -> T:
        """Have one command made, written and answered in the writer's turn: cheaper than in many.

        Parameters
        ----------
        make : callable
            Gives a batch of one command and its key; called once, by any thread, and must neither
            wait nor change anything.
        render : callable
            Makes what is returned out of the durable answer; as `make`.
        tenant, actor, deadline_us : int
            As in `enqueue`.

        Returns
        -------
        object
            What `render` gave.

        Raises
        ------
        SlotlineError
            What became of the request instead, refusals of `enqueue` included.
        """
        if self.fatal is not None:
            raise self.fatal
        ticket = Ticket(None, tenant=tenant, actor=actor, deadline_us=deadline_us)
        ticket.make, ticket.render = make, render
        self.requests.admit(ticket)
        self._drive(ticket)
        return cast("T", ticket.answer)

    def wait(self, ticket: Ticket) -> Reply:
        """Give a ticket's answer once it is durable, or raise; may write for everyone."""
        self._drive(ticket)
        return cast("Reply", ticket.answer)

    def submit(self, batch: Batch, **options: object) -> Reply:
        """`enqueue` and `wait`."""
        return self.wait(self.enqueue(batch, **options))  # type: ignore[arg-type]

    def read(self, query: Callable[[State], T]) -> tuple[T, int]:
        """Run a query in the writer's turn; answer when what it saw is durable.

        Parameters
        ----------
        query : callable
            Gets the state, must not change it, and returns values that are copies.

        Returns
        -------
        tuple
            The query's result and the sequence it reflects.
        """
        if self.fatal is not None:
            raise self.fatal
        ticket = Ticket(None, query)
        self.requests.admit(ticket)
        self._drive(ticket)
        return ticket.answer, ticket.sequence

    def _drive(self, ticket: Ticket) -> None:
        ticket.waiting = True
        try:
            while not ticket.done:
                if self._writer.acquire(blocking=False):
                    is_passed_on = False
                    try:
                        if not ticket.done:
                            is_passed_on = self._write_group()
                    finally:
                        if not is_passed_on:
                            self._release()
                else:
                    ticket.sleep()
        finally:
            ticket.waiting = False
            # Taken once, whoever waits again: the lock may be another's by then.
            following, ticket.following = ticket.following, None
            is_last, ticket.is_last = ticket.is_last, False
            if following is not None:
                following.wake()
            elif is_last:
                self._release()
        if ticket.error is not None:
            raise ticket.error

    def _release(self) -> None:
        self._writer.release()
        self._hand_over()

    def _hand_over(self) -> None:
        # A thread that began to wait after this copy finds the writer's lock free itself.
        for ticket in self.requests:
            if ticket.waiting:
                ticket.wake()
                return

    # -- the writer ---------------------------------------------------------------------------

    def _write_group(self) -> bool:
        """Write what waits; tells whether the writer's lock goes on to those who are answered."""
        if self.fatal is not None:
            # Queued after the failure was seen: never write on a state that is half changed.
            self._poison(self.fatal, [])
            return False
        self.requests.gather()
        tickets = self.requests.take()
        if not tickets:
            return False
        try:
            return self._group.write(tickets)
        except BaseException as error:
            self._poison(error, tickets)
            raise

    def _poison(self, error: BaseException, tickets: list[Ticket]) -> None:
        self.fatal = self.fatal or error
        while self.requests:
            tickets += self.requests.take()
        for ticket in tickets:
            ticket.error = ticket.error or error
            ticket.finish()

    # -- upkeep -------------------------------------------------------------------------------

    def idle(self) -> bool:
        """Sync the head when nobody writes; called by an upkeep thread. Tells whether it did."""
        if not self._group.has_unsynced_head or not self._writer.acquire(blocking=False):
            return False
        try:
            if self.fatal is not None:
                return False
            self._journal.idle()
            self._group.has_unsynced_head = False
        except BaseException as error:
            self._poison(error, [])
            raise
        finally:
            self._writer.release()
            self._hand_over()
        return True

    def scrub(self) -> None:
        """Compare every derived structure with its base rows, in the writer's turn.

        Raises
        ------
        InvariantBroken
            They disagree; the engine must stop.
        """
        self.read(scrub)

    def snapshot(self) -> int:
        """Write a snapshot beside the running writer and trim the journal behind the older one.

        Returns
        -------
        int
            The sequence from which recovery replays.
        """
        with self._snapshot_lock:
            with self._writer:
                start = snapshot.note_start(
                    self.state, self._keys, self._group.sequence, self._journal.chain
                )
            self._hand_over()
            if start.sequence in snapshot.sequences(self._store):
                return start.sequence  # nothing new; the one that is there stays as it is
            size, sha256 = snapshot.write_state(self._store, self.state, self._keys, start)
            # Whatever the copy saw is durable once the writer has finished its present group.
            with self._writer:
                end = snapshot.End(self._group.sequence, self._keys.forgotten_us)
            self._hand_over()
            if self.fatal is not None:
                raise self.fatal
            snapshot.publish(
                self._store,
                self._journal.identity.store_id,
                start,
                end,
                keys_capacity=self._keys.capacity,
                size_bytes=size,
                sha256=sha256,
            )
            snapshot.drop_old(self._store)
            self._journal.trim(snapshot.sequences(self._store)[0])
            return start.sequence
