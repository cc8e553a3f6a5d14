"""What the measurements of our own side share: goals, the filled site, the server process.

A measure has a goal, usually an aim beyond it, and names its peer from the same run: no absolute
time stands alone. The site is filled once through the engine's own commands; each measurement that
writes works on a copy of its folder.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from slotline.engine.errors import InvalidRequest, PeerUnavailable

from .echo import cpu_us, pin_process
from .site import open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType

    from .results import Scalar
    from .workload import Workload

ROOT: Final = Path(__file__).resolve().parents[1]
_STOP_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that was promised, with what it is held against.

    Attributes
    ----------
    group, name : str
        Which table and row; together unique within a run.
    value : float
        What was measured.
    unit : str
        ``/s``, ``us``, ``s``, ``x`` (a ratio) or ``passes``.
    goal : float or None
        Must be reached; None for numbers that only explain others.
    aim : float or None
        Would be better still.
    lower : bool
        Whether less is better.
    peer : str
        The peer from the same run, in words and numbers.
    extra : mapping
        Anything else worth keeping, as plain values.
    """

    group: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    aim: float | None = None
    lower: bool = False
    peer: str = ""
    extra: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Group and name."""
        return f"{self.group}: {self.name}"

    def reaches(self, bound: float | None) -> bool:
        """Tell whether the value is as good as a bound; never when there is none."""
        if bound is None:
            return False
        return self.value <= bound if self.lower else self.value >= bound

    @property
    def verdict(self) -> str:
        """``met``, ``met, aim too``, ``missed``, or nothing without a goal."""
        if self.goal is None:
            return ""
        if not self.reaches(self.goal):
            return "missed"
        return "met, aim too" if self.reaches(self.aim) else "met"


def medians(runs: Sequence[Sequence[Measure]]) -> list[Measure]:
    """Take the median of each measure over several runs.

    Parameters
    ----------
    runs : sequence of sequence of Measure
        One inner sequence a run; the last one's peers and extras are kept.

    Returns
    -------
    list of Measure
        With ``runs``, ``lowest`` and ``highest`` in `extra`.

    Raises
    ------
    InvalidRequest
        If the runs measured different things.
    """
    names = [measure.key for measure in runs[-1]]
    if any([measure.key for measure in run] != names for run in runs):
        raise InvalidRequest("found runs with different measures, expected the same in each")
    result = []
    for place, last in enumerate(runs[-1]):
        values = [run[place].value for run in runs]
        spread = {"runs": len(values), "lowest": min(values), "highest": max(values)}
        extra = dict(last.extra) | spread
        result.append(replace(last, value=statistics.median(values), extra=extra))
    return result


@dataclass(frozen=True, slots=True)
class Plan:
    """What all measurements of one run share.

    Attributes
    ----------
    workload : Workload
        Stock and orders.
    directory : Path
        On the disk to be measured; everything in it is removed at the end.
    is_smoke : bool
        Whether sizes and times are cut down: the numbers then mean little.
    seconds : float or None
        Of each sustained run; None for the usual time.
    report : callable
        Told what begins.
    found : dict of str to float
        Rates that one group measures and another one compares with.
    """

    workload: Workload
    directory: Path
    is_smoke: bool
    seconds: float | None = None
    report: Callable[[str], None] = lambda _: None
    found: dict[str, float] = field(default_factory=dict)

    def of(self, full: float, smoke: float) -> float:
        """Choose between the full and the cut-down figure."""
        return smoke if self.is_smoke else full

    @property
    def site(self) -> Path:
        """Folder of the filled site; do not write to it."""
        folder = self.directory / "site"
        if not folder.exists():
            self.report("site: opening stock through the engine's own commands")
            making = self.directory / "site.making"
            open_site(making, self.workload).close()
            making.rename(folder)
        return folder

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """Give a copy of the filled site, removed afterwards."""
        with tempfile.TemporaryDirectory(prefix="copy-", dir=self.directory) as parent:
            folder = Path(parent) / "site"
            shutil.copytree(self.site, folder)
            # What lies in the page cache unwritten would be synced within the measurement.
            os.sync()
            yield folder


class ServerProcess:
    """``slotline serve`` in a process of its own. Use as a context manager.

    Parameters
    ----------
    folder : Path
        Data directory.
    cores : collection of int
        Cores that it may run on, none for all.
    arguments : str
        More arguments of ``serve``.

    Attributes
    ----------
    ready_s : float
        Seconds from starting the process to its line ``ready``.
    recovered_s : float
        Seconds of them that recovery took.
    """

    def __init__(self, folder: Path, cores: Collection[int], *arguments: str) -> None:
        self._command = [sys.executable, "-m", "slotline", "serve", str(folder)]
        self._command += ["--port", "0", "--json", *arguments]
        self._cores = cores
        self.target = ""
        self.pid = 0
        self.ready_s = 0.0
        self.recovered_s = 0.0

    def __enter__(self) -> Self:
        """Start the server and wait until it is ready."""
        start = time.perf_counter()
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, cwd=ROOT.anchor)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.ready_s = time.perf_counter() - start
        if not line:
            raise PeerUnavailable(
                f"slotline serve ended with code {self._process.wait()}, expected it to be ready"
            )
        facts = json.loads(line)
        self.target, self.recovered_s = facts["address"], facts["recovery_s"]
        self.pid = self._process.pid
        if self._cores:
            pin_process(self.pid, self._cores)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it as an operator would."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        finally:
            self._process.kill()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def cpu_us(self) -> int:
        """Give the CPU time used so far, microseconds."""
        return cpu_us(self.pid)
