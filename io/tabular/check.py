"""Files to commands: every row checked against its file, the other files and the store.

Each `check_...` adds what its file will create to the catalogue, with the ref PENDING, so that
the files that follow may name it. Order: items, locations, stock, orders.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.schema import COMMAND_NUMBER, COMMANDS
from ...kernels.columns import NO_EXPIRY_DAY
from .catalogue import CHANNEL, CLIENT, PENDING, ZONE, Catalogue, ItemKey, LotKey, NameKey
from .fields import TABLES
from .parse import Column, parse_table, refuse_unknown_columns
from .read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .faults import Faults
    from .mapping import Mapping
    from .read import TableFile

TABLE_ORDER: Final = ("items", "locations", "stock", "orders")
ORDER_FIELDS: Final = (
    *("owner", "client", "priority", "policy", "placement", "min_life_days", "departure_us"),
)
"""Fields that all lines of an order must agree on."""

ORDER_LINES_MAX: Final = next(
    entry.high for entry in COMMANDS[COMMAND_NUMBER["accept"]].fields if entry.name == "line_count"
)


@dataclass(slots=True)
class CheckedTable:
    """A table that may be sent.

    Parameters
    ----------
    name : str
        ``items``, ``locations``, ``stock`` or ``orders``.
    file : TableFile
        Where the rows came from.
    columns : dict
        Per field its values, n rows; codes as text.
    names : list of (int, str)
        Names to put first: kind and code.
    lots : dict
        Lots to put first, with their expiry.
    order_of_row : ndarray
        int64[n]: number of the order of each line, in order of first appearance; else empty.
    digest : bytes
        Of file and mapping: equal for equal imports.
    """

    name: str
    file: TableFile
    columns: dict[str, np.ndarray | list[str]]
    names: list[NameKey] = field(default_factory=list)
    lots: dict[LotKey, int] = field(default_factory=dict)
    order_of_row: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    digest: bytes = b""

    def codes(self, name: str) -> list[str]:
        """Give a column of codes."""
        found = self.columns[name]
        if not isinstance(found, list):
            raise TypeError(f"column {name}: found {found.dtype}, expected codes")
        return found

    def numbers(self, name: str) -> np.ndarray:
        """Give a column of integers, int64[n]."""
        found = self.columns[name]
        if isinstance(found, list):
            raise TypeError(f"column {name}: found codes, expected integers")
        return found

    @property
    def count(self) -> int:
        """Rows, n."""
        return self.file.frame.height


@dataclass(slots=True)
class _Checking:
    """What the checks of one table share."""

    table: CheckedTable
    parsed: dict[str, Column]
    catalogue: Catalogue
    faults: Faults

    def bad(self, row: int, name: str, expected: str, found: object = None) -> None:
        """Note a fault in a row; `found` is taken from the column when it is not given."""
        column = self.parsed[name]
        found = column.values[row] if found is None else found
        self.faults.add(self.table.file, row, column.name, found, expected)

    def add_name(self, kind: int, code: str) -> None:
        """Have a name put unless it is known."""
        if code and (kind, code) not in self.catalogue.names:
            self.catalogue.names[kind, code] = PENDING
            self.table.names.append((kind, code))


def load_table(
    name: str, path: Path, mapping: Mapping, catalogue: Catalogue, faults: Faults
) -> CheckedTable | None:
    """Read and check one file.

    Parameters
    ----------
    name : str
        ``items``, ``locations``, ``stock`` or ``orders``.
    path : Path
        The file.
    mapping : Mapping
        Sources of its fields.
    catalogue : Catalogue
        Known codes; gets those that the file will create.
    faults : Faults
        Gets everything that is wrong.

    Returns
    -------
    CheckedTable or None
        None when the file lacks a column. Not to be sent when there are faults.

    Raises
    ------
    InvalidRequest
        The file cannot be read at all.
    """
    file = read_table(path, faults)
    refuse_unknown_columns(file, TABLES[name], name, mapping, faults)
    parsed = parse_table(file, TABLES[name], name, mapping, faults)
    if parsed is None:
        return None
    digest = hashlib.sha256(file.sha256 + name.encode() + mapping.text(name).encode()).digest()
    columns = {key: column.values for key, column in parsed.items()}
    table = CheckedTable(name, file, columns, digest=digest)
    _CHECKS[name](_Checking(table, parsed, catalogue, faults))
    return table


def load_tables(
    paths: dict[str, Path], mapping: Mapping, catalogue: Catalogue, faults: Faults
) -> list[CheckedTable]:
    """Read and check all files of an import, see `load_table`.

    Returns
    -------
    list of CheckedTable
        In the order in which they must be sent.

    Raises
    ------
    InvalidRequest
        With the first 20 faults of all files together.
    """
    found = [
        load_table(name, paths[name], mapping, catalogue, faults)
        for name in TABLE_ORDER
        if name in paths
    ]
    faults.check()
    return [table for table in found if table is not None]


def _first_rows(keys: Sequence[object]) -> dict[object, int]:
    first: dict[object, int] = {}
    for row, key in enumerate(keys):
        first.setdefault(key, row)
    return first


def _refuse_repeats(checking: _Checking, keys: Sequence[object], name: str) -> None:
    first = _first_rows(keys)
    if len(first) == len(keys):
        return
    for row, key in enumerate(keys):
        if first[key] != row:
            line = int(checking.table.file.numbers[first[key]])
            unit = checking.table.file.unit
            checking.bad(row, name, f"each once: {unit} {line} has the same")


def _check_items(checking: _Checking) -> None:
    table, catalogue = checking.table, checking.catalogue
    clients = table.codes("client")
    keys = list(zip(clients, table.codes("code"), strict=True))
    _refuse_repeats(checking, keys, "code")
    rotations = table.numbers("rotation")
    for row, key in enumerate(keys):
        before = catalogue.rotations.get(key)
        if before is not None and before != rotations[row]:
            checking.bad(row, "rotation", f"{before}: the item has stock, which is kept in order")
        catalogue.items.setdefault(key, PENDING)
    for client in dict.fromkeys(clients):
        checking.add_name(CLIENT, client)


def _check_locations(checking: _Checking) -> None:
    table, catalogue = checking.table, checking.catalogue
    codes = table.codes("code")
    _refuse_repeats(checking, codes, "code")
    for code, active in zip(codes, table.numbers("active").tolist(), strict=True):
        catalogue.locations.setdefault(code, PENDING)
        (catalogue.inactive_locations.discard if active else catalogue.inactive_locations.add)(code)
    for zone in dict.fromkeys(table.codes("zone")):
        checking.add_name(ZONE, zone)


def _check_items_known(checking: _Checking) -> list[ItemKey]:
    """Check owners and items of stock or order lines; give the item of each row."""
    table, catalogue = checking.table, checking.catalogue
    owners, clients = table.codes("owner"), table.codes("client")
    for row, client in enumerate(clients):
        if not client:
            clients[row] = owners[row]
    unknown = {owner for owner in set(owners) if (CLIENT, owner) not in catalogue.names}
    keys = list(zip(clients, table.codes("item"), strict=True))
    for row, (owner, key) in enumerate(zip(owners, keys, strict=True)):
        if owner in unknown and owner:
            checking.bad(row, "owner", "a known client; import its items first")
        elif key[1] and key not in catalogue.items:
            checking.bad(row, "item", f"a known item of client {key[0]!r}")
    return keys


def _check_stock(checking: _Checking) -> None:
    table, catalogue = checking.table, checking.catalogue
    keys = _check_items_known(checking)
    for row, code in enumerate(table.codes("location")):
        if code and code not in catalogue.locations:
            checking.bad(row, "location", "a known location")
        elif code in catalogue.inactive_locations:
            checking.bad(row, "location", "an active location")
    owners, lots = table.codes("owner"), table.codes("lot")
    days = table.numbers("expiry_day")
    for row, day in enumerate(days.tolist()):
        if day != NO_EXPIRY_DAY and not lots[row]:
            # Expiry is a fact about a lot, so goods without one get a lot named by the date.
            lots[row] = str(np.datetime64(day, "D"))
        if not lots[row]:
            continue
        key = (*keys[row], owners[row], lots[row])
        known = catalogue.expiry_days.get(key, table.lots.get(key))
        if known is None:
            table.lots[key] = day
        elif day not in (known, NO_EXPIRY_DAY):
            expected = "no expiry" if known == NO_EXPIRY_DAY else str(np.datetime64(known, "D"))
            found = str(np.datetime64(day, "D"))
            checking.bad(row, "expiry_day", f"{expected}, as lot {lots[row]!r} has", found)


def _check_orders(checking: _Checking) -> None:
    table = checking.table
    _check_items_known(checking)
    keys = list(zip(table.codes("channel"), table.codes("code"), strict=True))
    first = _first_rows(keys)
    number = {key: position for position, key in enumerate(first)}
    table.order_of_row = np.array([number[key] for key in keys], np.int64)
    first_row = np.array(list(first.values()), np.int64)
    head = first_row[table.order_of_row] if keys else table.order_of_row
    for name in ORDER_FIELDS:
        # A value that was refused is nothing that an order's other rows should be like.
        if checking.faults.has(table.file, checking.parsed[name].name):
            continue
        values = np.array(table.columns[name])
        for row in np.flatnonzero(values != values[head]).tolist() if values.size else []:
            line = int(table.file.numbers[head[row]])
            expected = f"{values[head[row]]}, as the order has in {table.file.unit} {line}"
            checking.bad(row, name, expected)
    counts = np.bincount(table.order_of_row) if keys else np.empty(0, np.int64)
    for order in np.flatnonzero(counts > ORDER_LINES_MAX).tolist():
        expected = f"at most {ORDER_LINES_MAX} lines in one order"
        checking.bad(int(first_row[order]), "code", expected, f"{counts[order]} lines")
    lines = table.numbers("line_number")
    if (lines >= 0).any():
        pairs = list(zip(keys, lines.tolist(), strict=True))
        _refuse_repeats(checking, pairs, "line_number")
    for channel in dict.fromkeys(table.codes("channel")):
        checking.add_name(CHANNEL, channel)


_CHECKS: Final[dict[str, Callable[[_Checking], None]]] = {
    "items": _check_items,
    "locations": _check_locations,
    "stock": _check_stock,
    "orders": _check_orders,
}
