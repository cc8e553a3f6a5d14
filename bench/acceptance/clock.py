"""Simulated time, and groups of people who are free or at work."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Runs actions at their times; those of one time in the sequence in which they were asked for.

    Attributes
    ----------
    now_us : int
        Time of the action that runs.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self._actions: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def at(self, time_us: int, action: Callable[..., None], *arguments: Any) -> None:
        """Ask for an action at a time that has not passed."""
        assert time_us >= self.now_us, f"{time_us} has passed, it is {self.now_us}"
        heapq.heappush(self._actions, (time_us, self._count, action, arguments))
        self._count += 1

    def run(self) -> None:
        """Run all actions, and those that they ask for."""
        while self._actions:
            self.now_us, _, action, arguments = heapq.heappop(self._actions)
            action(*arguments)


class Crew:
    """People who do one kind of work; whoever is free with the lowest number is next.

    Parameters
    ----------
    name : str
        Begin of their names in the events.
    numbers : iterable of int
        Who they are.
    """

    def __init__(self, name: str, numbers: range | list[int]) -> None:
        self.name = name
        self._free = list(numbers)
        heapq.heapify(self._free)

    def __bool__(self) -> bool:
        return bool(self._free)

    def __len__(self) -> int:
        return len(self._free)

    def take(self) -> int:
        """Put somebody to work."""
        return heapq.heappop(self._free)

    def give_back(self, number: int) -> None:
        """Let somebody be free."""
        heapq.heappush(self._free, number)

    def person(self, number: int) -> str:
        """Name somebody as events do."""
        return f"{self.name}-{number}"
