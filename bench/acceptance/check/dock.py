"""Lanes and doors hold what they can, and trailers leave with what they say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Faults
    from .goods import Goods

_Event = dict[str, Any]


class Dock:
    """Follows packed orders into their trailers.

    Parameters
    ----------
    day : dict
        The day's file.
    goods : Goods
        Knows what is packed and what is missing.
    faults : Faults
        Gets what is wrong.

    Attributes
    ----------
    shipped : dict of int to bool
        Orders that left on their trailer, and whether in full.
    lanes_most : int
        Lanes that were held at once, at most.
    """

    def __init__(self, day: dict[str, Any], goods: Goods, faults: Faults) -> None:
        self._faults, self._goods, self._limits = faults, goods, day["limits"]
        self._trailer_of = day["orders"]["trailer"]
        self._departs_us = [trailer["departs_us"] for trailer in day["trailers"]]
        self._lane: dict[int, int] = {}
        self._door: dict[int, int] = {}
        self._staged: dict[int, int] = {}
        self._standing: Counter[int] = Counter()
        self._moved: set[int] = set()
        self._held = 0
        self._loaded: dict[int, set[int]] = {}
        self._gone: set[int] = set()
        self.shipped: dict[int, bool] = {}
        self.lanes_most = 0

    def see_packed(self, event: _Event) -> None:
        """See an order wait for its lane, if its trailer has not left."""
        if self._trailer_of[event["order"]] not in self._gone:
            self._held += 1
            limit = self._limits["hold_orders"]
            text = f"{self._held} packed orders are in no lane, there is room for {limit}"
            self._faults.expect(self._held <= limit, "hold", event["at_us"], text)

    def see_lane_opened(self, event: _Event) -> None:
        """See a lane be given to one trailer."""
        lane, trailer, limit = event["lane"], event["trailer"], self._limits["lanes"]
        free = 0 <= lane < limit and lane not in self._lane.values()
        text = f"lane {lane} is given to trailer {trailer}: not free, or none of {limit}"
        self._faults.expect(free, "lane", event["at_us"], text)
        self._lane[trailer] = lane
        self.lanes_most = max(self.lanes_most, len(self._lane))

    def see_docked(self, event: _Event) -> None:
        """See a door be given to one trailer."""
        door, trailer, limit = event["door"], event["trailer"], self._limits["doors"]
        free = 0 <= door < limit and door not in self._door.values()
        text = f"door {door} is given to trailer {trailer}: not free, or none of {limit}"
        self._faults.expect(free, "door", event["at_us"], text)
        self._door[trailer] = door

    def see_staged(self, event: _Event) -> None:
        """See a packed order come into the lane of its trailer."""
        order, lane, at_us = event["order"], event["lane"], event["at_us"]
        expect, trailer = self._faults.expect, self._trailer_of[order]
        expect(order in self._goods.packed, "staged early", at_us, f"order {order} is not packed")
        expect(order not in self._moved, "two hands", at_us, f"order {order} is staged again")
        self._moved.add(order)
        found = self._lane.get(trailer)
        expect(found == lane, "lane", at_us, f"order {order} in lane {lane}, its is {found}")
        self._staged[order] = lane
        self._standing[lane] += 1
        self._held -= 1
        limit = self._limits["lane_orders"]
        text = f"{self._standing[lane]} orders in lane {lane}, it holds {limit}"
        expect(self._standing[lane] <= limit, "lane", at_us, text)

    def see_loaded(self, event: _Event) -> None:
        """See an order go from its lane into its trailer."""
        order, door, at_us = event["order"], event["door"], event["at_us"]
        expect, trailer = self._faults.expect, self._trailer_of[order]
        lane = self._staged.pop(order, None)
        expect(lane is not None, "two hands", at_us, f"order {order} is loaded from no lane")
        if lane is not None:
            self._standing[lane] -= 1
        found = self._door.get(trailer)
        expect(found == door, "door", at_us, f"order {order} at door {door}, its is {found}")
        self._loaded.setdefault(trailer, set()).add(order)

    def see_departed(self, event: _Event) -> None:
        """See a trailer leave in time, with what was loaded, and tell what is incomplete."""
        trailer, at_us, expect = event["trailer"], event["at_us"], self._faults.expect
        due_us = self._departs_us[trailer]
        expect(at_us == due_us, "departure", at_us, f"trailer {trailer} was to leave at {due_us}")
        loaded = self._loaded.pop(trailer, set())
        said = [*event["complete"], *event["incomplete"]]
        same = len(said) == len(set(said)) and set(said) == loaded
        text = f"trailer {trailer} leaves with {len(said)} orders, {len(loaded)} were loaded"
        expect(same, "departure", at_us, text)
        for is_whole in (True, False):
            for order in event["complete" if is_whole else "incomplete"]:
                lacks = self._goods.missing_units.get(order, 0)
                text = f"order {order} leaves as {'' if is_whole else 'in'}complete, lacks {lacks}"
                expect(is_whole == (lacks == 0), "incomplete", at_us, text)
                self.shipped[order] = is_whole
        self._leave(trailer)

    def close(self, end_us: int) -> None:
        """Expect that every trailer of the day has left."""
        left = [at for at in range(len(self._departs_us)) if at not in self._gone]
        self._faults.expect(not left, "departure", end_us, f"trailers {left} never left")

    def _leave(self, trailer: int) -> None:
        """Free lane and door; what stands there is taken away."""
        lane = self._lane.pop(trailer, None)
        self._door.pop(trailer, None)
        self._gone.add(trailer)
        left = [order for order, its in self._staged.items() if its == lane]
        for order in left:
            del self._staged[order]
        if lane is not None:
            self._standing[lane] = 0
        self._held -= sum(
            self._trailer_of[order] == trailer
            for order in self._goods.packed
            if order not in self._moved
        )
