"""The real clock. Everything else gets one from outside."""

from __future__ import annotations

import mmap
import time
from typing import TYPE_CHECKING

from ..engine.ports import Clock

if TYPE_CHECKING:
    from pathlib import Path


class SystemClock(Clock):
    """The machine's wall clock; the engine itself guards against it going backwards."""

    def now_us(self) -> int:
        """Give the time now.

        Returns
        -------
        int
            Microseconds UTC.
        """
        return time.time_ns() // 1000


class FileClock(Clock):
    """A clock that another process sets: eight bytes of microseconds UTC in a file.

    For simulated days only (`slotline serve --clock-file`): the demo moves it on, and the server
    stamps what it does with that time.

    Parameters
    ----------
    path : Path
        File of 8 bytes, little-endian; made with time 0 when missing.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)

    def now_us(self) -> int:
        """Give the time that was set last, microseconds UTC."""
        return int.from_bytes(self._map[:8], "little")

    def set_us(self, time_us: int) -> None:
        """Set the time for every process that has the file open."""
        self._map[:8] = time_us.to_bytes(8, "little")
