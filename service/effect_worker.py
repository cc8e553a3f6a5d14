"""A worker for one endpoint: takes effects in order per entity, tries again, parks what fails.

>>> EffectWorker(client, "erp", post_to_erp).run()  # doctest: +SKIP

The cursor of the endpoint never passes an effect that is neither taken nor parked. An effect may be
delivered again when this process or the server has died in between, so the handler must be
harmless when called twice; sequence, kind and entity name an effect for good. As long as the worker
lives it remembers what it has taken and calls the handler once.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Final

import grpc

from ..engine.errors import UnknownEntity
from .retry import error_of_call, may_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .client import SlotlineClient
    from .v1 import slotline_pb2 as pb

    Handler = Callable[[pb.Effect], object]
    Entity = tuple[int, int]
    Name = tuple[int, int, int, int]

_REPLIES_AHEAD: Final = 2
_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class EffectPolicy:
    """How a worker tries and how far it goes ahead.

    Parameters
    ----------
    attempts_max : int
        Calls of the handler for one effect before it is parked.
    pause_min_s, pause_max_s : float
        Back-off between them: doubles from the first to the second, with jitter of a half.
    ack_s : float
        Time between acknowledgements while there is work; each is one sync of the server's disk.
    window : int
        Effects delivered and neither taken nor parked; beyond it no more are read.
    """

    attempts_max: int = 6
    pause_min_s: float = 0.1
    pause_max_s: float = 10.0
    ack_s: float = 0.2
    window: int = 1_000

    def pause_s(self, attempts: int) -> float:
        """Give the pause after so many failed attempts."""
        limit_s = min(self.pause_max_s, self.pause_min_s * (1 << (attempts - 1)))
        return limit_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers only


@dataclass(slots=True)
class _Job:
    """An effect that waits for its turn or its next attempt; `letter` is 0 for no dead letter."""

    effect: pb.Effect
    letter: int = 0
    attempts: int = 0
    entity: Entity = field(init=False)

    def __post_init__(self) -> None:
        self.entity = (self.effect.entity_kind, self.effect.entity)


class EffectWorker:
    """Delivers the effects of one endpoint to a handler, in one thread.

    Parameters
    ----------
    client : SlotlineClient
        Connected.
    endpoint : str
        Whose cursor counts; one worker at a time.
    handler : callable
        Gets an effect; raising means that it was not taken.
    kinds : sequence of int
        Members of `EffectKind`, none for all.
    policy : EffectPolicy, optional
        How to try.
    """

    def __init__(
        self,
        client: SlotlineClient,
        endpoint: str,
        handler: Handler,
        *,
        kinds: Sequence[int] = (),
        policy: EffectPolicy | None = None,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._handler = handler
        self._kinds = kinds
        self._policy = policy or EffectPolicy()
        self._stopped = threading.Event()
        self._taken: dict[Name, None] = {}
        self._acknowledged = 0
        self._forget_queues()

    def stop(self) -> None:
        """Make `run` return after the handler's present call; any thread may call it."""
        self._stopped.set()

    def run(self, *, until_idle: bool = False) -> None:
        """Deliver until `stop` is called; the last acknowledgement is made before it returns.

        Parameters
        ----------
        until_idle : bool
            Return when everything durable at the beginning is taken or parked.

        Raises
        ------
        SlotlineError
            The server refused, or another worker took the endpoint over.
        """
        attempt = 0
        while not self._stopped.is_set():
            self._forget_queues()
            call = self._client.open_effects(
                self._endpoint, kinds=self._kinds, follow=not until_idle
            )
            replies: Queue[Any] = Queue(_REPLIES_AHEAD)
            reader = threading.Thread(target=self._read, args=(call, replies), daemon=True)
            reader.start()
            try:
                self._serve(replies)
                return
            except grpc.RpcError as failure:
                if not may_retry(failure):
                    raise error_of_call(failure) from failure
                attempt = 0 if self._complete else attempt + 1
                self._stopped.wait(self._client.policy.pause_s(min(attempt, 16), 0))
            finally:
                call.cancel()
                _drain(replies, reader)

    # -- reading ------------------------------------------------------------------------------

    def _read(self, call: Any, replies: Queue[Any]) -> None:
        last: Any = None
        try:
            for reply in call:
                replies.put(reply)
        except grpc.RpcError as failure:
            last = failure
        replies.put(last)

    def _forget_queues(self) -> None:
        self._queues: dict[Entity, deque[_Job]] = {}
        self._due: list[tuple[float, int, Entity]] = []
        self._open: dict[int, int] = {}
        self._parked: set[Entity] = set()
        self._complete = 0
        self._turn = 0
        self._count = 0

    def _serve(self, replies: Queue[Any]) -> None:
        is_open, next_ack_s = True, 0.0
        while not self._stopped.is_set() and (is_open or self._count):
            if is_open and self._count < self._policy.window:
                with suppress(Empty):
                    reply = replies.get(timeout=self._wait_s())
                    if isinstance(reply, grpc.RpcError):
                        self._acknowledge()
                        raise reply
                    is_open = reply is not None
                    if reply is not None:
                        self._take(reply)
            else:
                self._stopped.wait(self._wait_s())
            self._work()
            if time.monotonic() >= next_ack_s or not self._count:
                self._acknowledge()
                next_ack_s = time.monotonic() + self._policy.ack_s
        self._acknowledge()

    def _wait_s(self) -> float:
        if not self._due:
            return _POLL_S
        return min(max(self._due[0][0] - time.monotonic(), 0.0), _POLL_S)

    def _take(self, reply: Any) -> None:
        for letter in reply.replays:
            self._parked.discard((letter.effect.entity_kind, letter.effect.entity))
            self._add(_Job(letter.effect, letter.letter))
        for effect in reply.effects:
            if _name(effect) in self._taken:
                continue
            job = _Job(effect)
            self._open[effect.sequence] = self._open.get(effect.sequence, 0) + 1
            if job.entity in self._parked and self._hold(job):
                self._close(job)
            else:
                self._add(job)
        self._complete = max(self._complete, reply.sequence)

    def _add(self, job: _Job) -> None:
        queue = self._queues.setdefault(job.entity, deque())
        queue.append(job)
        self._count += 1
        if len(queue) == 1:
            self._plan(job.entity, 0.0)

    def _plan(self, entity: Entity, due_s: float) -> None:
        # The turn keeps entities that are due alike in the order in which they came.
        self._turn += 1
        heapq.heappush(self._due, (due_s, self._turn, entity))

    # -- working ------------------------------------------------------------------------------

    def _work(self) -> None:
        """Try what is due, each entity's first effect only, for as long as an ack may wait."""
        end_s = time.monotonic() + self._policy.ack_s
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, entity = heapq.heappop(self._due)
            job = self._queues[entity][0]
            try:
                self._handler(job.effect)
            except Exception as error:  # the handler's failure is what this class is about
                self._failed(job, error)
            else:
                self._done(job)
            if self._stopped.is_set() or time.monotonic() >= end_s:
                return

    def _done(self, job: _Job) -> None:
        if job.letter:
            # Somebody else may have resolved it meanwhile.
            with suppress(UnknownEntity):
                self._client.resolve_dead_letter(job.letter)
        self._leave(job)
        if job.entity in self._queues:
            self._plan(job.entity, 0.0)

    def _failed(self, job: _Job, error: Exception) -> None:
        job.attempts += 1
        if job.attempts < self._policy.attempts_max:
            self._plan(job.entity, time.monotonic() + self._policy.pause_s(job.attempts))
            return
        text = f"{type(error).__name__}: {error}"
        self._client.park_effect(self._endpoint, job.effect, text, attempts=job.attempts)
        self._parked.add(job.entity)
        self._leave(job)
        while job.entity in self._queues:
            behind = self._queues[job.entity][0]
            # Letters behind this one are parked again with it.
            if not behind.letter and not self._hold(behind):
                self._plan(job.entity, 0.0)
                return
            self._leave(behind)

    def _hold(self, job: _Job) -> bool:
        """Park an effect behind its entity's letters; False when there are none any more."""
        error = "held behind an earlier effect of the same entity"
        if self._client.park_effect(self._endpoint, job.effect, error, held=True):
            return True
        self._parked.discard(job.entity)
        return False

    def _leave(self, job: _Job) -> None:
        queue = self._queues[job.entity]
        queue.popleft()
        self._count -= 1
        if not queue:
            del self._queues[job.entity]
        if not job.letter:
            self._close(job)

    def _close(self, job: _Job) -> None:
        """Note that an effect is taken or parked."""
        sequence = job.effect.sequence
        self._taken[_name(job.effect)] = None
        left = self._open[sequence] - 1
        if left:
            self._open[sequence] = left
        else:
            del self._open[sequence]

    def _acknowledge(self) -> None:
        """Move the cursor to before the first effect that is neither taken nor parked."""
        sequence = min(self._complete, min(self._open, default=self._complete + 1) - 1)
        if sequence <= self._acknowledged:
            return
        self._acknowledged = self._client.ack_effects(self._endpoint, sequence)
        self._taken = {name: None for name in self._taken if name[0] > self._acknowledged}


def _name(effect: Any) -> Name:
    return effect.sequence, effect.kind, effect.entity_kind, effect.entity


def _drain(replies: Queue[Any], reader: threading.Thread) -> None:
    """Let the reader of a cancelled stream end."""
    while reader.is_alive():
        try:
            replies.get(timeout=_POLL_S)
        except Empty:
            continue
