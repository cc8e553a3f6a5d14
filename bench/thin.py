"""A thin caller of unary gRPC methods, so that a single client thread saturates the server.

Python's own gRPC client costs as much CPU a call as the server does: on two cores it would measure
itself. This one speaks HTTP/2 over one socket, with header blocks made once and without a header
table (RFC 9113, RFC 7541, section 6.2.2), and keeps up to 100 calls open in one loop. It is used
for the echo and for the service alike.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from slotline.engine.errors import PeerFault

from .echo import Rate, cpu_us

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4
_HEAD: Final = struct.Struct(">IBI")  # length and kind in one word
_FRAME_BYTES: Final = 9
_WINDOW_MAX: Final = 2**31 - 1
_WINDOW_START: Final = 65_535
_TIMEOUT_S: Final = 30.0
_RECEIVE_BYTES: Final = 1 << 18
_TURNS: Final = 8


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return _HEAD.pack(len(payload) << 8 | kind, flags, stream) + payload


def _literal(name: bytes, value: bytes) -> bytes:
    """Encode a header that is not to be kept in any table; lengths below 127."""
    return b"".join((b"\0", bytes([len(name)]), name, bytes([len(value)]), value))


class ThinChannel:
    """One connection. Use as a context manager.

    Parameters
    ----------
    target : str
        Host and port.
    method : str
        Full name of a unary method, the only one that is called.
    """

    def __init__(self, target: str, method: str) -> None:
        host, _, port = target.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), _TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = {
            b":method": b"POST", b":scheme": b"http", b":path": method.encode(),
            b":authority": target.encode(), b"te": b"trailers",
            b"content-type": b"application/grpc",
        }  # fmt: skip
        self._block = b"".join(_literal(name, value) for name, value in headers.items())
        self._stream = 1
        self._window = _WINDOW_START
        self._rest = b""
        # No header table, no push, and windows that never stop the server.
        settings = struct.pack(">HIHIHI", 1, 0, 2, 0, 4, _WINDOW_MAX)
        grown = struct.pack(">I", _WINDOW_MAX - _WINDOW_START)
        self._socket.sendall(
            _PREFACE + _frame(_SETTINGS, 0, 0, settings) + _frame(_WINDOW, 0, 0, grown)
        )

    def __enter__(self) -> ThinChannel:
        """Give the channel."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._socket.close()

    def run(self, request: Callable[[], bytes], callers: int, seconds: float) -> list[int]:
        """Keep so many calls open for a while; each that ends is followed by the next.

        Parameters
        ----------
        request : callable
            Makes one request.
        callers : int
            Calls open at a time, below the server's bound of streams.
        seconds : float
            How long new calls are begun.

        Returns
        -------
        list of int
            Nanoseconds from sending each call to its end.

        Raises
        ------
        PeerFault
            A call was refused, or the connection was closed.
        """
        now_ns = time.perf_counter_ns
        begun: dict[int, int] = {}
        answered: set[int] = set()
        times_ns: list[int] = []
        end_ns, due = now_ns() + int(seconds * 1e9), callers
        while True:
            out: list[bytes] = []
            if now_ns() >= end_ns:
                due = 0
            while due and self._window > _WINDOW_START // 2:
                begun[self._stream] = now_ns()
                out.append(self._call(request()))
                due -= 1
            if out:
                self._socket.sendall(b"".join(out))
            if not begun:
                return times_ns
            for stream in self._receive(answered):
                if stream not in answered:
                    raise PeerFault("a call was refused, expected an answer")
                answered.discard(stream)
                times_ns.append(now_ns() - begun.pop(stream))
                due += 1

    def _call(self, request: bytes) -> bytes:
        """Give the frames of one call."""
        stream, size = self._stream, len(request) + 5
        self._stream += 2
        self._window -= size
        return b"".join(
            (
                _HEAD.pack(len(self._block) << 8 | _HEADERS, _END_HEADERS, stream),
                self._block,
                _HEAD.pack(size << 8 | _DATA, _END_STREAM, stream),
                struct.pack(">BI", 0, len(request)),
                request,
            )
        )

    def _receive(self, answered: set[int]) -> list[int]:
        """Take what has come; give the streams that ended, and note those that got an answer."""
        received = self._socket.recv(_RECEIVE_BYTES)
        if not received:
            raise PeerFault("found a closed connection, expected answers")
        data = self._rest + received
        ended: list[int] = []
        at, size = 0, len(data)
        while size - at >= _FRAME_BYTES:
            word, flags, stream = _HEAD.unpack_from(data, at)
            length, kind = word >> 8, word & 0xFF
            end = at + _FRAME_BYTES + length
            if end > size:
                break
            if kind == _DATA:
                answered.add(stream)
            elif kind == _HEADERS:
                if flags & _END_STREAM:
                    ended.append(stream)
            else:
                self._control(kind, flags, stream, data[at + _FRAME_BYTES : end])
            at = end
        self._rest = data[at:]
        return ended

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind in (_RESET, _GOAWAY):
            raise PeerFault(f"found a frame of kind {kind} on stream {stream}, expected an answer")
        if kind == _SETTINGS and not flags & _ACK:
            self._socket.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            self._socket.sendall(_frame(_PING, _ACK, 0, payload))
        elif kind == _WINDOW and stream == 0:
            self._window += int.from_bytes(payload, "big")


class Side(NamedTuple):
    """A server and its method, for `measure_in_turns`; `pid` is for its CPU time."""

    target: str
    method: str
    pid: int


def measure_in_turns(
    sides: Sequence[Side], request: Callable[[], bytes], *, callers: int, seconds: float
) -> list[Rate]:
    """Call in closed loops, one connection a server, after a fifth of the time as warm-up.

    The servers take turns, A B B A, never two at once: a drift of the machine's speed falls on all
    of them alike.

    Parameters
    ----------
    sides : sequence of Side
        Where to.
    request : callable
        Makes one request.
    callers : int
        Calls open at a time.
    seconds : float
        How long each of them.

    Returns
    -------
    list of Rate
        Of all calls, one a side.
    """
    times_ns: list[list[int]] = [[] for _ in sides]
    elapsed_s, used_us = [0.0] * len(sides), [0] * len(sides)
    with ExitStack() as stack:
        channels = [stack.enter_context(ThinChannel(side.target, side.method)) for side in sides]
        for channel in channels:
            channel.run(request, callers, seconds / 5)
        order = list(range(len(sides)))
        for _ in range(_TURNS):
            for at in order:
                before_us, start = cpu_us(sides[at].pid), time.perf_counter()
                times_ns[at] += channels[at].run(request, callers, seconds / _TURNS)
                elapsed_s[at] += time.perf_counter() - start
                used_us[at] += cpu_us(sides[at].pid) - before_us
            order.reverse()
    return [
        _rate(times, elapsed, used)
        for times, elapsed, used in zip(times_ns, elapsed_s, used_us, strict=True)
    ]


def _rate(times_ns: list[int], elapsed_s: float, used_us: int) -> Rate:
    p50_us, p99_us = np.percentile(np.array(times_ns) / 1e3, [50, 99])
    return Rate(len(times_ns), elapsed_s, float(p50_us), float(p99_us), used_us / len(times_ns))
