"""Bidirectional streams: many messages in flight, answers in the order of the messages.

A reader thread takes messages off the stream and queues them ahead, so that one group commit takes
many; the handler's thread waits for them in order and answers. What is in flight is bounded by
number and bytes: beyond that the reader stops reading, which slows the sender down. A message may
bring several, and several answers may go back in one, see `joined`.

A message that is refused is answered by a `Failure`; the stream goes on.
"""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import grpc

from ..engine.errors import LimitReached, SlotlineError
from . import status
from .caller import caller_of
from .calls import LOG
from .handlers import bulk_answer, enqueue_columns, split_columns
from .joined import JOINED_ANSWERS, join_answers, joined
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..engine.engine import Engine
    from ..engine.ticket import Ticket
    from .calls import Edge

    Caller = tuple[int, int]
    Split = Callable[[bytes], Sequence[Any]]
    Start = Callable[[Engine, Any, Caller, int], Any]
    Finish = Callable[[Engine, Any], bytes]
    IsReady = Callable[[Any], bool]
    StreamCall = Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]
    AnswerStream = Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]

STREAM_RETRY_US: Final = 1_000_000
_CLOSED: Final = -1


def failure_of(error: SlotlineError) -> slotline_pb2.Failure:
    """Make the message that stands for an error inside a stream."""
    return slotline_pb2.Failure(
        code=status.status_of(error).value[0],
        name=type(error).__name__,
        message=status.text_of(error),
        retry_after_us=status.advice_us(error),
    )


class Flight:
    """What is in flight on one stream, between its reader and its handler.

    Each count is written by one thread only: the reader takes room before it queues a message and
    learns from `_room` what the handler has answered.
    """

    def __init__(self, messages_max: int, bytes_max: int) -> None:
        self.queue: SimpleQueue[tuple[Any, int] | None] = SimpleQueue()
        self._held: list[tuple[Any, int] | None] = []
        self._room: SimpleQueue[int] = SimpleQueue()
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._messages = 0
        self._bytes = 0

    def take(self, size: int) -> bool:
        """Wait for room for a message; False when the handler is gone."""
        while self._messages and (
            self._messages >= self._messages_max or self._bytes + size > self._bytes_max
        ):
            freed = self._room.get()
            if freed == _CLOSED:
                return False
            self._messages -= 1
            self._bytes -= freed
        self._messages += 1
        self._bytes += size
        return True

    def get(self) -> tuple[Any, int] | None:
        """Give what was started next, with its size; None at the end of the stream."""
        return self._held.pop() if self._held else self.queue.get()

    def get_ready(self, is_ready: IsReady) -> tuple[Any, int] | None:
        """Give what was started next if it is there and needs no waiting, else None."""
        # Nobody else takes from the queue.
        if self._held or self.queue.empty():
            return None
        entry = self.queue.get()
        if entry is None or not (isinstance(entry[0], Exception) or is_ready(entry[0])):
            self._held.append(entry)
            return None
        return entry

    def give(self, size: int) -> None:
        """Give the room of an answered message back."""
        self._room.put(size)

    def close(self) -> None:
        """Let a waiting reader go."""
        self._room.put(_CLOSED)


class StreamHandler:
    """The handler of one streaming method.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    method : str
        Name of the method.
    start, finish : callable
        Start a message (may raise SlotlineError), and wait for what was started: gives the bytes of
        a `reply`.
    reply : type
        Message class with a field `failure`.
    slots : threading.Semaphore
        One per stream that may be open, shared by all streaming methods.
    split : callable
        Cuts what came as one message into those that are started.
    is_ready : callable or None
        Tells of what was started whether `finish` need not wait; callers may then ask for several
        answers in one message.
    """

    def __init__(
        self,
        edge: Edge,
        method: str,
        start: Start,
        finish: Finish,
        reply: Any,
        slots: threading.Semaphore,
        split: Split = lambda request: (request,),
        is_ready: IsReady | None = None,
    ) -> None:
        self._edge = edge
        self._method = method
        self._start = start
        self._finish = finish
        self._reply = reply
        self._slots = slots
        self._split = split
        self._is_ready = is_ready
        self._counters = edge.metrics.method(method)

    def __call__(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Answer a stream.

        Parameters
        ----------
        requests : iterator of bytes
            Messages.
        context : grpc.ServicerContext
            The call.

        Yields
        ------
        bytes
            One reply per message.
        """
        if not self._slots.acquire(blocking=False):
            bound = self._edge.bounds.streams_max
            error = LimitReached(
                f"{self._method}: found {bound} open streams, expected fewer than {bound}; "
                f"send over fewer streams",
                STREAM_RETRY_US,
            )
            self._edge.refuse(error, context, self._counters)
        bounds = self._edge.bounds
        flight = Flight(bounds.window_messages_max, bounds.window_bytes_max)
        try:
            engine = self._edge.engine
            caller = caller_of(context, engine)
            reader = threading.Thread(
                target=self._read, args=(engine, requests, context, caller, flight), daemon=True
            )
            reader.start()
            is_joined = JOINED_ANSWERS in context.invocation_metadata()
            yield from self._answers(engine, flight, self._is_ready if is_joined else None)
        except Exception as error:
            self._edge.refuse(error, context, self._counters)
        finally:
            flight.close()
            self._slots.release()

    def _read(
        self,
        engine: Engine,
        requests: Iterator[bytes],
        context: grpc.ServicerContext,
        caller: Caller,
        flight: Flight,
    ) -> None:
        try:
            for request in requests:
                if not self._start_all(engine, request, context, caller, flight):
                    return
        except grpc.RpcError:
            LOG.debug("%s: the caller has gone", self._method)
        finally:
            flight.queue.put(None)

    def _start_all(
        self,
        engine: Engine,
        request: bytes,
        context: grpc.ServicerContext,
        caller: Caller,
        flight: Flight,
    ) -> bool:
        """Start each message in a request; False when the handler is gone.

        A method of its own, so that nothing of a request is kept while the next one is waited for.
        """
        edge, start, put = self._edge, self._start, flight.queue.put
        try:
            parts = self._split(request)
        except Exception as error:  # told to the handler, which answers it
            is_open = flight.take(0)
            put((error, 0))
            return is_open
        for part in parts:
            size = len(part) if isinstance(part, bytes) else len(request)
            if not flight.take(size):
                return False
            try:
                put((start(engine, part, caller, edge.deadline_us(context)), size))
            except Exception as error:  # as above
                put((error, size))
        return True

    def _answers(self, engine: Engine, flight: Flight, is_ready: IsReady | None) -> Iterator[bytes]:
        def get() -> bytes | None:
            entry = flight.get()
            return None if entry is None else self._answer(engine, flight, *entry)

        def poll() -> bytes | None:
            entry = None if is_ready is None else flight.get_ready(is_ready)
            return None if entry is None else self._answer(engine, flight, *entry)

        return joined(get, poll, join_answers)

    def _answer(self, engine: Engine, flight: Flight, started: Any, size: int) -> bytes:
        """Wait for one message, give its room back and its answer."""
        start_ns = time.perf_counter_ns()
        answer: bytes
        try:
            if isinstance(started, Exception):
                raise started
            answer = self._finish(engine, started)
        except SlotlineError as error:
            if self._edge.check_failed() or self._edge.is_closing:
                raise
            self._counters.refuse(status.status_of(error).name)
            answer = self._reply(failure=failure_of(error)).SerializeToString()
        else:
            self._counters.done(start_ns)
        flight.give(size)
        return answer


def finish_columns(engine: Engine, ticket: Ticket) -> bytes:
    """Wait for a bulk message and give its reply's bytes."""
    return bulk_answer(engine.wait(ticket))


def bulk_stream(edge: Edge, slots: threading.Semaphore) -> StreamCall:
    """Give the handler of `BulkStream`."""
    return StreamHandler(
        edge,
        "BulkStream",
        enqueue_columns,
        finish_columns,
        slotline_pb2.BulkReply,
        slots,
        split_columns,
        lambda ticket: ticket.done,
    )


class AnswerHandler:
    """The handler of a method that answers one request by a stream.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    name : str
        Method.
    streams_max : int
        Streams of this method that may be open at once.
    answer : callable
        Takes request and call, yields the messages of the answer; may raise.
    """

    def __init__(self, edge: Edge, name: str, streams_max: int, answer: AnswerStream) -> None:
        self._edge = edge
        self._name = name
        self._streams_max = streams_max
        self._answer = answer
        self._counters = edge.metrics.method(name)
        self._slots = threading.BoundedSemaphore(streams_max)

    def __call__(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Answer a stream.

        Parameters
        ----------
        request : bytes
            The request.
        context : grpc.ServicerContext
            The call.

        Yields
        ------
        bytes
            Messages of the answer.
        """
        start_ns = time.perf_counter_ns()
        if not self._slots.acquire(blocking=False):
            bound = self._streams_max
            error = LimitReached(
                f"{self._name}: found {bound} open streams, expected fewer than {bound}",
                STREAM_RETRY_US,
            )
            self._edge.refuse(error, context, self._counters)
        try:
            yield from self._answer(request, context)
        except Exception as error:
            self._edge.refuse(error, context, self._counters)
        finally:
            self._slots.release()
        self._counters.done(start_ns)
