"""What the schema is made of: fields, tables, commands, and enums that name small numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

CODE = "S48"

I1, I2, I4, I8 = "u1", "<i2", "<i4", "<i8"


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Parameters
    ----------
    name : str
        Spelt-out name, unit last.
    dtype : str
        NumPy dtype string, little-endian.
    refers : str
        Table whose rows the column holds, empty when it holds none. Refs are checked at the
        border: -1 (none) is allowed only when `optional`.
    optional : bool
        Whether -1 is allowed in a ref column.
    low, high : int
        Inclusive range of other integer columns.
    """

    name: str
    dtype: str
    refers: str = ""
    optional: bool = False
    low: int = -(2**63)
    high: int = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the state: base fields (journalled) and derived fields (recomputed)."""

    name: str
    fields: tuple[Field, ...]
    derived: tuple[Field, ...] = ()
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command: columns with one value per command, and columns with one value per line."""

    name: str
    fields: tuple[Field, ...]
    outcome: tuple[Field, ...]
    line_fields: tuple[Field, ...] = ()
    line_outcome: tuple[Field, ...] = field(default=())

    @property
    def has_lines(self) -> bool:
        """Whether the command carries lines (ragged, counted by the column `line_count`)."""
        return bool(self.line_fields)


class NameKind(IntEnum):
    """What a row of table `name` names."""

    CLIENT = 1
    CHANNEL = 2
    REASON = 3
    ZONE = 4
    TENANT = 5
    ACTOR = 6


NAME_KINDS: dict[str, NameKind] = {
    "client": NameKind.CLIENT,
    "owner": NameKind.CLIENT,
    "channel": NameKind.CHANNEL,
    "reason": NameKind.REASON,
    "zone": NameKind.ZONE,
    "tenant": NameKind.TENANT,
    "actor": NameKind.ACTOR,
}
"""Kind of name that a ref column of that name holds."""


class Role(IntEnum):
    """What a location is for."""

    RESERVE = 0
    PICK_FACE = 1
    DOCK = 2
    STAGE = 3
    LANE = 4
    PUT_WALL_SLOT = 5
    PACK = 6
    QUARANTINE = 7
    RETURNS = 8
    ROBOT_STATION = 9
    CART = 10
    FORKLIFT = 11


class HandlingUnitKind(IntEnum):
    """What a handling unit is."""

    PALLET = 0
    CASE = 1
    TOTE = 2
    CARTON = 3


class WorkerKind(IntEnum):
    """Who or what carries work out."""

    PERSON = 0
    ROBOT = 1
    DEVICE = 2


UNITS_MAX = 2**31 - 1
SLOTS_MAX = 4_096
# Far below the largest value, for tasks that join behind the last.
POSITION_MAX = 1_000_000_000


def ref(name: str, table: str, *, optional: bool = False) -> Field:
    """Give a column of refs to rows of `table`."""
    return Field(name, I4, refers=table, optional=optional)


def whole(name: str, dtype: str = I4, low: int = 0, high: int = UNITS_MAX) -> Field:
    """Give an integer column with an inclusive range."""
    return Field(name, dtype, low=low, high=high)


def place(name: str) -> Field:
    """Give a column of coordinates; racks may stand before the origin of a site."""
    return whole(name, low=-UNITS_MAX)


def moment(name: str) -> Field:
    """Give a column of microseconds UTC."""
    return Field(name, I8, low=0, high=2**62)


def quantity(name: str = "units", low: int = 1) -> Field:
    """Give a column of base units."""
    return Field(name, I4, low=low, high=UNITS_MAX)


def dtype_of(column: Field) -> np.dtype:
    """NumPy dtype of a column."""
    return np.dtype(column.dtype)


RESULT = whole("outcome", I1, 0, 255)
"""The first column of every outcome."""
