"""Compile every planner once: `python -m slotline.optimizer.warm`, or `warm_planners` in a process.

Kernels are compiled when they are first called, and kept on disk. A planner cannot stop for its
deadline meanwhile, so whoever has one calls this before: a minute or so the first time on a
machine, a few seconds in each later process, which only has to load them.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.tour_subsets import SUBSET_STOPS_MAX
from .batching import BatchingProblem, Cart
from .distances import Distances
from .exact_tour import EXACT_BLOCKS_MAX
from .matrix_batches import matrix_batches
from .matrix_subsets import SUBSET_ORDERS_MAX
from .matrix_tour import Effort
from .pickers import solve_pickers
from .pickers_problem import FloorPlaces, Pickers, PickersProblem, PickStops
from .policies import POLICIES
from .rectangle import Place, Rectangle
from .release import plan_release
from .release_problem import ReleaseProblem
from .route import route
from .route_map import route_map
from .scattered import route_scattered
from .scattered_problem import ScatteredProblem
from .site_description import describe
from .site_generate import generate
from .solve_batches import solve_batches
from .tour_rules import TourRules
from .wave import choose_wave
from .wave_problem import WaveProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_AISLES: Final = 4
_BLOCK_MM: Final = 10_000
_DEPOT: Final = Place(0, 0)
_SHORT_S: Final = 0.05
_MANY_ORDERS: Final = 501
"""More than a search of batches keeps whole for each thread."""


def warm_planners(told: Callable[[str, float], None] | None = None) -> float:
    """Have every planner solve small problems, so that its kernels are compiled or loaded.

    Parameters
    ----------
    told : callable, optional
        Called after each planner with its name and the seconds that it took.

    Returns
    -------
    seconds : float
        How long it took.
    """
    begun = time.perf_counter()
    for name, solve in _PLANNERS.items():
        before = time.perf_counter()
        solve()
        if told is not None:
            told(name, time.perf_counter() - before)
    return time.perf_counter() - begun


def _all(count: int, value: int) -> NDArray[np.int64]:
    return np.full(count, value, np.int64)


def _floor(block_count: int) -> Rectangle:
    return Rectangle(np.arange(_AISLES) * 3_000, np.arange(block_count + 1) * _BLOCK_MM)


def _stops(count: int, block_count: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Spread stops over a floor."""
    stop = np.arange(count)
    return stop * 3 % _AISLES, 1_000 + stop * 7_300 % (block_count * _BLOCK_MM - 1_000)


def _tours() -> None:
    for block_count in range(1, EXACT_BLOCKS_MAX + 2):
        floor = _floor(block_count)
        for count in (1, 6, SUBSET_STOPS_MAX + 8):
            for end in (_DEPOT, Place(_AISLES - 1, _BLOCK_MM)):
                route(floor, *_stops(count, block_count), _DEPOT, end)
    for policy in POLICIES:
        route(_floor(1), *_stops(6), _DEPOT, policy=policy)


def _map_tours() -> None:
    description = {"name": "warm", "aisles": _AISLES, "bays": [10], "places": [{"kind": "depot"}]}
    distances = Distances(generate(describe(description)))
    depot = distances.place_stop("DEPOT")
    for count in (2, 6, SUBSET_STOPS_MAX + 8):
        stops = np.arange(count)
        rank = (stops % 2).tolist()
        boxes = TourRules(
            rank=rank, cart=Cart(weight_g=4_000), weight_g=[1_000] * count, tote=rank[::-1]
        )
        for rules in (None, TourRules(rank=rank), boxes):
            for effort in (Effort(rounds_max=20), Effort(time_limit_s=_SHORT_S)):
                route_map(distances, stops, depot, rules=rules, effort=effort)


def _scattered() -> None:
    items = 12
    for block_count in (1, 2):
        aisle, y_mm = _stops(3 * items, block_count)
        for units in (1, 3):
            problem = ScatteredProblem(
                rectangle=_floor(block_count),
                depot=_DEPOT,
                first_position=np.arange(items + 1) * 3,
                position_aisle=aisle,
                position_y_mm=y_mm,
                position_units=1 + np.arange(3 * items) % units,
                demand_units=np.full(items, units),
            )
            route_scattered(problem, 1.0, 1, 2, iterations_max=50)


def _pickers() -> None:
    floor = _floor(1)
    aisle, y_mm = (np.append(0, column) for column in _stops(24))
    problem = PickersProblem(
        walked_mm=floor.walked_mm(aisle, y_mm),
        stops=PickStops(
            place=np.arange(1, 25),
            work_us=_all(24, 5_000_000),
            due_us=_all(24, 800_000_000),
            weight_g=_all(24, 500),
        ),
        pickers=Pickers(
            start_place=_all(2, 0),
            end_place=_all(2, 0),
            shift_start_us=_all(2, 0),
            shift_end_us=_all(2, 900_000_000),
            mm_per_s=_all(2, 1_200),
            weight_g=_all(2, 8_000),
        ),
        floor=FloorPlaces(floor, aisle, y_mm),
    )
    solve_pickers(problem, 1.0, 1, 2, iterations_max=50)


def _batches() -> None:
    for block_count, counts in ((1, (6, 40, _MANY_ORDERS)), (2, (40,))):
        for count in counts:
            aisle, y_mm = _stops(2 * count, block_count)
            for due_us in (None, np.full(count, 900_000_000)):
                problem = BatchingProblem(
                    rectangle=_floor(block_count),
                    depot=_DEPOT,
                    order_first=np.arange(count + 1) * 2,
                    stop_aisle=aisle,
                    stop_y_mm=y_mm,
                    cart=Cart(slots=4),
                    slots=np.ones(count, np.int64),
                    due_us=due_us,
                )
                solve_batches(problem, 1.0, 1, 2, move_limit=2_000)
                # What is compiled within a deadline may pass it: the second goes on from there.
                for _ in range(2):
                    solve_batches(problem, _SHORT_S, 1)
    place = np.arange(SUBSET_ORDERS_MAX + 4)
    walk_mm = 1_000 * np.abs(place[:, None] - place[None, :])
    for count in (6, SUBSET_ORDERS_MAX + 2):
        loads = TourRules(cart=Cart(weight_g=4_000), weight_g=[1_000] * count)
        stops = [[row] for row in range(1, count + 1)]
        for _ in range(2):
            matrix_batches(walk_mm, stops, 0, loads=loads, time_limit_s=_SHORT_S)


def _waves() -> None:
    orders, aisles, items = 60, 12, 20
    for lines in (1, 2):
        line = np.arange(orders * lines)
        stock = np.arange(aisles * 5)
        problem = WaveProblem(
            order_first=np.arange(orders + 1) * lines,
            line_item=(line * 7 + line // lines) % items,
            line_units=(1 + line % 3).astype(np.int32),
            aisle_first=np.arange(aisles + 1) * 5,
            stock_item=(stock * 3 + stock // 5) % items,
            stock_units=(2 + stock % 4).astype(np.int32),
            units_min=10,
            units_max=60,
        )
        # What is compiled within a deadline may pass it: the second call goes on from there.
        for _ in range(2):
            choose_wave(problem, time_limit_s=_SHORT_S, thread_count=2)


def _releases() -> None:
    orders, quarter_us = 12, 900_000_000
    problem = ReleaseProblem(
        start_us=0,
        interval_us=quarter_us,
        workers=np.ones((3, 4), np.int64),
        order_departure=_all(orders, 0),
        order_ready_us=_all(orders, 0),
        order_weight=np.arange(1, orders + 1),
        order_volume_ml=_all(orders, 9_000),
        order_slots=_all(orders, 1),
        step_first=np.arange(orders + 1) * 3,
        step_zone=np.tile(np.arange(3), orders),
        step_work_us=np.tile(np.array([400_000_000, 60_000_000, 60_000_000]), orders),
        departs_us=_all(1, 4 * quarter_us),
        lane_from_us=_all(1, 0),
        door_from_us=_all(1, 2 * quarter_us),
        lane_count=1,
        door_count=1,
        slot_count=10,
        cart_volume_ml=40_000,
        open_steps=1,
    )
    plan_release(problem, passes_max=20)


_PLANNERS: Final = {
    "tours": _tours,
    "tours on a map": _map_tours,
    "scattered storage": _scattered,
    "several pickers": _pickers,
    "batches": _batches,
    "waves": _waves,
    "release": _releases,
}


def _tell(name: str, seconds: float) -> None:
    sys.stderr.write(f"{name}: {seconds:.1f} s\n")


if __name__ == "__main__":
    _tell("planners are ready", warm_planners(_tell))
