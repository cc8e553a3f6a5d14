"""The gRPC server: settings, health, upkeep, and stopping when the engine has failed.

The synchronous server with flat combining in the engine: the handler that finds the writer idle
runs kernels and sync for everyone waiting. Health is SERVING only between recovery and failure.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from ..engine.errors import InvalidRequest, SlotlineError
from .atp import bulk_atp_call, bulk_atp_stream
from .calls import LOG, Bounds, Edge
from .clock import SystemClock
from .effects import effects_call, outbox_calls
from .handlers import bulk_call, command_calls
from .metrics import Metrics, MetricsServer, ServiceCollector
from .outbox import Outbox
from .queries import query_calls
from .streams import bulk_stream
from .upkeep import Upkeep
from .watch_tasks import watch_call
from .work_queries import work_query_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..engine.engine import Engine
    from ..engine.ports import Clock

    Handler = grpc.RpcMethodHandler[bytes, bytes]

SERVICE: Final = "slotline.v1.Slotline"
SWITCH_INTERVAL_S: Final = 0.001
EXIT_FATAL: Final = 70
"""Exit code after a failure of the journal or of an invariant (EX_SOFTWARE)."""

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
_POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server runs.

    Parameters
    ----------
    address : str
        Host and port, port 0 for a free one. Anything but loopback is the operator's decision.
    workers : int
        Threads for single calls; streams have threads of their own beside them.
    waiting_calls_max : int
        Calls in the server at once; one more is refused with RESOURCE_EXHAUSTED.
    bounds : Bounds
        Bounds of the edge.
    metrics_port : int or None
        Loopback port for Prometheus, 0 for a free one, None for no metrics.
    tick_s : float
        How often it is looked whether anything has expired.
    snapshot_s : float
        How often a snapshot is written when there is something new, 0 for never.
    scrub_s : float
        Time from one full scrub to the next, 0 for none.
    grace_s : float
        How long calls may finish when the server stops.
    gather_s : float
        How long the writer waits for one more of the callers that it has answered, 0 for not at
        all; see `engine.requests`.
    switch_interval_s : float
        The interpreter's switch interval. Short, since a thread that comes back from a sync would
        else wait 5 ms for its turn beside a busy one; but every waiting thread wakes up that often.
    """

    address: str = "127.0.0.1:0"
    workers: int = 64
    waiting_calls_max: int = 1_024
    bounds: Bounds = field(default_factory=Bounds)
    metrics_port: int | None = None
    tick_s: float = 1.0
    snapshot_s: float = 600.0
    scrub_s: float = 600.0
    grace_s: float = 5.0
    gather_s: float = 0.0006
    switch_interval_s: float = SWITCH_INTERVAL_S


def channel_options(options: ServerOptions) -> list[tuple[str, int]]:
    """Give the settings of the gRPC server; the echo of the benchmark takes the same.

    Parameters
    ----------
    options : ServerOptions
        How the server runs.

    Returns
    -------
    list of (str, int)
        Names and values of gRPC core.
    """
    size = options.bounds.message_bytes_max + 4096
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", size),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 8 * 1024),
        # One gateway may watch for everyone.
        (
            "grpc.max_concurrent_streams",
            max(128, 2 * options.workers) + options.bounds.watch_streams_max,
        ),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.http2.max_ping_strikes", 2),
        ("grpc.max_connection_idle_ms", 3_600_000),
    ]


def make_grpc_server(options: ServerOptions) -> grpc.Server:
    """Make the gRPC server, not started, without services.

    Parameters
    ----------
    options : ServerOptions
        How the server runs.

    Returns
    -------
    grpc.Server
        Sets the interpreter's switch interval as well.
    """
    sys.setswitchinterval(options.switch_interval_s)
    bounds = options.bounds
    threads = options.workers + bounds.streams_max + bounds.effect_streams_max
    threads += bounds.watch_streams_max
    return grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="call"),
        options=channel_options(options),
        maximum_concurrent_rpcs=options.waiting_calls_max,
    )


class _Methods(grpc.GenericRpcHandler):
    """Methods by their full name, bytes in and bytes out."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = {f"/{SERVICE}/{name}": handler for name, handler in handlers.items()}

    def service(self, handler_call_details: Any) -> Handler | None:
        """Give the handler of a method, None for one that is not ours."""
        return self._handlers.get(handler_call_details.method)


def method_handlers(edge: Edge) -> dict[str, Handler]:
    """Give the handlers of every method of the service.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.

    Returns
    -------
    dict of str to grpc.RpcMethodHandler
        By the method's name.
    """
    slots = threading.BoundedSemaphore(edge.bounds.streams_max)
    unary = {
        **command_calls(edge),
        **query_calls(edge),
        **work_query_calls(edge),
        "Bulk": bulk_call(edge),
        "BulkAtp": bulk_atp_call(edge),
        **outbox_calls(edge),
    }
    streams = {
        "BulkStream": bulk_stream(edge, slots),
        "BulkAtpStream": bulk_atp_stream(edge, slots),
    }
    return {
        **{name: grpc.unary_unary_rpc_method_handler(call) for name, call in unary.items()},
        **{name: grpc.stream_stream_rpc_method_handler(call) for name, call in streams.items()},
        "Effects": grpc.unary_stream_rpc_method_handler(effects_call(edge)),
        "WatchTasks": grpc.unary_stream_rpc_method_handler(watch_call(edge)),
    }


class Server:
    """A server over an engine.

    Parameters
    ----------
    options : ServerOptions
        How it runs.
    clock : Clock or None
        The engine's clock, for deadlines and ticks; None for the machine's.
    """

    def __init__(self, options: ServerOptions | None = None, clock: Clock | None = None) -> None:
        self.options = options or ServerOptions()
        self.metrics = Metrics()
        self.edge = Edge(clock or SystemClock(), self.metrics, self.options.bounds)
        self.port = 0
        self.metrics_port = 0
        self._health = health.HealthServicer()
        self._grpc = make_grpc_server(self.options)
        self._metrics_server: MetricsServer | None = None
        self._upkeep: Upkeep | None = None
        self._outbox: Outbox | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Listen. Until `open`, health says NOT_SERVING and calls are answered UNAVAILABLE.

        Raises
        ------
        InvalidRequest
            The address cannot be bound.
        """
        self._set_health(_NOT_SERVING)
        self._grpc.add_generic_rpc_handlers((_Methods(method_handlers(self.edge)),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        address = self.options.address
        try:
            self.port = self._grpc.add_insecure_port(address)
        except RuntimeError as error:
            raise InvalidRequest(
                f"address: found {address}, which cannot be bound; expected a free one"
            ) from error
        self._grpc.start()
        if self.options.metrics_port is not None:
            collector = ServiceCollector(self.metrics, lambda: self.edge.engine_or_none)
            self._metrics_server = MetricsServer(collector, self.options.metrics_port)
            self.metrics_port = self._metrics_server.port

    def open(self, engine: Engine) -> None:
        """Serve with a recovered engine; the server closes it when it stops."""
        journal = engine.journal
        try:
            self._outbox = Outbox(
                journal.where, journal.identity.store_id, journal.durable_sequence
            )
        except BaseException:
            engine.close()
            raise
        options = self.options
        engine.requests.gather_s = options.gather_s
        self.edge.open(engine, self._outbox)
        self._upkeep = Upkeep(
            self.edge,
            tick_s=options.tick_s,
            snapshot_s=options.snapshot_s,
            scrub_s=options.scrub_s,
        )
        self._upkeep.start()
        self._set_health(_SERVING)

    def request_stop(self) -> None:
        """Make `wait` return; safe in a signal handler."""
        self._stopped.set()

    def wait(self) -> int:
        """Wait until somebody asks to stop or the engine has failed.

        Returns
        -------
        int
            Exit code: 0, or 70 after a failure; health is NOT_SERVING by then.
        """
        while not self._stopped.wait(_POLL_S):
            if self.edge.check_failed():
                self._set_health(_NOT_SERVING)
                return EXIT_FATAL
        return 0

    def close(self) -> None:
        """Let calls finish, then close the engine and everything else."""
        self._set_health(_NOT_SERVING)
        self.edge.begin_closing()
        self._grpc.stop(self.options.grace_s).wait()
        if self._upkeep is not None:
            self._upkeep.close()
        if self._metrics_server is not None:
            self._metrics_server.close()
        if self._outbox is not None:
            self._outbox.close()
        engine = self.edge.engine_or_none
        if engine is not None:
            engine.close()

    def _set_health(self, value: int) -> None:
        for name in ("", SERVICE):
            self._health.set(name, value)


def run_server(
    options: ServerOptions,
    open_engine: Callable[[], Engine],
    *,
    ready: Callable[[Server], None] | None = None,
    started: Callable[[Server], None] | None = None,
    clock: Clock | None = None,
) -> int:
    """Listen, recover, serve until told to stop or until the engine fails.

    Parameters
    ----------
    options : ServerOptions
        How the server runs.
    open_engine : callable
        Recovers the engine; health is NOT_SERVING meanwhile.
    ready : callable, optional
        Called with the server once it serves.
    started : callable, optional
        Called with the server once it listens, to keep hold of it for `request_stop`.
    clock : Clock or None
        As in `Server`.

    Returns
    -------
    int
        0. After a failure of the engine the process ends at once with code 70: nothing may be
        answered any more, and a new process recovers what is durable.

    Raises
    ------
    SlotlineError
        The store cannot be opened, the address cannot be bound.
    """
    server = Server(options, clock)
    server.start()
    if started is not None:
        started(server)
    try:
        server.open(open_engine())
    except SlotlineError:
        server.close()
        raise
    # What recovery made stays. Every full collection would walk the dictionary of codes while all
    # callers wait (measured: 50 ms at 100,000 items and 500,000 stock rows).
    gc.collect()
    gc.freeze()
    if ready is not None:
        ready(server)
    code = server.wait()
    if code == EXIT_FATAL:
        _die(server)
    server.close()
    return code


def _die(server: Server) -> None:
    engine = server.edge.engine_or_none
    error = engine.fatal if engine is not None else None
    LOG.critical("the engine has failed", exc_info=error)
    sys.stderr.write(
        f"slotline: stopping with code {EXIT_FATAL}: {type(error).__name__}: {error}\n"
        f"slotline: nothing that was answered is lost; start again to recover\n"
    )
    sys.stderr.flush()
    # No clean-up: threads may be stuck in a sync, and nothing more may reach the disk.
    os._exit(EXIT_FATAL)
