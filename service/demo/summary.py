"""The demo's result: checks beside those of `verify`, tables for a person, facts for a program."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .orders import MINUTE_US
from .report import Check, FlashOutcome, ReportData, RestartOutcome
from .tours import travel_heat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..commands.output import Table
    from ..verify import Verdict
    from .charts import AtpSeries
    from .day import Day
    from .flash import Crash, FlashSale
    from .night import StreamOutcome
    from .order_book import OrderBook
    from .picking import Picking
    from .reckoning import DayAccount
    from .report import CallTiming
    from .site import Site

_EXAMPLE_BINS: Final = 40
_TITLES: Final = {
    "conservation": "Conservation",
    "oversell": "Zero oversell",
    "availability": "Nothing promised twice",
    "acknowledged": "Nothing answered was lost",
}
"""Checks of `verify` that a manager asks for, and how we call them."""

PLAY_RULES: Final = (
    "The day is played in steps of five minutes: what happens within a step is stamped with its "
    "beginning; within it goods come in first, then promises, orders, waves and departures.",
    "Before each wave all short orders are allocated again, most urgent first; an order that "
    "misses its truck takes the next one of its channel, and what stays short may follow later.",
    "After a short pick the rest of the bin is held; it is counted and given free before the next "
    "wave.",
    "The stream at the end sends further baskets of the history against a delivery for the next "
    "day; it is not part of the day's figures.",
)
"""What the run assumes beyond the site."""


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """Everything that a run found out.

    Attributes
    ----------
    site, day : Site, Day
        What was played.
    account : DayAccount
        Totals and shorts.
    flash, crash : FlashSale, Crash or None
        The sale, and what the kill did if there was one.
    book : OrderBook
        Units that clients saw leave.
    picking : Picking
        Tours and picks.
    calls : sequence of CallTiming
        Single calls.
    stream : StreamOutcome
        The bulk stream.
    atp : sequence of AtpSeries
        Busiest items.
    verdict : Verdict
        Of `verify`.
    wall_us, day_wall_us, compile_us : int
        Wall time of the whole run, of the day alone, and of compiling kernels before (not in
        `wall_us`; 0 when they were there).
    answered_count : int
        Answers that clients got.
    """

    site: Site
    day: Day
    account: DayAccount
    flash: FlashSale
    crash: Crash | None
    book: OrderBook
    picking: Picking
    calls: Sequence[CallTiming]
    stream: StreamOutcome
    atp: Sequence[AtpSeries]
    verdict: Verdict
    wall_us: int
    day_wall_us: int
    compile_us: int
    answered_count: int


def own_checks(facts: RunFacts) -> list[Check]:
    """Check what the clients saw against each other and against the server's tables.

    Parameters
    ----------
    facts : RunFacts
        The run.

    Returns
    -------
    list of Check
        All must pass.
    """
    flash, sale, account = facts.flash, facts.day.flash_sale, facts.account
    buyers = len(sale.buyer_codes)
    sellable = min(sale.stock_units, buyers)
    differ = int((account.shipped_by_order != facts.book.shipped_units).sum())
    seen_units = int(facts.book.shipped_units.sum())
    return [
        Check(
            "Flash sale exact",
            flash.sold_units == sellable and flash.sold_units + flash.refused_count == buyers,
            f"{flash.sold_units:,} sold of {sale.stock_units:,} in stock, {flash.refused_count:,} "
            f"of {buyers:,} buyers refused",
        ),
        Check(
            "Shipped as answered",
            differ == 0,
            f"{seen_units:,} units answered by ship; {differ:,} orders differ from their lines",
        ),
    ]


def all_checks(facts: RunFacts) -> list[Check]:
    """Join the checks of `verify` and our own, those that a manager asks for first."""
    found = {
        check.name: Check(check.name, check.passed, check.detail) for check in facts.verdict.checks
    }
    conserved = found["conservation"]
    if conserved.passed:
        found["conservation"] = replace(conserved, detail=conserved.detail + _inclusions(facts))
    first = [replace(found.pop(name), name=title) for name, title in _TITLES.items()]
    return [*first, *own_checks(facts), *found.values()]


def shown_checks(facts: RunFacts) -> list[Check]:
    """Put what passed and what nobody asks for into one line."""
    checks = all_checks(facts)
    named = {*_TITLES.values(), *(check.name for check in own_checks(facts))}
    rest = [check for check in checks if check.passed and check.name not in named]
    shown = [check for check in checks if check not in rest]
    if rest:
        names = ", ".join(check.name for check in rest)
        shown.append(Check(f"{len(rest)} more of the journal", True, names))
    return shown


def as_facts(facts: RunFacts) -> dict[str, Any]:
    """Give the result for --json: plain values, every duration in microseconds."""
    account, flash, picking = facts.account, facts.flash, facts.picking
    return {
        "passed": all(check.passed for check in all_checks(facts)),
        "source": facts.site.source,
        "day": facts.site.orders.date,
        "orders": account.order_count,
        "orders_filled": account.orders_filled,
        "lines": account.line_count,
        "lines_filled": account.lines_filled,
        "units_ordered": account.units_ordered,
        "units_shipped": account.units_shipped,
        "shorts": [asdict(short) for short in account.shorts],
        "flash_stock_units": facts.day.flash_sale.stock_units,
        "flash_buyers": len(facts.day.flash_sale.buyer_codes),
        "flash_sold_units": flash.sold_units,
        "flash_shipped_units": account.flash_shipped_units,
        "restart": asdict(facts.crash) if facts.crash else None,
        "tours": len(picking.tours),
        "walked_mm": sum(tour.walked_mm for tour in picking.tours),
        "picks": picking.picked_lines,
        "short_picks": picking.short_picks,
        "calls": [asdict(call) for call in facts.calls],
        "stream": {**asdict(facts.stream), "lines_per_s": facts.stream.lines_per_s},
        "wall_us": facts.wall_us,
        "day_wall_us": facts.day_wall_us,
        "compile_us": facts.compile_us,
        "answers": facts.answered_count,
        "checks": [asdict(check) for check in all_checks(facts)],
    }


def as_tables(facts: RunFacts, report_path: Path) -> list[str | Table]:
    """Lay the result out for a person.

    Parameters
    ----------
    facts : RunFacts
        The run.
    report_path : Path
        Where the report was written.

    Returns
    -------
    list
        Lines and tables.
    """
    account, crash, picking = facts.account, facts.crash, facts.picking
    walked_km = sum(tour.walked_mm for tour in picking.tours) / 1e6
    sale = facts.day.flash_sale
    rows = [
        ("Orders", f"{account.order_count:,}"),
        (
            "Orders shipped in full",
            f"{account.orders_filled:,}, {_percent(account.orders_filled, account.order_count)}",
        ),
        ("Order lines", f"{account.line_count:,}"),
        ("Fill rate", f"{_percent(account.lines_filled, account.line_count)} of lines in full"),
        (
            "Units",
            f"{account.units_shipped:,} shipped of {account.units_ordered:,}, and "
            f"{account.flash_shipped_units:,} in the flash sale",
        ),
        ("Tours", f"{len(picking.tours):,} carts, {walked_km:,.1f} km"),
        ("Picks", f"{picking.picked_lines:,}, and {picking.short_picks:,} not found in full"),
        (
            "Flash sale",
            f"{facts.flash.sold_units:,} sold of {sale.stock_units:,} to {len(sale.buyer_codes):,} "
            f"buyers",
        ),
        ("SIGKILL to first answer", _restart(crash)),
        (
            "Stream",
            f"{facts.stream.lines_per_s:,} order lines/s ({facts.stream.line_count:,} lines in "
            f"{facts.stream.took_us / 1e6:.1f} s)",
        ),
        ("Wall time", f"{facts.wall_us / 1e6:.1f} s, the day itself {facts.day_wall_us / 1e6:.1f}"),
    ]
    if facts.compile_us:
        rows.append(("Kernels compiled", f"{facts.compile_us / 1e6:.1f} s before, once only"))
    shorts = [(short.reason, short.line_count, short.unit_count) for short in account.shorts]
    calls = [
        (call.name, call.count, call.p50_us / 1_000, call.p99_us / 1_000) for call in facts.calls
    ]
    checks = [
        (check.name, "passed" if check.passed else "FAILED", check.detail)
        for check in shown_checks(facts)
    ]
    passed = all(check.passed for check in all_checks(facts))
    return [
        (f"{facts.site.source}: {facts.site.orders.date}", ("Day", ""), rows),
        ("Short lines", ("Reason", "Lines", "Units"), shorts),
        ("Single calls, durable but for atp", ("Call", "Calls", "p50 ms", "p99 ms"), calls),
        ("Checks", ("Check", "Verdict", "What it covered"), checks),
        f"{'All checks passed' if passed else 'CHECKS FAILED'}. Report: {report_path}",
    ]


def report_data(facts: RunFacts) -> ReportData:
    """Fill the report."""
    site, day, account, picking = facts.site, facts.day, facts.account, facts.picking
    sizes = [len(bins) for bins in picking.tour_bins]
    # A typical tour, not a record: the one whose number of bins is nearest to the wished one.
    example = min(range(len(sizes)), key=lambda row: (abs(sizes[row] - _EXAMPLE_BINS), row))
    orders, sale = site.orders, day.flash_sale
    hour = (orders.order_time_us - day.start_us) // (60 * MINUTE_US)
    lost = sum(fault.check == "acknowledged" for fault in facts.verdict.faults)
    crash = facts.crash
    return ReportData(
        title="One day in the warehouse",
        day_label=f"{orders.date}, {_folded(orders.days_folded)}",
        source=site.source,
        generated_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        order_count=account.order_count,
        line_count=account.line_count,
        units_ordered=account.units_ordered,
        units_shipped=account.units_shipped,
        lines_filled=account.lines_filled,
        flash=FlashOutcome(
            site.items.codes[sale.item_row],
            sale.stock_units,
            len(sale.buyer_codes),
            facts.flash.sold_units,
            facts.flash.refused_count,
        ),
        restart=RestartOutcome(
            at_us=crash.at_us - day.start_us,
            restart_us=crash.restart_us,
            acknowledged_count=crash.acknowledged_count,
            lost_count=lost,
            retried_count=crash.retried_count,
        )
        if crash
        else None,
        calls=facts.calls,
        stream_lines_per_s=facts.stream.lines_per_s,
        wall_us=facts.wall_us,
        checks=shown_checks(facts),
        plan=site.plan,
        locations=site.locations,
        heat=travel_heat(site.plan, picking.tours),
        example_tour=picking.tours[example],
        example_bins=picking.tour_bins[example],
        tour_count=len(picking.tours),
        walked_mm=sum(tour.walked_mm for tour in picking.tours),
        atp=facts.atp,
        orders_per_hour={
            channel: np.bincount(hour[day.order_channel_row == row], minlength=24).tolist()
            for row, channel in enumerate(site.channel_codes)
        },
        shorts=account.shorts,
        assumptions=(*site.assumptions, *PLAY_RULES),
        machine=machine(),
    )


def machine() -> tuple[tuple[str, str], ...]:
    """Describe the machine and the versions that matter."""
    processor = platform.processor() or platform.machine()
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.is_file():
        names = (
            line.partition(":")[2].strip()
            for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith("model name")
        )
        processor = next(names, processor)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        ("Processor", f"{processor}, {os.cpu_count()} cores"),
        ("Memory", f"{memory:.0f} GiB"),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ("numpy", "numba", "grpcio", "slotline")),
    )


def _inclusions(facts: RunFacts) -> str:
    """Say why the journal's totals are larger than the day's."""
    return (
        f"; received includes the delivery of {facts.stream.delivered_units:,} for the stream at "
        f"the end, shipped the {facts.account.flash_shipped_units:,} of the flash sale"
    )


def _folded(day_count: int) -> str:
    return "1 busy day" if day_count == 1 else f"{day_count:,} busy days in one"


def _percent(part: int, whole: int) -> str:
    return f"{part / max(whole, 1) * 100:.2f} %"


def _restart(crash: Crash | None) -> str:
    if crash is None:
        return "not killed"
    return (
        f"{crash.restart_us / 1e6:.2f} s (recovery {crash.recovery_us / 1e6:.2f} s), "
        f"{crash.retried_count:,} calls sent again"
    )
