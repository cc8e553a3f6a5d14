"""The writer's turn: one group of waiting requests becomes one durable frame.

The group is cut into runs of one kind; each run is decided and recorded, then everything is
written and synced once, and only then is anyone answered. The engine calls this with its writer's
lock held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import failpoints
from .apply import reply_columns
from .border import check_border
from .errors import (
    DeadlinePassed,
    InvariantBroken,
    JournalCorrupt,
    JournalFailed,
    KeyReused,
    LimitReached,
    SlotlineError,
    StaleVersion,
    StoreMismatch,
)
from .failpoints import failpoint
from .keys import check_key, fingerprint_of
from .limits import CLOCK_JUMP_MAX_US
from .record import read_records
from .run import Run
from .schema import Counter
from .ticket import Reply, Ticket, finish_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from .journal import Journal
    from .keys import KeyTable
    from .ports import Clock, Listener, Observer
    from .state import State

RETRY_DISK_US = 5_000_000


class GroupWriter:
    """Decides and commits groups.

    Parameters
    ----------
    journal : Journal
        Open.
    clock : Clock
        Read once per group.
    state : State
        Written in place.
    keys : KeyTable
        Keys known so far.

    Attributes
    ----------
    sequence : int
        Last sequence given; durable unless a group is being written.
    has_unsynced_head : bool
        Whether the head file was written since its last sync.
    observer : Observer or None
        Is told of each group.
    listener : Listener or None
        Is told of the rows that each run has changed, once they are durable.
    """

    def __init__(self, journal: Journal, clock: Clock, state: State, keys: KeyTable) -> None:
        self._journal = journal
        self._clock = clock
        self._state = state
        self._keys = keys
        self.sequence = journal.durable_sequence
        self.has_unsynced_head = False
        self.observer: Observer | None = None
        self.listener: Listener | None = None

    def write(self, tickets: list[Ticket]) -> bool:
        """Decide the tickets in order, make the group durable, answer and wake everyone.

        Parameters
        ----------
        tickets : list of Ticket
            In order of arrival.

        Returns
        -------
        bool
            As of `finish_all`: whether one of the answered threads releases the writer's lock.

        Raises
        ------
        InvariantBroken, JournalFailed
            The engine must stop; nobody was answered whose command is not durable.
        """
        time_us = self._stamp()
        runs: list[Run] = []
        repeats: list[tuple[Ticket, int]] = []
        is_low_disk = self._journal.low_disk()
        run: Run | None = None
        for ticket in tickets:
            if ticket.make is not None:
                if not self._make(ticket):
                    continue
            elif ticket.batch is None:
                self._close_run(run, runs)
                run = None
                self._answer_query(ticket)
                continue
            refusal = self._refusal(ticket, time_us, is_low_disk, repeats)
            if refusal is not None or ticket.sequence:
                ticket.error = refusal
                continue
            if run is None or not run.takes(ticket):
                self._close_run(run, runs)
                run = Run(ticket, self.sequence + 1, time_us)
            else:
                run.add(ticket)
            self._remember(run, ticket, time_us)
        self._close_run(run, runs)
        self._commit(runs, time_us)
        for ticket, sequence in repeats:
            self._repeat(ticket, sequence)
        for ticket in tickets:
            if ticket.render is not None and ticket.error is None:
                self._render(ticket, ticket.render)
        return finish_all(tickets)

    def _make(self, ticket: Ticket) -> bool:
        """Make the batch of a ticket; tells whether it may be sequenced."""
        assert ticket.make is not None
        try:
            batch, key = ticket.make()
            check_border(batch, self._state)
            ticket.batch, ticket.key = batch, check_key(key)
            ticket.fingerprint = fingerprint_of(batch)
        except InvariantBroken:
            raise
        except Exception as error:  # nothing was changed: the failure is its caller's alone
            ticket.error = error
        return ticket.error is None

    def _render(self, ticket: Ticket, render: Callable[[Reply], object]) -> None:
        try:
            ticket.answer = render(ticket.answer)
        except Exception as error:  # the command is durable, its caller gets no answer
            ticket.error = error

    def _stamp(self) -> int:
        now_us = self._clock.now_us()
        last_us = self._state.time_us
        if last_us and now_us > last_us + CLOCK_JUMP_MAX_US:
            raise InvariantBroken(
                f"clock: found {now_us} us, expected at most {CLOCK_JUMP_MAX_US} us after "
                f"{last_us}; set the machine's clock and start again"
            )
        return max(now_us, last_us)

    def _refusal(
        self,
        ticket: Ticket,
        time_us: int,
        is_low_disk: bool,
        repeats: list[tuple[Ticket, int]],
    ) -> SlotlineError | None:
        key = ticket.key
        known = self._keys.get(key) if key is not None else None
        if known is not None:
            if (
                known.fingerprint != ticket.fingerprint
                and "fingerprint_ignored" not in failpoints.planted
            ):
                return KeyReused(
                    f"key {ticket.key.hex() if ticket.key else ''}: found other content than at "
                    f"sequence {known.sequence}; use a new key for a new command"
                )
            ticket.sequence = known.sequence
            repeats.append((ticket, known.sequence))
            return None
        if ticket.deadline_us and time_us > ticket.deadline_us:
            return DeadlinePassed(
                f"deadline: found {time_us} us, expected at most {ticket.deadline_us} us; nothing "
                f"was done, send it again under the same key"
            )
        found, expected = ticket.catalogue_epoch, self._state.counters[Counter.CATALOGUE_EPOCH]
        if found is not None and found != int(expected):
            return StaleVersion(
                f"catalogue epoch: found {found}, expected {int(expected)}; resolve the codes again"
            )
        if is_low_disk:
            return LimitReached(
                "disk: the reserve of free space is touched, writes wait until there is room",
                RETRY_DISK_US,
            )
        if key is not None:
            try:
                self._keys.check_age(key, time_us)
            except SlotlineError as error:
                return error
        return None

    def _remember(self, run: Run, ticket: Ticket, time_us: int) -> None:
        if ticket.key is not None and "key_kept_after_effect" not in failpoints.planted:
            count = ticket.batch.count if ticket.batch is not None else 0
            sequence = run.first_sequence + run.count - count
            self._keys.add(ticket.key, ticket.fingerprint, sequence, time_us)

    def _close_run(self, run: Run | None, runs: list[Run]) -> None:
        while run is not None:
            self._state.time_us = run.time_us
            run.decide(self._state)
            if "double_apply" in failpoints.planted:
                run.decide(self._state)
            runs.append(run)
            self.sequence += run.count
            run = run.rest()

    def _answer_query(self, ticket: Ticket) -> None:
        try:
            ticket.answer = ticket.query(self._state)  # type: ignore[misc]
        except InvariantBroken:
            raise
        except Exception as error:  # a query changes nothing: its failure is its caller's alone
            ticket.error = error
        ticket.sequence = self.sequence

    def _commit(self, runs: list[Run], time_us: int) -> None:
        if not runs:
            return
        if "reply_before_durable" in failpoints.planted:
            for run in runs:
                run.answer()
                run.finish()
        frame: list[Run] = []
        size = 0
        for run in runs:
            if frame and size + run.size_bytes > self._journal.payload_bytes_max:
                self._append(frame, time_us)
                frame, size = [], 0
            frame.append(run)
            size += run.size_bytes
        self._append(frame, time_us)
        for run in runs:
            run.answer()
        if self.listener is not None:
            for run in runs:
                self.listener.published(self._state, run.touched)

    def _append(self, runs: list[Run], time_us: int) -> None:
        first, last = runs[0], runs[-1]
        last_sequence = last.first_sequence + last.count - 1
        buffers = [part for run in runs for part in run.parts]
        failpoint("engine.before_append")
        self._journal.append(buffers, first.first_sequence, last_sequence, len(runs), time_us)
        failpoint("engine.after_append")
        self.has_unsynced_head = True
        if self.observer is not None:
            self.observer.group_written(
                last_sequence - first.first_sequence + 1, sum(run.size_bytes for run in runs)
            )

    def _repeat(self, ticket: Ticket, sequence: int) -> None:
        """Answer from the journal; what cannot be read there is this caller's misfortune alone."""
        try:
            ticket.answer = self._answer_again(ticket, sequence)
        except (JournalCorrupt, JournalFailed, StoreMismatch) as error:
            # A failure's advice, to stop, is for whoever writes.
            reason = str(error).partition("; nothing more")[0]
            ticket.error = JournalCorrupt(
                f"sequence {sequence}: the command took effect, but its answer cannot be read "
                f"again: {reason}"
            )

    def _answer_again(self, ticket: Ticket, sequence: int) -> Reply:
        """Read an old answer again from the journal, where it is durable by now."""
        frame = self._journal.find(sequence)
        for record in read_records(frame.payload):
            if record.first_sequence <= sequence <= record.last_sequence:
                # As it was written, not as it is asked for: the same key may come in both forms.
                first, last = record.request_at(sequence - record.first_sequence)
                outcome, lines = reply_columns(record, first, last)
                last_sequence = record.first_sequence + last - 1
                return Reply(last_sequence, record.time_us, outcome, lines)
        raise JournalCorrupt(
            f"found no record of sequence {sequence} in the frame of sequences "
            f"{frame.first_sequence} to {frame.last_sequence}, expected one"
        )
