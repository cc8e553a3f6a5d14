from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine.limits import SMALL
from slotline.tests.simulation.all_cases import CASES, LIMIT_CASES
from slotline.tests.simulation.case_runner import run_case
from slotline.tests.simulation.engines import EngineContender

if TYPE_CHECKING:
    from pathlib import Path

ALL_CASES = {name: (SMALL, case) for name, case in CASES.items()} | {
    f"limit: {name}": case for name, case in LIMIT_CASES.items()
}


@pytest.mark.parametrize("name", ALL_CASES)
def test_engine_answers_as_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    """The engine does what the contract says, and still does after it was opened again."""
    capacity, case = ALL_CASES[name]
    contender = EngineContender(tmp_path / "store", capacity)
    try:
        assert run_case(contender, case) == []
        before = contender.digest()
        contender.reopen()
        contender.check()
        assert contender.digest() == before
    finally:
        contender.close()
