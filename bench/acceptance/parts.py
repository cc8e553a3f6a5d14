"""Parts of orders: what of one order lies in one zone, bound to bins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .day import Day


@dataclass(slots=True, eq=False)
class Pick:
    """A line or a rest of one, and where to get it; each is only like itself.

    Attributes
    ----------
    order, line : int
        Whose it is.
    row : int
        Stock row.
    units : int
        To be picked there.
    again : bool
        Whether its line is looked for somewhere else, too: there is what the books say.
    """

    order: int
    line: int
    row: int
    units: int
    again: bool = False


@dataclass(slots=True)
class Part:
    """What of one order lies in one zone.

    Attributes
    ----------
    order, zone : int
        Which.
    picks : list of Pick
        One for each line, or more where no bin has all of it.
    volume_ml, weight_g : int
        Of all units.
    via_wall : bool
        Whether the order has parts in other zones, too.
    """

    order: int
    zone: int
    picks: list[Pick]
    volume_ml: int
    weight_g: int
    via_wall: bool


class PartMaker:
    """Cuts orders into parts.

    Parameters
    ----------
    day : Day
        Whose orders.
    """

    def __init__(self, day: Day) -> None:
        self._first = day.order_first.tolist()
        self._sku = day.line_sku.tolist()
        self._units = day.line_units.tolist()
        self._zone = day.sku_zone[day.line_sku].tolist()
        self._volume_ml = (day.sku_volume_ml[day.line_sku] * day.line_units).tolist()
        self._weight_g = (day.sku_weight_g[day.line_sku] * day.line_units).tolist()
        self.zones_of = [
            sorted(set(self._zone[first:last])) for first, last in pairwise(self._first)
        ]

    def cut(self, order: int, choose: Callable[[int, int], list[tuple[int, int]]]) -> list[Part]:
        """Cut an order and bind its lines.

        Parameters
        ----------
        order : int
            Which.
        choose : function
            Binds an item and units, and gives the rows with the units of each.

        Returns
        -------
        parts : list of Part
            By zone.
        """
        zones = self.zones_of[order]
        parts = {zone: Part(order, zone, [], 0, 0, len(zones) > 1) for zone in zones}
        for line in range(self._first[order], self._first[order + 1]):
            part, units = parts[self._zone[line]], self._units[line]
            for at, (row, share) in enumerate(choose(self._sku[line], units)):
                part.picks.append(Pick(order, line, row, share, again=at > 0))
            part.volume_ml += self._volume_ml[line]
            part.weight_g += self._weight_g[line]
        return list(parts.values())
