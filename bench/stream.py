"""The sustained stream: bulk orders over gRPC, durable, beside an echo of the same bytes.

One stream in a closed window, with messages that wait joined as the product's client does it; the
echo is driven both so and message by message. Orders of the workload go round in a circle, each
message under a key of its own and with reference numbers of its own; receipts keep the stock up.
Messages are encoded beforehand and only patched in the run, so that the load costs less than the
transport does.
"""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import grpc
import numpy as np

from slotline.engine.batch import Batch, make_batch
from slotline.engine.errors import InvariantBroken, PeerFault
from slotline.kernels.columns import OUTCOME_DONE
from slotline.service.joined import JOINED_ANSWERS, join_columns, joined, split_answers
from slotline.service.retry import new_key
from slotline.service.server import SWITCH_INTERVAL_S
from slotline.service.v1 import slotline_pb2 as pb

from .echo import STREAM, EchoProcess, cpu_us
from .flow import receipts
from .machine import pinned, split_cores
from .ours import Measure, Plan, ServerProcess
from .site import lot_rows, opening_lots, order_batch, receipt_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .workload import Workload

BULK_STREAM: Final = "/slotline.v1.Slotline/BulkStream"
WINDOW: Final = 32
FILL_MIN: Final = 0.95
# Most orders a second that receipts and encoded messages are made ready for.
_ORDERS_S_MAX: Final = {1_000: 4_000_000, 100: 1_200_000}
_GOALS: Final = {1_000: (1e6, 3e6), 100: (3e5, 7e5)}
# Memory for a run at the goal's rate is given beforehand: a first use costs more on a virtual
# machine than all the rest of an order.
_WARM_UP_S: Final = 4
_ECHO_GOAL, _ECHO_AIM = 0.5, 0.7
_RECEIPT_UNITS_MAX: Final = 100_000
_RECEIPT_ROWS: Final = 1_000
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one run over a stream showed.

    Attributes
    ----------
    messages, replies, orders, filled : int
        Answered; messages that the answers came in; orders that got everything.
    elapsed_s : float
        From the first message sent to the last answer.
    p50_us, p99_us, longest_us : float
        From sending a message to its answer.
    server_cpu_us, client_cpu_us : float
        CPU time of both sides, all of it.
    """

    messages: int
    replies: int
    orders: int
    filled: int
    elapsed_s: float
    p50_us: float
    p99_us: float
    longest_us: float
    server_cpu_us: float
    client_cpu_us: float

    @property
    def orders_s(self) -> float:
        """Orders a second."""
        return self.orders / self.elapsed_s


class OrderSource:
    """Messages of orders, and of the receipts that keep them filled, without end.

    Parameters
    ----------
    workload : Workload
        Orders, sent in a circle.
    size : int
        Orders a message.
    epoch : int
        The catalogue's epoch at the server.
    orders_max : int
        Receipts are made for so many orders.
    """

    def __init__(self, workload: Workload, size: int, epoch: int, orders_max: int) -> None:
        self.size = size
        self._epoch = epoch
        self._number = 0
        self._first_line = workload.order_first_line
        self._messages = [
            _cut(encode_batch(order_batch(workload, first, first + size), epoch), size)
            for first in range(0, workload.order_count - size + 1, size)
        ]
        self._receipts = self._make_receipts(workload, orders_max)

    def _make_receipts(self, workload: Workload, orders_max: int) -> deque[tuple[int, bytes]]:
        made: deque[tuple[int, bytes]] = deque()
        window = min(200_000, workload.order_count)
        opening = opening_lots(workload)
        flow = receipts(workload, window_orders=window, receipt_units_max=_RECEIPT_UNITS_MAX)
        for batch in islice(flow, math.ceil(orders_max / window)):
            # In parts, so that orders do not wait long behind one message of receipts.
            for first in range(0, batch.item.size, _RECEIPT_ROWS):
                cut = slice(first, first + _RECEIPT_ROWS)
                lots = lot_rows(opening, batch.item[cut], batch.expiry_day[cut])
                columns = receipt_columns(batch.item[cut], lots, batch.units[cut])
                message = encode_batch(make_batch("receive", columns), self._epoch)
                made.append((batch.before_order, message))
        return made

    def take(self, seconds: float) -> Iterator[tuple[bytes, int]]:
        """Give messages, and the orders in each, until the time is over.

        Parameters
        ----------
        seconds : float
            From the first message on.

        Yields
        ------
        tuple of bytes and int
            The message, and its orders: 0 for receipts.
        """
        end_s = time.perf_counter() + seconds
        size, messages, waiting = self.size, self._messages, self._receipts
        while time.perf_counter() < end_s:
            if waiting and waiting[0][0] <= self._number * size:
                message = waiting.popleft()[1]
                head, _, tail = message.partition(_KEY)
                yield b"".join((head, new_key(), tail)), 0
                continue
            head, middle, tail = messages[self._number % len(messages)]
            first = self._number * size
            references = np.arange(first, first + size).tobytes()
            self._number += 1
            yield b"".join((head, new_key(), middle, references, tail)), size


_KEY: Final = b"here goes a key."


def encode_batch(batch: Batch, epoch: int) -> bytes:
    """Make the message of a batch, with a placeholder for its key."""
    return bytes(
        pb.Columns(
            kind=batch.kind,
            key=_KEY,
            catalogue_epoch=epoch,
            count=batch.count,
            line_count=batch.line_count,
            columns=[column.tobytes() for column in batch.columns.values()],
            lines=[column.tobytes() for column in batch.lines.values()],
        ).SerializeToString()
    )


def _cut(message: bytes, size: int) -> tuple[bytes, bytes, bytes]:
    """Cut out the key and the reference numbers, the first column."""
    head, _, rest = message.partition(_KEY)
    first = pb.Columns.FromString(message).columns[0]
    if len(first) != 8 * size:
        raise InvariantBroken(f"found {len(first)} bytes of references, expected {8 * size}")
    middle, _, tail = rest.partition(first)
    return head, middle, tail


def drive(
    target: str,
    method: str,
    messages: Iterator[tuple[bytes, int]],
    check: Callable[[pb.BulkReply, int], int],
    *,
    pid: int,
    window: int = WINDOW,
    is_joined: bool = True,
) -> Streamed:
    """Send messages over one stream, at most `window` of them not answered.

    Parameters
    ----------
    target, method : str
        Where to.
    messages : iterator of (bytes, int)
        A message and its orders; taken as the window allows.
    check : callable
        Gets each answer and the orders of its message; gives how many were filled.
    pid : int
        Of the server.
    window : int
        Messages under way.
    is_joined : bool
        Whether those that wait go in one of gRPC's messages, as the product's client has it.

    Returns
    -------
    Streamed
        Of all messages.
    """
    tokens: SimpleQueue[None] = SimpleQueue()
    sent: deque[tuple[int, int]] = deque()
    times: list[int] = []
    orders = filled = replies = 0

    def get() -> bytes | None:
        tokens.get()
        message, count = next(messages, (None, 0))
        if message is not None:
            sent.append((time.perf_counter_ns(), count))
        return message

    def poll() -> bytes | None:
        return None if tokens.empty() else get()

    for _ in range(window):
        tokens.put(None)
    own_s, before_us, start = time.process_time(), cpu_us(pid), time.perf_counter()
    with grpc.insecure_channel(target, options=_OPTIONS) as channel:
        call = channel.stream_stream(method, None, pb.BulkReply.FromString)
        requests = joined(get, poll, join_columns) if is_joined else iter(get, None)
        for reply in call(requests, metadata=(JOINED_ANSWERS,) if is_joined else ()):
            for answer in split_answers(reply):
                sent_ns, count = sent.popleft()
                times.append(time.perf_counter_ns() - sent_ns)
                tokens.put(None)
                filled += check(answer, count)
                orders += count
            replies += 1
    elapsed_s = time.perf_counter() - start
    client_us = (time.process_time() - own_s) * 1e6
    p50_us, p99_us, longest_us = np.percentile(np.array(times) / 1e3, [50, 99, 100])
    return Streamed(
        len(times), replies, orders, filled, elapsed_s, float(p50_us), float(p99_us),
        float(longest_us), cpu_us(pid) - before_us, client_us,
    )  # fmt: skip


def check_answer(reply: pb.BulkReply, orders: int) -> int:
    """Check one answer of the service, and count the orders that were filled.

    Raises
    ------
    PeerFault
        The message was refused, or a receipt was.
    """
    if reply.failure.code:
        raise PeerFault(f"a message was refused: {reply.failure.message}")
    done = reply.outcome[0].count(OUTCOME_DONE)
    if not orders and done != len(reply.outcome[0]):
        raise PeerFault("a receipt was refused, expected all of them to be taken")
    return done if orders else 0


def ask_epoch(target: str) -> int:
    """Ask the server for the catalogue's epoch."""
    from slotline.service.client import SlotlineClient

    with SlotlineClient(target) as client:
        return int(client.catalogue.epoch)


class _Runs(NamedTuple):
    """What is compared: service and echo with messages joined, and with each by itself."""

    ours: Streamed
    echo: Streamed
    ours_alone: Streamed
    echo_alone: Streamed


def _short_s(plan: Plan) -> float:
    """Give the time of the runs that the long one is compared with."""
    return plan.of(5.0, 1.0)


def _ready_orders(plan: Plan, size: int, seconds: float) -> int:
    """Give how many orders the service is made ready for."""
    return round(_GOALS[size][0] * (seconds + _short_s(plan) + _WARM_UP_S))


def _run_one(plan: Plan, folder: Path, size: int, seconds: float) -> _Runs:
    """Measure one size; the service's long run comes last."""
    # Both cores, as in a service: the writer, readers of streams and the journal's background
    # threads need more than one, and the client leaves most of its own idle.
    server_cores = frozenset().union(*split_cores())
    short_s = _short_s(plan)
    # One snapshot falls into the run: the server begins some twenty seconds before it.
    every_s = str(max(1, round(seconds)))
    sample = pb.BulkReply()

    def keep(answer: pb.BulkReply, orders: int) -> int:
        if orders and not sample.sequence:
            sample.CopyFrom(answer)
        return check_answer(answer, orders)

    ready_orders = str(_ready_orders(plan, size, seconds))
    arguments = ("--snapshot-seconds", every_s, "--ready-orders", ready_orders)
    with ServerProcess(folder, server_cores, *arguments) as server:
        orders_max = int(_ORDERS_S_MAX[size] * (seconds + short_s + 2))
        source = OrderSource(plan.workload, size, ask_epoch(server.target), orders_max)

        def ours(seconds: float, *, is_joined: bool) -> Streamed:
            messages = source.take(seconds)
            return drive(
                server.target, BULK_STREAM, messages, keep, pid=server.pid, is_joined=is_joined
            )

        ours(plan.of(1.0, 0.3), is_joined=True)
        with EchoProcess(sample.SerializeToString(), server_cores) as echo:
            again = OrderSource(plan.workload, size, 0, 0)
            _, echo_alone, echo_joined = (
                drive(
                    echo.target, STREAM, again.take(echo_s), check_answer,
                    pid=echo.pid, is_joined=is_joined,
                )
                for echo_s, is_joined in (
                    (plan.of(1.0, 0.3), False), (short_s, False), (short_s, True),
                )
            )  # fmt: skip
        ours_alone = ours(short_s, is_joined=False)
        return _Runs(ours(seconds, is_joined=True), echo_joined, ours_alone, echo_alone)


def measure_stream(plan: Plan) -> list[Measure]:
    """Measure the sustained stream at 1,000 and at 100 orders a message.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Rate, ratio to the echo and fill rate of each size.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        _, client_cores = split_cores()
        with pinned(client_cores):
            return [entry for size in _GOALS for entry in _measure_size(plan, size)]
    finally:
        sys.setswitchinterval(before_s)


def _measure_size(plan: Plan, size: int) -> list[Measure]:
    seconds = plan.seconds or plan.of(30.0, 3.0)
    plan.report(f"stream: {size:,} orders a message, {seconds:.0f} s")
    with plan.copy() as folder:
        runs = _run_one(plan, folder, size, seconds)
        facts = _journal_facts(folder)
    ours, echo = runs.ours, runs.echo
    plan.found[f"stream {size} orders/s"] = ours.orders_s
    goal, aim = _GOALS[size]
    fill = ours.filled / ours.orders
    extra: dict[str, Any] = facts | {
        "ready_orders": _ready_orders(plan, size, seconds),
        "messages": ours.messages,
        "replies": ours.replies,
        "elapsed_s": round(ours.elapsed_s, 3),
        "p50_us": ours.p50_us,
        "p99_us": ours.p99_us,
        "longest_us": ours.longest_us,
        "server_cpu_us_per_order": ours.server_cpu_us / ours.orders,
        "client_cpu_us_per_order": ours.client_cpu_us / ours.orders,
        "echo_orders_s": echo.orders_s,
        "alone_orders_s": runs.ours_alone.orders_s,
        "echo_alone_orders_s": runs.echo_alone.orders_s,
        "echo_server_cpu_us_per_order": echo.server_cpu_us / echo.orders,
        "echo_client_cpu_us_per_order": echo.client_cpu_us / echo.orders,
    }
    said = f"echo {echo.orders_s:,.0f} orders/s"
    work = (
        f"CPU us an order, server and client: {extra['server_cpu_us_per_order']:.3f} and "
        f"{extra['client_cpu_us_per_order']:.3f}, echo "
        f"{extra['echo_server_cpu_us_per_order']:.3f} and "
        f"{extra['echo_client_cpu_us_per_order']:.3f}; p99 {ours.p99_us / 1e3:.1f} ms"
    )
    prefix = f"{size:,} orders a message"
    return [
        Measure("stream", f"{prefix}, orders/s", ours.orders_s, "/s", goal, aim,
                peer=f"{said}; {work}", extra=extra),
        Measure("stream", f"{prefix}, each by itself, part of the echo",
                runs.ours_alone.orders_s / runs.echo_alone.orders_s, "x", _ECHO_GOAL, _ECHO_AIM,
                peer=f"{runs.ours_alone.orders_s:,.0f} orders/s, echo "
                     f"{runs.echo_alone.orders_s:,.0f}"),
        Measure("stream", f"{prefix}, joined, part of the echo", ours.orders_s / echo.orders_s, "x",
                peer=f"{said}; {ours.messages / ours.replies:.1f} and "
                     f"{echo.messages / echo.replies:.1f} answers in one of gRPC's messages"),
        Measure("stream", f"{prefix}, fill rate", fill, "x", FILL_MIN,
                peer=f"{facts['snapshots']} snapshots, {facts['segments']} segments in "
                     f"{facts['segment_files']} files, {facts['archived']} archived"),
    ]  # fmt: skip


def _journal_facts(folder: Path) -> dict[str, int]:
    """Count what a run left behind: fewer files than segments means that files were used again."""
    segments = [path for path in (folder / "journal").iterdir() if path.name[0].isdigit()]
    ordinals = [int(path.name.partition(".")[0]) for path in segments]
    return {
        "segments": max(ordinals) + 1 - min([0, *ordinals]),
        "segment_files": sum(1 for _ in (folder / "journal").iterdir()),
        "archived": sum(1 for path in (folder / "archive").rglob("*") if path.is_file()),
        "snapshots": sum(1 for _ in (folder / "snapshots").glob("*.manifest")),
    }
