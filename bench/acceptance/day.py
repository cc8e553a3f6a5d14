"""The day's columns: orders and lines, trailers, items, stock, and what will go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .site import Site
    from .size import Size


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A day as both policies meet it; nothing of it depends on what they do.

    Shapes: ``O`` orders, ``L`` lines, ``K`` items (SKUs), ``R`` stock rows, ``T`` trailers, ``P``
    pickers.

    Attributes
    ----------
    seed : int
        What it was drawn from.
    size : Size
        Counts, times and limits.
    site : Site
        The floor.
    order_first : int64[O + 1]
        First line of each order; orders are in the sequence in which they arrive.
    order_arrives_us, order_trailer : int64[O]
        When an order arrives and the trailer it is for.
    order_feasible : bool[O]
        Whether it arrives in time and all that it wants is there.
    line_sku, line_units : int64[L]
        What is wanted, and how much of it.
    line_short : bool[L]
        Whether the first bin where the line is looked for holds less than the books say.
    line_found_units : int64[L]
        What is found there then, less than `line_units`.
    sku_zone, sku_weight_g, sku_volume_ml : int64[K]
        Of each item: it lies in one zone.
    sku_first : int64[K + 1]
        First stock row of each item.
    row_bin, row_units, row_expires : int64[R]
        Bin, units and day of expiry of a row; -1 for goods that do not expire. Rows of an item that
        expires are in the order of expiry.
    trailer_departs_us, trailer_planned_us : int64[T]
        When a trailer leaves indeed, and when it was to leave.
    picker_zone, picker_pace : int64[P]
        Zone of each picker, and what the standard's time is multiplied by, in thousandths.
    """

    seed: int
    size: Size
    site: Site
    order_first: NDArray[np.int64]
    order_arrives_us: NDArray[np.int64]
    order_trailer: NDArray[np.int64]
    order_feasible: NDArray[np.bool_]
    line_sku: NDArray[np.int64]
    line_units: NDArray[np.int64]
    line_short: NDArray[np.bool_]
    line_found_units: NDArray[np.int64]
    sku_zone: NDArray[np.int64]
    sku_weight_g: NDArray[np.int64]
    sku_volume_ml: NDArray[np.int64]
    sku_first: NDArray[np.int64]
    row_bin: NDArray[np.int64]
    row_units: NDArray[np.int64]
    row_expires: NDArray[np.int64]
    trailer_departs_us: NDArray[np.int64]
    trailer_planned_us: NDArray[np.int64]
    picker_zone: NDArray[np.int64]
    picker_pace: NDArray[np.int64]
