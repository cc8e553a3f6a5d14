"""What is wrong with a file, collected so that a person can mend it in one go."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    from pathlib import Path

    from .read import TableFile

FAULTS_LISTED_MAX = 20
FOUND_CHARACTERS_MAX = 60


@dataclass(slots=True)
class Faults:
    """Faults of all files of one import; the first 20 are kept as text, the rest are counted.

    The first are those of the file that was read first, by line, whatever check found them.

    Parameters
    ----------
    count : int
        All faults, listed or not.
    """

    count: int = 0
    # Position of the file, line, number of the fault, text: sorted, at most FAULTS_LISTED_MAX.
    _listed: list[tuple[int, int, int, str]] = field(default_factory=list)
    _positions: dict[Path, int] = field(default_factory=dict)
    _columns: set[tuple[Path, str]] = field(default_factory=set)

    @property
    def texts(self) -> list[str]:
        """The faults that are listed, one line each, by file and line."""
        return [text for *_, text in self._listed]

    def add(self, file: TableFile, row: int, column: str, found: object, expected: str) -> None:
        """Note a bad value.

        Parameters
        ----------
        file : TableFile
            Where it is.
        row : int
            Position in the file's frame, from 0.
        column : str
            Name of the column in the file.
        found : object
            The value; text is quoted and cut.
        expected : str
            What would have been right.
        """
        self._columns.add((file.path, column))
        line = int(file.numbers[row])
        if not self._has_place(file.path, line):
            self.count += 1
            return
        text = f"{file.where(row)}, column {column!r}: found {shown(found)}, expected {expected}"
        self.add_text(file.path, line, text)

    def has(self, file: TableFile, column: str) -> bool:
        """Tell whether a column of a file has a bad value."""
        return (file.path, column) in self._columns

    def add_text(self, path: Path, line: int, text: str) -> None:
        """Note a fault that is not about one value; line 0 is the file as a whole."""
        self.count += 1
        position = self._positions.setdefault(path, len(self._positions))
        insort(self._listed, (position, line, self.count, text))
        del self._listed[FAULTS_LISTED_MAX:]

    def _has_place(self, path: Path, line: int) -> bool:
        """Tell whether a fault would be listed; millions of others need no text."""
        position = self._positions.setdefault(path, len(self._positions))
        is_full = len(self._listed) == FAULTS_LISTED_MAX
        return not is_full or (position, line) < self._listed[-1][:2]

    def check(self, outcome: str = "nothing was imported") -> None:
        """Raise InvalidRequest with all that was noted and what came of it, if anything was."""
        if not self.count:
            return
        lines = self.texts
        if self.count > len(lines):
            lines.append(f"... and {self.count - len(lines)} more")
        noun = "fault" if self.count == 1 else "faults"
        lines.append(f"found {self.count} {noun}, {outcome}; mend the file and run again")
        raise InvalidRequest("\n".join(lines))


def shown(value: object) -> str:
    """Give a value for a message: text quoted and cut, nothing as ``nothing``."""
    if value is None or value == "":
        return "nothing"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= FOUND_CHARACTERS_MAX else text[:FOUND_CHARACTERS_MAX] + "..."
