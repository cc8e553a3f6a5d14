"""Replay a day's events past all watchers and sum up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .dock import Dock
from .faults import Faults
from .goods import Goods
from .misses import Misses
from .people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_Event = dict[str, Any]


def check_files(day_file: Path, event_file: Path) -> dict[str, Any]:
    """Check a day by its files.

    Parameters
    ----------
    day_file, event_file : Path
        As README.md describes them.

    Returns
    -------
    result : dict
        See `check`.
    """
    day = json.loads(day_file.read_text(encoding="utf-8"))
    with event_file.open(encoding="utf-8") as lines:
        return check(day, map(json.loads, lines))


def check(day: dict[str, Any], events: Iterable[_Event]) -> dict[str, Any]:
    """Check a day.

    Parameters
    ----------
    day : dict
        The day's file.
    events : iterable of dict
        In the sequence in which they happened.

    Returns
    -------
    result : dict
        Counts of `Misses.judge`; ``packed`` orders; ``labour_s`` by task and ``labour_s_per_order``
        of those packed; ``walked_m``; ``wall_most`` slots and ``lanes_most`` held at once;
        ``faults`` by rule and ``fault_lines``.
    """
    faults = Faults()
    goods, people, misses = Goods(day, faults), People(day, faults), Misses(day, faults)
    dock = Dock(day, goods, faults)
    watchers: dict[str, tuple[Callable[[_Event], None], ...]] = {
        "arrived": (misses.see_arrived,),
        "delayed": (misses.see_delayed,),
        "missed": (misses.see_missed,),
        "released": (goods.see_released,),
        "claimed": (goods.see_claimed, people.see_claimed),
        "picked": (goods.see_picked, people.see_picked),
        "short": (goods.see_short, people.see_short, misses.see_short),
        "brought": (goods.see_brought, people.see_brought),
        "put": (goods.see_put, people.see_task),
        "taken_out": (goods.see_taken_out,),
        "packed": (goods.see_packed, people.see_task, dock.see_packed),
        "lane_opened": (dock.see_lane_opened,),
        "docked": (dock.see_docked,),
        "staged": (dock.see_staged, people.see_task),
        "loaded": (dock.see_loaded, people.see_task),
        "departed": (dock.see_departed,),
    }
    counts = {
        "order": len(day["orders"]["trailer"]),
        "line": len(day["lines"]["sku"]),
        "trailer": len(day["trailers"]),
    }
    now_us = 0
    for event in events:
        at_us, name = event["at_us"], event["event"]
        faults.expect(at_us >= now_us, "sequence", at_us, f"{name} comes after {now_us}")
        now_us = at_us
        known = watchers.get(name)
        faults.expect(known is not None, "sequence", at_us, f"nobody knows the event {name!r}")
        strange = _strange(counts, event)
        faults.expect(not strange, "sequence", at_us, f"{name} of {strange}, which is not there")
        for see in () if known is None or strange else known:
            see(event)
    dock.close(now_us)
    judged = misses.judge(dock.shipped, now_us)
    labour_s = {task: spent_us / 1e6 for task, spent_us in sorted(people.labour_us.items())}
    return {
        **judged,
        "packed": len(goods.packed),
        "labour_s": labour_s,
        "labour_s_per_order": sum(labour_s.values()) / max(len(goods.packed), 1),
        "walked_m": people.walked_mm / 1e3,
        "wall_most": goods.wall_most,
        "lanes_most": dock.lanes_most,
        "faults": dict(faults.count),
        "fault_lines": faults.lines,
    }


def _strange(counts: dict[str, int], event: _Event) -> str:
    """Name what an event is about and the day's file does not hold, if anything."""
    for name, count in counts.items():
        if name in event and not 0 <= event[name] < count:
            return f"{name} {event[name]}"
    for name in ("orders", "complete", "incomplete"):
        for order in event.get(name, ()):
            if not 0 <= order < counts["order"]:
                return f"order {order}"
    return ""
