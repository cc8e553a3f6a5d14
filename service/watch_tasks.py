"""The handler of `WatchTasks`: what a worker holds, as it is now and whenever it has changed.

Every message shows the whole of it, so a stream that is opened again has missed nothing. After each
look a stream rests (`Bounds.watch_interval_us`): changes in between are one message, so that a slow
reader is not sent what is stale, and many streams do not keep the writer from its work. Only what
is durable is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..engine.limits import WATCHED_TASKS_MAX
from ..kernels.columns import NONE
from . import codes as code
from .batch_reading import (
    BatchFacts,
    TaskFacts,
    ToteFacts,
    batch_message,
    copy_batches,
    copy_tasks,
    copy_totes,
    live_tasks,
    task_message,
    tote_message,
)
from .codec import parse
from .streams import AnswerHandler
from .v1 import slotline_pb2
from .watching import BATCH, HANDLING_UNIT, STOCK, TASK, with_parents

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

    from ..engine.state import State
    from .calls import Edge
    from .streams import AnswerStream
    from .watching import Rows, Watcher

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2

METHOD: Final = "WatchTasks"


class Held(NamedTuple):
    """What a worker holds: a batch, its first live tasks and its totes; no batch for nothing."""

    batch: tuple[BatchFacts, ...] = ()
    tasks: tuple[TaskFacts, ...] = ()
    totes: tuple[ToteFacts, ...] = ()


def copy_held(state: State, worker: int) -> tuple[Held, Rows]:
    """Copy what a worker row holds, in the writer's turn.

    Parameters
    ----------
    state : State
        In the writer's turn.
    worker : int
        Row of the worker.

    Returns
    -------
    tuple
        What it holds, and the rows by table that this shows.
    """
    row = state.work.held.get(worker, NONE)
    if row == NONE:
        return Held(), {}
    live = live_tasks(state, row)
    tasks = copy_tasks(state, row, live[:WATCHED_TASKS_MAX])
    totes = copy_totes(state, row)
    units = (*(one.handling_unit for one in tasks), *(one.handling_unit for one in totes))
    rows = {
        BATCH: frozenset((row,)),
        # All of them: the batch tells how many there are, also of those beyond the first.
        TASK: frozenset(live.tolist()),
        STOCK: frozenset(one.stock for one in tasks),
        HANDLING_UNIT: with_parents(state, units),
    }
    return Held(tuple(copy_batches(state, [row])), tuple(tasks), tuple(totes)), rows


class HeldEncoder:
    """Encodes the messages of one stream; a task that has not changed is encoded once.

    Parts of a message that are encoded one by one and joined are the message: a decoder appends the
    elements of repeated fields in the order in which it finds them.

    Parameters
    ----------
    state : State
        Only codes are read, which never change.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: dict[TaskFacts, bytes] = {}

    def encode(self, held: Held, time_us: int, sequence: int) -> bytes:
        """Encode a message.

        Parameters
        ----------
        held : Held
            What the worker holds.
        time_us : int
            Time of the state that was read, microseconds UTC.
        sequence : int
            Last sequence that it reflects.

        Returns
        -------
        bytes
            A `WatchTasksReply`.
        """
        state, former = self._state, self._tasks
        # Only tasks of the last message are kept, so this is as bounded as a message is.
        self._tasks = {one: former.get(one) or self._encode_task(one) for one in held.tasks}
        others = pb.WatchTasksReply(
            sequence=sequence,
            time_us=time_us,
            batch=batch_message(state, held.batch[0]) if held.batch else None,
            totes=[tote_message(state, one) for one in held.totes],
        )
        return b"".join((others.SerializeToString(), *self._tasks.values()))

    def _encode_task(self, facts: TaskFacts) -> bytes:
        reply = pb.WatchTasksReply(tasks=[task_message(self._state, facts)])
        return bytes(reply.SerializeToString())


class _Shows:
    """All streams of `WatchTasks`.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def answer(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Yield messages `WatchTasksReply` that answer a `WatchTasksRequest`."""
        message = parse(pb.WatchTasksRequest, request)
        state = self._edge.engine.state
        worker = code.plain_ref(state.codes, "worker", message.worker)
        encoder = HeldEncoder(state)
        watcher = self._edge.watch.open(worker)
        shown: Held | None = None
        try:
            # A caller who goes ends rest and waiting; one who has gone does not.
            if not context.add_callback(watcher.end):
                return
            while context.is_active():
                held, time_us, sequence = self._look(watcher)
                if held != shown:
                    shown = held
                    yield encoder.encode(held, time_us, sequence)
                # Also after a look that found nothing new: looks take turns from the writer.
                watcher.rest(self._edge.bounds.watch_interval_us)
                watcher.wait()
        finally:
            self._edge.watch.close(watcher)

    def _look(self, watcher: Watcher) -> tuple[Held, int, int]:
        # Raises once the server stops or the engine has failed.
        engine, watch = self._edge.engine, self._edge.watch

        def look(state: State) -> tuple[Held, int]:
            held, rows = copy_held(state, watcher.worker)
            watch.show(watcher, rows)
            return held, state.time_us

        (held, time_us), sequence = engine.read(look)
        return held, time_us, sequence


def watch_call(edge: Edge) -> AnswerStream:
    """Give the handler of `WatchTasks`."""
    return AnswerHandler(edge, METHOD, edge.bounds.watch_streams_max, _Shows(edge).answer)
