"""The mapping file: which column of a file, or which constant, gives each field.

    time_zone: Europe/Berlin        # of times without an offset
    items:
      client: {value: ACME}         # a constant for every row
      code: sku                     # field: column of the file
      weight_g: {column: weight_kg, factor: 1000}
    stock:
      location: {column: bin}
      ignore: [counted_by, note]    # columns to be left out

A field that is not named takes the column of its own name when the file has one. Every other
column of the file must be listed under ``ignore``, or the file is refused. Values times
their factor must be whole: 0.35 kg are 350 g, 0.0005 kg are a fault.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from ...engine.errors import InvalidRequest
from .fields import TABLES, Form
from .yaml_once import load_yaml

if TYPE_CHECKING:
    from pathlib import Path

IGNORE = "ignore"
FACTOR_MAX = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's values come from: a column (times a factor) or a constant."""

    column: str = ""
    factor: int = 1
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Sources of all tables.

    Parameters
    ----------
    tables : dict
        Per table, per field its source.
    time_zone : ZoneInfo or None
        Zone of times that name none.
    ignores : dict
        Per table the columns to be left out.
    """

    tables: dict[str, dict[str, Source]] = field(default_factory=dict)
    time_zone: ZoneInfo | None = None
    ignores: dict[str, frozenset[str]] = field(default_factory=dict)

    def sources(self, table: str) -> dict[str, Source]:
        """Give the sources that are named for a table."""
        return self.tables.get(table, {})

    def ignored(self, table: str) -> frozenset[str]:
        """Give the columns to be left out of a table's file."""
        return self.ignores.get(table, frozenset())

    def text(self, table: str) -> str:
        """Give all that matters for a table as text that is equal for equal mappings."""
        rows = {
            name: [source.column, source.factor, source.value]
            for name, source in self.sources(table).items()
        }
        matters: list[object] = [rows, str(self.time_zone or "")]
        # Leaving out a column that nothing would read is no other import: keys stay as they were.
        left_out = self.ignored(table) & {entry.name for entry in TABLES[table]}
        if left_out:
            matters.append(sorted(left_out))
        return json.dumps(matters, sort_keys=True)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    Mapping
        Checked: known tables, known fields, whole factors, nothing both read and left out.

    Raises
    ------
    InvalidRequest
        Missing, no YAML, or anything that is not known.
    """
    try:
        found = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise InvalidRequest(f"{path}{line}: found no readable YAML: {problem}") from error
    return make_mapping(found, str(path))


def make_mapping(found: object, where: str) -> Mapping:
    """Check what a mapping file holds; `where` names it in messages. See `read_mapping`."""
    if found is None:
        return Mapping()
    content = _dict(where, found)
    zone = content.pop("time_zone", None)
    tables: dict[str, dict[str, Source]] = {}
    ignores: dict[str, frozenset[str]] = {}
    for table, entries in content.items():
        if table not in TABLES:
            raise InvalidRequest(
                f"{where}: found {table!r}, expected time_zone or one of {', '.join(TABLES)}"
            )
        fields = _dict(f"{where}, {table}", entries)
        if IGNORE in fields:
            ignores[table] = _ignore(f"{where}, {table}.{IGNORE}", fields.pop(IGNORE))
        tables[table] = _sources(where, table, fields)
        for name, source in tables[table].items():
            if source.column in ignores.get(table, ()):
                raise InvalidRequest(
                    f"{where}, {table}.{IGNORE}: found {source.column!r}, which {table}.{name} "
                    f"reads, expected one or the other"
                )
    return Mapping(tables, _zone(where, zone), ignores)


def _sources(where: str, table: str, fields: dict[str, Any]) -> dict[str, Source]:
    known = {entry.name: entry for entry in TABLES[table]}
    sources: dict[str, Source] = {}
    for name, source in fields.items():
        if name not in known:
            raise InvalidRequest(
                f"{where}, {table}: found field {name!r}, expected one of {', '.join(known)}, "
                f"or {IGNORE}"
            )
        made = _source(f"{where}, {table}.{name}", source)
        if made.factor != 1 and known[name].form is not Form.INTEGER:
            raise InvalidRequest(
                f"{where}, {table}.{name}: found a factor, expected none: the field is "
                f"{known[name].form.value}"
            )
        sources[name] = made
    return sources


def _ignore(where: str, found: object) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(name, str) and name for name in found):
        raise InvalidRequest(f"{where}: found {found!r}, expected a list of columns' names")
    return frozenset(found)


def _dict(where: str, found: object) -> dict[str, Any]:
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise InvalidRequest(f"{where}: found {found!r}, expected names with values")
    return dict(found)


def _zone(where: str, name: object) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidRequest(
            f"{where}, time_zone: found {name!r}, expected an IANA name such as Europe/Berlin"
        ) from error


def _source(where: str, found: object) -> Source:
    if isinstance(found, str) and found:
        return Source(column=found)
    form = "a column's name, {column: NAME, factor: WHOLE NUMBER} or {value: CONSTANT}"
    if not isinstance(found, dict) or not found:
        raise InvalidRequest(f"{where}: found {found!r}, expected {form}")
    keys = set(found)
    value = found.get("value")
    # YAML makes dates and booleans of plain words; their ISO text is what a file would hold.
    if keys == {"value"} and value is not None and not isinstance(value, (dict, list, float)):
        iso = getattr(value, "isoformat", None)
        return Source(value=iso() if iso else str(value))
    column, factor = found.get("column"), found.get("factor", 1)
    is_whole = isinstance(factor, int) and not isinstance(factor, bool)
    if keys <= {"column", "factor"} and isinstance(column, str) and column:
        if is_whole and 1 <= factor <= FACTOR_MAX:
            return Source(column=column, factor=factor)
        raise InvalidRequest(
            f"{where}: found factor {factor!r}, expected a whole number from 1 to {FACTOR_MAX}"
        )
    raise InvalidRequest(f"{where}: found {found!r}, expected {form}")
