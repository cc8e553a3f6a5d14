"""Released orders in the server's books: their lines' allocations are bound to the planned rows.

A planner's orders are bound when they are released and put on carts later, so until then their
tasks are in a batch of their zone that nobody can claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from slotline.engine.errors import InvariantBroken
from slotline.kernels.columns import (
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
)

from ..site import ZONE_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..day import Day
    from ..parts import Pick
    from .caller import Caller
    from .notes import Notes
    from .opening import Opened

_ONE_CANDIDATE: Final = 1
"""The planner knows the stock; asked for are allocations."""


class Planned:
    """Binds picks and puts them on carts.

    Parameters
    ----------
    caller : Caller
        Calls the server.
    day, opened : Day, Opened
        Stock rows.
    notes : Notes
        Gets lines of allocations.
    """

    def __init__(self, caller: Caller, day: Day, opened: Opened, notes: Notes) -> None:
        self._caller, self._notes = caller, notes
        self._line_first = day.order_first.tolist()
        self._line_units = day.line_units.tolist()
        # Of each row of the day those of the server with free units, the newest last.
        self._rows = [
            [[stock, units]]
            for stock, units in zip(opened.stock.tolist(), day.row_units.tolist(), strict=True)
        ]
        self._holding = [int(caller.call("open_batch", zone=zone).batch) for zone in ZONE_CODES]
        self._taken_from: dict[Pick, list[int]] = {}
        self.task: dict[Pick, int] = {}
        self.allocation: dict[Pick, int] = {}

    def bind(self, zones: Iterable[tuple[int, list[Pick]]], number_of: dict[int, int]) -> None:
        """Bind picks of released orders.

        Parameters
        ----------
        zones : iterable of (int, list of Pick)
            Zone and picks of each part, all parts of an order among them.
        number_of : dict of int to int
            The server's numbers of orders.
        """
        parts = list(zones)
        found = self._find({number_of[picks[0].order]: picks[0].order for _, picks in parts})
        picks, rows = [pick for _, its in parts for pick in its], []
        for zone, its in parts:
            for pick in its:
                number = number_of[pick.order]
                allocation = found[number][pick.line - self._line_first[pick.order]][0]
                self._notes.line_of[number, allocation] = pick.line
                rows.append((self._holding[zone], number, allocation, self._take(pick), pick.units))
        names = ("batch", "order", "allocation", "stock", "units")
        columns: dict[str, Any] = {
            name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
        }
        outcome = self._caller.bulk("add_pick", columns | {"slot": 0, "tour_position": 0})
        self._keep(picks, outcome)
        for pick in picks:
            self._notes.line_of[number_of[pick.order], self.allocation[pick]] = pick.line

    def _find(self, orders: dict[int, int]) -> dict[int, list[tuple[int, int]]]:
        """Give allocation and units of each line of orders, by the server's numbers of these."""
        found = self._ask(orders)
        broken = self._broken(found, orders)
        if broken:
            self._allocate_anew(broken)
            found = self._ask(orders)
            if self._broken(found, orders):
                raise InvariantBroken(f"orders {broken}: found too little stock for all lines")
        return found

    def _ask(self, orders: dict[int, int]) -> dict[int, list[tuple[int, int]]]:
        found = self._caller.ask(
            "list_releasable", lambda client: client.list_releasable(candidates_max=_ONE_CANDIDATE)
        ).allocations
        mine = np.flatnonzero(np.isin(found["order"], list(orders)))
        mine = mine[np.lexsort((found["line"][mine], found["order"][mine]))]
        lines: dict[int, list[tuple[int, int]]] = {}
        columns = (found[name][mine].tolist() for name in ("order", "allocation", "units"))
        for number, allocation, units in zip(*columns, strict=True):
            lines.setdefault(number, []).append((allocation, units))
        return lines

    def _broken(self, found: dict[int, list[tuple[int, int]]], orders: dict[int, int]) -> list[int]:
        """Give the orders of which a line has not one allocation of all its units."""
        broken = []
        for number, order in orders.items():
            first, last = self._line_first[order], self._line_first[order + 1]
            if [units for _, units in found.get(number, [])] != self._line_units[first:last]:
                broken.append(number)
        return broken

    def _allocate_anew(self, numbers: list[int]) -> None:
        """Allocate orders again from which a short pick elsewhere took units back."""
        self._caller.bulk("deallocate", {"order": numbers})
        self._caller.bulk(
            "allocate",
            {"order": numbers, "placement": PLACEMENT_POOL},
            may_be=(OUTCOME_PARTIAL, OUTCOME_SHORT),
        )

    def _take(self, pick: Pick) -> int:
        """Choose the server's row in a bin: it has several once goods there were held."""
        for row in self._rows[pick.row]:
            if row[1] >= pick.units:
                row[1] -= pick.units
                self._taken_from[pick] = row
                return int(row[0])
        raise InvariantBroken(f"no row in the bin of {pick}: found {self._rows[pick.row]}")

    def _keep(self, picks: list[Pick], outcome: dict[str, Any]) -> None:
        self.task.update(zip(picks, outcome["task"].tolist(), strict=True))
        self.allocation.update(zip(picks, outcome["allocation_bound"].tolist(), strict=True))

    def put_on_cart(
        self, zone: int, slots: dict[int, int], picks: list[Pick], number_of: dict[int, int]
    ) -> int:
        """Make a batch of bound picks, released to be claimed.

        Parameters
        ----------
        zone : int
            Of all picks.
        slots : dict of int to int
            Slot of the cart by order.
        picks : list of Pick
            In the sequence of the tour.
        number_of : dict of int to int
            The server's numbers of orders.

        Returns
        -------
        batch : int
            Its number.
        """
        self._caller.bulk("drop_task", {"task": [self.task[pick] for pick in picks]})
        batch = int(self._caller.call("open_batch", zone=ZONE_CODES[zone]).batch)
        outcome = self._caller.bulk(
            "add_pick",
            {
                "batch": batch,
                "order": [number_of[pick.order] for pick in picks],
                "allocation": [self.allocation[pick] for pick in picks],
                "units": [pick.units for pick in picks],
                "slot": [slots[pick.order] for pick in picks],
                "tour_position": list(range(len(picks))),
            },
        )
        self._keep(picks, outcome)
        self._caller.call("release_batch", batch=batch)
        return batch

    def rebind(self, pick: Pick, stock: int, task: int, allocation: int) -> None:
        """Note what the server bound in the place of a short pick."""
        row = next(row for row in self._rows[pick.row] if row[0] == stock)
        row[1] -= pick.units
        self._taken_from[pick] = row
        self.task[pick], self.allocation[pick] = task, allocation

    def hold(self, pick: Pick) -> None:
        """Note that nothing of the row of a short pick is free any more."""
        self._taken_from[pick][1] = 0

    def free(self, row: int, stock: int, units: int) -> None:
        """Note that units in a bin are free again in a row of the server."""
        known = next((its for its in self._rows[row] if its[0] == stock), None)
        if known is None:
            self._rows[row].append([stock, units])
        else:
            known[1] += units

    def unbind(self, picks: Iterable[Pick]) -> None:
        """Note that bound units of an order that is cancelled are free again."""
        for pick in picks:
            self._taken_from[pick][1] += pick.units
