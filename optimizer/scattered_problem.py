"""Scattered storage: an order whose items lie in several positions each, on a rectangular floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .columns import whole_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rectangle import Place, Rectangle


class TooLittleStock(ValueError):
    """The positions of an item hold less than is demanded.

    Attributes
    ----------
    item : int
        Which item.
    found_units, wanted_units : int
        What its positions hold, and the demand. An item without positions has 0.
    """

    def __init__(self, item: int, found_units: int, wanted_units: int) -> None:
        super().__init__(
            f"item {item} has {found_units} units in its positions, expected {wanted_units} or "
            f"more: give more positions or demand less"
        )
        self.item = item
        self.found_units = found_units
        self.wanted_units = wanted_units


@dataclass(frozen=True, slots=True)
class ScatteredProblem:
    """An order to be picked in one tour, the positions still to be chosen.

    Attributes
    ----------
    rectangle : Rectangle
        The floor.
    depot : Place
        Where the tour starts and ends.
    first_position : int64[I + 1]
        First position of each item in the next three, and P.
    position_aisle, position_y_mm : int64[P]
        Where the positions are.
    position_units : int64[P]
        Units that can be taken there, at least 0.
    demand_units : int64[I]
        Units demanded of each item, at least 0.

    Raises
    ------
    TooLittleStock
        For the first item whose positions do not hold its demand.
    ValueError
        When columns do not fit together, or a position or the depot is not on the floor.
    """

    rectangle: Rectangle
    depot: Place
    first_position: NDArray[np.int64]
    position_aisle: NDArray[np.int64]
    position_y_mm: NDArray[np.int64]
    position_units: NDArray[np.int64]
    demand_units: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what no tour can serve."""
        columns = (
            "first_position", "position_aisle", "position_y_mm", "position_units", "demand_units",
        )  # fmt: skip
        for name in columns:
            object.__setattr__(self, name, whole_column(name, getattr(self, name)))
        self._check_columns()
        self._check_places()
        for item in range(self.item_count):
            positions = slice(self.first_position[item], self.first_position[item + 1])
            found = int(self.position_units[positions].sum())
            if found < self.demand_units[item]:
                raise TooLittleStock(item, found, int(self.demand_units[item]))

    @property
    def item_count(self) -> int:
        """Number of items."""
        return len(self.demand_units)

    def _check_columns(self) -> None:
        count = len(self.position_aisle)
        first = self.first_position
        if len(first) != self.item_count + 1:
            raise ValueError(
                f"first_position has {len(first)} entries, expected {self.item_count + 1}: "
                f"one more than demand_units"
            )
        if first[0] != 0 or first[-1] != count or (np.diff(first) < 0).any():
            raise ValueError(
                f"first_position goes from {first[0]} to {first[-1]}, expected to ascend from 0 "
                f"to the {count} positions"
            )
        for name in ("position_y_mm", "position_units"):
            if len(getattr(self, name)) != count:
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} positions, expected {count} as in "
                    f"position_aisle"
                )
        for name in ("position_units", "demand_units"):
            wrong = np.flatnonzero(getattr(self, name) < 0)
            if len(wrong):
                raise ValueError(
                    f"{name}[{wrong[0]}] is {getattr(self, name)[wrong[0]]}, expected 0 or more"
                )

    def _check_places(self) -> None:
        rectangle = self.rectangle
        aisle = np.append(self.position_aisle, self.depot.aisle)
        y_mm = np.append(self.position_y_mm, self.depot.y_mm)
        off = ~rectangle.holds(aisle, y_mm)
        if off.any():
            row = int(np.flatnonzero(off)[0])
            name = "the depot" if row == len(self.position_aisle) else f"position {row}"
            raise rectangle.refusal(name, aisle[row], y_mm[row])
