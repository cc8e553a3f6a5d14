"""Random histories that collide: few items, tiny stock, short rings, goods about to expire.

A history is a list of integers. Each seeds one step, which is chosen by looking at the model as it
stands, so that most commands mean something and some do not. The same steps go to the model and to
a contender; whatever differs is a `Violation`, whose text ends with the line that repeats it.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from slotline.engine.errors import InvariantBroken, KeyReused
from slotline.engine.limits import SMALL, Capacity
from slotline.tests.model.tables import CallRefused
from slotline.tests.model.warehouse import Warehouse
from slotline.tests.simulation.choosing import DAY, PRELUDE, START_US, WORK_PRELUDE, Step
from slotline.tests.simulation.commands import next_step
from slotline.tests.simulation.engines import (
    Contender,
    ModelContender,
    Outcomes,
    model_views,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TIGHT = replace(SMALL, promise=16, order=16, line=32, batch=8, task=16)
"""Rings that wrap after a few commands."""

TINY = replace(SMALL, promise=4, order=4, line=8, batch=2, task=4)
"""Rings that are full most of the time."""


class Violation(AssertionError):
    """The contender broke the contract."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a history does beside sending commands.

    Parameters
    ----------
    views_every : int
        All tables are compared after so many steps.
    reopen_chance, repeat_chance, reuse_chance, bad_ref_chance : float
        Chance per step to recover from the store, to send the batch again under its key, to send
        another one under its key, and to name a row that does not exist.
    work_share : float
        How much is done of waves, batches and loads, 0 to 1.
    """

    views_every: int = 5
    reopen_chance: float = 0.03
    repeat_chance: float = 0.1
    reuse_chance: float = 0.05
    bad_ref_chance: float = 0.04
    work_share: float = 0.5


class History:
    """One run of a contender beside the model.

    Parameters
    ----------
    contender : Contender
        Freshly made and empty.
    capacity : Capacity
        That of the contender.
    options : Options
        See there.
    """

    def __init__(
        self, contender: Contender, capacity: Capacity = TIGHT, options: Options | None = None
    ) -> None:
        self.contender = contender
        self.model = Warehouse(capacity)
        self.options = options or Options()
        self.seen: Counter[str] = Counter()
        self.done: list[Step] = []
        self.time_us = START_US
        self._keys_made = 0
        self._sequence = 0
        for kind, columns in (*PRELUDE, *WORK_PRELUDE):
            self.send(Step(kind, columns, None, 0))

    # -- steps -----------------------------------------------------------------------------------

    def play(self, seeds: Sequence[int]) -> None:
        """Do a step for each seed, and look at everything at the end."""
        for position, seed in enumerate(seeds):
            chance = random.Random(seed)
            self._one(chance)
            if position % self.options.views_every == 0:
                self.compare_state(chance)
        self.compare_state(random.Random(0))
        self.reopen()

    def _one(self, chance: random.Random) -> None:
        step = next_step(chance, self.model, self.options.work_share)
        if chance.random() < self.options.bad_ref_chance:
            self.send_bad_ref(chance, step)
        key, outcomes = self.send(step)
        if chance.random() < self.options.repeat_chance:
            self.send_again(step, key, outcomes)
        if chance.random() < self.options.reuse_chance:
            self.send_other(step, key)
        if chance.random() < self.options.reopen_chance:
            self.reopen()

    def make_key(self) -> bytes:
        """Give a new UUIDv7 of the present time."""
        self._keys_made += 1
        head = (self.time_us // 1000).to_bytes(6, "big")
        return head + b"\x70\x00" + self._keys_made.to_bytes(8, "big")

    def send(self, step: Step) -> tuple[bytes, Outcomes]:
        """Send a step to both and compare the replies."""
        self.done.append(step)
        self.time_us += step.advance_us
        key = self.make_key()
        try:
            expected = self.model.apply(step.kind, step.columns, step.lines, self.time_us)
        except CallRefused as error:
            raise AssertionError(f"the generator made {step}") from error
        found = self._submit(step, key)
        if found is None:
            raise Violation(f"{step}: refused, expected {expected}")
        sequence, outcomes = found
        if outcomes != expected:
            raise Violation(f"{step}\nfound    {outcomes}\nexpected {expected}")
        if sequence != self._sequence + len(outcomes):
            raise Violation(f"{step}: found sequence {sequence} after {self._sequence}")
        self._sequence = sequence
        return key, outcomes

    def _submit(self, step: Step, key: bytes) -> tuple[int, Outcomes] | None:
        try:
            return self.contender.submit(step.kind, step.columns, step.lines, self.time_us, key)
        except CallRefused:
            return None
        except InvariantBroken as error:
            raise Violation(f"{step}: {error}") from error

    def send_again(self, step: Step, key: bytes, outcomes: Outcomes) -> None:
        """Repeat a batch under its key: the same reply, and nothing happens."""
        self.seen["repeated"] += 1
        before = self.contender.digest()
        found = self._submit(step, key)
        if found != (self._sequence, outcomes):
            raise Violation(f"repeated {step}\nfound    {found}\nexpected {outcomes}")
        if self.contender.digest() != before:
            raise Violation(f"repeated {step}: the state has changed")

    def send_other(self, step: Step, key: bytes) -> None:
        """Send other content under a used key: refused, and nothing happens."""
        self.seen["key_reused"] += 1
        other = Step("put_name", {"kind": [1], "code": [f"other {step.kind}"]}, None, 0)
        before = self.contender.digest()
        try:
            found = self._submit(other, key)
        except KeyReused:
            self.seen["key_reuse_refused"] += 1
        else:
            raise Violation(f"key of {step}: {other} was answered with {found}")
        if self.contender.digest() != before:
            raise Violation(f"key of {step} used again: the state has changed")

    def send_bad_ref(self, chance: random.Random, step: Step) -> None:
        """Name a row that does not exist: the call is refused whole, without a sequence."""
        bad = step.with_bad_ref(chance, self.model)
        if bad is None:
            return
        self.seen["bad_ref"] += 1
        before = self.contender.digest()
        if self._submit(bad, self.make_key()) is not None:
            raise Violation(f"{bad}: answered, expected a refusal")
        if self.contender.digest() != before:
            raise Violation(f"{bad}: refused, yet the state has changed")

    # -- looks -----------------------------------------------------------------------------------

    def compare_state(self, chance: random.Random) -> None:
        """Compare all tables, and what can be promised of an item."""
        self.model.check()
        try:
            self.contender.check()
        except (AssertionError, InvariantBroken) as error:
            raise Violation(f"the state contradicts itself: {error}") from error
        found, expected = self.contender.views(), model_views(self.model)
        for table, rows in expected.items():
            if found[table] != rows:
                raise Violation(f"table {table}: {_first_difference(found[table], rows)}")
        item = chance.randrange(len(self.model.items()))
        owner = chance.randrange(2)
        bounds = sorted(self.time_us + chance.randrange(-2, 8) * DAY // 2 for _ in range(4))
        promised = self.contender.atp(item, owner, bounds)
        if promised != self.model.atp(item, owner, bounds):
            raise Violation(
                f"ATP of item {item} of owner {owner} at {bounds}: found {promised}, "
                f"expected {self.model.atp(item, owner, bounds)}"
            )

    def reopen(self) -> None:
        """Recover from the store: not a byte of the state may differ."""
        self.seen["reopened"] += 1
        before = self.contender.digest()
        self.contender.reopen()
        if self.contender.digest() != before:
            raise Violation("the recovered state differs from the one that was closed")
        self.compare_state(random.Random(0))

    @property
    def counters(self) -> Counter[str]:
        """What this history went through."""
        reused = Counter(
            stock_row_reused=self.model.stock.reused,
            allocation_row_reused=self.model.allocation.reused,
        )
        return self.seen + self.model.seen + reused


def _first_difference(found: dict[Any, Any], expected: dict[Any, Any]) -> str:
    for row in sorted({*found, *expected}):
        if found.get(row) != expected.get(row):
            return f"row {row}: found {found.get(row)}, expected {expected.get(row)}"
    return "the rows are in another order"


def seeds_of(seed: int, steps: int) -> list[int]:
    """Give the seeds of the steps of a long run."""
    chance = random.Random(seed)
    return [chance.getrandbits(32) for _ in range(steps)]


def simulate(
    seed: int,
    steps: int,
    make_contender: Callable[[Capacity], Contender] | None = None,
    options: Options | None = None,
) -> Counter[str]:
    """Run a seeded history and say how to repeat it when it fails.

    Parameters
    ----------
    seed, steps : int
        They determine everything.
    make_contender : callable or None
        Gives an empty contender of a capacity; None stands for the model itself.
    options : Options or None
        See there.

    Returns
    -------
    Counter of str
        The branches gone through.

    Raises
    ------
    Violation
        The contender broke the contract; the text ends with the call that shows it again.
    """
    # Every other seed has rings that never wrap, so that old orders stay known.
    capacity = (SMALL, TIGHT, SMALL, TINY)[seed % 4]
    contender = make_contender(capacity) if make_contender else ModelContender(Warehouse(capacity))
    try:
        # Whole mornings of offices, and whole mornings of the floor.
        share = 0.3 if seed // 4 % 2 else 0.65
        history = History(contender, capacity, replace(options or Options(), work_share=share))
        history.play(seeds_of(seed, steps))
    except Exception as error:
        # Whatever went wrong, a fault inside the contender included, must be easy to repeat.
        what = "" if isinstance(error, Violation) else f"{type(error).__name__}: "
        again = f"repeat with simulate(seed={seed}, steps={steps})"
        raise Violation(f"{what}{error}\n{again}") from error
    finally:
        contender.close()
    return history.counters
