"""How far commands reach: the bound that keeps every record within one frame.

Most commands touch a handful of rows. Some touch as many as an order has allocations, or as many as
a pool has given out. Each such command learns before its first write how many allocations and
promises it would make, change or end, and has outcome LIMIT when that is more than there is room
for. Merged single commands never share their room: a run that has reached far is cut, and the next
command begins a run of its own. The commands of a message, which is never cut, do share it;
messages are joined only as long as all of them together could not use it up.
"""

from __future__ import annotations

from . import limits


class Reach:
    """Allocations and promises that the commands of one run have reached.

    Parameters
    ----------
    may_cut : bool
        Whether the run may end early, which a message may not.
    """

    __slots__ = ("_may_cut", "used")

    def __init__(self, *, may_cut: bool) -> None:
        self._may_cut = may_cut
        self.used = 0

    def room(self) -> int:
        """Give how many the next command may reach."""
        return min(limits.COMMAND_REACH_MAX, limits.RUN_REACH_MAX - self.used)

    def accept_room(self) -> int:
        """Give how many allocations the next order of a run of `accept` may make."""
        if self._may_cut:
            return limits.COMMAND_REACH_MAX
        return min(limits.COMMAND_REACH_MAX, limits.ACCEPT_REACH_MAX - self.used)

    def ends_run(self) -> bool:
        """Tell whether the run must end, so that the next command has its full room."""
        return self._may_cut and self.used > limits.RUN_REACH_MAX - limits.COMMAND_REACH_MAX
