"""The product's way: streaming release from departures backward, solved batches, exact tours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from slotline.optimizer.batching import BatchingProblem, Cart
from slotline.optimizer.solve_batches import solve_batches

from .parts import PartMaker
from .release import ReleasePlanner
from .site import ZONES
from .size import MINUTE_US
from .standards import WALK_US_PER_MM
from .tours import TourMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .day import Day
    from .parts import Part
    from .progress import Progress
    from .stock import Stock
    from .wall import Wall
    from .work import Work

_POOL_PARTS: Final = 160
"""So many parts are put on carts together: more take longer to solve than they save."""
_MOVES: Final = 6_000
"""Of the search for batches. Twice as many save half a percent of labour more."""
_USED_SHARE: Final = 0.75
"""Part of a plan's batches that are claimed before the rest is planned anew, with newer parts."""
_RELEASE_US: Final = 10 * MINUTE_US
"""Release is planned anew so often."""
_REPLAN_US: Final = MINUTE_US // 2
"""No plan is made anew before."""
_FULL_SHARE: Final = 0.85
"""A cart is full from this part of a limit on."""
_URGENT_US: Final = 60 * MINUTE_US
"""What leaves within this time is fetched even on a cart that is not full."""
_OPEN_US: Final = 8 * MINUTE_US
"""So is what others of its order have been waiting for so long, at the put wall."""
_OPEN_WORTH_MM: Final = 6_000
"""Way that is given for fetching a part that others wait for."""
_NEVER_US: Final = 1 << 50
_NAME_US: Final = 70 * MINUTE_US
"""Misses are named when the departure is so near, and not earlier: much can change until then."""


class _Batch(NamedTuple):
    """Orders whose parts in a zone go on one cart."""

    orders: tuple[int, ...]
    length_mm: int


class Streaming:
    """Releases order by order and puts what is released on carts again and again.

    Parameters
    ----------
    day, stock, work, progress, wall : Day, Stock, Work, Progress, Wall
        Of the floor.
    """

    def __init__(self, day: Day, stock: Stock, work: Work, progress: Progress, wall: Wall) -> None:
        self.tours = TourMaker(day, "exact")
        self._size, self._zones = day.size, day.site.zones
        self._stock, self._work, self._progress, self._wall = stock, work, progress, wall
        self._parts = PartMaker(day)
        self._release = ReleasePlanner(day, progress)
        self._waiting: dict[int, None] = {}
        self._pools: list[dict[int, Part]] = [{} for _ in range(ZONES)]
        self._batches: list[list[_Batch]] = [[] for _ in range(ZONES)]
        self._claims_left = [0] * ZONES
        self._replan_us = [0] * ZONES
        self._is_new = [False] * ZONES
        """Whether a plan made now could differ from the last one."""
        self._given_up: set[int] = set()
        """Orders that the last release plan could not place: others go before them."""
        self._opened_us: dict[int, int] = {}
        """When the first part of an order of several zones was claimed."""

    def arrive(self, now_us: int, order: int) -> None:
        """See `picking.Planner`."""
        self._waiting[order] = None

    def look(self, now_us: int) -> None:
        """See `picking.Planner`."""
        if now_us % _RELEASE_US:
            return
        begun = {order: None for pool in self._pools for order in pool}
        due, lost = self._release.plan(now_us, self._waiting, begun)
        self._given_up = {o for o in lost if self._progress.departs(o) <= now_us + _NAME_US}
        for order in sorted(self._given_up):
            if not self._progress.named[order]:
                self._progress.named[order] = True
                self._work.miss(now_us, order, "too little time or people", now_us)
        for order in due:
            if order in self._waiting:
                del self._waiting[order]
                parts = self._parts.cut(order, self._bind)
                self._work.release(now_us, parts)
                for part in parts:
                    self._pools[part.zone][order] = part
                    self._is_new[part.zone] = True

    def next_batch(self, now_us: int, zone: int) -> Sequence[Part] | None:
        """See `picking.Planner`."""
        if not self._pools[zone]:
            return None
        batch = self._choose(now_us, zone) if self._claims_left[zone] else None
        if batch is None and self._is_new[zone] and now_us >= self._replan_us[zone]:
            self._plan(now_us, zone)
            batch = self._choose(now_us, zone)
        if batch is None:
            return None
        self._batches[zone].remove(batch)
        self._claims_left[zone] -= 1
        self._is_new[zone] |= not self._claims_left[zone]
        parts = [self._pools[zone].pop(order) for order in batch.orders]
        for part in parts:
            if part.via_wall:
                self._opened_us.setdefault(part.order, now_us)
        return parts

    def forget(self, now_us: int, trailer: int) -> None:
        """See `picking.Planner`."""
        trailer_of = self._progress.trailer_of
        self._waiting = {o: None for o in self._waiting if trailer_of[o] != trailer}
        given_back: dict[int, None] = {}
        for zone, pool in enumerate(self._pools):
            gone = [o for o in pool if trailer_of[o] == trailer and o not in self._opened_us]
            for order in gone:
                for pick in pool.pop(order).picks:
                    self._stock.unbind(pick.row, pick.units)
                given_back[order] = None
            if gone:
                self._batches[zone], self._claims_left[zone] = [], 0
                self._is_new[zone] = True
        for order in given_back:
            self._work.give_back(now_us, order)

    def _choose(self, now_us: int, zone: int) -> _Batch | None:
        """Give the best batch that may be begun: what cannot wait first, then least way a part."""
        best = None
        for batch in self._batches[zone]:
            parts = [self._pools[zone][order] for order in batch.orders]
            begun = [part.order for part in parts if part.order in self._wall.holders]
            if sum(part.via_wall for part in parts) - len(begun) > self._wall.room:
                self._is_new[zone] = True  # others took the slots that this plan reckoned with
                continue
            first_us = min(self._due_us(part.order) for part in parts)
            urgent = first_us < now_us + _URGENT_US or any(
                self._opened_us[order] < now_us - _OPEN_US for order in begun
            )
            if urgent or self._is_full(parts):
                way_mm = (batch.length_mm - len(begun) * _OPEN_WORTH_MM) / len(parts)
                key = (not urgent, first_us if urgent else 0, way_mm)
                if best is None or key < best[0]:
                    best = key, batch
        return None if best is None else best[1]

    def _is_full(self, parts: list[Part]) -> bool:
        size = self._size
        return (
            len(parts) >= _FULL_SHARE * size.cart_slots
            or sum(part.volume_ml for part in parts) >= _FULL_SHARE * size.cart_volume_ml
            or sum(part.weight_g for part in parts) >= _FULL_SHARE * size.cart_weight_g
        )

    def _plan(self, now_us: int, zone: int) -> None:
        """Put the most pressing parts of a zone on carts."""
        parts = self._pressing(now_us, zone)
        urgent_us = now_us + _URGENT_US
        self._is_new[zone] = False
        self._replan_us[zone] = now_us + _REPLAN_US
        self._batches[zone], self._claims_left[zone] = [], 0
        if not self._is_full(parts) and not any(
            self._due_us(part.order) < urgent_us or part.order in self._opened_us for part in parts
        ):
            self._is_new[zone] = True  # the wall's slots, too, can be what there is too little of
            return
        rows = [[pick.row for pick in part.picks] for part in parts]
        places = [self.tours.place(row) for some in rows for row in some]
        floor, size = self._zones[zone], self._size
        problem = BatchingProblem(
            rectangle=floor.rectangle,
            depot=floor.depot,
            order_first=np.append(0, np.cumsum([len(some) for some in rows])),
            stop_aisle=np.array([place.aisle for place in places]),
            stop_y_mm=np.array([place.y_mm for place in places]),
            cart=Cart(size.cart_slots, size.cart_volume_ml, size.cart_weight_g),
            slots=np.ones(len(parts), np.int64),
            volume_ml=np.minimum([part.volume_ml for part in parts], size.cart_volume_ml),
            weight_g=np.minimum([part.weight_g for part in parts], size.cart_weight_g),
            walk_us_per_mm=WALK_US_PER_MM,
        )
        plan = solve_batches(problem, 60.0, seed=1, move_limit=_MOVES)
        self._batches[zone] = [
            _Batch(tuple(parts[at].order for at in batch.tolist()), length_mm)
            for batch, length_mm in zip(plan.batches(), plan.length_mm.tolist(), strict=True)
        ]
        self._claims_left[zone] = int(np.ceil(_USED_SHARE * len(self._batches[zone])))

    def _pressing(self, now_us: int, zone: int) -> list[Part]:
        """Give the parts to be planned: what others wait for, then by departure and age."""
        holders, room = self._wall.holders, self._wall.room
        pool = sorted(
            self._pools[zone].values(),
            key=lambda part: (part.order not in holders, self._due_us(part.order), part.order),
        )
        chosen = []
        for part in pool:
            if len(chosen) == _POOL_PARTS:
                break
            if part.via_wall and part.order not in holders:
                if not room:
                    continue
                room -= 1
            chosen.append(part)
        return chosen

    def _due_us(self, order: int) -> int:
        """Give when an order leaves, as long as it can be on its trailer."""
        return _NEVER_US if order in self._given_up else self._progress.departs(order)

    def _bind(self, sku: int, units: int) -> list[tuple[int, int]]:
        shares = self._stock.nearest(sku, units)
        assert shares, f"there is too little of item {sku}"
        for row, share in shares:
            self._stock.bind(row, share)
        return shares
