"""Which orders missed their trailer, and whether that was said early enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .faults import Faults

_Event = dict[str, Any]

_MINUTE_US: Final = 60_000_000
_AHEAD_US: Final = 60 * _MINUTE_US
_CAUSES: Final = ("after the cut-off", "short", "delay")


class Misses:
    """Follows what is said of misses, and what could have caused them.

    Parameters
    ----------
    day : dict
        The day's file.
    faults : Faults
        Gets what is wrong.
    """

    def __init__(self, day: dict[str, Any], faults: Faults) -> None:
        self._faults = faults
        orders, trailers = day["orders"], day["trailers"]
        self._trailer_of, self._arrives_us = orders["trailer"], orders["arrives_us"]
        self._feasible = orders["feasible"]
        self._departs_us = [trailer["departs_us"] for trailer in trailers]
        accept_us = day["limits"]["accept_us"]
        self._closes_us = [trailer["planned_us"] - accept_us for trailer in trailers]
        self._arrived: dict[int, int] = {}
        self._lost_us: dict[int, set[int]] = {}
        self._delays_us: set[int] = set()
        self._named: dict[int, list[_Event]] = {}

    def see_arrived(self, event: _Event) -> None:
        """See an order arrive when the day's file says, once."""
        order, at_us = event["order"], event["at_us"]
        is_so = order not in self._arrived and at_us == self._arrives_us[order]
        text = f"order {order}, expected once, at {self._arrives_us[order]}"
        self._faults.expect(is_so, "arrival", at_us, text)
        self._arrived[order] = at_us

    def see_short(self, event: _Event) -> None:
        """Note units that are nowhere to be found: a cause."""
        if event["missing_units"] > sum(units for _, units in event["rest"]):
            self._lost_us.setdefault(event["order"], set()).add(event["at_us"])

    def see_delayed(self, event: _Event) -> None:
        """Note a late trailer: a cause."""
        self._delays_us.add(event["at_us"])

    def see_missed(self, event: _Event) -> None:
        """Note a miss that is named."""
        self._named.setdefault(event["order"], []).append(event)

    def judge(self, shipped: dict[int, bool], end_us: int) -> dict[str, int]:
        """Count at the end of the day.

        Parameters
        ----------
        shipped : dict of int to bool
            Orders that left on their trailer, and whether in full.
        end_us : int
            Time of the last event.

        Returns
        -------
        counts : dict of str to int
            ``feasible``, ``on_trailer`` of these, ``missed`` of all orders, ``named_in_time`` of
            these, ``false_alarms``.
        """
        counts: dict[str, int] = dict.fromkeys(
            ("feasible", "on_trailer", "missed", "named_in_time", "false_alarms"), 0
        )
        for order, feasible in enumerate(self._feasible):
            text = f"order {order} of the day's file never arrived"
            self._faults.expect(order in self._arrived, "arrival", end_us, text)
            whole = shipped.get(order, False)
            # In time and with all its goods somewhere, whatever the day's file calls it.
            possible = (
                self._arrives_us[order] <= self._closes_us[self._trailer_of[order]]
                and order not in self._lost_us
            )
            text = f"order {order} is called infeasible without a reason that the events show"
            self._faults.expect(feasible or not possible, "feasible", end_us, text)
            counts["feasible"] += feasible
            counts["on_trailer"] += feasible and whole
            counts["missed"] += not whole
            counts["named_in_time"] += not whole and self._is_in_time(order)
            counts["false_alarms"] += whole and order in self._named
        return counts

    def _is_in_time(self, order: int) -> bool:
        """Tell whether a miss was named long before, or at once when its cause was known."""
        departs_us = self._departs_us[self._trailer_of[order]]
        for event in self._named.get(order, []):
            at_us, caused_us = event["at_us"], event["caused_us"]
            causes_us = {self._arrived.get(order)} | self._lost_us.get(order, set())
            causes_us |= self._delays_us
            at_once = 0 <= at_us - caused_us <= _MINUTE_US and caused_us in causes_us
            if at_us <= departs_us - _AHEAD_US or (at_once and event["cause"] in _CAUSES):
                return True
        return False
