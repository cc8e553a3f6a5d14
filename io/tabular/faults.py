"""What is wrong with a file, collected so that a person can mend it in one go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    from .read import TableFile

FAULTS_LISTED_MAX = 20
FOUND_CHARACTERS_MAX = 60


@dataclass(slots=True)
class Faults:
    """Faults of all files of one import; the first 20 are kept as text, the rest are counted.

    Parameters
    ----------
    texts : list of str
        One line each.
    count : int
        All faults, listed or not.
    """

    texts: list[str] = field(default_factory=list)
    count: int = 0

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
        self.count += 1
        if len(self.texts) < FAULTS_LISTED_MAX:
            self.texts.append(
                f"{file.where(row)}, column {column!r}: found {shown(found)}, expected {expected}"
            )

    def add_text(self, text: str) -> None:
        """Note a fault that is not about one value."""
        self.count += 1
        if len(self.texts) < FAULTS_LISTED_MAX:
            self.texts.append(text)

    def check(self) -> None:
        """Raise InvalidRequest with all that was noted, if anything was."""
        if not self.count:
            return
        lines = list(self.texts)
        if self.count > len(lines):
            lines.append(f"... and {self.count - len(lines)} more")
        noun = "fault" if self.count == 1 else "faults"
        lines.append(
            f"found {self.count} {noun}, nothing was imported; mend the file and run again"
        )
        raise InvalidRequest("\n".join(lines))


def shown(value: object) -> str:
    """Give a value for a message: text quoted and cut, nothing as ``nothing``."""
    if value is None or value == "":
        return "nothing"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= FOUND_CHARACTERS_MAX else text[:FOUND_CHARACTERS_MAX] + "..."
