"""Sales channels: promises and orders as single calls, many callers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...engine.errors import InvariantBroken
from ...kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_NOT_LIVE,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
    POLICY_COMPLETE,
    POLICY_PARTIAL,
)
from .day import PromiseFate
from .desk import SERVED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .day import Day
    from .desk import Desk
    from .site import Site

NO_PROMISE: Final = None


class Channels:
    """What the sales channels ask for, and what they were told.

    Parameters
    ----------
    desk : Desk
        Clients.
    site, day : Site, Day
        Orders and promises.

    Attributes
    ----------
    order_number : int64[O]
        Number of each accepted order, -1 before.
    order_outcome : int8[O]
        Outcome of its acceptance.
    promise_number : int64[M]
        Number of each promise, -1 when none was given.
    short_promise_count, broken_promise_count : int
        Promises refused for want of stock; promises that a count had broken.
    """

    def __init__(self, desk: Desk, site: Site, day: Day) -> None:
        orders = site.orders
        self._desk = desk
        self._site = site
        self._day = day
        self._first_line = orders.order_first_line.tolist()
        self._item = orders.line_item_row.tolist()
        self._units = orders.line_units.tolist()
        self._line_promise: list[int | None] = [NO_PROMISE] * len(self._units)
        count = len(orders.order_codes)
        self.order_number: NDArray[np.int64] = np.full(count, -1, np.int64)
        self.order_outcome: NDArray[np.int8] = np.full(count, -1, np.int8)
        self.promise_number: NDArray[np.int64] = np.full(len(day.promises.at_us), -1, np.int64)
        self.short_promise_count = 0
        self.broken_promise_count = 0

    def promise(self, rows: Iterable[int]) -> None:
        """Ask for promises, rows of `Day.promises`."""
        self._desk.each(self._promise, rows)

    def release(self, rows: Iterable[int]) -> None:
        """Give promises of abandoned carts back."""
        self._desk.each(self._release, (row for row in rows if self.promise_number[row] >= 0))

    def order(self, rows: Iterable[int]) -> None:
        """Send orders, rows of `ChosenOrders`; promised lines name their promises."""
        self._desk.each(self._accept, rows)

    def _promise(self, row: int) -> None:
        promises, site = self._day.promises, self._site
        line = int(promises.line_row[row])
        item = self._item[line]
        reply = self._desk.call(
            "promise",
            item=site.items.codes[item],
            owner=site.owner_codes[site.items.owner_row[item]],
            channel="web",
            units=self._units[line],
            expires_us=int(promises.expires_us[row]),
        )
        if reply.outcome == OUTCOME_SHORT:
            self.short_promise_count += 1
            return
        if reply.outcome != OUTCOME_DONE:
            raise InvariantBroken(f"promise {row}: found outcome {reply.outcome}, expected a known")
        self.promise_number[row] = reply.promise
        if promises.fate[row] == PromiseFate.ORDERED:
            self._line_promise[line] = reply.promise

    def _release(self, row: int) -> None:
        reply = self._desk.call("release_promise", promise=int(self.promise_number[row]))
        if reply.outcome not in (OUTCOME_DONE, OUTCOME_NOT_LIVE):
            raise InvariantBroken(f"release of promise {row}: found outcome {reply.outcome}")

    def _accept(self, row: int) -> None:
        lines = range(self._first_line[row], self._first_line[row + 1])
        codes = self._site.items.codes
        asked = [
            (codes[self._item[line]], self._units[line], self._line_promise[line]) for line in lines
        ]
        fields = self._order_fields(row)
        reply = self._desk.call("accept", **fields, lines=asked)
        if reply.outcome == OUTCOME_NOT_LIVE:
            # A short pick took the promised goods away; the order stands without its promises.
            self.broken_promise_count += 1
            plain = [(code, units, NO_PROMISE) for code, units, _ in asked]
            reply = self._desk.call("accept", **fields, lines=plain)
        if reply.outcome not in SERVED:
            raise InvariantBroken(f"order {row}: found outcome {reply.outcome}, expected a known")
        self.order_number[row] = reply.order
        self.order_outcome[row] = reply.outcome

    def _order_fields(self, row: int) -> dict[str, Any]:
        day, orders, site = self._day, self._site.orders, self._site
        is_partial = bool(day.order_partial_allowed[row])
        return {
            "reference": row,
            "channel": site.channel_codes[day.order_channel_row[row]],
            "owner": site.owner_codes[orders.order_owner_row[row]],
            "priority": int(day.order_priority[row]),
            "policy": POLICY_PARTIAL if is_partial else POLICY_COMPLETE,
            "placement": PLACEMENT_POOL,
            "min_life_days": max(0, int(day.order_life_days_min[row]) - 1),
            "departure_us": int(day.departure_us[day.order_departure_row[row]]),
            "code": orders.order_codes[row],
        }
