"""Which function decides which command (`accept`, which has lines, is in `decide_accept.py`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .batch import Batch
from .change import Change
from .decide_batches import (
    decide_cancel_batch,
    decide_claim_batch,
    decide_deliver_batch,
    decide_drop_batch,
    decide_open_batch,
    decide_pause_batch,
    decide_reassign_batch,
    decide_release_batch,
    decide_resume_batch,
)
from .decide_catalogue import (
    decide_put_alias,
    decide_put_cart,
    decide_put_handling_unit,
    decide_put_item,
    decide_put_load,
    decide_put_location,
    decide_put_lot,
    decide_put_name,
    decide_put_pack,
    decide_put_purchase_line,
    decide_put_wave,
    decide_put_worker,
)
from .decide_loads import (
    decide_consolidate,
    decide_depart,
    decide_dock_load,
    decide_load_unit,
    decide_sort_pick,
    decide_stage,
    decide_unload_unit,
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
from .decide_tasks import (
    decide_add_move,
    decide_add_pick,
    decide_assign_tote,
    decide_confirm_task,
    decide_drop_task,
    decide_route_task,
    decide_short_task,
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
    "put_worker": decide_put_worker,
    "put_cart": decide_put_cart,
    "put_wave": decide_put_wave,
    "put_load": decide_put_load,
    "open_batch": decide_open_batch,
    "add_pick": decide_add_pick,
    "add_move": decide_add_move,
    "release_batch": decide_release_batch,
    "cancel_batch": decide_cancel_batch,
    "claim_batch": decide_claim_batch,
    "assign_tote": decide_assign_tote,
    "confirm_task": decide_confirm_task,
    "short_task": decide_short_task,
    "drop_task": decide_drop_task,
    "route_task": decide_route_task,
    "pause_batch": decide_pause_batch,
    "resume_batch": decide_resume_batch,
    "drop_batch": decide_drop_batch,
    "reassign_batch": decide_reassign_batch,
    "deliver_batch": decide_deliver_batch,
    "sort_pick": decide_sort_pick,
    "consolidate": decide_consolidate,
    "stage": decide_stage,
    "dock_load": decide_dock_load,
    "load_unit": decide_load_unit,
    "unload_unit": decide_unload_unit,
    "depart": decide_depart,
}
