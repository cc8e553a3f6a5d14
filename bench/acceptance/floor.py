"""Run a day on the floor: orders arrive, a policy plans, people work, trailers leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import Clock
from .dock import Dock
from .packing import Packing
from .picking import Picking
from .progress import Progress
from .size import MINUTE_US
from .wall import Wall

if TYPE_CHECKING:
    from collections.abc import Callable

    from .day import Day
    from .picking import Planner
    from .work import Work


class Floor:
    """A floor on one day.

    Parameters
    ----------
    day : Day
        What happens to it.
    work : Work
        Carries the work out.
    make_planner : function
        Makes the policy's planner for a progress and a wall.
    """

    def __init__(
        self, day: Day, work: Work, make_planner: Callable[[Progress, Wall], Planner]
    ) -> None:
        size = day.size
        self._day, self._work = day, work
        self._clock = Clock()
        self._progress = progress = Progress(day)
        dock = Dock(day, self._clock, progress, work)
        packing = Packing(size, self._clock, progress, work, dock)
        wall = Wall(size.wall_slots, size.sorters, self._clock, progress, work, packing.bring)
        packing.wall = wall
        self._planner = make_planner(progress, wall)
        self._picking = Picking(
            day, self._clock, progress, work, self._planner, wall, packing.bring
        )
        dock.when_departed = self._planner.forget

    def run(self) -> None:
        """Run the day to its end."""
        size, clock = self._day.size, self._clock
        for order, arrives_us in enumerate(self._day.order_arrives_us.tolist()):
            clock.at(arrives_us, self._accept, order)
        for minute_us in range(size.start_us, size.end_us, MINUTE_US):
            clock.at(minute_us, self._look)
        clock.run()

    def _accept(self, order: int) -> None:
        now_us, progress = self._clock.now_us, self._progress
        self._work.accept(now_us, order)
        planned_us = int(self._day.trailer_planned_us[progress.trailer_of[order]])
        if now_us > planned_us - self._day.size.accept_us:
            progress.named[order] = True
            self._work.miss(now_us, order, "after the cut-off", now_us)
        else:
            self._planner.arrive(now_us, order)

    def _look(self) -> None:
        self._planner.look(self._clock.now_us)
        self._picking.wake()
