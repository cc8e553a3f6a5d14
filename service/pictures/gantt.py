"""A wave over time: its batches as bars by zone, departures as lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from .sheet import number, text_width
from .style import GANTT_STYLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LEFT: Final = 110.0
_TOP: Final = 44.0
_WIDTH: Final = 900.0
_ROW: Final = 20.0
_BAR: Final = 16.0
_ZONE_GAP: Final = 8.0
_FONT: Final = 11.0
MINUTE_US: Final = 60_000_000
_STEPS_US: Final = tuple(MINUTE_US * m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440))
_TICKS_MAX: Final = 12


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

    left = max(_LEFT, 20 + max(text_width(zone, _FONT) for zone in gantt.batch_zones))

    def x(time_us: int) -> float:
        return left + (time_us - low_us) * scale

    parts: list[str] = []
    top = _TOP
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
            bars.append(
                _bar(gantt, row, x(start_us), x(end_us), top + lane * _ROW, is_late=is_late)
            )
        height = len(free_us) * _ROW
        parts.append(
            f'<text class="zone" x="{number(left - 10)}" y="{number(top + height / 2)}">'
            f"{escape(zone)}</text>"
        )
        parts.extend(bars)
        top += height + _ZONE_GAP
    grid = _grid(low_us, high_us, x, top)
    lines = _departures(gantt, x, top)
    sheet_width, sheet_height = number(left + _WIDTH + 40), number(top + 30)
    description = (
        f"{len(gantt.batch_names)} batches in {len(set(gantt.batch_zones))} zones, {late_count} "
        f"of them late, {len(gantt.departure_names)} departures, from {_clock(low_us)} to "
        f"{_clock(high_us)} UTC."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gantt" viewBox="0 0 {sheet_width} '
        f'{sheet_height}" '
        f'role="img" aria-labelledby="gantt-title gantt-desc">'
        f'<title id="gantt-title">{escape(title)}</title>'
        f'<desc id="gantt-desc">{escape(description)}</desc><style>{GANTT_STYLE}</style>'
        f'<rect class="ground" width="{sheet_width}" height="{sheet_height}"/>'
        f"{''.join((*grid, *parts, *lines))}</svg>"
    )


def _bar(gantt: Gantt, row: int, left: float, right: float, top: float, *, is_late: bool) -> str:
    """Draw one batch, with its name where there is room."""
    name = gantt.batch_names[row]
    tip = f"{name}: {_clock(gantt.start_us[row])} to {_clock(gantt.end_us[row])}"
    if gantt.due_us[row]:
        tip += f", due {_clock(gantt.due_us[row])}"
    bar = (
        f'<rect class="bar{" late" if is_late else ""}" x="{number(left)}" y="{number(top)}" '
        f'width="{number(max(right - left, 1.0))}" height="{number(_BAR)}" rx="2">'
        f"<title>{escape(tip)}</title></rect>"
    )
    if text_width(name, _FONT) + 8 > right - left:
        return bar
    at = f'x="{number(left + 4)}" y="{number(top + _BAR / 2)}"'
    return f'{bar}<text class="bar-name" {at}>{escape(name)}</text>'


def _grid(low_us: int, high_us: int, x: Callable[[int], float], bottom: float) -> list[str]:
    """Draw a line at whole steps of time, at most `_TICKS_MAX` of them."""
    step_us = next(
        (step for step in _STEPS_US if (high_us - low_us) // step < _TICKS_MAX),
        -(-(high_us - low_us) // _TICKS_MAX),
    )
    parts = []
    for time_us in range(-(-low_us // step_us) * step_us, high_us + 1, step_us):
        at = number(x(time_us))
        parts.append(f'<path class="grid" d="M{at} {number(_TOP - 6)}V{number(bottom)}"/>')
        parts.append(
            f'<text class="tick" x="{at}" y="{number(bottom + 14)}">{_clock(time_us)}</text>'
        )
    return parts


def _departures(gantt: Gantt, x: Callable[[int], float], bottom: float) -> list[str]:
    """Draw departures; names of those near one another are on two heights."""
    parts = []
    order = sorted(range(len(gantt.departure_us)), key=lambda row: (gantt.departure_us[row], row))
    for place, row in enumerate(order):
        at, name = number(x(gantt.departure_us[row])), gantt.departure_names[row]
        top = 12 if place % 2 == 0 else 26
        parts.append(f'<path class="departure" d="M{at} {top + 6}V{number(bottom)}"/>')
        tip = f"{name}: departs {_clock(gantt.departure_us[row])}"
        parts.append(
            f'<text class="departure-name" x="{at}" y="{top}">{escape(name)}'
            f"<title>{escape(tip)}</title></text>"
        )
    return parts


def _clock(time_us: int) -> str:
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).strftime("%H:%M")
