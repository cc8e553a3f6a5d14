"""Bulk messages of `accept` that wait together: which of them make one run, and what it holds.

A run costs the writer much the same whether it holds a hundred orders or a thousand, so messages
that wait are decided as one. Nobody may notice: an outcome is what it would be had the message come
alone, a key still stands for its own message, and what the message said can be cut out of the
record again, column by column and byte by byte.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from .batch import Batch
from .limits import (
    ACCEPT_REACH_MAX,
    COMMAND_REACH_MAX,
    JOINED_COMMANDS_MAX,
    RUN_LINES_MAX,
)
from .schema import COMMAND_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCEPT = COMMAND_NUMBER["accept"]
# As long as a run orders no more units than this, none of its orders finds less room than it would
# find in a message of its own: an allocation holds one unit at least.
_UNITS_MAX = ACCEPT_REACH_MAX - COMMAND_REACH_MAX


class Joined:
    """What has been gathered of a run of messages.

    Parameters
    ----------
    first : Batch
        The first message.
    """

    __slots__ = ("_commands", "_first", "_lines", "_units")

    def __init__(self, first: Batch) -> None:
        self._first = first
        self._commands = first.count
        self._lines = first.line_count
        self._units = _UNITS_MAX + 1
        if _may_join(first):
            self._units = _ordered_units(first)

    def take(self, batch: Batch) -> bool:
        """Take one more message if it may be decided with those before it; tells whether.

        Parameters
        ----------
        batch : Batch
            Of the same kind as the first.
        """
        commands, lines = self._commands + batch.count, self._lines + batch.line_count
        if commands > JOINED_COMMANDS_MAX or lines > RUN_LINES_MAX or self._units > _UNITS_MAX:
            return False
        if not (_may_join(batch) and _is_alike(self._first, batch)):
            return False
        units = self._units + _ordered_units(batch)
        if units > _UNITS_MAX:
            return False
        self._commands, self._lines, self._units = commands, lines, units
        return True


def _may_join(batch: Batch) -> bool:
    # With one command a column that holds for all looks like one with a value for each.
    return batch.kind == _ACCEPT and batch.count > 1


def _ordered_units(batch: Batch) -> int:
    units = batch.lines["units"]
    if units.size == 1:
        return int(units[0]) * batch.line_count
    return int(np.add.reduce(units, dtype=np.int64))


def _is_alike(first: Batch, batch: Batch) -> bool:
    """Tell whether the same columns hold one value for all, and the same one."""
    for own, others in ((first.columns, batch.columns), (first.lines, batch.lines)):
        for name, column in own.items():
            other = others[name]
            # Messages of a stream mostly share the arrays of their single values.
            if column is other or (column.size > 1 and other.size > 1):
                continue
            if column.size != other.size or column[0] != other[0]:
                return False
    return True


def join_messages(batches: Sequence[Batch]) -> Batch:
    """Join messages that `Joined` has taken into one batch.

    Parameters
    ----------
    batches : sequence of Batch
        At least one.

    Returns
    -------
    Batch
        In the same order; a column that holds one value for all still does.
    """
    first = batches[0]
    return Batch(
        first.kind,
        sum(batch.count for batch in batches),
        sum(batch.line_count for batch in batches),
        {
            name: column
            if column.size == 1
            else np.concatenate([batch.columns[name] for batch in batches])
            for name, column in first.columns.items()
        },
        {
            name: column
            if column.size == 1
            else np.concatenate([batch.lines[name] for batch in batches])
            for name, column in first.lines.items()
        },
    )


def first_commands(batches: Sequence[Batch]) -> np.ndarray:
    """Give the place of each message's first command among those of all, int32 of shape (M,)."""
    ends = accumulate(batch.count for batch in batches)
    return np.array([0, *ends][:-1], dtype=np.int32)
