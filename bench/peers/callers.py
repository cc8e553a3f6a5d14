"""Closed-loop callers in processes of their own: each sends a request when the last is answered.

A caller speaks to the peer as directly as Python can: requests are encoded before the clock
starts, PostgreSQL is called through libpq with binary parameters, Valkey through a raw socket.
What is left is the peer's own time, the wake-ups and one short loop.

The processes come from a fork server that has loaded this module once, so that 64 callers start
in well under a second and carry none of the parent's threads.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np

from slotline.engine.errors import PeerFault

from ..workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from numpy.typing import NDArray

_BARRIER_SECONDS_MAX: Final = 120.0
_COLUMNS: Final = (
    "rank_item", "item_row", "units", "expiry_day", "order_first_line", "line_item", "line_units",
)  # fmt: skip


Request = TypeVar("Request")


class Caller(Protocol[Request]):
    """One connection to a peer."""

    def encode(self, first_order: int, order_count: int) -> Request:
        """Encode a request that serves some orders.

        Parameters
        ----------
        first_order : int
            The first order.
        order_count : int
            How many orders.

        Returns
        -------
        request : Request
            What `call` takes.
        """
        ...

    def call(self, request: Request) -> None:
        """Send a request and wait until the peer has answered it durably.

        Parameters
        ----------
        request : Request
            What `encode` gave.

        Raises
        ------
        PeerFault
            If the peer answers an error.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class CallPlan:
    """How callers share the orders.

    Attributes
    ----------
    callers : int
        Processes, each with one connection. Requests are dealt to them in turn.
    batch : int
        Orders a request.
    warm_up_calls : int
        First calls of each caller, not measured.
    seconds : float
        Each caller stops after this time, or when its orders are used up.
    order_limit : int
        Orders to use from the workload's first one.
    cores : frozenset of int
        Logical cores of the callers.
    """

    callers: int
    batch: int
    warm_up_calls: int
    seconds: float
    order_limit: int
    cores: frozenset[int]


@dataclass(frozen=True, slots=True)
class CallTimes:
    """What the callers measured.

    Attributes
    ----------
    latency_us : float64[C]
        Time of each measured call.
    orders : int
        Orders served by measured calls.
    lines : int
        Lines of those orders.
    elapsed_s : float
        From the first start to the last end.
    cpu_us : int
        CPU time of the server during the measured calls.
    last_order : int
        All orders below this number were sent, provided there was one caller.
    """

    latency_us: NDArray[np.float64]
    orders: int
    lines: int
    elapsed_s: float
    cpu_us: int
    last_order: int


def save_workload(workload: Workload, directory: Path) -> None:
    """Save the columns for callers to map.

    Parameters
    ----------
    workload : Workload
        What to save.
    directory : Path
        Where; must exist.
    """
    for name in _COLUMNS:
        np.save(directory / f"{name}.npy", getattr(workload, name))
    np.save(directory / "header.npy", np.array([workload.seed, workload.item_count]))


def load_workload(directory: Path) -> Workload:
    """Map the columns that `save_workload` wrote.

    Parameters
    ----------
    directory : Path
        Where they are.

    Returns
    -------
    workload : Workload
        Read-only columns.
    """
    seed, item_count = np.load(directory / "header.npy").tolist()
    columns = [np.load(directory / f"{name}.npy", mmap_mode="r") for name in _COLUMNS]
    return Workload(seed, item_count, *columns)


def run_callers(
    make_caller: Callable[[str, Workload], Caller[Request]],
    address: str,
    workload_directory: Path,
    plan: CallPlan,
    server_cpu_us: Callable[[], int],
) -> CallTimes:
    """Run the callers against a peer and collect their times.

    Parameters
    ----------
    make_caller : callable
        Opens a connection, given the address and the workload; a function of a module.
    address : str
        Where the peer listens.
    workload_directory : Path
        What `save_workload` wrote.
    plan : CallPlan
        How to share the orders.
    server_cpu_us : callable
        Reads the CPU time of the server.

    Returns
    -------
    times : CallTimes
        Of all callers together.

    Raises
    ------
    PeerFault
        If any caller failed; with its own words.
    """
    context = multiprocessing.get_context("forkserver")
    # With the program itself: a child runs it again, which is cheap once its imports are there.
    context.set_forkserver_preload(["bench.peers_main"])
    barrier = context.Barrier(plan.callers + 1)
    ends = []
    processes = []
    for number in range(plan.callers):
        mine, theirs = context.Pipe()
        process = context.Process(
            target=_caller_main,
            args=(make_caller, address, workload_directory, plan, number, barrier, theirs),
        )
        process.start()
        theirs.close()
        ends.append(mine)
        processes.append(process)
    try:
        cpu_before = _wait_for_start(barrier, server_cpu_us)
        replies = [_receive(end, number) for number, end in enumerate(ends)]
        cpu_us = server_cpu_us() - cpu_before
    finally:
        barrier.abort()
        for end in ends:
            end.close()
        for process in processes:
            process.join()
    return _join_times(workload_directory, plan, replies, cpu_us)


def _wait_for_start(barrier: Barrier, server_cpu_us: Callable[[], int]) -> int:
    """Read the server's CPU time when every caller is warm, and let them go."""
    cpu_before = 0
    try:
        # Twice: at the first meeting all are warm, at the second the clock may start.
        barrier.wait(_BARRIER_SECONDS_MAX)
        cpu_before = server_cpu_us()
        barrier.wait(_BARRIER_SECONDS_MAX)
    except threading.BrokenBarrierError:
        return cpu_before  # A caller failed; its reply says why.
    return cpu_before


def _receive(end: Connection, number: int) -> tuple[NDArray[np.int64], int, int]:
    """Take what one caller measured, or raise what it met."""
    try:
        reply = end.recv()
    except EOFError as error:
        raise PeerFault(f"caller {number} ended without a word") from error
    if isinstance(reply, str):
        raise PeerFault(f"caller {number} failed: {reply}")
    latency_ns, start_ns, end_ns = reply
    return latency_ns, start_ns, end_ns


def _join_times(
    workload_directory: Path,
    plan: CallPlan,
    replies: list[tuple[NDArray[np.int64], int, int]],
    cpu_us: int,
) -> CallTimes:
    """Add up what the callers measured."""
    first_line = load_workload(workload_directory).order_first_line
    orders = lines = last_order = 0
    for number, (latency_ns, _, _) in enumerate(replies):
        shares = _shares(plan, number)
        for first, count in shares[plan.warm_up_calls :][: latency_ns.shape[0]]:
            orders += count
            lines += int(first_line[first + count] - first_line[first])
            last_order = max(last_order, first + count)
    elapsed_ns = max(reply[2] for reply in replies) - min(reply[1] for reply in replies)
    latency_us = np.concatenate([reply[0] for reply in replies]) / 1e3
    return CallTimes(latency_us, orders, lines, elapsed_ns / 1e9, cpu_us, last_order)


def _shares(plan: CallPlan, number: int) -> list[tuple[int, int]]:
    """List the requests of one caller as (first order, number of orders)."""
    firsts = range(number * plan.batch, plan.order_limit, plan.callers * plan.batch)
    return [(first, min(plan.batch, plan.order_limit - first)) for first in firsts]


def _caller_main(
    make_caller: Callable[[str, Workload], Caller[Request]],
    address: str,
    workload_directory: Path,
    plan: CallPlan,
    number: int,
    barrier: Barrier,
    reply: Connection,
) -> None:
    """Be one caller, from its connection to its last answer."""
    try:
        os.sched_setaffinity(0, plan.cores)
        caller = make_caller(address, load_workload(workload_directory))
        requests = [caller.encode(first, count) for first, count in _shares(plan, number)]
        for request in requests[: plan.warm_up_calls]:
            caller.call(request)
        barrier.wait(_BARRIER_SECONDS_MAX)
        barrier.wait(_BARRIER_SECONDS_MAX)
        reply.send(_drive(caller, requests[plan.warm_up_calls :], plan.seconds))
        # A server process that ended just now could be missed by the reader of CPU times, so the
        # connection stays until the parent has read them and closes its end of the pipe.
        with suppress(EOFError):
            reply.recv()
        caller.close()
    except threading.BrokenBarrierError:
        reply.send("another caller failed before the start")
    except Exception as error:
        # The parent raises it again, in this caller's name.
        barrier.abort()
        reply.send(f"{type(error).__name__}: {error}")


def _drive(
    caller: Caller[Request], requests: list[Request], seconds: float
) -> tuple[NDArray[np.int64], int, int]:
    """Call until the requests or the time is used up; times in nanoseconds, monotonic."""
    latency_ns: list[int] = []
    start = now = time.monotonic_ns()
    end = start + int(seconds * 1e9)
    for request in requests:
        if now >= end:
            break
        caller.call(request)
        then, now = now, time.monotonic_ns()
        latency_ns.append(now - then)
    return np.array(latency_ns, dtype=np.int64), start, now
