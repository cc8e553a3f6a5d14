"""What every handler shares: the engine that may not be there yet, deadlines, refusals, counting.

Handlers get raw bytes and give raw bytes, so that parsing is ours: garbage is the caller's mistake
(INVALID_ARGUMENT), never an internal error.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from ..engine.errors import DeadlinePassed, LimitReached, PeerUnavailable
from . import status
from .watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from ..engine.engine import Engine
    from ..engine.ports import Clock
    from .metrics import MethodMetrics, Metrics
    from .outbox import Outbox

    Call = Callable[[bytes, grpc.ServicerContext], bytes]

LOG: Final = logging.getLogger("slotline.service")

RECOVERY_RETRY_US: Final = 200_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of the edge.

    Parameters
    ----------
    request_bytes_max : int
        Size of one single call.
    message_bytes_max : int
        Size of one bulk message, and of anything that gRPC takes in at all.
    deadline_max_us : int
        Longest time that a call may wait; calls without a deadline get this one.
    streams_max : int
        Streams of commands and queries at once.
    effect_streams_max : int
        Streams of effects at once.
    watch_streams_max : int
        Streams that watch a worker's tasks at once.
    watch_interval_us : int
        Rest of such a stream between two looks, during which changes gather into one message.
    window_messages_max, window_bytes_max : int
        Messages of one stream that are enqueued and not answered yet.
    rows_max : int
        Rows in one reply of a query.
    page_bytes_max : int
        Bytes in one page of an export.
    """

    request_bytes_max: int = 1024 * 1024
    message_bytes_max: int = 16 * 1024 * 1024
    deadline_max_us: int = 60_000_000
    streams_max: int = 16
    effect_streams_max: int = 16
    watch_streams_max: int = 256
    watch_interval_us: int = 100_000
    window_messages_max: int = 32
    window_bytes_max: int = 16 * 1024 * 1024
    rows_max: int = 10_000
    page_bytes_max: int = 4 * 1024 * 1024


class Edge:
    """The service's side of the engine.

    Parameters
    ----------
    clock : Clock
        For deadlines.
    metrics : Metrics
        Counters.
    bounds : Bounds
        Bounds of the edge.
    """

    def __init__(self, clock: Clock, metrics: Metrics, bounds: Bounds) -> None:
        self.clock = clock
        self.metrics = metrics
        self.bounds = bounds
        self.watch = Watch()
        self.failed = threading.Event()
        self.is_closing = False
        self._engine: Engine | None = None
        self._outbox: Outbox | None = None

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises
        ------
        PeerUnavailable
            It is not recovered yet, or being closed.
        """
        engine = self._engine
        if engine is None or self.is_closing:
            raise PeerUnavailable(
                f"found a server that is {'stopping' if self.is_closing else 'recovering'}, "
                f"expected a serving one; send the same call again"
            )
        return engine

    @property
    def engine_or_none(self) -> Engine | None:
        """The engine, None while it is not recovered."""
        return self._engine

    @property
    def outbox(self) -> Outbox:
        """Cursors and dead letters; raises as `engine`."""
        engine, outbox = self.engine, self._outbox
        assert engine is not None
        assert outbox is not None
        return outbox

    def open(self, engine: Engine, outbox: Outbox) -> None:
        """Serve with an engine and its outbox from now on."""
        engine.observer = self.metrics
        engine.listen(self.watch)
        self._outbox = outbox
        self._engine = engine

    def begin_closing(self) -> None:
        """Refuse calls from now on, and end the streams that wait for something to happen."""
        self.is_closing = True
        self.watch.end_all()

    def check_failed(self) -> bool:
        """Tell whether the engine has failed for good, and make it known if so."""
        engine = self._engine
        if engine is None or engine.fatal is None or self.is_closing:
            return False
        self.failed.set()
        return True

    def deadline_us(self, context: grpc.ServicerContext) -> int:
        """Give the latest time at which a call may be sequenced.

        Raises
        ------
        DeadlinePassed
            The caller's deadline is over.
        """
        left_us = self.bounds.deadline_max_us
        # Without a deadline this is a very long time.
        left_us = int(min(context.time_remaining() * 1e6, left_us))
        if left_us <= 0:
            raise DeadlinePassed("deadline: found a call that is late already; nothing was done")
        return self.clock.now_us() + left_us

    def unary(self, method: str, call: Call, *, is_bulk: bool = False) -> Call:
        """Wrap a call: bound its size, count it, turn errors into statuses."""
        counters = self.metrics.method(method)
        bytes_max = self.bounds.message_bytes_max if is_bulk else self.bounds.request_bytes_max
        now_ns = time.perf_counter_ns

        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            start_ns = now_ns()
            try:
                if len(request) > bytes_max:
                    raise LimitReached(
                        f"{method}: found {len(request)} bytes, expected at most {bytes_max}"
                    )
                answer = call(request, context)
            except Exception as error:
                self.refuse(error, context, counters)
            counters.done(start_ns)
            return answer

        return handle

    def refuse(
        self, error: Exception, context: grpc.ServicerContext, counters: MethodMetrics
    ) -> NoReturn:
        """End a call with the status of an error.

        Parameters
        ----------
        error : Exception
            What went wrong.
        context : grpc.ServicerContext
            The call.
        counters : MethodMetrics
            Counts it.
        """
        code = status.status_of(error)
        counters.refuse(code.name)
        self.check_failed()
        self.log_unexpected(error)
        context.set_trailing_metadata(status.trailing_metadata(error))
        context.abort(code, status.text_of(error))

    def log_unexpected(self, error: BaseException) -> None:
        """Log what should not happen, with its traceback."""
        if status.status_of(error) in (status.Code.INTERNAL, status.Code.DATA_LOSS):
            LOG.error("a call failed: %s", error, exc_info=error)
