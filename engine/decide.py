"""Which function decides which command (`accept`, which has lines, is in `decide_accept.py`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .batch import Batch
from .change import Change
from .decide_catalogue import (
    decide_put_alias,
    decide_put_handling_unit,
    decide_put_item,
    decide_put_location,
    decide_put_lot,
    decide_put_name,
    decide_put_pack,
    decide_put_purchase_line,
)
from .decide_orders import (
    decide_allocate,
    decide_cancel,
    decide_deallocate,
    decide_release,
    decide_ship,
)
from .decide_picks import decide_pack, decide_pick, decide_short_pick, decide_unpick
from .decide_promises import decide_promise, decide_release_promise, decide_tick
from .decide_stock import (
    decide_adjust,
    decide_hold,
    decide_move,
    decide_move_handling_unit,
    decide_receive,
    decide_release_hold,
)

Decider = Callable[[Change, Batch, dict[str, np.ndarray]], None]

DECIDERS: dict[str, Decider] = {
    "put_name": decide_put_name,
    "put_item": decide_put_item,
    "put_pack": decide_put_pack,
    "put_alias": decide_put_alias,
    "put_lot": decide_put_lot,
    "put_location": decide_put_location,
    "put_handling_unit": decide_put_handling_unit,
    "put_purchase_line": decide_put_purchase_line,
    "receive": decide_receive,
    "move": decide_move,
    "move_handling_unit": decide_move_handling_unit,
    "adjust": decide_adjust,
    "hold": decide_hold,
    "release_hold": decide_release_hold,
    "promise": decide_promise,
    "release_promise": decide_release_promise,
    "tick": decide_tick,
    "cancel": decide_cancel,
    "allocate": decide_allocate,
    "deallocate": decide_deallocate,
    "release": decide_release,
    "pick": decide_pick,
    "short_pick": decide_short_pick,
    "unpick": decide_unpick,
    "pack": decide_pack,
    "ship": decide_ship,
}
