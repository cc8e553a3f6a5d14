"""What the demo knows of every order, flash sale included, by its reference.

References 0 up to O are rows of `ChosenOrders`, those from O on are buyers of the flash sale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .day import Day
    from .desk import Desk
    from .flash import FlashSale
    from .site import Site

_WEB = 1


class OrderBook:
    """Plans and deeds per order; length N of references, L of the day's lines.

    Parameters
    ----------
    site, day : Site, Day
        The day's orders.
    flash : FlashSale
        For the truck of its buyers.

    Attributes
    ----------
    channel_row, truck_row, wave_row : int64[N]
        Sales channel; truck that takes it; wave that releases it.
    missing_units : int64[L + N]
        Units that the picker will not find, taken out once that has happened.
    shipped_units : int64[N]
        Units that left, as `ship` answered.
    first_line : int64[N]
        Row in `missing_units` of the order's first line.
    """

    def __init__(self, site: Site, day: Day, flash: FlashSale) -> None:
        buyers = len(day.flash_sale.buyer_codes)
        sale_wave = int(np.searchsorted(day.wave_us, day.flash_sale.at_us[-1]))
        lines = len(site.orders.line_units)

        def joined(column: NDArray[Any], value: int) -> NDArray[np.int64]:
            return np.concatenate((column.astype(np.int64), np.full(buyers, value, np.int64)))

        self._day = day
        self.order_count = len(site.orders.order_codes)
        self.channel_row = joined(day.order_channel_row, _WEB)
        self.truck_row = joined(day.order_departure_row, flash.departure_row)
        self.wave_row = joined(day.order_wave_row, sale_wave)
        self.missing_units = joined(day.line_short_pick_units, 0)
        self.shipped_units: NDArray[np.int64] = np.zeros(len(self.wave_row), np.int64)
        self.first_line: NDArray[np.int64] = np.concatenate(
            (site.orders.order_first_line[:-1], lines + np.arange(buyers))
        )
        names = [code.rpartition(" ")[0] for code in day.departure_codes]
        self._truck_channel = np.array([site.channel_codes.index(name) for name in names])

    def choose_trucks(self, references: NDArray[np.int64], now_us: int) -> NDArray[np.int64]:
        """Give each order its truck, or the next of its channel when that has left.

        Parameters
        ----------
        references : int64[n]
            Orders to be released.
        now_us : int
            Simulated time.

        Returns
        -------
        int64[n]
            Rows of `Day.departure_us`.
        """
        departure_us = self._day.departure_us
        for channel in np.unique(self.channel_row[references]).tolist():
            mine = references[self.channel_row[references] == channel]
            late = mine[departure_us[self.truck_row[mine]] <= now_us]
            left = np.flatnonzero((self._truck_channel == channel) & (departure_us > now_us))
            if len(late) and len(left):
                self.truck_row[late] = left[0]
        return self.truck_row[references]


class OrderTables:
    """Orders and lines as the server has them at one moment.

    Parameters
    ----------
    desk : Desk
        Clients.

    Attributes
    ----------
    order, line : dict of str to ndarray
        Columns of the two tables.
    allocated_units, open_units : int64[n]
        Sums over each order's lines.
    """

    def __init__(self, desk: Desk) -> None:
        self.order = desk.export("order")
        self.line = desk.export("line")
        count, line = len(self.order["number"]), self.line
        self.line_open_units: NDArray[np.int64] = (
            line["ordered_units"].astype(np.int64)
            - line["allocated_units"]
            - line["shipped_units"]
            - line["cancelled_units"]
        )
        self.allocated_units = self._sum(line["allocated_units"], count)
        self.open_units = self._sum(self.line_open_units, count)

    def _sum(self, units: NDArray[Any], count: int) -> NDArray[np.int64]:
        return np.bincount(self.line["order"], units, count).astype(np.int64)
