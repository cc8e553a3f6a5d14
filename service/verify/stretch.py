"""A stretch of records, gathered so that its books can be checked all at once.

Checking record by record would cost NumPy's overhead for each of a million single calls. A stretch
gathers the writes of thousands of records, each with its step; the checks of `books.py` then hold
for every step, not only for the end of the stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...engine.schema import COMMAND_NUMBER, TABLE_NUMBER
from ...kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    OUTCOME_DONE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    PLACEMENT_NONE,
    POLICY_ALL_OR_NOTHING,
)
from .records import ROW_DTYPES, AcceptedBlock, Body, Record

if TYPE_CHECKING:
    from .verdict import Findings, Place

STRETCH_BYTES = 24 << 20
STRETCH_RECORDS = 8_192

ACCEPT = COMMAND_NUMBER["accept"]
_COLUMNS = (
    *((0, n) for n in range(10)),
    *((2, n) for n in range(2)),
    *((1, n) for n in range(3)),
    (3, 0),
)
_NAMES = (
    *("reference", "channel", "owner", "priority", "policy", "placement", "min_life_days"),
    *("departure_us", "code", "line_count", "outcome", "order", "item", "units", "promise"),
    "allocated_units",
)
_KEPT_FIELDS = ("reference", "channel", "owner", "priority", "policy", "min_life_days")
_DTYPES = (
    *("<i8", "<i4", "<i4", "u1", "u1", "u1", "<i2", "<i8", "S48", "<i4", "u1", "<i8"),
    *("<i4", "<i4", "<i8", "<i4"),
)


_Parts = tuple[list[int], list[int], list[Body], list[Body]]


class Rings(NamedTuple):
    """Rows of the rings, powers of two: number modulo rows is the row."""

    promise: int = 4_194_304
    order: int = 67_108_864
    line: int = 134_217_728
    batch: int = 4_194_304
    task: int = 33_554_432


class Images(NamedTuple):
    """Unsorted writes to one table: rows, steps and images."""

    rows: np.ndarray
    steps: np.ndarray
    images: np.ndarray


class Stretch:
    """Consecutive records."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.places: list[Place] = []
        self.kinds: list[int] = []
        self.times_us: list[int] = []
        self._images: dict[int, _Parts] = {}
        self._accepts: list[tuple[int, Record]] = []

    @property
    def is_full(self) -> bool:
        """Whether it should be checked before more is added."""
        return self.size_bytes >= STRETCH_BYTES or len(self.places) >= STRETCH_RECORDS

    def add(self, record: Record, place: Place, size_bytes: int) -> None:
        """Add a record of a frame at `place`."""
        step = len(self.places)
        self.places.append(place)
        self.kinds.append(record.kind)
        self.times_us.append(record.time_us)
        self.size_bytes += size_bytes
        for table, count, rows, images in record.images:
            steps, counts, row_parts, image_parts = self._images.setdefault(table, ([], [], [], []))
            steps.append(step)
            counts.append(count)
            row_parts.append(rows)
            image_parts.append(images)
        if record.kind == ACCEPT:
            self._accepts.append((step, record))

    def images(self) -> dict[int, Images]:
        """Give the after-images by table."""
        result = {}
        for table, (steps, counts, rows, images) in self._images.items():
            result[table] = Images(
                np.frombuffer(b"".join(rows), "<i4"),
                np.repeat(np.array(steps, np.int64), counts),
                np.frombuffer(b"".join(images), ROW_DTYPES[table]),
            )
        return result

    def accepts(self) -> Accepts | None:
        """Give the accepted orders' columns, None when there are none."""
        if not self._accepts:
            return None
        return Accepts(self._accepts)


def _joined(records: list[Record], space: int, position: int) -> bytes:
    """Join a column of all records; a single value is repeated for all that it stands for."""
    if space & 1:
        wanted = [record.line_count for record in records]
    else:
        wanted = [record.command_count for record in records]
    columns = [record.columns[space][position] for record in records]
    return b"".join(
        [
            column[0] if column[1] == count else record.values(space, position).tobytes()
            for record, column, count in zip(records, columns, wanted, strict=True)
        ]
    )


class Accepts:
    """Columns of all `accept` records of a stretch, one behind the other, and what they stored.

    Parameters
    ----------
    records : list of (int, Record)
        Step and record.

    Attributes
    ----------
    is_sound : bool
        Whether line counts and ranges fit; the rest holds only then.
    columns : dict of str to ndarray
        Per command of shape (n,), or per line of shape (L,).
    steps : ndarray of int64, shape (n,)
        Step of each command.
    kept : ndarray of bool, shape (n,)
        Whether the order was stored.
    number : ndarray of int64, shape (n,)
        Order number, -1 when not stored.
    """

    def __init__(self, records: list[tuple[int, Record]]) -> None:
        found = [record for _, record in records]
        self.columns = {
            name: np.frombuffer(_joined(found, space, position), dtype)
            for name, (space, position), dtype in zip(_NAMES, _COLUMNS, _DTYPES, strict=True)
        }
        counts = [record.command_count for _, record in records]
        self.steps = np.repeat(np.array([step for step, _ in records], np.int64), counts)
        line_counts = self.columns["line_count"].astype(np.int64)
        self.line_ends = np.cumsum(line_counts)
        self._bases(records, counts)
        outcome, policy = self.columns["outcome"], self.columns["policy"]
        self.kept = (outcome < OUTCOME_SHORT) | (
            (outcome == OUTCOME_SHORT) & (policy != POLICY_ALL_OR_NOTHING)
        )
        self._place_blocks(line_counts)

    def _bases(self, records: list[tuple[int, Record]], counts: list[int]) -> None:
        """Ranges of all blocks, counted from the stretch's first command and line."""
        ends = np.cumsum(np.array(counts, np.int64))
        lines = np.cumsum(np.array([record.line_count for _, record in records], np.int64))
        self.is_sound = bool((self.line_ends[ends - 1] == lines).all()) and bool(
            (self.columns["line_count"] > 0).all()
        )
        blocks: list[AcceptedBlock] = []
        owner: list[int] = []
        for position, (_, record) in enumerate(records):
            blocks.extend(record.accepted)
            owner.extend([position] * len(record.accepted))
        at = np.array(owner, np.int64)
        first_command, first_line = (ends - counts)[at], (lines - np.diff(lines, prepend=0))[at]
        table = np.array([block[:6] for block in blocks], np.int64).reshape(-1, 6)
        self._first_order, self._first_line = table[:, 0], table[:, 1]
        self._starts, self._ends = first_command + table[:, 2], first_command + table[:, 3]
        self._line_starts = first_line + table[:, 4]
        self._allocations = table[:, 5]
        self._rows, self._stock, self._units = (
            np.frombuffer(
                b"".join([b.columns[n * 4 * b[5] : (n + 1) * 4 * b[5]] for b in blocks]),
                "<i4",
            )
            for n in range(3)
        )
        before = np.append(0, self._ends[:-1])
        self.is_sound = self.is_sound and bool(
            ((self._starts >= before) & (self._ends > self._starts)).all()
            and (self._ends <= ends[at]).all()
            and (self._starts >= first_command).all()
        )

    def _place_blocks(self, line_counts: np.ndarray) -> None:
        """Give stored orders and lines their numbers, and each allocation its line."""
        self.number = np.full(self.kept.size, NONE, np.int64)
        if not self.is_sound:
            return
        edges = np.zeros(self.kept.size + 1, np.int64)
        np.add.at(edges, self._starts, 1)
        block = np.cumsum(edges[:-1]) - 1
        covered = block >= 0
        covered[covered] = np.flatnonzero(covered) < self._ends[block[covered]]
        starts = self.line_ends - line_counts
        self.is_sound = bool((covered | ~self.kept).all()) and bool(
            (starts[self._starts] == self._line_starts).all()
        )
        if not self.is_sound:
            return
        self._order = np.flatnonzero(self.kept)
        own = block[self._order]
        rank = np.arange(own.size) - np.searchsorted(own, own)
        self.number[self._order] = self._first_order[own] + rank
        self._line = np.flatnonzero(np.repeat(self.kept, line_counts))
        self._line_order = np.repeat(np.arange(self._order.size), line_counts[self._order])
        line_block = own[self._line_order]
        line_rank = np.arange(line_block.size) - np.searchsorted(line_block, line_block)
        self.line_number = self._first_line[line_block] + line_rank
        self._place_allocations(line_block)

    def _place_allocations(self, line_block: np.ndarray) -> None:
        allocated = self.columns["allocated_units"][self._line].astype(np.int64)
        units = self._units.astype(np.int64)
        blocks = np.arange(self._starts.size)
        own = np.repeat(blocks, self._allocations)
        by_line = np.bincount(line_block, allocated, blocks.size)
        by_row = np.bincount(own, units, blocks.size)
        line_ends, row_ends = np.cumsum(allocated), np.cumsum(units)
        self._allocation_line = np.searchsorted(line_ends, row_ends)
        self.is_sound = bool((by_line == by_row).all() and (units > 0).all()) and bool(
            (allocated >= 0).all()
        )
        if self.is_sound and units.size:
            line_starts = (line_ends - allocated)[self._allocation_line]
            self.is_sound = bool((row_ends - units >= line_starts).all())

    # -- what they wrote ----------------------------------------------------------------------

    @property
    def promises(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the promises that stored orders named, and the step of each."""
        named = self.columns["promise"][self._line]
        steps = self.steps[self._order][self._line_order]
        return named[named >= 0], steps[named >= 0]

    @property
    def stored(self) -> tuple[int, int]:
        """Stored orders and lines."""
        return self._order.size, self._line.size

    def images(self, rings: Rings) -> dict[int, Images]:
        """Give the rows that were stored, by table."""
        columns, order, line = self.columns, self._order, self._line
        steps = self.steps[order]
        number = self.number[order]
        orders = np.zeros(order.size, ROW_DTYPES[TABLE_NUMBER["order"]])
        for name in (*_KEPT_FIELDS, "departure_us", "code", "line_count"):
            orders[name] = columns[name][order]
        orders["number"], orders["state"] = number, ORDER_OPEN
        first = np.searchsorted(self._line_order, np.arange(order.size))
        order_rows, line_rows = number & (rings.order - 1), self.line_number & (rings.line - 1)
        orders["line_first"] = line_rows[first] if order.size else 0
        lines = np.zeros(line.size, ROW_DTYPES[TABLE_NUMBER["line"]])
        lines["order"] = order_rows[self._line_order]
        lines["item"], lines["ordered_units"] = columns["item"][line], columns["units"][line]
        lines["allocated_units"] = columns["allocated_units"][line]
        allocations = np.zeros(self._rows.size, ROW_DTYPES[TABLE_NUMBER["allocation"]])
        allocations["line"] = line_rows[self._allocation_line]
        allocations["stock"], allocations["units"] = self._stock, self._units
        allocations["state"] = np.where(self._stock < 0, ALLOCATION_POOLED, ALLOCATION_BOUND)
        allocations["wave"] = NONE
        line_steps = steps[self._line_order]
        return {
            TABLE_NUMBER["order"]: Images(order_rows, steps, orders),
            TABLE_NUMBER["line"]: Images(line_rows, line_steps, lines),
            TABLE_NUMBER["allocation"]: Images(
                self._rows, line_steps[self._allocation_line], allocations
            ),
        }

    def check_answers(self, places: list[Place], findings: Findings) -> None:
        """Compare outcomes with what was stored: numbers, and units per line."""
        columns, counts = self.columns, self.columns["line_count"].astype(np.int64)
        if not counts.size:
            return
        starts = self.line_ends - counts
        allocated = np.add.reduceat(columns["allocated_units"].astype(np.int64), starts)
        ordered = np.add.reduceat(columns["units"].astype(np.int64), starts)
        outcome, placed = columns["outcome"], columns["placement"] != PLACEMENT_NONE
        beyond = np.add.reduceat(
            (columns["allocated_units"] > columns["units"]).astype(np.int64), starts
        )
        wrong = (self.kept & (columns["order"] != self.number)) | (beyond > 0)
        wrong |= (outcome == OUTCOME_DONE) & (allocated != np.where(placed, ordered, 0))
        wrong |= (outcome == OUTCOME_PARTIAL) & ((allocated <= 0) | (allocated >= ordered))
        wrong |= (outcome >= OUTCOME_SHORT) & (allocated != 0)
        for row in np.flatnonzero(wrong)[:50].tolist():
            step = int(self.steps[row])
            sequence = places[step].sequence + row - int(np.searchsorted(self.steps, step))
            findings.fault(
                "outcomes",
                places[step]._replace(sequence=sequence),
                f"order {columns['order'][row]}, outcome {outcome[row]} with {allocated[row]} of "
                f"{ordered[row]} units",
                f"order {self.number[row]}, units and lines that fit the outcome",
            )
