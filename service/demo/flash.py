"""The flash sale: very many buyers, few units, and a server that dies in the middle of it.

A buyer asks for a promise and, having got one, orders. Buyers whose call was under way when the
server was killed send it again under the same key until somebody answers, so that each has exactly
one answer in the end.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...engine.errors import InvariantBroken
from ...kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
    POLICY_ALL_OR_NOTHING,
)
from .day import PROMISE_LIFE_US
from .orders import MINUTE_US

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .day import Day
    from .desk import Desk
    from .process import ServerProcess
    from .site import Site

CROWD: Final = 32
"""Buyers whose calls are under way at once."""

IN_SALE: Final = ", flash sale"
_LOAD_US: Final = 120 * MINUTE_US
_PRIORITY: Final = 1


@dataclass(frozen=True, slots=True)
class Crash:
    """What the SIGKILL did, as the clients saw it.

    Attributes
    ----------
    at_us : int
        Simulated time.
    restart_us : int
        Wall time from the kill to the first answer.
    recovery_us : int
        Of it, what the server itself says that recovery took.
    acknowledged_count : int
        Commands answered before the kill.
    retried_count : int
        Calls under way at the kill, answered after it.
    """

    at_us: int
    restart_us: int
    recovery_us: int
    acknowledged_count: int
    retried_count: int


class FlashSale:
    """Sells the flash-sale item.

    Parameters
    ----------
    desk : Desk
        Clients.
    site, day : Site, Day
        The item, its buyers.

    Attributes
    ----------
    departure_row : int
        Truck that takes the goods.
    sold_units : int
        Orders accepted, one unit each.
    refused_count : int
        Buyers who were told that it is gone.
    """

    def __init__(self, desk: Desk, site: Site, day: Day) -> None:
        self._desk = desk
        self._sale = day.flash_sale
        self._code = site.items.codes[day.flash_sale.item_row]
        self._owner = site.owner_codes[site.items.owner_row[day.flash_sale.item_row]]
        self._first_reference = len(site.orders.order_codes)
        ready_us = int(day.flash_sale.at_us[0]) + _LOAD_US
        self.departure_row = next(
            row
            for row, code in enumerate(day.departure_codes)
            if code.startswith("web ") and day.departure_us[row] >= ready_us
        )
        self._departure_us = int(day.departure_us[self.departure_row])
        self._lock = threading.Lock()
        self._half = threading.Event()
        self._answered = 0
        self._half_count = -1
        self.sold_units = 0
        self.refused_count = 0

    def sell(self, buyers: Sequence[int], server: ServerProcess | None) -> Crash | None:
        """Let buyers in, all at once.

        Parameters
        ----------
        buyers : sequence of int
            Rows of `Day.flash_sale`.
        server : ServerProcess or None
            To be killed when half of the buyers have an answer; None to let it live.

        Returns
        -------
        Crash or None
            What the kill did.
        """
        self._desk.label = IN_SALE
        with ThreadPoolExecutor(CROWD, thread_name_prefix="buyer") as crowd:
            if server is None:
                self._desk.each(self._buy, buyers, crowd)
                crash = None
            else:
                crash = self._sell_and_crash(buyers, server, crowd)
        self._desk.label = ""
        return crash

    def _sell_and_crash(
        self, buyers: Sequence[int], server: ServerProcess, crowd: ThreadPoolExecutor
    ) -> Crash:
        desk = self._desk
        self._half_count = self._answered + max(1, len(buyers) // 2)
        with ThreadPoolExecutor(1, thread_name_prefix="sale") as sale:
            selling = sale.submit(desk.each, self._buy, buyers, crowd)
            # Should every caller fail, the sale is over and nobody else sets the event.
            selling.add_done_callback(lambda _: self._half.set())
            self._half.wait()
            at_us, acknowledged = desk.clock.now_us(), desk.answered_count
            killed_ns = server.kill()
            started_ns = time.perf_counter_ns()
            server.start()
            desk.client.get_status()
            probed_ns = time.perf_counter_ns()
            server.wait_until_ready()
            selling.result()
        spans = [
            span for kind in ("promise", "accept") for span in desk.spans.get(kind + IN_SALE, ())
        ]
        ends_ns = answered_by_the_next(spans, killed_ns, started_ns + server.recovery_us * 1_000)
        desk.outage_ns = (killed_ns, min([probed_ns, *ends_ns]))
        return Crash(
            at_us=at_us,
            restart_us=(desk.outage_ns[1] - killed_ns) // 1_000,
            recovery_us=server.recovery_us,
            acknowledged_count=acknowledged,
            retried_count=len(ends_ns),
        )

    def _buy(self, row: int) -> None:
        desk, code = self._desk, self._sale.buyer_codes[row]
        promise = desk.call(
            "promise",
            item=self._code,
            owner=self._owner,
            channel="web",
            units=1,
            expires_us=desk.clock.now_us() + PROMISE_LIFE_US,
        )
        outcome = promise.outcome
        if outcome == OUTCOME_DONE:
            outcome = desk.call(
                "accept",
                reference=self._first_reference + row,
                channel="web",
                owner=self._owner,
                priority=_PRIORITY,
                policy=POLICY_ALL_OR_NOTHING,
                placement=PLACEMENT_POOL,
                departure_us=self._departure_us,
                code=code,
                lines=[(self._code, 1, promise.promise)],
            ).outcome
        if outcome not in (OUTCOME_DONE, OUTCOME_SHORT):
            raise InvariantBroken(f"buyer {code}: found outcome {outcome}, expected done or short")
        with self._lock:
            self._answered += 1
            self.sold_units += outcome == OUTCOME_DONE
            self.refused_count += outcome == OUTCOME_SHORT
            if self._answered == self._half_count:
                self._half.set()


def answered_by_the_next(
    spans: Iterable[tuple[int, int]], killed_ns: int, recovered_ns: int
) -> list[int]:
    """Give when calls ended that were under way at the kill and that the next process answered.

    A caller may be late to note an answer that it had before the kill, even later than the start of
    the next process; but none can have come out of that one before it had recovered.

    Parameters
    ----------
    spans : iterable of (int, int)
        Start and end of each call.
    killed_ns, recovered_ns : int
        When the first process was killed, and the earliest time at which the next one answered.

    Returns
    -------
    list of int
        Ends, in the order of the calls.
    """
    return [end_ns for start_ns, end_ns in spans if start_ns < killed_ns and end_ns > recovered_ns]
