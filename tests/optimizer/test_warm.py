"""After warming up, no planner has anything left to compile."""

from __future__ import annotations

import os
import subprocess
import sys

_SCRIPT = """
import sys

import numpy as np
from numba.core.dispatcher import Dispatcher

from slotline.optimizer.batching import BatchingProblem, Cart
from slotline.optimizer.matrix_batches import matrix_batches
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route
from slotline.optimizer.scattered import route_scattered
from slotline.optimizer.scattered_problem import ScatteredProblem
from slotline.optimizer.solve_batches import solve_batches
from slotline.optimizer.tour_rules import TourRules
from slotline.optimizer.warm import warm_planners
from slotline.optimizer.wave import choose_wave
from slotline.optimizer.wave_problem import WaveProblem


def compiled():
    modules = [module for name, module in sys.modules.items() if name.startswith("slotline")]
    return {
        (value.py_func.__module__, value.py_func.__qualname__): len(value.signatures)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Dispatcher)
    }


told = []
warm_planners(lambda name, seconds: told.append(name))
before = compiled()
assert sum(before.values()) > 20, before
rng = np.random.default_rng(1)
floor, depot = Rectangle([0, 2_000, 5_000], [0, 9_000, 20_000, 33_000]), Place(1, 500)
aisle, y_mm = rng.integers(0, 3, 90), rng.integers(0, 33_000, 90)
route(floor, aisle.tolist(), y_mm.tolist(), depot, Place(2, 7))
batches = BatchingProblem(
    floor, depot, np.arange(91), aisle, y_mm, Cart(weight_g=9, slots=5), slots=np.ones(90, int),
    weight_g=rng.integers(1, 4, 90), due_us=rng.integers(10**9, 2 * 10**9, 90),
)
solve_batches(batches, 0.1, 5)
scattered = ScatteredProblem(floor, depot, [0, 30, 60, 90], aisle, y_mm, aisle * 0 + 1, [3, 4, 5])
route_scattered(scattered, 0.1, 5)
choose_wave(WaveProblem([0, 2, 4], [0, 1, 1, 2], [1, 1, 1, 1], [0, 2, 4], [0, 1, 1, 2],
                        [9, 9, 9, 9], 1, 4), time_limit_s=0.05)
walk_mm = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
matrix_batches(walk_mm, rng.integers(0, 30, (20, 2)).tolist(), 0, 1,
               loads=TourRules(cart=Cart(slots=3), slots=[1] * 20), time_limit_s=0.1)
assert compiled() == before, {name: n for name, n in compiled().items() if n != before.get(name)}
print(*told, sep=",")
"""


def test_warm_planners_leave_nothing_to_compile() -> None:
    """In a process of its own, where nothing else was called before, and always compiled."""
    modes = ("NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK")
    environment = {name: value for name, value in os.environ.items() if name not in modes}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().split(",")[0] == "tours"
    assert "release" in done.stdout
