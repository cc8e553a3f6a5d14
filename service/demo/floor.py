"""The floor plan: two blocks of parallel aisles, three cross-aisles, docks and pack stations.

Coordinates are millimetres. x runs along the cross-aisles, y from the front (0, the front
cross-aisle) to the back, z up. The depot, where carts start and end, lies on the front
cross-aisle at the middle aisle. A bin is reached from the centre line of its aisle at its
own y: that point is its approach node.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

AISLE_PITCH_MM: Final = 3_200
BIN_OFFSET_MM: Final = 1_300
BAY_PITCH_MM: Final = 900
CROSS_AISLE_MM: Final = 3_000
LEVEL_HEIGHT_MM: Final = 400
PICK_LEVELS: Final = 5
BLOCKS: Final = 2
SIDES: Final = 2
_SIDE_LETTERS: Final = "LR"
_HALF_LETTERS: Final = "WE"


class Role(IntEnum):
    """What a location is for."""

    PICK_FACE = 0
    RESERVE = 1
    DOCK = 2
    STAGE = 3
    PACK = 4
    LANE = 5


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """Measures of the building.

    Attributes
    ----------
    aisle_count : int
        Parallel aisles, each through both blocks, >= 1.
    bay_count : int
        Bays per block on each side of an aisle, >= 1.
    """

    aisle_count: int
    bay_count: int

    @property
    def block_depth_mm(self) -> int:
        """Depth of one block, without cross-aisles."""
        return self.bay_count * BAY_PITCH_MM

    @property
    def cross_y_mm(self) -> tuple[int, int, int]:
        """Return y of the front, middle and back cross-aisle."""
        step = self.block_depth_mm + CROSS_AISLE_MM
        return (0, step, 2 * step)

    @property
    def depot_aisle(self) -> int:
        """The aisle at whose front end carts start and end."""
        return self.aisle_count // 2

    def aisle_x_mm(self, aisle: int) -> int:
        """Return x of an aisle's centre line."""
        return aisle * AISLE_PITCH_MM

    def bay_y_mm(self, block: int, bay: int) -> int:
        """Return y of the middle of a bay."""
        return self.cross_y_mm[block] + CROSS_AISLE_MM // 2 + bay * BAY_PITCH_MM + BAY_PITCH_MM // 2


@dataclass(frozen=True, slots=True, eq=False)
class Locations:
    """All locations in columns of length B; bins first, by code, then the front area.

    Attributes
    ----------
    codes, zones : tuple of str
        Unique code; zone (block and half of the building, or FRONT).
    role : int8[B]
        `Role`.
    aisle, block, bay, side, level : int32[B]
        Place in the racks, from 0; -1 in the front area.
    x_mm, y_mm, z_mm : int64[B]
        Coordinates, unique together.
    approach_x_mm, approach_y_mm : int64[B]
        Where a person stands to reach it.
    pick_seq : int32[B]
        Rank along a serpentine through all aisles; front area last.
    """

    codes: tuple[str, ...]
    zones: tuple[str, ...]
    role: NDArray[np.int8]
    aisle: NDArray[np.int32]
    block: NDArray[np.int32]
    bay: NDArray[np.int32]
    side: NDArray[np.int32]
    level: NDArray[np.int32]
    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    z_mm: NDArray[np.int64]
    approach_x_mm: NDArray[np.int64]
    approach_y_mm: NDArray[np.int64]
    pick_seq: NDArray[np.int32]

    def rows_with(self, role: Role) -> NDArray[np.int64]:
        """Return the rows of one role, ascending."""
        return np.flatnonzero(self.role == role)


def plan_floor(pick_face_count: int, reserve_count: int) -> FloorPlan:
    """Size a building of about 3 : 2 (width : depth) that holds the wished bins.

    Parameters
    ----------
    pick_face_count, reserve_count : int
        Bins needed; a rack column has `PICK_LEVELS` pick faces and one reserve bin on top.

    Returns
    -------
    FloorPlan
        At least as many bins as asked for.

    Raises
    ------
    InvalidRequest
        A negative count.
    """
    if pick_face_count < 0 or reserve_count < 0:
        raise InvalidRequest(
            f"bins wanted: {pick_face_count} pick faces and {reserve_count} reserve; neither may "
            "be negative"
        )
    columns = max(ceil(pick_face_count / PICK_LEVELS), reserve_count, 1)
    per_aisle_bay = BLOCKS * SIDES
    depth_to_width = 1.5 * BLOCKS * BAY_PITCH_MM / AISLE_PITCH_MM
    bays = max(4, round(sqrt(columns / (per_aisle_bay * depth_to_width))))
    aisles = max(3, ceil(columns / (per_aisle_bay * bays)))
    return FloorPlan(aisle_count=aisles, bay_count=bays)


def build_locations(plan: FloorPlan) -> Locations:
    """Lay out every location of a plan.

    Parameters
    ----------
    plan : FloorPlan
        Measures of the building.

    Returns
    -------
    Locations
        Aisles x 2 blocks x bays x 2 sides x (5 pick faces + 1 reserve) bins, then docks,
        stages, pack stations and departure lanes.
    """
    levels = PICK_LEVELS + 1
    shape = (plan.aisle_count, BLOCKS, plan.bay_count, SIDES, levels)
    aisle, block, bay, side, level = (grid.ravel() for grid in np.indices(shape, dtype=np.int32))
    approach_x = aisle.astype(np.int64) * AISLE_PITCH_MM
    cross_y = np.array(plan.cross_y_mm, dtype=np.int64)
    y = cross_y[block] + CROSS_AISLE_MM // 2 + bay * BAY_PITCH_MM + BAY_PITCH_MM // 2
    front = _front_area(plan)
    none = np.full(len(front), -1, dtype=np.int32)
    codes = [
        f"{a + 1:02d}-{b * plan.bay_count + n + 1:03d}-{_SIDE_LETTERS[s]}{v + 1}"
        for a, b, n, s, v in zip(
            aisle.tolist(), block.tolist(), bay.tolist(), side.tolist(), level.tolist(), strict=True
        )
    ]
    half = (aisle >= plan.depot_aisle).astype(np.int32)
    zones = [
        f"B{b + 1}{_HALF_LETTERS[h]}" for b, h in zip(block.tolist(), half.tolist(), strict=True)
    ]
    front_x = np.array([x for _, _, x, _ in front], dtype=np.int64)
    front_y = np.array([y_mm for _, _, _, y_mm in front], dtype=np.int64)
    along = block * plan.bay_count + bay
    serpentine = np.where(aisle % 2 == 0, along, BLOCKS * plan.bay_count - 1 - along)
    pick_seq = np.empty(len(codes), dtype=np.int32)
    pick_seq[np.lexsort((level, side, serpentine, aisle))] = np.arange(len(codes), dtype=np.int32)
    front_seq = np.arange(len(codes), len(codes) + len(front), dtype=np.int32)
    role = np.where(level < PICK_LEVELS, Role.PICK_FACE, Role.RESERVE).astype(np.int8)
    return Locations(
        codes=(*codes, *(code for code, _, _, _ in front)),
        zones=(*zones, *("FRONT" for _ in front)),
        role=np.concatenate((role, np.array([r for _, r, _, _ in front], dtype=np.int8))),
        aisle=np.concatenate((aisle, none)),
        block=np.concatenate((block, none)),
        bay=np.concatenate((bay, none)),
        side=np.concatenate((side, none)),
        level=np.concatenate((level, none)),
        x_mm=np.concatenate((approach_x + np.where(side == 0, -1, 1) * BIN_OFFSET_MM, front_x)),
        y_mm=np.concatenate((y, front_y)),
        z_mm=np.concatenate((level.astype(np.int64) * LEVEL_HEIGHT_MM, np.zeros_like(front_x))),
        approach_x_mm=np.concatenate((approach_x, front_x)),
        approach_y_mm=np.concatenate((y, front_y)),
        pick_seq=np.concatenate((pick_seq, front_seq)),
    )


def _front_area(plan: FloorPlan) -> list[tuple[str, Role, int, int]]:
    """Place docks, stages, pack stations and lanes in rows before the front cross-aisle."""
    width = max((plan.aisle_count - 1) * AISLE_PITCH_MM, 8 * AISLE_PITCH_MM)
    rows = (
        ("PACK", Role.PACK, 8, -8_000, 0.30, 0.70),
        ("STAGE", Role.STAGE, 4, -8_000, 0.02, 0.24),
        ("DOCK", Role.DOCK, 4, -14_000, 0.02, 0.24),
        ("LANE", Role.LANE, 8, -14_000, 0.34, 0.98),
    )
    placed: list[tuple[str, Role, int, int]] = []
    for name, role, count, y, start, stop in rows:
        first, last = int(width * start), int(width * stop)
        placed.extend(
            (f"{name}-{n + 1:02d}", role, first + (last - first) * n // (count - 1), y)
            for n in range(count)
        )
    return placed
