"""Which orders to release now: `optimizer.release` over groups of like orders.

Groups, not orders, are planned: those of one trailer that use the put wall or do not. Expected
orders are among them, so that people are left for those that have not arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.release import plan_release
from slotline.optimizer.release_problem import ReleaseProblem

from .size import MINUTE_US
from .standards import PUT_TASK_US, TOUR_SETUP_US, WALK_US_PER_MM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .day import Day
    from .progress import Progress

INTERVAL_US: Final = 5 * MINUTE_US
_GROUP_ORDERS: Final = 60
_PEOPLE_SHARE: Final = 0.85
"""Part of the people that is planned with: they take turns at breaks, and work comes unevenly."""
_WALK_MM: Final = 18_000
"""Expected way for each part of an order."""
_LOOK_US: Final = 40 * MINUTE_US
"""Released so long before it is planned to be begun: carts are made of what is released."""
_SPARE_US: Final = 15 * MINUTE_US
"""Kept free before each departure: a tour under way takes longer than one interval."""
_AHEAD_US: Final = 5 * 60 * MINUTE_US
_PICK, _PUT, _PACK, _STAGE, _LOAD = range(5)


@dataclass(frozen=True, slots=True)
class Group:
    """Orders that are released together.

    Attributes
    ----------
    orders : tuple of int
        Which; none for a group that is expected: each is then taken for a mean one.
    count : int
        How many.
    trailer : int
        For all of them.
    via_wall : bool
        Whether they use the put wall.
    ready_us : int
        Earliest release.
    """

    orders: tuple[int, ...]
    count: int
    trailer: int
    via_wall: bool
    ready_us: int


class ReleasePlanner:
    """Plans backward from the departures that are known.

    Parameters
    ----------
    day, progress : Day, Progress
        Sizes, times of work and departures. Nothing is read of orders that have not arrived.
    """

    def __init__(self, day: Day, progress: Progress) -> None:
        self._size, self._progress = day.size, progress
        self._planned_us: list[int] = day.trailer_planned_us.tolist()
        parts = np.array(progress.parts_left)
        pick_us = np.add.reduceat(progress.line_pick_us, day.order_first[:-1])
        share_us = TOUR_SETUP_US // day.size.cart_slots + _WALK_MM * WALK_US_PER_MM
        put_us = np.add.reduceat(progress.line_put_us, day.order_first[:-1]) + parts * PUT_TASK_US
        self._work_us = np.stack(
            (pick_us + parts * share_us, put_us, progress.pack_us, progress.stage_us,
             progress.load_us)
        )  # fmt: skip
        self._via_wall = parts > 1

    def plan(
        self, now_us: int, waiting: Iterable[int], begun: Iterable[int]
    ) -> tuple[list[int], list[int]]:
        """Choose what to release.

        Parameters
        ----------
        now_us : int
            Time.
        waiting : iterable of int
            Orders that have arrived and are not released.
        begun : iterable of int
            Orders that are released and not picked: they need people, too.

        Returns
        -------
        due, lost : list of int
            Orders of both kinds to be picked from now on, and those that will not be on their
            trailer.
        """
        groups = self._group(now_us, waiting) + self._group(now_us, begun)
        if not groups:
            return [], []
        # One pass, most worth first: a plan that is made anew every few minutes must not change its
        # mind, and a search finds another set of orders to meet each time.
        plan = plan_release(self._problem(now_us, groups + self._expected(now_us)), 0.0)
        due, lost = [], []
        for at, group in enumerate(groups):
            if at in plan.cause:
                lost += group.orders
            if at in plan.cause or plan.planned_us[at] < now_us + _LOOK_US:
                due += group.orders
        return due, lost

    def _group(self, now_us: int, orders: Iterable[int]) -> list[Group]:
        trailer_of = self._progress.trailer_of
        members: dict[tuple[int, bool], list[int]] = {}
        for order in orders:
            key = (trailer_of[order], bool(self._via_wall[order]))
            members.setdefault(key, []).append(order)
        return [
            Group(tuple(some), len(some), *key, now_us)
            for key, all_of_them in sorted(members.items())
            for some in _chunks(all_of_them)
        ]

    def _expected(self, now_us: int) -> list[Group]:
        """Give the orders that will come before the cut-offs that are near, as on other days."""
        size, groups = self._size, []
        each = size.orders // len(self._planned_us)
        opens_us = size.opens_us
        for trailer, planned_us in enumerate(self._planned_us):
            closes_us = planned_us - size.accept_us
            if trailer >= size.trailers_each:
                opens_us = self._planned_us[trailer - size.trailers_each] - size.accept_us
            begin_us = max(now_us, opens_us)
            if begin_us < closes_us and planned_us < now_us + _AHEAD_US:
                left = each * (closes_us - begin_us) // (closes_us - opens_us)
                for at in range(0, left, _GROUP_ORDERS):
                    count = min(_GROUP_ORDERS, left - at)
                    ready_us = begin_us + (closes_us - begin_us) * (at + count) // left
                    groups.append(Group((), count, trailer, False, ready_us))
        return groups

    def _problem(self, now_us: int, groups: list[Group]) -> ReleaseProblem:
        size, progress = self._size, self._progress
        departs_us = np.array(progress.departs_us)
        intervals = int((departs_us.max() - now_us) // INTERVAL_US) + 1
        people = (size.pickers, size.sorters, size.packers, size.stagers, size.loaders)
        workers = np.array([max(1, int(count * _PEOPLE_SHARE)) for count in people])
        steps, work_us = [], []
        first = [0]
        known = [order for group in groups for order in group.orders]
        mean_us = self._work_us[:, known].mean(axis=1).astype(np.int64)
        for group in groups:
            mine = [_PICK, _PUT, _PACK, _STAGE, _LOAD] if group.via_wall else [
                _PICK, _PACK, _STAGE, _LOAD]  # fmt: skip
            steps += mine
            total_us = (
                self._work_us[:, list(group.orders)].sum(axis=1)
                if group.orders
                else mean_us * group.count
            )
            work_us += total_us[mine].tolist()
            first.append(len(steps))
        count = len(groups)
        sizes = np.array([group.count for group in groups])
        on_time = np.array(self._planned_us)
        return ReleaseProblem(
            start_us=now_us,
            interval_us=INTERVAL_US,
            workers=np.repeat(workers[:, None], intervals, axis=1),
            order_departure=np.array([group.trailer for group in groups]),
            order_ready_us=np.array([group.ready_us for group in groups]),
            order_weight=sizes,
            order_volume_ml=np.zeros(count, np.int64),
            order_slots=np.where([group.via_wall for group in groups], sizes, 0),
            step_first=np.array(first),
            step_zone=np.array(steps),
            step_work_us=np.maximum(np.array(work_us), 1),
            departs_us=departs_us - _SPARE_US,
            lane_from_us=on_time - size.lane_us,
            door_from_us=departs_us - size.door_us,
            lane_count=size.lanes,
            door_count=size.doors,
            slot_count=size.wall_slots,
            cart_volume_ml=0,
            open_steps=2,
        )


def _chunks(orders: list[int]) -> list[list[int]]:
    return [orders[at : at + _GROUP_ORDERS] for at in range(0, len(orders), _GROUP_ORDERS)]
