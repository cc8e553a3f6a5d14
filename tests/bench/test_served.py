"""A tiny acceptance day on a server, and what is found when one of its effects is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bench.acceptance.check.replay import check
from bench.acceptance.served import run as served_run
from bench.acceptance.served.events import EVENT_KINDS, events_of
from bench.acceptance.size import TINY
from bench.acceptance.world import draw_day
from slotline.engine.effects import EffectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.acceptance.day import Day
    from bench.acceptance.served.notes import Notes
    from bench.acceptance.served.run import ServedDay

_SEED = 12


class Seen(NamedTuple):
    """A day on a server, and what its events were made from."""

    day: Day
    served: ServedDay
    day_file: dict[str, Any]
    effects: list[Any]
    notes: Notes

    def check(self, effects: list[Any]) -> dict[str, Any]:
        """Check the day as other effects tell it."""
        trailers = self.day.order_trailer.tolist()
        return check(
            self.day_file, events_of(effects, self.notes, trailers, served_run.MIDNIGHT_US)
        )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run a day with a short pick made good, one that cannot be, and a late order."""
    kept: list[tuple[list[Any], Notes]] = []

    def keep(effects: Iterable[Any], notes: Notes, *rest: Any) -> Iterator[dict[str, Any]]:
        kept.append((list(effects), notes))
        return events_of(kept[0][0], notes, *rest)

    day, folder = draw_day(TINY, _SEED), tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served_run, "events_of", keep)
        served = served_run.run_served(day, folder)
    day_file = json.loads((folder / f"day-{_SEED}.json").read_text(encoding="utf-8"))
    return Seen(day, served, day_file, *kept[0])


def test_day_is_served_without_a_fault(seen: Seen) -> None:
    """Every feasible order is on its trailer, every other one named; the kill lost nothing."""
    result, feasible = seen.served.result, int(seen.day.order_feasible.sum())
    assert result["faults"] == {}
    assert result["feasible"] == result["on_trailer"] == feasible
    assert result["missed"] == result["named_in_time"] == TINY.orders - feasible
    assert seen.served.recovery_s > 0
    assert seen.served.is_repeated
    assert seen.served.is_verified, seen.served.verdict


def test_server_is_asked_for_every_kind_of_step(seen: Seen) -> None:
    """Nothing that events are made from is missing on a day as small as this."""
    assert {effect.kind for effect in seen.effects} == set(EVENT_KINDS)


# A lost `BATCH_OPENED` leaves its zone unknown; a second one tells the same zone, and no more.
DOUBLED = [kind for kind in EVENT_KINDS if kind != EffectKind.BATCH_OPENED]


@pytest.mark.parametrize("at", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.name.lower())
def test_lost_effect_is_found(kind: EffectKind, at: int, seen: Seen) -> None:
    """One effect less of any kind, and the checker complains."""
    lost = [effect for effect in seen.effects if effect.kind == kind][at]
    left = [effect for effect in seen.effects if effect is not lost]
    assert len(left) == len(seen.effects) - 1
    assert seen.check(left)["faults"]


@pytest.mark.parametrize("at", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("kind", DOUBLED, ids=lambda kind: kind.name.lower())
def test_doubled_effect_is_found(kind: EffectKind, at: int, seen: Seen) -> None:
    """One effect twice, and the checker complains."""
    doubled = [effect for effect in seen.effects if effect.kind == kind][at]
    place = next(at for at, effect in enumerate(seen.effects) if effect is doubled)
    effects = [*seen.effects[: place + 1], doubled, *seen.effects[place + 1 :]]
    assert seen.check(effects)["faults"]
