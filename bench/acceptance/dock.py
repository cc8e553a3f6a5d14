"""The dock: lanes in which packed orders stand, doors, trailers that come, are loaded and leave."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .clock import Crew

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .day import Day
    from .progress import Progress
    from .work import Work


class Dock:
    """Lanes and doors.

    Parameters
    ----------
    day, clock, progress, work : Day, Clock, Progress, Work
        Of the floor.

    Attributes
    ----------
    held : int
        Orders that are packed, or soon will be, and are in no lane yet.
    when_moved : function
        Called when there is more room.
    when_departed : function
        Called with the time and a trailer that has left.
    """

    def __init__(self, day: Day, clock: Clock, progress: Progress, work: Work) -> None:
        size = day.size
        self._clock, self._progress, self._work, self._size = clock, progress, work, size
        self._departs_us = day.trailer_departs_us.tolist()
        trailers = len(self._departs_us)
        self._stagers, self._loaders = (
            Crew("stager", range(size.stagers)),
            Crew("loader", range(size.loaders)),
        )
        self._lanes, self._doors = list(range(size.lanes)), list(range(size.doors))
        self._lane: dict[int, int] = {}
        self._door: dict[int, int] = {}
        self._waiting: list[int] = []
        self._to_stage: list[deque[int]] = [deque() for _ in range(trailers)]
        self._to_load: list[deque[int]] = [deque() for _ in range(trailers)]
        self._loading = [0] * trailers
        self._in_lane = [0] * trailers
        self._loaded: list[list[int]] = [[] for _ in range(trailers)]
        self.held = 0
        self.when_moved: Callable[[], None] = lambda: None
        self.when_departed: Callable[[int, int], None] = lambda _time, _trailer: None
        for trailer, planned_us in enumerate(day.trailer_planned_us.tolist()):
            departs_us = self._departs_us[trailer]
            if departs_us > planned_us:
                clock.at(planned_us - size.announce_us, self._delay, trailer)
            clock.at(planned_us - size.lane_us, self._want_lane, trailer)
            clock.at(departs_us - size.door_us, self._come, trailer)
            clock.at(departs_us, self._depart, trailer)

    def has_room(self, trailer: int) -> bool:
        """Whether an order more can stand in the trailer's lane."""
        return trailer in self._lane and self._in_lane[trailer] < self._size.lane_orders

    def expect(self, order: int) -> None:
        """Keep a place for an order that is about to be packed."""
        if not self._progress.gone[self._progress.trailer_of[order]]:
            self.held += 1
            assert self.held <= self._size.hold_orders, "more was packed than there is room for"

    def bring(self, order: int) -> None:
        """Take a packed order; one whose trailer has left stays behind."""
        trailer = self._progress.trailer_of[order]
        if not self._progress.gone[trailer]:
            self._to_stage[trailer].append(order)
            self._start_staging()

    def _delay(self, trailer: int) -> None:
        self._progress.departs_us[trailer] = self._departs_us[trailer]
        self._work.delay(self._clock.now_us, trailer, self._departs_us[trailer])

    def _want_lane(self, trailer: int) -> None:
        self._waiting.append(trailer)
        self._give_lanes()

    def _give_lanes(self) -> None:
        while self._waiting and self._lanes:
            trailer, lane = self._waiting.pop(0), self._lanes.pop(0)
            self._lane[trailer] = lane
            self._work.open_lane(self._clock.now_us, trailer, lane)
        self._start_staging()

    def _come(self, trailer: int) -> None:
        door = self._doors.pop(0)
        self._door[trailer] = door
        self._work.dock(self._clock.now_us, trailer, door)
        self._start_loading()

    def _by_departure(self, trailers: dict[int, int]) -> list[int]:
        return sorted(trailers, key=lambda trailer: (self._progress.departs_us[trailer], trailer))

    def _start_staging(self) -> None:
        now_us, moved = self._clock.now_us, False
        for trailer in self._by_departure(self._lane):
            queue = self._to_stage[trailer]
            while self._stagers and queue and self.has_room(trailer):
                order, stager = queue.popleft(), self._stagers.take()
                self._in_lane[trailer] += 1
                self.held -= 1
                moved = True
                stage_us = self._progress.stage_us[order]
                self._clock.at(now_us + stage_us, self._stage, order, stager, now_us)
        if moved:
            self.when_moved()

    def _stage(self, order: int, stager: int, begin_us: int) -> None:
        trailer, now_us = self._progress.trailer_of[order], self._clock.now_us
        self._stagers.give_back(stager)
        if not self._progress.gone[trailer]:
            person, lane = self._stagers.person(stager), self._lane[trailer]
            self._work.stage(begin_us, now_us, person, order, lane)
            self._to_load[trailer].append(order)
            self._start_loading()
        self._start_staging()

    def _start_loading(self) -> None:
        now_us, crew = self._clock.now_us, self._loaders
        for trailer in self._by_departure(self._door):
            queue = self._to_load[trailer]
            while crew and queue and self._loading[trailer] < self._size.load_crew:
                until_us = now_us + self._progress.load_us[queue[0]]
                if until_us >= self._departs_us[trailer]:
                    break
                self._loading[trailer] += 1
                self._clock.at(until_us, self._load, queue.popleft(), crew.take(), now_us)

    def _load(self, order: int, loader: int, begin_us: int) -> None:
        trailer, crew = self._progress.trailer_of[order], self._loaders
        person, door = crew.person(loader), self._door[trailer]
        self._work.load(begin_us, self._clock.now_us, person, order, door)
        crew.give_back(loader)
        self._loading[trailer] -= 1
        self._in_lane[trailer] -= 1
        self._loaded[trailer].append(order)
        self._start_loading()
        self._start_staging()

    def _depart(self, trailer: int) -> None:
        progress = self._progress
        progress.gone[trailer] = True
        sides: tuple[list[int], list[int]] = ([], [])
        for order in self._loaded[trailer]:
            sides[progress.missing_units[order] > 0].append(order)
        self._work.depart(self._clock.now_us, trailer, *sides)
        self.held -= len(self._to_stage[trailer])
        self._to_stage[trailer].clear()
        self._to_load[trailer].clear()
        self._doors.append(self._door.pop(trailer))
        if trailer in self._lane:
            self._lanes.append(self._lane.pop(trailer))
        else:
            self._waiting.remove(trailer)
        self.when_departed(self._clock.now_us, trailer)
        self._give_lanes()
        self.when_moved()
