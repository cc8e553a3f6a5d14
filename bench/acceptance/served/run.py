"""Run a day on a server of its own, kill that once, and take the events from what it says."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from slotline.kernels.columns import DAY_US
from slotline.service.clock import FileClock
from slotline.service.demo.process import ServerProcess
from slotline.service.verify import AckLog

from ..check.replay import check_files
from ..files import write_day
from ..floor import Floor
from ..size import HOUR_US
from ..stock import Stock
from ..streaming import Streaming
from ..world import draw_day
from .caller import Caller
from .events import EVENT_KINDS, events_of
from .notes import Notes
from .opening import open_site
from .work import ServedWork

if TYPE_CHECKING:
    from ..day import Day
    from ..size import Size

MIDNIGHT_US: Final = 20_000 * DAY_US
"""Any day will do."""
KILL_US: Final = 10 * HOUR_US + HOUR_US // 2
"""Between two departures, when there is much to do."""


@dataclass(frozen=True, slots=True)
class ServedDay:
    """A day on a server, and what became of it.

    Attributes
    ----------
    seed : int
        Of the day.
    result : dict
        As the checker found it, see `check.replay.check`.
    calls, effects : int
        Answers of the server, queries among them, and effects that events were made from.
    opening_s, day_s, reading_s, verifying_s, recovery_s : float
        Time for the site, the day, the effects and `slotline verify`, and to serve after the kill.
    is_repeated : bool
        Whether the last call before the kill, sent again under its key, had the same answer.
    is_verified : bool
        Whether `slotline verify` found nothing wrong, each answer in the journal.
    verdict : str
        What it said.
    """

    seed: int
    result: dict[str, Any]
    calls: int
    effects: int
    opening_s: float
    day_s: float
    reading_s: float
    verifying_s: float
    recovery_s: float
    is_repeated: bool
    is_verified: bool
    verdict: str


def serve_day(size: Size, seed: int, keep: Path | None) -> ServedDay:
    """Draw a day and run it on a server, see `run_served`.

    Parameters
    ----------
    size : Size
        Of the day.
    seed : int
        Of the day.
    keep : Path, optional
        Folder for its files, among them the store; none are kept without it.

    Returns
    -------
    served : ServedDay
        Checked.
    """
    with tempfile.TemporaryDirectory(prefix="slotline-acceptance-") as scratch:
        folder = Path(scratch)
        if keep is not None:
            folder = keep / "served"
            folder.mkdir(parents=True)
        return run_served(draw_day(size, seed), folder)


class _Killing:
    """Sets the server's time step by step, and kills the server once between two steps."""

    def __init__(self, clock: FileClock, server: ServerProcess, caller: Caller) -> None:
        self._clock, self._server, self._caller = clock, server, caller
        self.is_repeated: bool | None = None

    def set_time(self, at_us: int) -> None:
        """Go on to the time of a step, microseconds since midnight."""
        if at_us >= KILL_US and self.is_repeated is None:
            self._server.kill()
            self._server.start()
            # Tried again and again by the client until the server is back.
            self.is_repeated = self._caller.send_last_again()
            self._server.wait_until_ready()
        self._clock.set_us(MIDNIGHT_US + at_us)


def run_served(day: Day, folder: Path) -> ServedDay:
    """Run a day by our planning, with a server as its books.

    Parameters
    ----------
    day : Day
        What happens to the floor.
    folder : Path
        Existing, gets ``day-SEED.json``, ``events-SEED-served.jsonl`` and the server's ``store``.

    Returns
    -------
    served : ServedDay
        Checked.
    """
    clock = FileClock(folder / "clock")
    clock.set_us(MIDNIGHT_US)
    server, notes, acks = ServerProcess(folder, clock, folder / "clock"), Notes(), folder / "acks"
    event_file, day_file = (
        folder / f"events-{day.seed}-served.jsonl",
        folder / f"day-{day.seed}.json",
    )
    write_day(day, day_file)
    with ExitStack() as stack:
        stack.callback(server.discard)
        server.create("acceptance")
        server.start()
        server.wait_until_ready()
        log = stack.enter_context(AckLog(acks))
        caller = stack.enter_context(Caller(server.address, clock, log))
        marks_s = [time.perf_counter()]
        opened = open_site(caller, day, MIDNIGHT_US)
        marks_s.append(time.perf_counter())
        killing, stock = _Killing(clock, server, caller), Stock(day)
        work = ServedWork(caller, day, stock, opened, notes, killing.set_time, MIDNIGHT_US)
        Floor(day, work, lambda progress, wall: Streaming(day, stock, work, progress, wall)).run()
        marks_s.append(time.perf_counter())
        effects = _write_events(caller, day, notes, event_file)
        marks_s.append(time.perf_counter())
        log.flush()
        server.stop()
    words = ["verify", str(server.store), "--acks", str(acks)]
    verified = subprocess.run(
        [sys.executable, "-m", "slotline", *words], capture_output=True, text=True, check=False
    )
    marks_s.append(time.perf_counter())
    opening_s, day_s, reading_s, verifying_s = (end - begin for begin, end in pairwise(marks_s))
    return ServedDay(
        seed=day.seed,
        result=check_files(day_file, event_file),
        calls=sum(caller.calls.values()),
        effects=effects,
        opening_s=opening_s,
        day_s=day_s,
        reading_s=reading_s,
        verifying_s=verifying_s,
        recovery_s=server.recovery_us / 1e6,
        is_repeated=bool(killing.is_repeated),
        is_verified=verified.returncode == 0,
        verdict=(verified.stdout + verified.stderr).strip(),
    )


def _write_events(caller: Caller, day: Day, notes: Notes, path: Path) -> int:
    """Write what the server says has happened; give the number of effects."""
    count = 0

    def counted() -> Any:
        nonlocal count
        for effect in caller.client().effects(kinds=EVENT_KINDS):
            count += 1
            yield effect

    dump = json.JSONEncoder(separators=(",", ":")).encode
    with path.open("w", encoding="utf-8") as out:
        for event in events_of(counted(), notes, day.order_trailer.tolist(), MIDNIGHT_US):
            out.write(dump(event) + "\n")
    return count
