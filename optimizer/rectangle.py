"""A rectangular floor: parallel aisles, cut into blocks by cross-aisles.

The one form in which the exact solvers know a floor. A site map that is rectangular gives it
(`SiteMap.rectangle`), a planner may write it down. Aisle ``a`` runs along y at ``aisle_x_mm[a]``,
cross-aisle ``k`` along x at ``cross_y_mm[k]``; a place is an aisle and a y in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .columns import whole_column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


PLACE_MM_MAX: Final = 2**50
"""Of any coordinate: sums of walks stay whole numbers of 64 bits."""


class Place(NamedTuple):
    """A place on a rectangular floor."""

    aisle: int
    y_mm: int


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Aisles and cross-aisles of a rectangular floor.

    Attributes
    ----------
    aisle_x_mm : int64[A]
        Place of each aisle, strictly ascending, at least one.
    cross_y_mm : int64[B + 1]
        Place of each cross-aisle from front to back, strictly ascending; ``B`` blocks, at least
        one.

    Raises
    ------
    ValueError
        When there is no aisle or no block, or places do not ascend: an aisle of no length, or two
        in one place.
    """

    aisle_x_mm: NDArray[np.int64]
    cross_y_mm: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse a floor without room to walk."""
        for name, least in (("aisle_x_mm", 1), ("cross_y_mm", 2)):
            places = whole_column(name, getattr(self, name))
            far = np.flatnonzero((places < -PLACE_MM_MAX) | (places > PLACE_MM_MAX))
            if len(far):
                raise ValueError(
                    f"{name}[{far[0]}] is {places[far[0]]}, expected {-PLACE_MM_MAX} to "
                    f"{PLACE_MM_MAX}"
                )
            if len(places) < least:
                raise ValueError(
                    f"{name} has shape {places.shape}, expected {least} or more places"
                )
            wrong = np.flatnonzero(np.diff(places) <= 0)
            if len(wrong):
                at = int(wrong[0])
                raise ValueError(
                    f"{name}[{at + 1}] is {places[at + 1]} after {places[at]}, expected more: "
                    f"give each a place of its own, in ascending order"
                )
            object.__setattr__(self, name, places)

    @property
    def aisle_count(self) -> int:
        """Number of aisles."""
        return len(self.aisle_x_mm)

    def holds(self, aisle: NDArray[np.int64], y_mm: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of each place whether it is on the floor: in an aisle, between the cross-aisles."""
        in_aisle = (aisle >= 0) & (aisle < self.aisle_count)
        in_reach = (y_mm >= self.cross_y_mm[0]) & (y_mm <= self.cross_y_mm[-1])
        places: NDArray[np.bool_] = in_aisle & in_reach
        return places

    def refusal(self, name: str, aisle: int, y_mm: int) -> ValueError:
        """Give the error for a place that is not on the floor, with what was expected."""
        return ValueError(
            f"{name} is at {y_mm} mm in aisle {aisle}, expected {self.cross_y_mm[0]} to "
            f"{self.cross_y_mm[-1]} mm in one of {self.aisle_count} aisles"
        )

    def walked_mm(self, aisle: ArrayLike, y_mm: ArrayLike) -> NDArray[np.int64]:
        """Give the length of the shortest walk between every two places.

        Parameters
        ----------
        aisle, y_mm : int[P]
            Places on the floor.

        Returns
        -------
        int64[P, P]
            Symmetric, 0 on the diagonal.

        Raises
        ------
        ValueError
            Columns of different lengths, or a place that is not on the floor; it is named.
        """
        aisles, places_mm = whole_column("aisle", aisle), whole_column("y_mm", y_mm)
        if len(aisles) != len(places_mm):
            raise ValueError(f"y_mm has {len(places_mm)} rows, expected {len(aisles)} as in aisle")
        off = np.flatnonzero(~self.holds(aisles, places_mm))
        if len(off):
            at = int(off[0])
            raise self.refusal(f"place {at}", aisles[at], places_mm[at])
        x_mm = self.aisle_x_mm[aisles]
        walked_mm: NDArray[np.int64] = np.abs(places_mm[:, None] - places_mm[None, :])
        over_mm = np.full(walked_mm.shape, np.iinfo(np.int64).max)
        for cross_mm in self.cross_y_mm:
            to_cross_mm = np.abs(places_mm - cross_mm)
            np.minimum(over_mm, to_cross_mm[:, None] + to_cross_mm[None, :], out=over_mm)
        is_apart = aisles[:, None] != aisles[None, :]
        walked_mm[is_apart] = (over_mm + np.abs(x_mm[:, None] - x_mm[None, :]))[is_apart]
        return walked_mm

    @property
    def block_count(self) -> int:
        """Number of blocks."""
        return len(self.cross_y_mm) - 1
