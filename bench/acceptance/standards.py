"""Labour standards of the day, and what each piece of its work takes by them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.labour import LabourStandards, LabourTasks, workload_us

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Kind(IntEnum):
    """Kinds of tasks."""

    TOUR = 0
    PUT = 1
    PACK = 2
    STAGE = 3
    LOAD = 4


# Microseconds a task, metre, line, unit, kilogram. 833,000 us a metre are 1.2 m/s.
_COST_US: Final = {
    Kind.TOUR: (60_000_000, 833_000, 7_000_000, 1_500_000, 300_000),
    Kind.PUT: (2_000_000, 0, 3_000_000, 500_000, 0),
    Kind.PACK: (18_000_000, 0, 0, 2_500_000, 200_000),
    Kind.STAGE: (5_000_000, 0, 0, 0, 100_000),
    Kind.LOAD: (5_000_000, 0, 0, 0, 100_000),
}

STANDARDS: Final = LabourStandards(
    kind=np.array([int(kind) for kind in _COST_US]),
    zone=np.zeros(len(_COST_US), np.int64),
    equipment=np.zeros(len(_COST_US), np.int64),
    cost_us=np.array(list(_COST_US.values())),
)
"""One for each kind, the same in all zones."""

PUT_TASK_US: Final = _COST_US[Kind.PUT][0]
"""Of each part that is put into the wall, beside its lines."""
TOUR_SETUP_US: Final = _COST_US[Kind.TOUR][0]
"""To take an empty cart and to leave a full one."""
WALK_US_PER_MM: Final = _COST_US[Kind.TOUR][1] // 1000
"""Pace of a picker with a cart."""


def times_us(
    kind: Kind, lines: ArrayLike, units: ArrayLike, weight_g: ArrayLike, *, tasks: bool = True
) -> NDArray[np.int64]:
    """Give what pieces of work take that have no walk.

    Parameters
    ----------
    kind : Kind
        Of all of them.
    lines, units, weight_g : int[N]
        Their amounts.
    tasks : bool
        Whether each is a task of its own, with its fixed time; else a part of one.

    Returns
    -------
    int64[N]
        Microseconds.
    """
    count = len(np.asarray(units))
    same, none = np.full(count, int(kind)), np.zeros(count, np.int64)
    work = LabourTasks(
        kind=same, zone=none, equipment=none, length_mm=none,
        lines=np.asarray(lines), units=np.asarray(units), weight_g=np.asarray(weight_g),
    )  # fmt: skip
    return workload_us(STANDARDS, work) - (0 if tasks else _COST_US[kind][0])
