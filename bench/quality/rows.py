"""What a set's module hands back, and the tables made of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = (
    f"{'class':<34}{'instances':>10}{'best or proven':>15}{'mean gap %':>12}{'max gap %':>11}"
    f"{'mean ms':>12}{'max ms':>12}"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure.

    Attributes
    ----------
    smoke : bool
        A slice of each set, so that all of them together take less than ten minutes.
    """

    smoke: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One answer to one instance.

    Attributes
    ----------
    group : str
        The class under which it is summed up: size, method, time limit.
    instance : str
        Name of the instance.
    value : float
        Value of our answer, in the unit of the set, as the checker of its module recomputed it.
        Less is better.
    best : float or None
        Best known value; None when there is none and the row only tells a time.
    seconds : float
        Time of the answer, wall clock.
    proven : bool
        Whether our answer says that it is optimal.
    faults : tuple of str
        What the checker found wrong. A row with faults fails the run.
    """

    group: str
    instance: str
    value: float
    best: float | None
    seconds: float
    proven: bool = False
    faults: tuple[str, ...] = field(default=())

    @property
    def gap(self) -> float | None:
        """By how much our value is above the best, as a part of the best."""
        if self.best is None:
            return None
        return (self.value - self.best) / self.best if self.best else float(self.value > 0)

    def as_json(self, name: str) -> dict[str, Any]:
        """Give the row for a file."""
        return {"set": name} | asdict(self) | {"gap": self.gap}


def table(rows: Sequence[Row], *, instances: bool) -> list[str]:
    """Sum rows up by class, in the order in which the classes came.

    Parameters
    ----------
    rows : sequence of Row
        Of one set.
    instances : bool
        Whether each instance gets a line of its own below its class.

    Returns
    -------
    lines : list of str
        With a heading.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    lines = [HEADER]
    for group, members in groups.items():
        lines.append(_line(group, members))
        if instances:
            lines += [_line(f"  {row.instance}", [row]) for row in members]
    return lines


def _line(name: str, rows: Sequence[Row]) -> str:
    gaps = [row.gap for row in rows if row.gap is not None]
    reached = sum(row.proven or (row.gap is not None and row.gap <= 0) for row in rows)
    gap_cells = (
        f"{100 * sum(gaps) / len(gaps):>12.3f}{100 * max(gaps):>11.3f}"
        if gaps
        else f"{'-':>12}{'-':>11}"
    )
    times = [1e3 * row.seconds for row in rows]
    return (
        f"{name:<34}{len(rows):>10,}{100 * reached / len(rows):>14.1f}%{gap_cells}"
        f"{sum(times) / len(times):>12.4g}{max(times):>12.4g}"
    )
