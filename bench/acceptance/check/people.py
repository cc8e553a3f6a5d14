"""Nobody does two things at once or is faster than people are; what their time comes to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .faults import Faults

_Event = dict[str, Any]

# Nobody walks faster with a cart than 1.67 m/s.
_LEAST_US_PER_MM: Final = 600


class People:
    """Adds up labour: of pickers from claim to return, of others from begin to end of each task.

    Parameters
    ----------
    day : dict
        The day's file.
    faults : Faults
        Gets what is wrong.

    Attributes
    ----------
    labour_us : Counter
        By what ended the task: ``brought``, ``put``, ``packed``, ``staged``, ``loaded``.
    walked_mm : int
        By all pickers.
    """

    def __init__(self, day: dict[str, Any], faults: Faults) -> None:
        self._faults = faults
        stock = day["stock"]
        places = zip(stock["x_mm"], stock["y_mm"], strict=True)
        self._place = dict(zip(stock["bin"], places, strict=True))
        self._limit = day["limits"]["pickers"]
        self._busy: dict[str, int] = {}
        self._free_us: dict[str, int] = {}
        self._last: dict[str, tuple[int, tuple[int, int] | None]] = {}
        self.labour_us: Counter[str] = Counter()
        self.walked_mm = 0

    def see_claimed(self, event: _Event) -> None:
        """See a picker set out."""
        person, at_us = event["person"], event["at_us"]
        self._faults.expect(person not in self._busy, "person", at_us, f"{person} is on a tour")
        self._busy[person] = at_us
        self._last[person] = at_us, None
        text = f"more than {self._limit} pickers"
        self._faults.expect(len(self._last) <= self._limit, "person", at_us, text)

    def see_picked(self, event: _Event) -> None:
        """See a picker at a bin."""
        self._walk(event, self._place.get(event["bin"]))

    def see_short(self, event: _Event) -> None:
        """See a picker at a bin."""
        self._walk(event, self._place.get(event["bin"]))

    def see_brought(self, event: _Event) -> None:
        """See a picker come back."""
        person, at_us = event["person"], event["at_us"]
        self._walk(event, None)
        self.labour_us["brought"] += at_us - self._busy.pop(person, at_us)

    def _walk(self, event: _Event, place: tuple[int, int] | None) -> None:
        person, at_us, walked_mm = event["person"], event["at_us"], event["walked_mm"]
        before_us, before = self._last.get(person, (at_us, None))
        self.walked_mm += walked_mm
        if before is not None and place is not None:
            apart = abs(place[0] - before[0]) + abs(place[1] - before[1])
            text = f"{person} walked {walked_mm} mm to a bin that is {apart} mm away"
            self._faults.expect(walked_mm >= apart, "walk", at_us, text)
        took_us = at_us - before_us
        text = f"{person} walked {walked_mm} mm within {took_us} us"
        self._faults.expect(took_us >= walked_mm * _LEAST_US_PER_MM, "walk", at_us, text)
        self._last[person] = at_us, place

    def see_task(self, event: _Event) -> None:
        """See a task done that has no walk."""
        person, begin_us, at_us = event["person"], event["begin_us"], event["at_us"]
        free_us = self._free_us.get(person, 0)
        text = f"{person} began at {begin_us}, was busy until {free_us}"
        self._faults.expect(free_us <= begin_us <= at_us, "person", at_us, text)
        self._free_us[person] = at_us
        self.labour_us[event["event"]] += at_us - begin_us
