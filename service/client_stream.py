"""The client's end of a bidirectional stream: a window of messages, answers in order, reconnection.

When the connection breaks, what is not answered is sent again in order under the same keys on a new
one. A message that the server refuses for now is sent again by itself; one that it refuses for good
ends the stream with its error.
"""

from __future__ import annotations

import time
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

import grpc

from ..engine.errors import InvalidRequest, PeerFault
from .joined import joined
from .retry import error_of_call, may_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from .retry import RetryPolicy

Item = TypeVar("Item")
Result = TypeVar("Result")


class WindowedStream(Generic[Item, Result]):
    """Sends items over a stream and gives their results in order.

    Parameters
    ----------
    method : callable
        Opens the stream over an iterator of bytes; gives an iterator of replies.
    encode : callable
        Item to bytes.
    decode : callable
        Item and reply to result.
    again : callable
        Item and its `Failure` to result: sends the item by itself, or raises its error.
    policy : RetryPolicy
        For reconnection: `timeout_s` bounds the time that an answer is waited for.
    join : callable or None
        Encoded items to one message, where several may be sent in one.
    split : callable
        A reply to the answers in it, in order.
    """

    def __init__(
        self,
        method: Callable[[Iterator[bytes]], Any],
        encode: Callable[[Item], bytes],
        decode: Callable[[Item, Any], Result],
        again: Callable[[Item, Any], Result],
        policy: RetryPolicy,
        join: Callable[[Sequence[bytes]], bytes] | None = None,
        split: Callable[[Any], Iterable[Any]] = lambda reply: (reply,),
    ) -> None:
        self._method = method
        self._encode = encode
        self._decode = decode
        self._again = again
        self._policy = policy
        self._join = join
        self._split = split
        self._pending: deque[tuple[Item, bytes]] = deque()
        self._attempt = 0
        self._waiting_s = 0.0
        self._error: Exception | None = None

    def run(self, items: Iterable[Item], window: int) -> Iterator[Result]:
        """Send items, at most `window` of them not answered at a time.

        Parameters
        ----------
        items : iterable
            Taken as the window allows.
        window : int
            1 or more.

        Returns
        -------
        iterator
            One result per item, in order. It raises a SlotlineError when an item was refused for
            good or the server was not reached in time, and what `items` or `encode` raised, behind
            the results of all items before.

        Raises
        ------
        InvalidRequest
            A window below 1.
        """
        if window < 1:
            raise InvalidRequest(f"window: found {window} messages, expected 1 or more")
        return self._results(iter(items), window)

    def _results(self, source: Iterator[Item], window: int) -> Iterator[Result]:
        while True:
            outbox: SimpleQueue[bytes | None] = SimpleQueue()
            for _, data in self._pending:
                outbox.put(data)
            call = self._method(self._requests(outbox))
            try:
                yield from self._exchange(call, outbox, source, window)
            except grpc.RpcError as failure:
                self._pause(failure)
            else:
                return
            finally:
                outbox.put(None)
                call.cancel()

    def _requests(self, outbox: SimpleQueue[bytes | None]) -> Iterator[bytes]:
        def poll() -> bytes | None:
            if outbox.empty():
                return None
            data = outbox.get()
            if data is None:
                outbox.put(None)  # the end is found again
            return data

        if self._join is None:
            return iter(outbox.get, None)
        return joined(outbox.get, poll, self._join)

    def _exchange(
        self, call: Any, outbox: SimpleQueue[bytes | None], source: Iterator[Item], window: int
    ) -> Iterator[Result]:
        pending = self._pending
        answers: deque[Any] = deque()
        is_open = self._error is None
        while True:
            while is_open and len(pending) < window:
                try:
                    item = next(source)
                    data = self._encode(item)
                except StopIteration:
                    is_open = False
                    break
                except Exception as error:  # what was sent takes effect: its answers come first
                    self._error, is_open = error, False
                    break
                pending.append((item, data))
                outbox.put(data)
            if not pending:
                if self._error is not None:
                    raise self._error
                return
            if not answers:
                if not self._attempt:
                    self._waiting_s = time.monotonic()
                reply = next(call, None)
                if reply is None:
                    raise PeerFault(
                        f"found the end of the stream, expected {len(pending)} more answers"
                    )
                answers.extend(self._split(reply))
            answer, item = answers.popleft(), pending[0][0]
            if answer.failure.code:
                result = self._again(item, answer.failure)
            else:
                result = self._decode(item, answer)
            pending.popleft()
            self._attempt = 0
            yield result

    def _pause(self, failure: grpc.RpcError) -> None:
        pause_s = self._policy.pause_s(self._attempt, 0)
        self._attempt += 1
        over = time.monotonic() + pause_s - self._waiting_s > self._policy.timeout_s
        if over or not may_retry(failure):
            raise error_of_call(failure) from failure
        time.sleep(pause_s)
