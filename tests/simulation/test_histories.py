from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.engine import limits
from slotline.engine.limits import SMALL, TICK_PROMISES_MAX, TICK_STOCK_ROWS_MAX, Capacity
from slotline.kernels.columns import OUTCOME_DONE, OUTCOME_LIMIT, PROMISE_LIVE
from slotline.tests.model.warehouse import Warehouse
from slotline.tests.simulation.choosing import DAY, FIRST_DAY, PRELUDE, START_US, WORK_PRELUDE, Step
from slotline.tests.simulation.command_cases import step_of
from slotline.tests.simulation.commands import next_step
from slotline.tests.simulation.engines import Contender, EngineContender, ModelContender
from slotline.tests.simulation.histories import (
    TIGHT,
    History,
    Options,
    Violation,
    seeds_of,
    simulate,
)
from slotline.tests.simulation.limit_cases import having

if TYPE_CHECKING:
    from slotline.tests.model.tables import Allocation, Batch, Order, PoolKey

LONG = os.environ.get("SLOTLINE_LONG") == "1"
EXAMPLES = 2_000 if LONG else 25
SEEDS = range(2_000 if LONG else 48)
STEPS = 400 if LONG else 200

# Seen at least once over the seeds of this suite; "kind:outcome" stands for an outcome told.
TOLD: dict[str, tuple[int, ...]] = {
    "accept": (0, 1, 2, 4, 6, 8),
    "add_move": (0, 3, 5, 7, 8),
    "add_pick": (0, 2, 3, 5, 7, 8),
    "adjust": (0, 3, 7, 8),
    "allocate": (0, 1, 2, 3, 5),
    "assign_tote": (0, 3, 5, 7, 9),
    "cancel": (0, 3, 5),
    "cancel_batch": (0, 1, 3, 5),
    "claim_batch": (0, 2, 3, 5, 7),
    "confirm_task": (0, 1, 3, 5, 7, 9),
    "consolidate": (0, 5),
    "deallocate": (0, 3, 5),
    "deliver_batch": (0, 3, 5, 9),
    "depart": (0, 5),
    "dock_load": (0, 5, 7),
    "drop_batch": (0, 3, 5, 9),
    "drop_task": (0, 3, 5),
    "hold": (0, 3, 5, 7),
    "load_unit": (0, 5),
    "move": (0, 3, 5, 7),
    "move_handling_unit": (0, 5),
    "open_batch": (0, 8),
    "pack": (0, 1, 3, 5),
    "pause_batch": (0, 3, 5, 9),
    "pick": (0, 1, 3, 5, 7),
    "promise": (0, 2, 4, 8),
    "put_cart": (0, 5),
    "put_handling_unit": (5,),
    "put_item": (5,),
    "put_load": (0, 5),
    "put_lot": (5,),
    "put_purchase_line": (5,),
    "put_wave": (0,),
    "put_worker": (0, 5),
    "reassign_batch": (0, 3, 5, 7),
    "receive": (0, 5),
    "release": (0, 1, 2, 3, 5),
    "release_batch": (0, 3, 5),
    "release_hold": (0, 3, 5, 7),
    "release_promise": (0, 3, 4),
    "resume_batch": (0, 3, 5, 7, 9),
    "route_task": (0, 3, 5),
    "ship": (0, 3, 5),
    "short_pick": (0, 1, 2, 3, 5, 7),
    "short_task": (0, 1, 2, 3, 5, 7, 9),
    "sort_pick": (0, 3, 5, 7),
    "stage": (0, 5, 7),
    "unload_unit": (0, 5),
    "unpick": (0, 3, 5),
}
BRANCHES = (
    *(f"{kind}:{outcome}" for kind, outcomes in TOLD.items() for outcome in outcomes),
    *("accept_partial", "accept_refused_short", "add_pick_binds_part"),
    *("add_pick_passes_rotation_over", "add_pick_too_short_lived"),
    *("all_or_none_given_up", "allocate_released", "batch_ends_with_its_last_task"),
    *("batch_ring_wraps", "claimed_again", "delivered_totes", "depart_leaves_order"),
    *("bad_ref", "bound_to_several_rows", "cancel_after_shipping", "cancel_refused_picked"),
    *("deallocate_reopens", "epoch_raised", "handling_unit_into_itself"),
    *("inactive_item_not_served", "key_reuse_refused", "line_ring_full", "line_ring_wraps"),
    *("pick_refused_has_task", "ship_off_a_load"),
    *("task_dropped_with_allocation", "task_dropped_with_stock", "task_ring_full"),
    *("task_ring_wraps", "tick_takes_lease", "tote_is_full", "wave_done"),
    *("moved_allocated_row", "order_ring_full", "order_ring_wraps", "over_received"),
    *("overwritten_order_unknown", "peg_expired", "peg_released", "peg_served", "peg_waits"),
    *("pegged", "pick_partial", "pick_splits", "pick_whole_row", "promise_consumed"),
    *("promise_ring_full", "promise_ring_wraps", "purchase_line_slips", "received_expired"),
    *("release_all_short", "release_partial", "release_splits_allocation", "reopened"),
    *("repeated", "row_too_short_lived", "ship_reopens", "short_pick_found_some"),
    *("short_pick_holds_rest", "short_pick_rebinds", "split", "stock_row_reused"),
    *("take_back_pooled", "take_back_pooled_part", "take_back_promise", "tick_expires_promise"),
    *("tick_expires_stock", "tick_splits"),
)


# Bounds of a few rows, and the kinds that then meet them.
REACHES = (
    {"COMMAND_REACH_MAX": 2, "RUN_REACH_MAX": 3, "ACCEPT_REACH_MAX": 3, "TICK_TAKEN_BACK_MAX": 1},
    {"COMMAND_REACH_MAX": 1, "RUN_REACH_MAX": 1, "ACCEPT_REACH_MAX": 4, "TICK_TAKEN_BACK_MAX": 2},
)
REACHED = (
    *("accept", "adjust", "allocate", "cancel", "deallocate", "hold", "pack", "receive"),
    *("release", "ship", "short_pick", "cancel_batch", "consolidate", "deliver_batch", "depart"),
    "short_task",
)


@settings(max_examples=EXAMPLES)
@given(
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60),
    capacity=st.sampled_from([TIGHT, SMALL]),
)
def test_engine_does_as_the_model_in_any_history(seeds: list[int], capacity: Capacity) -> None:
    """Replies, tables and what can be promised agree, step by step."""
    with tempfile.TemporaryDirectory() as folder:
        contender = EngineContender(Path(folder) / "store", capacity)
        try:
            history = History(contender, capacity)
            history.play(seeds)
        finally:
            contender.close()
    assert history.seen["reopened"] > 0


def test_every_interesting_branch_is_reached_and_agrees(tmp_path: Path) -> None:
    """Long seeded runs agree, and together they leave no branch unseen."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:

        def make(capacity: Capacity, seed: int = seed) -> Contender:
            return EngineContender(tmp_path / str(seed), capacity)

        seen += simulate(seed, STEPS, make)
    assert [branch for branch in BRANCHES if not seen[branch]] == []


@pytest.mark.parametrize("seed", range(100 if LONG else 6))
def test_how_commands_are_cut_into_batches_changes_nothing(seed: int, tmp_path: Path) -> None:
    """One batch, one by one, or all waiting together: the same replies and the same bytes."""
    model = Warehouse(TIGHT)
    whole, single, grouped = (
        EngineContender(tmp_path / name, TIGHT) for name in ("whole", "single", "grouped")
    )
    time_us = START_US
    chance = random.Random(seed)
    try:
        opening = (*PRELUDE, *WORK_PRELUDE)
        for number in range(len(opening) + 100):
            step = (
                Step(*opening[number], None, 0)
                if number < len(opening)
                else next_step(chance, model)
            )
            time_us += step.advance_us
            expected = model.apply(step.kind, step.columns, step.lines, time_us)
            cut = [(one.columns, one.lines) for one in step.singly()]
            _, outcomes = whole.submit(step.kind, step.columns, step.lines, time_us, None)
            assert outcomes == expected
            one_by_one = [
                single.submit(step.kind, columns, lines, time_us, None)[1][0]
                for columns, lines in cut
            ]
            assert one_by_one == expected
            assert grouped.submit_together(step.kind, cut, time_us) == expected
        assert whole.digest() == single.digest() == grouped.digest()
    finally:
        for contender in (whole, single, grouped):
            contender.close()


def test_histories_agree_where_commands_reach_too_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With bounds of a few rows every kind is refused by them, as the model says."""
    seen: Counter[str] = Counter()
    for seed in range(400 if LONG else 48):
        for name, rows in REACHES[seed % 2].items():
            monkeypatch.setattr(limits, name, rows)

        def make(capacity: Capacity, seed: int = seed) -> Contender:
            return EngineContender(tmp_path / str(seed), capacity)

        seen += simulate(seed, STEPS, make)
    assert [kind for kind in REACHED if not seen[f"{kind}:{OUTCOME_LIMIT}"]] == []
    assert seen["tick_expires_part"]


def test_the_same_history_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    """Nothing but the commands and their times decides what the state is."""
    digests = set()
    for name in ("once", "twice"):
        contender = EngineContender(tmp_path / name, TIGHT)
        history = History(contender, TIGHT, Options(reopen_chance=0.02 * (name == "twice")))
        history.play(seeds_of(11, 120))
        digests.add(contender.digest())
        contender.close()
    assert len(digests) == 1


def test_a_tick_leaves_what_is_beyond_its_bounds(tmp_path: Path) -> None:
    """One more than a tick may expire is expired by the next."""
    capacity = having(promise=16_384, stock=16_384, receipt=32_768)
    contender = EngineContender(tmp_path / "store", capacity)
    for kind, columns in PRELUDE:
        contender.submit(kind, columns, None, START_US, None)

    def send(step: Step, count: int) -> dict[str, int]:
        columns = dict(step.columns)
        columns["item"] = columns["item"] * count
        return contender.submit(step.kind, columns, None, START_US, None)[1][-1]

    def tick(time_us: int) -> tuple[int, int]:
        reply = contender.submit("tick", {}, None, time_us, None)[1][0]
        assert reply["outcome"] == OUTCOME_DONE
        return reply["expired_promises"], reply["expired_stock_rows"]

    rows, promises = TICK_STOCK_ROWS_MAX + 1, TICK_PROMISES_MAX + 1
    assert send(step_of("receive", lot=0, units=2), rows)["stock"] == rows - 1
    made = send(step_of("promise"), promises)
    assert (made["promise"], made["available_units"]) == (promises - 1, rows * 2 - promises)
    later = START_US + 2 * DAY
    try:
        assert tick(later) == (TICK_PROMISES_MAX, TICK_STOCK_ROWS_MAX)
        views = contender.views()
        assert views["promise"][promises - 1][4] == PROMISE_LIVE
        assert views["stock"][rows - 1][1] == 0
        assert tick(later) == (1, 1)
        assert tick(later) == (0, 0)
        assert contender.views()["available"][0, 0, 0] == 0
        contender.check()
        assert later // DAY > FIRST_DAY + 1
    finally:
        contender.close()


# -- would the histories notice? -----------------------------------------------------------------


class ExpiresADayLate(Warehouse):
    """Sells goods on the day after their last."""

    @property
    def today(self) -> int:
        return super().today - 1


class TakesBackFromTheEarliest(Warehouse):
    """Breaks the promise that expires first."""

    def outstanding_of(self, pool: PoolKey, state: int) -> list:  # type: ignore[type-arg]
        found = super().outstanding_of(pool, state)
        return found[:1] if state == PROMISE_LIVE and self.available_at_risk else found

    available_at_risk = False

    def take_back(self, pool: PoolKey) -> int:
        self.available_at_risk = self.available(pool) < 0
        try:
            return super().take_back(pool)
        finally:
            self.available_at_risk = False


class ServesNoPegs(Warehouse):
    """Leaves pegged promises as they are."""

    def serve_pegs(self, pool: PoolKey) -> None:
        del pool


class ForgetsTheLife(Warehouse):
    """Binds goods whatever is left of their life."""

    def required_day(self, order: object) -> int:
        del order
        return 0


class Oversells(Warehouse):
    """Believes in one unit more than there is."""

    def available(self, pool: PoolKey) -> int:
        return super().available(pool) + 1


class TakesTheHighestRow(Warehouse):
    """Breaks ties of the rotation the wrong way round."""

    def rotation(self, pool: PoolKey) -> list[int]:
        return sorted(super().rotation(pool), reverse=True)


class LetsAnybodyConfirm(Warehouse):
    """Does not ask who holds a batch."""

    def _check_holder(self, batch: Batch, worker: int) -> None:
        super()._check_holder(batch, batch.worker)


class BindsAnyBin(Warehouse):
    """Plans picks of goods that must wait for others, or that die too early."""

    def _is_wrong_row(self, allocation: Allocation, stock: int) -> bool:
        return False


class TakesNoLeases(Warehouse):
    """Leaves a batch to a worker who never comes back."""

    def take_leases(self) -> None:
        """Leave all as it is."""


class ForgetsTheTotes(Warehouse):
    """Ends a batch whose goods still stand about in totes."""

    def _is_left(self, batch: Batch) -> bool:
        return bool(self.live_tasks(batch))


class LeavesOrdersBehind(Warehouse):
    """Issues the goods of a load and forgets the orders that are whole by it."""

    def close_shipped(self, order: Order) -> None:
        """Leave the order as it is."""


@pytest.mark.parametrize(
    "wrong",
    [
        ExpiresADayLate,
        TakesBackFromTheEarliest,
        ServesNoPegs,
        ForgetsTheLife,
        Oversells,
        TakesTheHighestRow,
        LetsAnybodyConfirm,
        BindsAnyBin,
        TakesNoLeases,
        ForgetsTheTotes,
        LeavesOrdersBehind,
    ],
)
def test_histories_notice_a_wrong_rule(wrong: type[Warehouse]) -> None:
    """A rule broken in a copy of the model is found, and the report says how to repeat it."""

    def run() -> None:
        for seed in range(40):
            simulate(seed, 150, lambda capacity: ModelContender(wrong(capacity)))

    with pytest.raises(Violation, match=r"repeat with simulate\(seed=\d+, steps=150\)"):
        run()
