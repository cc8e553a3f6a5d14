"""Load items, locations, stock and orders from CSV, Parquet or Arrow files.

Every file is checked as a whole, against the others and against the store, before the first command
is sent; a bad row is named by file, line and column. The store is a running server (--target) or a
data directory that nobody serves (DIR).
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .output import Output, Table, add_output_arguments
from .shared import add_caller, add_target

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ...io.tabular.catalogue import Sink
    from ...io.tabular.check import CheckedTable
    from ...io.tabular.send import Sent

TABLES = ("items", "locations", "stock", "orders")
REFUSED_LISTED_MAX = 20
NAMES_LISTED_MAX = 20

EXAMPLES = """\
examples:
  slotline import site1 --items items.csv --locations bins.csv --stock stock.parquet
  slotline import --target 127.0.0.1:50051 --orders orders.csv.gz --map map.yaml
  slotline import site1 --stock stock.csv --check            only look for faults

columns (those with * must be there, or be named in the mapping file):
  items      client* code* rotation shelf_life_days length_mm width_mm height_mm weight_g hazard
             temperature active
  locations  code* zone* role aisle side bay level x_mm y_mm z_mm pick_seq capacity_units active
  stock      item* owner* location* units* client lot expiry_day status unit_cost_minor
  orders     channel* code* owner* item* units* client line_number priority policy placement
             min_life_days departure_us
             one row for each line; rows of one channel and code are one order
An empty client stands for the owner. Dates are ISO (2027-03-31), times ISO with zone
(2027-03-31T14:00:00Z). Stock with expiry_day and no lot gets a lot named by the date.

a mapping file gives fields other columns, factors or constants:
  time_zone: Europe/Berlin
  items:
    client: {value: ACME}
    code: sku
    weight_g: {column: weight_kg, factor: 1000}
    ignore: [note, counted_by]
Columns of a file that are no field, are not named there and not listed under ignore are refused.

what is told: outcomes, names that were new, and the first 20 rows that were not done (of an order
its first line), with --json under "refused". An order that is SHORT or DUPLICATE is an answer; any
other row that was not done makes the exit code 1.

running it again is harmless: items and locations are put as they are, and stock and orders carry
keys made from the file, so what the store has executed it does not execute again. For that a small
file FILE.slotline-import is kept beside FILE. --again imports the same file as new.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `import`."""
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="data directory")
    add_target(parser, default=None)
    files = parser.add_argument_group("files", "*.csv, *.tsv (.gz), *.parquet, *.arrow, *.feather")
    for name in TABLES:
        files.add_argument(f"--{name}", metavar="FILE", type=Path)
    files.add_argument("--map", metavar="FILE", type=Path, help="mapping of columns (YAML)")
    parser.add_argument("--check", action="store_true", help="check the files and send nothing")
    parser.add_argument(
        "--again", action="store_true", help="import stock or orders of the same file once more"
    )
    add_caller(parser)
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Check the files, then send them; 1 when the store refused a row."""
    if (options.folder is None) == (options.target is None):
        found = "neither DIR nor" if options.folder is None else "both DIR and"
        options.refuse_usage(f"found {found} --target, expected one of them")
    paths = {name: getattr(options, name) for name in TABLES if getattr(options, name)}
    if not paths:
        expected = ", ".join(f"--{name}" for name in TABLES)
        options.refuse_usage(f"found no file, expected at least one of {expected}")
    output = Output(options)
    with _open_sink(options) as sink:
        return _import(sink, paths, options, output)


@contextmanager
def _open_sink(options: argparse.Namespace) -> Iterator[Sink]:
    if options.target is not None:
        from ..sinks import ServerSink
        from .connect import connected

        with connected(options.target, tenant=options.tenant, actor=options.actor) as client:
            yield ServerSink(client)
        return
    from ...engine.errors import StoreInUse
    from ..bootstrap import open_engine
    from ..sinks import EngineSink

    try:
        engine = open_engine(options.folder, background=False)
    except StoreInUse as error:
        raise StoreInUse(f"{error}, or import through its server: --target HOST:PORT") from error
    try:
        yield EngineSink(engine, tenant=options.tenant, actor=options.actor)
    finally:
        engine.close()


def _import(sink: Sink, paths: dict[str, Path], options: argparse.Namespace, output: Output) -> int:
    from ...io.tabular.catalogue import read_catalogue
    from ...io.tabular.check import load_tables
    from ...io.tabular.faults import Faults
    from ...io.tabular.mapping import Mapping, read_mapping
    from ...io.tabular.send import Sender, check_room
    from ..bootstrap import now_us

    mapping = read_mapping(options.map) if options.map else Mapping()
    catalogue = read_catalogue(sink, lots="stock" in paths)
    tables = load_tables(paths, mapping, catalogue, Faults())
    check_room(tables, catalogue, sink)
    if options.check:
        rows = {table.name: table.count for table in tables}
        parts = [f"{table.file.path}: {table.count} rows without fault" for table in tables]
        output.result({"checked": rows}, *parts, *_new_names(tables))
        return 0
    with output.progress("importing", sum(table.count for table in tables)) as report:
        sender = Sender(
            sink,
            catalogue,
            now_us=now_us(),
            seed=secrets.token_bytes(16),
            again=options.again,
            report=report,
        )
        sent = [sender.send(table) for table in tables]
    return _tell(tables, sent, output)


def _tell(tables: list[CheckedTable], sent: list[Sent], output: Output) -> int:
    refused = [(entry.table, row) for entry in sent for row in entry.refused][:REFUSED_LISTED_MAX]
    refused_count = sum(entry.refused_count for entry in sent)
    facts = {
        entry.table: {
            "rows": entry.rows,
            "commands": entry.commands,
            "outcomes": entry.outcomes,
            "new_names": [code for _, code in table.names],
            "imported_before": _time(entry.imported_before_us),
        }
        for table, entry in zip(tables, sent, strict=True)
    }
    rows = [
        (
            entry.table,
            entry.rows,
            entry.commands,
            ", ".join(f"{count:,} {name}" for name, count in sorted(entry.outcomes.items())),
        )
        for entry in sent
    ]
    shown: Table = ("", ("table", "rows", "commands", "outcomes"), rows)
    lines = [f"{row.where}, code {row.code!r}: {row.outcome}" for _, row in refused]
    if refused_count > len(lines):
        lines.append(f"... and {refused_count - len(lines):,} more that were not done")
    listed = [
        {
            "table": name,
            "file": row.file,
            "line": row.line,
            "code": row.code,
            "outcome": row.outcome,
        }
        for name, row in refused
    ]
    output.result(
        {"imported": facts, "refused": listed, "refused_count": refused_count},
        shown,
        *_new_names(tables),
        *_repeats(tables, sent),
        *lines,
    )
    return 1 if any(entry.failed_count for entry in sent) else 0


def _new_names(tables: list[CheckedTable]) -> list[str]:
    """Name what the store did not know: a channel by typo is a channel of its own."""
    from ...engine.schema import NameKind

    lines: list[str] = []
    for table in tables:
        names = [f"{NameKind(kind).name.lower()} {code!r}" for kind, code in table.names]
        if names:
            more = len(names) - NAMES_LISTED_MAX
            rest = f" and {more:,} more" if more > 0 else ""
            lines.append(f"{table.file.path}: new {', '.join(names[:NAMES_LISTED_MAX])}{rest}")
    return lines


def _repeats(tables: list[CheckedTable], sent: list[Sent]) -> list[str]:
    return [
        f"{table.file.path}: imported before, begun {_time(entry.imported_before_us)}; a store "
        f"that executed it then has not done so again, the outcomes are those of that time"
        for table, entry in zip(tables, sent, strict=True)
        if entry.imported_before_us is not None
    ]


def _time(time_us: int | None) -> str | None:
    if time_us is None:
        return None
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
