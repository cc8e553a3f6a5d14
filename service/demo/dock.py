"""Goods in: receipts at the dock, and putaway of what has not left it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...kernels.columns import STATUS_AVAILABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .desk import Desk
    from .opening import Refs
    from .site import Site


class Dock:
    """Receives purchase lines and puts them away.

    Parameters
    ----------
    desk : Desk
        Clients.
    site : Site
        Purchases, docks, bins.
    refs : Refs
        What the server calls them.

    Attributes
    ----------
    received_units : int
        Units received so far.
    """

    def __init__(self, desk: Desk, site: Site, refs: Refs) -> None:
        self._desk = desk
        self._site = site
        self._refs = refs
        count = len(site.purchases.po_codes)
        self._stock: NDArray[np.int32] = np.full(count, -1, np.int32)
        self._receipt: NDArray[np.int32] = np.full(count, -1, np.int32)
        self.received_units = 0

    def receive(self, rows: NDArray[np.int64]) -> None:
        """Book purchase lines in at their docks, rows of `Purchases`."""
        purchases, refs = self._site.purchases, self._refs
        units = purchases.received_units[rows]
        outcome = self._desk.bulk(
            "receive",
            {
                "purchase_line": refs.purchase[rows],
                "item": refs.item[purchases.item_row[rows]],
                "owner": refs.owner[purchases.owner_row[rows]],
                "lot": refs.purchase_lot[rows],
                "status": STATUS_AVAILABLE,
                "location": refs.location[purchases.dock_row[rows]],
                "units": units,
            },
        )
        self._stock[rows], self._receipt[rows] = outcome["stock"], outcome["receipt"]
        self.received_units += int(units.sum())

    def put_away(self, rows: NDArray[np.int64]) -> None:
        """Move what is left at the dock to its bins, rows of `Purchases`."""
        refs, purchases = self._refs, self._site.purchases
        stock = self._desk.export("stock")
        # Pickers may have taken the goods off the dock meanwhile, all or some.
        place = self._stock[rows]
        still = (
            (stock["receipt"][place] == self._receipt[rows])
            & (stock["on_hand_units"][place] > 0)
            & (stock["location"][place] == refs.location[purchases.dock_row[rows]])
        )
        if still.any():
            self._desk.bulk(
                "move",
                {
                    "stock": place[still],
                    "units": stock["on_hand_units"][place[still]],
                    "location": refs.location[purchases.putaway_row[rows[still]]],
                },
            )
