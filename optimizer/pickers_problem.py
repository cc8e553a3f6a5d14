"""Stops to be shared among several pickers or robots, and the tours that come out of it.

A picker goes from a start through some stops to an end, in one shift and with one cart. Every stop
that can be served shall be; of the plans that serve most, the one with the least walk is sought.
`pickers.solve_pickers` finds a plan, `check_pickers.check_pickers` checks one.

Shapes: ``P`` places, ``S`` stops, ``K`` pickers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.columns import FAR_MM
from .columns import TIME_US_MAX, array_of, whole_column
from .tour import TourStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rectangle import Rectangle

EVER_US: Final = TIME_US_MAX
"""Later than any time; its negative is earlier."""
LOADS: Final = ("slots", "volume_ml", "weight_g")
_WAY_MM_MAX: Final = 1 << 40
_VALUE_MAX: Final = 1 << 50


@dataclass(frozen=True, slots=True, eq=False)
class PickStops:
    """What is to be done, where and when.

    Attributes
    ----------
    place : int64[S]
        Place of each stop, a row of the matrix of ways. Several may be in one place.
    work_us : int64[S], optional
        Time that the work takes, 0 or more; None for none.
    opens_us, due_us : int64[S], optional
        The work begins no earlier (a zone that opens) and is done no later (a cut-off); None for
        any time. A picker that is early waits.
    slots, volume_ml, weight_g : int64[S], optional
        What each stop puts on the cart, 0 or more. Needed where carts have a limit.
    """

    place: NDArray[np.int64]
    work_us: NDArray[np.int64] | None = None
    opens_us: NDArray[np.int64] | None = None
    due_us: NDArray[np.int64] | None = None
    slots: NDArray[np.int64] | None = None
    volume_ml: NDArray[np.int64] | None = None
    weight_g: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuse columns that do not fit together, by name."""
        object.__setattr__(self, "place", whole_column("place of stops", self.place))
        ranges = {"work_us": (0, _VALUE_MAX), "opens_us": (-EVER_US, EVER_US)}
        ranges["due_us"] = ranges["opens_us"]
        for name in ("work_us", "opens_us", "due_us", *LOADS):
            _set_column(self, name, "stop", len(self.place), *ranges.get(name, (0, _VALUE_MAX)))

    def __len__(self) -> int:
        """Count the stops."""
        return len(self.place)


@dataclass(frozen=True, slots=True, eq=False)
class Pickers:
    """Who walks, or drives.

    Attributes
    ----------
    start_place, end_place : int64[K]
        Where each tour starts and ends.
    shift_start_us, shift_end_us : int64[K]
        No picker leaves earlier or is back later.
    mm_per_s : int64[K]
        Walking speed, at least 1. Each way's time is rounded up to a microsecond.
    slots, volume_ml, weight_g : int64[K], optional
        What each cart holds; None where nothing limits it.
    """

    start_place: NDArray[np.int64]
    end_place: NDArray[np.int64]
    shift_start_us: NDArray[np.int64]
    shift_end_us: NDArray[np.int64]
    mm_per_s: NDArray[np.int64]
    slots: NDArray[np.int64] | None = None
    volume_ml: NDArray[np.int64] | None = None
    weight_g: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuse columns that do not fit together, by name."""
        object.__setattr__(self, "start_place", whole_column("start_place", self.start_place))
        if not len(self.start_place):
            raise ValueError("there is no picker, expected one or more")
        ranges = {"end_place": (0, _VALUE_MAX), "mm_per_s": (1, _WAY_MM_MAX)}
        ranges["shift_start_us"] = ranges["shift_end_us"] = (-EVER_US, EVER_US)
        for name in (*ranges, *LOADS):
            least, most = ranges.get(name, (0, _VALUE_MAX))
            _set_column(self, name, "picker", len(self.start_place), least, most)
        late = np.flatnonzero(self.shift_start_us > self.shift_end_us)
        if len(late):
            at = int(late[0])
            raise ValueError(
                f"the shift of picker {at} starts at {self.shift_start_us[at]} and ends at "
                f"{self.shift_end_us[at]}, expected an end that is not before the start"
            )

    def __len__(self) -> int:
        """Count the pickers."""
        return len(self.start_place)


class FloorPlaces(NamedTuple):
    """Where the places lie on a rectangular floor, so that tours there can be exact.

    Attributes
    ----------
    rectangle : Rectangle
        The floor.
    aisle, y_mm : int64[P]
        Aisle of each place of the matrix and its place in it.
    """

    rectangle: Rectangle
    aisle: NDArray[np.int64]
    y_mm: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PickersProblem:
    """Ways, stops and pickers.

    Attributes
    ----------
    walked_mm : int64[P, P]
        Way from the row's place to the column's, as `Distances.matrix_mm` and `Rectangle.walked_mm`
        give it; `FAR_MM` or more where there is none.
    stops : PickStops
        What is to be done.
    pickers : Pickers
        Who does it.
    floor : FloorPlaces, optional
        The same places on a rectangular floor.

    Raises
    ------
    ValueError
        When the matrix is not square, a place is not in it or columns do not fit; it is named.
    """

    walked_mm: NDArray[np.int64]
    stops: PickStops
    pickers: Pickers
    floor: FloorPlaces | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be solved, by name."""
        object.__setattr__(self, "walked_mm", _ways(self.walked_mm))
        count = len(self.walked_mm)
        for name, column in (
            ("the place of stop", self.stops.place),
            ("start_place of picker", self.pickers.start_place),
            ("end_place of picker", self.pickers.end_place),
        ):
            _check_range(name, column, 0, count - 1)
        for name in LOADS:
            limited = getattr(self.pickers, name) is not None
            if limited and getattr(self.stops, name) is None:
                raise ValueError(f"the carts have a limit of {name}, but no stop says its {name}")
        if self.floor is not None:
            aisle = whole_column("aisle of places", self.floor.aisle)
            y_mm = whole_column("y_mm of places", self.floor.y_mm)
            if len(aisle) != count or len(y_mm) != count:
                raise ValueError(
                    f"the floor has {len(aisle)} aisles and {len(y_mm)} y_mm, expected {count} of "
                    f"each, one for each place of the matrix"
                )
            off = np.flatnonzero(~self.floor.rectangle.holds(aisle, y_mm))
            if len(off):
                at = int(off[0])
                raise ValueError(
                    f"place {at} is at {y_mm[at]} mm in aisle {aisle[at]}, expected a place on the "
                    f"floor"
                )
            object.__setattr__(self, "floor", FloorPlaces(self.floor.rectangle, aisle, y_mm))

    def limits(self) -> list[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
        """Give name, column of the stops and column of the carts of each load with a limit."""
        return [
            (name, getattr(self.stops, name), getattr(self.pickers, name))
            for name in LOADS
            if getattr(self.pickers, name) is not None
        ]


class StopLeft(NamedTuple):
    """A stop that is in no tour, and why."""

    stop: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class PickersPlan:
    """A tour for each picker, and what is known of them.

    Attributes
    ----------
    tour_first : int64[K + 1]
        First stop of each picker's tour in the two columns that follow.
    stop : int32[N]
        Stops in the order in which they are served.
    begin_us : int64[N]
        When the work at each begins.
    length_mm : int64[K]
        Walk of each picker, 0 without stops.
    finish_us : int64[K]
        When each is at its end; the start of the shift without stops.
    bound_mm : int
        No plan that serves the same stops walks less.
    start_mm : int
        Walk of the tours with which the search began.
    start_left : int
        Stops that those left.
    seconds : float
        Time it took.
    reason : str
        Why the search ended.
    by_deadline : bool
        Whether it was the deadline that ended it: more time might give a better plan.
    unservable : tuple of StopLeft
        Stops that no picker can serve even when it has no other; known before the search.
    left : tuple of StopLeft
        Stops for which the search found no room beside the others.
    """

    tour_first: NDArray[np.int64]
    stop: NDArray[np.int32]
    begin_us: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    finish_us: NDArray[np.int64]
    bound_mm: int
    start_mm: int
    start_left: int
    seconds: float
    reason: str
    by_deadline: bool
    unservable: tuple[StopLeft, ...] = field(default=())
    left: tuple[StopLeft, ...] = field(default=())

    @property
    def total_mm(self) -> int:
        """Sum of the walks."""
        return int(self.length_mm.sum())

    @property
    def status(self) -> TourStatus:
        """Optimal when the total meets the bound, and no stop is left."""
        is_optimal = self.total_mm == self.bound_mm and not self.left
        return TourStatus.OPTIMAL if is_optimal else TourStatus.FEASIBLE

    @property
    def gap(self) -> float:
        """Part of the total by which a plan for the same stops could be shorter at most, 0 to 1."""
        return (self.total_mm - self.bound_mm) / self.total_mm if self.total_mm else 0.0

    def tours(self) -> list[NDArray[np.int32]]:
        """Give the stops of each picker."""
        return np.split(self.stop, self.tour_first[1:-1])


def _set_column(owner: object, name: str, row: str, count: int, least: int, most: int) -> None:
    """Make an optional column whole and check it."""
    if getattr(owner, name) is None:
        return
    column = whole_column(name, getattr(owner, name))
    if len(column) != count:
        raise ValueError(f"{name} has {len(column)} rows, expected {count}, one for each {row}")
    _check_range(f"{name} of {row}", column, least, most)
    object.__setattr__(owner, name, column)


def _check_range(name: str, column: NDArray[np.int64], least: int, most: int) -> None:
    wrong = np.flatnonzero((column < least) | (column > most))
    if len(wrong):
        at = int(wrong[0])
        raise ValueError(f"{name} {at} is {column[at]}, expected {least} to {most}")


def _ways(walked_mm: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give a read-only copy of the matrix in which every missing way is `FAR_MM`."""
    found = array_of("walked_mm", walked_mm)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or found.dtype.kind not in "iu":
        raise ValueError(
            f"walked_mm has shape {found.shape} and type {found.dtype}, expected as many rows as "
            f"columns of whole numbers"
        )
    ways: NDArray[np.int64] = np.minimum(found, FAR_MM).astype(np.int64)
    wrong = np.argwhere((ways < 0) | ((ways > _WAY_MM_MAX) & (ways < FAR_MM)))
    for source, target in wrong[:1].tolist():
        raise ValueError(
            f"the way from place {source} to place {target} is {ways[source, target]} mm, expected "
            f"0 to {_WAY_MM_MAX}, or {FAR_MM} and more for none"
        )
    away = np.flatnonzero(np.diagonal(ways))
    if len(away):
        at = int(away[0])
        raise ValueError(f"place {at} is {ways[at, at]} mm from itself, expected 0")
    ways.flags.writeable = False
    return ways
