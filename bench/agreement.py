"""What every contender is held against: the reference's digest, and the rules of any sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from slotline.engine.errors import InvariantBroken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .reference import Allocation
    from .workload import Workload


def check_allocation(
    workload: Workload, allocation: Allocation, stock_left: NDArray[np.int32]
) -> None:
    """Check what must hold in any sequence of serving.

    Parameters
    ----------
    workload : Workload
        Opening stock and orders.
    allocation : Allocation
        Who got what.
    stock_left : int32[R]
        Units left in each row.

    Raises
    ------
    InvariantBroken
        If a line got something else than it asked for, an order was served in part, or units
        appeared or vanished.
    """
    got = np.bincount(
        allocation.line, weights=allocation.units, minlength=workload.line_count
    ).astype(np.int64)
    wrong = np.flatnonzero((got != 0) & (got != workload.line_units))
    if wrong.size:
        line = int(wrong[0])
        raise InvariantBroken(
            f"line {line} got {got[line]} units, expected {workload.line_units[line]} or none"
        )
    order = workload.line_order()
    served_lines = np.bincount(order[got > 0], minlength=workload.order_count)
    partial = np.flatnonzero(
        (served_lines != 0) & (served_lines != np.diff(workload.order_first_line))
    )
    if partial.size:
        raise InvariantBroken(f"order {int(partial[0])} was served in part, expected all of it")
    same_item = workload.item_row[allocation.row] == workload.line_item[allocation.line]
    if not same_item.all() or not np.array_equal(order[allocation.line], allocation.order):
        raise InvariantBroken("a line got units of another item, or under another order")
    taken = np.bincount(
        allocation.row, weights=allocation.units, minlength=workload.row_count
    ).astype(np.int64)
    lost = np.flatnonzero(taken + stock_left != workload.units)
    if lost.size or (stock_left < 0).any():
        raise InvariantBroken(f"units of {lost.size} rows appeared, vanished or went below zero")


def check_digest(name: str, allocation: Allocation, reference: Allocation) -> int:
    """Check that a contender agrees with the reference over the orders that it came to.

    Parameters
    ----------
    name : str
        Contender, for the message.
    allocation : Allocation
        What it gave.
    reference : Allocation
        What it should give; at least as many orders.

    Returns
    -------
    digest : int
        The common digest.

    Raises
    ------
    InvariantBroken
        If the digests differ.
    """
    expected = reference.digest(allocation.order_count)
    found = allocation.digest()
    if found != expected:
        raise InvariantBroken(
            f"{name} has digest {found:016x} over {allocation.order_count} orders; "
            f"expected {expected:016x}"
        )
    return found
