"""After the last departure: more order history as a stream of bulk messages, to see its speed.

Tomorrow's delivery comes first, so that orders find stock. The stream sends baskets of the history
that name items of the site, 1,000 orders a message, all or nothing, until the time is over or the
history is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
    POLICY_ALL_OR_NOTHING,
)
from ..client import Bulk
from .desk import make_key
from .floor import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .desk import Desk
    from .history import OrderHistory
    from .opening import Refs
    from .site import Site

MESSAGE_ORDERS: Final = 1_000
STREAM_S: Final = 3.0
STREAM_LINES_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StreamOutcome:
    """What the stream did.

    Attributes
    ----------
    order_count, line_count, served_orders : int
        Sent and answered; allocated in full.
    took_us : int
        Wall time from the first message to the last answer.
    delivered_units : int
        Received for it before.
    """

    order_count: int
    line_count: int
    served_orders: int
    took_us: int
    delivered_units: int

    @property
    def lines_per_s(self) -> int:
        """Order lines per second of wall time."""
        return self.line_count * 1_000_000 // max(self.took_us, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Baskets:
    """Baskets of the history, split by client: first line of each, client, items and units."""

    first_line: NDArray[np.int64]
    owner: NDArray[np.int8]
    item_row: NDArray[np.int64]
    units: NDArray[np.int64]


def run_night(desk: Desk, history: OrderHistory, site: Site, refs: Refs) -> StreamOutcome:
    """Receive tomorrow's goods and stream orders.

    Parameters
    ----------
    desk : Desk
        Clients.
    history : OrderHistory
        The whole history.
    site : Site
        Its items.
    refs : Refs
        What the server calls them.

    Returns
    -------
    StreamOutcome
        Speed and outcome.
    """
    baskets = _baskets(history, site)
    count = len(baskets.owner)
    if not count:
        return StreamOutcome(0, 0, 0, 0, 0)
    _deliver(desk, site, refs, baskets)
    messages = list(_messages(desk, baskets, refs))
    orders = lines = served = 0
    start_ns = time.perf_counter_ns()

    def until_late() -> Iterator[Bulk]:
        for message in messages:
            if time.perf_counter_ns() - start_ns > STREAM_S * 1e9:
                return
            sent.append(message)
            yield message

    sent: list[Bulk] = []
    for number, outcome in enumerate(desk.stream(until_late(), (OUTCOME_DONE, OUTCOME_SHORT))):
        codes = outcome.outcome["outcome"]
        orders += codes.size
        served += int((codes == OUTCOME_DONE).sum())
        lines += int(np.sum(sent[number].columns["line_count"]))
    took_us = (time.perf_counter_ns() - start_ns) // 1_000
    return StreamOutcome(orders, lines, served, took_us, int(baskets.units.sum()))


def _baskets(history: OrderHistory, site: Site) -> _Baskets:
    """Keep the lines whose items the site has, cut into one order per client."""
    row_of = {code: row for row, code in enumerate(site.items.codes)}
    known = np.array([row_of.get(code, -1) for code in history.item_codes], np.int64)
    item_row = known[history.line_item_row]
    lines = np.flatnonzero(item_row >= 0)[:STREAM_LINES_MAX]
    owner = site.items.owner_row[item_row[lines]]
    split = history.line_order_row[lines].astype(np.int64) * 2 + owner
    by_split = np.argsort(split, kind="stable")
    lines, split = lines[by_split], split[by_split]
    first = np.flatnonzero(np.diff(split, prepend=-1))
    return _Baskets(
        first_line=np.append(first, len(lines)),
        owner=(split[first] % 2).astype(np.int8),
        item_row=item_row[lines],
        units=history.line_units[lines],
    )


def _deliver(desk: Desk, site: Site, refs: Refs, baskets: _Baskets) -> None:
    """Receive at the docks what the whole stream will ask for."""
    wanted = np.zeros(len(site.items.codes), np.int64)
    np.add.at(wanted, baskets.item_row, baskets.units)
    rows = np.flatnonzero(wanted)
    docks = refs.location[site.locations.rows_with(Role.DOCK)]
    desk.bulk(
        "receive",
        {
            "item": refs.item[rows],
            "owner": refs.owner[site.items.owner_row[rows]],
            "location": docks[rows % len(docks)],
            "units": wanted[rows],
        },
    )


def _messages(desk: Desk, baskets: _Baskets, refs: Refs) -> Iterator[Bulk]:
    """Cut the baskets into messages; codes stay empty, so nothing is a duplicate."""
    first = baskets.first_line
    now_us = desk.clock.now_us()
    item, channel = refs.item[baskets.item_row], refs.channel[0]
    for begin in range(0, len(baskets.owner), MESSAGE_ORDERS):
        end = min(begin + MESSAGE_ORDERS, len(baskets.owner))
        span = slice(int(first[begin]), int(first[end]))
        columns: dict[str, Any] = {
            "reference": 0,
            "channel": channel,
            "owner": refs.owner[baskets.owner[begin:end]],
            "policy": POLICY_ALL_OR_NOTHING,
            "placement": PLACEMENT_POOL,
            "line_count": np.diff(first[begin : end + 1]),
        }
        lines = {"item": item[span], "units": baskets.units[span], "promise": -1}
        yield Bulk("accept", columns, lines, key=make_key(now_us))
