"""The real clock. Everything else gets one from outside."""

from __future__ import annotations

import time

from ..engine.ports import Clock


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
