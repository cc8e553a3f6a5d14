"""Show what can be promised of items: now, and later when dated supply and demand are counted in.

What is shown for a time can be promised from then on without breaking any earlier promise.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...engine.errors import InvalidRequest
from .output import Cell, Output, add_output_arguments, screen_width, table_width
from .shared import add_target, positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..client import SlotlineClient

EXAMPLES = """\
examples:
  slotline atp SKU-1 SKU-2 --client ACME
  slotline atp SKU-1 --days 14
  slotline atp SKU-1 --bounds 2027-03-31T12:00Z 2027-04-15T12:00Z --json

--client may be left out when the store has one client only.
"""

DAY_US = 86_400_000_000
_BARS = "▁▂▃▄▅▆▇█"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `atp`."""
    parser.add_argument("items", metavar="ITEM", nargs="+", help="codes of items")
    add_target(parser)
    parser.add_argument("--client", default="", help="whose item codes these are")
    parser.add_argument("--owner", default="", help="legal owner (default: the client)")
    times = parser.add_mutually_exclusive_group()
    times.add_argument("--days", type=positive, help="now and each of so many days to come")
    times.add_argument(
        "--bounds", metavar="TIME", nargs="+", type=moment_us, help="ISO times with zone, ascending"
    )
    add_output_arguments(parser)


def moment_us(text: str) -> int:
    """Read an ISO time with zone as microseconds UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected an ISO time with zone such as 2027-03-31T12:00Z"
        )
    past = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def sparkline(values: Sequence[int]) -> str:
    """Draw values as bars from 0 to the largest of them.

    Parameters
    ----------
    values : sequence of int
        0 or larger.

    Returns
    -------
    str
        One character per value; zero is the lowest bar.
    """
    top = max(values, default=0)
    if top <= 0:
        return _BARS[0] * len(values)
    steps = len(_BARS) - 1
    return "".join(_BARS[-(-value * steps // top)] for value in values)


def run(options: argparse.Namespace) -> int:
    """Ask the server and print a table."""
    from ..clock import SystemClock
    from .connect import connected

    output = Output(options)
    with connected(options.target) as client:
        scope = options.client or _only_client(client)
        if options.bounds:
            bounds_us = options.bounds
        else:
            # The store's own clock never goes back, this machine's may be behind it.
            now_us = max(client.get_status().time_us, SystemClock().now_us())
            bounds_us = [now_us + day * DAY_US for day in range((options.days or 0) + 1)]
        reply = client.atp(scope, options.items, owner=options.owner, bounds_us=bounds_us)
    width = len(reply.bounds_us)
    units = list(reply.units)
    parts = [units[start : start + width] for start in range(0, len(units), width)]
    facts = {
        "client": scope,
        "sequence": reply.sequence,
        "bounds_us": list(reply.bounds_us),
        "units": dict(zip(reply.items, parts, strict=True)),
    }
    first = _written(reply.bounds_us[0], "%Y-%m-%d %H:%MZ")
    if options.bounds:
        times = [first, *(_written(bound_us, "%m-%d %H:%M") for bound_us in reply.bounds_us[1:])]
    else:
        times = ["now", *(_written(bound_us, "%m-%d") for bound_us in reply.bounds_us[1:])]
    title = f"units of {scope}, sequence {reply.sequence}, {first}"
    output.result(facts, (title, *lay_out(reply.items, times, parts, screen_width())))
    return 0


def lay_out(
    items: Sequence[str], times: Sequence[str], parts: Sequence[Sequence[int]], width: int
) -> tuple[list[str], list[list[Cell]]]:
    """Make a table that fits: a row per item, else a row per time, else some of the times.

    Parameters
    ----------
    items, times : sequence of str
        What and when.
    parts : sequence of sequence of int
        Units of each item at each time.
    width : int
        Characters in a line.

    Returns
    -------
    headings : list of str
        Of the columns.
    rows : list of list
        Cells. When some times are left out the first and the last are among those shown.
    """
    by_item = _by_item(items, times, parts, range(len(times)))
    if table_width(*by_item) <= width:
        return by_item
    headings = ["time", *items]
    rows: list[list[Cell]] = [
        [when, *(part[place] for part in parts)] for place, when in enumerate(times)
    ]
    if table_width(headings, rows) <= width:
        return headings, rows
    for count in range(len(times) - 1, 1, -1):
        places = [place * (len(times) - 1) // (count - 1) for place in range(count)]
        by_item = _by_item(items, times, parts, places)
        if table_width(*by_item) <= width:
            break
    return by_item


def _by_item(
    items: Sequence[str],
    times: Sequence[str],
    parts: Sequence[Sequence[int]],
    places: Sequence[int],
) -> tuple[list[str], list[list[Cell]]]:
    headings = ["item", *(times[place] for place in places)]
    rows: list[list[Cell]] = [
        [item, *(part[place] for place in places)] for item, part in zip(items, parts, strict=True)
    ]
    if len(places) > 1:
        headings.append("over time")
        for row, part in zip(rows, parts, strict=True):
            row.append(sparkline([part[place] for place in places]))
    return headings, rows


def _written(bound_us: int, pattern: str) -> str:
    return datetime.fromtimestamp(bound_us / 1e6, UTC).strftime(pattern)


def _only_client(client: SlotlineClient) -> str:
    from ...engine.schema import NameKind

    names, _ = client.export("name")
    codes: list[str] = [
        code.decode("utf-8", "replace")
        for kind, code in zip(names["kind"].tolist(), names["code"].tolist(), strict=True)
        if kind == NameKind.CLIENT
    ]
    if len(codes) != 1:
        listed = ", ".join(codes[:5]) + (", ..." if len(codes) > 5 else "")
        raise InvalidRequest(
            f"found {len(codes)} clients ({listed}) in the store, expected one of them as --client"
        )
    return codes[0]
