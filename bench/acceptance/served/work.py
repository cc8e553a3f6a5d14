"""`work.Work` on a server: what the floor does becomes calls, and the floor follows the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from slotline.engine.errors import InvariantBroken
from slotline.kernels.columns import (
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
    POLICY_PARTIAL,
    STATUS_HELD,
)

from ..parts import Pick
from ..size import MINUTE_US
from .notes import Remark
from .opening import CHANNEL, COUNTED, LEFT_BEHIND, NOT_THERE, OWNER, SORTING
from .planned import Planned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..day import Day
    from ..parts import Part
    from ..stock import Stock
    from .caller import Caller
    from .notes import Notes, Shown
    from .opening import Opened

LEASE_US: Final = 30 * MINUTE_US
_SOME: Final = (OUTCOME_PARTIAL, OUTCOME_SHORT)


class ServedWork:
    """Makes each step a call on a server.

    Parameters
    ----------
    caller : Caller
        Calls the server.
    day, stock, opened : Day, Stock, Opened
        The day, the planner's books, what the server calls things.
    notes : Notes
        Gets what no command tells.
    set_time : function
        Called with the time of each step before its calls.
    midnight_us : int
        Begin of the day by the server's clock.
    """

    def __init__(
        self,
        caller: Caller,
        day: Day,
        stock: Stock,
        opened: Opened,
        notes: Notes,
        set_time: Callable[[int], None],
        midnight_us: int,
    ) -> None:
        self._caller, self._notes, self._day, self._stock = caller, notes, day, stock
        self._set_time, self._midnight_us = set_time, midnight_us
        self._planned = Planned(caller, day, opened, notes)
        self._sku, self._units = day.line_sku.tolist(), day.line_units.tolist()
        self._line_first = day.order_first.tolist()
        self._row_of_bin = {where: row for row, where in enumerate(day.row_bin.tolist())}
        self._departs_us = (day.trailer_planned_us + midnight_us).tolist()
        self._number: dict[int, int] = {}
        self._released: list[Part] = []
        self._picks: dict[int, list[Pick]] = {}
        self._batches: dict[int, tuple[int, Sequence[Part]]] = {}
        self._free_totes = [f"tote-{at}" for at in reversed(range(opened.tote_count))]
        self._tote: dict[tuple[int, int], str] = {}
        self._carries: dict[tuple[int, int], list[Pick]] = {}
        self._was_short: set[tuple[int, int]] = set()
        self._in_slot: set[int] = set()
        self._packed: set[int] = set()
        self._in_lane: dict[int, dict[str, None]] = {}

    def _at(self, at_us: int) -> None:
        """Begin a step; what was released before is bound now, all at once."""
        if self._released:
            parts, self._released = self._released, []
            self._planned.bind([(part.zone, part.picks) for part in parts], self._number)
        self._set_time(at_us)

    def _remark(self, at_us: int, event: str, **values: Any) -> None:
        remark = Remark(self._caller.sequence, {"at_us": at_us, "event": event} | values)
        self._notes.remarks.append(remark)

    # -- orders -------------------------------------------------------------------------------

    def accept(self, at_us: int, order: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        lines = range(self._line_first[order], self._line_first[order + 1])
        reply = self._caller.call(
            "accept",
            may_be=_SOME,
            channel=CHANNEL,
            owner=OWNER,
            code=str(order),
            policy=POLICY_PARTIAL,
            placement=PLACEMENT_POOL,
            departure_us=self._departs_us[int(self._day.order_trailer[order])],
            lines=[(f"sku-{self._sku[line]}", self._units[line]) for line in lines],
        )
        self._number[order] = reply.order

    def release(self, at_us: int, parts: Sequence[Part]) -> None:
        """See `work.Work`; all that is released at one time goes to the server together."""
        self._set_time(at_us)
        self._released += parts
        self._picks[parts[0].order] = [pick for part in parts for pick in part.picks]

    def give_back(self, at_us: int, order: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        self._caller.call("cancel", order=self._number[order])
        self._planned.unbind(self._picks[order])

    def miss(self, at_us: int, order: int, cause: str, caused_us: int) -> None:
        """See `work.Work`; the planner tells people, not the server."""
        self._remark(at_us, "missed", order=order, cause=cause, caused_us=caused_us)

    # -- picking ------------------------------------------------------------------------------

    def claim(
        self, at_us: int, batch: int, person: str, parts: Sequence[Part], picks: Sequence[Pick]
    ) -> None:
        """See `work.Work`."""
        self._at(at_us)
        slots = {part.order: slot for slot, part in enumerate(parts)}
        number = self._planned.put_on_cart(parts[0].zone, slots, list(picks), self._number)
        cart = person.replace("picker", "cart")
        self._caller.call("claim_batch", worker=person, batch=number, cart=cart, lease_us=LEASE_US)
        totes = [self._free_totes.pop() for _ in parts]
        self._caller.bulk(
            "assign_tote",
            {
                "worker": person, "batch": number, "slot": list(range(len(parts))),
                "handling_unit": totes,
            },
        )  # fmt: skip
        self._batches[batch] = number, parts
        for part, tote in zip(parts, totes, strict=True):
            self._tote[part.order, part.zone] = tote
            self._carries[part.order, part.zone] = []
        self._expect_shown(self._show(number), picks)

    def _show(self, number: int) -> list[Any]:
        return list(self._caller.ask("get_batch", lambda client: client.get_batch(number)).tasks)

    def _expect_shown(self, tasks: list[Any], picks: Sequence[Pick]) -> None:
        self._notes.show(tasks)
        found = [(task.task, task.location, task.units) for task in tasks]
        known = [(self._planned.task[pick], self._place(pick), pick.units) for pick in picks]
        if found != known:
            raise InvariantBroken(f"a batch shows {found}, planned was {known}")

    def _place(self, pick: Pick) -> str:
        return f"bin-{self._day.row_bin[pick.row]}"

    def _zone(self, pick: Pick) -> int:
        return int(self._day.sku_zone[self._sku[pick.line]])

    def pick(self, at_us: int, batch: int, person: str, pick: Pick, walked_mm: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        task = self._planned.task[pick]
        reply = self._caller.call("confirm_task", worker=person, task=task, units=pick.units)
        self._notes.walked_mm[reply.sequence] = walked_mm
        self._carries[pick.order, self._zone(pick)].append(pick)

    def short(
        self, at_us: int, batch: int, person: str, pick: Pick, found_units: int, walked_mm: int
    ) -> list[Pick]:
        """See `work.Work`; the server chooses where the rest comes from."""
        self._at(at_us)
        reply = self._caller.call(
            "short_task",
            may_be=_SOME,
            worker=person,
            task=self._planned.task[pick],
            found_units=found_units,
            reason=NOT_THERE,
        )
        self._notes.walked_mm[reply.sequence] = walked_mm
        self._planned.hold(pick)
        if found_units:
            self._carries[pick.order, self._zone(pick)].append(pick)
            self._was_short.add((pick.order, self._zone(pick)))
        rest = []
        if reply.added_tasks:
            rest = self._follow(reply.sequence, pick, self._show(self._batches[batch][0]))
        self._count(pick)
        return rest

    def _follow(self, sequence: int, pick: Pick, tasks: list[Any]) -> list[Pick]:
        """Take over the tasks that a short pick added to its batch."""
        shown = {task.task: task for task in tasks}
        rest = []
        new: list[Shown] = self._notes.show(tasks)
        self._notes.rest[sequence] = new
        for added in new:
            row = self._row_of_bin[int(added.location.removeprefix("bin-"))]
            other = Pick(pick.order, pick.line, row, added.units, again=True)
            self._stock.bind(row, added.units)
            task = shown[added.task]
            self._planned.rebind(other, task.stock, task.task, task.allocation)
            rest.append(other)
        return rest

    def _count(self, pick: Pick) -> None:
        """Count what is left in a bin that was short: the picker stands before it."""
        found = self._caller.ask(
            "get_stock", lambda client: client.get_stock(location=self._place(pick))
        )
        for row in found.rows:
            if row.status == STATUS_HELD:
                reply = self._caller.call(
                    "release_hold", stock=row.stock, units=row.on_hand_units, reason=COUNTED
                )
                self._planned.free(pick.row, reply.stock, row.on_hand_units)

    def route(self, at_us: int, batch: int, picks: Sequence[Pick]) -> None:
        """See `work.Work`."""
        self._caller.bulk(
            "route_task",
            {
                "task": [self._planned.task[pick] for pick in picks],
                "tour_position": list(range(len(picks))),
            },
        )

    def bring(self, at_us: int, batch: int, person: str, walked_mm: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        number, parts = self._batches.pop(batch)
        reply = self._caller.call("deliver_batch", worker=person, batch=number, location=SORTING)
        self._notes.walked_mm[reply.sequence] = walked_mm
        for part in parts:
            if not self._carries[part.order, part.zone]:
                self._empty(part.order, part.zone)

    def _empty(self, order: int, zone: int) -> None:
        self._free_totes.append(self._tote.pop((order, zone)))

    # -- put wall and packing -----------------------------------------------------------------

    def put(self, begin_us: int, at_us: int, person: str, order: int, zone: int, slot: int) -> None:
        """See `work.Work`; of a part of which nothing was found there is nothing to tell."""
        self._at(at_us)
        picks = self._carries.pop((order, zone))
        if not picks:
            self._remark(
                at_us, "put", begin_us=begin_us, person=person, order=order, zone=zone, slot=slot,
                picks=0,
            )  # fmt: skip
            return
        number = self._number[order]
        self._caller.bulk(
            "sort_pick",
            {
                "order": number,
                "allocation": self._allocations(order, zone, picks),
                "handling_unit": f"wall-{slot}",
            },
            actor=person,
        )
        self._notes.begin_us[self._caller.sequence] = begin_us
        self._notes.put_zone[self._caller.sequence] = zone
        self._in_slot.add(slot)
        self._empty(order, zone)

    def _allocations(self, order: int, zone: int, picks: list[Pick]) -> list[int]:
        """Give the allocations of what is in a part's tote; a short pick does not tell its own."""
        if (order, zone) not in self._was_short:
            return [self._planned.allocation[pick] for pick in picks]
        number, tote = self._number[order], self._tote[order, zone]
        found = self._caller.ask("get_order", lambda client: client.get_order(number))
        return [
            allocation.allocation
            for line in found.lines
            for allocation in line.allocations
            if allocation.handling_unit == tote
        ]

    def take_out(self, at_us: int, order: int, slot: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        if slot not in self._in_slot:
            self._remark(at_us, "taken_out", order=order, slot=slot)
            return
        self._in_slot.remove(slot)
        self._packed.add(order)
        self._caller.call("consolidate", handling_unit=f"wall-{slot}", into=f"carton-{order}")

    def pack(self, begin_us: int, at_us: int, person: str, order: int, missing_units: int) -> None:
        """See `work.Work`; an order of which nothing was found is cancelled."""
        self._at(at_us)
        number = self._number[order]
        if order not in self._packed:
            zone = self._zone(self._picks[order][0])
            if self._carries.pop((order, zone), None):
                self._packed.add(order)
                self._empty(order, zone)
        if order not in self._packed:
            self._caller.call("cancel", actor=person, order=number)
            return
        reply = self._caller.call(
            "pack", actor=person, order=number, handling_unit=f"carton-{order}"
        )
        self._notes.begin_us[reply.sequence] = begin_us

    # -- dock ---------------------------------------------------------------------------------

    def open_lane(self, at_us: int, trailer: int, lane: int) -> None:
        """See `work.Work`; what stands in a lane says whose it is."""

    def delay(self, at_us: int, trailer: int, departs_us: int) -> None:
        """See `work.Work`; the server's loads have no effect for a new time."""
        self._at(at_us)
        self._caller.call(
            "put_load",
            code=f"trailer-{trailer}",
            appointment_us=self._departs_us[trailer] - self._day.size.door_us,
            departure_us=self._midnight_us + departs_us,
        )
        self._remark(at_us, "delayed", trailer=trailer, departs_us=departs_us)

    def dock(self, at_us: int, trailer: int, door: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        self._caller.call("dock_load", load=f"trailer-{trailer}", location=f"door-{door}")

    def stage(self, begin_us: int, at_us: int, person: str, order: int, lane: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        if order in self._packed:
            unit, place = f"carton-{order}", f"lane-{lane}"
            reply = self._caller.call("stage", actor=person, handling_unit=unit, location=place)
            self._notes.begin_us[reply.sequence] = begin_us
            self._in_lane.setdefault(int(self._day.order_trailer[order]), {})[unit] = None

    def load(self, begin_us: int, at_us: int, person: str, order: int, door: int) -> None:
        """See `work.Work`."""
        self._at(at_us)
        if order in self._packed:
            unit, trailer = f"carton-{order}", int(self._day.order_trailer[order])
            reply = self._caller.call(
                "load_unit", actor=person, handling_unit=unit, load=f"trailer-{trailer}"
            )
            self._notes.begin_us[reply.sequence] = begin_us
            del self._in_lane[trailer][unit]

    def depart(
        self, at_us: int, trailer: int, complete: Sequence[int], incomplete: Sequence[int]
    ) -> None:
        """See `work.Work`; what is left in the lane is carried away from it."""
        self._at(at_us)
        self._caller.call("depart", load=f"trailer-{trailer}", seal=f"seal-{trailer}")
        left = list(self._in_lane.pop(trailer, ()))
        if left:
            self._caller.bulk("stage", {"handling_unit": left, "location": LEFT_BEHIND})
