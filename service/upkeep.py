"""The upkeep threads: ticks when something is due, the head synced when idle, snapshots, scrubs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from ..engine.ahead import RowsAhead
from ..engine.batch import make_batch
from ..engine.errors import LimitReached
from ..engine.scrub import scrub_slices
from ..kernels.columns import DAY_US
from .calls import LOG

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..engine.engine import Engine
    from ..engine.state import State
    from .calls import Edge

_IDLE_S: Final = 0.05
_SLICE_PAUSE_S: Final = 0.01
"""Between two slices of a scrub, for whoever waits for the writer."""


def is_due(state: State, now_us: int) -> bool:
    """Tell whether a tick would find anything.

    Reads the tops of two heaps and the leases of the batches that are held beside the writer: a
    wrong answer only means a tick that finds nothing, or one that comes a moment later.

    Parameters
    ----------
    state : State
        The state.
    now_us : int
        Time now.

    Returns
    -------
    bool
        Whether a promise, a stock row or a lease has expired.
    """
    promises, stock = state.promise_due, state.stock_due
    # One step of the interpreter, so that no claim comes between.
    held = list(state.work.held.values())
    until_us = state.batch.lease_until_us[held]
    return bool(
        (promises.count[0] and promises.time_us[0] <= now_us)
        or (stock.count[0] and stock.time_us[0] < now_us // DAY_US)
        or ((until_us > 0) & (until_us <= now_us)).any()
    )


class Upkeep:
    """Does what nobody calls for. Use `start` and `close`.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    tick_s : float
        How often to look for what has expired.
    snapshot_s : float
        How often to write a snapshot if anything is new, 0 for never.
    scrub_s : float
        Time from one full scrub to the next, 0 for none.
    """

    def __init__(self, edge: Edge, *, tick_s: float, snapshot_s: float, scrub_s: float) -> None:
        self._edge = edge
        self._tick_s = tick_s
        self._stopped = threading.Event()
        self._snapshot_sequence = -1
        self._threads = [threading.Thread(target=self._watch, name="upkeep", daemon=True)]
        for name, every_s, work in (
            ("snapshot", snapshot_s, self._snapshot),
            ("scrub", scrub_s, self._scrub),
        ):
            if every_s:
                self._threads.append(
                    threading.Thread(
                        target=self._repeat, args=(every_s, work), name=name, daemon=True
                    )
                )

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End, after the snapshot or the slice of a scrub that may be going on."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        next_tick_s = time.monotonic() + self._tick_s
        last_sequence = -1
        rows_ahead: RowsAhead | None = None
        while not self._stopped.wait(_IDLE_S) and not self._edge.check_failed():
            try:
                engine = self._edge.engine
                rows_ahead = rows_ahead or RowsAhead(engine.state)
                rows_ahead.make_ready()
                sequence = engine.durable_sequence
                # Idle means that nothing was written since the last look.
                if sequence == last_sequence:
                    engine.idle()
                last_sequence = sequence
                if time.monotonic() >= next_tick_s:
                    next_tick_s = time.monotonic() + self._tick_s
                    self._tick(engine)
            except Exception as error:  # what is left undone is tried again
                self._note("tick", error)

    def _tick(self, engine: Engine) -> None:
        try:
            while is_due(engine.state, self._edge.clock.now_us()) and not self._stopped.is_set():
                reply = engine.submit(make_batch("tick", {}))
                expired = reply.outcome["expired_promises"] + reply.outcome["expired_stock_rows"]
                if not expired.any():
                    return
        except LimitReached as error:
            # Promises and leases hold until a tick gets through.
            LOG.warning("a tick was refused: %s", error)

    def _repeat(self, every_s: float, work: Callable[[Engine], None]) -> None:
        while not self._stopped.wait(every_s) and not self._edge.check_failed():
            try:
                work(self._edge.engine)
            except Exception as error:  # what is left undone is tried again
                self._note(threading.current_thread().name, error)

    def _note(self, work: str, error: Exception) -> None:
        """Log and count what went wrong: a thread that ended, or kept silent, would not be missed.

        A failed engine stops the server by itself.
        """
        if self._edge.is_closing:
            return
        self._edge.metrics.upkeep_failed(work)
        LOG.error("%s failed: %s: %s", work, type(error).__name__, error, exc_info=error)

    def _snapshot(self, engine: Engine) -> None:
        try:
            if engine.durable_sequence != self._snapshot_sequence:
                self._snapshot_sequence = engine.snapshot()
                self._edge.metrics.snapshot_end_us = self._edge.clock.now_us()
        except LimitReached as error:
            LOG.warning("no snapshot was written: %s", error)

    def _scrub(self, engine: Engine) -> None:
        """Scrub slice by slice, each in a turn of the writer; what is wrong stops the engine."""
        start_s = time.monotonic()
        for check in scrub_slices(engine.state):
            while not self._is_scrubbed(engine, check):
                if self._stopped.wait(_SLICE_PAUSE_S):
                    return
            if self._stopped.wait(_SLICE_PAUSE_S):
                return
        duration_us = int((time.monotonic() - start_s) * 1e6)
        self._edge.metrics.scrubbed(self._edge.clock.now_us(), duration_us)

    def _is_scrubbed(self, engine: Engine, check: Callable[[State], None]) -> bool:
        try:
            engine.read(check)
        except LimitReached:
            return False  # the queue is full: its callers come first
        return True
