"""The timeline: channels, waves, promises, flash sale, short picks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.service.demo.day import Day, EventKind, PromiseFate, derive_day
from slotline.service.demo.orders import MINUTE_US

if TYPE_CHECKING:
    from slotline.service.demo.site import Site


def test_every_event_is_in_exactly_one_step(day: Day) -> None:
    """Slices of any length hold all events once, in order of time and kind."""
    for step_us in (MINUTE_US, 5 * MINUTE_US, 7 * 60 * MINUTE_US):
        seen = []
        last_end_us = day.start_us
        for step in day.steps(step_us):
            assert step.start_us >= last_end_us
            last_end_us = step.end_us
            assert list(step.rows) == sorted(step.rows)
            seen += [(kind, row) for kind, rows in step.rows.items() for row in rows.tolist()]
        expected = zip(day.event_kind.tolist(), day.event_row.tolist(), strict=True)
        assert sorted(seen) == sorted(expected)
    with pytest.raises(InvalidRequest, match="at least 1 microsecond"):
        next(day.steps(0))


def test_each_order_arrives_once_and_leaves_in_time(site: Site, day: Day) -> None:
    """Every order has one event, a wave at or after arrival, a truck two hours after arrival."""
    orders = site.orders
    events = np.sort(day.event_row[day.event_kind == EventKind.ORDER])
    assert (events == np.arange(len(orders.order_codes))).all()
    wave_us = day.wave_us[day.order_wave_row]
    assert (wave_us >= orders.order_time_us).all()
    assert (wave_us - orders.order_time_us <= 30 * MINUTE_US).all()
    leaves_us = day.departure_us[day.order_departure_row]
    assert (leaves_us - orders.order_time_us >= 120 * MINUTE_US).all()
    assert (leaves_us <= day.end_us).all()
    for order in range(0, len(orders.order_codes), 29):
        channel = site.channel_codes[day.order_channel_row[order]]
        assert day.departure_codes[day.order_departure_row[order]].startswith(channel + " ")


def test_channels_follow_size_and_hash(site: Site, day: Day) -> None:
    """All four channels occur; wholesale takes the largest orders; only web is all-or-none."""
    units = np.zeros(len(site.orders.order_codes), dtype=np.int64)
    np.add.at(units, site.orders.line_order_row, site.orders.line_units)
    wholesale = day.order_channel_row == site.channel_codes.index("wholesale")
    assert set(day.order_channel_row.tolist()) == {0, 1, 2, 3}
    assert units[wholesale].min() >= units[~wholesale].max()
    web = day.order_channel_row == site.channel_codes.index("web")
    assert (day.order_partial_allowed == ~web).all()


def test_web_lines_are_promised_before_they_are_ordered(site: Site, day: Day) -> None:
    """Each web line has one promise that is still alive when its order comes."""
    promises, orders = day.promises, site.orders
    kept = promises.fate == PromiseFate.ORDERED
    web = day.order_channel_row == site.channel_codes.index("web")
    assert (
        sorted(promises.line_row[kept].tolist())
        == np.flatnonzero(web[orders.line_order_row]).tolist()
    )
    order_us = orders.order_time_us[orders.line_order_row[promises.line_row[kept]]]
    assert (promises.at_us[kept] <= order_us).all()
    assert (order_us < promises.expires_us[kept]).all()


def test_abandoned_carts_are_released_or_left_to_expire(day: Day) -> None:
    """Both fates occur; a release comes while the promise still holds."""
    promises = day.promises
    released = promises.fate == PromiseFate.RELEASED
    assert released.any()
    assert (promises.fate == PromiseFate.EXPIRES).any()
    assert ((promises.released_us >= 0) == released).all()
    assert (promises.released_us[released] > promises.at_us[released]).all()
    assert (promises.released_us[released] < promises.expires_us[released]).all()


def test_flash_sale_is_100_units_for_3000_buyers_within_a_minute(site: Site, day: Day) -> None:
    """It lies in the middle of the orders, and asks for one item only it sells."""
    flash = day.flash_sale
    assert flash.stock_units == 100
    assert len(set(flash.buyer_codes)) == len(flash.at_us) == 3_000
    assert (np.diff(flash.at_us) >= 0).all()
    assert flash.at_us[-1] - flash.at_us[0] < MINUTE_US
    before = (site.orders.order_time_us < flash.at_us[0]).mean()
    assert 0.3 < before < 0.7
    assert site.items.demand_units[flash.item_row] == 0
    assert flash.item_row not in site.purchases.item_row


def test_about_one_pick_in_a_hundred_is_short(site: Site, day: Day) -> None:
    """Missing units lie between none and the line's own; about 1 % of lines lack some."""
    short = day.line_short_pick_units
    assert (short >= 0).all()
    assert (short <= site.orders.line_units).all()
    assert 0.002 < (short > 0).mean() < 0.025


def test_receipts_are_put_away_after_they_came(site: Site, day: Day) -> None:
    """Every delivery has one receipt and, 20 minutes later, one putaway."""
    times = {
        kind: dict(
            zip(
                day.event_row[day.event_kind == kind].tolist(),
                day.event_us[day.event_kind == kind].tolist(),
                strict=True,
            )
        )
        for kind in (EventKind.RECEIPT, EventKind.PUTAWAY)
    }
    receipts = times[EventKind.RECEIPT]
    assert sorted(receipts) == np.flatnonzero(site.purchases.received_us >= 0).tolist()
    assert times[EventKind.PUTAWAY] == {
        row: at_us + 20 * MINUTE_US for row, at_us in receipts.items()
    }


def test_bad_arguments_are_refused(site: Site) -> None:
    """A wave pause or a crowd below one is named."""
    with pytest.raises(InvalidRequest, match="wave_minutes is 0"):
        derive_day(site, wave_minutes=0)
    with pytest.raises(InvalidRequest, match="flash_buyers 0"):
        derive_day(site, flash_buyers=0)


@pytest.mark.parametrize("wave_minutes", [1, 25, 60, 1_440])
def test_any_wave_pause_catches_every_order(site: Site, wave_minutes: int) -> None:
    """No order is left without a wave, also when the pause does not divide the day."""
    day = derive_day(site, wave_minutes=wave_minutes, flash_buyers=5)
    assert day.order_wave_row.max() < len(day.wave_us)
    assert (day.wave_us[day.order_wave_row] >= site.orders.order_time_us).all()
