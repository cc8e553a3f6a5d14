"""A load generator: orders over the catalogue that is there, by single calls or over streams.

What is asked for is drawn from a seed: items by Zipf's law, lines per order geometric, 1 to 5 units
a line. Callers are threads in several processes, since one interpreter makes only some thousand
calls a second. All begin together; a call that failed is counted by its error and is no latency.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from ..engine.errors import InvalidRequest, PeerFault, SlotlineError
from ..engine.schema import NameKind
from ..kernels import columns as kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .client import Bulk, SlotlineClient

CHANNEL: Final = "load"
ORDERS_AHEAD: Final = 1_000
UNITS_MAX: Final = 5
LINES_MAX: Final = 50
_START_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What to do to the server.

    Parameters
    ----------
    target : str
        Host and port.
    mode : {"single", "stream"}
        One call per order, or bulk messages over streams.
    callers : int
        Calls (streams) at a time, over all processes.
    processes : int
        Processes, at most as many as callers.
    orders_per_message : int
        Of a stream.
    window : int
        Messages of a stream that are not answered yet.
    seconds : float
        For how long.
    seed : int
        Same seed, same orders for each caller.
    zipf : float
        Exponent of the items' popularity, 0 for all alike.
    lines_mean : float
        Lines in an order on average.
    placement : {"pool", "bins"}
        Where to allocate.
    partial : bool
        Policy PARTIAL instead of ALL_OR_NOTHING.
    """

    target: str
    mode: Literal["single", "stream"] = "single"
    callers: int = 64
    processes: int = 1
    orders_per_message: int = 1_000
    window: int = 8
    seconds: float = 10.0
    seed: int = 1
    zipf: float = 1.1
    lines_mean: float = 2.5
    placement: Literal["pool", "bins"] = "pool"
    partial: bool = False


@dataclass(slots=True)
class Tally:
    """What callers have counted; tallies add up.

    Parameters
    ----------
    orders, lines, messages : int
        Answered.
    outcomes, errors : Counter
        Orders by outcome, failed calls by name of the error.
    latencies_us : list of int
        One per answered call or message.
    """

    orders: int = 0
    lines: int = 0
    messages: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies_us: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        self.orders += other.orders
        self.lines += other.lines
        self.messages += other.messages
        self.outcomes += other.outcomes
        self.errors += other.errors
        self.latencies_us += other.latencies_us


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was measured.

    Parameters
    ----------
    elapsed_s : float
        From the common start to the last answer.
    tally : Tally
        Sums over all callers.
    """

    elapsed_s: float
    tally: Tally

    def facts(self) -> dict[str, Any]:
        """Give all numbers by name, rates per second and latencies in microseconds."""
        tally = self.tally
        p50, p99 = (0, 0)
        if tally.latencies_us:
            p50, p99 = (int(value) for value in np.percentile(tally.latencies_us, (50, 99)))
        return {
            "elapsed_s": round(self.elapsed_s, 3),
            "orders": tally.orders,
            "lines": tally.lines,
            "calls": tally.messages,
            "orders_per_s": round(tally.orders / self.elapsed_s, 1),
            "lines_per_s": round(tally.lines / self.elapsed_s, 1),
            "p50_us": p50,
            "p99_us": p99,
            "outcomes": dict(sorted(tally.outcomes.items())),
            "errors": dict(sorted(tally.errors.items())),
        }


_OUTCOMES: Final = {
    value: name.removeprefix("OUTCOME_")
    for name, value in vars(kernel).items()
    if name.startswith("OUTCOME_")
}


@dataclass(frozen=True, slots=True)
class Assortment:
    """Items that can be ordered, by owner.

    Parameters
    ----------
    owners : list of str
        Codes.
    owner_refs : ndarray
        int32, refs of the owners.
    item_refs : list of ndarray
        Per owner int32 refs of the active items.
    codes : list of list of str
        Per owner the codes of the same items.
    """

    owners: list[str]
    owner_refs: np.ndarray
    item_refs: list[np.ndarray]
    codes: list[list[str]]


def read_assortment(client: SlotlineClient) -> Assortment:
    """Read what a server has.

    Parameters
    ----------
    client : SlotlineClient
        Connected.

    Returns
    -------
    Assortment
        Active items; each belongs to the owner that is its client.

    Raises
    ------
    InvalidRequest
        There are none.
    """
    items, _ = client.export("item")
    names, _ = client.export("name")
    active = np.flatnonzero(items["active"] == 1) if items else np.empty(0, np.int64)
    if not active.size:
        raise InvalidRequest(
            "found a store without active items, expected some; import items and stock first"
        )
    refs = np.unique(items["client"][active])
    rows = [active[items["client"][active] == ref].astype(np.int32) for ref in refs]
    return Assortment(
        [code.decode() for code in names["code"][refs].tolist()],
        refs.astype(np.int32),
        rows,
        [[code.decode() for code in items["code"][part].tolist()] for part in rows],
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """Orders of one owner.

    Parameters
    ----------
    owner : int
        Position in the assortment.
    counts : ndarray
        int32[n], lines of each order.
    items : ndarray
        int64[L], positions among the owner's items.
    units : ndarray
        int32[L].
    """

    owner: int
    counts: np.ndarray
    items: np.ndarray
    units: np.ndarray


class Drawer:
    """Draws orders, the same for the same seed and caller.

    Parameters
    ----------
    assortment : Assortment
        What there is.
    options : LoadOptions
        Popularity and size.
    caller : int
        Number of the caller.
    """

    def __init__(self, assortment: Assortment, options: LoadOptions, caller: int) -> None:
        self._random = np.random.default_rng((options.seed, caller))
        self._lines_mean = options.lines_mean
        sizes = np.array([part.size for part in assortment.item_refs], np.float64)
        self._owners = np.cumsum(sizes) / sizes.sum()
        # All callers find the same items popular, or the load would be spread.
        shared = np.random.default_rng(options.seed)
        self._ranked = [shared.permutation(part.size) for part in assortment.item_refs]
        weights = [1.0 / np.arange(1, part.size + 1) ** options.zipf for part in self._ranked]
        self._cumulated = [np.cumsum(part) / part.sum() for part in weights]

    def draw(self, count: int) -> Drawn:
        """Draw orders of one owner, chosen by its number of items."""
        random = self._random
        owner = int(np.searchsorted(self._owners, random.random(), side="right"))
        owner = min(owner, self._owners.size - 1)
        counts = np.minimum(random.geometric(1.0 / self._lines_mean, count), LINES_MAX)
        lines = int(counts.sum())
        ranks = np.searchsorted(self._cumulated[owner], random.random(lines), side="right")
        ranked = self._ranked[owner]
        items = ranked[np.minimum(ranks, ranked.size - 1)]
        units = random.integers(1, UNITS_MAX + 1, lines)
        return Drawn(owner, counts.astype(np.int32), items, units.astype(np.int32))


def prepare(client: SlotlineClient) -> None:
    """Make the channel of the load; fails clearly when the server has nothing to order."""
    read_assortment(client)
    client.put_name(kind=int(NameKind.CHANNEL), code=CHANNEL)


def run_load(options: LoadOptions) -> LoadReport:
    """Put a server under load that `prepare` was called for.

    Parameters
    ----------
    options : LoadOptions
        What to do.

    Returns
    -------
    LoadReport
        What was measured.

    Raises
    ------
    SlotlineError
        The server does not answer, or has nothing to order.
    """
    processes = min(options.processes, options.callers)
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(processes), context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(options, part, processes, barrier, answers))
        for part in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        return _gather(workers, answers)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _gather(workers: list[Any], answers: Any) -> LoadReport:
    tally = Tally()
    starts: list[float] = []
    ends: list[float] = []
    while len(ends) < len(workers):
        if answers.empty():
            dead = [worker for worker in workers if worker.exitcode not in (None, 0)]
            if dead and answers.empty():
                raise PeerFault(
                    f"found a load process that ended with code {dead[0].exitcode}, expected 0"
                )
            time.sleep(0.01)
            continue
        found = answers.get()
        if isinstance(found, Exception):
            raise found
        part, start_s, end_s = found
        tally.add(part)
        starts.append(start_s)
        ends.append(end_s)
    # The monotonic clock is one for all processes of a machine.
    return LoadReport(max(max(ends) - min(starts), 1e-9), tally)


def _work(options: LoadOptions, part: int, parts: int, barrier: Any, answers: Any) -> None:
    """Run one process's share of the callers and hand in their tally."""
    from .client import SlotlineClient

    callers = range(part, options.callers, parts)
    loop = _single_calls if options.mode == "single" else _stream
    try:
        with SlotlineClient(options.target) as client, ThreadPoolExecutor(len(callers)) as pool:
            assortment = read_assortment(client)
            drawers = [Drawer(assortment, options, caller) for caller in callers]
            barrier.wait(_START_TIMEOUT_S)
            start_s = time.monotonic()
            end_s = start_s + options.seconds
            waiting = [
                pool.submit(loop, client, assortment, drawer, options, end_s) for drawer in drawers
            ]
            tally = Tally()
            for future in waiting:
                tally.add(future.result())
            answers.put((tally, start_s, time.monotonic()))
    except Exception as error:
        # Whatever it is, it is raised where the command was given.
        barrier.abort()
        answers.put(error)


def _single_calls(
    client: SlotlineClient,
    assortment: Assortment,
    drawer: Drawer,
    options: LoadOptions,
    end_s: float,
) -> Tally:
    tally = Tally()
    policy, placement = _rules(options)
    orders = _requests(assortment, drawer)
    while time.monotonic() < end_s:
        owner, lines = next(orders)
        start_ns = time.perf_counter_ns()
        try:
            reply = client.accept(
                channel=CHANNEL, owner=owner, policy=policy, placement=placement, lines=lines
            )
        except SlotlineError as error:
            tally.errors[type(error).__name__] += 1
            continue
        tally.latencies_us.append((time.perf_counter_ns() - start_ns) // 1000)
        tally.orders += 1
        tally.messages += 1
        tally.lines += len(lines)
        tally.outcomes[_OUTCOMES[reply.outcome]] += 1
    return tally


def _rules(options: LoadOptions) -> tuple[int, int]:
    policy = kernel.POLICY_PARTIAL if options.partial else kernel.POLICY_ALL_OR_NOTHING
    is_pool = options.placement == "pool"
    return policy, kernel.PLACEMENT_POOL if is_pool else kernel.PLACEMENT_BINS


def _requests(
    assortment: Assortment, drawer: Drawer
) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    while True:
        drawn = drawer.draw(ORDERS_AHEAD)
        codes, owner = assortment.codes[drawn.owner], assortment.owners[drawn.owner]
        pairs = zip(drawn.items.tolist(), drawn.units.tolist(), strict=True)
        for count in drawn.counts.tolist():
            yield owner, [(codes[item], units) for item, units in islice(pairs, count)]


def _stream(
    client: SlotlineClient,
    assortment: Assortment,
    drawer: Drawer,
    options: LoadOptions,
    end_s: float,
) -> Tally:
    from .client import Bulk

    tally = Tally()
    policy, placement = _rules(options)
    channel = int(client.resolve("name", [CHANNEL], kind=int(NameKind.CHANNEL))[0][0])
    sent_ns: list[int] = []

    def messages() -> Iterator[Bulk]:
        while time.monotonic() < end_s:
            drawn = drawer.draw(options.orders_per_message)
            columns = {
                "channel": channel,
                "owner": int(assortment.owner_refs[drawn.owner]),
                "policy": policy,
                "placement": placement,
                "line_count": drawn.counts,
            }
            lines = {"item": assortment.item_refs[drawn.owner][drawn.items], "units": drawn.units}
            sent_ns.append(time.perf_counter_ns())
            yield Bulk("accept", columns, lines)

    try:
        for number, result in enumerate(client.stream(messages(), options.window)):
            tally.latencies_us.append((time.perf_counter_ns() - sent_ns[number]) // 1000)
            tally.messages += 1
            tally.orders += result.outcome["outcome"].size
            tally.lines += result.line_outcome["allocated_units"].size
            counts = np.bincount(result.outcome["outcome"])
            for code in np.flatnonzero(counts).tolist():
                tally.outcomes[_OUTCOMES[code]] += int(counts[code])
    except SlotlineError as error:
        tally.errors[type(error).__name__] += 1
    return tally
