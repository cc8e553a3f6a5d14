"""All hand-made cases, by name: those in tables of the usual size, and those in tight ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.tests.simulation.command_cases import STOCK_CASES
from slotline.tests.simulation.floor_cases import FLOOR_CASES
from slotline.tests.simulation.hold_cases import HOLD_CASES
from slotline.tests.simulation.limit_cases import LIMIT_CASES
from slotline.tests.simulation.load_cases import LOAD_CASES
from slotline.tests.simulation.order_cases import ORDER_CASES
from slotline.tests.simulation.work_cases import WORK_CASES

if TYPE_CHECKING:
    from slotline.tests.simulation.command_cases import Case

__all__ = ["CASES", "LIMIT_CASES"]

CASES: dict[str, Case] = (
    STOCK_CASES | ORDER_CASES | FLOOR_CASES | WORK_CASES | HOLD_CASES | LOAD_CASES
)
