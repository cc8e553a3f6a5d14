"""Events of a day as a server tells it: from its effects, and notes of what no effect can say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from slotline.engine.effects import EffectKind

from ..site import ZONE_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .notes import Notes

_Event = dict[str, Any]

EVENT_KINDS: Final = (
    EffectKind.ORDER_ACCEPTED, EffectKind.BATCH_OPENED, EffectKind.PICK_ADDED,
    EffectKind.BATCH_CLAIMED, EffectKind.TASK_CONFIRMED, EffectKind.TASK_SHORT,
    EffectKind.BATCH_DELIVERED, EffectKind.PICK_SORTED, EffectKind.UNIT_CONSOLIDATED,
    EffectKind.ORDER_PACKED, EffectKind.UNIT_STAGED, EffectKind.LOAD_DOCKED,
    EffectKind.UNIT_LOADED, EffectKind.LOAD_DEPARTED, EffectKind.ORDER_SHIPPED,
)  # fmt: skip
"""Effects that events are made from."""


def events_of(
    effects: Iterable[Any], notes: Notes, order_trailer: Sequence[int], midnight_us: int
) -> Iterator[_Event]:
    """Make the day's events.

    Parameters
    ----------
    effects : iterable of Effect
        All of the server's, in its sequence.
    notes : Notes
        Facts are put into the events of their commands, remarks between those of others.
    order_trailer : sequence of int
        Trailer of each order.
    midnight_us : int
        Begin of the day by the server's clock.

    Yields
    ------
    event : dict
        As README.md describes it.
    """
    history = _History(notes, order_trailer)
    remarks = iter(notes.remarks)
    remark = next(remarks, None)
    for effect in effects:
        yield from history.leave(effect.sequence)
        while remark is not None and remark.sequence < effect.sequence:
            yield remark.event
            remark = next(remarks, None)
        values = {
            value.name: value.text if value.HasField("text") else value.number
            for value in (*effect.values, *effect.results)
        }
        history.at_us = effect.time_us - midnight_us
        for event in history.see(effect, values):
            yield {"at_us": history.at_us} | event
    yield from history.leave(None)
    while remark is not None:
        yield remark.event
        remark = next(remarks, None)


class _History:
    """Follows effects: what one of them does not say, earlier ones or notes said.

    What nobody said is -1 in an event, which the checker does not know.
    """

    def __init__(self, notes: Notes, order_trailer: Sequence[int]) -> None:
        self._notes, self._trailer_of = notes, order_trailer
        self.at_us = 0
        self._order: dict[int, int] = {}
        self._ordered: dict[int, int] = {}
        self._bound: Counter[int] = Counter()
        self._zone: dict[int, int] = {}
        self._zones: dict[int, set[int]] = {}
        self._orders: dict[int, dict[int, None]] = {}
        self._line: dict[int, int] = {}
        self._sorted: Counter[int] = Counter()
        self._order_in: dict[str, int] = {}
        self._missing: dict[int, int] = {}
        self._lane: dict[int, int] = {}
        self._door: dict[str, int] = {}
        self._leaving: tuple[int, _Event] | None = None
        self._seen: dict[int, Callable[[Any, dict[str, Any]], _Event | None]] = dict(
            zip(
                EVENT_KINDS,
                (
                    self._accepted, self._opened, self._added, self._claimed, self._confirmed,
                    self._short, self._delivered, self._put, self._taken_out, self._packed,
                    self._staged, self._docked, self._loaded, self._departed, self._shipped,
                ),
                strict=True,
            )
        )  # fmt: skip

    def see(self, effect: Any, values: dict[str, Any]) -> Iterator[_Event]:
        """Give the events of one effect."""
        seen = self._seen.get(effect.kind)
        event = None if seen is None else seen(effect, values)
        if event is None:
            return
        if event["event"] == "staged":
            yield from self._open_lane(event)
        yield event

    def leave(self, sequence: int | None) -> Iterator[_Event]:
        """Give the departure that lies before a sequence, when all that left with it is known."""
        if self._leaving is not None and self._leaving[0] != sequence:
            yield self._leaving[1]
            self._leaving = None

    # -- orders and batches -------------------------------------------------------------------

    def _accepted(self, effect: Any, _values: dict[str, Any]) -> _Event:
        self._order[effect.entity] = order = int(effect.code)
        self._ordered[order] = sum(line.units for line in effect.lines)
        return {"event": "arrived", "order": order}

    def _opened(self, effect: Any, values: dict[str, Any]) -> None:
        self._zone[effect.entity] = ZONE_CODES.index(values["zone"])

    def _added(self, effect: Any, values: dict[str, Any]) -> _Event | None:
        """See a line be bound, or put on a cart: an order is released when all of it is bound."""
        number, batch, task = values["order"], effect.entity, values["task"]
        order, is_new = self._order.get(number, -1), task not in self._line
        self._line[task] = self._notes.line_of.get((number, values["allocation"]), -1)
        self._orders.setdefault(batch, {})[order] = None
        self._zones.setdefault(order, set()).add(self._zone.get(batch, -1))
        wanted = self._ordered.get(order, -1)
        was_bound = self._bound[order] >= wanted
        self._bound[order] += values["units"]
        if is_new and (was_bound or self._bound[order] < wanted):
            return None
        return {"event": "released", "order": order, "zones": sorted(self._zones[order])}

    def _claimed(self, effect: Any, values: dict[str, Any]) -> _Event:
        batch = effect.entity
        return {
            "event": "claimed", "batch": batch, "person": values["worker"],
            "zone": self._zone.get(batch, -1), "orders": list(self._orders.get(batch, ())),
        }  # fmt: skip

    # -- picking ------------------------------------------------------------------------------

    def _stop(self, effect: Any, values: dict[str, Any], units: int) -> _Event:
        task = values["task"]
        shown = self._notes.shown.get(task)
        return {
            "batch": effect.entity, "person": values["worker"],
            "order": self._order.get(values["order"], -1), "line": self._line.get(task, -1),
            "bin": -1 if shown is None else _number_in(shown.location), "units": units,
            "walked_mm": self._notes.walked_mm.get(effect.sequence, 0),
        }  # fmt: skip

    def _confirmed(self, effect: Any, values: dict[str, Any]) -> _Event:
        return {"event": "picked"} | self._stop(effect, values, values["units"])

    def _short(self, effect: Any, values: dict[str, Any]) -> _Event:
        event: _Event = {"event": "short"} | self._stop(effect, values, values["found_units"])
        rest = self._notes.rest.get(effect.sequence, [])
        self._line.update((task.task, event["line"]) for task in rest)
        event["missing_units"] = values["rebound_units"] + values["short_units"]
        event["rest"] = [[_number_in(task.location), task.units] for task in rest]
        return event

    def _delivered(self, effect: Any, values: dict[str, Any]) -> _Event:
        walked_mm = self._notes.walked_mm.get(effect.sequence, 0)
        return {
            "event": "brought", "batch": effect.entity, "person": values["worker"],
            "walked_mm": walked_mm,
        }  # fmt: skip

    # -- put wall and packing -----------------------------------------------------------------

    def _labour(self, effect: Any) -> _Event:
        begin_us = self._notes.begin_us.get(effect.sequence, self.at_us)
        return {"begin_us": begin_us, "person": effect.actor}

    def _put(self, effect: Any, values: dict[str, Any]) -> _Event | None:
        """See one pick of a part come into a slot; the last one of its message ends the task."""
        order = self._order.get(effect.entity, -1)
        self._order_in[values["handling_unit"]] = order
        self._sorted[order] += 1
        zone = self._notes.put_zone.get(effect.sequence)
        if zone is None:
            return None
        slot = _number_in(values["handling_unit"])
        event = {"event": "put", "order": order, "zone": zone, "slot": slot}
        return event | {"picks": self._sorted.pop(order)} | self._labour(effect)

    def _taken_out(self, effect: Any, _values: dict[str, Any]) -> _Event:
        order = self._order_in.pop(effect.code, -1)
        return {"event": "taken_out", "order": order, "slot": _number_in(effect.code)}

    def _packed(self, effect: Any, values: dict[str, Any]) -> _Event:
        order = self._order.get(effect.entity, -1)
        self._order_in[values["handling_unit"]] = order
        missing = self._ordered.get(order, 0) - values["packed_units"]
        self._missing[order] = missing
        event = {"event": "packed", "order": order, "missing_units": missing}
        return event | self._labour(effect)

    # -- dock ---------------------------------------------------------------------------------

    def _staged(self, effect: Any, values: dict[str, Any]) -> _Event | None:
        if not values["location"].startswith("lane-"):
            return None  # its trailer has left, and it is carried away
        order = self._order_in.get(effect.code, -1)
        event = {"event": "staged", "order": order, "lane": _number_in(values["location"])}
        return event | self._labour(effect)

    def _open_lane(self, staged: _Event) -> Iterator[_Event]:
        """See a trailer get a lane when its first order comes there: nobody says so before."""
        trailer = self._trailer_of[staged["order"]]
        if trailer not in self._lane:
            self._lane[trailer] = staged["lane"]
            yield {"event": "lane_opened", "trailer": trailer, "lane": staged["lane"]}

    def _docked(self, effect: Any, values: dict[str, Any]) -> _Event:
        self._door[effect.code] = door = _number_in(values["location"])
        return {"event": "docked", "trailer": _number_in(effect.code), "door": door}

    def _loaded(self, effect: Any, values: dict[str, Any]) -> _Event:
        order, door = self._order_in.get(effect.code, -1), self._door.get(values["load"], -1)
        return {"event": "loaded", "order": order, "door": door} | self._labour(effect)

    def _departed(self, effect: Any, _values: dict[str, Any]) -> _Event | None:
        trailer = _number_in(effect.code)
        event = {"event": "departed", "trailer": trailer, "complete": [], "incomplete": []}
        before = None if self._leaving is None else self._leaving[1]
        self._leaving = effect.sequence, {"at_us": self.at_us} | event
        self._lane.pop(trailer, None)
        return before

    def _shipped(self, effect: Any, _values: dict[str, Any]) -> None:
        """See an order leave, with the departure of the same sequence."""
        order = self._order.get(effect.entity, -1)
        if self._leaving is not None:
            side = "incomplete" if self._missing.get(order, 0) else "complete"
            self._leaving[1][side].append(order)


def _number_in(code: str) -> int:
    """Give the number that a code ends with."""
    return int(code.rpartition("-")[2])
