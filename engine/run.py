"""A run: commands of one kind that are decided together and share one record.

Waiting single commands of one kind are merged, and so are waiting messages of orders (`joined`);
any other bulk message is a run of its own. How requests are cut into runs never changes an outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import failpoints
from .batch import Batch
from .change import Change
from .decide import DECIDERS
from .decide_accept import decide_accept_run
from .decide_promises import decide_promise_run
from .joined import Joined, first_commands, join_messages
from .limits import RUN_COMMANDS_MAX, RUN_LINES_MAX
from .record import (
    FLAG_JOINED,
    FLAG_MESSAGE_KEY,
    FLAG_NO_KEY,
    KEY_ENTRY,
    Buffer,
    RecordWriter,
    Space,
)
from .schema import COMMAND_NUMBER, COMMANDS
from .single import Single, merge_singles
from .ticket import Reply, Ticket

if TYPE_CHECKING:
    from .ports import Touched
    from .state import State

JOIN_BYTES_MAX = 1 << 20
_ACCEPT = COMMAND_NUMBER["accept"]
_PROMISE = COMMAND_NUMBER["promise"]


class Run:
    """Tickets that are decided as one batch.

    Parameters
    ----------
    ticket : Ticket
        The first.
    first_sequence : int
        Sequence of its first command.
    time_us : int
        Time stamp of the group.
    """

    def __init__(self, ticket: Ticket, first_sequence: int, time_us: int) -> None:
        batch = _batch_of(ticket)
        self.first_sequence = first_sequence
        self.time_us = time_us
        self.count = batch.count
        self._kind = batch.kind
        self._tickets = [ticket]
        self._batch = batch
        self._line_count = batch.line_count
        self._joined: Joined | None = None
        self._left: list[Ticket] = []
        self._outcome: dict[str, np.ndarray] = {}
        self._line_outcome: dict[str, np.ndarray] = {}
        self.touched: Touched = {}
        self.parts: list[Buffer] = []
        self.size_bytes = 0

    def takes(self, ticket: Ticket) -> bool:
        """Whether a ticket may join: of the same kind, tenant, actor and form.

        A ticket that may must be added.
        """
        first, batch = self._tickets[0], _batch_of(ticket)
        if not (
            ticket.message == first.message
            and batch.kind == self._kind
            and ticket.tenant == first.tenant
            and ticket.actor == first.actor
            and (ticket.key is None) == (first.key is None)
        ):
            return False
        if not first.message:
            return self.count < RUN_COMMANDS_MAX and self._line_count < RUN_LINES_MAX
        if self._kind != _ACCEPT or first.key is None:
            return False
        if self._joined is None:
            self._joined = Joined(self._batch)
        return self._joined.take(batch)

    def add(self, ticket: Ticket) -> None:
        """Add a ticket that the run takes."""
        batch = _batch_of(ticket)
        self._tickets.append(ticket)
        self._line_count += batch.line_count
        self.count += batch.count

    def rest(self) -> Run | None:
        """Give a run of the commands that this one left undecided, None when there are none."""
        if not self._left:
            return None
        run = Run(self._left[0], self.first_sequence + self.count, self.time_us)
        for ticket in self._left[1:]:
            run.add(ticket)
        return run

    def decide(self, state: State) -> None:
        """Decide all commands and encode the record: outcome and after-images."""
        batches = [_batch_of(ticket) for ticket in self._tickets]
        is_cuttable = len(batches) > 1 and not self._tickets[0].message
        if len(batches) > 1:
            self._batch = merge(batches) if is_cuttable else join_messages(batches)
        batch = self._batch
        change = Change(state, self.time_us, may_cut=is_cuttable)
        self.touched = change.touched
        if self._kind == _ACCEPT:
            record = self._open_record(batch)
            self._outcome, self._line_outcome = decide_accept_run(change, batch, record)
        elif self._kind == _PROMISE:
            record = self._open_record(batch)
            self._outcome = decide_promise_run(change, batch, record)
        else:
            command = COMMANDS[self._kind]
            outcome = {f.name: np.zeros(batch.count, dtype=f.dtype) for f in command.outcome}
            DECIDERS[command.name](change, batch, outcome)
            if change.decided > 0:
                batch, outcome = self._cut(change.decided, outcome)
            record = self._open_record(batch)
            record.columns(Space.OUTCOME, outcome)
            change.write_images(record)
            self._outcome = outcome
        self.parts, self.size_bytes = record.finish()
        if self.size_bytes < JOIN_BYTES_MAX:
            # Many small buffers cost more in checksums and vectors than one copy.
            self.parts = [b"".join(self.parts)]

    def _cut(
        self, decided: int, outcome: dict[str, np.ndarray]
    ) -> tuple[Batch, dict[str, np.ndarray]]:
        """End the run before its first undecided command; see `rest`."""
        self._left = self._tickets[decided:]
        self._tickets = self._tickets[:decided]
        self.count = decided
        columns = {name: column[:decided] for name, column in self._batch.columns.items()}
        self._batch = Batch(self._kind, decided, 0, columns, {})
        return self._batch, {name: column[:decided] for name, column in outcome.items()}

    def _open_record(self, batch: Batch) -> RecordWriter:
        first = self._tickets[0]
        flags = FLAG_NO_KEY if first.key is None else 0
        if first.message:
            flags |= FLAG_JOINED if len(self._tickets) > 1 else FLAG_MESSAGE_KEY
        record = RecordWriter(
            batch,
            self.first_sequence,
            self.time_us,
            flags=flags,
            tenant=first.tenant,
            actor=first.actor,
        )
        if first.key is not None:
            keys = [KEY_ENTRY.pack(ticket.key, ticket.fingerprint) for ticket in self._tickets]
            if "key_kept_after_effect" in failpoints.planted:
                keys = []
            record.block(Space.KEYS, 0, len(keys), b"".join(keys))
        if flags & FLAG_JOINED:
            firsts = first_commands([_batch_of(ticket) for ticket in self._tickets])
            record.block(Space.MESSAGES, 0, firsts.size, firsts)
        record.commands(batch)
        return record

    def finish(self) -> None:
        """Let every waiting thread go."""
        for ticket in self._tickets:
            ticket.finish()

    def answer(self) -> None:
        """Give each ticket its reply; the run is durable."""
        if len(self._tickets) == 1:
            last = self.first_sequence + self.count - 1
            self._tickets[0].answer = Reply(last, self.time_us, self._outcome, self._line_outcome)
            return
        last = last_line = 0
        for ticket in self._tickets:
            batch = _batch_of(ticket)
            first, last = last, last + batch.count
            first_line, last_line = last_line, last_line + batch.line_count
            ticket.answer = Reply(
                self.first_sequence + last - 1,
                self.time_us,
                {name: array[first:last] for name, array in self._outcome.items()},
                {name: array[first_line:last_line] for name, array in self._line_outcome.items()},
            )


def merge(batches: list[Batch]) -> Batch:
    """Join batches of one command each into one batch of them all."""
    singles = [batch for batch in batches if isinstance(batch, Single)]
    if len(singles) == len(batches):
        return merge_singles(singles)
    first = batches[0]
    columns = {
        name: np.concatenate([batch.columns[name] for batch in batches]) for name in first.columns
    }
    line_count = sum(batch.line_count for batch in batches)
    lines = {
        name: np.concatenate([_spread(batch, name) for batch in batches]) for name in first.lines
    }
    return Batch(first.kind, len(batches), line_count, columns, lines)


def _spread(batch: Batch, name: str) -> np.ndarray:
    column = batch.lines[name]
    if column.size == batch.line_count:
        return column
    return np.repeat(column, batch.line_count)


def _batch_of(ticket: Ticket) -> Batch:
    if ticket.batch is None:
        raise TypeError("found a query, expected a ticket with a batch")
    return ticket.batch
