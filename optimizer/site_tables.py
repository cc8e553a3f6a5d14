"""Tables of a site map: nodes, edges, bins and places in read-only columns.

What the columns mean together is in `optimizer.site_map`; what must hold between them is checked in
`optimizer.site_map_check`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE: Final = -1
FAULTS_LISTED_MAX: Final = 20


class NodeKind(IntEnum):
    """What a node is."""

    ACCESS = 0
    JUNCTION = 1
    DOCK = 2
    STATION = 3
    LIFT = 4


class PlaceKind(IntEnum):
    """What stands at a node."""

    DEPOT = 0
    DOCK = 1
    STAGE = 2
    PACK = 3
    PUT_WALL = 4


class Side(IntEnum):
    """Where a bin is, seen along the direction of its approach edge."""

    LEFT = 0
    RIGHT = 1


@dataclass(frozen=True, slots=True)
class SiteMapFault:
    """One thing that is wrong with a map.

    Attributes
    ----------
    table : str
        ``nodes``, ``edges``, ``bins`` or ``places``; empty for the map as a whole.
    row : int
        Row in it, `NONE` when it is about the whole table.
    column : str
        What is wrong in the row.
    text : str
        What it is (a bin by its code), what was found and what was expected.
    """

    table: str
    row: int
    column: str
    text: str


class SiteMapInvalid(ValueError):
    """A map contradicts itself.

    Parameters
    ----------
    faults : sequence of SiteMapFault
        All of them; the message lists the first `FAULTS_LISTED_MAX`.
    """

    def __init__(self, faults: list[SiteMapFault]) -> None:
        self.faults = faults
        lines = [fault.text for fault in faults[:FAULTS_LISTED_MAX]]
        if len(faults) > len(lines):
            lines.append(f"... and {len(faults) - len(lines)} more")
        super().__init__("\n".join(lines))


_NAMES: Final = "_names"
"""End of the name of a column that lists names and has a length of its own."""

# By the annotation of a column, as it is written.
_DTYPES: Final[dict[str, type[np.signedinteger[Any]]]] = {
    "NDArray[np.int8]": np.int8,
    "NDArray[np.int32]": np.int32,
    "NDArray[np.int64]": np.int64,
}


class _Table:
    """Columns of equal length, made read-only."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Give every column its type, and refuse columns of different lengths."""
        for column in fields(self):  # type: ignore[arg-type]  # a mixin of dataclasses
            name = f"{type(self).__name__}.{column.name}"
            given = getattr(self, column.name)
            dtype = _DTYPES.get(str(column.type))
            values = tuple(given) if dtype is None else _column(name, given, dtype)
            object.__setattr__(self, column.name, values)
            if not column.name.endswith(_NAMES) and len(values) != len(self):
                raise ValueError(f"{name} has length {len(values)}, expected {len(self)}")

    def __len__(self) -> int:
        first = fields(self)[0]  # type: ignore[arg-type]  # a mixin of dataclasses
        return len(getattr(self, first.name))

    def columns(self, rows: NDArray[np.int64] | None = None) -> dict[str, Any]:
        """Give the columns by name, of all rows or of chosen ones; lists of names are whole."""
        taken: dict[str, Any] = {}
        for column in fields(self):  # type: ignore[arg-type]  # a mixin of dataclasses
            values = getattr(self, column.name)
            if rows is not None and not column.name.endswith(_NAMES):
                is_text = isinstance(values, tuple)
                values = tuple(values[row] for row in rows.tolist()) if is_text else values[rows]
            taken[column.name] = values
        return taken


def _column(name: str, given: Any, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    found = np.asarray(given)
    if found.ndim != 1 or (found.size and not np.issubdtype(found.dtype, np.integer)):
        raise TypeError(f"{name} is {found.dtype}{list(found.shape)}, expected one row of integers")
    limits = np.iinfo(dtype)
    if found.size and (int(found.min()) < limits.min or int(found.max()) > limits.max):
        raise ValueError(f"{name} holds values beyond {limits.min} to {limits.max}")
    values = found.astype(dtype)
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True, eq=False)
class Nodes(_Table):
    """Points of the graph, columns of length N.

    Attributes
    ----------
    code : tuple of str
        Unique name, such as ``A12-X1`` (aisle 12 at cross-aisle 1).
    x_mm, y_mm : int64[N]
        Coordinates on the floor.
    floor : int32[N]
        Storey, 0 the lowest that is used; `level` is a word of the racks here.
    kind : int8[N]
        `NodeKind`.
    """

    code: tuple[str, ...]
    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    floor: NDArray[np.int32]
    kind: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Edges(_Table):
    """Directed edges, columns of length E; at most one from a node to another.

    Attributes
    ----------
    source, target : int32[E]
        Node rows; one walks from source to target.
    length_mm : int64[E]
        Walked length, above 0.
    wait_mm : int64[E]
        Allowance for waiting and riding, as the length one would walk meanwhile: of lifts, stairs,
        doors; else 0. What an edge costs is the sum of the two.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    length_mm: NDArray[np.int64]
    wait_mm: NDArray[np.int64]

    @property
    def cost_mm(self) -> NDArray[np.int64]:
        """Give what each edge costs, int64[E]: its length and its allowance."""
        return self.length_mm + self.wait_mm


@dataclass(frozen=True, slots=True, eq=False)
class Bins(_Table):
    """Bins, columns of length B.

    Attributes
    ----------
    code : tuple of str
        Unique name, such as ``A12-034-2-L``.
    x_mm, y_mm, z_mm : int64[B]
        Middle of the bin's front; z is its height above its own floor.
    side : int8[B]
        `Side`.
    edge : int32[B]
        Edge row on which its approach lies, `NONE` when it is a node. Of a lane for both directions
        either edge may be named.
    offset_mm : int64[B]
        Place of the approach from the edge's source, from 0 to its length; 0 at a node.
    node : int32[B]
        Node row that is its approach, `NONE` when it lies on an edge.
    zone, aisle : int32[B]
        Rows of `zone_names` and `aisle_names`.
    bay, level : int32[B]
        Number of the rack's bay along the aisle and of its level, as written in codes; `NONE` when
        it has none.
    zone_names, aisle_names : tuple of str
        Unique.
    """

    code: tuple[str, ...]
    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    z_mm: NDArray[np.int64]
    side: NDArray[np.int8]
    edge: NDArray[np.int32]
    offset_mm: NDArray[np.int64]
    node: NDArray[np.int32]
    zone: NDArray[np.int32]
    aisle: NDArray[np.int32]
    bay: NDArray[np.int32]
    level: NDArray[np.int32]
    zone_names: tuple[str, ...]
    aisle_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Places(_Table):
    """Docks, stations and depots, columns of length P.

    Attributes
    ----------
    code : tuple of str
        Unique among places and bins.
    kind : int8[P]
        `PlaceKind`. Tours start and end at depots.
    node : int32[P]
        Node row at which it stands; several may stand at one.
    """

    code: tuple[str, ...]
    kind: NDArray[np.int8]
    node: NDArray[np.int32]
