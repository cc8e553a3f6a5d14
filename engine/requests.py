"""Requests that wait for the writer, and how long it waits for more of them.

A group costs some 0.4 ms however many commands are in it. Callers that were answered together come
back one after another, and a group that begins with the first of them is small. So before a group
begins, the writer lets those come that its last group has answered, as long as they keep coming.
A lone caller is never waited for by itself.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from .errors import LimitReached
from .limits import GROUP_BYTES_MAX, QUEUE_REQUESTS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .ticket import Ticket

RETRY_QUEUE_US = 5_000

# However slowly callers come back one by one, those who are there do not wait for all of them.
_PAUSES_MAX: Final = 8


class Requests:
    """The queue in front of the writer. Any thread admits; only the writer gathers and takes.

    Attributes
    ----------
    gather_s : float
        How long the writer waits for one more of the callers that it has answered; 0 for not at
        all.
    """

    def __init__(self) -> None:
        self.gather_s = 0.0
        self._queue: deque[Ticket] = deque()
        self._answered = 0
        self._wanted = 0
        self._full = threading.Lock()
        self._full.acquire()

    def __len__(self) -> int:
        """Count the requests that wait."""
        return len(self._queue)

    def __iter__(self) -> Iterator[Ticket]:
        """Go through those that wait now, in order."""
        return iter(tuple(self._queue))

    def admit(self, ticket: Ticket) -> None:
        """Queue a request.

        Raises
        ------
        LimitReached
            The queue is full.
        """
        queue = self._queue
        if len(queue) >= QUEUE_REQUESTS_MAX:
            raise LimitReached(
                f"queue: found {len(queue)} waiting requests, expected fewer than "
                f"{QUEUE_REQUESTS_MAX}; slow down",
                RETRY_QUEUE_US,
            )
        queue.append(ticket)
        if 0 < self._wanted <= len(queue) and self._full.locked():
            try:
                self._full.release()
            except RuntimeError:
                # Another thread let the writer go between the two lines; once is enough.
                return

    def gather(self) -> None:
        """Wait for the callers that the last group has answered, as long as they keep coming."""
        wanted, seen = self._answered, len(self._queue)
        if not 0 < seen < wanted or not self.gather_s:
            return
        # One that was let go too late for its own group is of no use for this one.
        self._full.acquire(blocking=False)
        self._wanted = wanted
        for _ in range(_PAUSES_MAX):
            # The last one may have come before it could know that it was wanted.
            if len(self._queue) >= wanted or self._full.acquire(timeout=self.gather_s):
                break
            if len(self._queue) == seen:
                break
            seen = len(self._queue)
        self._wanted = 0

    def take(self) -> list[Ticket]:
        """Take what makes up one group."""
        queue, size = self._queue, 0
        tickets: list[Ticket] = []
        while queue and size < GROUP_BYTES_MAX // 4:
            ticket = queue.popleft()
            tickets.append(ticket)
            if ticket.batch is not None and ticket.message:
                size += 64 * (ticket.batch.count + ticket.batch.line_count)
        self._answered = sum(ticket.waiting for ticket in tickets)
        return tickets
