from __future__ import annotations

import pytest

from slotline.kernels.columns import DAY_US, NONE, PROMISE_EXPIRED, PROMISE_LIVE
from slotline.tests.model.tables import CallRefused, Ring, RowTable, TableFull
from slotline.tests.model.warehouse import Warehouse
from slotline.tests.simulation.all_cases import CASES, LIMIT_CASES
from slotline.tests.simulation.case_runner import run_case
from slotline.tests.simulation.choosing import PRELUDE, START_US
from slotline.tests.simulation.command_cases import Do, do
from slotline.tests.simulation.engines import ModelContender
from slotline.tests.simulation.histories import simulate

# Outcome codes that the contract lists per command; -8 stands for what only a full table gives.
CONTRACT = {
    "put_name": {0, 8},
    "put_item": {0, 5, 8},
    "put_pack": {0, 8},
    "put_alias": {0, 8},
    "put_lot": {0, 5, 8},
    "put_location": {0, 8},
    "put_handling_unit": {0, 5, 8},
    "put_purchase_line": {0, 5, 8},
    "receive": {0, 5, 8},
    "move": {0, 3, 5, 7, 8},
    "move_handling_unit": {0, 5},
    "adjust": {0, 3, 7, 8},
    "hold": {0, 3, 5, 7, 8},
    "release_hold": {0, 3, 5, 7, 8},
    "promise": {0, 2, 4, 8},
    "release_promise": {0, 3, 4},
    "tick": {0},
    "accept": {0, 1, 2, 4, 6, 8},
    "allocate": {0, 1, 2, 3, 5},
    "deallocate": {0, 3, 5},
    "cancel": {0, 3, 5},
    "release": {0, 1, 2, 3, 5},
    "pick": {0, 1, 3, 5, 7, 8},
    "short_pick": {0, 1, 2, 3, 5, 7, 8},
    "unpick": {0, 3, 5},
    "pack": {0, 1, 3, 5},
    "ship": {0, 3, 5},
    "put_worker": {0, 5, 8},
    "put_cart": {0, 5, 8},
    "put_wave": {0, 8},
    "put_load": {0, 5, 8},
    "open_batch": {0, 8},
    "add_pick": {0, 2, 3, 5, 7, 8},
    "add_move": {0, 3, 5, 7, 8},
    "release_batch": {0, 3, 5},
    "cancel_batch": {0, 1, 3, 5},
    "claim_batch": {0, 2, 3, 5, 7},
    "assign_tote": {0, 3, 5, 7, 9},
    "confirm_task": {0, 1, 3, 5, 7, 8, 9},
    "short_task": {0, 1, 2, 3, 5, 7, 8, 9},
    "drop_task": {0, 3, 5},
    "route_task": {0, 3, 5},
    "pause_batch": {0, 3, 5, 9},
    "resume_batch": {0, 3, 5, 7, 9},
    "drop_batch": {0, 3, 5, 9},
    "reassign_batch": {0, 3, 5, 7},
    "deliver_batch": {0, 3, 5, 9},
    "sort_pick": {0, 3, 5, 7},
    "consolidate": {0, 5},
    "stage": {0, 5, 7},
    "dock_load": {0, 5, 7},
    "load_unit": {0, 5},
    "unload_unit": {0, 5},
    "depart": {0, 5},
}


def opened() -> Warehouse:
    """Give a model that has gone through the prelude."""
    model = Warehouse()
    for kind, columns in PRELUDE:
        model.apply(kind, columns, None, START_US)
    return model


def obey(model: Warehouse, command: Do, time_us: int = START_US) -> dict[str, object]:
    """Let the model obey one command of a table case."""
    return model.apply(command.step.kind, command.step.columns, command.step.lines, time_us)[0]


@pytest.mark.parametrize("name", CASES)
def test_model_answers_as_worked_out_by_hand(name: str) -> None:
    """The model does what the contract says, command by command."""
    assert run_case(ModelContender(Warehouse()), CASES[name]) == []


@pytest.mark.parametrize("name", LIMIT_CASES)
def test_model_answers_full_tables_as_worked_out_by_hand(name: str) -> None:
    """A command that needs a row too many is refused and changes nothing."""
    capacity, case = LIMIT_CASES[name]
    assert run_case(ModelContender(Warehouse(capacity)), case) == []


def test_the_tables_hold_every_outcome_of_the_contract() -> None:
    """No refusal and no success is left without a case."""
    told: dict[str, set[int]] = {}
    for case in (*CASES.values(), *(case for _, case in LIMIT_CASES.values())):
        for entry in case:
            if isinstance(entry, Do):
                told.setdefault(entry.step.kind, set()).add(entry.expected["outcome"])
    assert told == CONTRACT


def test_available_to_promise_looks_ahead() -> None:
    """What is promised for tomorrow may not be missing the day after."""
    model = opened()
    obey(model, do("receive", 0, 0, 0))
    days = [START_US + day * DAY_US for day in range(-1, 5)]
    # 5 on hand, 6 tomorrow.
    assert model.atp(0, 0, days) == [5, 5, 11, 11, 11, 11]
    # An order for 8 leaves in three days: 5 + 6 - 8 = 3 from then on, so 3 now.
    obey(model, do("accept", 2, 0, [0], lines=[(0, 8)], policy=2, departure_us=days[4]))
    assert model.atp(0, 0, days) == [3, 3, 3, 3, 3, 3]
    # A peg on the last 3 the day after tomorrow.
    assert model.atp(0, 0, [days[3]]) == [3]
    obey(model, do("promise", 0, 0, 0, units=5))
    assert model.atp(0, 0, days) == [0] * 6
    assert model.atp(0, 1, days) == [0] * 6


def test_demand_without_a_departure_counts_at_once() -> None:
    """An order that may leave any time takes supply before anybody else."""
    model = opened()
    obey(model, do("accept", 2, 0, [0], lines=[(0, 4)]))
    tomorrow = START_US + DAY_US
    assert model.atp(0, 0, [START_US, tomorrow - 1, tomorrow]) == [0, 0, 2]
    obey(model, do("cancel", 0, 0))
    assert model.atp(0, 0, [START_US, tomorrow - 1, tomorrow]) == [0, 0, 6]


def test_received_units_leave_the_supply() -> None:
    """A receipt nets its own purchase line, and never below nothing."""
    model = opened()
    tomorrow = START_US + DAY_US
    for units, promised in ((2, 6), (4, 6), (3, 9)):
        obey(model, do("receive", 0, 0, 0, purchase_line=0, units=units))
        assert model.atp(0, 0, [tomorrow]) == [promised]


def test_a_tick_stops_at_its_bounds() -> None:
    """What is beyond the bound waits for the next tick, the earliest to expire goes first."""
    model = opened()
    model.tick_promises_max, model.tick_stock_rows_max = 2, 1
    obey(model, do("receive", 0, 0, 0, lot=1))
    obey(model, do("receive", 0, 0, 0, lot=0, units=1))
    for wait in (3, 1, 2):
        obey(model, do("promise", 0, 0, 0, expires_us=START_US + wait))
    later = START_US + 9 * DAY_US
    reply = obey(model, do("tick", 0, 2, 1), later)
    assert reply == {"outcome": 0, "expired_promises": 2, "expired_stock_rows": 1}
    states = [model.promise.kept[number].state for number in range(3)]
    assert states == [PROMISE_LIVE, PROMISE_EXPIRED, PROMISE_EXPIRED]
    assert [model.stock.rows[row].status for row in (0, 1)] == [0, 4]
    reply = obey(model, do("tick", 0, 1, 1), later)
    assert reply == {"outcome": 0, "expired_promises": 1, "expired_stock_rows": 1}
    assert obey(model, do("tick", 0, 0, 0), later)["expired_promises"] == 0
    model.check()


def test_time_never_runs_backwards() -> None:
    """A batch stamped before an earlier one counts as of that one."""
    model = opened()
    obey(model, do("receive", 0, 0, 0), START_US + 50)
    obey(model, do("receive", 0, 1, 1), START_US)
    assert model.stock.rows[1].received_us == START_US + 50


@pytest.mark.parametrize(("column", "row"), [("item", 3), ("item", -1), ("lot", 5), ("lot", -2)])
def test_a_ref_to_nothing_refuses_the_whole_call(column: str, row: int) -> None:
    """Not even the commands before the wrong one are obeyed."""
    model = opened()
    columns = do("receive", 0, 0, 0).step.columns
    good = columns[column][0]
    with pytest.raises(CallRefused):
        model.apply("receive", columns | {column: [good, row]}, None, START_US)
    assert model.stock.rows == {}


def test_a_single_value_stands_for_all() -> None:
    """Columns of one value are spread over the batch, line columns over the lines."""
    model = opened()
    columns = do("receive", 0, 0, 0).step.columns | {"units": [1, 2, 3]}
    replies = model.apply("receive", columns, None, START_US)
    assert [reply["stock"] for reply in replies] == [0, 1, 2]
    accept = do("accept", 0, 0, [0], lines=[(0, 1)]).step
    lines = {"item": [0], "units": [1, 2, 3], "promise": [NONE]}
    columns = accept.columns | {"line_count": [1, 2]}
    replies = model.apply("accept", columns, lines, START_US)
    assert [reply["lines"] for reply in replies] == [[1], [2, 3]]


def test_row_tables_reuse_the_lowest_row() -> None:
    """Rows are dense, and full means full."""
    table: RowTable[str] = RowTable(3)
    assert [table.add(text) for text in "abc"] == [0, 1, 2]
    with pytest.raises(TableFull):
        table.add("d")
    table.free(2)
    table.free(0)
    assert [table.add(text) for text in "de"] == [0, 2]
    assert table.reused == 2


def test_rings_forget_what_they_overwrite() -> None:
    """Numbers go on; the oldest things go."""
    ring: Ring[str] = Ring(2)
    assert [ring.add(text) for text in "abc"] == [0, 1, 2]
    assert ring.kept == {1: "b", 2: "c"}
    assert ring.overwritten() == "b"
    ring.skip_to(4)
    assert (ring.given, ring.kept) == (4, {2: "c"})


@pytest.mark.parametrize("seed", range(8))
def test_invariants_hold_over_random_histories(seed: int) -> None:
    """Conservation, no oversell, and every unit of every line accounted for."""
    # The model is compared with another copy of itself; what counts is `check` at each look.
    assert simulate(seed, 150)["reopened"] > 0
