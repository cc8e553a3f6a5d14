"""The floor without a planner: hourly waves, carts filled as orders came, S-shape tours."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from .parts import PartMaker
from .site import ZONES
from .size import HOUR_US, MINUTE_US
from .tours import TourMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .day import Day
    from .parts import Part
    from .progress import Progress
    from .stock import Stock
    from .wall import Wall
    from .work import Work

WAVE_US: Final = HOUR_US
_FILL_US: Final = 5 * MINUTE_US
"""A cart that is not full leaves when no other has left its zone for so long."""


class HourlyWaves:
    """Releases at each full hour what has arrived, and fills carts in that sequence.

    An order of several zones is begun when the put wall has a slot for all of it, so that no part
    waits for one that is behind it.

    Parameters
    ----------
    day, stock, work, progress, wall : Day, Stock, Work, Progress, Wall
        Of the floor.
    """

    def __init__(self, day: Day, stock: Stock, work: Work, progress: Progress, wall: Wall) -> None:
        self.tours = TourMaker(day, "s-shape")
        self._size, self._stock, self._work = day.size, stock, work
        self._progress, self._wall = progress, wall
        self._parts = PartMaker(day)
        self._arrived: list[int] = []
        self._queues: list[deque[Part]] = [deque() for _ in range(ZONES)]
        self._begun_us = [0] * ZONES
        self._closed: deque[list[Part]] = deque()
        """Released orders of several zones that have no slot of the wall yet."""

    def arrive(self, now_us: int, order: int) -> None:
        """See `picking.Planner`."""
        self._arrived.append(order)

    def look(self, now_us: int) -> None:
        """See `picking.Planner`."""
        if now_us % WAVE_US == 0:
            for order in self._arrived:
                parts = self._parts.cut(order, self._bind)
                self._work.release(now_us, parts)
                if len(parts) == 1:
                    self._queues[parts[0].zone].append(parts[0])
                else:
                    self._closed.append(parts)
            self._arrived.clear()

    def next_batch(self, now_us: int, zone: int) -> Sequence[Part] | None:
        """See `picking.Planner`."""
        while self._closed and self._wall.room:
            parts = self._closed.popleft()
            self._wall.reserve(parts[0].order)
            for part in parts:
                self._queues[part.zone].append(part)
        queue, size = self._queues[zone], self._size
        count = volume_ml = weight_g = 0
        for part in islice(queue, size.cart_slots):
            volume_ml += part.volume_ml
            weight_g += part.weight_g
            if count and (volume_ml > size.cart_volume_ml or weight_g > size.cart_weight_g):
                break
            count += 1
        else:
            # The cart has room: whoever takes it waits for more, as long as more of the wave comes.
            if count < size.cart_slots and self._closed and now_us < self._begun_us[zone]:
                return None
        self._begun_us[zone] = now_us + _FILL_US
        return [queue.popleft() for _ in range(count)]

    def forget(self, now_us: int, trailer: int) -> None:
        """See `picking.Planner`; here nobody looks, and what was released is picked."""

    def _bind(self, sku: int, units: int) -> list[tuple[int, int]]:
        shares = self._stock.oldest(sku, units)
        assert shares, f"there is too little of item {sku}"
        for row, share in shares:
            self._stock.bind(row, share)
        return shares
