"""Pickers and their tours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from .clock import Crew
from .site import ZONES
from .size import MINUTE_US
from .standards import TOUR_SETUP_US, WALK_US_PER_MM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .clock import Clock
    from .day import Day
    from .parts import Part, Pick
    from .progress import Progress
    from .tours import Steps, TourMaker
    from .wall import Wall
    from .work import Work

CONVEYOR_US: Final = 2 * MINUTE_US
"""From a zone's depot to the wall or the packing tables."""


class Planner(Protocol):
    """What the floor asks of a policy."""

    tours: TourMaker

    def arrive(self, now_us: int, order: int) -> None:
        """Learn of an order."""
        ...

    def look(self, now_us: int) -> None:
        """Release what is to be released: called every minute."""
        ...

    def next_batch(self, now_us: int, zone: int) -> Sequence[Part] | None:
        """Give what the next free picker of a zone should fetch, if anything."""
        ...

    def forget(self, now_us: int, trailer: int) -> None:
        """Take what was not begun for a trailer that has left off the plan."""
        ...


@dataclass(slots=True)
class _Tour:
    """A picker on the way."""

    batch: int
    zone: int
    picker: int
    parts: Sequence[Part]
    steps: Steps
    done: int = 0


class Picking:
    """Gives batches to free pickers and sends them round.

    Parameters
    ----------
    day, clock, progress, work, planner, wall : Day, Clock, Progress, Work, Planner, Wall
        Of the floor.
    finish : function
        Called with an order that needs no wall when it has come to the packing tables.
    """

    def __init__(
        self,
        day: Day,
        clock: Clock,
        progress: Progress,
        work: Work,
        planner: Planner,
        wall: Wall,
        finish: Callable[[int], None],
    ) -> None:
        self._clock, self._progress, self._work = clock, progress, work
        self._planner, self._wall, self._finish = planner, wall, finish
        self._short = day.line_short.tolist()
        self._found = day.line_found_units.tolist()
        self._pace = day.picker_pace.tolist()
        zone_of = day.picker_zone.tolist()
        self._crews = [
            Crew("picker", [picker for picker, its in enumerate(zone_of) if its == zone])
            for zone in range(ZONES)
        ]
        self._batches = 0

    def wake(self) -> None:
        """Give work to everybody who is free, as far as there is any."""
        for zone, crew in enumerate(self._crews):
            while crew and self._claim(zone):
                pass

    def _claim(self, zone: int) -> bool:
        parts = self._planner.next_batch(self._clock.now_us, zone)
        if not parts:
            return False
        crew = self._crews[zone]
        picker = crew.take()
        for part in parts:
            if part.via_wall:
                self._wall.reserve(part.order)
        batch = self._batches
        self._batches += 1
        steps = self._planner.tours.steps(zone, [pick for part in parts for pick in part.picks])
        self._work.claim(self._clock.now_us, batch, crew.person(picker), parts, steps.picks)
        self._walk(_Tour(batch, zone, picker, parts, steps), TOUR_SETUP_US // 2)
        return True

    def _walk(self, tour: _Tour, before_us: int = 0) -> None:
        """Go on to the next pick, or back."""
        steps, at = tour.steps, tour.done
        if at < len(steps.picks):
            pick, walked_mm = steps.picks[at], steps.walked_mm[at]
            after_us, action = self._progress.line_pick_us[pick.line], self._arrive
        else:
            walked_mm, after_us, action = steps.back_mm, TOUR_SETUP_US // 2, self._bring
        took_us = before_us + walked_mm * WALK_US_PER_MM + after_us
        took_us = took_us * self._pace[tour.picker] // 1000
        self._clock.at(self._clock.now_us + took_us, action, tour, walked_mm)

    def _arrive(self, tour: _Tour, walked_mm: int) -> None:
        pick = tour.steps.picks[tour.done]
        tour.done += 1
        now_us, person = self._clock.now_us, self._crews[tour.zone].person(tour.picker)
        if not self._short[pick.line] or pick.again:
            self._work.pick(now_us, tour.batch, person, pick, walked_mm)
        else:
            found = min(self._found[pick.line], pick.units - 1)
            rest = self._work.short(now_us, tour.batch, person, pick, found, walked_mm)
            lost = pick.units - found - sum(other.units for other in rest)
            if lost:
                self._give_up(pick, lost)
            if rest:
                picks = [*tour.steps.picks[tour.done :], *rest]
                here = self._planner.tours.place(pick.row)
                tour.steps, tour.done = self._planner.tours.steps(tour.zone, picks, here), 0
                self._work.route(now_us, tour.batch, tour.steps.picks)
        self._walk(tour)

    def _give_up(self, pick: Pick, missing_units: int) -> None:
        """Name an order that cannot be complete any more."""
        self._progress.missing_units[pick.order] += missing_units
        if not self._progress.named[pick.order]:
            self._progress.named[pick.order] = True
            now_us = self._clock.now_us
            self._work.miss(now_us, pick.order, "short", now_us)

    def _bring(self, tour: _Tour, walked_mm: int) -> None:
        crew, now_us = self._crews[tour.zone], self._clock.now_us
        self._work.bring(now_us, tour.batch, crew.person(tour.picker), walked_mm)
        for part in tour.parts:
            action, what = (self._wall.bring, part) if part.via_wall else (self._finish, part.order)
            self._clock.at(now_us + CONVEYOR_US, action, what)
        crew.give_back(tour.picker)
        self._claim(tour.zone)
