"""The report: one self-contained HTML page for the manager of a distribution centre.

`render_report` takes plain values and returns the page as text. The page names no other
file or address: styles, pictures and the few lines of script are inside, and a content
security policy forbids the browser to fetch anything. All text is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from .charts import NOT_KILLED, AtpSeries, atp_chart, clock, hours_chart, hours_legend
from .floor_picture import floor_legend, floor_picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .floor import FloorPlan, Locations
    from .tours import Tour, TravelHeat

__all__ = [
    "AtpSeries",
    "CallTiming",
    "Check",
    "FlashOutcome",
    "ReportData",
    "RestartOutcome",
    "ShortReason",
    "render_report",
]

_DURABLE_CALLS: Final = ("accept", "promise")
_KILL_LEGEND: Final = '<span><i class="kill-key"></i>server killed and restarted</span>'


@dataclass(frozen=True, slots=True)
class Check:
    """One check of `verify`: its name, its verdict, what was counted."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class CallTiming:
    """Timings of one kind of single call, microseconds."""

    name: str
    count: int
    p50_us: int
    p99_us: int


@dataclass(frozen=True, slots=True)
class FlashOutcome:
    """How the flash sale went; `sold_units` should equal `stock_units`."""

    item_code: str
    stock_units: int
    buyer_count: int
    sold_units: int
    refused_count: int


@dataclass(frozen=True, slots=True)
class RestartOutcome:
    """What the SIGKILL did.

    Attributes
    ----------
    at_us : int
        Simulated time of the kill, microseconds after midnight.
    restart_us : int
        Wall time from the kill to the first answer, microseconds.
    acknowledged_count, lost_count : int
        Commands answered before the kill, and how many of them were gone after it.
    retried_count : int
        Calls that were in flight and were sent again with the same key.
    """

    at_us: int
    restart_us: int
    acknowledged_count: int
    lost_count: int
    retried_count: int


@dataclass(frozen=True, slots=True)
class ShortReason:
    """Lines and units that stayed short for one reason."""

    reason: str
    line_count: int
    unit_count: int


@dataclass(frozen=True, slots=True, eq=False)
class ReportData:
    """Everything the page shows, as plain values.

    Attributes
    ----------
    title, day_label, source, generated_at : str
        Heading, the simulated day, the order history, when the run was made.
    order_count, line_count, units_ordered, units_shipped, lines_filled : int
        Totals of the day without the flash sale; a filled line was shipped in full.
    flash : FlashOutcome
        The flash sale.
    restart : RestartOutcome or None
        The SIGKILL and the restart, None when the server was let live.
    calls : sequence of CallTiming
        Single calls, most frequent first; the headline is the one named `accept`, else `promise`.
    stream_lines_per_s : int
        Order lines per second of wall time on the bulk stream.
    wall_us : int
        Wall time of the whole day.
    checks : sequence of Check
        Verdict of `verify`.
    plan, locations : FloorPlan, Locations
        The building.
    heat : TravelHeat
        Traffic of all tours.
    example_tour : Tour
        One tour to draw.
    example_bins : int64[n]
        Location rows of its bins.
    tour_count, walked_mm : int
        Tours of the day and their length together.
    atp : sequence of AtpSeries
        Available-to-promise of the busiest items over the day.
    orders_per_hour : mapping of str to sequence of int
        Channel to orders in each hour from midnight; equal lengths.
    shorts : sequence of ShortReason
        Why lines stayed short.
    assumptions : sequence of str
        `Site.assumptions`.
    machine : sequence of (str, str)
        Label and value: processor, memory, disk, versions.
    """

    title: str
    day_label: str
    source: str
    generated_at: str
    order_count: int
    line_count: int
    units_ordered: int
    units_shipped: int
    lines_filled: int
    flash: FlashOutcome
    restart: RestartOutcome | None
    calls: Sequence[CallTiming]
    stream_lines_per_s: int
    wall_us: int
    checks: Sequence[Check]
    plan: FloorPlan
    locations: Locations
    heat: TravelHeat
    example_tour: Tour
    example_bins: NDArray[np.int64]
    tour_count: int
    walked_mm: int
    atp: Sequence[AtpSeries]
    orders_per_hour: Mapping[str, Sequence[int]]
    shorts: Sequence[ShortReason]
    assumptions: Sequence[str]
    machine: Sequence[tuple[str, str]]


def render_report(data: ReportData) -> str:
    """Render the page.

    Parameters
    ----------
    data : ReportData
        Plain values; texts may hold anything, they are escaped.

    Returns
    -------
    str
        A whole HTML document.
    """
    restart_at_us = data.restart.at_us if data.restart else NOT_KILLED
    template = Template(
        files("slotline.service.demo").joinpath("report.html").read_text(encoding="utf-8")
    )
    return template.substitute(
        title=escape(data.title),
        day_label=escape(data.day_label),
        source=escape(data.source),
        generated_at=escape(data.generated_at),
        wall=escape(_duration(data.wall_us)),
        verdict=_verdict(data.checks),
        headline=_headline(data),
        flash_and_restart=_flash_and_restart(data.flash, data.restart),
        floor=floor_picture(
            data.plan, data.locations, data.heat, data.example_tour, data.example_bins
        ),
        floor_legend=floor_legend(data.heat),
        floor_text=_floor_text(data),
        kill_legend=_KILL_LEGEND if data.restart else "",
        atp="".join(_atp_card(series, restart_at_us) for series in data.atp),
        hours=hours_chart(data.orders_per_hour),
        hours_legend=hours_legend(data.orders_per_hour),
        shorts=_shorts(data.shorts, data.line_count),
        calls=_calls(data.calls),
        assumptions="".join(f"<li>{escape(text)}</li>" for text in data.assumptions),
        machine="".join(
            f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
            for label, value in data.machine
        ),
    )


def _duration(duration_us: int) -> str:
    """Write a duration with the unit that suits it."""
    if duration_us < 1_000:
        return f"{duration_us} µs"
    if duration_us < 1_000_000:
        return f"{duration_us / 1_000:.1f} ms"
    return f"{duration_us / 1_000_000:.1f} s"


def _percent(part: int, whole: int) -> str:
    """Write a share; a whole of nothing is nothing, and 100 % means all."""
    if whole == 0:
        return "n/a"
    if part == whole:
        return "100 %"
    return f"{min(part / whole * 100, 99.99):.2f} %"


def _verdict(checks: Sequence[Check]) -> str:
    """Show the verdict of `verify` first: it is what the rest rests on."""
    passed = bool(checks) and all(check.passed for check in checks)
    failed = sum(not check.passed for check in checks)
    if passed:
        text = "Every unit is accounted for"
    elif not checks:
        text = "Nothing was verified"
    else:
        text = f"{failed} of {len(checks)} checks failed"
    rows = "".join(
        f'<li class="{"ok" if check.passed else "bad"}"><b>{escape(check.name)}</b>'
        f"<span>{escape(check.detail)}</span>"
        f"<i>{'passed' if check.passed else 'failed'}</i></li>"
        for check in checks
    )
    mark = "M5 12.5l4.5 4.5L19 7.5" if passed else "M7 7l10 10M17 7L7 17"
    return (
        f'<section class="verdict {"ok" if passed else "bad"}"><div class="mark">'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{mark}"/></svg></div>'
        f"<div><h2>{escape(text)}</h2><ul>{rows}</ul></div></section>"
    )


def _headline(data: ReportData) -> str:
    """Lay out the figures a manager asks for first."""
    short_lines = data.line_count - data.lines_filled
    durable = _durable_call(data.calls)
    figures = [
        ("Fill rate", _percent(data.lines_filled, data.line_count), "order lines shipped in full"),
        ("Orders", f"{data.order_count:,}", f"{data.line_count:,} lines"),
        (
            "Units shipped",
            f"{data.units_shipped:,}",
            f"of {data.units_ordered:,} ordered",
        ),
        ("Lines short", f"{short_lines:,}", "each with its reason, below"),
        (
            "Durable single call",
            _duration(durable.p50_us) if durable else "n/a",
            f"p50; p99 {_duration(durable.p99_us)} ({durable.name})" if durable else "",
        ),
        ("Bulk stream", f"{data.stream_lines_per_s:,}", "order lines per second"),
    ]
    return "".join(
        f'<div class="figure"><h3>{escape(label)}</h3><p>{escape(value)}</p>'
        f"<small>{escape(note)}</small></div>"
        for label, value, note in figures
    )


def _durable_call(calls: Sequence[CallTiming]) -> CallTiming | None:
    """Choose a call that waits for the disk: a query, however frequent, does not."""
    by_name = {call.name: call for call in calls}
    return next((by_name[name] for name in _DURABLE_CALLS if name in by_name), None)


def _flash_and_restart(flash: FlashOutcome, restart: RestartOutcome | None) -> str:
    """Set the sale and the crash side by side; without a crash the sale has the whole width."""
    if restart is None:
        return f'<div class="pair alone"><section>{_flash(flash)}</section></div>'
    return (
        f'<div class="pair"><section>{_flash(flash)}</section>'
        f"<section>{_restart(restart)}</section></div>"
    )


def _flash(flash: FlashOutcome) -> str:
    """Tell the flash sale in one line and one bar."""
    exact = flash.sold_units == min(flash.stock_units, flash.buyer_count)
    share = flash.sold_units / max(flash.stock_units, 1) * 100
    return (
        f'<h2>Flash sale</h2><p class="big">{flash.sold_units:,} sold'
        f"<small> of {flash.stock_units:,} in stock</small></p>"
        f'<div class="bar" role="img" aria-label="{flash.sold_units} of {flash.stock_units} units '
        f'sold"><i style="width:{min(share, 100):.2f}%"></i></div>'
        f"<p>{flash.buyer_count:,} buyers asked for one unit each of "
        f"<b>{escape(flash.item_code)}</b> within a minute; {flash.refused_count:,} were told "
        f"that it is gone. "
        f"{'Not one unit was sold twice.' if exact else 'Sold and stocked units differ.'}</p>"
    )


def _restart(restart: RestartOutcome) -> str:
    """Tell the crash: when, how long, what was lost."""
    lost = "none was lost" if restart.lost_count == 0 else f"{restart.lost_count:,} were LOST"
    return (
        "<h2>Killed without warning</h2>"
        f'<p class="big">{escape(_duration(restart.restart_us))}'
        "<small> from kill to first answer</small></p>"
        f"<p>At {clock(restart.at_us)} the server process was ended by SIGKILL. "
        f"{restart.acknowledged_count:,} commands had been acknowledged; <b>{lost}</b>. "
        f"{restart.retried_count:,} calls in flight were sent again with the same key.</p>"
    )


def _floor_text(data: ReportData) -> str:
    """Sum up the walking."""
    per_tour = data.walked_mm / 1_000 / max(data.tour_count, 1)
    example = data.example_tour
    return (
        f"{data.tour_count:,} cart tours walked {data.walked_mm / 1_000_000:,.1f} km, "
        f"{per_tour:,.0f} m each. The tour drawn visits {len(example.visit):,} bins in "
        f"{example.walked_mm / 1_000:,.0f} m."
    )


def _atp_card(series: AtpSeries, restart_at_us: int) -> str:
    """Frame one item's chart with its name and its last value."""
    last = int(series.units[-1]) if len(series.units) else 0
    return (
        f'<figure class="atp"><figcaption><b>{escape(series.description or series.item_code)}</b>'
        f"<span>{escape(series.item_code)} · {last:,} left</span></figcaption>"
        f"{atp_chart(series, restart_at_us)}</figure>"
    )


def _shorts(shorts: Sequence[ShortReason], line_count: int) -> str:
    """List the reasons, most lines first, with a bar for the eye."""
    if not shorts:
        return '<p class="quiet">No line was short.</p>'
    most = max(short.line_count for short in shorts) or 1
    rows = "".join(
        f"<tr><td>{escape(short.reason)}</td><td>{short.line_count:,}</td>"
        f"<td>{short.unit_count:,}</td><td>{_percent(short.line_count, line_count)}</td>"
        f'<td><i style="width:{short.line_count / most * 100:.1f}%"></i></td></tr>'
        for short in sorted(shorts, key=lambda short: (-short.line_count, short.reason))
    )
    return (
        '<table class="shorts"><thead><tr><th>Reason</th><th>Lines</th><th>Units</th>'
        f"<th>Of all lines</th><th></th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _calls(calls: Sequence[CallTiming]) -> str:
    """List the single calls."""
    rows = "".join(
        f"<tr><td>{escape(call.name)}</td><td>{call.count:,}</td>"
        f"<td>{_duration(call.p50_us)}</td><td>{_duration(call.p99_us)}</td></tr>"
        for call in calls
    )
    return (
        "<table><thead><tr><th>Single call</th><th>Calls</th><th>p50</th><th>p99</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
