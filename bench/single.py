"""Single calls, durable, beside an empty echo of the same bytes at the same number of callers."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Final

import grpc

from slotline.engine.errors import PeerFault
from slotline.kernels.columns import OUTCOME_DONE, PLACEMENT_BINS
from slotline.service.retry import new_key
from slotline.service.server import SWITCH_INTERVAL_S
from slotline.service.v1 import slotline_pb2 as pb

from .echo import RECORD_BYTES, SYNCED, UNARY, EchoProcess
from .machine import pinned, probe_sync, split_cores
from .ours import Measure, Plan, ServerProcess
from .site import CHANNEL_CODE, OWNER_CODE, item_code
from .thin import Side, measure_in_turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from .echo import Rate
    from .workload import Workload

CALLERS: Final = (1, 8, 64)
LINES: Final = 3
_ECHO_GOAL, _ECHO_AIM = 0.75, 0.9
_LATENCY_GOAL: Final = 1.3
_HOUR_US: Final = 3_600_000_000


def accept_requests(workload: Workload) -> Callable[[], bytes]:
    """Give a function that makes requests `Accept` of 3 lines, orders of the workload in a circle.

    Everything but the key is encoded beforehand, so that the caller costs as little as can be.

    Parameters
    ----------
    workload : Workload
        Orders.

    Returns
    -------
    callable
        Gives a request; may be called from several threads.
    """
    first, items = workload.order_first_line.tolist(), workload.line_item.tolist()
    units = workload.line_units.tolist()
    every = range(workload.order_count)
    chosen = [order for order in every if first[order + 1] - first[order] == LINES]
    return _keyed(
        [
            pb.AcceptRequest(
                reference=order,
                channel=CHANNEL_CODE,
                owner=OWNER_CODE,
                placement=PLACEMENT_BINS,
                lines=[
                    pb.AcceptLine(item=item_code(items[line]), units=units[line])
                    for line in range(first[order], first[order + 1])
                ],
            )
            for order in chosen[:20_000]
        ]
    )


def promise_requests(workload: Workload) -> Callable[[], bytes]:
    """Give a function that makes requests `Promise`, as `accept_requests`."""
    expires_us = time.time_ns() // 1_000 + _HOUR_US
    pairs = zip(workload.line_item[:20_000].tolist(), workload.line_units.tolist(), strict=False)
    return _keyed(
        [
            pb.PromiseRequest(
                item=item_code(item),
                owner=OWNER_CODE,
                channel=CHANNEL_CODE,
                units=units,
                expires_us=expires_us,
            )
            for item, units in pairs
        ]
    )


def _keyed(messages: list[pb.AcceptRequest] | list[pb.PromiseRequest]) -> Callable[[], bytes]:
    # The key is field 1 of every request: a tag, its length of 16, and the bytes.
    rests = itertools.cycle([message.SerializeToString() for message in messages])
    return lambda: b"".join((b"\x0a\x10", new_key(), next(rests)))


def _sample(target: str, method: str, request: Callable[[], bytes]) -> bytes:
    """Call once; the answer must be DONE."""
    with grpc.insecure_channel(target) as channel:
        answer: bytes = channel.unary_unary(method)(request())
    reply = pb.PromiseReply.FromString(answer)
    if reply.outcome != OUTCOME_DONE:
        raise PeerFault(f"{method}: found outcome {reply.outcome}, expected DONE")
    return answer


def measure_single(plan: Plan) -> list[Measure]:
    """Measure durable `Accept` and `Promise` at 1, 8 and 64 callers.

    Parameters
    ----------
    plan : Plan
        The run; its `found` gets ``single orders/s`` at 8 callers.

    Returns
    -------
    list of Measure
        Parts of the echo's rate, and the latency of one caller.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    server_cores, client_cores = split_cores()
    try:
        with (
            pinned(client_cores),
            plan.copy() as folder,
            ServerProcess(folder, server_cores, "--snapshot-seconds", "0") as server,
        ):
            measures = []
            for name, requests in (("Accept", accept_requests), ("Promise", promise_requests)):
                measures += _measure_method(plan, server, name, requests(plan.workload))
            return measures
    finally:
        sys.setswitchinterval(before_s)


def _measure_method(
    plan: Plan, server: ServerProcess, name: str, request: Callable[[], bytes]
) -> list[Measure]:
    method, seconds = f"/slotline.v1.Slotline/{name}", plan.of(2.5, 0.5)
    ours: dict[int, Rate] = {}
    echoes: dict[int, Rate] = {}
    synced: list[Rate] = []
    # Where the server runs: from a core that does not take the disk's interrupts, a sync lasts half
    # as long again.
    with pinned(split_cores()[0]):
        sync = probe_sync(plan.directory, RECORD_BYTES, plan.of(1.0, 0.2))
    sample, cores = _sample(server.target, method, request), split_cores()[0]
    with EchoProcess(sample, cores, plan.directory) as echo:
        for callers in CALLERS:
            plan.report(f"single: {name}, {callers} callers")
            sides = [
                Side(echo.target, UNARY, echo.pid),
                Side(server.target, method, server.pid),
            ]
            if callers == 1:
                sides.append(Side(echo.target, SYNCED, echo.pid))
            echoes[callers], ours[callers], *durable = measure_in_turns(
                sides, request, callers=callers, seconds=seconds
            )
            synced += durable
    if name == "Accept":
        plan.found["single orders/s"] = ours[8].calls_per_s
    measures = [_beside(name, callers, ours[callers], echoes[callers]) for callers in CALLERS]
    floor_us = echoes[1].p50_us + sync.p50_us
    measures.append(
        Measure(
            "single",
            f"{name}, 1 caller, p50 over echo + fdatasync",
            ours[1].p50_us / floor_us,
            "x",
            _LATENCY_GOAL,
            lower=True,
            peer=f"{ours[1].p50_us:.0f} us against echo {echoes[1].p50_us:.0f} us "
            f"+ fdatasync {sync.p50_us:.0f} us",
        )
    )
    measures.append(
        Measure(
            "single",
            f"{name}, 1 caller, p50 over a durable echo",
            ours[1].p50_us / synced[0].p50_us,
            "x",
            lower=True,
            peer=f"{ours[1].p50_us:.0f} us against {synced[0].p50_us:.0f} us of an echo that "
            f"writes and syncs {RECORD_BYTES} bytes first",
        )
    )
    return measures


def _beside(name: str, callers: int, ours: Rate, echo: Rate) -> Measure:
    is_judged = callers == max(CALLERS)
    return Measure(
        "single",
        f"{name}, {callers} callers, part of the echo",
        ours.calls_per_s / echo.calls_per_s,
        "x",
        _ECHO_GOAL if is_judged else None,
        _ECHO_AIM if is_judged else None,
        peer=f"{ours.calls_per_s:,.0f}/s against echo {echo.calls_per_s:,.0f}/s; server CPU "
        f"{ours.server_cpu_us:.0f} us a call, echo {echo.server_cpu_us:.0f}",
        extra={
            "calls_s": ours.calls_per_s,
            "echo_calls_s": echo.calls_per_s,
            "p50_us": ours.p50_us,
            "p99_us": ours.p99_us,
            "echo_p50_us": echo.p50_us,
            "echo_p99_us": echo.p99_us,
        },
    )
