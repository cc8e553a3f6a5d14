from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine import failpoints
from slotline.engine.batch import make_batch
from slotline.kernels.columns import OUTCOME_DONE
from slotline.tests.model.warehouse import Warehouse
from slotline.tests.simulation.choosing import DAY, PRELUDE, START_US, Step
from slotline.tests.simulation.command_cases import step_of
from slotline.tests.simulation.engines import EngineContender, model_views
from slotline.tests.simulation.histories import TIGHT, Options, Violation, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from slotline.engine.limits import Capacity
    from slotline.engine.ticket import Ticket
    from slotline.tests.simulation.engines import Contender

SWITCHES = (
    "key_kept_after_effect",
    "reply_before_durable",
    "expiry_off_by_one",
    "counter_not_updated_on_split",
    "double_apply",
    "fingerprint_ignored",
)

SCRIPT: tuple[Step, ...] = (
    step_of("receive", lot=0),
    step_of("receive", lot=1, units=3),
    step_of("promise"),
    step_of("accept", lines=[(0, 3)], code="x"),
    step_of("release"),
    step_of("tick", after=DAY),
    step_of("pick"),
    step_of("tick", after=DAY),
)
"""Commands that each do something; the first tick is at the very time the promise expires."""

BUSY = Options(views_every=3, reopen_chance=0.1, repeat_chance=0.2, reuse_chance=0.2)


class Crash(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True)
def production_again() -> Iterator[None]:
    """Take out hook and planted bugs whatever a test did."""
    yield
    failpoints.install(None)
    failpoints.plant()


def key_of(number: int) -> bytes:
    """Give a UUIDv7 of the start of the script."""
    return (START_US // 1000).to_bytes(6, "big") + b"\x70\x00" + number.to_bytes(8, "big")


def histories_agree(folder: Path) -> None:
    """Random histories with repeats, reused keys and recoveries go as in the model."""
    for seed in range(6):

        def make(capacity: Capacity, seed: int = seed) -> Contender:
            return EngineContender(folder / f"history{seed}", capacity)

        simulate(seed, 60, make, BUSY)


def the_script_goes_as_in_the_model(folder: Path) -> None:
    """Send the script one by one, with a look at all tables after each command."""
    contender, model = EngineContender(folder / "script", TIGHT), Warehouse(TIGHT)
    try:
        for number, step in enumerate((*_prelude(), *SCRIPT)):
            time_us = _time_of(number)
            expected = model.apply(step.kind, step.columns, step.lines, time_us)
            found = contender.submit(step.kind, step.columns, step.lines, time_us, key_of(number))
            if found[1] != expected or contender.views() != model_views(model):
                raise Violation(f"{step.kind}: found {found[1]}, expected {expected}")
            contender.check()
    finally:
        contender.close()


def replies_wait_for_the_disk(folder: Path) -> None:
    """No reply is there before the journal is synced, and none without a sync."""
    contender = EngineContender(folder / "durable", TIGHT)
    waiting: list[Ticket] = []
    events: list[str] = []

    def watch(name: str) -> None:
        if name == "journal.after_sync":
            events.append("synced")
        elif name.startswith("journal.before") and any(
            ticket.done or ticket.answer is not None for ticket in waiting
        ):
            events.append(f"answered at {name}")

    failpoints.install(watch)
    try:
        for number, step in enumerate((*_prelude(), *SCRIPT)):
            contender.clock.time_us = _time_of(number)
            batch = make_batch(step.kind, step.columns, step.lines)
            waiting[:], events[:] = [contender.engine.enqueue(batch, key=key_of(number))], []
            contender.engine.wait(waiting[0])
            if events.count("synced") != len(events) or not events:
                raise Violation(f"{step.kind}: {events}, expected a sync before the answer")
    finally:
        failpoints.install(None)
        contender.close()


def a_retry_after_a_crash_has_one_effect(folder: Path) -> None:
    """Whatever point the process ends at, the same keys once more give what one run gives."""
    hits = _run_until(folder / "whole", None)
    for hit in range(hits):
        _run_until(folder / f"crash{hit}", hit)


def _run_until(folder: Path, crash_at: int | None) -> int:
    """Run the script, crash at a failpoint, recover, send it all again; give the points hit."""
    model = Warehouse(TIGHT)
    steps = (*_prelude(), *SCRIPT)
    expected = [
        model.apply(step.kind, step.columns, step.lines, _time_of(number))
        for number, step in enumerate(steps)
    ]
    contender = EngineContender(folder, TIGHT)
    hits = 0

    def crash(name: str) -> None:
        nonlocal hits
        if crash_at is not None and hits == crash_at:
            failpoints.install(None)
            raise Crash(name)
        hits += 1

    crashed = False
    for number, step in enumerate(steps):
        if number == len(steps) - 2:
            failpoints.install(crash)
        try:
            contender.submit(step.kind, step.columns, step.lines, _time_of(number), key_of(number))
        except Crash:
            crashed = True
            break
    failpoints.install(None)
    if crash_at is not None and not crashed:
        raise Violation(f"failpoint {crash_at} was not reached a second time")
    contender.close()
    contender = EngineContender(folder, TIGHT)
    try:
        for number, step in enumerate(steps):
            time_us = _time_of(number)
            found = contender.submit(step.kind, step.columns, step.lines, time_us, key_of(number))
            if found[1] != expected[number]:
                raise Violation(
                    f"crash at point {crash_at}, {step.kind} again: found {found[1]}, expected "
                    f"{expected[number]}"
                )
        contender.check()
        if contender.views() != model_views(model):
            raise Violation(f"crash at point {crash_at}: the state differs from that of one run")
    finally:
        contender.close()
    return hits


def _prelude() -> list[Step]:
    return [Step(kind, columns, None, 0) for kind, columns in PRELUDE]


def _time_of(number: int) -> int:
    steps = [*_prelude(), *SCRIPT]
    return START_US + sum(step.advance_us for step in steps[: number + 1])


LOOKS: tuple[Callable[[Path], None], ...] = (
    the_script_goes_as_in_the_model,
    histories_agree,
    replies_wait_for_the_disk,
    a_retry_after_a_crash_has_one_effect,
)


def findings(folder: Path) -> dict[str, str]:
    """Give what each look finds; a crash of the engine itself is a finding, too."""
    found = {}
    for look in LOOKS:
        own = folder / look.__name__
        own.mkdir()
        try:
            look(own)
        except Exception as error:
            found[look.__name__] = f"{type(error).__name__}: {error}"
    return found


def test_nothing_is_found_without_a_planted_bug(tmp_path: Path) -> None:
    """The looks themselves raise no false alarm."""
    assert findings(tmp_path) == {}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_planted_bug_is_found(switch: str, tmp_path: Path) -> None:
    """Each known bug, switched on, turns at least one look red."""
    failpoints.plant(switch)
    assert findings(tmp_path) != {}


@pytest.mark.parametrize(
    ("switch", "look"),
    [
        ("key_kept_after_effect", a_retry_after_a_crash_has_one_effect),
        ("reply_before_durable", replies_wait_for_the_disk),
        ("expiry_off_by_one", the_script_goes_as_in_the_model),
        ("fingerprint_ignored", histories_agree),
    ],
)
def test_a_planted_bug_is_found_where_it_should_be(
    switch: str, look: Callable[[Path], None], tmp_path: Path
) -> None:
    """The look that was made for a kind of bug is the one that sees it."""
    failpoints.plant(switch)
    with pytest.raises(Violation):
        look(tmp_path)


def test_the_script_does_something_each_time() -> None:
    """A script of refusals would prove nothing."""
    model = Warehouse(TIGHT)
    for number, step in enumerate((*_prelude(), *SCRIPT)):
        replies = model.apply(step.kind, step.columns, step.lines, _time_of(number))
        assert replies[-1]["outcome"] in (OUTCOME_DONE, 1)
    assert model.seen["tick_expires_promise"] == 1
    assert model.seen["tick_expires_stock"] == 1
