"""What promises, time and orders must answer, worked out by hand from `docs/commands.md`.

See `command_cases.py` for the world in which all cases start.
"""

from __future__ import annotations

from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_DUPLICATE as DUPLICATE
from slotline.kernels.columns import OUTCOME_NOT_LIVE as NOT_LIVE
from slotline.kernels.columns import OUTCOME_PARTIAL as PARTIAL
from slotline.kernels.columns import OUTCOME_SHORT as SHORT
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.tests.simulation.choosing import DAY, FIRST_DAY, START_US
from slotline.tests.simulation.command_cases import Case, See, do, stock

T = START_US
ALL_OR_NOTHING, AS_FAR_AS_IT_GOES, COMPLETE = 0, 1, 2
NOWHERE, POOL, BINS = 0, 1, 2
LIVE, PEGGED, RELEASED, EXPIRED, CONSUMED, BROKEN = 1, 2, 3, 4, 5, 6
POOLED, BOUND, PICKED, PACKED = 1, 2, 3, 4


def promised(number: int, state: int, units: int = 1, wait: int = DAY, due: int = 0) -> See:
    """Expect a promise of item 0 by owner 0 to channel 2."""
    return See("promise", number, (0, 0, 2, units, state, T + wait, due))


def order_state(number: int, state: int, *, policy: int = 1, lines: int = 1) -> See:
    """Expect an order made from the defaults to be in a state."""
    return See("order", number, (7, 2, 0, 0, policy, state, 0, 0, lines, ""))


def available(units: int, item: int = 0) -> See:
    """Expect available units of an item of owner 0."""
    return See("available", (item, 0, 0), units)


PROMISE: dict[str, Case] = {
    "from stock, to the last unit": (
        do("receive", DONE, 0, 0),
        do("promise", DONE, 0, 1, units=4),
        do("promise", SHORT, -1, 1, units=2),
        do("promise", DONE, 1, 0, units=1),
        do("promise", SHORT, -1, 0),
    ),
    "expires now or before": (
        do("receive", DONE, 0, 0),
        do("promise", NOT_LIVE, -1, 0, expires_us=T),
        do("promise", DONE, 0, 4, expires_us=T + 1),
    ),
    "from supply, not before it is due": (
        do("promise", SHORT, -1, 0, due_us=T + DAY - 1),
        do("promise", DONE, 0, 0, units=6, due_us=T + DAY),
        promised(0, PEGGED, 6, due=T + DAY),
        do("promise", SHORT, -1, 0, due_us=T + 5 * DAY),
    ),
    "due now is not later": (
        do("put_purchase_line", DONE, 0, due_us=T),
        do("promise", SHORT, -1, 0, due_us=T),
        do("promise", DONE, 0, 0, due_us=T + 1),
    ),
    "supply that an order waits for is not promised": (
        do("accept", SHORT, 0, [0], lines=[(0, 4)], departure_us=T + 3 * DAY),
        do("promise", SHORT, -1, 0, units=3, due_us=T + DAY),
        do("promise", DONE, 0, 0, units=2, due_us=T + DAY),
    ),
    "a receipt serves pegs by due time, and stops at the first that does not fit": (
        do("promise", DONE, 0, 0, units=1, due_us=T + 2 * DAY),
        do("promise", DONE, 1, 0, units=3, due_us=T + DAY),
        do("promise", DONE, 2, 0, units=2, due_us=T + DAY),
        do("receive", DONE, 0, 0, units=4),
        promised(1, LIVE, 3, due=T + DAY),
        promised(2, PEGGED, 2, due=T + DAY),
        promised(0, PEGGED, 1, due=T + 2 * DAY),
        available(1),
        do("receive", DONE, 1, 1, units=2),
        promised(0, LIVE, 1, due=T + 2 * DAY),
        available(0),
    ),
    "release: unknown, live, pegged, not twice": (
        do("receive", DONE, 0, 0),
        do("release_promise", UNKNOWN, 0),
        do("promise", DONE, 0, 3, units=2),
        do("promise", DONE, 1, 3, units=6, due_us=T + DAY),
        do("release_promise", DONE, 5, promise=0),
        do("release_promise", DONE, 5, promise=1),
        promised(0, RELEASED, 2),
        promised(1, RELEASED, 6, due=T + DAY),
        do("release_promise", NOT_LIVE, 0, promise=1),
        do("promise", DONE, 2, 5, units=6, due_us=T + DAY),
    ),
    "taken back: the latest to expire first, then the younger, whole": (
        do("receive", DONE, 0, 0, units=6),
        do("promise", DONE, 0, 4, units=2, expires_us=T + 2 * DAY),
        do("promise", DONE, 1, 2, units=2, expires_us=T + DAY),
        do("promise", DONE, 2, 0, units=2, expires_us=T + 2 * DAY),
        do("adjust", DONE, 5, 2, delta_units=-1),
        promised(2, BROKEN, 2, wait=2 * DAY),
        available(1),
        do("adjust", DONE, 2, 2, delta_units=-3),
        promised(0, BROKEN, 2, wait=2 * DAY),
        promised(1, LIVE, 2),
        available(0),
    ),
}

TICK: dict[str, Case] = {
    "nothing to do": (do("tick", DONE, 0, 0),),
    "promises at their time, not before": (
        do("receive", DONE, 0, 0),
        do("promise", DONE, 0, 4),
        do("promise", DONE, 1, 4, units=6, due_us=T + DAY),
        do("tick", DONE, 0, 0, after=DAY - 1),
        available(4),
        do("tick", DONE, 2, 0, after=1),
        promised(0, EXPIRED),
        promised(1, EXPIRED, 6, due=T + DAY),
        available(5),
        do("release_promise", NOT_LIVE, 0),
    ),
    "a promise holds until the tick": (
        do("receive", DONE, 0, 0),
        do("promise", DONE, 0, 0, units=5),
        do("promise", SHORT, -1, 0, after=2 * DAY, expires_us=T + 9 * DAY),
        do("accept", DONE, 0, [5], lines=[(0, 5, 0)]),
        promised(0, CONSUMED, 5),
    ),
    "stock the day after its last": (
        do("receive", DONE, 0, 0, lot=0),
        do("receive", DONE, 1, 1, lot=1),
        do("tick", DONE, 0, 0, after=DAY),
        do("tick", DONE, 0, 1, after=DAY),
        See("pool", 3, (0, 0, 4)),
        See("stock", 0, stock(pool=3, lot=0, expiry_day=FIRST_DAY + 1)),
        available(5),
        do("tick", DONE, 0, 0),
    ),
    "bound units stay, the free part is split off": (
        do("receive", DONE, 0, 0, lot=0),
        do("accept", DONE, 0, [2], lines=[(0, 2)], placement=BINS),
        do("tick", DONE, 0, 1, after=2 * DAY),
        See("stock", 0, stock(lot=0, expiry_day=FIRST_DAY + 1, units=(2, 2))),
        See("stock", 1, stock(pool=3, lot=0, expiry_day=FIRST_DAY + 1, units=(3, 0))),
        do("tick", DONE, 0, 0),
    ),
    "what was pooled or promised on it is taken back": (
        do("receive", DONE, 0, 0, lot=0),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("promise", DONE, 0, 2, expires_us=T + 9 * DAY),
        do("tick", DONE, 0, 1, after=2 * DAY),
        See("line", (0, 0), (0, 2, 0, 0, 0)),
        promised(0, BROKEN, wait=9 * DAY),
        See("allocation", 0, None),
        available(0),
    ),
}

ACCEPT: dict[str, Case] = {
    "known code of the channel": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [1], lines=[(0, 1)], code="x"),
        do("accept", DUPLICATE, 0, [0, 0], lines=[(0, 1), (0, 9, 5)], code="x"),
        do("accept", DONE, 1, [1], lines=[(0, 1)], code="x", channel=3),
        do("accept", DONE, 2, [1], lines=[(0, 1)]),
        do("accept", DONE, 3, [1], lines=[(0, 1)]),
        do("cancel", DONE, 1),
        do("accept", DUPLICATE, 0, [0], lines=[(0, 1)], code="x"),
    ),
    "a code of a refused order is free": (
        do("accept", SHORT, -1, [0], lines=[(0, 1)], code="x", policy=ALL_OR_NOTHING),
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [1], lines=[(0, 1)], code="x", policy=ALL_OR_NOTHING),
    ),
    "all or nothing": (
        do("receive", DONE, 0, 0),
        do("accept", SHORT, -1, [0, 0], lines=[(0, 3), (0, 3)], policy=ALL_OR_NOTHING),
        available(5),
        See("allocation", 0, None),
        do("accept", DONE, 0, [3, 2], lines=[(0, 3), (0, 2)], policy=ALL_OR_NOTHING),
        order_state(0, 1, policy=ALL_OR_NOTHING, lines=2),
        See("allocation", 0, (0, 0, -1, 3, POOLED, -1)),
        See("allocation", 1, (0, 1, -1, 2, POOLED, -1)),
        available(0),
    ),
    "partial: each line as far as it goes": (
        do("receive", DONE, 0, 0, units=4),
        do("accept", PARTIAL, 0, [3, 1, 0], lines=[(0, 3), (0, 2), (1, 1)]),
        See("allocation", 2, None),
        See("line", (0, 1), (0, 2, 1, 0, 0)),
        do("accept", SHORT, 1, [0], lines=[(0, 1)]),
        order_state(1, 1),
    ),
    "complete: taken, but served only whole": (
        do("receive", DONE, 0, 0, units=4),
        do("accept", SHORT, 0, [0, 0], lines=[(0, 3), (0, 2)], policy=COMPLETE),
        order_state(0, 1, policy=COMPLETE, lines=2),
        available(4),
        do("accept", DONE, 1, [4], lines=[(0, 4)], policy=COMPLETE),
    ),
    "nowhere": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [0], lines=[(0, 9)], placement=NOWHERE, policy=ALL_OR_NOTHING),
        available(5),
    ),
    "bins: the earliest to expire first": (
        do("receive", DONE, 0, 0, lot=1, units=2),
        do("receive", DONE, 1, 1, lot=0, units=2),
        do("receive", DONE, 2, 2, units=2),
        do("accept", DONE, 0, [5], lines=[(0, 5)], placement=BINS),
        See("allocation", 0, (0, 0, 1, 2, BOUND, -1)),
        See("allocation", 1, (0, 0, 0, 2, BOUND, -1)),
        See("allocation", 2, (0, 0, 2, 1, BOUND, -1)),
        available(1),
    ),
    "bins: the same expiry, the day of receipt, then the row": (
        do("receive", DONE, 0, 0, lot=1, units=1),
        do("receive", DONE, 1, 1, lot=1, units=1, after=60),
        do("adjust", DONE, 0, 0),
        do("receive", DONE, 0, 2, lot=1, units=1, after=60),
        do("accept", DONE, 0, [1], lines=[(0, 1)], placement=BINS),
        See("allocation", 0, (0, 0, 0, 1, BOUND, -1)),
        do("receive", DONE, 2, 3, lot=1, units=1, after=DAY),
        do("accept", DONE, 1, [1], lines=[(0, 1)], placement=BINS),
        See("allocation", 1, (1, 1, 1, 1, BOUND, -1)),
    ),
    "bins: first in, first out": (
        do("receive", DONE, 0, 0, item=1, units=1),
        do("receive", DONE, 1, 1, item=1, units=1, after=60),
        do("adjust", DONE, 0, 0),
        do("receive", DONE, 0, 2, item=1, units=1, lot=3, after=60),
        do("accept", DONE, 0, [1], lines=[(1, 1)], placement=BINS),
        See("allocation", 0, (0, 0, 1, 1, BOUND, -1)),
    ),
    "bins: all or nothing leaves no trace": (
        do("receive", DONE, 0, 0, lot=0, units=1),
        do("receive", DONE, 1, 1, units=1),
        do("accept", SHORT, -1, [0], lines=[(0, 2)], placement=BINS, policy=0, min_life_days=3),
        do("accept", SHORT, -1, [0, 0], lines=[(0, 2), (0, 1)], placement=BINS, policy=0),
        do("accept", SHORT, 0, [0, 0], lines=[(0, 1), (0, 2)], placement=BINS, policy=COMPLETE),
        See("stock", 1, stock(receipt=1, units=(1, 0))),
        See("allocation", 0, None),
        available(2),
        do("accept", DONE, 1, [1, 1], lines=[(0, 1), (0, 1)], placement=BINS, policy=0),
    ),
    "bins: goods must outlast the departure and the life asked for": (
        do("receive", DONE, 0, 0, lot=0, units=2),
        do("receive", DONE, 1, 1, lot=1, units=2),
        do("accept", PARTIAL, 0, [2], lines=[(0, 3)], placement=BINS, min_life_days=2),
        See("allocation", 0, (0, 0, 1, 2, BOUND, -1)),
        do("accept", DONE, 1, [2], lines=[(0, 2)], placement=BINS, departure_us=T + DAY),
        do("accept", SHORT, 2, [0], lines=[(0, 1)], placement=BINS),
    ),
    "a life asked for is bound at once, even from the pool": (
        do("receive", DONE, 0, 0, lot=1),
        do("accept", DONE, 0, [2], lines=[(0, 2)], min_life_days=3),
        See("allocation", 0, (0, 0, 0, 2, BOUND, -1)),
        do("accept", SHORT, -1, [0], lines=[(0, 2)], min_life_days=4, policy=ALL_OR_NOTHING),
    ),
    "expired but not yet ticked: pooled, not bound": (
        do("receive", DONE, 0, 0, lot=0),
        do("accept", SHORT, 0, [0], lines=[(0, 1)], placement=BINS, after=2 * DAY),
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
    ),
    "a promise gives its units to the order": (
        do("receive", DONE, 0, 0),
        do("promise", DONE, 0, 2, units=3),
        do("accept", DONE, 0, [5], lines=[(0, 5, 0)], policy=ALL_OR_NOTHING),
        promised(0, CONSUMED, 3),
        do("accept", NOT_LIVE, -1, [0], lines=[(0, 1, 0)]),
    ),
    "a refused order leaves the promise": (
        do("receive", DONE, 0, 0),
        do("promise", DONE, 0, 2, units=3),
        do("accept", SHORT, -1, [0], lines=[(0, 6, 0)], policy=ALL_OR_NOTHING),
        promised(0, LIVE, 3),
        available(2),
    ),
    "promises unknown, pegged, of another pool, named twice": (
        do("receive", DONE, 0, 0),
        do("receive", DONE, 1, 1, owner=1),
        do("promise", DONE, 0, 4),
        do("promise", DONE, 1, 4, units=5, due_us=T + DAY),
        do("promise", DONE, 2, 4, owner=1),
        do("accept", NOT_LIVE, -1, [0], lines=[(0, 1, 3)]),
        do("accept", NOT_LIVE, -1, [0], lines=[(0, 1, 1)]),
        do("accept", NOT_LIVE, -1, [0], lines=[(1, 1, 0)]),
        do("accept", NOT_LIVE, -1, [0], lines=[(0, 1, 2)]),
        do("accept", NOT_LIVE, -1, [0, 0], lines=[(0, 1, 0), (0, 1, 0)]),
        do("accept", NOT_LIVE, -1, [0], lines=[(0, 99, 3)], policy=ALL_OR_NOTHING),
        do("accept", DONE, 0, [1], lines=[(0, 1, 0)]),
    ),
    "an item out of use is not allocated": (
        do("receive", DONE, 0, 0),
        do("put_item", DONE, 0, active=0),
        do("accept", SHORT, 0, [0], lines=[(0, 1)]),
        do("put_item", DONE, 0, active=1),
        do("allocate", DONE, 1),
    ),
    "order lines bring their pool": (
        do("accept", SHORT, -1, [0], lines=[(2, 1)], policy=ALL_OR_NOTHING),
        See("pool", 3, None),
        do("accept", SHORT, 0, [0], lines=[(2, 1)]),
        See("pool", 3, (2, 0, 0)),
    ),
}

ALLOCATE: dict[str, Case] = {
    "unknown and closed": (
        do("allocate", UNKNOWN, 0),
        do("accept", SHORT, 0, [0], lines=[(0, 1)]),
        do("cancel", DONE, 0),
        do("allocate", WRONG, 0),
        do("deallocate", UNKNOWN, 0, order=1),
        do("deallocate", WRONG, 0),
        do("cancel", UNKNOWN, 0, order=1),
        do("cancel", WRONG, 0),
        See("line", (0, 0), (0, 1, 0, 0, 1)),
    ),
    "open units, and nothing left": (
        do("accept", SHORT, 0, [0, 0], lines=[(0, 3), (1, 2)]),
        do("allocate", SHORT, 0),
        do("receive", DONE, 0, 0, units=2),
        do("allocate", PARTIAL, 2),
        do("receive", DONE, 1, 1, units=1),
        do("receive", DONE, 2, 2, item=1, units=2),
        do("allocate", DONE, 3, placement=BINS),
        See("allocation", 0, (0, 0, -1, 2, POOLED, -1)),
        See("allocation", 1, (0, 0, 0, 1, BOUND, -1)),
        See("allocation", 2, (0, 1, 2, 2, BOUND, -1)),
        do("allocate", DONE, 0),
    ),
    "complete: only all of it": (
        do("accept", SHORT, 0, [0], lines=[(0, 3)], policy=COMPLETE),
        do("receive", DONE, 0, 0, units=2),
        do("allocate", SHORT, 0),
        do("receive", DONE, 1, 1, units=1),
        do("allocate", DONE, 3),
    ),
    "a released order goes to bins": (
        do("receive", DONE, 0, 0, units=1),
        do("accept", PARTIAL, 0, [1], lines=[(0, 2)]),
        do("release", DONE, 1, 0, wave=3),
        do("receive", DONE, 1, 1),
        do("allocate", DONE, 1, placement=POOL),
        See("allocation", 1, (0, 0, 1, 1, BOUND, -1)),
    ),
    "deallocate gives all back that is not picked": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [3], lines=[(0, 3)]),
        do("deallocate", DONE, 3),
        available(5),
        See("line", (0, 0), (0, 3, 0, 0, 0)),
        do("deallocate", DONE, 0),
        do("allocate", DONE, 3),
        do("release", DONE, 3, 0),
        do("pick", PARTIAL, 1, 2),
        do("deallocate", DONE, 2),
        order_state(0, 2),
        do("unpick", DONE, 1, allocation=1),
        do("deallocate", DONE, 1),
        order_state(0, 1),
    ),
    "cancel: not once something is picked": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [2, 1], lines=[(0, 2), (0, 1)]),
        do("release", DONE, 3, 0),
        do("pick", DONE, 1, 0, units=2),
        do("cancel", WRONG, 0),
        do("unpick", DONE, 1),
        do("cancel", DONE, 3),
        order_state(0, 5, lines=2),
        See("line", (0, 0), (0, 2, 0, 0, 2)),
        available(5),
    ),
    "taken back: the latest departure, the younger order, the higher row": (
        do("receive", DONE, 0, 0, units=8),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("accept", DONE, 1, [2], lines=[(0, 2)], departure_us=T + 2 * DAY),
        do("accept", DONE, 2, [2], lines=[(0, 2)], departure_us=T + DAY),
        do("accept", DONE, 3, [1, 1], lines=[(0, 1), (0, 1)], departure_us=T + DAY),
        do("adjust", DONE, 7, 1),
        See("allocation", 1, (1, 1, -1, 1, POOLED, -1)),
        do("hold", DONE, 1, 2, units=2),
        See("allocation", 1, None),
        See("allocation", 4, None),
        See("allocation", 3, (3, 3, -1, 1, POOLED, -1)),
        do("hold", DONE, 2, 4, units=4),
        See("line", (0, 0), (0, 2, 1, 0, 0)),
        available(0),
    ),
    "taken back: pooled units before promises": (
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("promise", DONE, 0, 0, units=3),
        do("adjust", DONE, 2, 5, delta_units=-3),
        promised(0, BROKEN, 3),
        available(2),
    ),
}

RELEASE: dict[str, Case] = {
    "unknown, closed, short by policy, nothing to release": (
        do("release", UNKNOWN, 0, 0),
        do("accept", SHORT, 0, [0], lines=[(0, 1)]),
        do("release", SHORT, 0, 0),
        do("cancel", DONE, 0),
        do("release", WRONG, 0, 0),
        do("accept", SHORT, 1, [0], lines=[(0, 1)], policy=COMPLETE),
        do("release", SHORT, 0, 0, order=1),
        order_state(1, 1, policy=COMPLETE),
    ),
    "pooled units get their bins": (
        do("receive", DONE, 0, 0, lot=1, units=2),
        do("receive", DONE, 1, 1, lot=0, units=2),
        do("accept", DONE, 0, [3, 1], lines=[(0, 3), (0, 1)]),
        do("release", DONE, 4, 0, wave=8),
        See("allocation", 0, (0, 0, 1, 2, BOUND, 8)),
        See("allocation", 2, (0, 0, 0, 1, BOUND, 8)),
        See("allocation", 1, (0, 1, 0, 1, BOUND, 8)),
        order_state(0, 2, lines=2),
        do("release", DONE, 4, 0, wave=9),
        See("allocation", 1, (0, 1, 0, 1, BOUND, 9)),
    ),
    "what no bin has is given back": (
        do("receive", DONE, 0, 0, lot=0, units=2),
        do("receive", DONE, 1, 1, lot=1, units=1),
        do("accept", DONE, 0, [3], lines=[(0, 3)]),
        do("release", PARTIAL, 1, 2, after=2 * DAY),
        See("allocation", 0, (0, 0, 1, 1, BOUND, 1)),
        See("line", (0, 0), (0, 3, 1, 0, 0)),
        available(2),
        order_state(0, 2),
    ),
    "all short: stays as it was, without its units": (
        do("receive", DONE, 0, 0, lot=0, units=2),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", SHORT, 0, 2, after=2 * DAY),
        order_state(0, 1),
        See("allocation", 0, None),
        available(2),
    ),
    "a row freed on the way is the next one taken": (
        do("receive", DONE, 0, 0, lot=0, units=2),
        do("receive", DONE, 1, 1, item=1, units=1),
        do("receive", DONE, 2, 2, item=1, units=1, after=1),
        do("accept", DONE, 0, [2, 2], lines=[(0, 2), (1, 2)]),
        do("release", PARTIAL, 2, 2, after=2 * DAY),
        See("allocation", 1, (0, 1, 1, 1, BOUND, 1)),
        See("allocation", 0, (0, 1, 2, 1, BOUND, 1)),
    ),
}

ORDER_CASES = {
    f"{group}: {name}": case
    for group, cases in (
        ("promise", PROMISE),
        ("tick", TICK),
        ("accept", ACCEPT),
        ("allocate", ALLOCATE),
        ("release", RELEASE),
    )
    for name, case in cases.items()
}
