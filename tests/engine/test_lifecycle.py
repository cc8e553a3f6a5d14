"""Life cycles: all states times all causes, and the page made from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slotline.engine.lifecycle import (
    LIFE_CYCLES,
    AllocationState,
    HandlingUnitState,
    OrderState,
    PromiseState,
    causes,
    next_state,
    render_diagram,
    render_page,
)

if TYPE_CHECKING:
    from enum import IntEnum

ENTITIES: dict[str, type[IntEnum]] = {
    "order": OrderState,
    "promise": PromiseState,
    "allocation": AllocationState,
    "handling_unit": HandlingUnitState,
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "lifecycles.md"


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_state_and_cause_gives_what_the_table_says_or_nothing(entity: str) -> None:
    """Whatever the table does not name is refused."""
    table = {(int(a), cause): int(b) for a, cause, b in LIFE_CYCLES[entity]}
    assert len(table) == len(LIFE_CYCLES[entity])
    for state in ENTITIES[entity]:
        for cause in causes(entity):
            assert next_state(entity, int(state), cause) == table.get((int(state), cause))
    assert next_state(entity, 99, causes(entity)[0]) is None


@pytest.mark.parametrize(
    ("entity", "states"),
    [
        ("order", (OrderState.SHIPPED, OrderState.CANCELLED)),
        ("promise", (PromiseState.RELEASED, PromiseState.EXPIRED, PromiseState.CONSUMED)),
        ("promise", (PromiseState.BROKEN,)),
    ],
)
def test_final_states_are_left_by_nothing(entity: str, states: tuple[IntEnum, ...]) -> None:
    """What is over stays over."""
    for state in states:
        assert all(next_state(entity, int(state), cause) is None for cause in causes(entity))


def test_a_departed_handling_unit_only_ships_again() -> None:
    """Two orders in one carton leave with it; nothing else happens to it."""
    departed = int(HandlingUnitState.DEPARTED)
    allowed = [
        cause
        for cause in causes("handling_unit")
        if next_state("handling_unit", departed, cause) is not None
    ]
    assert allowed == ["ship"]


def test_a_diagram_shows_each_step_once() -> None:
    """Causes of the same step share an arrow; steps in place are left out."""
    text = render_diagram("allocation")
    assert text.startswith("stateDiagram-v2\n")
    assert "    POOLED --> FREE : deallocate, cancel, take_back\n" in text
    assert "POOLED --> POOLED" not in text


def test_the_page_of_life_cycles_is_up_to_date() -> None:
    """docs/lifecycles.md is what render_page gives."""
    assert PAGE.read_text(encoding="utf-8") == render_page()
