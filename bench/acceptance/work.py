"""The seam between the floor and what carries out its work, and the plain way to do so.

The floor decides who does what when; `Work` is told of each step as it happens. `Recorder` writes
one event for each. `served.work.ServedWork` makes each step a call on a server, which says what has
happened.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .day import Day
    from .parts import Part, Pick
    from .stock import Stock


class Work(Protocol):
    """Steps of the day; `at_us` is when a step ends, `begin_us` when its labour began."""

    def accept(self, at_us: int, order: int) -> None:
        """Take an order that arrives."""
        ...

    def delay(self, at_us: int, trailer: int, departs_us: int) -> None:
        """Learn that a trailer leaves later."""
        ...

    def release(self, at_us: int, parts: Sequence[Part]) -> None:
        """Let all parts of an order be picked."""
        ...

    def give_back(self, at_us: int, order: int) -> None:
        """Let go of an order that was released and whose trailer has left before it was begun."""
        ...

    def claim(
        self, at_us: int, batch: int, person: str, parts: Sequence[Part], picks: Sequence[Pick]
    ) -> None:
        """Give a batch to a picker: the parts by the slot of the cart, their picks by the tour."""
        ...

    def pick(self, at_us: int, batch: int, person: str, pick: Pick, walked_mm: int) -> None:
        """Confirm what was to be picked."""
        ...

    def short(
        self, at_us: int, batch: int, person: str, pick: Pick, found_units: int, walked_mm: int
    ) -> list[Pick]:
        """Report less than was to be picked, and give where to get the rest, as far as it is."""
        ...

    def route(self, at_us: int, batch: int, picks: Sequence[Pick]) -> None:
        """Put what is left of a batch into the sequence of a new tour."""
        ...

    def bring(self, at_us: int, batch: int, person: str, walked_mm: int) -> None:
        """Report the cart of a batch back at the depot."""
        ...

    def put(self, begin_us: int, at_us: int, person: str, order: int, zone: int, slot: int) -> None:
        """Put a part into its order's slot of the wall."""
        ...

    def take_out(self, at_us: int, order: int, slot: int) -> None:
        """Take an order out of its slot of the wall."""
        ...

    def pack(self, begin_us: int, at_us: int, person: str, order: int, missing_units: int) -> None:
        """Pack an order."""
        ...

    def open_lane(self, at_us: int, trailer: int, lane: int) -> None:
        """Give a trailer a lane until it departs."""
        ...

    def dock(self, at_us: int, trailer: int, door: int) -> None:
        """Let a trailer come to a door."""
        ...

    def stage(self, begin_us: int, at_us: int, person: str, order: int, lane: int) -> None:
        """Bring an order into a lane."""
        ...

    def load(self, begin_us: int, at_us: int, person: str, order: int, door: int) -> None:
        """Bring an order from its lane into the trailer at a door."""
        ...

    def depart(
        self, at_us: int, trailer: int, complete: Sequence[int], incomplete: Sequence[int]
    ) -> None:
        """Let a trailer leave with orders."""
        ...

    def miss(self, at_us: int, order: int, cause: str, caused_us: int) -> None:
        """Say that an order will not be on its trailer, or not in full."""
        ...


class Recorder:
    """Keeps the books itself and writes events, one line of JSON each.

    Parameters
    ----------
    day : Day
        What lies where.
    stock : Stock
        What is bound.
    out : text file
        Gets the events.
    """

    def __init__(self, day: Day, stock: Stock, out: IO[str]) -> None:
        self._sku = day.line_sku.tolist()
        self._bin = day.row_bin.tolist()
        self._stock = stock
        self._zone = day.sku_zone[day.line_sku].tolist()
        self._picks: Counter[tuple[int, int]] = Counter()
        self._write = out.write
        self._dump = json.JSONEncoder(separators=(",", ":")).encode

    def _tell(self, at_us: int, event: str, **values: Any) -> None:
        self._write(self._dump({"at_us": at_us, "event": event} | values) + "\n")

    def accept(self, at_us: int, order: int) -> None:
        """See `Work`."""
        self._tell(at_us, "arrived", order=order)

    def delay(self, at_us: int, trailer: int, departs_us: int) -> None:
        """See `Work`."""
        self._tell(at_us, "delayed", trailer=trailer, departs_us=departs_us)

    def release(self, at_us: int, parts: Sequence[Part]) -> None:
        """See `Work`."""
        zones = [part.zone for part in parts]
        self._tell(at_us, "released", order=parts[0].order, zones=zones)

    def give_back(self, at_us: int, order: int) -> None:
        """See `Work`; events say what happens, and nothing did."""

    def claim(
        self, at_us: int, batch: int, person: str, parts: Sequence[Part], picks: Sequence[Pick]
    ) -> None:
        """See `Work`."""
        orders = [part.order for part in parts]
        self._tell(at_us, "claimed", batch=batch, person=person, zone=parts[0].zone, orders=orders)

    def pick(self, at_us: int, batch: int, person: str, pick: Pick, walked_mm: int) -> None:
        """See `Work`."""
        self._picks[pick.order, self._zone[pick.line]] += 1
        self._tell(
            at_us, "picked", batch=batch, person=person, order=pick.order, line=pick.line,
            bin=self._bin[pick.row], units=pick.units, walked_mm=walked_mm,
        )  # fmt: skip

    def short(
        self, at_us: int, batch: int, person: str, pick: Pick, found_units: int, walked_mm: int
    ) -> list[Pick]:
        """See `Work`."""
        missing = pick.units - found_units
        self._picks[pick.order, self._zone[pick.line]] += found_units > 0
        rest = []
        for row, units in self._stock.nearest(self._sku[pick.line], missing, but=pick.row):
            self._stock.bind(row, units)
            rest.append(type(pick)(pick.order, pick.line, row, units, again=True))
        self._tell(
            at_us, "short", batch=batch, person=person, order=pick.order, line=pick.line,
            bin=self._bin[pick.row], units=found_units, missing_units=missing,
            rest=[[self._bin[other.row], other.units] for other in rest], walked_mm=walked_mm,
        )  # fmt: skip
        return rest

    def route(self, at_us: int, batch: int, picks: Sequence[Pick]) -> None:
        """See `Work`; where to go first is no event."""

    def bring(self, at_us: int, batch: int, person: str, walked_mm: int) -> None:
        """See `Work`."""
        self._tell(at_us, "brought", batch=batch, person=person, walked_mm=walked_mm)

    def put(self, begin_us: int, at_us: int, person: str, order: int, zone: int, slot: int) -> None:
        """See `Work`."""
        self._tell(
            at_us, "put", begin_us=begin_us, person=person, order=order, zone=zone, slot=slot,
            picks=self._picks.pop((order, zone), 0),
        )  # fmt: skip

    def take_out(self, at_us: int, order: int, slot: int) -> None:
        """See `Work`."""
        self._tell(at_us, "taken_out", order=order, slot=slot)

    def pack(self, begin_us: int, at_us: int, person: str, order: int, missing_units: int) -> None:
        """See `Work`."""
        self._tell(
            at_us, "packed", begin_us=begin_us, person=person, order=order,
            missing_units=missing_units,
        )  # fmt: skip

    def open_lane(self, at_us: int, trailer: int, lane: int) -> None:
        """See `Work`."""
        self._tell(at_us, "lane_opened", trailer=trailer, lane=lane)

    def dock(self, at_us: int, trailer: int, door: int) -> None:
        """See `Work`."""
        self._tell(at_us, "docked", trailer=trailer, door=door)

    def stage(self, begin_us: int, at_us: int, person: str, order: int, lane: int) -> None:
        """See `Work`."""
        self._tell(at_us, "staged", begin_us=begin_us, person=person, order=order, lane=lane)

    def load(self, begin_us: int, at_us: int, person: str, order: int, door: int) -> None:
        """See `Work`."""
        self._tell(at_us, "loaded", begin_us=begin_us, person=person, order=order, door=door)

    def depart(
        self, at_us: int, trailer: int, complete: Sequence[int], incomplete: Sequence[int]
    ) -> None:
        """See `Work`."""
        self._tell(
            at_us, "departed", trailer=trailer, complete=list(complete),
            incomplete=list(incomplete),
        )  # fmt: skip

    def miss(self, at_us: int, order: int, cause: str, caused_us: int) -> None:
        """See `Work`."""
        self._tell(at_us, "missed", order=order, cause=cause, caused_us=caused_us)
