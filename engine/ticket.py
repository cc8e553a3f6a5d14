"""A request that waits for the writer, and the answer that it gets."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from .batch import Batch
    from .state import State


@dataclass(frozen=True, slots=True)
class Reply:
    """The durable answer to a batch.

    Parameters
    ----------
    sequence : int
        Sequence of the batch's last command.
    time_us : int
        The writer's time stamp.
    outcome : dict of str to ndarray
        Outcome columns of the schema, one value per command.
    line_outcome : dict of str to ndarray
        Line outcome columns, one value per line.
    """

    sequence: int
    time_us: int
    outcome: dict[str, np.ndarray]
    line_outcome: dict[str, np.ndarray]


class Ticket:
    """One waiting request: a batch to sequence, or a query to answer in its turn.

    A thread that waits sleeps on a lock that is handed out taken; the writer releases it, either
    because the answer is there or because it is that thread's turn to write for everyone.
    """

    __slots__ = (
        "_wake",
        "actor",
        "answer",
        "batch",
        "catalogue_epoch",
        "deadline_us",
        "done",
        "error",
        "fingerprint",
        "following",
        "is_last",
        "key",
        "make",
        "message",
        "query",
        "render",
        "sequence",
        "tenant",
        "waiting",
    )

    def __init__(
        self,
        batch: Batch | None,
        query: Callable[[State], object] | None = None,
        *,
        key: bytes | None = None,
        fingerprint: int = 0,
        message: bool = False,
        tenant: int = -1,
        actor: int = -1,
        deadline_us: int = 0,
        catalogue_epoch: int | None = None,
    ) -> None:
        self.batch = batch
        self.query = query
        self.key = key
        self.fingerprint = fingerprint
        self.message = message
        self.tenant = tenant
        self.actor = actor
        self.deadline_us = deadline_us
        self.catalogue_epoch = catalogue_epoch
        self.answer: Any = None
        self.error: BaseException | None = None
        self.sequence = 0
        self.done = False
        self.waiting = False
        self.make: Callable[[], tuple[Batch, bytes]] | None = None
        self.render: Callable[[Reply], object] | None = None
        self.following: Ticket | None = None
        self.is_last = False
        self._wake = threading.Lock()
        self._wake.acquire()

    def sleep(self) -> None:
        """Sleep until woken; returns at once when woken before."""
        self._wake.acquire()

    def wake(self) -> None:
        """Wake the thread that sleeps, or the one that will."""
        if self._wake.locked():
            try:
                self._wake.release()
            except RuntimeError:
                # Another thread woke it between the two lines; once is enough.
                return

    def finish(self) -> None:
        """Let the waiting thread go; answer or error is set."""
        self.done = True
        self.wake()


def finish_all(tickets: list[Ticket]) -> bool:
    """Let the threads of a whole group go, one after another.

    Each thread that has its answer wakes the next one (`Engine.wait` does so when it returns). If
    all were woken at once they would fight for the interpreter, and every one that waits for it
    wakes up once per switch interval: at 64 callers this cost as much as the calls themselves.
    The last of them gives the writer's lock back: a group that began while answers are still being
    handed out would find but a few callers back in the queue, and small groups cost more a call.

    Parameters
    ----------
    tickets : list of Ticket
        Answers and errors are set.

    Returns
    -------
    bool
        Whether there is such a last one; if not, the lock is still the writer's to release.
    """
    first: Ticket | None = None
    alone: list[Ticket] = []
    for ticket in reversed(tickets):
        if ticket.waiting:
            ticket.is_last = first is None
            ticket.following = first
            first = ticket
        else:
            alone.append(ticket)
        ticket.done = True
    # Nobody passes these on: their threads come later, or had begun to wait just now.
    for ticket in alone:
        ticket.wake()
    if first is not None:
        first.wake()
    return first is not None
