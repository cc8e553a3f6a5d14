"""A wave over time: its batches as bars by zone, departures as lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from .sheet import number, text_width, written
from .style import GANTT_STYLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LEFT: Final = 110.0
_RIGHT: Final = 40.0
_HEADING: Final = 16.0
_LEGEND: Final = 340.0
"""Room for what the marks mean, and around the title."""
_NAMES_TOP: Final = 38.0
"""Of the first row of names of departures."""
_NAME_ROW: Final = 14.0
_WIDTH: Final = 900.0
_ROW: Final = 20.0
_BAR: Final = 16.0
_ZONE_GAP: Final = 8.0
_FONT: Final = 11.0
_NAME_LEAST: Final = 4
"""Characters of a batch's name below which it is not worth writing a part."""
_BOLD: Final = 1.25
"""So much wider are names of zones: bold, and often in capitals."""
MINUTE_US: Final = 60_000_000
_DAY_US: Final = 1440 * MINUTE_US
_STEPS_US: Final = tuple(MINUTE_US * m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440))
_TICKS_MAX: Final = 12
_TIME_US_MAX: Final = 253_402_300_799_999_999
"""The end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Gantt:
    """Columns of a wave's batches (length B) and of its departures (length D).

    Attributes
    ----------
    batch_names, batch_zones : sequence of str
        Name of each batch and zone in which it is picked.
    start_us, end_us : sequence of int
        When it is picked; microseconds UTC, start before end.
    due_us : sequence of int
        When it must be done, 0 for no matter; what ends later is marked.
    departure_names : sequence of str
        Such as lane and carrier.
    departure_us : sequence of int
        When each departs.
    """

    batch_names: Sequence[str]
    batch_zones: Sequence[str]
    start_us: Sequence[int]
    end_us: Sequence[int]
    due_us: Sequence[int]
    departure_names: Sequence[str] = ()
    departure_us: Sequence[int] = ()

    def __post_init__(self) -> None:
        """Refuse columns that do not fit one another."""
        count = len(self.batch_names)
        for name in ("batch_zones", "start_us", "end_us", "due_us"):
            if len(getattr(self, name)) != count:
                found = len(getattr(self, name))
                raise ValueError(f"{name} has length {found}, expected {count} as batch_names")
        if len(self.departure_us) != len(self.departure_names):
            raise ValueError(
                f"departure_us has length {len(self.departure_us)}, expected "
                f"{len(self.departure_names)} as departure_names"
            )
        if count == 0:
            raise ValueError("found no batch, expected at least one")
        for name in ("start_us", "end_us", "due_us", "departure_us"):
            for time_us in getattr(self, name):
                is_whole = isinstance(time_us, (int, np.integer))
                if not is_whole or not 0 <= time_us <= _TIME_US_MAX:
                    raise ValueError(
                        f"{name} is {time_us!r}, expected whole microseconds, 0 to {_TIME_US_MAX}"
                    )
        for name, start, end in zip(self.batch_names, self.start_us, self.end_us, strict=True):
            if not start < end:
                raise ValueError(f"batch {name!r} is from {start} to {end}, expected an end later")


def zone_gantt(gantt: Gantt, title: str) -> str:
    """Draw a wave.

    Parameters
    ----------
    gantt : Gantt
        Its batches and departures.
    title : str
        What it is.

    Returns
    -------
    str
        An `svg` element with its own style for light and dark screens. Zones are in order of
        their names; in each, batches that overlap lie in rows below one another.
    """
    times = (*gantt.start_us, *gantt.end_us, *gantt.departure_us)
    low_us, high_us = min(times), max(times)
    scale = _WIDTH / (high_us - low_us)

    left = max(_LEFT, 20 + _BOLD * max(text_width(zone, _FONT) for zone in gantt.batch_zones))

    def x(time_us: int) -> float:
        return left + (time_us - low_us) * scale

    clock = _clock(low_us, high_us)
    departures, names_foot, reach = _departures(gantt, x, clock)
    parts: list[str] = []
    first_top = top = names_foot + _ZONE_GAP
    late_count = 0
    for zone in sorted(set(gantt.batch_zones)):
        chosen = [row for row, name in enumerate(gantt.batch_zones) if name == zone]
        chosen.sort(key=lambda row: (gantt.start_us[row], gantt.end_us[row], row))
        free_us: list[int] = []
        bars = []
        for row in chosen:
            start_us, end_us = gantt.start_us[row], gantt.end_us[row]
            lane = next((n for n, free in enumerate(free_us) if free <= start_us), len(free_us))
            free_us[lane : lane + 1] = [end_us]
            is_late = 0 < gantt.due_us[row] < end_us
            late_count += is_late
            bars.append(_bar(gantt, row, x, top + lane * _ROW, clock, is_late=is_late))
        height = len(free_us) * _ROW
        parts.append(
            f'<text class="zone" x="{number(left - 10)}" y="{number(top + height / 2)}">'
            f"{written(zone)}</text>"
        )
        parts.extend(bars)
        top += height + _ZONE_GAP
    grid = _grid(low_us, high_us, x, first_top, top)
    lines = [
        f'<path class="departure" d="M{number(at)} {number(y - 5)}V{number(top)}"/>{name}'
        for at, y, name in departures
    ]
    days = sorted({_utc(low_us).date().isoformat(), _utc(high_us).date().isoformat()})
    told = f"{title}, {' to '.join(days)} UTC"
    needed = _BOLD * text_width(told, _FONT) + _LEGEND
    width = max(left + _WIDTH + _RIGHT, reach + 8, needed)
    sheet_height = number(top + 30)
    heading = _heading(told, width)
    description = (
        f"{len(gantt.batch_names)} batches in {len(set(gantt.batch_zones))} zones, {late_count} "
        f"of them late, {len(gantt.departure_names)} departures, from {clock(low_us)} to "
        f"{clock(high_us)} UTC."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gantt" viewBox="0 0 {number(width)} '
        f'{sheet_height}" '
        f'role="img" aria-labelledby="gantt-title gantt-desc">'
        f'<title id="gantt-title">{written(title)}</title>'
        f'<desc id="gantt-desc">{written(description)}</desc><style>{GANTT_STYLE}</style>'
        f'<rect class="ground" width="{number(width)}" height="{sheet_height}"/>'
        f"{''.join((*heading, *grid, *parts, *lines))}</svg>"
    )


def _heading(text: str, width: float) -> list[str]:
    """Write what it is, and at the right what the marks mean."""
    y = number(_HEADING)
    parts = [f'<text class="heading" x="20" y="{y}">{written(text)}</text>']
    at = width - _RIGHT
    for meaning in ("departure", "late", "in time"):
        at -= text_width(meaning, _FONT)
        parts.append(f'<text class="meaning" x="{number(at)}" y="{y}">{meaning}</text>')
        at -= 20
        if meaning == "departure":
            parts.append(f'<path class="sample" d="M{number(at)} {y}h14"/>')
        else:
            parts.append(
                f'<rect class="sample{" late" if meaning == "late" else ""}" x="{number(at)}" '
                f'y="{number(_HEADING - 5)}" width="14" height="10" rx="2"/>'
            )
        at -= 14
    return parts


def _bar(
    gantt: Gantt,
    row: int,
    x: Callable[[int], float],
    top: float,
    clock: Callable[[int], str],
    *,
    is_late: bool,
) -> str:
    """Draw one batch, with its name where there is room."""
    name, left, right = gantt.batch_names[row], x(gantt.start_us[row]), x(gantt.end_us[row])
    tip = f"{name}: {clock(gantt.start_us[row])} to {clock(gantt.end_us[row])}"
    if gantt.due_us[row]:
        tip += f", due {clock(gantt.due_us[row])}"
    bar = (
        f'<rect class="bar{" late" if is_late else ""}" x="{number(left)}" y="{number(top)}" '
        f'width="{number(max(right - left, 1.0))}" height="{number(_BAR)}" rx="2">'
        f"<title>{written(tip)}</title></rect>"
    )
    room = int((right - left - 8) / text_width("n", _FONT))
    if len(name) > room:
        name = f"{name[: room - 1]}\N{HORIZONTAL ELLIPSIS}"
    if room < min(len(name), _NAME_LEAST):
        return bar
    at = f'x="{number(left + 4)}" y="{number(top + _BAR / 2)}"'
    return f'{bar}<text class="bar-name" {at}>{written(name)}</text>'


def _grid(
    low_us: int, high_us: int, x: Callable[[int], float], top: float, bottom: float
) -> list[str]:
    """Draw a line at whole steps of time, at most `_TICKS_MAX` of them."""
    span_us = high_us - low_us
    days = -(-span_us // (_TICKS_MAX * _DAY_US))
    step_us = next((step for step in _STEPS_US if span_us // step < _TICKS_MAX), days * _DAY_US)
    parts = []
    for time_us in range(-(-low_us // step_us) * step_us, high_us + 1, step_us):
        at = number(x(time_us))
        is_new_day = time_us % _DAY_US == 0 and span_us >= _DAY_US
        parts.append(f'<path class="grid" d="M{at} {number(top - 6)}V{number(bottom)}"/>')
        parts.append(
            f'<text class="tick" x="{at}" y="{number(bottom + 14)}">'
            f"{_utc(time_us).strftime('%m-%d' if is_new_day else '%H:%M')}</text>"
        )
    return parts


def _departures(
    gantt: Gantt, x: Callable[[int], float], clock: Callable[[int], str]
) -> tuple[list[tuple[float, float, str]], float, float]:
    """Give line, height and name of each departure, and how far the names reach down and across.

    A name begins at its line, in a row at and below which no earlier one reaches that far: so no
    line passes through a name.
    """
    found = []
    row_ends: list[float] = []
    reach = 0.0
    order = sorted(range(len(gantt.departure_us)), key=lambda row: (gantt.departure_us[row], row))
    for row in order:
        at, name = x(gantt.departure_us[row]), gantt.departure_names[row]
        place = max((n + 1 for n, end in enumerate(row_ends) if end > at - _FONT / 2), default=0)
        end = at + 4 + text_width(f"{name} {clock(0)}", _FONT)
        row_ends[place : place + 1] = [end]
        reach = max(reach, end)
        y = _NAMES_TOP + place * _NAME_ROW
        tip = f"{name}: departs {clock(gantt.departure_us[row])}"
        found.append((
            at, y,
            f'<text class="departure-name" x="{number(at + 4)}" y="{number(y)}">'
            f"{written(name)} {clock(gantt.departure_us[row])}"
            f"<title>{written(tip)}</title></text>",
        ))  # fmt: skip
    return found, _NAMES_TOP + len(row_ends) * _NAME_ROW - _NAME_ROW / 2, reach


def _utc(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us // 1_000_000, UTC)


def _clock(low_us: int, high_us: int) -> Callable[[int], str]:
    """Give how a time is written: with its day, where the picture spans a day or more."""
    form = "%H:%M" if high_us - low_us < _DAY_US else "%m-%d %H:%M"
    return lambda time_us: _utc(time_us).strftime(form)
