"""Two charts as inline SVG: available-to-promise over the day, and orders per hour.

Colours come from the page's style sheet by class, so that light, dark and print differ
there and not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

HOUR_US: Final = 3_600_000_000
NOT_KILLED: Final = -1
_WIDTH, _HEIGHT = 520, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 14, 22
_HOURS_WIDTH, _HOURS_HEIGHT = 1_080, 240


@dataclass(frozen=True, slots=True, eq=False)
class AtpSeries:
    """Available-to-promise of one item over the day.

    Attributes
    ----------
    item_code, description : str
        What it is.
    time_us : int64[n]
        Times at which the value changes, microseconds after midnight, ascending.
    units : int64[n]
        Value from that time on.
    receipt_us : int64[r]
        Receipts of the item, microseconds after midnight.
    receipt_units : int64[r]
        Units of each receipt.
    """

    item_code: str
    description: str
    time_us: NDArray[np.int64]
    units: NDArray[np.int64]
    receipt_us: NDArray[np.int64]
    receipt_units: NDArray[np.int64]


def clock(at_us: int) -> str:
    """Write microseconds after midnight as HH:MM.

    Parameters
    ----------
    at_us : int
        Microseconds after midnight, >= 0; from 24 hours on it is the next day.

    Returns
    -------
    str
        Such as `09:05`.
    """
    minutes = at_us // 60_000_000
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def nice_ceiling(value: int) -> int:
    """Round up to 1, 2, 4, 5 or 8 times a power of ten, for the top of an axis.

    Parameters
    ----------
    value : int
        Largest value shown.

    Returns
    -------
    int
        At least `value` and at least 4, divisible by 2 where it is labelled in halves.
    """
    power = 1
    while True:
        for step in (1, 2, 4, 5, 8):
            top = step * power
            if top >= max(value, 4) and (top % 2 == 0):
                return top
        power *= 10


def atp_chart(series: AtpSeries, restart_at_us: int) -> str:
    """Draw one item's available-to-promise as steps, receipts and the restart marked.

    Parameters
    ----------
    series : AtpSeries
        Values over the day; may be empty.
    restart_at_us : int
        When the server was killed, microseconds after midnight; `NOT_KILLED` when it was
        not.

    Returns
    -------
    str
        An `svg` element.
    """
    last_us = max([24 * HOUR_US, *(int(times[-1]) for times in (series.time_us,) if len(times))])
    top = nice_ceiling(int(series.units.max()) if len(series.units) else 0)
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x_of(at_us: int) -> float:
        return round(_LEFT + at_us / last_us * inner_width, 1)

    def y_of(units: int) -> float:
        return round(_TOP + (1 - max(units, 0) / top) * inner_height, 1)

    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y_of(value)}" '
        f'y2="{y_of(value)}"/><text class="axis end" x="{_LEFT - 6}" y="{y_of(value) + 3.5}">'
        f"{value:,}</text>"
        for value in (0, top // 2, top)
    ]
    parts.extend(
        f'<text class="axis {"end" if x_of(hour * HOUR_US) > _WIDTH - 20 else "mid"}" '
        f'x="{x_of(hour * HOUR_US)}" y="{_HEIGHT - 6}">{hour % 24:02d}:00</text>'
        for hour in range(0, last_us // HOUR_US + 1, 6)
    )
    if len(series.units):
        line = [f"M{x_of(int(series.time_us[0]))} {y_of(int(series.units[0]))}"]
        for at_us, units in zip(
            series.time_us[1:].tolist(), series.units[1:].tolist(), strict=True
        ):
            line.append(f"H{x_of(at_us)}V{y_of(units)}")
        line.append(f"H{x_of(last_us)}")
        steps = "".join(line)
        floor_y = y_of(0)
        start_x = x_of(int(series.time_us[0]))
        parts.append(f'<path class="area" d="{steps}V{floor_y}H{start_x}Z"/>')
        parts.append(f'<path class="step" d="{steps}"/>')
    if restart_at_us != NOT_KILLED:
        x = x_of(restart_at_us)
        parts.append(
            f'<line class="kill" x1="{x}" x2="{x}" y1="{_TOP - 4}" y2="{_HEIGHT - _BOTTOM}"/>'
        )
    parts.extend(
        f'<path class="receipt" d="M{x_of(at_us)} {_TOP - 2}l-5 -9h10z"><title>'
        f"Receipt of {units:,} at {clock(at_us)}</title></path>"
        for at_us, units in zip(
            series.receipt_us.tolist(), series.receipt_units.tolist(), strict=True
        )
    )
    label = escape(f"Available to promise of {series.item_code} over the day", quote=True)
    minutes = ",".join(str(at_us // 60_000_000) for at_us in series.time_us.tolist())
    values = ",".join(str(units) for units in series.units.tolist())
    return (
        f'<svg class="steps" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}" '
        f'data-minutes="{minutes}" data-units="{values}" data-left="{_LEFT}" '
        f'data-span="{inner_width}" data-last="{last_us // 60_000_000}">{"".join(parts)}'
        f'<line class="cursor" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/></svg>'
    )


def hours_chart(orders_per_hour: Mapping[str, Sequence[int]]) -> str:
    """Draw orders per hour as bars stacked by channel.

    Parameters
    ----------
    orders_per_hour : mapping of str to sequence of int
        Channel to orders in each hour from midnight; equal lengths.

    Returns
    -------
    str
        An `svg` element.
    """
    channels = list(orders_per_hour)
    hours = max((len(counts) for counts in orders_per_hour.values()), default=0)
    totals = [sum(orders_per_hour[name][hour] for name in channels) for hour in range(hours)]
    top = nice_ceiling(max(totals, default=0))
    inner_width = _HOURS_WIDTH - _LEFT - _RIGHT
    inner_height = _HOURS_HEIGHT - _TOP - _BOTTOM
    slot = inner_width / max(hours, 1)
    parts = []
    for value in (0, top // 2, top):
        y = round(_TOP + (1 - value / top) * inner_height, 1)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_HOURS_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text class="axis end" x="{_LEFT - 6}" y="{y + 3.5}">{value:,}</text>'
        )
    for hour in range(hours):
        x = round(_LEFT + slot * hour + slot * 0.14, 1)
        y = float(_HOURS_HEIGHT - _BOTTOM)
        bars = []
        for number, name in enumerate(channels):
            height = orders_per_hour[name][hour] / top * inner_height
            y -= height
            if height > 0:
                bars.append(
                    f'<rect class="c{number % 4}" x="{x}" y="{y:.1f}" width="{slot * 0.72:.1f}" '
                    f'height="{height:.1f}"/>'
                )
        detail = ", ".join(f"{name} {orders_per_hour[name][hour]:,}" for name in channels)
        tip = escape(f"{hour % 24:02d}:00 · {totals[hour]:,} orders ({detail})")
        parts.append(f"<g><title>{tip}</title>{''.join(bars)}</g>")
        if hour % 3 == 0:
            parts.append(
                f'<text class="axis mid" x="{x + slot * 0.36:.1f}" y="{_HOURS_HEIGHT - 6}">'
                f"{hour % 24:02d}:00</text>"
            )
    return (
        f'<svg viewBox="0 0 {_HOURS_WIDTH} {_HOURS_HEIGHT}" role="img" '
        f'aria-label="Orders per hour by channel">{"".join(parts)}</svg>'
    )


def hours_legend(orders_per_hour: Mapping[str, Sequence[int]]) -> str:
    """Name the channels with their colours and totals.

    Parameters
    ----------
    orders_per_hour : mapping of str to sequence of int
        As for `hours_chart`.

    Returns
    -------
    str
        `span` elements.
    """
    return "".join(
        f'<span><i class="c{number % 4}"></i>{escape(name)} <b>{sum(counts):,}</b></span>'
        for number, (name, counts) in enumerate(orders_per_hour.items())
    )
