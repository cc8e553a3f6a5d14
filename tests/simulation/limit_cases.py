"""What full tables and rings must answer, worked out by hand from `docs/commands.md`.

The prelude uses 6 names, 3 items, 3 pools, 1 pack, 3 locations, 3 handling units, 5 lots and 3
purchase lines, and no stock. A capacity of exactly that leaves no room.
"""

from __future__ import annotations

from dataclasses import replace

from slotline.engine.limits import SMALL, Capacity
from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_DUPLICATE as DUPLICATE
from slotline.kernels.columns import OUTCOME_LIMIT as LIMIT
from slotline.kernels.columns import OUTCOME_NOT_FREE as NOT_FREE
from slotline.kernels.columns import OUTCOME_NOT_LIVE as NOT_LIVE
from slotline.kernels.columns import OUTCOME_PARTIAL as PARTIAL
from slotline.kernels.columns import OUTCOME_SHORT as SHORT
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.tests.simulation.choosing import DAY, FIRST_DAY, START_US
from slotline.tests.simulation.command_cases import Case, See, do, stock
from slotline.tests.simulation.order_cases import BINS, available, order_state, promised
from slotline.tests.simulation.work_cases import HELD, POOLED_ORDER, SITE

T = START_US


def having(**rows: int) -> Capacity:
    """Give a small capacity with tighter tables."""
    return replace(SMALL, **rows)


LIMIT_CASES: dict[str, tuple[Capacity, Case]] = {
    "catalogue": (
        having(name=6, item=3, pack=1, lot=5, location=3, handling_unit=3, purchase_line=3),
        (
            do("put_name", LIMIT, -1, code="eve"),
            do("put_name", DONE, 1, code="bob"),
            do("put_item", LIMIT, -1, code="kite"),
            do("put_item", DONE, 0, hazard=2),
            do("put_pack", LIMIT, -1, level=1),
            do("put_lot", LIMIT, -1, code="z"),
            do("put_location", LIMIT, -1, code="Z"),
            do("put_handling_unit", LIMIT, -1, code="T9"),
            do("put_purchase_line", LIMIT, -1, line_number=9),
        ),
    ),
    "aliases": (
        having(alias=1),
        (
            do("put_alias", DONE, 0),
            do("put_alias", LIMIT, -1, client=1),
            do("put_alias", DONE, 0, units=6),
        ),
    ),
    "stock rows": (
        having(stock=2),
        (
            do("receive", DONE, 0, 0),
            do("receive", DONE, 1, 1),
            do("receive", WRONG, -1, -1, location=2),
            do("receive", LIMIT, -1, -1),
            See("counter", "receipt", 2),
            See("item", 0, (10, 0, 0)),
            do("move", LIMIT, -1, units=2),
            do("move", DONE, 0),
            do("hold", LIMIT, -1, 0),
            do("hold", DONE, 0, 0, units=5),
            do("release_hold", LIMIT, -1),
            do("release_hold", DONE, 0, units=5),
            See("pool", 3, (0, 0, 1)),
            do("adjust", DONE, 0, 0, stock=1, delta_units=-5),
            do("move", DONE, 1, units=2),
        ),
    ),
    "a pick that cannot be split leaves everything as it was": (
        having(stock=1),
        (
            do("receive", DONE, 0, 0),
            do("accept", DONE, 0, [3], lines=[(0, 3)]),
            do("release", DONE, 3, 0),
            do("pick", LIMIT, -1, 0),
            do("short_pick", LIMIT, 0, 0, found_units=1),
            See("stock", 0, stock(units=(5, 3))),
            See("allocation", 0, (0, 0, 0, 3, 2, 1)),
            See("handling_unit", 0, (2, 0, -1, 0)),
        ),
    ),
    "receipts": (
        having(receipt=1),
        (do("receive", DONE, 0, 0), do("receive", LIMIT, -1, -1), See("stock", 1, None)),
    ),
    "promises: the ring stops at one that holds": (
        having(promise=2),
        (
            do("receive", DONE, 0, 0),
            do("promise", DONE, 0, 4),
            do("promise", DONE, 1, 3, units=1),
            do("promise", NOT_LIVE, -1, 0, expires_us=T),
            do("promise", LIMIT, -1, 0, units=99),
            do("release_promise", DONE, 4, promise=1),
            do("promise", LIMIT, -1, 0),
            do("release_promise", DONE, 5, promise=0),
            do("promise", DONE, 2, 4),
            do("release_promise", UNKNOWN, 0, promise=0),
            promised(2, 1),
            do("promise", DONE, 3, 3),
            do("promise", LIMIT, -1, 0),
        ),
    ),
    "promises: pegs hold their row, too": (
        having(promise=1),
        (
            do("promise", DONE, 0, 0, units=2, due_us=T + DAY),
            do("promise", LIMIT, -1, 0, due_us=T + DAY),
            do("tick", DONE, 1, 0, after=DAY),
            do("promise", DONE, 1, 0, due_us=T + 3 * DAY, expires_us=T + 4 * DAY),
        ),
    ),
    "orders: the ring stops at one that is not closed": (
        having(order=2),
        (
            do("accept", SHORT, 0, [0], lines=[(0, 1)], code="x"),
            do("accept", SHORT, 1, [0], lines=[(0, 1)]),
            do("accept", DUPLICATE, 0, [0], lines=[(0, 1)], code="x"),
            do("accept", LIMIT, -1, [0], lines=[(0, 1, 9)]),
            do("cancel", DONE, 0, order=1),
            do("accept", LIMIT, -1, [0], lines=[(0, 1)]),
            do("cancel", DONE, 0),
            do("accept", NOT_LIVE, -1, [0], lines=[(0, 1, 9)]),
            do("accept", DUPLICATE, 0, [0], lines=[(0, 1)], code="x"),
            do("accept", SHORT, 2, [0], lines=[(0, 1)]),
            do("cancel", UNKNOWN, 0, order=0),
            do("cancel", WRONG, 0, order=1),
            order_state(1, 5),
            do("accept", SHORT, 3, [0], lines=[(0, 1)], code="x"),
        ),
    ),
    "lines: an order's lines never wrap round the ring": (
        having(line=4),
        (
            do("accept", LIMIT, -1, [0] * 5, lines=[(0, 1)] * 5),
            do("accept", SHORT, 0, [0] * 3, lines=[(0, 1)] * 3),
            do("accept", LIMIT, -1, [0] * 2, lines=[(0, 1)] * 2),
            do("accept", SHORT, 1, [0], lines=[(1, 1)]),
            do("accept", LIMIT, -1, [0], lines=[(1, 1)]),
            do("cancel", DONE, 0),
            do("accept", SHORT, 2, [0] * 2, lines=[(0, 1)] * 2),
            do("accept", LIMIT, -1, [0] * 2, lines=[(0, 1)] * 2),
            do("cancel", DONE, 0, order=1),
            do("accept", SHORT, 3, [0] * 2, lines=[(0, 1)] * 2),
            See("line", (3, 1), (0, 1, 0, 0, 0)),
        ),
    ),
    "allocations": (
        having(allocation=2),
        (
            *(do("receive", DONE, row, row, units=1) for row in range(3)),
            do("accept", LIMIT, -1, [0], lines=[(0, 3)], placement=BINS),
            available(3),
            See("order", 0, None),
            do("accept", DONE, 0, [2], lines=[(0, 2)], placement=BINS),
            do("accept", LIMIT, -1, [0], lines=[(0, 1)]),
            do("cancel", DONE, 2),
            do("accept", DONE, 1, [1], lines=[(0, 1)]),
        ),
    ),
    "pools": (
        having(pool=3),
        (
            do("receive", LIMIT, -1, -1, status=1),
            do("receive", LIMIT, -1, -1, owner=1),
            do("receive", DONE, 0, 0),
            do("hold", LIMIT, -1, 0),
            do("put_item", LIMIT, -1, code="kite"),
            do("put_purchase_line", LIMIT, -1, line_number=9, owner=1),
            do("put_purchase_line", DONE, 3, line_number=9),
            do("accept", LIMIT, -1, [0], lines=[(2, 1)]),
            See("order", 0, None),
            See("stock", 0, stock()),
        ),
    ),
    "stock that expires in a full table": (
        having(stock=1),
        (
            do("receive", DONE, 0, 0, lot=0),
            do("tick", DONE, 0, 1, after=2 * DAY),
            See("stock", 0, stock(pool=3, lot=0, expiry_day=FIRST_DAY + 1)),
        ),
    ),
    "who and what work is done with": (
        having(worker=2, cart=2, wave=1, load=1),
        (
            *SITE,
            do("put_worker", LIMIT, -1, code="W9"),
            do("put_cart", LIMIT, -1, code="K9"),
            do("put_wave", LIMIT, -1, code="V9"),
            do("put_load", LIMIT, -1, code="L9"),
            do("put_load", DONE, 0),
        ),
    ),
    "batches: the ring stops at one that has not ended": (
        having(batch=2),
        (
            *SITE,
            do("open_batch", DONE, 0),
            do("open_batch", DONE, 1),
            do("cancel_batch", DONE, 0, batch=1),
            do("open_batch", LIMIT, -1),
            do("cancel_batch", DONE, 0),
            do("open_batch", DONE, 2),
            do("cancel_batch", UNKNOWN, 0),
            do("open_batch", DONE, 3),
            do("open_batch", LIMIT, -1),
            do("cancel_batch", UNKNOWN, 0, batch=1),
        ),
    ),
    "tasks: the ring stops at one that is live": (
        having(task=2),
        (
            *POOLED_ORDER,
            do("add_pick", DONE, 0, 0),
            do("add_move", DONE, 1, units=3),
            do("accept", DONE, 1, [1], lines=[(0, 1)]),
            do("add_pick", LIMIT, -1, -1, order=1, allocation=1, units=1),
            do("add_pick", NOT_FREE, -1, -1, order=1, allocation=1),
            do("add_move", LIMIT, -1),
            do("drop_task", DONE, 0, task=1),
            do("add_move", LIMIT, -1),
            See("allocation", 1, (1, 1, -1, 1, 1, -1)),
            do("drop_task", DONE, 0),
            do("add_move", DONE, 2),
            do("drop_task", UNKNOWN, -1),
            do("add_pick", DONE, 3, 1, order=1, allocation=1, units=1),
        ),
    ),
    "a short task's followers stand beside it": (
        having(task=2),
        (
            *HELD,
            do("receive", DONE, 1, 1, units=1),
            do("receive", DONE, 2, 2, units=1),
            do("short_task", LIMIT, -1, -1, 0, 0, 0, -1, -1),
            See("allocation", 0, (0, 0, 0, 2, 2, 0)),
            do("adjust", DONE, 0, 0, stock=2),
            do("short_task", PARTIAL, 0, 0, 1, 1, 1, 1, -1),
            do("short_task", SHORT, 0, 0, 0, 1, 0, -1, -1, task=1),
        ),
    ),
    "a task that cannot be split leaves everything as it was": (
        having(stock=1),
        (
            *HELD,
            do("confirm_task", LIMIT, -1, -1, -1, 0, -1, -1, handling_unit=0),
            do("short_task", LIMIT, -1, -1, 0, 0, 0, -1, -1, found_units=1, handling_unit=0),
            See("cart_tote", 0, None),
            See("handling_unit", 0, (2, 0, -1, 0)),
            See("task", 0, (0, 0, 1, 0, 0, 0, -1, 2, 0, 0, 7, 1)),
        ),
    ),
    "a part of an allocation that has no row": (
        having(allocation=1),
        (
            *POOLED_ORDER,
            do("add_pick", LIMIT, -1, -1, units=1),
            See("allocation", 0, (0, 0, -1, 2, 1, -1)),
            See("counter", "task", 0),
            do("add_pick", DONE, 0, 0),
        ),
    ),
}
