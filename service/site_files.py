"""A site map from files and to files: a folder of CSV files, or one JSON file.

There is a file, or in JSON an entry, for each of `SITE_TABLES`. Rows refer to others by code, so
their order means nothing to a reader; it is kept all the same, and with it the map's digest. What
is wrong is told in two steps, each whole: first every value that is not what its column expects,
then, when all are, every row that does not fit the others. ``docs/site-files.md`` has examples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.errors import InvalidRequest
from ..io.tabular.faults import Faults
from ..io.tabular.fields import Form, ImportField
from ..io.tabular.json_tables import read_json_tables
from ..io.tabular.parse import parse_table, refuse_unknown_columns
from ..io.tabular.read import read_table
from ..io.tabular.write import check_texts, csv_text, json_text, write_texts
from ..optimizer.site_map import (
    NONE,
    Bins,
    Edges,
    NodeKind,
    Nodes,
    PlaceKind,
    Places,
    Side,
    SiteMap,
    SiteMapInvalid,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from enum import IntEnum

    from numpy.typing import NDArray

    from ..io.tabular.read import TableFile

    Columns = Mapping[str, Any]

JSON_ENDING: Final = ".json"
_REFUSED: Final = "there is no map"
INT32_MAX: Final = 2**31 - 1


def _code(name: str, default: str | None = None) -> ImportField:
    return ImportField(name, Form.CODE, default)


def _whole(name: str, default: int | None = None, low: int = -INT32_MAX) -> ImportField:
    return ImportField(name, Form.INTEGER, default, low, INT32_MAX)


def _word(name: str, words: type[IntEnum], default: int | None = None) -> ImportField:
    return ImportField(name, Form.WORD, default, words={word.name: int(word) for word in words})


SITE_TABLES: Final[Mapping[str, tuple[ImportField, ...]]] = MappingProxyType(
    {
        "site": (_code("name"), _whole("version", 1, 1)),
        "zones": (_code("name"),),
        "aisles": (_code("name"),),
        "nodes": (
            *(_code("code"), _whole("x_mm"), _whole("y_mm"), _whole("floor", 0)),
            _word("kind", NodeKind, NodeKind.JUNCTION),
        ),
        "edges": (_code("source"), _code("target"), _whole("length_mm"), _whole("wait_mm", 0)),
        "bins": (
            *(_code("code"), _whole("x_mm"), _whole("y_mm"), _whole("z_mm", 0)),
            *(_word("side", Side), _code("edge_source", ""), _code("edge_target", "")),
            *(_whole("offset_mm", 0), _code("node", ""), _code("zone"), _code("aisle")),
            *(_whole("bay", NONE, 0), _whole("level", NONE, 0)),
        ),
        "places": (_code("code"), _word("kind", PlaceKind), _code("node")),
    }
)
"""Fields of each table, in the order in which they are written."""

OPTIONAL_TABLES: Final = ("site", "zones", "aisles")
"""Without them: the file's or folder's name and version 1; names in order of first appearance."""


def read_site(path: str | Path) -> SiteMap:
    """Read a site map.

    Parameters
    ----------
    path : str or Path
        A JSON file by its ending, else a folder of CSV files.

    Returns
    -------
    SiteMap
        Checked.

    Raises
    ------
    InvalidRequest
        Anything wrong, by file and line and by column or code.
    """
    path, faults = Path(path), Faults()
    is_json = path.suffix.lower() == JSON_ENDING
    files: dict[str, TableFile] = {}
    columns: dict[str, Columns] = {}
    for table, file in (_read_json if is_json else _read_folder)(path, faults):
        fields = SITE_TABLES[table]
        refuse_unknown_columns(file, fields, table, None, faults)
        parsed = parse_table(file, fields, table, None, faults)
        files[table] = file
        columns[table] = {name: column.values for name, column in (parsed or {}).items()}
    if "site" in files and files["site"].frame.height != 1:
        rows = files["site"].frame.height
        text = f"{files['site'].path}: found {rows} rows of site, expected one"
        faults.add_text(files["site"].path, 0, text)
    faults.check(_REFUSED)
    return _Joining(path, files, columns, faults).join()


def write_site(site: SiteMap, path: str | Path) -> None:
    """Write a site map; files of other names stay as they are.

    Parameters
    ----------
    site : SiteMap
        `read_site` gives an equal one: same name, version and digest.
    path : str or Path
        A JSON file by its ending, else a folder, which is made.

    Raises
    ------
    InvalidRequest
        A code that would not come back as it is, or a file that cannot be written.
    """
    path, tables = Path(path), _tables_of(site)
    for table, columns in tables.items():
        check_texts(table, columns)
    if path.suffix.lower() == JSON_ENDING:
        write_texts({path: json_text(tables)})
    else:
        write_texts({path / f"{table}.csv": csv_text(columns) for table, columns in tables.items()})


def _read_json(path: Path, faults: Faults) -> Iterator[tuple[str, TableFile]]:
    names = {table: [entry.name for entry in fields] for table, fields in SITE_TABLES.items()}
    files = read_json_tables(path, names, faults)
    for table in SITE_TABLES:
        if table not in files and table not in OPTIONAL_TABLES:
            faults.add_text(path, 0, f"{path}: found no table {table!r}, expected one")
    yield from files.items()


def _read_folder(path: Path, faults: Faults) -> Iterator[tuple[str, TableFile]]:
    if not path.is_dir():
        needed = ", ".join(f"{name}.csv" for name in SITE_TABLES if name not in OPTIONAL_TABLES)
        raise InvalidRequest(
            f"{path}: found no folder, expected one that holds {needed}, or a {JSON_ENDING} file"
        )
    for table in SITE_TABLES:
        file = path / f"{table}.csv"
        if table in OPTIONAL_TABLES and not file.exists():
            continue
        try:
            found = read_table(file, faults)
        except InvalidRequest as error:
            faults.add_text(file, 0, str(error))
        else:
            yield table, found


@dataclass(slots=True)
class _Joining:
    """Codes of tables to rows of a map, and what is wrong with the map back to lines."""

    path: Path
    files: Mapping[str, TableFile]
    columns: Mapping[str, Columns]
    faults: Faults
    # What is said about a row and column instead of what the map says, which knows no codes.
    texts: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def join(self) -> SiteMap:
        """Make the map, or raise InvalidRequest with all that is wrong."""
        site, nodes, edges = (self.columns.get(name, {}) for name in ("site", "nodes", "edges"))
        bins, places = self.columns["bins"], self.columns["places"]
        zone_names, aisle_names = self._names("zone"), self._names("aisle")
        node_row = _first_rows(nodes["code"])
        source, target, bin_node, place_node = (
            self._rows(table, column, node_row, "a node")
            for table, column in (
                *(("edges", "source"), ("edges", "target"), ("bins", "node"), ("places", "node")),
            )
        )
        try:
            found = SiteMap(
                name=site["name"][0] if site else self.path.resolve().stem,
                version=int(site["version"][0]) if site else 1,
                nodes=Nodes(**nodes),
                edges=Edges(**{**edges, "source": source, "target": target}),
                bins=Bins(
                    **{name: bins[name] for name in ("code", "x_mm", "y_mm", "z_mm", "side")},
                    **{name: bins[name] for name in ("offset_mm", "bay", "level")},
                    edge=self._bin_edges(),
                    node=bin_node,
                    zone=self._rows("bins", "zone", _first_rows(zone_names), "a zone"),
                    aisle=self._rows("bins", "aisle", _first_rows(aisle_names), "an aisle"),
                    zone_names=zone_names,
                    aisle_names=aisle_names,
                ),
                places=Places(**{**places, "node": place_node}),
            )
        except SiteMapInvalid as error:
            for fault in error.faults:
                self._tell(fault.table, fault.row, fault.column, fault.text)
            self.faults.check(_REFUSED)
            raise
        self.faults.check(_REFUSED)
        return found

    def _names(self, column: str) -> tuple[str, ...]:
        """Give the names of zones or aisles: those that are listed, or else as bins name them."""
        table = f"{column}s"
        if table not in self.columns:
            return tuple(dict.fromkeys(self.columns["bins"][column]))
        names = self.columns[table]["name"]
        first = _first_rows(names)
        for row, name in enumerate(names):
            if first[name] != row:
                self._tell(table, row, "name", f"{column} {name!r} is there twice, expected once")
        return tuple(first)

    def _rows(
        self, table: str, column: str, row_of: Mapping[str, int], noun: str
    ) -> NDArray[np.int32]:
        """Give the row that each code of a column means; `INT32_MAX`, which is none, if unknown."""
        codes: Sequence[str] = self.columns[table][column]
        rows = np.array([row_of.get(code, INT32_MAX) if code else NONE for code in codes], np.int32)
        for row in np.flatnonzero(rows == INT32_MAX).tolist():
            text = f"found {codes[row]!r}, expected {noun} that is there"
            self.texts[table, row, column] = text + self._of(table, row)
        return rows

    def _of(self, table: str, row: int) -> str:
        """Say whose row it is, where rows have codes."""
        code = self.columns[table].get("code")
        return f" ({table[:-1]} {code[row]!r})" if code else ""

    def _bin_edges(self) -> NDArray[np.int32]:
        """Give the edge of each bin's approach; see `_rows`."""
        edges, bins = self.columns["edges"], self.columns["bins"]
        row_of = _first_rows(list(zip(edges["source"], edges["target"], strict=True)))
        ends = list(zip(bins["edge_source"], bins["edge_target"], strict=True))
        rows = np.array(
            [row_of.get(pair, INT32_MAX) if any(pair) else NONE for pair in ends], np.int32
        )
        has_node = np.array([code != "" for code in bins["node"]], dtype=bool)
        for row in np.flatnonzero(rows == INT32_MAX).tolist():
            found = " to ".join(repr(code) for code in ends[row])
            text = f"found {found}, expected source and target of an edge that is there"
            self.texts["bins", row, "edge"] = text + self._of("bins", row)
        for row in np.flatnonzero((rows != NONE) == has_node).tolist():
            found = "both an edge and a node" if has_node[row] else "neither an edge nor a node"
            text = f"found {found}, expected one of them as the approach"
            self.texts["bins", row, "edge"] = text + self._of("bins", row)
        return rows

    def _tell(self, table: str, row: int, column: str, text: str) -> None:
        """Note a fault of the map where a person finds it."""
        file = self.files.get(table or "site")
        if file is None:
            self.faults.add_text(self.path, 0, f"{self.path}: {text}")
        elif row == NONE:
            self.faults.add_text(file.path, 0, f"{file.path}: {text}")
        else:
            said = self.texts.get((table, row, column), text)
            if (table, column) == ("bins", "edge"):
                bins = self.columns["bins"]
                is_at_node = bins["node"][row] and not bins["edge_source"][row]
                column = "node" if is_at_node else "edge_source"
            where = f"{file.where(row)}, column {column!r}"
            self.faults.add_text(file.path, int(file.numbers[row]), f"{where}: {said}")


def _first_rows(keys: Sequence[Any]) -> dict[Any, int]:
    """Give the first row of each key, in that order."""
    rows: dict[Any, int] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, row)
    return rows


def _tables_of(site: SiteMap) -> dict[str, dict[str, Sequence[str | int | None]]]:
    """Give the map as columns of text and integers, references as codes; None is empty."""
    nodes, edges, bins, places = site.nodes, site.edges, site.bins, site.places

    def codes(rows: NDArray[np.int32], names: Sequence[str]) -> list[str | int | None]:
        listed: list[int] = rows.tolist()
        return [None if row == NONE else names[row] for row in listed]

    def words(values: NDArray[np.int8], kind: type[IntEnum]) -> list[str | int | None]:
        name_of = {int(word): word.name.lower() for word in kind}
        return [name_of[value] for value in values.tolist()]

    def whole(values: NDArray[Any], is_empty: NDArray[np.bool_]) -> list[str | int | None]:
        pairs = zip(values.tolist(), is_empty.tolist(), strict=True)
        return [None if empty else value for value, empty in pairs]

    at_node = bins.edge == NONE
    edge = bins.edge[~at_node]
    ends = np.full((2, len(bins)), NONE, np.int32)
    ends[:, ~at_node] = edges.source[edge], edges.target[edge]
    made: dict[str, dict[str, Any]] = {
        "site": {"name": [site.name], "version": [site.version]},
        "zones": {"name": bins.zone_names},
        "aisles": {"name": bins.aisle_names},
        "nodes": {**nodes.columns(), "kind": words(nodes.kind, NodeKind)},
        "edges": {
            **edges.columns(),
            "source": codes(edges.source, nodes.code),
            "target": codes(edges.target, nodes.code),
        },
        "bins": {
            **bins.columns(),
            "side": words(bins.side, Side),
            "edge_source": codes(ends[0], nodes.code),
            "edge_target": codes(ends[1], nodes.code),
            "offset_mm": whole(bins.offset_mm, at_node),
            "node": codes(bins.node, nodes.code),
            "zone": codes(bins.zone, bins.zone_names),
            "aisle": codes(bins.aisle, bins.aisle_names),
            "bay": whole(bins.bay, bins.bay == NONE),
            "level": whole(bins.level, bins.level == NONE),
        },
        "places": {
            **places.columns(),
            "kind": words(places.kind, PlaceKind),
            "node": codes(places.node, nodes.code),
        },
    }
    return {
        table: {entry.name: _plain(made[table][entry.name]) for entry in fields}
        for table, fields in SITE_TABLES.items()
    }


def _plain(values: Any) -> Sequence[str | int | None]:
    found: Sequence[str | int | None] = (
        values.tolist() if isinstance(values, np.ndarray) else values
    )
    return found
