"""How large a day is: counts, times and limits of one site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MINUTE_US: Final = 60_000_000
HOUR_US: Final = 60 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Size:
    """Counts, times and limits of a day; times are microseconds since midnight.

    Attributes
    ----------
    orders, lines, skus : int
        What is drawn.
    aisles, bays, levels : int, tuple of int, int
        Of the floor; the aisles are shared evenly by three zones.
    pickers : int
        Shared evenly by the zones.
    sorters, packers, stagers, loaders : int
        People at the put wall, the packing tables, the lanes and the doors.
    wall_slots : int
        Of the put wall.
    lanes, doors : int
        Of the dock.
    lane_orders : int
        Orders that stand in one lane.
    hold_orders : int
        Packed orders that wait for room in their lane, all together.
    load_crew : int
        Loaders that fit in one trailer.
    departs_us : tuple of int
        The cut-offs' departures.
    trailers_each : int
        Trailers of each departure.
    late_departure : int
        Departure of whose trailers the first one is late.
    late_us : int
        By how much.
    opens_us : int
        From when on orders come for the first departure.
    start_us, end_us : int
        When people come and when they go.
    accept_us, lane_us, door_us, announce_us : int
        How long before a departure its orders are accepted, its trailers get their lanes, they are
        at their doors, and a trailer's delay is known.
    cart_slots, cart_volume_ml, cart_weight_g : int
        What a cart holds: as many orders, and so much of goods.
    """

    orders: int
    lines: int
    skus: int
    aisles: int
    bays: tuple[int, ...]
    levels: int
    pickers: int
    sorters: int
    packers: int
    stagers: int
    loaders: int
    wall_slots: int
    lanes: int
    doors: int
    lane_orders: int
    hold_orders: int
    load_crew: int
    departs_us: tuple[int, ...]
    trailers_each: int
    late_departure: int
    late_us: int = 90 * MINUTE_US
    opens_us: int = 3 * HOUR_US
    start_us: int = 6 * HOUR_US
    end_us: int = 22 * HOUR_US
    accept_us: int = 75 * MINUTE_US
    lane_us: int = 110 * MINUTE_US
    door_us: int = 60 * MINUTE_US
    announce_us: int = 90 * MINUTE_US
    cart_slots: int = 20
    cart_volume_ml: int = 400_000
    cart_weight_g: int = 250_000


FULL: Final = Size(
    orders=24_000, lines=58_000, skus=18_000,
    aisles=60, bays=(35, 35), levels=5,
    pickers=60, sorters=8, packers=28, stagers=8, loaders=24,
    wall_slots=240, lanes=8, doors=12, lane_orders=350, hold_orders=600, load_crew=4,
    departs_us=tuple(hour * HOUR_US for hour in (10, 12, 14, 16, 18, 20)),
    trailers_each=8, late_departure=2,
)  # fmt: skip
"""The site of the acceptance: 42,000 bins."""

TINY: Final = Size(
    orders=60, lines=145, skus=54,
    aisles=6, bays=(4, 4), levels=2,
    pickers=6, sorters=1, packers=2, stagers=1, loaders=2,
    wall_slots=8, lanes=2, doors=3, lane_orders=12, hold_orders=8, load_crew=2,
    departs_us=(10 * HOUR_US, 12 * HOUR_US), trailers_each=2, late_departure=0,
    cart_slots=4,
)  # fmt: skip
"""A site that is simulated within a second, for tests."""
