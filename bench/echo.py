"""An empty gRPC echo: what the transport alone costs, to hold the service against.

The server has the service's own settings and answers every message with the same bytes, as many as
the service would give. Both are driven by the same functions of this module, over the same raw
bytes, so a ratio of two results is the price of everything behind the transport. A stream that says
so brings several messages in one and gets as many answers in one, as the service has it; to count
them the echo parses what carries them, as anybody must.

``python -m bench.echo [FOLDER]`` runs the server; it prints its port and serves until its input
closes. With a folder, one of its methods makes as many bytes durable there as a single call's group
has, before it answers: the floor of a durable call.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Self

import grpc
import numpy as np

from slotline.engine.errors import PeerFault
from slotline.service.joined import JOINED_ANSWERS, JOINED_MESSAGES_MAX, join_answers
from slotline.service.server import ServerOptions, make_grpc_server
from slotline.service.v1 import slotline_pb2 as pb

from .machine import SyncFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

UNARY: Final = "/slotline.bench.Echo/Unary"
SYNCED: Final = "/slotline.bench.Echo/Synced"
STREAM: Final = "/slotline.bench.Echo/Stream"
_SET: Final = "/slotline.bench.Echo/Set"
RECORD_BYTES: Final = 640
"""A group of one single call, as the journal writes it."""
_ROOT: Final = Path(__file__).resolve().parents[1]
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a closed loop measured.

    Attributes
    ----------
    calls : int
        Calls or messages answered.
    elapsed_s : float
        From the first to the last.
    p50_us, p99_us : float
        Time of one call, or of one message from sending to its answer.
    server_cpu_us : float
        CPU time of the server per call, 0 when its pid was not given.
    """

    calls: int
    elapsed_s: float
    p50_us: float
    p99_us: float
    server_cpu_us: float

    @property
    def calls_per_s(self) -> float:
        """Calls per second."""
        return self.calls / self.elapsed_s


class _Echo(grpc.GenericRpcHandler):
    """Answers with the bytes that were set."""

    def __init__(self, file: SyncFile | None) -> None:
        self._reply = b""
        self._file = file
        self._handlers = {
            UNARY: grpc.unary_unary_rpc_method_handler(self._unary),
            SYNCED: grpc.unary_unary_rpc_method_handler(self._synced),
            STREAM: grpc.stream_stream_rpc_method_handler(self._stream),
            _SET: grpc.unary_unary_rpc_method_handler(self._set),
        }

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """Give the handler of a method."""
        return self._handlers.get(handler_call_details.method)

    def _unary(self, _request: bytes, _context: grpc.ServicerContext) -> bytes:
        return self._reply

    def _synced(self, _request: bytes, context: grpc.ServicerContext) -> bytes:
        if self._file is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "found no folder to write into")
        else:
            self._file.append()
        return self._reply

    def _stream(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        if JOINED_ANSWERS not in context.invocation_metadata():
            for _ in requests:
                yield self._reply
            return
        counts = range(1, JOINED_MESSAGES_MAX + 1)
        replies = [self._reply, *(join_answers([self._reply] * count) for count in counts)]
        for request in requests:
            yield replies[len(pb.Columns.FromString(request).joined)]

    def _set(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._reply = request
        return b""


class EchoProcess:
    """An echo server in a process of its own. Use as a context manager.

    Parameters
    ----------
    reply : bytes
        What it answers.
    cores : collection of int, optional
        Cores that it may run on.
    directory : Path, optional
        Where the method `SYNCED` writes `RECORD_BYTES` before each answer; one call at a time.
    """

    def __init__(
        self, reply: bytes, cores: Collection[int] = (), directory: Path | None = None
    ) -> None:
        self._reply = reply
        self._cores = cores
        self._arguments = [] if directory is None else [str(directory)]
        self.target = ""
        self.pid = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.echo", *self._arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            raise PeerFault(f"echo: found {line!r}, expected the port of the server")
        self.pid = self._process.pid
        self.target = f"127.0.0.1:{int(line)}"
        if self._cores:
            pin_process(self.pid, self._cores)
        with grpc.insecure_channel(self.target, options=_OPTIONS) as channel:
            channel.unary_unary(_SET)(self._reply)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def pin_process(pid: int, cores: Collection[int]) -> None:
    """Let all threads of a process run on some cores only."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def cpu_us(pid: int) -> int:
    """Give the CPU time that a process has used, microseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK")


def measure_unary(
    target: str,
    method: str,
    request: Callable[[], bytes],
    *,
    callers: int,
    seconds: float,
    pid: int = 0,
) -> Rate:
    """Call in closed loops, each caller in a thread of its own on one connection.

    Parameters
    ----------
    target : str
        Host and port.
    method : str
        Full name of a unary method.
    request : callable
        Makes one request; called inside the loop by every caller.
    callers : int
        Loops at once.
    seconds : float
        How long, after a fifth of it as warm-up.
    pid : int
        Of the server, for its CPU time.

    Returns
    -------
    Rate
        Of all callers together.
    """
    with grpc.insecure_channel(target, options=_OPTIONS) as channel:
        call = channel.unary_unary(method)
        _unary_loops(call, request, callers, seconds / 5)
        before_us, start = cpu_us(pid) if pid else 0, time.perf_counter()
        times = _unary_loops(call, request, callers, seconds)
        elapsed_s = time.perf_counter() - start
        used_us = cpu_us(pid) - before_us if pid else 0
    return _rate(times, elapsed_s, used_us)


def _unary_loops(
    call: Callable[[bytes], bytes], request: Callable[[], bytes], callers: int, seconds: float
) -> list[int]:
    times: list[list[int]] = [[] for _ in range(callers)]
    failures: SimpleQueue[BaseException] = SimpleQueue()
    end_ns = time.perf_counter_ns() + int(seconds * 1e9)

    def loop(own: list[int]) -> None:
        now_ns = time.perf_counter_ns
        try:
            before_ns = now_ns()
            while before_ns < end_ns:
                call(request())
                after_ns = now_ns()
                own.append(after_ns - before_ns)
                before_ns = after_ns
        except grpc.RpcError as error:
            failures.put(error)

    threads = [threading.Thread(target=loop, args=(own,)) for own in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not failures.empty():
        raise PeerFault(f"a call failed: {failures.get()}")
    return [entry for own in times for entry in own]


def measure_stream(
    target: str,
    method: str,
    messages: Sequence[bytes],
    *,
    window: int,
    pid: int = 0,
    check: Callable[[bytes], None] | None = None,
) -> Rate:
    """Send messages over one stream and take the answers, in a closed window.

    Parameters
    ----------
    target : str
        Host and port.
    method : str
        Full name of a bidirectional method.
    messages : sequence of bytes
        What is sent, in order.
    window : int
        Messages not answered at a time.
    pid : int
        Of the server, for its CPU time.
    check : callable, optional
        Gets every answer.

    Returns
    -------
    Rate
        Of messages.
    """
    outbox: SimpleQueue[bytes | None] = SimpleQueue()
    sent: deque[int] = deque()
    times: list[int] = []
    with grpc.insecure_channel(target, options=_OPTIONS) as channel:
        answers = channel.stream_stream(method)(iter(outbox.get, None))
        before_us, start_ns = cpu_us(pid) if pid else 0, time.perf_counter_ns()
        for message in messages[:window]:
            sent.append(time.perf_counter_ns())
            outbox.put(message)
        for place, answer in enumerate(answers):
            now_ns = time.perf_counter_ns()
            times.append(now_ns - sent.popleft())
            if check is not None:
                check(answer)
            following = place + window
            if following < len(messages):
                sent.append(now_ns)
                outbox.put(messages[following])
            elif place + 1 == len(messages):
                outbox.put(None)
        elapsed_s = (time.perf_counter_ns() - start_ns) / 1e9
        used_us = cpu_us(pid) - before_us if pid else 0
    return _rate(times, elapsed_s, used_us)


def _rate(times: list[int], elapsed_s: float, used_us: int) -> Rate:
    times_us: NDArray[np.float64] = np.array(times, np.float64) / 1e3
    p50_us, p99_us = np.percentile(times_us, [50, 99])
    return Rate(len(times), elapsed_s, float(p50_us), float(p99_us), used_us / len(times))


def main() -> None:
    """Serve until the standard input closes."""
    with ExitStack() as stack:
        file = None
        if len(sys.argv) > 1:
            file = stack.enter_context(SyncFile(Path(sys.argv[1]), RECORD_BYTES))
        server = make_grpc_server(ServerOptions())
        server.add_generic_rpc_handlers((_Echo(file),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.stop(0).wait()


if __name__ == "__main__":
    main()
