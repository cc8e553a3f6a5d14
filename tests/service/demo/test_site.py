"""The derived site: orders, floor, items, stock, purchase orders."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.service.demo.day import derive_day
from slotline.service.demo.floor import FloorPlan, Role, build_locations, plan_floor
from slotline.service.demo.history import OrderHistory, encode_history
from slotline.service.demo.items import ExpiryClass, Rotation, size_weight_g
from slotline.service.demo.orders import DAY_US, MINUTE_US, choose_orders
from slotline.service.demo.site import Site, derive_site
from slotline.service.demo.stable import mix, spread, stable_hash
from slotline.service.demo.supply import FLASH_UNITS, has_reserve, opening_units

if TYPE_CHECKING:
    import polars as pl


def _flat(value: object) -> list[object]:
    """Turn nested dataclasses and arrays into comparable lists."""
    if is_dataclass(value):
        return [_flat(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, np.ndarray):
        return [str(value.dtype), value.tolist()]
    return [value]


def test_same_history_gives_the_same_site_and_day(table: pl.DataFrame, site: Site) -> None:
    """Two derivations from scratch are equal in every array and text."""
    again = derive_site(encode_history(table, "made-up orders"))
    assert _flat(site) == _flat(again)
    assert _flat(derive_day(site)) == _flat(derive_day(again))


def test_hashes_do_not_change_between_versions() -> None:
    """Pinned values: a change here would silently change everybody's demo."""
    hashes = stable_hash(["A", "B"], "pin")
    assert hashes.tolist() == [1169259429658324961, 12011988025457268963]
    assert mix(hashes, np.array([1, 2])).tolist() == [2018548866822890821, 18265537781736542117]
    assert spread(hashes, 1_000).tolist() == [961, 963]


def test_all_lines_survive_folding_and_splitting(history: OrderHistory, site: Site) -> None:
    """With room for all, units per item are the history's; each order has one client."""
    orders = site.orders
    units = np.zeros(len(history.item_codes), dtype=np.int64)
    np.add.at(units, history.line_item_row, history.line_units)
    assert dict(zip(history.item_codes, units.tolist(), strict=True)) == dict(
        zip(site.items.codes[:-1], site.items.demand_units[:-1].tolist(), strict=True)
    )
    line_owner = orders.item_owner_row[orders.line_item_row]
    assert (line_owner == orders.order_owner_row[orders.line_order_row]).all()
    assert len(set(orders.order_codes)) == len(orders.order_codes)
    assert set(orders.order_owner_row.tolist()) == {0, 1}
    assert orders.days_folded == 3
    first = orders.order_first_line
    assert np.diff(first).tolist() == np.bincount(orders.line_order_row).tolist()
    assert first[-1] == len(orders.line_units)
    assert (np.diff(orders.order_time_us) >= 0).all()
    assert (np.diff(orders.line_order_row) >= 0).all()
    assert (
        (orders.order_time_us >= orders.day_us) & (orders.order_time_us < orders.day_us + DAY_US)
    ).all()


def test_bounds_of_the_day_hold(history: OrderHistory) -> None:
    """Orders and lines stay within the bounds; a day too small for one order is refused."""
    chosen = choose_orders(history, orders_max=50, lines_max=10_000)
    assert 45 <= len(chosen.order_codes) <= 50
    chosen = choose_orders(history, orders_max=1_000, lines_max=77)
    assert 60 <= len(chosen.line_units) <= 77
    assert chosen.days_folded == 1
    with pytest.raises(InvalidRequest, match="must be at least 1"):
        choose_orders(history, orders_max=0)


def test_every_location_is_unique_and_every_item_has_a_face(site: Site) -> None:
    """Codes, coordinates and pick sequence are unique; no two items share a pick face."""
    locations = site.locations
    spots = set(
        zip(locations.x_mm.tolist(), locations.y_mm.tolist(), locations.z_mm.tolist(), strict=True)
    )
    assert len(spots) == len(locations.codes) == len(set(locations.codes))
    assert sorted(locations.pick_seq.tolist()) == list(range(len(locations.codes)))
    assert len(set(site.pick_face_row.tolist())) == len(site.items.codes)
    assert (locations.role[site.pick_face_row] == Role.PICK_FACE).all()
    for role in (Role.DOCK, Role.STAGE, Role.PACK, Role.LANE):
        assert len(locations.rows_with(role)) >= 4


@pytest.mark.parametrize(
    ("faces", "reserve"), [(0, 0), (1, 1), (999, 40), (15_000, 300), (50, 400)]
)
def test_floor_has_room_for_what_was_asked(faces: int, reserve: int) -> None:
    """The plan holds the bins, in two blocks, without being absurdly large."""
    plan = plan_floor(faces, reserve)
    locations = build_locations(plan)
    assert len(locations.rows_with(Role.PICK_FACE)) >= faces
    assert len(locations.rows_with(Role.RESERVE)) >= reserve
    assert set(locations.block.tolist()) == {-1, 0, 1}
    columns = plan.aisle_count * plan.bay_count * 4
    assert columns <= max(faces // 5, reserve) * 1.3 + 60


def test_popular_items_lie_nearer_to_the_depot(site: Site) -> None:
    """The tenth of items with most lines walks less than the tenth with fewest."""
    rank = np.argsort(-site.items.demand_lines[:-1], kind="stable")
    face = site.pick_face_row
    depot_x = site.plan.aisle_x_mm(site.plan.depot_aisle)
    walk = np.abs(site.locations.approach_x_mm[face] - depot_x) + site.locations.approach_y_mm[face]
    tenth = len(rank) // 10
    assert walk[rank[:tenth]].mean() < walk[rank[-tenth:]].mean() / 2


def test_good_opening_stock_adds_up_to_the_plan(site: Site) -> None:
    """Rows that may be sold sum to the opening units per item; extras are expired or held."""
    stock, items = site.stock, site.items
    day = site.orders.day_us // DAY_US
    expired = (stock.expiry_day >= 0) & (stock.expiry_day < day)
    good = ~stock.is_held & ~expired
    units = np.zeros(len(items.codes), dtype=np.int64)
    np.add.at(units, stock.item_row[good], stock.units[good])
    opening, on_order = opening_units(items)
    assert (units == opening).all()
    assert (stock.units >= 1).all()
    assert (stock.owner_row == items.owner_row[stock.item_row]).all()
    assert opening[items.flash_row] == FLASH_UNITS
    fresh = good & (items.expiry_class[stock.item_row] == ExpiryClass.FRESH)
    left_days = stock.expiry_day[fresh] - day
    assert (left_days >= 1).all()
    assert 0 < (left_days == 1).sum() < len(left_days) // 5
    covered = opening + on_order >= items.demand_units
    assert covered.mean() > 0.95
    lots = list(zip(stock.item_row.tolist(), stock.lot_codes, strict=True))
    assert len(set(lots)) == len(lots)


def test_stock_lies_where_it_belongs(site: Site) -> None:
    """Pallets lie in reserve, one a bin; loose stock lies in the item's own pick face."""
    stock = site.stock
    on_pallet = np.array([code != "" for code in stock.hu_codes])
    roles = site.locations.role[stock.location_row]
    assert ((roles == Role.RESERVE) == on_pallet).all()
    bins = stock.location_row[on_pallet].tolist()
    assert len(set(bins)) == len(bins) == np.count_nonzero(has_reserve(site.items))
    loose = ~on_pallet & (stock.item_row != site.items.flash_row)
    assert (stock.location_row[loose] == site.pick_face_row[stock.item_row[loose]]).all()
    flash = stock.item_row == site.items.flash_row
    assert len(set(stock.location_row[flash].tolist())) == 2


def test_purchase_orders_deliver_what_is_on_order(site: Site) -> None:
    """Expected units are the plan's; nothing comes early beyond the slot, or more than asked."""
    purchases, items = site.purchases, site.items
    _, on_order = opening_units(items)
    expected = np.zeros(len(items.codes), dtype=np.int64)
    np.add.at(expected, purchases.item_row, purchases.expected_units)
    assert (expected == on_order).all()
    assert (purchases.received_units <= purchases.expected_units).all()
    comes = purchases.received_us >= 0
    assert (comes == (purchases.received_units > 0)).all()
    late = purchases.received_us[comes] - purchases.due_us[comes]
    assert (late >= 0).all()
    assert (late <= 5 * 60 * MINUTE_US).all()
    keys = list(zip(purchases.po_codes, purchases.line_number.tolist(), strict=True))
    assert len(set(keys)) == len(keys)


def test_items_follow_their_category(site: Site) -> None:
    """Produce is fresh and FEFO, drugstore goods do not expire and are FIFO."""
    items = site.items
    category = np.array(items.categories)
    assert (items.expiry_class[category == "PRODUCE"] == ExpiryClass.FRESH).all()
    assert (items.shelf_life_days[category == "PRODUCE"] >= 8).all()
    assert (items.rotation[category == "DRUG GM"] == Rotation.FIFO).all()
    assert (items.shelf_life_days[category == "DRUG GM"] == 0).all()
    for column in (items.length_mm, items.width_mm, items.height_mm, items.weight_g):
        assert (column > 0).all()


@pytest.mark.parametrize(
    ("size", "weight_g"),
    [("16 OZ", 499), ("1 LB", 499), ("67.6 FL OZ", 2201), ("2 LTR", 2200), ("12 CT", 0), ("", 0)],
)
def test_weight_is_read_from_the_package_size(size: str, weight_g: int) -> None:
    """Ounces, pounds and litres are understood; counts are not a weight."""
    assert size_weight_g(size) == weight_g


def test_bays_do_not_leave_their_block() -> None:
    """The last bay of the front block ends before the middle cross-aisle begins."""
    plan = FloorPlan(aisle_count=4, bay_count=7)
    assert plan.bay_y_mm(0, 6) + 450 == plan.cross_y_mm[1] - 1_500
    assert plan.bay_y_mm(1, 0) - 450 == plan.cross_y_mm[1] + 1_500
