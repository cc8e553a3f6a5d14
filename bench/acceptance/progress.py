"""What the floor knows of orders and trailers while the day goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .standards import Kind, times_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .day import Day


class Progress:
    """Orders and trailers, and how long their work takes.

    Parameters
    ----------
    day : Day
        Whose they are.

    Attributes
    ----------
    departs_us : list of int
        When each trailer leaves, as far as is known.
    gone : list of bool
        Whether it has left.
    trailer_of : list of int
        Trailer of each order.
    parts_left : list of int
        Parts of each order that have not come to the wall; at first one for each of its zones.
    missing_units : list of int
        Units of each order that cannot be had.
    named : list of bool
        Whether its miss has been named.
    line_pick_us, line_put_us, pack_us, stage_us, load_us : list of int
        By the standards, of each line or order.
    """

    def __init__(self, day: Day) -> None:
        orders = len(day.order_trailer)
        self.departs_us: list[int] = day.trailer_planned_us.tolist()
        self.gone = [False] * len(self.departs_us)
        self.trailer_of: list[int] = day.order_trailer.tolist()
        self.parts_left: list[int] = _count_zones(day).tolist()
        self.missing_units = [0] * orders
        self.named = [False] * orders
        one = np.ones(len(day.line_sku), np.int64)
        units, weight_g = day.line_units, day.sku_weight_g[day.line_sku] * day.line_units
        self.line_pick_us = times_us(Kind.TOUR, one, units, weight_g, tasks=False).tolist()
        self.line_put_us = times_us(Kind.PUT, one, units, weight_g, tasks=False).tolist()
        lines, units, weight_g = (
            np.add.reduceat(column, day.order_first[:-1]) for column in (one, units, weight_g)
        )
        self.pack_us: list[int] = times_us(Kind.PACK, lines, units, weight_g).tolist()
        self.stage_us: list[int] = times_us(Kind.STAGE, lines, units, weight_g).tolist()
        self.load_us: list[int] = times_us(Kind.LOAD, lines, units, weight_g).tolist()

    def departs(self, order: int) -> int:
        """Give when the trailer of an order leaves, as far as is known, microseconds."""
        return self.departs_us[self.trailer_of[order]]


def _count_zones(day: Day) -> NDArray[np.int64]:
    """Give the number of zones that each order has lines in."""
    order = np.repeat(np.arange(len(day.order_trailer)), np.diff(day.order_first))
    pairs = np.unique(np.stack((order, day.sku_zone[day.line_sku])), axis=1)
    return np.bincount(pairs[0])
