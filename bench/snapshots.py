"""What a snapshot costs the writer: how long it is kept from its lock, and what groups wait."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from slotline.engine.engine import Engine
from slotline.engine.store import FileStore
from slotline.service.clock import SystemClock

from .ours import Measure, Plan
from .site import make_key, order_batch, receive

if TYPE_CHECKING:
    from slotline.engine.batch import Batch

_ROWS: Final = 1_000_000
_GOAL_S: Final = 0.005
_GROUP_ORDERS: Final = 100
_SNAPSHOTS: Final = 3


class _TimedLock:
    """The writer's lock, which also notes how long one thread held it."""

    def __init__(self, lock: Any, thread: int) -> None:
        self._lock = lock
        self._thread = thread
        self._since_s = 0.0
        self.held_s: list[float] = []

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock."""
        taken = bool(self._lock.acquire(blocking))
        if taken and threading.get_ident() == self._thread:
            self._since_s = time.perf_counter()
        return taken

    def release(self) -> None:
        """Give it back."""
        if threading.get_ident() == self._thread:
            self.held_s.append(time.perf_counter() - self._since_s)
        self._lock.release()

    def __enter__(self) -> None:
        """Take the lock."""
        self.acquire()

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.release()


class _Writer(threading.Thread):
    """Submits groups without a pause and notes how long each took."""

    def __init__(self, engine: Engine, batches: list[Batch]) -> None:
        super().__init__()
        self._engine = engine
        self._batches = batches
        self.stopped = threading.Event()
        self.times_s: list[float] = []

    def run(self) -> None:
        """Submit until stopped."""
        number = 0
        while not self.stopped.is_set():
            start = time.perf_counter()
            batch = self._batches[number % len(self._batches)]
            self._engine.submit(batch, key=make_key(), message=True)
            self.times_s.append(time.perf_counter() - start)
            number += 1


def measure_snapshots(plan: Plan) -> list[Measure]:
    """Measure the writer's pause for a snapshot of a million stock rows.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Longest time that a snapshot held the writer's lock, and the groups' times beside it.
    """
    workload = plan.workload
    rows = int(plan.of(_ROWS, 2 * workload.row_count))
    plan.report(f"snapshot: {rows:,} stock rows")
    batches = [
        order_batch(workload, first, first + _GROUP_ORDERS)
        for first in range(0, min(20_000, workload.order_count), _GROUP_ORDERS)
    ]
    with plan.copy() as folder:
        engine = Engine.open(FileStore(folder), SystemClock())
        try:
            more = rows - engine.state.count("stock")
            receive(
                engine, workload.item_row[:more], workload.units[:more], workload.expiry_day[:more]
            )
            alone_s = _write(engine, batches, None, plan.of(2.0, 0.5))
            lock = _TimedLock(engine._writer, threading.get_ident())  # noqa: SLF001 no other way in
            engine._writer = lock  # type: ignore[assignment]  # noqa: SLF001
            beside_s = _write(engine, batches, lock, 0.0)
            # Closing takes the lock, too.
            hold_s = max(lock.held_s)
            found = engine.state.count("stock")
        finally:
            engine.close()
    longest = f"longest group {max(beside_s) * 1e3:.1f} ms, without {max(alone_s) * 1e3:.1f} ms"
    p99 = [float(np.percentile(times, 99)) * 1e3 for times in (beside_s, alone_s)]
    return [
        Measure("snapshot", f"{rows:,} rows, longest hold of the writer's lock", hold_s,
                "s", _GOAL_S, lower=True, peer=longest, extra={"rows": found}),
        Measure("snapshot", f"{rows:,} rows, longest group beside it less the longest without",
                max(0.0, max(beside_s) - max(alone_s)), "s", lower=True,
                peer=f"{longest}; p99 {p99[0]:.2f} ms, without {p99[1]:.2f} ms"),
    ]  # fmt: skip


def _write(
    engine: Engine, batches: list[Batch], lock: _TimedLock | None, seconds: float
) -> list[float]:
    """Let a writer run for a while, or as long as snapshots take; give its groups' times."""
    writer = _Writer(engine, batches)
    writer.start()
    try:
        if lock is None:
            time.sleep(seconds)
        else:
            for _ in range(_SNAPSHOTS):
                engine.snapshot()
    finally:
        writer.stopped.set()
        writer.join()
    return writer.times_s
