"""Vehicle routing of others' instances by our planner of several pickers.

Seven instances: four of the X set (Uchoa et al. 2017), two with time windows of Gehring and
Homberger, one travelling salesman of TSPLIB. They lie in the plane, so a warehouse's exact tours
are of no help; it is the search alone that is measured. Routes are read back against the file and
added up here, with nothing of the solver's.
"""

from __future__ import annotations

import csv
import gzip
import re
import time
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.pickers import solve_pickers
from slotline.optimizer.pickers_problem import Pickers, PickersProblem, PickStops

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan

FOLDER: Final = "vrp-check"
_SEED: Final = 20_240_611
_THREADS: Final = 2
_LIMITS_S: Final = (10.0, 60.0)
_SPARE_PICKERS: Final = 4
"""Above as many as the loads need; the X set limits no fleet."""
_MM_PER_S: Final = 1_000_000
"""One unit of length takes one of time."""
_EVER: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class VrpInstance:
    """An instance as its file has it; node 0 is the depot.

    Attributes
    ----------
    way : list of list of int
        Rounded to whole units, or tenths of a unit cut off where there are time windows.
    demand, opens, closes, work : list of int
        By node; times in tenths of a unit. ``closes`` is the latest begin.
    capacity, vehicles : int
        Of each vehicle, and how many there are.
    tenths : int
        By how much ways and times are scaled, 1 or 10.
    """

    way: list[list[int]]
    demand: list[int]
    opens: list[int]
    closes: list[int]
    work: list[int]
    capacity: int
    vehicles: int
    tenths: int


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve each instance with each time limit.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice has the first time limit alone.

    Returns
    -------
    rows : list of Row
        Values in the unit of the set.
    """
    with (folder / "best_known.csv").open(newline="", encoding="utf-8") as file:
        best = {row["instance"]: float(row["best_known"]) for row in csv.DictReader(file)}
    instances = {name: read_instance(folder, name) for name in best}
    rows = []
    for limit_s in _LIMITS_S[: 1 if plan.smoke else None]:
        for name, instance in instances.items():
            # Compiles all of it, however long that takes.
            solve_pickers(picker_problem(instance), 0.0, _SEED, iterations_max=1)
            rows.append(_row(name, instance, best[name], limit_s))
    return rows


def read_instance(folder: Path, name: str) -> VrpInstance:
    """Read an instance in the format of VRPLIB or TSPLIB.

    Parameters
    ----------
    folder : Path
        The set.
    name : str
        Kind and name, as ``CVRP/X-n101-k25``.

    Returns
    -------
    instance : VrpInstance
        Ways rounded as its kind has it.
    """
    path = folder / f"{name.replace('/', '_')}.vrp.gz"
    header: dict[str, str] = {}
    tables: dict[str, list[list[float]]] = {}
    title = ""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in map(str.strip, file):
            if found := re.match(r"([A-Z_]+)\s*:\s*(.*)", line):
                header[found[1]] = found[2]
            elif re.fullmatch(r"[A-Z_]+", line):
                title = line
                tables[title] = []
            elif line:
                tables[title].append([float(word) for word in line.split()])
    timed = "TIME_WINDOW_SECTION" in tables
    scale = 10 if timed else 1
    places = [row[1:] for row in tables["NODE_COORD_SECTION"]]
    far = ((hypot(x - u, y - v) for u, v in places) for x, y in places)
    way = [[int(scale * d) if timed else int(d + 0.5) for d in row] for row in far]
    count = len(places)
    windows = tables.get("TIME_WINDOW_SECTION", [[0, 0, _EVER]] * count)
    demand = [int(row[1]) for row in tables.get("DEMAND_SECTION", [[0, 0]] * count)]
    capacity = int(header.get("CAPACITY", 0))
    needed = ceil(sum(demand) / capacity) + _SPARE_PICKERS if capacity else 1
    work = scale * int(header.get("SERVICE_TIME", 0))
    return VrpInstance(
        way=way,
        demand=demand,
        opens=[scale * int(row[1]) for row in windows],
        closes=[scale * int(row[2]) for row in windows],
        work=[0] + [work] * (count - 1),
        capacity=capacity,
        vehicles=int(header.get("VEHICLES", needed)),
        tenths=scale,
    )


def picker_problem(instance: VrpInstance) -> PickersProblem:
    """Give an instance as the planner takes it, a unit of time for each unit of length."""
    none = np.zeros(instance.vehicles, np.int64)
    work, closes = np.array(instance.work), np.array(instance.closes)
    timed = instance.tenths > 1
    return PickersProblem(
        np.array(instance.way),
        PickStops(
            np.arange(1, len(instance.way)),
            work_us=work[1:] if timed else None,
            opens_us=np.array(instance.opens[1:]) if timed else None,
            due_us=closes[1:] + work[1:] if timed else None,
            weight_g=np.array(instance.demand[1:]),
        ),
        Pickers(
            none, none, none, none + instance.closes[0], none + _MM_PER_S,
            weight_g=none + instance.capacity,
        ),
    )  # fmt: skip


def _row(name: str, instance: VrpInstance, best: float, limit_s: float) -> Row:
    problem = picker_problem(instance)
    begun = time.perf_counter()
    plan = solve_pickers(problem, limit_s, _SEED, _THREADS)
    seconds = time.perf_counter() - begun
    routes = [[int(stop) + 1 for stop in tour] for tour in plan.tours()]
    value, faults = _walked(instance, routes)
    if value != plan.total_mm:
        faults.append(f"{plan.total_mm} is claimed, the routes have {value}")
    return Row(
        group=f"{limit_s:g} s, {name.partition('/')[0]}",
        instance=name,
        value=value / instance.tenths,
        best=best,
        seconds=seconds,
        proven=plan.gap == 0,
        faults=tuple(faults),
    )


def _walked(instance: VrpInstance, routes: list[list[int]]) -> tuple[int, list[str]]:
    """Follow each route; give the sum of ways and what is wrong."""
    faults = []
    if sorted(node for route in routes for node in route) != list(range(1, len(instance.way))):
        faults.append("the routes do not visit every customer once")
    total = 0
    for route in routes:
        if sum(instance.demand[node] for node in route) > instance.capacity:
            faults.append(f"route {route} is overloaded")
        clock = instance.opens[0]
        for here, there in pairwise([0, *route, 0] if route else []):
            total += instance.way[here][there]
            clock = max(clock + instance.work[here] + instance.way[here][there],
                        instance.opens[there])  # fmt: skip
            if clock > instance.closes[there]:
                faults.append(f"route {route} is at {there} at {clock}, too late")
    return total, faults
