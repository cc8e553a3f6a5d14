"""Orders to be put on carts together, and the carts that come out of it.

A batch is what one picker fetches in one tour: some orders, never a part of one, that fit a cart
together and are back before the first of them is due. The sum of the tours' lengths shall be
least. `solve_batches.solve_batches` finds a plan, `check_batches.check_batches` checks one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .columns import TIME_US_MAX, check_range, check_whole, column_of, whole_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rectangle import Place, Rectangle

MISSING: Final = -1
"""Says in a column of loads that the order's is not known."""
LOAD_MAX: Final = 1 << 50
"""The largest load or limit; a sum of thousands still fits."""


class Cart(NamedTuple):
    """What a cart or tote holds; None where nothing limits it."""

    slots: int | None = None
    volume_ml: int | None = None
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class BatchingProblem:
    """Orders, the floor they lie on and the carts they go on.

    Attributes
    ----------
    rectangle : Rectangle
        The floor.
    depot : Place
        Where every tour starts and ends.
    order_first : int64[O + 1]
        First stop of each order in the two columns of stops, ascending from 0.
    stop_aisle, stop_y_mm : int64[S]
        Aisle of each stop and its place in it. Several may be in one place.
    cart : Cart
        Limits.
    slots, volume_ml, weight_g : int64[O], optional
        What each order takes of a cart, 0 or more, or `MISSING`. Needed where the cart has a limit.
    start_us : int
        Earliest start of a tour.
    due_us : int64[O], optional
        When each order must be back, in the same time as `start_us`; `TIME_US_MAX` and later is
        never. None when none is due.
    handling_us : int64[O], optional
        Time at the stops of each order; None for none.
    walk_us_per_mm : int
        Pace: 833 is 1.2 m/s.
    setup_mm : int
        Walked once for each batch beside its tour, as from a station to the floor and back.

    Raises
    ------
    ValueError
        When a column has the wrong length, a stop or the depot is not on the floor, an order has no
        stop, a load is missing or negative; it is named.
    """

    rectangle: Rectangle
    depot: Place
    order_first: NDArray[np.int64]
    stop_aisle: NDArray[np.int64]
    stop_y_mm: NDArray[np.int64]
    cart: Cart
    slots: NDArray[np.int64] | None = None
    volume_ml: NDArray[np.int64] | None = None
    weight_g: NDArray[np.int64] | None = None
    start_us: int = 0
    due_us: NDArray[np.int64] | None = None
    handling_us: NDArray[np.int64] | None = None
    walk_us_per_mm: int = 833
    setup_mm: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be solved, by name."""
        for name in ("order_first", "stop_aisle", "stop_y_mm"):
            object.__setattr__(self, name, whole_column(name, getattr(self, name)))
        self._check_orders()
        self._check_places()
        for name, limit in self.cart._asdict().items():
            self._check_load(name, limit)
        for name in ("due_us", "handling_us"):
            if getattr(self, name) is not None:
                column = column_of(name, getattr(self, name), self.order_count, "order")
                object.__setattr__(self, name, column)
        if self.handling_us is not None:
            check_range("handling_us", self.handling_us, LOAD_MAX, "order")
        for name in ("walk_us_per_mm", "setup_mm"):
            check_whole(name, getattr(self, name), 0, 1 << 20)
        check_whole("start_us", self.start_us, -TIME_US_MAX, TIME_US_MAX)
        if self.due_us is not None:
            object.__setattr__(self, "due_us", np.minimum(self.due_us, TIME_US_MAX))
            self._check_times(self.due_us)

    @property
    def order_count(self) -> int:
        """Number of orders."""
        return len(self.order_first) - 1

    def limits(self) -> list[tuple[str, NDArray[np.int64], int]]:
        """Give name, column and limit of each load that the cart limits."""
        return [
            (name, getattr(self, name), limit)
            for name, limit in self.cart._asdict().items()
            if limit is not None
        ]

    def stops_of(self, order: int) -> slice:
        """Give the range of an order's stops."""
        return slice(int(self.order_first[order]), int(self.order_first[order + 1]))

    def _check_orders(self) -> None:
        first = self.order_first
        if len(first) == 0 or first[0] != 0 or first[-1] != len(self.stop_aisle):
            raise ValueError(
                f"order_first must run from 0 to the number of stops, {len(self.stop_aisle)}, "
                f"found {first[:1].tolist()} to {first[-1:].tolist()}"
            )
        if len(self.stop_y_mm) != len(self.stop_aisle):
            raise ValueError(
                f"stop_y_mm has {len(self.stop_y_mm)} rows, expected {len(self.stop_aisle)}, one "
                f"for each of stop_aisle"
            )
        wrong = np.flatnonzero(np.diff(first) <= 0)
        if len(wrong):
            raise ValueError(f"order {wrong[0]} has no stop, expected one or more: leave it out")

    def _check_places(self) -> None:
        aisle = np.append(self.stop_aisle, self.depot.aisle)
        y_mm = np.append(self.stop_y_mm, self.depot.y_mm)
        wrong = np.flatnonzero(~self.rectangle.holds(aisle, y_mm))
        if len(wrong):
            low, high = (int(self.rectangle.cross_y_mm[at]) for at in (0, -1))
            at = int(wrong[0])
            order = int(np.searchsorted(self.order_first, at, side="right")) - 1
            whose = "the depot" if at == len(self.stop_aisle) else f"a stop of order {order}"
            raise ValueError(
                f"{whose} is in aisle {aisle[at]} at y {y_mm[at]} mm, expected an aisle from 0 to "
                f"{self.rectangle.aisle_count - 1} and y from {low} to {high} mm"
            )

    def _check_times(self, due_us: NDArray[np.int64]) -> None:
        wrong = np.flatnonzero(due_us < -TIME_US_MAX)
        if len(wrong):
            at = int(wrong[0])
            raise ValueError(
                f"due_us of order {at} is {due_us[at]}, expected {-TIME_US_MAX} to {TIME_US_MAX}"
            )
        floor = self.rectangle
        depth_mm = int(floor.cross_y_mm[-1]) - int(floor.cross_y_mm[0])
        width_mm = int(floor.aisle_x_mm[-1]) - int(floor.aisle_x_mm[0])
        # Nobody has to pass a piece of the floor more than twice.
        tour_mm = 2 * (depth_mm * floor.aisle_count + width_mm * len(floor.cross_y_mm))
        tour_us = (tour_mm + self.setup_mm) * self.walk_us_per_mm
        if self.handling_us is not None:
            tour_us += int(self.handling_us.sum(dtype=np.float64))
        if tour_us > TIME_US_MAX:
            raise ValueError(
                f"a tour of the whole floor and all orders takes {tour_us} us at "
                f"{self.walk_us_per_mm} us a mm, expected at most {TIME_US_MAX}"
            )

    def _check_load(self, name: str, limit: int | None) -> None:
        column = getattr(self, name)
        if column is None:
            if limit is not None:
                raise ValueError(f"the cart holds {name} {limit}, but no order says its {name}")
            return
        column = column_of(name, column, self.order_count, "order")
        object.__setattr__(self, name, column)
        if limit is None:
            return
        check_whole(f"the cart's {name}", limit, 0, LOAD_MAX)
        missing = np.flatnonzero(column == MISSING)
        if len(missing):
            named = ", ".join(map(str, missing[:10].tolist()))
            more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
            raise ValueError(
                f"the cart holds {name} {limit}, but it is missing for order {named}{more}"
            )
        check_range(name, column, LOAD_MAX, "order")


class UnfitOrder(NamedTuple):
    """An order that fits no cart, and why."""

    order: int
    reason: str


class BatchStatus(Enum):
    """What is known of a plan."""

    OPTIMAL = "optimal"
    """No plan is shorter."""
    FEASIBLE = "feasible"
    """The bound says how much shorter another could be at most."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Batches, and how good they are.

    Attributes
    ----------
    batch_first : int64[B + 1]
        First order of each batch in `order`.
    order : int32[O]
        Orders of the batches, ascending in each; batches by their first order. All orders but
        the unfit ones.
    length_mm : int64[B]
        Length of the shortest tour of each batch, with its set-up.
    bound_mm : int
        No plan is shorter in total.
    seconds : float
        Time it took.
    reason : str
        Why the search ended.
    unfit : tuple of UnfitOrder
        Orders that no cart can take. They are in no batch.
    late : tuple of int
        Orders that cannot be back in time even alone. Each has a batch of its own.
    """

    batch_first: NDArray[np.int64]
    order: NDArray[np.int32]
    length_mm: NDArray[np.int64]
    bound_mm: int
    seconds: float
    reason: str
    unfit: tuple[UnfitOrder, ...] = field(default=())
    late: tuple[int, ...] = field(default=())

    @property
    def total_mm(self) -> int:
        """Sum of the lengths."""
        return int(self.length_mm.sum())

    @property
    def status(self) -> BatchStatus:
        """Optimal when the total meets the bound."""
        return BatchStatus.OPTIMAL if self.total_mm == self.bound_mm else BatchStatus.FEASIBLE

    @property
    def gap(self) -> float:
        """Part of the total by which another plan could be shorter at most, 0 to 1."""
        return (self.total_mm - self.bound_mm) / self.total_mm if self.total_mm else 0.0

    def batches(self) -> list[NDArray[np.int32]]:
        """Give the orders of each batch."""
        return np.split(self.order, self.batch_first[1:-1]) if len(self.length_mm) else []
