"""The put wall: parts of orders from several zones come together in slots."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from .clock import Crew
from .standards import PUT_TASK_US

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .parts import Part
    from .progress import Progress
    from .work import Work


class Wall:
    """Slots, who holds them, and the people who put.

    An order has a slot for sure from when its first part is claimed, so that every part on its way
    finds room and none waits for another.

    Parameters
    ----------
    slots, sorters : int
        How many there are.
    clock, progress, work : Clock, Progress, Work
        Of the floor.
    finish : function
        Called with an order when all of it is in its slot.
    """

    def __init__(
        self,
        slots: int,
        sorters: int,
        clock: Clock,
        progress: Progress,
        work: Work,
        finish: Callable[[int], None],
    ) -> None:
        self._clock, self._progress, self._work, self._finish = clock, progress, work, finish
        self._free = list(range(slots))
        self._slots = slots
        self._crew = Crew("sorter", range(sorters))
        self._queue: deque[Part] = deque()
        self._slot_of: dict[int, int] = {}
        self.holders: set[int] = set()

    @property
    def room(self) -> int:
        """Orders that can be begun."""
        return self._slots - len(self.holders)

    def reserve(self, order: int) -> None:
        """Keep a slot for an order; again is no matter."""
        self.holders.add(order)
        assert len(self.holders) <= self._slots, "the planner began more orders than slots"

    def bring(self, part: Part) -> None:
        """Take a part that has come."""
        self._queue.append(part)
        self._start()

    def take_out(self, order: int) -> None:
        """Free the slot of an order that is packed now."""
        slot = self._slot_of.pop(order)
        self.holders.remove(order)
        heapq.heappush(self._free, slot)
        self._work.take_out(self._clock.now_us, order, slot)

    def _start(self) -> None:
        while self._queue and self._crew:
            part, sorter = self._queue.popleft(), self._crew.take()
            if part.order not in self._slot_of:
                self._slot_of[part.order] = heapq.heappop(self._free)
            put_us = sum(self._progress.line_put_us[pick.line] for pick in part.picks)
            now_us = self._clock.now_us
            self._clock.at(now_us + PUT_TASK_US + put_us, self._put, part, sorter, now_us)

    def _put(self, part: Part, sorter: int, begin_us: int) -> None:
        order = part.order
        self._work.put(
            begin_us, self._clock.now_us, self._crew.person(sorter), order, part.zone,
            self._slot_of[order],
        )  # fmt: skip
        self._crew.give_back(sorter)
        self._progress.parts_left[order] -= 1
        if not self._progress.parts_left[order]:
            self._finish(order)
        self._start()
