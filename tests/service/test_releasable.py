"""What planners read: allocations without a task and the stock rows that rotation allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest, UnknownEntity
from slotline.engine.schema import NameKind
from slotline.kernels.columns import DAY_US, OUTCOME_DONE
from slotline.service import releasable

if TYPE_CHECKING:
    from slotline.engine.engine import Engine
    from slotline.service.client import SlotlineClient
    from slotline.service.client_work import Releasable


@pytest.fixture
def stocked(site: SlotlineClient) -> SlotlineClient:
    """Return a client of a site with four lots of salt in two zones, two of them alike."""
    site.put_name(kind=NameKind.ZONE, code="B")
    site.put_location(code="B-01", zone="B", role=1)
    today = site.get_status().time_us // DAY_US
    for code, days in (("soon", 3), ("later", 30), ("also-later", 30)):
        site.put_lot(item="salt", owner="acme", code=code, expiry_day=today + days)
    for lot, location in (
        ("soon", "A-01"),
        ("later", "A-02"),
        ("also-later", "B-01"),
    ):
        site.receive(item="salt", owner="acme", lot=lot, location=location, units=10)
    return site


def accept(site: SlotlineClient, item: str, units: int, **fields: int) -> int:
    """Accept an order of one line; give its number."""
    given = {"placement": 1, **fields}
    return site.accept(channel="web", owner="acme", lines=[(item, units)], **given).order


def choices_of(found: Releasable) -> list[list[int]]:
    """Stock rows of each choice."""
    ends = [*found.choices["first"][1:], len(found.candidates["stock"])]
    spans = zip(found.choices["first"], ends, strict=True)
    return [found.candidates["stock"][first:end].tolist() for first, end in spans]


def test_a_choice_holds_what_rotation_and_life_allow(stocked: SlotlineClient) -> None:
    """The earliest that lives long enough and those of the same day; one choice for all alike."""
    now_us = stocked.get_status().time_us
    today = accept(stocked, "salt", 1)
    later = [accept(stocked, "salt", 1, departure_us=now_us + 10 * DAY_US) for _ in range(2)]
    bound = accept(stocked, "salt", 1, min_life_days=10)
    found = stocked.list_releasable()
    choice, rows = found.allocations["choice"].tolist(), choices_of(found)
    assert found.allocations["order"].tolist() == [today, *later, bound]
    assert choice == [0, 1, 1, -1]
    assert rows == [[1], [2, 3]]
    assert found.allocations["stock"].tolist() == [-1, -1, -1, 2]
    assert found.allocations["required_day"].tolist() == [
        now_us // DAY_US,
        *[now_us // DAY_US + 10] * 3,
    ]


def test_free_units_are_those_of_the_engine(stocked: SlotlineClient, engine: Engine) -> None:
    """And places those where the goods are, in a pallet too."""
    stocked.put_handling_unit(code="pallet", kind=0, location="B-01")
    stocked.move(stock=1, units=10, handling_unit="pallet")
    accept(stocked, "salt", 4, placement=2)
    accept(stocked, "salt", 1)
    found, stock = stocked.list_releasable(), engine.state.stock
    rows = found.candidates["stock"]
    np.testing.assert_array_equal(
        found.candidates["free_units"], stock.on_hand_units[rows] - stock.allocated_units[rows]
    )
    codes = engine.state.location.code[found.candidates["location"]]
    assert dict(zip(rows.tolist(), codes.tolist(), strict=True)) == {1: b"B-01"}
    assert found.sequence == engine.durable_sequence


def test_only_what_can_be_planned_is_told(stocked: SlotlineClient) -> None:
    """Not what has a task, nor of orders that must be whole and are not, or leave too late."""
    now_us = stocked.get_status().time_us
    free = accept(stocked, "tea", 1)
    late = accept(stocked, "tea", 1, departure_us=now_us + DAY_US)
    accept(stocked, "tea", 1_000, policy=2)
    part = accept(stocked, "tea", 1_000, policy=1)
    planned = accept(stocked, "salt", 1)
    (line,) = stocked.get_order(planned).lines
    batch = stocked.open_batch().batch
    added = stocked.add_pick(
        batch=batch,
        order=planned,
        allocation=line.allocations[0].allocation,
        stock=1,
        units=1,
        tour_position=0,
    )
    assert added.outcome == OUTCOME_DONE
    assert stocked.list_releasable().allocations["order"].tolist() == [free, late, part]
    early = stocked.list_releasable(departure_up_to_us=now_us + 1)
    assert early.allocations["order"].tolist() == [free, part]
    stocked.drop_task(task=added.task)
    again = stocked.list_releasable().allocations
    assert planned in again["order"].tolist()
    assert again["stock"][again["order"] == planned].tolist() == [1]


def test_a_zone_is_what_can_be_picked_there(stocked: SlotlineClient) -> None:
    """Bound there, or with a candidate there; the day of rotation stays that of the whole site."""
    tea = accept(stocked, "tea", 2)
    bound = accept(stocked, "salt", 1, placement=2, min_life_days=10)
    stocked.hold(stock=1, units=10, status=1, reason="count")
    salt = accept(stocked, "salt", 1)
    in_a = stocked.list_releasable(zone="A").allocations["order"].tolist()
    in_b = stocked.list_releasable(zone="B")
    assert in_a == [tea, bound, salt]
    assert in_b.allocations["order"].tolist() == [salt]
    assert choices_of(in_b)[in_b.allocations["choice"][0]] == [3]
    with pytest.raises(UnknownEntity, match="zone: found code 'Z'"):
        stocked.list_releasable(zone="Z")


@pytest.mark.parametrize(("rows", "room"), [(1, 99), (3, 99), (99, 2), (2, 1)])
def test_pages_put_together_are_the_whole(
    stocked: SlotlineClient, monkeypatch: pytest.MonkeyPatch, rows: int, room: int
) -> None:
    """Whether allocation rows or room for candidates end a page."""
    for units in range(1, 4):
        accept(stocked, "tea", units)
        accept(stocked, "salt", units)
        accept(stocked, "salt", units, min_life_days=10)
    whole = stocked.list_releasable(candidates_max=1)
    monkeypatch.setattr(releasable, "RELEASABLE_ROWS_MAX", rows)
    monkeypatch.setattr(releasable, "CANDIDATES_PAGE_MAX", room)
    parts = stocked.list_releasable(candidates_max=1)
    for name in ("order", "allocation", "units", "stock", "required_day", "location"):
        np.testing.assert_array_equal(parts.allocations[name], whole.allocations[name])
    for found in (whole, parts):
        rows_of = choices_of(found)
        chosen = [rows_of[choice] for choice in found.allocations["choice"] if choice >= 0]
        assert chosen == [[0], [1]] * 3
    with pytest.raises(InvalidRequest, match="candidates_max: found 10001, expected 1 to 10000"):
        stocked.list_releasable(candidates_max=10_001)


def test_nothing_to_plan_is_an_empty_answer(site: SlotlineClient) -> None:
    """With all its columns."""
    found = site.list_releasable()
    assert {len(column) for column in found.allocations.values()} == {0}
    assert "choice" in found.allocations
    assert (len(found.choices["first"]), len(found.candidates["stock"])) == (0, 0)
