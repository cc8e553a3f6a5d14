"""Measures as tables, and as JSON lines that later runs are compared with."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from slotline.engine.errors import InvalidRequest

from .ours import Measure
from .results import rate_text, ratio_text, time_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .results import Run

SCHEMA: Final = 1
_VERDICT_STYLES: Final = {"met": "green", "met, aim too": "bold green", "missed": "bold red"}


def value_text(value: float | None, unit: str) -> str:
    """Write a value with its unit.

    Parameters
    ----------
    value : float or None
        A value of a measure.
    unit : str
        Its unit.

    Returns
    -------
    text : str
        Such as ``1.23 M/s``; ``-`` for None.
    """
    if value is None:
        return "-"
    if unit == "/s":
        return f"{rate_text(value)}/s"
    if unit in ("us", "s"):
        return time_text(value * (1e6 if unit == "s" else 1.0))
    return f"{value:.3g} {unit}"


def tables(
    measures: Sequence[Measure], last: Sequence[Measure] = (), *, with_peers: bool = True
) -> list[Table]:
    """Lay out one table a group.

    Parameters
    ----------
    measures : sequence of Measure
        In the order of the tables.
    last : sequence of Measure
        Those of the last run, for a column of ratios.
    with_peers : bool
        Whether to say what each was held against.

    Returns
    -------
    list of rich.table.Table
        Ready to print.
    """
    before = {measure.key: measure.value for measure in last}
    made: dict[str, Table] = {}
    for measure in measures:
        layout = made.get(measure.group)
        if layout is None:
            layout = Table(
                title=measure.group, title_justify="left", box=SIMPLE_HEAD, pad_edge=False
            )
            layout.add_column("measure", min_width=44)
            for heading in ("value", "goal", "aim"):
                layout.add_column(heading, justify="right", no_wrap=True)
            layout.add_column("verdict", no_wrap=True)
            layout.add_column("x last run", justify="right", no_wrap=True)
            if with_peers:
                layout.add_column("held against", ratio=1)
            made[measure.group] = layout
        sign = "<= " if measure.lower else ">= "
        bounds = [
            "-" if bound is None else sign + value_text(bound, measure.unit)
            for bound in (measure.goal, measure.aim)
        ]
        style = _VERDICT_STYLES.get(measure.verdict, "")
        verdict = f"[{style}]{measure.verdict}[/]" if style else ""
        cells = [
            measure.name, value_text(measure.value, measure.unit), *bounds, verdict,
            ratio_text(measure.value, before.get(measure.key)),
        ]  # fmt: skip
        layout.add_row(*cells, *([measure.peer] if with_peers else []))
    return list(made.values())


def append_measures(path: Path, run: Run, measures: Sequence[Measure], *, is_smoke: bool) -> None:
    """Add measures to the file of runs.

    Parameters
    ----------
    path : Path
        File of JSON lines; made, with its folder, when missing.
    run : Run
        Where and with what, and the contenders.
    measures : sequence of Measure
        What was measured.
    is_smoke : bool
        Whether sizes were cut down.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(measure) | {"verdict": measure.verdict} for measure in measures]
    record = {"schema": SCHEMA, "smoke": is_smoke, "measures": rows} | asdict(run)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, sort_keys=True) + "\n")


def last_measures(path: Path, run: Run, *, is_smoke: bool) -> list[Measure]:
    """Find what the last comparable run measured.

    Parameters
    ----------
    path : Path
        File of JSON lines; may be missing.
    run : Run
        The run at hand.
    is_smoke : bool
        Its size.

    Returns
    -------
    list of Measure
        Of the latest run that had the same size, workload and machine for each measure; empty when
        there is none.

    Raises
    ------
    InvalidRequest
        A line is no run of this schema.
    """
    if not path.exists():
        return []
    found: dict[str, Measure] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            if record["schema"] != SCHEMA:
                raise ValueError("another schema")
            same = (record["smoke"], record["workload"], record["machine"]) == (
                is_smoke, dict(run.workload), asdict(run.machine),
            )  # fmt: skip
            for row in record["measures"] if same else ():
                row.pop("verdict")
                measure = Measure(**row)
                found[measure.key] = measure
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(
                f"{path}:{number}: found no run of schema {SCHEMA}: {error!r}; move the file away "
                "to begin a new one"
            ) from error
    return list(found.values())
