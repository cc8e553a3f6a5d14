"""What the floor must answer: picks, shorts, packing, shipping, worked out by hand.

See `command_cases.py` for the world in which all cases start.
"""

from __future__ import annotations

from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_NOT_FREE as NOT_FREE
from slotline.kernels.columns import OUTCOME_PARTIAL as PARTIAL
from slotline.kernels.columns import OUTCOME_SHORT as SHORT
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.tests.simulation.choosing import FIRST_DAY
from slotline.tests.simulation.command_cases import GONE, UNIT_0_DEPARTS, Case, See, do, stock
from slotline.tests.simulation.order_cases import (
    BINS,
    BOUND,
    BROKEN,
    PICKED,
    available,
    order_state,
    promised,
)

PICK: dict[str, Case] = {
    "refusals in order": (
        *UNIT_0_DEPARTS,
        do("receive", DONE, 0, 1),
        do("accept", DONE, 1, [2], lines=[(0, 2)]),
        do("pick", UNKNOWN, -1, 0, order=9),
        do("pick", UNKNOWN, -1, 0, order=0, units=9),
        do("pick", UNKNOWN, -1, 0, order=1, allocation=5),
        do("pick", WRONG, -1, 0, order=1, units=9),
        do("release", DONE, 2, 0, order=1),
        do("pick", WRONG, -1, 0, order=1, units=9),
        do("pick", NOT_FREE, -1, 0, order=1, units=3, handling_unit=1),
        do("short_pick", UNKNOWN, 0, 0, order=1, allocation=5, found_units=9),
        do("short_pick", WRONG, 0, 0, order=1, found_units=9),
        do("short_pick", NOT_FREE, 0, 0, order=1, found_units=2, handling_unit=1),
        do("unpick", UNKNOWN, -1, order=0),
        do("unpick", WRONG, -1, order=1),
        do("pick", DONE, 1, 0, order=1, units=2, handling_unit=1),
        do("pick", WRONG, -1, 0, order=1, units=2, handling_unit=1),
        do("unpick", WRONG, -1, order=1, location=2),
        do("pack", UNKNOWN, 0, order=9),
        do("pack", WRONG, 0, order=0),
        do("pack", WRONG, 0, order=1, handling_unit=0),
        do("ship", UNKNOWN, 0, order=9),
        do("ship", WRONG, 0, order=1),
    ),
    "the whole row moves": (
        do("receive", DONE, 0, 0, units=2),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("pick", DONE, 0, 0, units=2),
        See("stock", 0, stock(at=(-1, 0), units=(2, 2))),
        See("allocation", 0, (0, 0, 0, 2, PICKED, 1)),
        See("handling_unit", 0, (2, 1, -1, 0)),
    ),
    "a part of a row is split off": (
        do("receive", DONE, 0, 0, lot=1),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("pick", DONE, 1, 0, units=2),
        See("stock", 0, stock(lot=1, expiry_day=FIRST_DAY + 3, units=(3, 0))),
        See("stock", 1, stock(lot=1, at=(-1, 0), expiry_day=FIRST_DAY + 3, units=(2, 2))),
        See("allocation", 0, (0, 0, 1, 2, PICKED, 1)),
        available(3),
    ),
    "a part of an allocation": (
        do("receive", DONE, 0, 0, units=3),
        do("accept", DONE, 0, [3], lines=[(0, 3)]),
        do("release", DONE, 3, 0),
        do("pick", PARTIAL, 1, 2),
        See("allocation", 0, (0, 0, 0, 2, BOUND, 1)),
        See("allocation", 1, (0, 0, 1, 1, PICKED, 1)),
        See("stock", 0, stock(units=(2, 2))),
        do("pick", DONE, 0, 0, units=2),
    ),
    "unpick": (
        do("receive", DONE, 0, 0, units=2),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("pick", DONE, 0, 0, units=2),
        do("unpick", DONE, 0),
        See("stock", 0, stock(at=(1, -1), units=(2, 2))),
        See("allocation", 0, (0, 0, 0, 2, BOUND, 1)),
        do("pick", DONE, 0, 0, units=2, handling_unit=2),
    ),
    "short, found elsewhere": (
        do("receive", DONE, 0, 0, lot=0, units=3),
        do("receive", DONE, 1, 1, lot=1, units=3),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0, wave=4),
        do("short_pick", DONE, 1, 0, found_units=1),
        See("stock", 2, stock(lot=0, at=(-1, 0), expiry_day=FIRST_DAY + 1, units=(1, 1))),
        See("pool", 3, (0, 0, 1)),
        See("stock", 0, stock(pool=3, lot=0, expiry_day=FIRST_DAY + 1, units=(1, 0))),
        See("allocation", 1, (0, 0, 2, 1, PICKED, 4)),
        See("allocation", 0, (0, 0, 1, 1, BOUND, 4)),
        See("item", 0, (6, 0, -1)),
        available(2),
    ),
    "short, nothing elsewhere": (
        do("receive", DONE, 0, 0, units=2),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("short_pick", SHORT, 0, 2),
        See("stock", 0, None),
        See("allocation", 0, None),
        See("line", (0, 0), (0, 2, 0, 0, 0)),
        See("handling_unit", 0, (2, 0, -1, 0)),
        See("item", 0, (2, 0, -2)),
    ),
    "short, a part elsewhere": (
        do("receive", DONE, 0, 0, lot=0, units=2),
        do("receive", DONE, 1, 1, lot=1, units=1),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("short_pick", PARTIAL, 1, 1),
        See("line", (0, 0), (0, 2, 1, 0, 0)),
    ),
    "short, with another order on the row": (
        do("receive", DONE, 0, 0, units=5),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("accept", DONE, 1, [1], lines=[(0, 1)], placement=BINS),
        do("release", DONE, 2, 0),
        do("short_pick", SHORT, 0, 2, allocation=0),
        See("stock", 0, stock(units=(1, 1))),
        See("stock", 1, stock(pool=3, units=(2, 0))),
        available(0),
    ),
    "short, and the rest of the row was promised": (
        do("receive", DONE, 0, 0, units=3),
        do("promise", DONE, 0, 2),
        do("accept", DONE, 0, [1], lines=[(0, 1)], placement=BINS),
        do("release", DONE, 1, 0),
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("short_pick", SHORT, 0, 1),
        promised(0, BROKEN),
        See("line", (1, 0), (0, 1, 0, 0, 0)),
        available(0),
    ),
}

SHIP: dict[str, Case] = {
    "all of it": (
        *UNIT_0_DEPARTS,
        order_state(0, 4),
        See("stock", 0, None),
        See("allocation", 0, None),
        See("line", (0, 0), (0, 1, 0, 1, 0)),
        See("item", 0, (1, 1, 0)),
        do("ship", WRONG, 0),
        do("pick", UNKNOWN, -1, 0),
    ),
    "packed in two goes": (
        do("receive", DONE, 0, 0, units=3),
        do("accept", DONE, 0, [3], lines=[(0, 3)]),
        do("release", DONE, 3, 0),
        do("pick", PARTIAL, 1, 2),
        do("pack", PARTIAL, 1),
        See("stock", 1, stock(at=(-1, 1), units=(1, 1))),
        See("handling_unit", 1, (2, 3, -1, 0)),
        order_state(0, 2),
        do("pack", WRONG, 0),
        do("ship", WRONG, 0),
        do("pick", DONE, 0, 0, units=2),
        do("pack", DONE, 2, handling_unit=2),
        order_state(0, 3),
        do("allocate", WRONG, 0),
        do("deallocate", WRONG, 0),
        do("cancel", WRONG, 0),
        do("release", WRONG, 0, 0),
        do("unpick", WRONG, -1),
        do("ship", DONE, 3),
        See("handling_unit", 0, (2, 1, -1, 0)),
        See("handling_unit", 1, (2, GONE, -1, 0)),
        See("handling_unit", 2, (2, GONE, -1, 0)),
    ),
    "what was short follows later": (
        do("receive", DONE, 0, 0, units=1),
        do("accept", PARTIAL, 0, [1], lines=[(0, 3)]),
        do("release", DONE, 1, 0),
        do("pick", DONE, 0, 0),
        do("pack", DONE, 1),
        do("ship", DONE, 1),
        order_state(0, 1),
        See("line", (0, 0), (0, 3, 0, 1, 0)),
        do("receive", DONE, 0, 1, units=1),
        do("allocate", PARTIAL, 1),
        do("cancel", DONE, 1),
        See("line", (0, 0), (0, 3, 0, 1, 2)),
    ),
}

FLOOR_CASES = {
    f"{group}: {name}": case
    for group, cases in (("pick", PICK), ("ship", SHIP))
    for name, case in cases.items()
}
