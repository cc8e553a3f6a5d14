"""What the engine asks of the outside, as protocols; `service/bootstrap.py` gives the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .state import State

    Touched = Mapping[int, Mapping[int, None]]


class Clock(Protocol):
    """Time, read by the writer once per group and nowhere else."""

    def now_us(self) -> int:
        """Give the time now, microseconds UTC."""
        ...


class Observer(Protocol):
    """Is told what the writer did; must be quick and must not raise."""

    def group_written(self, commands: int, payload_bytes: int) -> None:
        """One group is durable."""
        ...

    def now_ns(self) -> int:
        """Give the time now of a clock that only measures durations, nanoseconds."""
        ...

    def synced(self, elapsed_ns: int) -> None:
        """Take note how long the sync of one group lasted, nanoseconds."""
        ...


class Listener(Protocol):
    """Is told what has changed, in the writer's turn; must be quick and must not raise."""

    def published(self, state: State, touched: Touched) -> None:
        """One run is durable.

        Parameters
        ----------
        state : State
            As it is behind the group of that run; to be read only, and only during the call.
        touched : mapping of int to mapping of int
            Rows whose base columns the run wrote, by the number of their table.
        """
        ...
