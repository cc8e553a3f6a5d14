"""What is to be released by when, and with whom: the problem of a release plan, checked once.

Shapes: ``O`` orders with ``P`` steps, ``D`` departures, ``Z`` zones, ``T`` intervals of one length.
A zone is any group of people: of a pick zone, packing, sorting, staging or loading. The steps of
an order follow each other, and each begins in a later interval than the one before has ended in.
Several people may share a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .columns import TIME_US_MAX, array_of, check_whole, whole_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS: Final = (
    *("order_departure", "order_ready_us", "order_weight", "order_volume_ml", "order_slots"),
    *("step_first", "step_zone", "step_work_us", "departs_us", "lane_from_us", "door_from_us"),
)
_NUMBERS: Final = (
    ("start_us", 0, TIME_US_MAX),
    ("interval_us", 1, TIME_US_MAX),
    ("lane_count", 0, 2**31),
    ("door_count", 0, 2**31),
    ("slot_count", 0, 2**31),
    ("cart_volume_ml", 0, 2**40),
    ("open_steps", 0, 2**31),
)
"""Single numbers with their least and most. A negative time of an order says that there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseProblem:
    """Orders, their steps, who works when, and the lanes and doors.

    Attributes
    ----------
    start_us, interval_us : int
        Begin of the first interval, length of each.
    workers : int64[Z, T]
        People of a zone in an interval: the shift calendar.
    order_departure : int64[O]
        Departure an order goes with.
    order_ready_us : int64[O]
        Earliest release.
    order_weight : int64[O]
        What an order on time is worth, at least 1: by its priority.
    order_volume_ml : int64[O]
        Against ``cart_volume_ml``.
    order_slots : int64[O]
        Slots of the put wall, or chutes, that an order holds from its first step until the end of
        its step ``open_steps - 1``, 0 or more.
    step_first : int64[O + 1]
        First step of each order, and the end of the last; at least one step each.
    step_zone, step_work_us : int64[P]
        Where and how much, at least 1.
    departs_us, lane_from_us, door_from_us : int64[D]
        When a trailer leaves (a late one: when it leaves indeed, so it keeps its lane), and from
        when it wants its lane and its door. The last two steps of an order are staging, which
        needs the lane, and loading, which needs the door.
    lane_count, door_count, slot_count, cart_volume_ml, open_steps : int
        Limits.

    Raises
    ------
    ValueError
        Names the first order, step, departure or zone that does not fit.
    """

    start_us: int
    interval_us: int
    workers: NDArray[np.int64]
    order_departure: NDArray[np.int64]
    order_ready_us: NDArray[np.int64]
    order_weight: NDArray[np.int64]
    order_volume_ml: NDArray[np.int64]
    order_slots: NDArray[np.int64]
    step_first: NDArray[np.int64]
    step_zone: NDArray[np.int64]
    step_work_us: NDArray[np.int64]
    departs_us: NDArray[np.int64]
    lane_from_us: NDArray[np.int64]
    door_from_us: NDArray[np.int64]
    lane_count: int
    door_count: int
    slot_count: int
    cart_volume_ml: int
    open_steps: int

    def __post_init__(self) -> None:
        """Refuse what is no release problem."""
        for name in _COLUMNS:
            object.__setattr__(self, name, whole_column(name, getattr(self, name)))
        for name, least, most in _NUMBERS:
            check_whole(name, getattr(self, name), least, most)
        for name in ("order_ready_us", "departs_us", "lane_from_us", "door_from_us"):
            _check_range(name, getattr(self, name), -TIME_US_MAX, TIME_US_MAX)
        workers = array_of("workers", self.workers)
        if workers.ndim != 2 or workers.dtype.kind not in "iu":
            raise ValueError(
                f"workers has {workers.ndim} dimensions and type {workers.dtype}, expected whole "
                f"numbers by zone and interval"
            )
        object.__setattr__(self, "workers", workers.astype(np.int64))
        orders, departures = len(self.order_departure), len(self.departs_us)
        for name in ("order_ready_us", "order_weight", "order_volume_ml", "order_slots"):
            _check_length(name, getattr(self, name), orders)
        for name in ("lane_from_us", "door_from_us"):
            _check_length(name, getattr(self, name), departures)
        _check_length("step_first", self.step_first, orders + 1)
        _check_length("step_work_us", self.step_work_us, len(self.step_zone))
        if self.step_first[0] != 0 or self.step_first[-1] != len(self.step_zone):
            raise ValueError(f"step_first does not go from 0 to the {len(self.step_zone)} steps")
        _check_range("order_departure", self.order_departure, 0, departures - 1)
        _check_range("order_weight", self.order_weight, 1, 2**40)
        _check_range("order_volume_ml", self.order_volume_ml, 0, 2**40)
        _check_range("order_slots", self.order_slots, 0, 2**31)
        _check_range("steps of an order", np.diff(self.step_first), 2, 2**31)
        _check_range("step_zone", self.step_zone, 0, len(self.workers) - 1)
        _check_range("step_work_us", self.step_work_us, 1, 2**50)
        _check_range("workers of zone", self.workers.min(axis=1, initial=0), 0, 2**31)

    def interval_of(self, time_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the interval that a time lies in, 0 to T; it may be cut at both ends."""
        intervals = (time_us - self.start_us) // self.interval_us
        return np.clip(intervals, 0, self.workers.shape[1])


def _check_length(name: str, column: NDArray[np.int64], length: int) -> None:
    if len(column) != length:
        raise ValueError(f"{name} has {len(column)} rows, expected {length}")


def _check_range(name: str, column: NDArray[np.int64], least: int, most: int) -> None:
    wrong = np.flatnonzero((column < least) | (column > most))
    if len(wrong):
        at = int(wrong[0])
        raise ValueError(f"{name} {at} is {column[at]}, expected {least} to {most}")
