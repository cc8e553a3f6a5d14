"""Run one day by one policy and write what happened."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from .floor import Floor
from .hourly import HourlyWaves
from .stock import Stock
from .streaming import Streaming
from .work import Recorder

if TYPE_CHECKING:
    from .day import Day

POLICIES: Final = {"ours": Streaming, "hourly": HourlyWaves}


def run_day(day: Day, policy: str, out: IO[str]) -> None:
    """Run a day.

    Parameters
    ----------
    day : Day
        What happens to the floor.
    policy : str
        One of `POLICIES`.
    out : text file
        Gets the events.
    """
    stock = Stock(day)
    work = Recorder(day, stock, out)
    make = POLICIES[policy]
    Floor(day, work, lambda progress, wall: make(day, stock, work, progress, wall)).run()
