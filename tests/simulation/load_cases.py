"""What sorting, staging and loading must answer, worked out by hand from `docs/commands.md`.

See `work_cases.py` for the world in which all cases start.
"""

from __future__ import annotations

from slotline.kernels.columns import OUTCOME_DONE as DONE
from slotline.kernels.columns import OUTCOME_NOT_FREE as NOT_FREE
from slotline.kernels.columns import OUTCOME_PARTIAL as PARTIAL
from slotline.kernels.columns import OUTCOME_UNKNOWN as UNKNOWN
from slotline.kernels.columns import OUTCOME_WRONG_STATE as WRONG
from slotline.tests.simulation.choosing import DAY, START_US
from slotline.tests.simulation.command_cases import Case, See, do, stock
from slotline.tests.simulation.order_cases import BINS, PACKED, PICKED, order_state
from slotline.tests.simulation.work_cases import SITE

T = START_US
EMPTY, FILLING, CONSOLIDATING, CLOSED, STAGED, LOADED, GONE = range(7)
ORDER_OPEN, ORDER_RELEASED, ORDER_PACKED, ORDER_SHIPPED = 1, 2, 3, 4


def unit(row: int, state: int, *, at: tuple[int, int] = (-1, 0)) -> See:
    """Expect a handling unit in a state; `at` is parent and location."""
    return See("handling_unit", row, (2, state, *at))


def load(state: int, *, door: int = 3, seal: str = "") -> See:
    """Expect load 0 in a state."""
    return See("load", 0, ("L0", T, T + DAY, door, seal, state))


PICKED_ORDER: Case = (
    *SITE,
    do("receive", DONE, 0, 0),
    do("accept", DONE, 0, [2], lines=[(0, 2)], policy=0),
    do("release", DONE, 2, 0),
    do("pick", DONE, 1, 0, units=2),
)
"""Order 0, which must be whole, has its two units (stock row 1) in handling unit 0."""

PACKED_ORDER: Case = (*PICKED_ORDER, do("pack", DONE, 2, handling_unit=0))
AT_DOOR: Case = (*PACKED_ORDER, do("dock_load", DONE))
ON_LOAD: Case = (*AT_DOOR, do("load_unit", DONE))

SORT: dict[str, Case] = {
    "into a carton of its own": (
        *PICKED_ORDER,
        do("sort_pick", UNKNOWN, -1, order=1),
        do("sort_pick", UNKNOWN, -1, allocation=1),
        do("sort_pick", DONE, 1),
        See("stock", 1, stock(at=(-1, 1), units=(2, 2))),
        See("allocation", 0, (0, 0, 1, 2, PICKED, 1)),
        unit(0, FILLING),
        unit(1, FILLING),
        do("sort_pick", DONE, 1),
    ),
    "refusals in order": (
        *PICKED_ORDER,
        do("accept", DONE, 1, [1], lines=[(0, 1)], placement=BINS),
        do("sort_pick", UNKNOWN, -1, order=1),
        do("sort_pick", WRONG, -1, order=1, allocation=1),
        do("release", DONE, 1, 0, order=1),
        do("sort_pick", WRONG, -1, order=1, allocation=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=0),
        do("sort_pick", NOT_FREE, -1, handling_unit=0),
        do("sort_pick", DONE, 2, order=1, allocation=1),
        do("sort_pick", NOT_FREE, -1),
        do("sort_pick", DONE, 1, handling_unit=2),
        do("pack", DONE, 2, handling_unit=2),
        do("ship", DONE, 2),
        do("sort_pick", WRONG, -1, order=1, allocation=1, handling_unit=2),
    ),
    "not onto a trailer": (
        *ON_LOAD,
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", WRONG, -1, 0, order=1, allocation=1, handling_unit=0),
        do("short_pick", WRONG, 0, 0, order=1, allocation=1, handling_unit=0),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=2),
        do("sort_pick", WRONG, -1, order=1, allocation=1, handling_unit=0),
        do("pack", WRONG, 0, order=1, handling_unit=0),
        do("receive", WRONG, -1, -1, location=-1, handling_unit=0),
        do("move", WRONG, -1, location=-1, handling_unit=0, units=2),
        do("move_handling_unit", WRONG),
        do("move_handling_unit", WRONG, handling_unit=2, parent=0, location=-1),
        do("consolidate", WRONG, 0, into=2),
        do("consolidate", WRONG, 0, handling_unit=2, into=0),
        do("stage", WRONG),
        do("load_unit", WRONG),
    ),
}

CONSOLIDATE: dict[str, Case] = {
    "what is carried goes over": (
        *PICKED_ORDER,
        do("receive", DONE, 2, 1, location=-1, handling_unit=0, units=1),
        do("consolidate", WRONG, 0, into=0),
        do("consolidate", DONE, 2),
        unit(0, EMPTY),
        unit(1, CONSOLIDATING),
        See("stock", 1, stock(at=(-1, 1), units=(2, 2))),
        See("stock", 2, stock(at=(-1, 0), receipt=1, units=(1, 0))),
        do("consolidate", WRONG, 0),
        do("pack", DONE, 2, handling_unit=2),
        unit(2, CLOSED),
        do("consolidate", DONE, 2, handling_unit=2, into=1),
        unit(1, CLOSED),
        unit(2, EMPTY),
    ),
    "a filling one is consolidating, a packed one stays packed": (
        *PACKED_ORDER,
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=1),
        do("consolidate", DONE, 1, handling_unit=1, into=0),
        unit(0, CLOSED),
        unit(1, EMPTY),
        do("sort_pick", DONE, 2, order=1, allocation=1),
        do("consolidate", DONE, 2),
        unit(1, CONSOLIDATING),
    ),
    "not with a batch, not what has left": (
        *PICKED_ORDER,
        do("open_batch", DONE, 0),
        do("add_move", DONE, 0, units=3),
        do("release_batch", DONE),
        do("claim_batch", DONE, 0, 0),
        do("assign_tote", DONE, handling_unit=1),
        do("consolidate", WRONG, 0),
        do("assign_tote", DONE),
        do("consolidate", WRONG, 0, into=2),
        do("cancel_batch", PARTIAL, 1),
        do("deliver_batch", DONE, 2),
        do("consolidate", DONE, 2, into=2),
        do("pack", DONE, 2, handling_unit=2),
        do("ship", DONE, 2),
        do("consolidate", WRONG, 0, handling_unit=2),
        do("consolidate", WRONG, 0, into=2),
    ),
}

STAGE: dict[str, Case] = {
    "at a place that is full with one": (
        *PICKED_ORDER,
        do("stage", WRONG),
        do("pack", DONE, 2, handling_unit=0),
        do("stage", WRONG, location=0),
        do("stage", WRONG, location=2),
        do("stage", DONE),
        unit(0, STAGED, at=(-1, 4)),
        do("stage", DONE),
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=1),
        do("pack", DONE, 1, order=1, handling_unit=1),
        do("stage", NOT_FREE, handling_unit=1),
        do("stage", DONE, handling_unit=1, location=3),
        do("stage", DONE, location=3),
        do("stage", DONE, handling_unit=1),
        unit(1, STAGED, at=(-1, 4)),
    ),
    "not while inside another": (
        *PACKED_ORDER,
        do("move_handling_unit", DONE, parent=1, location=-1),
        do("stage", WRONG),
        do("move_handling_unit", DONE),
        do("put_location", DONE, 4, code="S", role=4, active=0),
        do("stage", WRONG),
        do("put_location", DONE, 4, code="S", role=4),
        do("stage", DONE),
        do("consolidate", DONE, 2),
        unit(0, EMPTY, at=(-1, 4)),
        do("stage", WRONG),
    ),
}

LOADS: dict[str, Case] = {
    "docking": (
        *PACKED_ORDER,
        do("put_load", DONE, 1, code="L1"),
        do("dock_load", WRONG, location=4),
        do("put_location", DONE, 5, code="E", role=2, active=0),
        do("dock_load", WRONG, location=5),
        do("put_location", DONE, 5, code="E", role=2),
        do("dock_load", DONE),
        load(2),
        do("dock_load", DONE),
        do("dock_load", NOT_FREE, load=1),
        do("dock_load", DONE, location=5),
        do("dock_load", DONE, load=1),
        do("load_unit", DONE),
        do("dock_load", WRONG, location=5),
        do("unload_unit", DONE),
        do("depart", DONE, 0, 0),
        do("dock_load", WRONG),
        do("dock_load", DONE, load=1, location=5),
    ),
    "load and unload": (
        *PACKED_ORDER,
        do("load_unit", WRONG),
        do("dock_load", DONE),
        do("load_unit", WRONG, handling_unit=1),
        do("unload_unit", WRONG),
        do("load_unit", DONE),
        unit(0, LOADED, at=(-1, 3)),
        See("load_unit", 0, (0, 0)),
        do("load_unit", WRONG),
        do("unload_unit", WRONG, location=2),
        do("unload_unit", WRONG, location=1),
        do("unload_unit", DONE),
        unit(0, STAGED, at=(-1, 4)),
        See("load_unit", 0, (0, -1)),
        do("load_unit", DONE),
        See("load_unit", 0, (0, 0)),
    ),
    "an order that must be whole waits for its rest": (
        *SITE,
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [2], lines=[(0, 2)], policy=0),
        do("release", DONE, 2, 0),
        do("pick", PARTIAL, 1, 1, handling_unit=0),
        do("pack", PARTIAL, 1, handling_unit=0),
        do("dock_load", DONE),
        do("load_unit", WRONG),
        do("pick", DONE, 2, 0, handling_unit=1),
        do("pack", DONE, 1, handling_unit=1),
        do("load_unit", DONE),
        do("depart", DONE, 0, 1),
        order_state(0, ORDER_PACKED, policy=0),
        do("ship", DONE, 1),
        order_state(0, ORDER_SHIPPED, policy=0),
    ),
    "an order that goes in parts does not wait": (
        *SITE,
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [2], lines=[(0, 2)]),
        do("release", DONE, 2, 0),
        do("pick", PARTIAL, 1, 1, handling_unit=0),
        do("pack", PARTIAL, 1, handling_unit=0),
        do("dock_load", DONE),
        do("load_unit", DONE),
        do("depart", DONE, 0, 1),
        order_state(0, ORDER_RELEASED),
        See("line", (0, 0), (0, 2, 1, 1, 0)),
        See("item", 0, (5, 1, 0)),
        do("pick", DONE, 1, 0, handling_unit=1),
        do("pack", DONE, 1, handling_unit=1),
        do("ship", DONE, 1),
        order_state(0, ORDER_SHIPPED),
    ),
    "nothing that is only picked is loaded": (
        *AT_DOOR,
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=0),
        do("load_unit", WRONG),
        do("pack", DONE, 1, order=1, handling_unit=0),
        do("load_unit", DONE),
        do("depart", DONE, 2, 3),
        order_state(1, ORDER_SHIPPED),
    ),
    "units inside units": (
        *AT_DOOR,
        do("move_handling_unit", DONE, parent=1, location=-1),
        do("load_unit", WRONG),
        do("load_unit", WRONG, handling_unit=1),
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=1),
        do("pack", DONE, 1, order=1, handling_unit=1),
        do("move_handling_unit", DONE, handling_unit=2, parent=1, location=-1),
        do("load_unit", WRONG, handling_unit=1),
        do("move_handling_unit", DONE, handling_unit=2),
        do("load_unit", DONE, handling_unit=1),
        unit(0, LOADED, at=(1, -1)),
        unit(1, LOADED, at=(-1, 3)),
        do("unload_unit", WRONG),
        do("move_handling_unit", WRONG),
        do("unload_unit", DONE, handling_unit=1),
        unit(0, CLOSED, at=(1, -1)),
        unit(1, STAGED, at=(-1, 4)),
        do("load_unit", DONE, handling_unit=1),
        do("depart", DONE, 2, 3),
        unit(0, GONE, at=(1, -1)),
        unit(1, GONE, at=(-1, 3)),
    ),
    "an outer unit that is shipped leaves its inner ones to the load": (
        *AT_DOOR,
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=1),
        do("pack", DONE, 1, order=1, handling_unit=1),
        do("move_handling_unit", DONE, parent=1, location=-1),
        do("load_unit", DONE, handling_unit=1),
        do("put_handling_unit", WRONG, -1, code="T9", parent=0, location=-1),
        do("ship", DONE, 1, order=1),
        unit(1, GONE, at=(-1, 3)),
        unit(0, LOADED, at=(1, -1)),
        do("unload_unit", WRONG),
        do("depart", DONE, 1, 2),
        unit(0, GONE, at=(1, -1)),
        do("put_handling_unit", WRONG, -1, code="T9", parent=1, location=-1),
    ),
    "departure": (
        *ON_LOAD,
        do("depart", DONE, 1, 2),
        load(3, seal="s"),
        See("stock", 1, None),
        See("allocation", 0, None),
        See("line", (0, 0), (0, 2, 0, 2, 0)),
        See("item", 0, (5, 2, 0)),
        order_state(0, ORDER_SHIPPED, policy=0),
        unit(0, GONE, at=(-1, 3)),
        do("depart", WRONG, 0, 0),
        do("load_unit", WRONG),
        do("unload_unit", WRONG),
    ),
    "departure: what is open goes with another shipment": (
        *SITE,
        do("receive", DONE, 0, 0, units=1),
        do("accept", PARTIAL, 0, [1], lines=[(0, 2)]),
        do("release", DONE, 1, 0),
        do("pick", DONE, 0, 0, handling_unit=0),
        do("pack", DONE, 1, handling_unit=0),
        do("depart", WRONG, 0, 0),
        do("dock_load", DONE),
        do("load_unit", DONE),
        do("depart", DONE, 1, 1),
        order_state(0, ORDER_OPEN),
    ),
    "departure: goods that nobody wants stay here": (
        *AT_DOOR,
        do("receive", DONE, 2, 1, location=-1, handling_unit=0, units=1),
        do("load_unit", WRONG),
        do("move", DONE, 2, stock=2, units=1, location=1, handling_unit=-1),
        do("load_unit", DONE),
        do("move", WRONG, -1, stock=1, units=2, location=1, handling_unit=-1),
        do("depart", DONE, 1, 2),
        See("stock", 2, stock(at=(1, -1), receipt=1, units=(1, 0))),
    ),
    "ship takes the unit off its load": (
        *ON_LOAD,
        do("ship", DONE, 2),
        unit(0, GONE, at=(-1, 3)),
        See("load_unit", 0, (0, -1)),
        do("dock_load", DONE),
        do("depart", DONE, 0, 0),
    ),
    "a shared unit leaves with both orders or with one": (
        *SITE,
        do("receive", DONE, 0, 0),
        do("accept", DONE, 0, [1], lines=[(0, 1)]),
        do("accept", DONE, 1, [1], lines=[(0, 1)]),
        do("release", DONE, 1, 0),
        do("release", DONE, 1, 0, order=1),
        do("pick", DONE, 1, 0, handling_unit=0),
        do("pick", DONE, 2, 0, order=1, allocation=1, handling_unit=0),
        do("pack", DONE, 1, handling_unit=0),
        do("pack", DONE, 1, order=1, handling_unit=0),
        do("dock_load", DONE),
        do("load_unit", DONE),
        do("ship", DONE, 1),
        See("allocation", 1, (1, 1, 2, 1, PACKED, 1)),
        do("depart", DONE, 0, 0),
        order_state(1, ORDER_PACKED),
        do("ship", DONE, 1, order=1),
    ),
}

_GROUPS = {"sort": SORT, "consolidate": CONSOLIDATE, "stage": STAGE, "load": LOADS}
LOAD_CASES: dict[str, Case] = {
    f"{group}: {name}": case for group, cases in _GROUPS.items() for name, case in cases.items()
}
