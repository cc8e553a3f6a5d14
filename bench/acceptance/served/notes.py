"""What no command tells a server and no effect of it can say, beside the sequence it belongs to.

Facts belong to one command: metres that were walked up to it, when its labour began, what the
worker's device showed. Remarks are events of their own: misses, and what is done with no goods.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Shown(NamedTuple):
    """A task as `GetBatch` shows it to whoever carries it out.

    Attributes
    ----------
    task : int
        Number.
    order : int
        The server's number.
    location : str
        Code of the bin.
    units : int
        To be picked.
    """

    task: int
    order: int
    location: str
    units: int


class Remark(NamedTuple):
    """An event that is none of the server's.

    Attributes
    ----------
    sequence : int
        Of the last command before it.
    event : dict of str to object
        As it is to stand among the events.
    """

    sequence: int
    event: dict[str, Any]


@dataclass(slots=True)
class Notes:
    """Facts and remarks of a day.

    Attributes
    ----------
    walked_mm : dict of int to int
        Since the stop before, by the sequence of what was confirmed.
    begin_us : dict of int to int
        Begin of labour, by the sequence of the task's last command.
    put_zone : dict of int to int
        Zone of a part that was put into the wall, by the sequence of its last pick.
    rest : dict of int to list of Shown
        Tasks that took the place of a short one, by the sequence of the short pick.
    shown : dict of int to Shown
        By task.
    line_of : dict of (int, int) to int
        Line of the day by the server's order and allocation, as `ListReleasable` told it.
    remarks : list of Remark
        In the sequence in which they were made.
    """

    walked_mm: dict[int, int] = field(default_factory=dict)
    begin_us: dict[int, int] = field(default_factory=dict)
    put_zone: dict[int, int] = field(default_factory=dict)
    rest: dict[int, list[Shown]] = field(default_factory=dict)
    shown: dict[int, Shown] = field(default_factory=dict)
    line_of: dict[tuple[int, int], int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def show(self, tasks: Iterable[Any]) -> list[Shown]:
        """Note tasks of a `GetBatch` that were not seen before, and give these."""
        new = [
            Shown(task.task, task.order, task.location, task.units)
            for task in tasks
            if task.task not in self.shown
        ]
        self.shown.update((shown.task, shown) for shown in new)
        return new
