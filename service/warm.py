"""Compile every kernel once, so that nobody waits for it later: `python -m slotline.service.warm`.

Kernels are compiled when they are first called, about a minute in all, and kept on disk (see
`kernel_cache`). Here a store in a temporary folder sees every command that has a kernel of its own,
and is recovered and scrubbed. A mark in the cache's folder tells that this was done.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..engine.errors import PeerUnavailable
from ..engine.limits import KEY_HORIZON_US, MANY_ORDERS
from .kernel_cache import use_kernel_cache

if TYPE_CHECKING:
    from ..engine.engine import Engine

MARK: Final = "compiled"
_TIME_US: Final = 86_400_000_000
_LATER_US: Final = 2 * _TIME_US

_CATALOGUE: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("put_name", {"kind": [1, 2, 3, 4], "code": ["client", "channel", "reason", "zone"]}),
    (
        "put_item",
        {
            "client": 0,
            "code": ["fefo", "fifo"],
            "rotation": [0, 1],
            "shelf_life_days": 0,
            "length_mm": 1,
            "width_mm": 1,
            "height_mm": 1,
            "weight_g": 1,
            "hazard": 0,
            "temperature": 0,
            "active": 1,
        },
    ),
    ("put_lot", {"item": [0, 1], "owner": 0, "code": "lot", "expiry_day": 9}),
    (
        "put_location",
        {
            "code": ["here", "there"],
            "zone": 3,
            "role": 1,
            "aisle": 0,
            "side": 0,
            "bay": 0,
            "level": 0,
            "x_mm": 0,
            "y_mm": 0,
            "z_mm": 0,
            "pick_seq": 0,
            "capacity_units": 0,
            "active": 1,
        },
    ),
    (
        "put_handling_unit",
        {"code": ["tote", "carton"], "kind": [2, 3], "parent": -1, "location": 0},
    ),
    (
        "put_purchase_line",
        {
            "code": "order",
            "line_number": 1,
            "item": 0,
            "owner": 0,
            "expected_units": 10,
            "due_us": _LATER_US,
            "unit_cost_minor": 0,
        },
    ),
)

_STOCK: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "receive",
        {
            "purchase_line": [-1, -1, 0, -1],
            "item": [0, 0, 0, 1],
            "owner": 0,
            "lot": [0, 0, -1, 1],
            "status": 0,
            "pack": -1,
            "location": [0, 1, 0, 0],
            "handling_unit": -1,
            "units": 10,
            "unit_cost_minor": 0,
        },
    ),
    ("move", {"stock": 0, "units": 2, "location": 1, "handling_unit": -1}),
    ("adjust", {"stock": 0, "delta_units": -1, "reason": 2}),
    ("hold", {"stock": 0, "units": 1, "status": 1, "reason": 2}),
    (
        "promise",
        {
            "item": [0, 0, 0],
            "owner": 0,
            "channel": 1,
            "units": [1, 1, 30],
            "expires_us": _LATER_US,
            "due_us": [0, 0, _LATER_US],
        },
    ),
    ("release_promise", {"promise": 0}),
)

_PLAIN: Final[dict[str, Any]] = {
    "reference": 0,
    "channel": 1,
    "owner": 0,
    "priority": 0,
    "policy": 0,
    "placement": 2,
    "min_life_days": 0,
    "departure_us": 0,
    "code": "",
    "line_count": 1,
}
_LINE: Final[dict[str, Any]] = {"item": 0, "units": 1, "promise": -1}

_ORDERS: Final[tuple[tuple[str, dict[str, Any], dict[str, Any] | None], ...]] = (
    (
        "accept",
        _PLAIN
        | {
            "policy": [0, 1, 2],
            "placement": [1, 2, 1],
            "min_life_days": [0, 0, 1],
            "code": ["one", "two", "three"],
        },
        {"item": [0, 0, 1], "units": [1, 2, 99], "promise": [1, -1, -1]},
    ),
    ("deallocate", {"order": 0}, None),
    ("allocate", {"order": 0, "placement": 1}, None),
    ("release", {"order": [0, 1], "wave": 0}, None),
    ("pick", {"order": 0, "allocation": 0, "units": 1, "handling_unit": 0}, None),
    (
        "short_pick",
        {"order": 1, "allocation": 1, "found_units": 1, "handling_unit": 0, "reason": 2},
        None,
    ),
    ("pack", {"order": 0, "handling_unit": 1}, None),
    ("ship", {"order": 0}, None),
    ("cancel", {"order": 2}, None),
    ("tick", {}, None),
    # Many rows or orders at once, and a code that comes twice, have kernels of their own.
    (
        "receive",
        {
            "purchase_line": -1,
            "item": [0] * 32,
            "owner": 0,
            "lot": 0,
            "status": 0,
            "pack": -1,
            "location": 0,
            "handling_unit": -1,
            "units": 10,
            "unit_cost_minor": 0,
        },
        None,
    ),
    ("accept", _PLAIN | {"code": ["twice", "twice"]}, _LINE),
    ("accept", _PLAIN | {"reference": [0] * MANY_ORDERS}, _LINE),
)


def is_warm() -> bool:
    """Tell whether every kernel of this build was compiled on this machine."""
    return Path(use_kernel_cache(), MARK).exists()


def compile_kernels() -> int:
    """Have every kernel compiled that is not compiled yet, in a process of its own.

    Returns
    -------
    int
        How long it took, microseconds; 0 when there was nothing to do.

    Raises
    ------
    PeerUnavailable
        It failed; its words are in the message.
    """
    if is_warm():
        return 0
    begin_ns = time.perf_counter_ns()
    done = subprocess.run(
        [sys.executable, "-m", "slotline.service.warm"], capture_output=True, check=False
    )
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()
        raise PeerUnavailable(f"compiling kernels ended with {done.returncode}: {text}")
    return (time.perf_counter_ns() - begin_ns) // 1_000


def warm_up() -> None:
    """Compile what is not compiled yet; takes about a minute the first time.

    Raises
    ------
    SlotlineError
        The engine refuses to work at all.
    """
    cache = Path(use_kernel_cache())
    from .bootstrap import create_store, make_capacity, open_engine
    from .clock import FileClock

    with tempfile.TemporaryDirectory(prefix="slotline-warm-") as name:
        clock_path, store = Path(name, "clock"), Path(name, "store")
        clock = FileClock(clock_path)
        clock.set_us(_TIME_US)
        create_store(store, "warm", make_capacity("small", {}), clock_path=clock_path)
        # Recovery has kernels of its own: once from the journal, once from a snapshot.
        for number, step in enumerate((_work, _look_back, _forget)):
            clock.set_us(_TIME_US + number * KEY_HORIZON_US)
            engine = open_engine(store, clock=clock, background=False)
            try:
                step(engine)
            finally:
                engine.close()
    cache.mkdir(parents=True, exist_ok=True)
    Path(cache, MARK).write_bytes(b"")


def _work(engine: Engine) -> None:
    from ..engine.batch import make_batch

    plain = [(kind, columns, None) for kind, columns in (*_CATALOGUE, *_STOCK)]
    for number, (kind, columns, lines) in enumerate((*plain, *_ORDERS), start=1):
        engine.submit(make_batch(kind, columns, lines), key=_key(number), message=True)


def _look_back(engine: Engine) -> None:
    from .atp import atp_query
    from .releasable import releasable_query
    from .v1 import slotline_pb2

    engine.scrub()
    for items in (["fefo"], []):
        question = slotline_pb2.AtpRequest(client="client", items=items, bounds_us=[_LATER_US])
        engine.read(partial(atp_query, question))
    # Its kernel of places is that of batches as well.
    engine.read(partial(releasable_query, slotline_pb2.ListReleasableRequest()))
    engine.snapshot()


def _forget(engine: Engine) -> None:
    from ..engine.batch import make_batch

    # By now the keys of `_work` are older than the horizon, so this one makes them forgotten.
    engine.submit(make_batch("tick", {}), key=_key(0, _TIME_US + 2 * KEY_HORIZON_US), message=True)
    engine.scrub()


def _key(number: int, time_us: int = _TIME_US) -> bytes:
    head = (time_us // 1_000).to_bytes(6, "big")
    return head + b"\x70\x00\x80" + number.to_bytes(7, "big")


if __name__ == "__main__":
    if not is_warm():
        sys.stderr.write("compiling kernels, once for this version and machine\n")
        warm_up()
