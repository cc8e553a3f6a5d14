"""Start-up: the help text, and a server that serves, with kernels compiled before."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .ours import ROOT, Measure, Plan, ServerProcess

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP_GOAL_S: Final = 0.3
_READY_GOAL_S: Final = 3.0
_REPEATS: Final = 5


def _run_s(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT.anchor)
    return time.perf_counter() - start


def measure_startup(plan: Plan) -> list[Measure]:
    """Measure start-up times.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Medians of five starts.
    """
    plan.report("start-up")
    python = [sys.executable, "-c", "pass"]
    slotline = [sys.executable, "-m", "slotline"]
    folder = Path(tempfile.mkdtemp(prefix="startup-", dir=plan.directory)) / "site"
    _run_s([*slotline, "init", str(folder)])
    bare_s, help_s, empty_s = [], [], []
    _ready_s(folder)
    for _ in range(_REPEATS):
        bare_s.append(_run_s(python))
        help_s.append(_run_s([*slotline, "--help"]))
        empty_s.append(_ready_s(folder)[0])
    with plan.copy() as site:
        full_s, recovered_s = _ready_s(site)
    return [
        Measure("start-up", "slotline --help", statistics.median(help_s), "s", _HELP_GOAL_S,
                lower=True, peer=f"python -c pass {statistics.median(bare_s):.3f} s"),
        Measure("start-up", "serve, empty store, until ready", statistics.median(empty_s), "s",
                _READY_GOAL_S, lower=True,
                peer=f"python -c pass {statistics.median(bare_s):.3f} s"),
        Measure("start-up", "serve, the workload's stock, until ready", full_s, "s", lower=True,
                peer=f"of it recovery from the journal alone {recovered_s:.2f} s"),
    ]  # fmt: skip


def _ready_s(folder: Path) -> tuple[float, float]:
    with ServerProcess(folder, ()) as server:
        return server.ready_s, server.recovered_s
