"""Bidirectional streams: many messages in flight, answers in the order of the messages.

A reader thread takes messages off the stream and queues them ahead, so that one group commit takes
many; the handler's thread waits for them in order and answers. What is in flight is bounded by
number and bytes: beyond that the reader stops reading, which slows the sender down.

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
from .handlers import bulk_answer, enqueue_columns
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..engine.engine import Engine
    from ..engine.ticket import Ticket
    from .calls import Edge

    Caller = tuple[int, int]
    Start = Callable[[Engine, bytes, Caller, int], Any]
    Finish = Callable[[Engine, Any], bytes]
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
        Start a message (may raise SlotlineError), and wait for what was started.
    reply : type
        Message class with a field `failure`.
    slots : threading.Semaphore
        One per stream that may be open, shared by all streaming methods.
    """

    def __init__(
        self,
        edge: Edge,
        method: str,
        start: Start,
        finish: Finish,
        reply: Any,
        slots: threading.Semaphore,
    ) -> None:
        self._edge = edge
        self._method = method
        self._start = start
        self._finish = finish
        self._reply = reply
        self._slots = slots
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
            yield from self._answers(engine, flight)
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
        edge, start, put = self._edge, self._start, flight.queue.put
        try:
            for request in requests:
                size = len(request)
                if not flight.take(size):
                    return
                try:
                    put((start(engine, request, caller, edge.deadline_us(context)), size))
                except Exception as error:  # told to the handler, which answers it
                    put((error, size))
        except grpc.RpcError:
            LOG.debug("%s: the caller has gone", self._method)
        finally:
            put(None)

    def _answers(self, engine: Engine, flight: Flight) -> Iterator[bytes]:
        get, give, finish, done = (
            flight.queue.get,
            flight.give,
            self._finish,
            self._counters.done,
        )
        while (entry := get()) is not None:
            started, size = entry
            start_ns = time.perf_counter_ns()
            try:
                if isinstance(started, Exception):
                    raise started
                answer = finish(engine, started)
            except SlotlineError as error:
                if self._edge.check_failed() or self._edge.is_closing:
                    raise
                self._counters.refuse(status.status_of(error).name)
                answer = self._reply(failure=failure_of(error)).SerializeToString()
            else:
                done(start_ns)
            give(size)
            yield answer


def finish_columns(engine: Engine, ticket: Ticket) -> bytes:
    """Wait for a bulk message and give its reply's bytes."""
    return bulk_answer(engine.wait(ticket))


def bulk_stream(edge: Edge, slots: threading.Semaphore) -> StreamCall:
    """Give the handler of `BulkStream`."""
    return StreamHandler(
        edge, "BulkStream", enqueue_columns, finish_columns, slotline_pb2.BulkReply, slots
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
