"""Every unit is picked once, from a bin that holds it, and is in one hand at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Faults

_Event = dict[str, Any]


class Goods:
    """Follows the goods from their bins to the packing tables.

    Parameters
    ----------
    day : dict
        The day's file.
    faults : Faults
        Gets what is wrong.

    Attributes
    ----------
    missing_units : dict of int to int
        Units of each order that were nowhere to be found.
    packed : set of int
        Orders.
    wall_most : int
        Slots of the wall that were held at once, at most.
    """

    def __init__(self, day: dict[str, Any], faults: Faults) -> None:
        self._faults = faults
        self._limits = day["limits"]
        first = day["orders"]["first_line"]
        self._lines_of = [range(a, b) for a, b in pairwise(first)]
        self._sku, self._wanted = day["lines"]["sku"], day["lines"]["units"]
        self._items, stock = day["items"], day["stock"]
        self._bin_sku = dict(zip(stock["bin"], stock["sku"], strict=True))
        self._left = dict(zip(stock["bin"], stock["units"], strict=True))
        self._bin_zone = dict(zip(stock["bin"], stock["zone"], strict=True))
        zone_of = dict(zip(stock["sku"], stock["zone"], strict=True))
        self._line_zone = [zone_of[sku] for sku in self._sku]
        self._got = [0] * len(self._sku)
        self._lost = [0] * len(self._sku)
        self._rest: set[tuple[int, int]] = set()
        self._batches: dict[int, tuple[str, int, frozenset[int]]] = {}
        self._batches_seen: set[int] = set()
        self._released: set[int] = set()
        self._claimed: set[tuple[int, int]] = set()
        self._brought: set[tuple[int, int]] = set()
        self._slot_order: dict[int, int] = {}
        self._slots_of: dict[int, list[int]] = defaultdict(list)
        self._put: dict[int, set[int]] = defaultdict(set)
        self._picks: Counter[tuple[int, int]] = Counter()
        self.missing_units: dict[int, int] = defaultdict(int)
        self.packed: set[int] = set()
        self.wall_most = 0

    def zones(self, order: int) -> set[int]:
        """Give the zones in which an order's lines lie."""
        return {self._line_zone[line] for line in self._lines_of[order]}

    def see_released(self, event: _Event) -> None:
        """See an order be let be picked, once, with all its parts."""
        order, at_us = event["order"], event["at_us"]
        is_new = order not in self._released
        self._faults.expect(is_new, "release", at_us, f"order {order} is released again")
        self._released.add(order)
        zones = self.zones(order)
        text = f"order {order} in zones {event['zones']}, expected {sorted(zones)}"
        self._faults.expect(set(event["zones"]) == zones, "release", at_us, text)

    def see_claimed(self, event: _Event) -> None:
        """See a picker take parts of orders that nobody else has taken."""
        batch, zone, at_us = event["batch"], event["zone"], event["at_us"]
        expect = self._faults.expect
        expect(batch not in self._batches_seen, "batch", at_us, f"{batch} is claimed again")
        self._batches_seen.add(batch)
        for order in event["orders"]:
            text = f"order {order} was not released"
            expect(order in self._released, "release", at_us, text)
            expect(
                (order, zone) not in self._claimed, "two hands", at_us,
                f"order {order} in zone {zone} is claimed by batch {batch}, and was before",
            )  # fmt: skip
            self._claimed.add((order, zone))
        self._weigh(event)
        self._batches[batch] = event["person"], zone, frozenset(event["orders"])

    def _weigh(self, event: _Event) -> None:
        """Compare a cart with its limits; an order that is too large for any has one to itself."""
        zone, orders = event["zone"], event["orders"]
        lines = [
            line
            for order in orders
            for line in self._lines_of[order]
            if self._line_zone[line] == zone
        ]
        loads = {"orders": len(orders)}
        for name in ("volume_ml", "weight_g"):
            each = self._items[name]
            loads[name] = sum(each[self._sku[line]] * self._wanted[line] for line in lines)
        for name, load in loads.items():
            limit = self._limits[f"cart_{name}"]
            text = f"batch {event['batch']} has {name} {load}, a cart holds {limit}"
            is_well = load <= limit or (len(orders) == 1 and name != "orders")
            self._faults.expect(is_well, "cart", event["at_us"], text)

    def see_picked(self, event: _Event) -> None:
        """See units leave a bin."""
        self._take(event)

    def see_short(self, event: _Event) -> None:
        """See fewer units leave a bin than should; the others come from another one, or never."""
        line, missing = event["line"], event["missing_units"]
        self._take(event)
        # What the books say is there and nobody finds is gone from them as well.
        self._left[event["bin"]] -= missing
        open_units = self._wanted[line] - self._got[line] - self._lost[line]
        self._rest.update((line, where) for where, _ in event["rest"])
        lost = missing - sum(units for _, units in event["rest"])
        self._faults.expect(
            0 < missing <= open_units and lost >= 0, "short", event["at_us"],
            f"line {line} lacks {missing} units and {lost} for good, expected up to {open_units}",
        )  # fmt: skip
        self._lost[line] += lost
        if lost:
            self.missing_units[event["order"]] += lost

    def _take(self, event: _Event) -> None:
        order, line, at_us = event["order"], event["line"], event["at_us"]
        expect, where, units = self._faults.expect, event["bin"], event["units"]
        person, zone, orders = self._batches.get(event["batch"], ("nobody", -1, frozenset()))
        mine = person == event["person"] and order in orders
        text = f"line {line} of order {order} is picked by {event['person']} of batch"
        expect(mine, "hand", at_us, f"{text} {event['batch']}, which is {person}'s, if anybody's")
        expect(line in self._lines_of[order], "line", at_us, f"{line} is none of order {order}")
        expect(
            self._bin_sku.get(where) == self._sku[line] and self._bin_zone[where] == zone, "bin",
            at_us, f"bin {where} for line {line}: another item or zone",
        )  # fmt: skip
        self._rest.discard((line, where))
        self._got[line] += units
        self._picks[order, zone] += units > 0
        text = f"line {line} has {self._got[line]} units, wanted {self._wanted[line]}"
        expect(self._got[line] <= self._wanted[line], "picked twice", at_us, text)
        if where in self._left:
            self._left[where] -= units
            expect(self._left[where] >= 0, "stock", at_us, f"bin {where} gave more than it held")

    def see_brought(self, event: _Event) -> None:
        """See a cart come back with all that it was sent for."""
        at_us = event["at_us"]
        person, zone, orders = self._batches.pop(event["batch"], ("nobody", -1, frozenset()))
        self._faults.expect(
            person == event["person"], "hand", at_us, f"batch {event['batch']} is {person}'s"
        )
        for order in sorted(orders):
            self._brought.add((order, zone))
            for line in self._lines_of[order]:
                if self._line_zone[line] == zone:
                    self._expect_all_got(line, at_us)

    def _expect_all_got(self, line: int, at_us: int) -> None:
        done, expect = self._got[line] + self._lost[line], self._faults.expect
        text = f"line {line} has {done} units, wanted {self._wanted[line]}"
        expect(done == self._wanted[line], "left behind", at_us, text)
        left = sorted(where for its, where in self._rest if its == line)
        expect(not left, "bin", at_us, f"line {line} was to get its rest from bins {left}")

    def see_put(self, event: _Event) -> None:
        """See a part come into the slot of its order, and of no other one."""
        order, zone, slot, at_us = (event[name] for name in ("order", "zone", "slot", "at_us"))
        expect, limit = self._faults.expect, self._limits["wall_slots"]
        expect(
            (order, zone) in self._brought, "two hands", at_us, f"order {order} is put unbrought"
        )
        expect(zone not in self._put[order], "two hands", at_us, f"order {order} is put twice")
        picks = self._picks[order, zone]
        text = f"{event['picks']} picks of order {order} are put, {picks} have come"
        expect(event["picks"] == picks, "left behind", at_us, text)
        expect(0 <= slot < limit, "wall", at_us, f"slot {slot}, there are {limit}")
        if slot not in self._slot_order:
            self._slot_order[slot] = order
            self._slots_of[order].append(slot)
        holder, held = self._slot_order[slot], self._slots_of[order]
        expect(holder == order, "wall", at_us, f"slot {slot} of order {holder} gets {order}")
        expect(held == [slot], "wall", at_us, f"order {order} is in slots {held}")
        self.wall_most = max(self.wall_most, len(self._slot_order))
        self._put[order].add(zone)

    def see_taken_out(self, event: _Event) -> None:
        """See an order leave the wall when all of it is there."""
        order, slot, at_us = event["order"], event["slot"], event["at_us"]
        found = self._slot_order.pop(slot, None)
        if found is not None:
            self._slots_of[found].remove(slot)
        expect = self._faults.expect
        expect(found == order, "wall", at_us, f"slot {slot} holds {found}, not {order}")
        whole = self._put.pop(order, set()) == self.zones(order)
        expect(whole, "wall", at_us, f"order {order} is taken out before all of it has come")
        self._put[order] = {-1}

    def see_packed(self, event: _Event) -> None:
        """See an order be packed, once, with what it wanted or says is missing."""
        order, at_us, expect = event["order"], event["at_us"], self._faults.expect
        expect(order not in self.packed, "packed twice", at_us, f"order {order}")
        self.packed.add(order)
        zones = self.zones(order)
        come = all((order, zone) in self._brought for zone in zones)
        expect(come, "packed early", at_us, f"order {order} has parts that have not come")
        through = len(zones) == 1 or self._put.get(order) == {-1}
        expect(through, "packed early", at_us, f"order {order} did not come out of the wall")
        said, known = event["missing_units"], self.missing_units.get(order, 0)
        expect(said == known, "short", at_us, f"order {order} lacks {known} units, said is {said}")
