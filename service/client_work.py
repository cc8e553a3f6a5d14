"""The client's side of work: batches, loads, what can be planned, and what a worker holds."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import grpc
import numpy as np

from .client_bulk import Bulk, BulkResult
from .retry import error_of_call, may_retry
from .v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .retry import RetryPolicy

WORK_CALLS: Final = ("GetBatch", "ListBatches", "GetLoad", "ListLoads", "ListReleasable")


@dataclass(frozen=True, slots=True)
class Releasable:
    """What can be planned, see `ListReleasable`; all columns are refs and numbers.

    Attributes
    ----------
    allocations : dict of str to ndarray, shape (n,)
        Allocations without a live task: order, allocation, line, item, owner, pool, units,
        departure_us, priority, required_day; stock and location of those that are bound, else -1;
        choice of those that are not, else -1.
    choices : dict of str to ndarray, shape (c,)
        pool, required_day and first: candidates ``first[k]`` to ``first[k + 1]``, of the last
        choice up to the end, are those of choice k.
    candidates : dict of str to ndarray, shape (m,)
        stock, location and free_units of the rows that rotation allows, in its order.
    catalogue_epoch : int
        Epoch of the refs.
    sequence : int
        What all of it reflects at least; a large answer comes in pages of different sequences.
    """

    allocations: dict[str, np.ndarray]
    choices: dict[str, np.ndarray]
    candidates: dict[str, np.ndarray]
    catalogue_epoch: int
    sequence: int


class WorkCalls(ABC):
    """Calls about work beside its commands."""

    policy: RetryPolicy

    @abstractmethod
    def _ask(self, name: str, **fields: Any) -> Any:
        """Send a call by its name; give its reply."""

    @abstractmethod
    def _server_stream(self, method: str, request: Any) -> Any:
        """Open a stream of replies."""

    @abstractmethod
    def bulk(self, message: Bulk, timeout_s: float | None = None) -> BulkResult:
        """Send one bulk message."""

    # -- batches and loads --------------------------------------------------------------------

    def get_batch(self, batch: int, *, with_ended: bool = False) -> pb.GetBatchReply:
        """Ask for a batch with its tasks and totes; ended tasks only when asked for."""
        return cast("pb.GetBatchReply", self._ask("GetBatch", batch=batch, with_ended=with_ended))

    def list_batches(
        self, *, states: Sequence[int] = (), wave: str = "", zone: str = "", worker: str = ""
    ) -> Iterator[pb.BatchInfo]:
        """Read batches by number, page by page; without states those that have not ended."""
        first = 0
        while True:
            reply = self._ask(
                "ListBatches",
                states=states,
                wave=wave,
                zone=zone,
                worker=worker,
                first_batch=first,
            )
            yield from reply.batches
            if not reply.HasField("next_batch"):
                return
            first = reply.next_batch

    def get_load(self, load: str) -> pb.GetLoadReply:
        """Ask for a load with the handling units on it."""
        return cast("pb.GetLoadReply", self._ask("GetLoad", load=load))

    def list_loads(
        self, *, states: Sequence[int] = (), departure_up_to_us: int = 0
    ) -> Iterator[pb.LoadInfo]:
        """Read loads, page by page; without states those that have not departed."""
        first = 0
        while True:
            reply = self._ask(
                "ListLoads", states=states, departure_up_to_us=departure_up_to_us, first_row=first
            )
            yield from reply.loads
            if not reply.HasField("next_row"):
                return
            first = reply.next_row

    # -- planning -----------------------------------------------------------------------------

    def list_releasable(
        self, *, departure_up_to_us: int = 0, zone: str = "", candidates_max: int = 0
    ) -> Releasable:
        """Read all that can be planned, in as many pages as it takes.

        Parameters
        ----------
        departure_up_to_us : int
            Of orders that leave until then, 0 for any.
        zone : str
            Only what can be picked there.
        candidates_max : int
            Stock rows for one choice, 0 for the server's 64.

        Returns
        -------
        Releasable
            The pages put together.
        """
        pages: list[pb.ListReleasableReply] = []
        first = 0
        while True:
            reply = self._ask(
                "ListReleasable",
                departure_up_to_us=departure_up_to_us,
                zone=zone,
                first_allocation=first,
                candidates_max=candidates_max,
            )
            pages.append(reply)
            if not reply.HasField("next_allocation"):
                return _joined(pages)
            first = reply.next_allocation

    def bulk_add_pick(self, columns: Mapping[str, Any]) -> BulkResult:
        """Add many picks of a plan in one message; what has changed meanwhile is refused by row."""
        return self.bulk(Bulk("add_pick", columns))

    def bulk_add_move(self, columns: Mapping[str, Any]) -> BulkResult:
        """Add many moves of a plan in one message."""
        return self.bulk(Bulk("add_move", columns))

    def bulk_route_task(self, columns: Mapping[str, Any]) -> BulkResult:
        """Put many tasks into another order in one message."""
        return self.bulk(Bulk("route_task", columns))

    def bulk_confirm_task(self, columns: Mapping[str, Any]) -> BulkResult:
        """Confirm many tasks in one message."""
        return self.bulk(Bulk("confirm_task", columns))

    # -- a worker's tasks ---------------------------------------------------------------------

    def open_watch_tasks(self, worker: str) -> Any:
        """Open the stream of what a worker holds; one attempt, and grpc's errors as they are.

        Parameters
        ----------
        worker : str
            Code of the worker.

        Returns
        -------
        grpc call
            Iterates over `WatchTasksReply`; can be cancelled by any thread.
        """
        return self._server_stream("WatchTasks", pb.WatchTasksRequest(worker=worker))

    def watch_tasks(self, worker: str) -> Iterator[pb.WatchTasksReply]:
        """Watch what a worker holds: as it is now, then again whenever it has changed.

        Every message shows the whole, so nothing is missed while the connection is down; what is
        shown after it came back may be what was shown before.

        Parameters
        ----------
        worker : str
            Code of the worker.

        Yields
        ------
        WatchTasksReply
            Batch, live tasks in tour order, totes; without a batch when the worker holds none.

        Raises
        ------
        SlotlineError
            The server refused, or was not reached again in time.
        """
        attempt, trouble_s = 0, 0.0
        while True:
            call = self.open_watch_tasks(worker)
            try:
                for reply in call:
                    attempt = 0
                    yield reply
            except grpc.RpcError as failure:
                now_s = time.monotonic()
                trouble_s = trouble_s if attempt else now_s
                pause_s = self.policy.pause_s(attempt, 0)
                attempt += 1
                is_over = now_s + pause_s - trouble_s > self.policy.timeout_s
                if is_over or not may_retry(failure):
                    raise error_of_call(failure) from failure
                time.sleep(pause_s)
            finally:
                call.cancel()


def _joined(pages: list[pb.ListReleasableReply]) -> Releasable:
    choice_count = candidate_count = 0
    parts: tuple[list[dict[str, np.ndarray]], ...] = ([], [], [])
    for page in pages:
        allocations = _columns(page.allocations)
        choices, candidates = _columns(page.choices), _columns(page.candidates)
        choice = allocations["choice"]
        allocations["choice"] = np.where(choice < 0, choice, choice + np.int32(choice_count))
        choices["first"] = choices["first"] + np.int32(candidate_count)
        choice_count += len(choices["first"])
        candidate_count += len(candidates["stock"])
        for part, columns in zip(parts, (allocations, choices, candidates), strict=True):
            part.append(columns)
    allocations, choices, candidates = (
        {name: np.concatenate([columns[name] for columns in part]) for name in part[0]}
        for part in parts
    )
    epoch, sequence = pages[0].catalogue_epoch, pages[0].sequence
    return Releasable(allocations, choices, candidates, epoch, sequence)


def _columns(columns: Any) -> dict[str, np.ndarray]:
    return {column.name: np.frombuffer(column.values, column.dtype) for column in columns}
