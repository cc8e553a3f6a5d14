"""What is found wrong, by rule, with a limit to how much of it is written out."""

from __future__ import annotations

from collections import Counter
from typing import Final

_LISTED_MAX: Final = 5


class Faults:
    """Collects faults.

    Attributes
    ----------
    count : Counter
        Faults of each rule.
    lines : list of str
        The first few of each rule.
    """

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.lines: list[str] = []

    def expect(self, holds: bool, rule: str, at_us: int, text: str) -> None:
        """Note a fault unless something holds.

        Parameters
        ----------
        holds : bool
            Whether all is well.
        rule : str
            Name of what was broken.
        at_us : int
            When.
        text : str
            What was found, and what was expected.
        """
        if holds:
            return
        self.count[rule] += 1
        if self.count[rule] <= _LISTED_MAX:
            minutes, seconds = divmod(at_us // 1_000_000, 60)
            time = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
            self.lines.append(f"{rule} at {time}: {text}")
