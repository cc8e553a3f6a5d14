"""A small made-up order history, and what the demo derives from it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from slotline.service.demo.day import Day, EventKind, derive_day
from slotline.service.demo.history import OrderHistory, encode_history
from slotline.service.demo.orders import MINUTE_US
from slotline.service.demo.report import (
    AtpSeries,
    CallTiming,
    Check,
    FlashOutcome,
    ReportData,
    RestartOutcome,
    ShortReason,
)
from slotline.service.demo.site import Site, derive_site
from slotline.service.demo.tours import Tour, assign_carts, s_shape_tour, travel_heat

_CATEGORIES = ("PRODUCE", "GROCERY", "DRUG GM", "")


def made_up_table(order_count: int = 700, item_count: int = 900) -> pl.DataFrame:
    """Make order lines by integer arithmetic: 3 days, 1 to 7 lines an order, skewed items."""
    rows = []
    for order in range(order_count):
        day, minute = order % 3, (order * 37) % 1440
        for line in range(1 + order * 5 % 7):
            item = (order * order + 31 * line * line + 7 * line) % item_count
            item = item * item // item_count if order % 2 else (17 * order + 3 * line) % item_count
            rows.append(
                {
                    "order_id": f"O{order:05d}",
                    "item": f"SKU{item:04d}",
                    "quantity": 1 + (order + line) % 9 // 3,
                    "time": (17_000 + day) * 86_400_000_000 + minute * MINUTE_US,
                    "category": _CATEGORIES[item % 4],
                    "description": f"Article {item}",
                    "manufacturer_id": str(item % 17) if item % 3 else None,
                    "package_size": "16 OZ" if item % 2 else None,
                }
            )
    return pl.DataFrame(rows)


def all_tours(site: Site, day: Day) -> tuple[list[Tour], list[np.ndarray]]:
    """Walk every wave's carts to the pick faces of their lines."""
    orders, locations = site.orders, site.locations
    tours, bins = [], []
    for wave in range(len(day.wave_us)):
        members = np.flatnonzero(day.order_wave_row == wave)
        carts = assign_carts(day.order_departure_row[members])
        for cart in np.unique(carts):
            lines = np.flatnonzero(np.isin(orders.line_order_row, members[carts == cart]))
            rows = np.unique(site.pick_face_row[orders.line_item_row[lines]]).astype(np.int64)
            tours.append(
                s_shape_tour(
                    site.plan,
                    locations.aisle[rows],
                    locations.block[rows],
                    locations.approach_y_mm[rows],
                )
            )
            bins.append(rows)
    return tours, bins


def _busiest_series(site: Site, day: Day) -> list[AtpSeries]:
    """Add up orders and receipts of the six busiest items."""
    orders, stock, purchases = site.orders, site.stock, site.purchases
    busiest = np.argsort(-site.items.demand_units, kind="stable")[:6]
    series = []
    for item in busiest.tolist():
        lines = np.flatnonzero(orders.line_item_row == item)
        receipts = np.flatnonzero((purchases.item_row == item) & (purchases.received_us >= 0))
        at = np.concatenate(
            (orders.order_time_us[orders.line_order_row[lines]], purchases.received_us[receipts])
        )
        change = np.concatenate((-orders.line_units[lines], purchases.received_units[receipts]))
        by_time = np.argsort(at, kind="stable")
        opening = int(stock.units[(stock.item_row == item) & ~stock.is_held].sum())
        series.append(
            AtpSeries(
                item_code=site.items.codes[item],
                description=site.items.descriptions[item],
                time_us=np.concatenate(([0], at[by_time] - day.start_us)),
                units=np.maximum(opening + np.concatenate(([0], np.cumsum(change[by_time]))), 0),
                receipt_us=purchases.received_us[receipts] - day.start_us,
                receipt_units=purchases.received_units[receipts],
            )
        )
    return series


def sample_report_data(site: Site, day: Day) -> ReportData:
    """Fill a report with made-up outcomes, only to see the page."""
    tours, bins = all_tours(site, day)
    longest = sorted(range(len(tours)), key=lambda row: len(tours[row].visit))
    example = longest[len(longest) // 2]
    orders = site.orders
    series = _busiest_series(site, day)
    hour = (orders.order_time_us - day.start_us) // (60 * MINUTE_US)
    line_count = len(orders.line_units)
    return ReportData(
        title="One day in the warehouse",
        day_label=f"{orders.date}, {orders.days_folded} busy days in one",
        source=site.source,
        generated_at="2026-01-01 12:00 UTC",
        order_count=len(orders.order_codes),
        line_count=line_count,
        units_ordered=int(orders.line_units.sum()),
        units_shipped=int(orders.line_units.sum()) * 97 // 100,
        lines_filled=line_count * 974 // 1000,
        flash=FlashOutcome("FLASH-SALE", 100, 3_000, 100, 2_900),
        restart=RestartOutcome(18 * 60 * MINUTE_US, 1_420_000, 61_204, 0, 3),
        calls=(
            CallTiming("atp", 20_112, 170, 390),
            CallTiming("promise", 14_573, 410, 1_890),
            CallTiming("accept", 6_000, 520, 2_310),
        ),
        stream_lines_per_s=812_345,
        wall_us=61_500_000,
        checks=(
            Check("Conservation", True, "86,524 units opened or received = shipped + on hand"),
            Check("Zero oversell", True, "no item, lot or bin below zero in 91,233 records"),
            Check("Nothing lost", True, "61,204 acknowledged commands found in the journal"),
        ),
        plan=site.plan,
        locations=site.locations,
        heat=travel_heat(site.plan, tours),
        example_tour=tours[example],
        example_bins=bins[example],
        tour_count=len(tours),
        walked_mm=sum(tour.walked_mm for tour in tours),
        atp=tuple(series),
        orders_per_hour={
            channel: np.bincount(hour[day.order_channel_row == row], minlength=24).tolist()
            for row, channel in enumerate(site.channel_codes)
        },
        shorts=(
            ShortReason("No stock, purchase order late", 310, 402),
            ShortReason("No stock, none on order", 214, 240),
            ShortReason("Picker did not find it", 371, 466),
            ShortReason("Remaining life too short", 58, 71),
        ),
        assumptions=site.assumptions,
        machine=(("Processor", "made-up CPU, 2 cores"), ("Python", "3.11"), ("NumPy", "2.4")),
    )


@pytest.fixture(scope="session")
def table() -> pl.DataFrame:
    """Give the made-up table of order lines."""
    return made_up_table()


@pytest.fixture(scope="session")
def history(table: pl.DataFrame) -> OrderHistory:
    """Give the made-up history."""
    return encode_history(table, "made-up orders")


@pytest.fixture(scope="session")
def site(history: OrderHistory) -> Site:
    """Give its site."""
    return derive_site(history)


@pytest.fixture(scope="session")
def day(site: Site) -> Day:
    """Give its day."""
    return derive_day(site)


@pytest.fixture(scope="session")
def tours(site: Site, day: Day) -> tuple[list[Tour], list[np.ndarray]]:
    """Give all tours of the day and the location rows of their bins."""
    return all_tours(site, day)


@pytest.fixture(scope="session")
def report_data(site: Site, day: Day) -> ReportData:
    """Give a filled report."""
    assert (day.event_kind == EventKind.ORDER).any()
    return sample_report_data(site, day)
