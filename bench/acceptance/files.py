"""The day's file: what a checker may know of a day beside its events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from .day import Day


def write_day(day: Day, path: Path) -> None:
    """Write orders, trailers, stock and limits as one JSON object; README.md says what it holds.

    Parameters
    ----------
    day : Day
        The day.
    path : Path
        The file; an older one is replaced.
    """
    path.write_text(json.dumps(_plain(day), separators=(",", ":")), encoding="utf-8")


def _plain(day: Day) -> dict[str, Any]:
    size, site = day.size, day.site
    row_sku = np.repeat(np.arange(size.skus), np.diff(day.sku_first))
    return {
        "seed": day.seed,
        "limits": {
            "pickers": size.pickers, "wall_slots": size.wall_slots, "lanes": size.lanes,
            "doors": size.doors, "lane_orders": size.lane_orders, "cart_orders": size.cart_slots,
            "cart_volume_ml": size.cart_volume_ml, "cart_weight_g": size.cart_weight_g,
            "hold_orders": size.hold_orders, "accept_us": size.accept_us,
        },
        "trailers": [
            {"planned_us": planned_us, "departs_us": departs_us}
            for planned_us, departs_us in zip(
                day.trailer_planned_us.tolist(), day.trailer_departs_us.tolist(), strict=True
            )
        ],
        "orders": {
            "arrives_us": day.order_arrives_us.tolist(),
            "trailer": day.order_trailer.tolist(),
            "feasible": day.order_feasible.tolist(),
            "first_line": day.order_first.tolist(),
        },
        "items": {"volume_ml": day.sku_volume_ml.tolist(), "weight_g": day.sku_weight_g.tolist()},
        "lines": {"sku": day.line_sku.tolist(), "units": day.line_units.tolist()},
        "stock": {
            "sku": row_sku.tolist(),
            "bin": day.row_bin.tolist(),
            "units": day.row_units.tolist(),
            "expires": day.row_expires.tolist(),
            "zone": site.bin_zone[day.row_bin].tolist(),
            "x_mm": site.bin_x_mm[day.row_bin].tolist(),
            "y_mm": site.bin_y_mm[day.row_bin].tolist(),
        },
    }  # fmt: skip
