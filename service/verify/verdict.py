"""What a verification found: checks, counts, and each fault with its place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from io import StringIO
from typing import Any, NamedTuple

FAULTS_LISTED_MAX = 200
NO_PLACE = -1

CHECKS: dict[str, str] = {
    "store": "store.json is whole and every file belongs to this store",
    "head": "the journal reaches the durable high-water mark",
    "journal": "every frame is intact, in order and chained to the one before",
    "archive": "archived segments match their digests and indexes",
    "snapshots": "snapshots match their name tags, the journal and its replay",
    "records": "every record can be read and follows the one before",
    "keys": "no idempotency key was sequenced twice",
    "time": "time stamps never fall",
    "catalogue": "catalogue epoch and counters never fall",
    "conservation": "received - shipped + adjusted = on hand, per item, at every record",
    "oversell": "allocated units never exceed the units on hand of their stock row",
    "availability": "no pool is promised or allocated beyond its free units",
    "lines": "a line's allocated units are those of its allocation rows",
    "orders": "order numbers are given once, closed orders stay closed",
    "promises": "promised units are consumed, released or expired once",
    "work": "tasks, batches, totes and loads follow their life cycles and suit what they are of",
    "receipts": "received units are those of the receipts",
    "shipments": "units shipped from stock are the units that lines shipped",
    "outcomes": "answers agree with what was stored",
    "acknowledged": "what clients were told is in the journal, unchanged",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding that must not be.

    Parameters
    ----------
    check : str
        Key of `CHECKS`.
    file : str
        File in the data directory, empty when the fault lies in none.
    offset : int
        Position in it in bytes, -1 for none.
    sequence : int
        Sequence of the record or frame concerned, -1 for none.
    found, expected : str
        What is there, and what should be.
    """

    check: str
    file: str
    offset: int
    sequence: int
    found: str
    expected: str

    def __str__(self) -> str:
        """Give the fault as one line."""
        place = self.file + (f" at {self.offset}" if self.offset >= 0 else "")
        if self.sequence >= 0:
            place += f" (sequence {self.sequence})" if place else f"sequence {self.sequence}"
        return f"{place + ': ' if place else ''}found {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it passed, and what it covered."""

    name: str
    passed: bool
    detail: str


class Place(NamedTuple):
    """Where something lies: file, offset in bytes (-1 none) and sequence (-1 none)."""

    file: str = ""
    offset: int = NO_PLACE
    sequence: int = NO_PLACE


class Findings:
    """Collects faults and notes while a verification runs; bounded."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.fault_counts: dict[str, int] = dict.fromkeys(CHECKS, 0)

    def fault(self, check: str, place: Place, found: str, expected: str) -> None:
        """Add a fault; beyond `FAULTS_LISTED_MAX` it is only counted."""
        self.fault_counts[check] += 1
        if len(self.faults) < FAULTS_LISTED_MAX:
            self.faults.append(Fault(check, *place, found, expected))

    def note(self, text: str) -> None:
        """Add something worth knowing that is no fault."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of `verify`.

    Parameters
    ----------
    ok : bool
        Whether no fault was found.
    folder, store_id, site : str
        What was verified.
    counts : dict of str to int or dict
        Frames, records, commands by kind, orders, lines, units, promises by state, keys and so on.
    checks : list of Check
        Each check of `CHECKS`.
    faults : list of Fault
        At most `FAULTS_LISTED_MAX`, in the order found.
    fault_count : int
        All faults.
    notes : list of str
        What is worth knowing but no fault, such as a torn tail or a server at work.
    """

    ok: bool
    folder: str
    store_id: str
    site: str
    counts: dict[str, Any]
    checks: list[Check]
    faults: list[Fault]
    fault_count: int
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Give the whole verdict as one JSON object."""
        return json.dumps(asdict(self), sort_keys=True)


def conclude(
    findings: Findings,
    details: dict[str, str],
    counts: dict[str, Any],
    *,
    folder: str,
    store_id: str,
    site: str,
) -> Verdict:
    """Make the verdict.

    Parameters
    ----------
    findings : Findings
        Faults and notes.
    details : dict of str to str
        Per check what it covered; a check that is not named covered nothing.
    counts : dict
        As in `Verdict`.
    folder, store_id, site : str
        As in `Verdict`.
    """
    checks = []
    for name in CHECKS:
        count = findings.fault_counts[name]
        detail = details.get(name, "nothing to check")
        if count:
            first = next((fault for fault in findings.faults if fault.check == name), None)
            detail = f"{count} faults; first: {first}" if first else f"{count} faults"
        checks.append(Check(name, count == 0, detail))
    total = sum(findings.fault_counts.values())
    return Verdict(
        total == 0,
        folder,
        store_id,
        site,
        counts,
        checks,
        findings.faults,
        total,
        findings.notes,
    )


def render(verdict: Verdict, *, width: int = 110) -> str:
    """Give the verdict as text that a person can read: tables of checks, counts and faults.

    Parameters
    ----------
    verdict : Verdict
        What `verify` returned.
    width : int
        Characters in a line.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    table = Table(title=f"Verification of {verdict.folder}, site {verdict.site or 'unknown'}")
    table.add_column("Check", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("What it covered", overflow="fold")
    for check in verdict.checks:
        table.add_row(check.name, "passed" if check.passed else "FAILED", check.detail)
    counts = Table(title="Counts")
    counts.add_column("What")
    counts.add_column("Number", justify="right", overflow="fold")
    for name, value in verdict.counts.items():
        if isinstance(value, dict):
            for part, number in value.items():
                counts.add_row(f"{name}: {part}", f"{number:,}")
        else:
            counts.add_row(name.replace("_", " "), f"{value:,}")
    console.print(table)
    console.print(counts)
    for fault in verdict.faults:
        console.print(f"FAULT {fault.check}: {fault}")
    hidden = verdict.fault_count - len(verdict.faults)
    if hidden:
        console.print(f"... and {hidden} faults more")
    for note in verdict.notes:
        console.print(f"Note: {note}")
    console.print("OK" if verdict.ok else f"NOT OK: {verdict.fault_count} faults")
    output = console.file
    return output.getvalue() if isinstance(output, StringIO) else ""
