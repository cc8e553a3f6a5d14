"""What a search may use, and the slices in which it uses it up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLICES: Final = 100
_FIRST_MOVES: Final = 20


class Slice(NamedTuple):
    """A part of a search, behind which it looks at the clock.

    Attributes
    ----------
    used, until : float
        Parts of the budget that are used up before it, and that should be behind it.
    moves : int
        Moves to make, at least 1.
    """

    used: float
    until: float
    moves: int


class Budget(NamedTuple):
    """Time until a deadline, or, where given, a number of moves.

    Attributes
    ----------
    begun : float
        Start, in the time of `time.perf_counter`.
    seconds : float
        Time to use, more than 0.
    move_limit : int or None
        Moves of each thread instead.
    """

    begun: float
    seconds: float
    move_limit: int | None

    def used(self, moves: int) -> float:
        """Give the part that is used up.

        Parameters
        ----------
        moves : int
            Moves that were made.

        Returns
        -------
        part : float
            1 or more at the end.
        """
        if self.move_limit is not None:
            return moves / max(self.move_limit, 1)
        return (time.perf_counter() - self.begun) / self.seconds

    def slices(self, first_moves: int = _FIRST_MOVES) -> Iterator[Slice]:
        """Cut the budget into a hundred slices, of as many moves as there is time for.

        Parameters
        ----------
        first_moves : int
            Moves of the first slice, whose pace is not known.

        Yields
        ------
        slice : Slice
            To be carried out before the next one is asked for.
        """
        made, moves = 0, first_moves
        used = self.used(made)
        while used < 1.0:
            if self.move_limit is not None:
                moves = max(1, min(self.move_limit // _SLICES, self.move_limit - made))
            yield Slice(used, min(1.0, used + 1.0 / _SLICES), moves)
            made += moves
            before, used = used, self.used(made)
            # As many as the next slice has room for, at the pace of the last one.
            moves = max(1, int(moves * min(1.0 / _SLICES, 1.0 - used) / max(used - before, 1e-9)))
