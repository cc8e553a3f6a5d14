"""Packing tables, and the place where packed orders wait for their lane."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from .clock import Crew

if TYPE_CHECKING:
    from .clock import Clock
    from .dock import Dock
    from .progress import Progress
    from .size import Size
    from .wall import Wall
    from .work import Work

_LANELESS_SHARE: Final = 0.75
"""What waits for a trailer without a lane must leave room for what only passes."""


class Packing:
    """Packs the orders of the trailer that leaves first, as long as what is packed has room.

    Parameters
    ----------
    size : Size
        Counts of people and of places where orders wait.
    clock, progress, work, dock : Clock, Progress, Work, Dock
        Of the floor.

    Attributes
    ----------
    wall : Wall
        Where orders of several zones come from; it is made after this, which it brings them to.
    """

    def __init__(
        self, size: Size, clock: Clock, progress: Progress, work: Work, dock: Dock
    ) -> None:
        self._clock, self._progress, self._work, self._dock = clock, progress, work, dock
        self._crew = Crew("packer", range(size.packers))
        self._hold_orders = size.hold_orders
        self._queues: dict[int, deque[int]] = {}
        self.wall: Wall | None = None
        dock.when_moved = self.start

    def bring(self, order: int) -> None:
        """Take an order of which all has come."""
        self._queues.setdefault(self._progress.trailer_of[order], deque()).append(order)
        self.start()

    def start(self) -> None:
        """Put free packers to work."""
        while self._crew:
            trailer = self._choose()
            if trailer is None:
                return
            order = self._queues[trailer].popleft()
            if not self._queues[trailer]:
                del self._queues[trailer]
            self._dock.expect(order)
            assert self.wall is not None
            if order in self.wall.holders:
                self.wall.take_out(order)
            packer, now_us = self._crew.take(), self._clock.now_us
            pack_us = self._progress.pack_us[order]
            self._clock.at(now_us + pack_us, self._pack, order, packer, now_us)

    def _choose(self) -> int | None:
        """Give the trailer that leaves first of those for which there is room."""
        progress, dock = self._progress, self._dock
        held, share = dock.held, int(self._hold_orders * _LANELESS_SHARE)
        best = None
        for trailer in self._queues:
            limit = self._hold_orders if dock.has_room(trailer) else share
            if not progress.gone[trailer] and held >= limit:
                continue
            key = (progress.gone[trailer], progress.departs_us[trailer], trailer)
            if best is None or key < best:
                best = key
        return None if best is None else best[2]

    def _pack(self, order: int, packer: int, begin_us: int) -> None:
        self._work.pack(
            begin_us, self._clock.now_us, self._crew.person(packer), order,
            self._progress.missing_units[order],
        )  # fmt: skip
        self._crew.give_back(packer)
        self._dock.bring(order)
        self.start()
