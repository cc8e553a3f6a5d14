"""The timeline of one day: what happens when, in columns ready to become commands.

Simulated time only. `Day.steps` cuts the timeline into slices; within a slice the kinds of
`EventKind` follow in their numerical order, which is the order a warehouse would wish:
goods come in and are put away before orders ask for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest
from .orders import DAY_US, MINUTE_US
from .stable import mix, spread, stable_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .orders import ChosenOrders
    from .site import Site

FLASH_BUYERS: Final = 3_000
PROMISE_LIFE_US: Final = 15 * MINUTE_US
PUTAWAY_AFTER_US: Final = 20 * MINUTE_US
_PROMISE_LEAD_MINUTES: Final = 10
_WHOLESALE_SHARE: Final = 20
_WEB_PERCENT: Final = 45
_MARKETPLACE_PERCENT: Final = 70
_ABANDONED_PERCENT: Final = 6
_SHORT_PICK_PER_MILLE: Final = 10
_LOAD_MINUTES: Final = 120
# Minutes after midnight at which each channel's trucks leave; the last takes the late orders.
_DEPARTURE_MINUTES: Final = (
    (360, 720, 1080, 1440, 1620),
    (480, 840, 1110, 1320, 1500, 1620),
    (510, 870, 1140, 1350, 1530, 1620),
    (600, 960, 1320, 1620),
)
_PRIORITY: Final = (3, 1, 2, 4)
_LIFE_DAYS_MIN: Final = (1, 2, 2, 3)
_STORE, _WEB, _MARKETPLACE, _WHOLESALE = range(4)


class EventKind(IntEnum):
    """Kinds of events, in their order within one slice of time."""

    RECEIPT = 0
    PUTAWAY = 1
    PROMISE = 2
    PROMISE_RELEASE = 3
    ORDER = 4
    FLASH_BUYER = 5
    WAVE = 6
    DEPARTURE = 7


class PromiseFate(IntEnum):
    """What becomes of a promise."""

    ORDERED = 0
    RELEASED = 1
    EXPIRES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """Promises of the web channel, one per basket line, length M, by time.

    Attributes
    ----------
    line_row : int32[M]
        Line of `ChosenOrders` whose item and units are promised.
    at_us, expires_us : int64[M]
        When it is asked for, and until when it holds.
    fate : int8[M]
        `PromiseFate`: its order follows in time, or the cart is abandoned and the promise
        is released, or left to expire.
    released_us : int64[M]
        When it is released, -1 unless the fate is RELEASED.
    """

    line_row: NDArray[np.int32]
    at_us: NDArray[np.int64]
    expires_us: NDArray[np.int64]
    fate: NDArray[np.int8]
    released_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FlashSale:
    """One item, a fixed stock, very many buyers, one minute.

    Attributes
    ----------
    item_row : int
        Row of `Items`.
    stock_units : int
        Units on hand when it begins.
    buyer_codes : tuple of str
        One order code per buyer, in order of arrival.
    at_us : int64[N]
        Arrival of each buyer, ascending, each wants one unit.
    """

    item_row: int
    stock_units: int
    buyer_codes: tuple[str, ...]
    at_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One slice of the day: rows to act on, per kind.

    Attributes
    ----------
    start_us, end_us : int
        Half-open interval of simulated time.
    rows : dict of EventKind to int64[N]
        Rows in time order; only kinds that occur.
    """

    start_us: int
    end_us: int
    rows: dict[EventKind, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The day's timeline.

    Shapes: O orders and L lines as in `ChosenOrders`, W waves, D departures, E events.

    Attributes
    ----------
    start_us, end_us : int
        First midnight, and the last departure after the second.
    order_channel_row : int8[O]
        Row of `Site.channel_codes`.
    order_priority : int32[O]
        1 is most urgent.
    order_partial_allowed : bool[O]
        False: all lines or none (web); true elsewhere.
    order_life_days_min : int32[O]
        Remaining shelf life that the channel asks for.
    order_departure_row, order_wave_row : int32[O]
        Truck that takes it; release wave it goes out with.
    line_short_pick_units : int64[L]
        Units that the picker will not find, 0 for 99 lines in 100.
    wave_us : int64[W]
        Release times.
    departure_us : int64[D]
        Departure times.
    departure_codes : tuple of str
        Channel and local time, such as `web 14:00`.
    promises : Promises
        Promise before order in the web channel.
    flash_sale : FlashSale
        See there.
    event_us : int64[E]
        Times, ascending; ties in the order of kinds, then rows.
    event_kind : int8[E]
        `EventKind`.
    event_row : int64[E]
        RECEIPT and PUTAWAY: row of `Purchases`; PROMISE and PROMISE_RELEASE: of `promises`;
        ORDER: of `ChosenOrders`; FLASH_BUYER: of `flash_sale`; WAVE, DEPARTURE: of theirs.
    """

    start_us: int
    end_us: int
    order_channel_row: NDArray[np.int8]
    order_priority: NDArray[np.int32]
    order_partial_allowed: NDArray[np.bool_]
    order_life_days_min: NDArray[np.int32]
    order_departure_row: NDArray[np.int32]
    order_wave_row: NDArray[np.int32]
    line_short_pick_units: NDArray[np.int64]
    wave_us: NDArray[np.int64]
    departure_us: NDArray[np.int64]
    departure_codes: tuple[str, ...]
    promises: Promises
    flash_sale: FlashSale
    event_us: NDArray[np.int64]
    event_kind: NDArray[np.int8]
    event_row: NDArray[np.int64]

    def steps(self, step_us: int = 5 * MINUTE_US) -> Iterator[Step]:
        """Cut the day into slices that hold at least one event.

        Parameters
        ----------
        step_us : int
            Length of a slice, >= 1.

        Yields
        ------
        Step
            In time order; every event is in exactly one.

        Raises
        ------
        InvalidRequest
            `step_us` below 1.
        """
        if step_us < 1:
            raise InvalidRequest(f"step_us is {step_us}; expected at least 1 microsecond")
        number = (self.event_us - self.start_us) // step_us
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        for first, last in zip(starts, [*starts[1:], len(number)], strict=True):
            kinds = self.event_kind[first:last]
            begin_us = self.start_us + int(number[first]) * step_us
            yield Step(
                start_us=begin_us,
                end_us=begin_us + step_us,
                rows={
                    kind: self.event_row[first:last][kinds == kind]
                    for kind in EventKind
                    if (kinds == kind).any()
                },
            )


def derive_day(site: Site, *, wave_minutes: int = 30, flash_buyers: int = FLASH_BUYERS) -> Day:
    """Write the timeline of the site's day.

    Parameters
    ----------
    site : Site
        Where it happens, with the day's orders.
    wave_minutes : int
        Pause between release waves.
    flash_buyers : int
        Buyers in the flash sale, >= 1.

    Returns
    -------
    Day
        The same for the same site and arguments, always.

    Raises
    ------
    InvalidRequest
        A pause or a number of buyers below 1.
    """
    if wave_minutes < 1 or flash_buyers < 1:
        raise InvalidRequest(
            f"wave_minutes is {wave_minutes} and flash_buyers {flash_buyers}; both must be at "
            "least 1"
        )
    orders = site.orders
    hashes = stable_hash(orders.order_codes, "day")
    channel = _channels(orders, hashes)
    departure_us, departure_codes, departure_row = _departures(orders, channel, site.channel_codes)
    end_us = int(departure_us.max())
    # An order goes out with the first wave at or after its arrival; the last is at midnight.
    wave_count = -(-DAY_US // (wave_minutes * MINUTE_US))
    waves = np.arange(1, wave_count + 1, dtype=np.int64)
    wave_us = orders.day_us + waves * wave_minutes * MINUTE_US
    promises = _promises(orders, channel, hashes)
    flash = _flash_sale(site, flash_buyers)
    event_us, event_kind, event_row = _timeline(site, promises, flash, wave_us, departure_us)
    return Day(
        start_us=orders.day_us,
        end_us=end_us,
        order_channel_row=channel,
        order_priority=np.array(_PRIORITY, dtype=np.int32)[channel],
        order_partial_allowed=channel != _WEB,
        order_life_days_min=np.array(_LIFE_DAYS_MIN, dtype=np.int32)[channel],
        order_departure_row=departure_row,
        order_wave_row=np.searchsorted(wave_us, orders.order_time_us).astype(np.int32),
        line_short_pick_units=_short_picks(orders, hashes),
        wave_us=wave_us,
        departure_us=departure_us,
        departure_codes=departure_codes,
        promises=promises,
        flash_sale=flash,
        event_us=event_us,
        event_kind=event_kind,
        event_row=event_row,
    )


def _timeline(
    site: Site,
    promises: Promises,
    flash: FlashSale,
    wave_us: NDArray[np.int64],
    departure_us: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    """Merge all events by time, then kind, then row."""
    purchases = site.purchases
    comes = np.flatnonzero(purchases.received_us >= 0)
    released = np.flatnonzero(promises.released_us >= 0)
    timeline = (
        (EventKind.RECEIPT, purchases.received_us[comes], comes),
        (EventKind.PUTAWAY, purchases.received_us[comes] + PUTAWAY_AFTER_US, comes),
        (EventKind.PROMISE, promises.at_us, np.arange(len(promises.at_us))),
        (EventKind.PROMISE_RELEASE, promises.released_us[released], released),
        (EventKind.ORDER, site.orders.order_time_us, np.arange(len(site.orders.order_codes))),
        (EventKind.FLASH_BUYER, flash.at_us, np.arange(len(flash.at_us))),
        (EventKind.WAVE, wave_us, np.arange(len(wave_us))),
        (EventKind.DEPARTURE, departure_us, np.arange(len(departure_us))),
    )
    event_us = np.concatenate([times for _, times, _ in timeline])
    event_kind = np.concatenate([np.full(len(rows), kind, np.int8) for kind, _, rows in timeline])
    event_row = np.concatenate([rows for _, _, rows in timeline]).astype(np.int64)
    by_time = np.lexsort((event_row, event_kind, event_us))
    return event_us[by_time], event_kind[by_time], event_row[by_time]


def _channels(orders: ChosenOrders, hashes: NDArray[np.uint64]) -> NDArray[np.int8]:
    """Send the largest twentieth to wholesale and the rest by hash."""
    count = len(orders.order_codes)
    units = np.zeros(count, dtype=np.int64)
    np.add.at(units, orders.line_order_row, orders.line_units)
    percent = spread(hashes, 100)
    channel = np.where(
        percent < _WEB_PERCENT, _WEB, np.where(percent < _MARKETPLACE_PERCENT, _MARKETPLACE, _STORE)
    )
    largest = np.lexsort((np.arange(count), -units))[: count // _WHOLESALE_SHARE]
    channel[largest] = _WHOLESALE
    return channel.astype(np.int8)


def _departures(
    orders: ChosenOrders, channel: NDArray[np.int8], channel_codes: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...], NDArray[np.int32]]:
    """List the trucks, and give each order the first it can reach in two hours."""
    times = [
        (orders.day_us + minute * MINUTE_US, row, minute)
        for row, minutes in enumerate(_DEPARTURE_MINUTES)
        for minute in minutes
    ]
    times.sort()
    departure_us = np.array([time_us for time_us, _, _ in times], dtype=np.int64)
    of_channel = np.array([row for _, row, _ in times])
    codes = tuple(
        f"{channel_codes[row]} {minute // 60 % 24:02d}:{minute % 60:02d}"
        for _, row, minute in times
    )
    ready_us = orders.order_time_us + _LOAD_MINUTES * MINUTE_US
    departure_row = np.empty(len(channel), dtype=np.int32)
    for row in range(len(channel_codes)):
        trucks = np.flatnonzero(of_channel == row)
        mine = np.flatnonzero(channel == row)
        first = np.searchsorted(departure_us[trucks], ready_us[mine])
        departure_row[mine] = trucks[np.minimum(first, len(trucks) - 1)]
    return departure_us, codes, departure_row


def _promises(
    orders: ChosenOrders, channel: NDArray[np.int8], hashes: NDArray[np.uint64]
) -> Promises:
    """Promise each web basket's lines before its order; a few carts are abandoned first."""
    line_order = orders.line_order_row
    web = np.flatnonzero(channel[line_order] == _WEB)
    order_of = line_order[web]
    lead_minutes = 1 + spread(mix(hashes, np.full(len(hashes), 1, dtype=np.int64)), 9)
    asked_us = np.maximum(orders.order_time_us - lead_minutes * MINUTE_US, orders.day_us)[order_of]
    dice = spread(mix(hashes, np.full(len(hashes), 2, dtype=np.int64)), 100)
    gone = web[dice[order_of] < _ABANDONED_PERCENT]
    gone_fate = np.where(dice[line_order[gone]] % 2 == 0, PromiseFate.RELEASED, PromiseFate.EXPIRES)
    gone_us = np.maximum(orders.order_time_us[line_order[gone]] - 45 * MINUTE_US, orders.day_us)
    line_row = np.concatenate((web, gone))
    at_us = np.concatenate((asked_us, gone_us))
    fate = np.concatenate((np.full(len(web), PromiseFate.ORDERED), gone_fate))
    released = np.where(
        fate == PromiseFate.RELEASED, at_us + _PROMISE_LEAD_MINUTES * MINUTE_US, np.int64(-1)
    )
    by_time = np.lexsort((fate, line_row, at_us))
    return Promises(
        line_row=line_row[by_time].astype(np.int32),
        at_us=at_us[by_time],
        expires_us=at_us[by_time] + PROMISE_LIFE_US,
        fate=fate[by_time].astype(np.int8),
        released_us=released[by_time],
    )


def _flash_sale(site: Site, buyers: int) -> FlashSale:
    """Send all buyers within the minute after the median order, rounded to half an hour."""
    item = site.items.flash_row
    stock = site.stock
    half_hour = 30 * MINUTE_US
    middle_us = int(np.median(site.orders.order_time_us)) // half_hour * half_hour
    taken = set(site.orders.order_codes)
    codes = tuple(f"FLASH-{number + 1:05d}" for number in range(buyers))
    if taken & set(codes):
        raise InvalidRequest("order codes FLASH-00001 and on are kept for the flash sale")
    return FlashSale(
        item_row=item,
        stock_units=int(stock.units[(stock.item_row == item) & ~stock.is_held].sum()),
        buyer_codes=codes,
        at_us=middle_us + np.arange(buyers, dtype=np.int64) * MINUTE_US // buyers,
    )


def _short_picks(orders: ChosenOrders, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Choose 1 % of the lines by hash; half lack one unit, half lack all."""
    position = np.arange(len(orders.line_order_row), dtype=np.int64)
    first = np.searchsorted(orders.line_order_row, orders.line_order_row)
    dice = mix(hashes[orders.line_order_row], position - first + 10)
    is_short = spread(dice, 1_000) < _SHORT_PICK_PER_MILLE
    lacks_all = spread(dice >> np.uint64(32), 2) == 0
    return np.where(is_short, np.where(lacks_all, orders.line_units, 1), 0)
