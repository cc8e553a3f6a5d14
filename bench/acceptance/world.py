"""Draw a day from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .day import Day
from .site import ZONES, build_site
from .size import MINUTE_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .site import Site
    from .size import Size

SHORT_SHARE: Final = 0.012
_ZIPF: Final = 0.8
# Parts of the items by popularity, and the stock rows of each; one half of the last has one row.
_CLASS_SHARES: Final = (0.1, 0.3)
_CLASS_ROWS: Final = (4, 3, 2)
_EXPIRING_SHARE: Final = 0.3
_HOME_SHARE: Final = 0.8
"""Part of an order's lines that lie in its home zone: who shops, shops in few departments."""
_LATE_SHARE: Final = 0.005
"""Part of the orders that ask for a trailer after its cut-off."""
_LINES_MAX: Final = 14


class _Items(NamedTuple):
    """Items by popularity, and their stock rows."""

    chance: NDArray[np.float64]
    zone: NDArray[np.int64]
    first: NDArray[np.int64]
    expiring: NDArray[np.bool_]


def draw_day(size: Size, seed: int) -> Day:
    """Draw a day.

    Parameters
    ----------
    size : Size
        Its counts.
    seed : int
        The same one gives the same day.

    Returns
    -------
    day : Day
        With orders in the sequence in which they arrive.
    """
    rng = np.random.default_rng(seed)
    site = build_site(size)
    items = _draw_items(rng, size)
    trailer_planned_us = np.repeat(np.array(size.departs_us), size.trailers_each)
    trailer_departs_us = trailer_planned_us.copy()
    trailer_departs_us[size.late_departure * size.trailers_each] += size.late_us
    arrives_us, trailer, is_late = _draw_arrivals(rng, size)
    order_first = np.append(0, np.cumsum(_draw_line_counts(rng, size)))
    line_sku = _draw_skus(rng, size, items, order_first)
    line_units = rng.geometric(0.7, size.lines).clip(max=6)
    line_short = rng.random(size.lines) < SHORT_SHARE
    # One bin only: nobody can find elsewhere what is not in it.
    hopeless = line_short & (np.diff(items.first)[line_sku] == 1)
    feasible = ~(is_late | np.logical_or.reduceat(hopeless, order_first[:-1]))
    wanted = np.bincount(line_sku, line_units, size.skus).astype(np.int64)
    row_bin, row_expires = _place_rows(rng, site, items)
    row_sku = np.repeat(np.arange(size.skus), np.diff(items.first))
    rows_each = np.diff(items.first)[row_sku]
    return Day(
        seed=seed,
        size=size,
        site=site,
        order_first=order_first,
        order_arrives_us=arrives_us,
        order_trailer=trailer,
        order_feasible=feasible,
        line_sku=line_sku,
        line_units=line_units,
        line_short=line_short,
        line_found_units=(rng.random(size.lines) * line_units).astype(np.int64),
        sku_zone=items.zone,
        sku_weight_g=rng.lognormal(6.0, 0.8, size.skus).clip(20, 12_000).astype(np.int64),
        sku_volume_ml=rng.lognormal(6.7, 0.7, size.skus).clip(50, 15_000).astype(np.int64),
        sku_first=items.first,
        row_bin=row_bin,
        row_units=12 + rng.integers(0, 12, len(row_bin)) + wanted[row_sku] * 3 // (2 * rows_each),
        row_expires=row_expires,
        trailer_departs_us=trailer_departs_us,
        trailer_planned_us=trailer_planned_us,
        picker_zone=np.arange(size.pickers) % ZONES,
        picker_pace=rng.integers(900, 1_101, size.pickers),
    )


def _draw_items(rng: np.random.Generator, size: Size) -> _Items:
    """Draw items, the most popular first, and count their stock rows."""
    chance = np.arange(1, size.skus + 1) ** -_ZIPF
    rank = np.arange(size.skus)
    kind = np.searchsorted(np.cumsum(_CLASS_SHARES), rank / size.skus, side="right")
    rows = np.array(_CLASS_ROWS)[kind]
    # Zones take turns by popularity, so one in six is one in two of each zone's.
    rows -= (kind == 2) & (rank // ZONES % 2 == 0)
    return _Items(
        chance=chance / chance.sum(),
        zone=rank % ZONES,
        first=np.append(0, np.cumsum(rows)),
        expiring=rng.random(size.skus) < _EXPIRING_SHARE,
    )


def _draw_arrivals(
    rng: np.random.Generator, size: Size
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Draw when each order arrives, its trailer, and whether that is after the cut-off."""
    departs_us = np.array(size.departs_us)
    closes_us = departs_us - size.accept_us
    opens_us = np.append(size.opens_us, closes_us[:-1])
    group = np.arange(size.orders) * len(departs_us) // size.orders
    share = rng.random(size.orders)
    arrives_us = opens_us[group] + (share * (closes_us - opens_us)[group]).astype(np.int64)
    is_late = rng.random(size.orders) < _LATE_SHARE
    after_us = (1 + share * 44) * MINUTE_US
    arrives_us = np.where(is_late, closes_us[group] + after_us.astype(np.int64), arrives_us)
    trailer = group * size.trailers_each + rng.integers(0, size.trailers_each, size.orders)
    order = np.lexsort((np.arange(size.orders), arrives_us))
    return arrives_us[order], trailer[order], is_late[order]


def _draw_line_counts(rng: np.random.Generator, size: Size) -> NDArray[np.int64]:
    """Share the lines out, one at least for each order: many small orders, a few large ones."""
    weight = rng.gamma(0.8, size=size.orders)
    count = 1 + rng.multinomial(size.lines - size.orders, weight / weight.sum())
    while (over := int((count - _LINES_MAX).clip(min=0).sum())) > 0:
        count = count.clip(max=_LINES_MAX)
        count += rng.multinomial(over, np.full(size.orders, 1 / size.orders))
    return count


def _draw_skus(
    rng: np.random.Generator, size: Size, items: _Items, order_first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw the items of all lines: an order's home zone first, then one of that zone's items."""
    home = np.repeat(rng.integers(0, ZONES, size.orders), np.diff(order_first))
    away = (home + rng.integers(1, ZONES, size.lines)) % ZONES
    zone = np.where(rng.random(size.lines) < _HOME_SHARE, home, away)
    sku = np.empty(size.lines, np.int64)
    for each in range(ZONES):
        inside = np.flatnonzero(items.zone == each)
        chance = items.chance[inside] / items.chance[inside].sum()
        mine = np.flatnonzero(zone == each)
        sku[mine] = rng.choice(inside, len(mine), p=chance)
    return sku


def _place_rows(
    rng: np.random.Generator, site: Site, items: _Items
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each stock row its bin, popular items nearest their zone's depot, and its expiry."""
    row_sku = np.repeat(np.arange(len(items.zone)), np.diff(items.first))
    row_bin = np.empty(len(row_sku), np.int64)
    for zone in range(ZONES):
        bins = np.flatnonzero(site.bin_zone == zone)
        # Classes, no ranking: within some twenty metres any bin is as good as another.
        blur_mm = rng.integers(0, 20_000, len(bins))
        bins = bins[np.argsort(site.bin_depot_mm[bins] + blur_mm, kind="stable")]
        mine = np.flatnonzero(items.zone[row_sku] == zone)
        row_bin[mine] = bins[: len(mine)]
        # The rows of one item must not be neighbours, or there would be no choice between them.
        edges = np.flatnonzero(np.diff(np.diff(items.first)[row_sku[mine]])) + 1
        for part in np.split(mine, edges):
            row_bin[part] = rng.permutation(row_bin[part])
    expires = rng.integers(20, 400, len(row_sku))
    expires = expires[np.lexsort((expires, row_sku))]
    return row_bin, np.where(items.expiring[row_sku], expires, -1)
