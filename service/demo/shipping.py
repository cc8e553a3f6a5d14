"""Departures: what is packed for a truck leaves with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .desk import Desk
    from .order_book import OrderBook


class Shipping:
    """Loads trucks.

    Parameters
    ----------
    desk : Desk
        Clients.
    book : OrderBook
        Trucks of the orders; gets the units that left.

    Attributes
    ----------
    shipment_count : int
        Orders shipped; an order that ships twice counts twice.
    """

    def __init__(self, desk: Desk, book: OrderBook) -> None:
        self._desk = desk
        self._book = book
        self._staged: dict[int, list[tuple[int, int]]] = {}
        self.shipment_count = 0

    def stage(self, numbers: NDArray[np.int64], references: NDArray[np.int64]) -> None:
        """Put packed orders into the lanes of their trucks."""
        trucks = self._book.truck_row[references]
        for truck, number, reference in zip(
            trucks.tolist(), numbers.tolist(), references.tolist(), strict=True
        ):
            self._staged.setdefault(truck, []).append((number, reference))

    def depart(self, truck_row: int) -> None:
        """Ship everything that stands in a truck's lane."""
        staged = self._staged.pop(truck_row, [])
        if not staged:
            return
        numbers = np.array([number for number, _ in staged], np.int64)
        references = np.array([reference for _, reference in staged], np.int64)
        shipped = self._desk.bulk("ship", {"order": numbers})["shipped_units"]
        np.add.at(self._book.shipped_units, references, shipped)
        self.shipment_count += len(staged)
