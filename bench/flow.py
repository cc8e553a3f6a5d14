"""What happens to the stock of a workload over a day: receipts, and random changes of rows.

Apart from `workload` because only our own engine plays these: receipts keep a sustained run
supplied, mutations wear an index down before the kernel is measured again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.errors import InvalidRequest

from .workload import EXPIRY_DAY_FIRST, EXPIRY_DAY_SPAN, ROW_UNITS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .workload import Workload

INSERT: Final = 0
MOVE: Final = 1
DELETE: Final = 2

MUTATION_COUNT_DEFAULT: Final = 1_000_000
# Of 1,000 mutations: 300 inserts, 300 moves (half of them split the row), 400 deletes. Inserts
# and splits make 450 rows, so the table grows by a twentieth of the mutations.
_INSERT_PERMILLE: Final = 300
_MOVE_PERMILLE: Final = 300

WINDOW_ORDERS_DEFAULT: Final = 50_000
RECEIPT_UNITS_MAX_DEFAULT: Final = 1_000
# About one line in a hundred meets an item that is never received again, so that a sustained
# run answers SHORT, too: 2.5 lines an order make that at most some 25 orders in 1,000.
_FORGOTTEN_LINES_PERMILLE: Final = 10
_ORDER_UP_TO_WINDOWS: Final = 8


@dataclass(frozen=True, slots=True)
class Receipts:
    """One columnar batch of receipts.

    Attributes
    ----------
    before_order : int
        Apply before the order of this running number is sent; order number ``n`` is order
        ``n % order_count`` of the workload.
    item : int32[N]
        Item received.
    units : int32[N]
        Units of the new row, > 0.
    expiry_day : int32[N]
        Expiry date as days since 1970-01-01.
    """

    before_order: int
    item: NDArray[np.int32]
    units: NDArray[np.int32]
    expiry_day: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Mutations:
    """Inserts, moves and deletes of stock rows, in sequence. ``M`` mutations.

    Rows are numbered on from the workload's last row; a number is never used again.

    Attributes
    ----------
    operation : uint8[M]
        `INSERT`, `MOVE` or `DELETE`.
    row : int32[M]
        The row inserted, moved or deleted.
    split_row : int32[M]
        For a partial move the row that the moved units get, else -1.
    item : int32[M]
        Item of the row.
    units : int32[M]
        Units inserted, moved or deleted, > 0.
    expiry_day : int32[M]
        Expiry date of the row as days since 1970-01-01.
    location : int32[M]
        Location inserted at or moved to, -1 for a delete.
    """

    operation: NDArray[np.uint8]
    row: NDArray[np.int32]
    split_row: NDArray[np.int32]
    item: NDArray[np.int32]
    units: NDArray[np.int32]
    expiry_day: NDArray[np.int32]
    location: NDArray[np.int32]


def receipts(
    workload: Workload,
    *,
    window_orders: int = WINDOW_ORDERS_DEFAULT,
    receipt_units_max: int = RECEIPT_UNITS_MAX_DEFAULT,
) -> Iterator[Receipts]:
    """Yield receipts for ever, so that orders repeated in a circle stay filled.

    An item is received when its stock would not last for the next window; it is then filled up
    for eight windows. Stock is reckoned as if every order were filled, so the true
    stock is never lower. A few items (one line in a hundred) are never received again.

    Parameters
    ----------
    workload : Workload
        Opening stock, and the orders that are sent again and again.
    window_orders : int
        Orders between two batches, 1 to the workload's orders.
    receipt_units_max : int
        Most units in one received row, > 0.

    Yields
    ------
    batch : Receipts
        One batch a window, empty when nothing is needed.

    Raises
    ------
    InvalidRequest
        If a bound is out of range.
    """
    if not 1 <= window_orders <= workload.order_count or receipt_units_max < 1:
        raise InvalidRequest(
            f"found a window of {window_orders} orders and rows of {receipt_units_max} units; "
            f"expected a window of 1 to {workload.order_count} orders and at least one unit"
        )
    draw = np.random.Generator(np.random.PCG64([workload.seed, 1]))
    stock = _units_by_item(workload, workload.item_row, workload.units)
    received = ~_forgotten_items(workload)
    before_order = 0
    while True:
        wanted = _window_demand(workload, before_order, window_orders)
        low = np.flatnonzero((stock < wanted) & received)
        add = np.maximum(wanted[low] * _ORDER_UP_TO_WINDOWS - stock[low], ROW_UNITS_MAX)
        stock[low] += add
        yield _receipt_rows(draw, before_order, low, add, receipt_units_max)
        stock = np.maximum(stock - wanted, 0)
        before_order += window_orders


def mutations(
    workload: Workload,
    count: int = MUTATION_COUNT_DEFAULT,
    *,
    location_count: int = 20_000,
) -> Mutations:
    """Make a day of inserts, moves and deletes over the workload's rows.

    Parameters
    ----------
    workload : Workload
        Opening stock.
    count : int
        Number of mutations, >= 0.
    location_count : int
        Locations are numbered from 0 to ``location_count - 1``.

    Returns
    -------
    day : Mutations
        Each names a row that lives at that moment; a deleted row is never named again.

    Raises
    ------
    InvalidRequest
        If a count is out of range.
    """
    if count < 0 or location_count < 1:
        raise InvalidRequest(
            f"found {count} mutations over {location_count} locations; "
            "expected no negative count and at least one location"
        )
    draw = np.random.Generator(np.random.PCG64([workload.seed, 2]))
    kind = draw.integers(0, 1_000, count)
    operation = np.full(count, DELETE, dtype=np.uint8)
    operation[kind < _INSERT_PERMILLE + _MOVE_PERMILLE] = MOVE
    operation[kind < _INSERT_PERMILLE] = INSERT
    partial = draw.integers(0, 2, count).astype(bool)
    # New rows come where rows already are: the popular items keep the most.
    item = workload.item_row[draw.integers(0, workload.row_count, count)]
    units = draw.integers(1, ROW_UNITS_MAX + 1, count, dtype=np.int32)
    expiry_day = EXPIRY_DAY_FIRST + draw.integers(0, EXPIRY_DAY_SPAN, count, dtype=np.int32)
    location = draw.integers(0, location_count, count, dtype=np.int32)
    location[operation == DELETE] = -1
    pick = draw.random(count)
    row, split_row = np.full((2, count), -1, dtype=np.int32)
    day = Mutations(
        operation, row, split_row, item.copy(), units, expiry_day.astype(np.int32), location
    )
    _play_mutations(workload, day, partial.tolist(), pick.tolist())
    return day


def _play_mutations(
    workload: Workload, day: Mutations, partial: list[bool], pick: list[float]
) -> None:
    """Choose a living row for each mutation and write its columns in place."""
    row_item, row_units = workload.item_row.tolist(), workload.units.tolist()
    row_expiry = workload.expiry_day.tolist()
    living = list(range(workload.row_count))
    columns = zip(
        day.operation.tolist(), day.item.tolist(), day.units.tolist(), day.expiry_day.tolist(),
        strict=True,
    )  # fmt: skip
    for index, (operation, item, units, expiry) in enumerate(columns):
        if operation == INSERT or not living:
            day.operation[index] = INSERT
            day.location[index] = max(int(day.location[index]), 0)
            day.row[index] = len(row_item)
            living.append(len(row_item))
            row_item.append(item)
            row_units.append(units)
            row_expiry.append(expiry)
            continue
        position = int(pick[index] * len(living))
        row = living[position]
        moved = row_units[row]
        if operation == DELETE:
            living[position] = living[-1]
            living.pop()
        elif partial[index] and moved > 1:
            moved = 1 + units % (moved - 1)
            row_units[row] -= moved
            day.split_row[index] = len(row_item)
            living.append(len(row_item))
            row_item.append(row_item[row])
            row_units.append(moved)
            row_expiry.append(row_expiry[row])
        day.row[index], day.item[index] = row, row_item[row]
        day.units[index], day.expiry_day[index] = moved, row_expiry[row]


def _units_by_item(
    workload: Workload, item: NDArray[np.int32], units: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Sum units by item; exact, since the sums stay far below 2^53."""
    return np.bincount(item, weights=units, minlength=workload.item_count).astype(np.int64)


def _forgotten_items(workload: Workload) -> NDArray[np.bool_]:
    """Choose rarely wanted items, at random, that have about one line in a hundred."""
    draw = np.random.Generator(np.random.PCG64([workload.seed, 3]))
    lines = np.bincount(workload.line_item, minlength=workload.item_count)
    shuffled = draw.permutation(workload.item_count)
    rare = shuffled[lines[shuffled] <= max(1, workload.line_count // 1_000)]
    bound = workload.line_count * _FORGOTTEN_LINES_PERMILLE // 1_000
    chosen = rare[np.cumsum(lines[rare]) <= bound]
    forgotten = np.zeros(workload.item_count, dtype=np.bool_)
    forgotten[chosen] = True
    return forgotten


def _window_demand(workload: Workload, before_order: int, orders: int) -> NDArray[np.int64]:
    """Sum what the next `orders` orders ask for, the orders being sent in a circle."""
    first = before_order % workload.order_count
    last = first + orders
    spans = [(first, min(last, workload.order_count)), (0, last - workload.order_count)]
    wanted = np.zeros(workload.item_count, dtype=np.int64)
    for start, end in spans:
        if end > start:
            lines = slice(workload.order_first_line[start], workload.order_first_line[end])
            wanted += _units_by_item(
                workload, workload.line_item[lines], workload.line_units[lines]
            )
    return wanted


def _receipt_rows(
    draw: np.random.Generator,
    before_order: int,
    item: NDArray[np.int64],
    add_units: NDArray[np.int64],
    receipt_units_max: int,
) -> Receipts:
    """Cut what each item receives into rows of at most `receipt_units_max` units."""
    rows = -(-add_units // receipt_units_max)
    row_item = np.repeat(item, rows).astype(np.int32)
    units = np.full(row_item.shape[0], receipt_units_max, dtype=np.int64)
    units[np.cumsum(rows) - 1] = add_units - (rows - 1) * receipt_units_max
    expiry = EXPIRY_DAY_FIRST + draw.integers(0, EXPIRY_DAY_SPAN, units.shape[0], dtype=np.int32)
    order = draw.permutation(units.shape[0])
    return Receipts(
        before_order, row_item[order], units[order].astype(np.int32), expiry.astype(np.int32)
    )
