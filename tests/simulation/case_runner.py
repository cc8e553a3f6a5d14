"""Run a hand-made case against a contender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.tests.simulation.choosing import PRELUDE, START_US
from slotline.tests.simulation.command_cases import Case, See

if TYPE_CHECKING:
    from slotline.tests.simulation.engines import Contender


def run_case(contender: Contender, case: Case) -> list[str]:
    """Do all steps of a case on an empty contender.

    Returns
    -------
    list of str
        One text per difference; empty when the contender does as the case says.
    """
    time_us = START_US
    for kind, columns in PRELUDE:
        contender.submit(kind, columns, None, time_us, None)
    faults = []
    for number, entry in enumerate(case):
        if isinstance(entry, See):
            found: object = contender.views()[entry.table].get(entry.key)
            expected: object = entry.expected
            what = f"{entry.table} {entry.key}"
        else:
            step = entry.step
            time_us += step.advance_us
            found = contender.submit(step.kind, step.columns, step.lines, time_us, None)[1][0]
            expected = entry.expected
            what = step.kind
        if found != expected:
            faults.append(f"step {number}, {what}: found {found}, expected {expected}")
    contender.check()
    return faults
