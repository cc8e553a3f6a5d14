"""Both policies on the same days, side by side."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Final

from .check.replay import check_files
from .files import write_day
from .run import POLICIES, run_day
from .world import draw_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .size import Size

# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom.
_T_95: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
SEEDS_MAX: Final = len(_T_95) + 1


@dataclass(frozen=True, slots=True)
class PairedDay:
    """One day by both policies, as the checker found it.

    Attributes
    ----------
    seed : int
        Of the day.
    results : dict of str to dict
        By policy, see `check.replay.check`; with ``seconds`` that planning and simulating took.
    """

    seed: int
    results: dict[str, dict[str, Any]]

    @property
    def saving(self) -> float:
        """Part of the labour per order of hourly waves that ours saves."""
        ours, hourly = (self.results[name]["labour_s_per_order"] for name in ("ours", "hourly"))
        return 1 - ours / hourly


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % interval by Student's t."""

    mean: float
    low: float
    high: float


def run_pair(size: Size, seed: int, folder: Path) -> PairedDay:
    """Run and check a day by each policy.

    Parameters
    ----------
    size : Size
        Of the day.
    seed : int
        Of the day.
    folder : Path
        Gets ``day-SEED.json`` and ``events-SEED-POLICY.jsonl``.

    Returns
    -------
    pair : PairedDay
        Results.
    """
    day = draw_day(size, seed)
    day_file = folder / f"day-{seed}.json"
    write_day(day, day_file)
    results = {}
    for policy in POLICIES:
        event_file = folder / f"events-{seed}-{policy}.jsonl"
        begun = time.perf_counter()
        with event_file.open("w", encoding="utf-8") as out:
            run_day(day, policy, out)
        seconds = time.perf_counter() - begun
        results[policy] = check_files(day_file, event_file) | {"seconds": seconds}
    return PairedDay(seed, results)


def run_pairs(
    size: Size, seeds: Sequence[int], processes: int, keep: Path | None
) -> Iterator[PairedDay]:
    """Run days in several processes.

    Parameters
    ----------
    size : Size
        Of all days.
    seeds : sequence of int
        One for each day.
    processes : int
        At once.
    keep : Path, optional
        Folder for the files of the first day; none are kept without it.

    Yields
    ------
    pair : PairedDay
        In the sequence of the seeds.
    """
    with (
        tempfile.TemporaryDirectory(prefix="slotline-acceptance-") as scratch,
        # Numba's threads do not survive a fork.
        ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), initializer=_step_back
        ) as pool,
    ):
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
        jobs = []
        for at, seed in enumerate(seeds):
            folder = keep if keep is not None and at == 0 else Path(scratch)
            jobs.append(pool.submit(_run_and_clear, size, seed, folder, folder is not keep))
        for job in jobs:
            yield job.result()


def interval_of(values: Sequence[float]) -> Interval:
    """Give mean and interval of paired differences.

    Parameters
    ----------
    values : sequence of float
        2 to `SEEDS_MAX` of them.

    Returns
    -------
    interval : Interval
        Of their mean.
    """
    mean = fmean(values)
    half = _T_95[len(values) - 2] * stdev(values) / len(values) ** 0.5
    return Interval(mean, mean - half, mean + half)


def _step_back() -> None:
    """Leave the cores to the day on the server, which takes longest, whenever it can use one."""
    os.nice(10)


def _run_and_clear(size: Size, seed: int, folder: Path, clear: bool) -> PairedDay:
    pair = run_pair(size, seed, folder)
    if clear:
        for file in (*folder.glob(f"day-{seed}.json"), *folder.glob(f"events-{seed}-*.jsonl")):
            file.unlink()
    return pair
