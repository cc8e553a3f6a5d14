"""Memory for rows that are about to be used, so that the writer need not wait for it.

The first write to a page makes the system find and clear it. Under a stream of bulk orders that was
a quarter of the writer's time, and it is work that any thread can do: the tables never move, and
which rows come next is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .arena import populate

if TYPE_CHECKING:
    from .state import State, TableView

# What grows more slowly is cheap to pay for when it is written.
GROWTH_ROWS_MIN = 1_000
# Rows made ready, in units of what was used since the last look.
LOOKS_AHEAD = 4
# Rows that an order takes, rounded up from what warehouses ship.
_ROWS_AN_ORDER = {"order": 1, "line": 3, "allocation": 3}


class RowsAhead:
    """Makes rows ready in step with their use: an idle store takes no memory for them.

    Parameters
    ----------
    state : State
        Only its counters are read, beside the writer; no value is read or written.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._tables = [table for table in state.tables if table.position]
        self._seen = [state.count(table.spec.name) for table in self._tables]
        self._ready = self._seen.copy()

    def make_ready(self) -> None:
        """Look at what was used since the last call, and make as much ready several times over.

        Rows that a ring gives a second time have their memory already.
        """
        for place, table in enumerate(self._tables):
            count = self._state.count(table.spec.name)
            growth, self._seen[place] = count - self._seen[place], count
            first = max(count, self._ready[place])
            last = min(count + LOOKS_AHEAD * growth, table.capacity)
            if growth >= GROWTH_ROWS_MIN and first < last:
                _give_memory(table, count, first, last)
                self._ready[place] = last


def make_orders_ready(state: State, orders: int) -> None:
    """Give memory to the rows of so many orders more, three lines and allocations each.

    On a virtual machine whose memory the host has taken back, 4 KiB cost some 9 us at their first
    use; a stream of a million orders a second uses 50,000 times that much.

    Parameters
    ----------
    state : State
        Contents stay as they are.
    orders : int
        Some 220 bytes each; beyond the tables' ends nothing happens.
    """
    for name, rows in _ROWS_AN_ORDER.items():
        table, count = state.table(name), state.count(name)
        _give_memory(table, count, count, min(count + rows * orders, table.capacity))


def _give_memory(table: TableView, count: int, first: int, last: int) -> None:
    """Populate rows of all columns but those of text whose last used rows hold none.

    Where there is no text, none is written either.
    """
    recent = slice(max(0, count - GROWTH_ROWS_MIN), count)
    for column in table.all_columns:
        if column.dtype.kind != "S" or column[recent].view(np.uint8).any():
            populate(column, first, last)
