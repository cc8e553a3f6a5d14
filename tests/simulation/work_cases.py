"""What plans and their carrying out must answer, worked out by hand from `docs/commands.md`.

All cases begin with `SITE` beside the world of `command_cases.py`: locations 3 (a door) and 4 (a
place for one unit), workers 0 and 1, carts 0 and 1 with two slots and one, wave 0, load 0.
"""

from __future__ import annotations

from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_NOT_FREE as NOT_FREE
from slotline.kernels.columns import OUTCOME_PARTIAL as PARTIAL
from slotline.kernels.columns import OUTCOME_SHORT as SHORT
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.kernels.columns import TASK_MOVE, TASK_PICK
from slotline.tests.simulation.choosing import DAY, FIRST_DAY, HOUR, START_US
from slotline.tests.simulation.command_cases import Case, See, do, stock
from slotline.tests.simulation.order_cases import (
    BINS,
    BOUND,
    COMPLETE,
    PICKED,
    POOLED,
    available,
    order_state,
)

T = START_US
OPEN, RELEASED, CLAIMED, PAUSED, ENDED, CANCELLED = 1, 2, 3, 4, 5, 6
LIVE, CONFIRMED, SHORTED, DROPPED = 1, 2, 3, 4
WAVE_PLANNED, WAVE_RELEASED, WAVE_DONE = 1, 2, 3

SITE: Case = (
    do("put_location", DONE, 3, code="D", role=2, capacity_units=0),
    do("put_location", DONE, 4, code="S", role=3, capacity_units=1),
    do("put_worker", DONE, 0),
    do("put_worker", DONE, 1, code="W1"),
    do("put_cart", DONE, 0),
    do("put_cart", DONE, 1, code="K1", slots=1),
    do("put_wave", DONE, 0),
    do("put_load", DONE, 0),
)
POOLED_ORDER: Case = (
    *SITE,
    do("receive", DONE, 0, 0),
    do("accept", DONE, 0, [2], lines=[(0, 2)]),
    do("open_batch", DONE, 0),
)
"""Five units in stock row 0, two of them pooled for order 0, and batch 0 without tasks."""

PLANNED: Case = (*POOLED_ORDER, do("add_pick", DONE, 0, 0))
HELD: Case = (*PLANNED, do("release_batch", DONE), do("claim_batch", DONE, 0, 0))
"""Worker 0 holds batch 0 with task 0: pick two units of stock row 0 for order 0 into slot 0."""


def batch(
    number: int,
    state: int,
    *,
    worker: int = -1,
    cart: int = -1,
    wave: int = 0,
    lease: tuple[int, int] = (0, 0),
) -> See:
    """Expect a batch made from the defaults; `lease` is what was given and until when."""
    return See("batch", number, (number, wave, -1, 0, 0, state, worker, cart, *lease))


def pick_task(
    number: int,
    state: int,
    *,
    where: tuple[int, int, int] = (0, 0, 0),
    units: tuple[int, int] = (2, 0),
    slot: int = 0,
    at: int = 7,
) -> See:
    """Expect a pick of batch 0: `where` is order, allocation, stock, `units` left and done."""
    rest = (number, 0, TASK_PICK, *where, -1, *units, slot, at, state)
    return See("task", number, rest)


def move_task(number: int, state: int, *, units: tuple[int, int] = (5, 0)) -> See:
    """Expect a move of stock row 0 to location 1 in batch 0."""
    return See("task", number, (number, 0, TASK_MOVE, -1, -1, 0, 1, *units, 0, 7, state))


def tote(row: int, unit: int, number: int, slot: int = 0, current: int = 1) -> See:
    """Expect what a handling unit is to a batch."""
    return See("cart_tote", row, (unit, number, slot, current))


def wave(state: int) -> See:
    """Expect wave 0 in a state."""
    return See("wave", 0, ("V0", T + DAY, state))


REGISTER: dict[str, Case] = {
    "workers stay in use while work is theirs": (
        *HELD,
        do("put_worker", WRONG, -1, active=0),
        do("put_worker", DONE, 0, kind=1, zone=5),
        See("worker", 0, ("W0", 1, 5, 1)),
        do("pause_batch", DONE),
        do("put_worker", WRONG, -1, active=0),
        do("drop_batch", DONE),
        do("put_worker", DONE, 0, active=0),
        do("claim_batch", WRONG, -1, -1),
    ),
    "carts stay as they are while a batch has them": (
        *PLANNED,
        do("release_batch", DONE),
        do("put_cart", DONE, 1, code="K1", slots=1, active=0),
        do("claim_batch", WRONG, -1, -1, cart=1),
        do("claim_batch", DONE, 0, 0, cart=0),
        do("put_cart", DONE, 0),
        do("put_cart", WRONG, -1, slots=3),
        do("drop_batch", DONE),
        do("put_cart", DONE, 0, slots=3),
    ),
    "a cart comes with the claim of whoever was given the batch": (
        *PLANNED,
        do("release_batch", DONE),
        do("reassign_batch", DONE, 0, worker=0),
        batch(0, CLAIMED, worker=0),
        do("put_cart", DONE, 0, active=0),
        do("claim_batch", WRONG, -1, -1, batch=0, cart=0),
        do("put_cart", DONE, 0),
        do("claim_batch", DONE, 0, 0, batch=0, cart=0),
        batch(0, CLAIMED, worker=0, cart=0),
        do("claim_batch", WRONG, -1, -1, batch=0, cart=1),
    ),
    "waves and loads": (
        *SITE,
        See("load", 0, ("L0", T, T + DAY, -1, "", 1)),
        wave(WAVE_PLANNED),
        do("put_wave", DONE, 0, cutoff_us=T),
        See("wave", 0, ("V0", T, WAVE_PLANNED)),
        do("put_load", DONE, 0, departure_us=T),
        do("dock_load", DONE),
        do("depart", DONE, 0, 0),
        do("put_load", DONE, 0, departure_us=T),
        do("put_load", WRONG, -1),
        See("load", 0, ("L0", T, T, 3, "s", 3)),
    ),
}

PLAN: dict[str, Case] = {
    "a pooled allocation gets its bin": (
        *PLANNED,
        pick_task(0, LIVE),
        See("allocation", 0, (0, 0, 0, 2, BOUND, 0)),
        See("stock", 0, stock(units=(5, 2))),
        order_state(0, 2),
        batch(0, OPEN),
        wave(WAVE_PLANNED),
        available(3),
    ),
    "a part of a pooled allocation gets its bin": (
        *POOLED_ORDER,
        do("add_pick", DONE, 0, 1, units=1, slot=1),
        pick_task(0, LIVE, where=(0, 1, 0), units=(1, 0), slot=1),
        See("allocation", 0, (0, 0, -1, 1, POOLED, -1)),
        See("allocation", 1, (0, 0, 0, 1, BOUND, 0)),
        available(3),
    ),
    "a bound allocation keeps its bin": (
        *SITE,
        do("receive", DONE, 0, 0),
        do("receive", DONE, 1, 1),
        do("accept", DONE, 0, [2], lines=[(0, 2)], placement=BINS),
        do("open_batch", DONE, 0, wave=-1),
        do("add_pick", WRONG, -1, -1, stock=1),
        do("add_pick", NOT_FREE, -1, -1, units=1),
        do("add_pick", DONE, 0, 0, stock=-1),
        See("allocation", 0, (0, 0, 0, 2, BOUND, -1)),
        order_state(0, 2),
    ),
    "add_pick: refusals in order": (
        *POOLED_ORDER,
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("receive", DONE, 1, 1, item=1, units=9),
        do("add_pick", UNKNOWN, -1, -1, batch=1),
        do("add_pick", UNKNOWN, -1, -1, order=2),
        do("add_pick", UNKNOWN, -1, -1, allocation=1),
        do("add_pick", UNKNOWN, -1, -1, allocation=2),
        do("move", DONE, 1, stock=1, units=9),
        do("add_pick", WRONG, -1, -1, stock=-1, units=9),
        do("add_pick", WRONG, -1, -1, stock=1, units=9),
        do("add_pick", NOT_FREE, -1, -1, units=3),
        do("add_pick", DONE, 0, 0),
        do("add_pick", WRONG, -1, -1),
        do("adjust", DONE, 0, 0, stock=1, delta_units=-9),
        do("add_pick", UNKNOWN, -1, -1, stock=1),
        do("cancel", DONE, 1, order=1),
        do("add_pick", UNKNOWN, -1, -1, order=1, allocation=1),
        do("cancel_batch", DONE, 1),
        do("add_pick", WRONG, -1, -1, units=9),
    ),
    "add_pick: what is picked already needs none": (
        *HELD,
        do("confirm_task", DONE, 0, 0, 1, 0, 0, 0, handling_unit=0),
        do("add_pick", WRONG, -1, -1, units=9),
    ),
    "add_pick: an order that must be whole and is not": (
        *SITE,
        do("receive", DONE, 0, 0, units=2),
        do("accept", DONE, 0, [2], lines=[(0, 2)], policy=COMPLETE),
        do("adjust", DONE, 1, 1),
        do("open_batch", DONE, 0),
        do("add_pick", WRONG, -1, -1, stock=-1),
        do("add_pick", SHORT, -1, -1, units=9),
        See("allocation", 0, (0, 0, -1, 1, POOLED, -1)),
    ),
    "add_pick: what others hold is not free": (
        *POOLED_ORDER,
        do("accept", DONE, 1, [3], lines=[(0, 3)], placement=BINS),
        do("receive", DONE, 1, 1, units=1),
        do("add_pick", DONE, 0, 0),
        do("accept", DONE, 2, [1], lines=[(0, 1)]),
        do("add_pick", NOT_FREE, -1, -1, order=2, allocation=2, units=1),
        do("add_pick", DONE, 1, 2, order=2, allocation=2, stock=1, units=1),
    ),
    "add_pick: FEFO looks at days of expiry alone": (
        *SITE,
        do("receive", DONE, 0, 0, lot=0, units=1),
        do("receive", DONE, 1, 1, lot=1, units=3, after=DAY // 2),
        do("receive", DONE, 2, 2, lot=1, units=3, after=DAY // 2),
        do("accept", DONE, 0, [4], lines=[(0, 4)]),
        do("open_batch", DONE, 0),
        do("add_pick", NOT_FREE, -1, -1, stock=1, units=1),
        do("add_pick", DONE, 0, 1, stock=0, units=1),
        do("add_pick", DONE, 1, 2, stock=2, units=2),
        do("add_pick", DONE, 2, 0, stock=1, units=1),
    ),
    "add_pick: FIFO looks at days of receipt alone": (
        *SITE,
        do("receive", DONE, 0, 0, item=1, units=1),
        do("receive", DONE, 1, 1, item=1, units=1, after=HOUR),
        do("receive", DONE, 2, 2, item=1, units=1, after=DAY),
        do("accept", DONE, 0, [3], lines=[(1, 3)]),
        do("open_batch", DONE, 0),
        do("add_pick", NOT_FREE, -1, -1, stock=2, units=1),
        do("add_pick", DONE, 0, 1, stock=1, units=1),
        do("add_pick", NOT_FREE, -1, -1, stock=2, units=1),
        do("add_pick", DONE, 1, 2, stock=0, units=1),
        do("add_pick", DONE, 2, 0, stock=2, units=1),
    ),
    "add_pick: goods that die too early are neither taken nor waited for": (
        *SITE,
        do("receive", DONE, 0, 0, lot=0),
        do("receive", DONE, 1, 1, lot=1),
        do("accept", DONE, 0, [2], lines=[(0, 2)], departure_us=T + 2 * DAY),
        do("open_batch", DONE, 0),
        do("add_pick", NOT_FREE, -1, -1),
        do("add_pick", DONE, 0, 0, stock=1),
    ),
    "moves": (
        *POOLED_ORDER,
        do("add_move", UNKNOWN, -1, batch=1),
        do("add_move", DONE, 0),
        move_task(0, LIVE),
        do("add_move", WRONG, -1, location=2, units=9),
        do("add_move", NOT_FREE, -1, units=6),
        do("cancel_batch", DONE, 1),
        do("add_move", WRONG, -1, units=9),
        move_task(0, DROPPED),
        do("receive", DONE, 1, 1),
        do("adjust", DONE, 0, 0, stock=1, delta_units=-5),
        do("add_move", UNKNOWN, -1, stock=1, location=2),
    ),
    "release": (
        *POOLED_ORDER,
        do("release_batch", UNKNOWN, batch=1),
        do("release_batch", WRONG),
        do("add_move", DONE, 0),
        do("drop_task", DONE, 0),
        batch(0, OPEN),
        do("release_batch", WRONG),
        do("add_move", DONE, 1),
        do("release_batch", DONE),
        do("release_batch", WRONG),
        batch(0, RELEASED),
        wave(WAVE_RELEASED),
    ),
    "cancel: without totes": (
        *HELD,
        do("open_batch", DONE, 1),
        do("cancel_batch", UNKNOWN, 0, batch=2),
        do("cancel_batch", DONE, 1),
        do("cancel_batch", WRONG, 0),
        batch(0, CANCELLED),
        pick_task(0, DROPPED),
        See("allocation", 0, (0, 0, 0, 2, BOUND, 0)),
        wave(WAVE_RELEASED),
        do("cancel_batch", DONE, 0, batch=1),
        wave(WAVE_DONE),
        do("pick", DONE, 1, 0, units=2),
    ),
    "cancel: what lies in totes is delivered first": (
        *HELD,
        do("confirm_task", PARTIAL, 0, 0, 1, 1, 1, 0, units=1, handling_unit=0),
        do("cancel_batch", PARTIAL, 1),
        batch(0, CLAIMED, worker=0),
        pick_task(0, DROPPED, units=(1, 1)),
        do("deliver_batch", DONE, 1),
        batch(0, ENDED),
    ),
    "what frees an allocation drops its task": (
        *PLANNED,
        do("release_batch", DONE),
        do("deallocate", DONE, 2),
        pick_task(0, DROPPED),
        batch(0, ENDED),
        wave(WAVE_DONE),
        do("open_batch", DONE, 1),
        do("allocate", DONE, 2),
        do("add_pick", DONE, 1, 0, batch=1),
        wave(WAVE_DONE),
        do("release_batch", DONE, batch=1),
        wave(WAVE_RELEASED),
        do("cancel", DONE, 2),
        batch(1, ENDED),
        wave(WAVE_DONE),
    ),
    "what frees a stock row drops the moves of it": (
        *POOLED_ORDER,
        do("receive", DONE, 1, 1),
        do("add_move", DONE, 0, stock=1),
        do("add_move", DONE, 1, stock=0),
        do("release_batch", DONE),
        do("adjust", DONE, 0, 0, stock=1, delta_units=-5),
        batch(0, RELEASED),
        move_task(1, LIVE),
        do("adjust", DONE, 0, 2, delta_units=-5),
        move_task(1, DROPPED),
        batch(0, ENDED),
    ),
    "only the task's holder picks": (
        *PLANNED,
        do("pick", WRONG, -1, 0, units=9),
        do("short_pick", WRONG, 0, 0, found_units=9),
        do("drop_task", DONE, 0),
        do("pick", DONE, 1, 0, units=2),
    ),
    "drop and route": (
        *PLANNED,
        do("route_task", UNKNOWN, -1, task=1),
        do("route_task", DONE, 0),
        pick_task(0, LIVE, at=3),
        do("drop_task", UNKNOWN, -1, task=1),
        do("drop_task", DONE, 0),
        do("drop_task", WRONG, -1),
        do("route_task", WRONG, -1),
        batch(0, OPEN),
        See("allocation", 0, (0, 0, 0, 2, BOUND, 0)),
        do("add_pick", DONE, 1, 0, stock=-1),
    ),
    "the last task of a batch that nobody holds": (
        *PLANNED,
        do("release_batch", DONE),
        do("drop_task", DONE, 0),
        batch(0, ENDED),
        wave(WAVE_DONE),
    ),
    "the last task of a batch in hand": (
        *HELD,
        do("drop_task", DONE, 0),
        batch(0, CLAIMED, worker=0),
        do("pause_batch", DONE),
        do("resume_batch", DONE, 0),
        do("drop_batch", DONE),
        batch(0, ENDED),
    ),
    "goods die, yet what is bound is picked": (
        *SITE,
        do("receive", DONE, 0, 0, lot=0),
        do("accept", DONE, 0, [2], lines=[(0, 2)], placement=BINS),
        do("open_batch", DONE, 0, after=2 * DAY),
        do("add_pick", DONE, 0, 0),
        See("stock", 0, stock(lot=0, expiry_day=FIRST_DAY + 1, units=(5, 2))),
    ),
    "what is freed is not what was picked": (
        *HELD,
        do("confirm_task", PARTIAL, 0, 0, 1, 1, 1, 0, units=1, handling_unit=0),
        See("allocation", 0, (0, 0, 0, 1, BOUND, 0)),
        See("allocation", 1, (0, 0, 1, 1, PICKED, 0)),
        pick_task(0, LIVE, where=(0, 0, 0), units=(1, 1)),
        do("deallocate", DONE, 1),
        order_state(0, 2),
        pick_task(0, DROPPED, units=(1, 1)),
        batch(0, CLAIMED, worker=0),
    ),
}

WORK_CASES: dict[str, Case] = {
    f"{group}: {name}": case
    for group, cases in (("register", REGISTER), ("plan", PLAN))
    for name, case in cases.items()
}
