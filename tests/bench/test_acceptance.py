"""The acceptance day on a tiny site: both policies run it, the checker finds what is planted."""

from __future__ import annotations

import ast
import io
import json
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.acceptance import __main__ as acceptance
from bench.acceptance import check as check_package
from bench.acceptance.check.__main__ import main as check_main
from bench.acceptance.check.replay import check
from bench.acceptance.files import write_day
from bench.acceptance.goals import judge
from bench.acceptance.paired import PairedDay, interval_of
from bench.acceptance.parts import Pick
from bench.acceptance.run import POLICIES, run_day
from bench.acceptance.site import describe_site
from bench.acceptance.size import FULL, TINY
from bench.acceptance.tours import TourMaker
from bench.acceptance.world import draw_day
from slotline.optimizer.route import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.acceptance.day import Day

_MINUTE_US = 60_000_000
_SEED = 12
Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def day() -> Day:
    """Draw a day with a short pick made good, one that cannot be, and a late order."""
    return draw_day(TINY, _SEED)


@pytest.fixture(scope="module")
def day_file(day: Day, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what the checker may know of it."""
    path = tmp_path_factory.mktemp("acceptance") / "day.json"
    write_day(day, path)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _run(day: Day, policy: str) -> Events:
    out = io.StringIO()
    run_day(day, policy, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture(scope="module")
def events_of(day: Day) -> dict[str, Events]:
    """Give the events of both policies."""
    return {policy: _run(day, policy) for policy in POLICIES}


def _first(events: Events, name: str, **values: Any) -> dict[str, Any]:
    return next(
        event
        for event in events
        if event["event"] == name and all(event[key] == value for key, value in values.items())
    )


def _last(events: Events, name: str) -> dict[str, Any]:
    return next(event for event in reversed(events) if event["event"] == name)


@pytest.mark.parametrize("policy", POLICIES)
def test_day_is_run_without_a_fault(
    policy: str, day: Day, day_file: dict[str, Any], events_of: dict[str, Events]
) -> None:
    """Every feasible order is on its trailer, every other one was named at once."""
    result = check(day_file, events_of[policy])
    assert result["faults"] == {}
    assert result["feasible"] == result["on_trailer"] == day.order_feasible.sum() < TINY.orders
    assert result["missed"] == result["named_in_time"] == TINY.orders - result["feasible"]
    assert result["false_alarms"] == 0
    assert result["lanes_most"] == TINY.lanes


def test_misses_of_too_few_people_are_named(tmp_path: Path) -> None:
    """One packer for 600 orders: some miss their trailer, and it is said an hour before."""
    many = {"orders": 600, "lines": 1_450, "pickers": 3, "packers": 1}
    busy = draw_day(replace(TINY, **many, lane_orders=200, hold_orders=200), _SEED)
    write_day(busy, tmp_path / "day.json")
    events = _run(busy, "ours")
    result = check(json.loads((tmp_path / "day.json").read_text(encoding="utf-8")), events)
    assert result["faults"] == {}
    assert result["on_trailer"] < result["feasible"]
    assert result["missed"] == result["named_in_time"]
    assert result["false_alarms"] < result["missed"]


def test_both_policies_meet_the_same_day(events_of: dict[str, Events]) -> None:
    """The same lines are short, as often as there is another bin; all else differs."""
    short = [
        sorted((event["order"], event["line"]) for event in events if event["event"] == "short")
        for events in events_of.values()
    ]
    assert short[0] == short[1] != []
    claimed = [
        [event["orders"] for event in events if event["event"] == "claimed"]
        for events in events_of.values()
    ]
    assert claimed[0] != claimed[1]


@pytest.mark.parametrize("policy", POLICIES)
def test_same_seed_gives_the_same_events(
    policy: str, day: Day, events_of: dict[str, Events]
) -> None:
    """Nothing depends on the machine's clock or on the order of a set."""
    assert _run(draw_day(TINY, day.seed), policy) == events_of[policy]


# -- planted faults ------------------------------------------------------------------------------


def _pick_twice(events: Events) -> None:
    event = _first(events, "picked")
    events.insert(events.index(event) + 1, dict(event))


def _pick_elsewhere(events: Events) -> None:
    picks = [event for event in events if event["event"] == "picked"]
    picks[0]["bin"] = next(pick["bin"] for pick in picks if pick["line"] != picks[0]["line"])


def _pick_too_much(events: Events) -> None:
    _first(events, "picked")["units"] += 1_000


def _pick_for_another(events: Events) -> None:
    _first(events, "picked")["person"] = "picker-99"


def _leave_a_line(events: Events) -> None:
    events.remove(_first(events, "picked"))


def _claim_twice(events: Events) -> None:
    event = _first(events, "claimed")
    batch = {"batch": 9_999, "person": "picker-77"}
    events.insert(events.index(event) + 1, event | batch)


def _overfill_cart(events: Events) -> None:
    event = max((e for e in events if e["event"] == "claimed"), key=lambda e: len(e["orders"]))
    event["orders"] = [*event["orders"], *range(TINY.cart_slots)]


def _invent_a_slot(events: Events) -> None:
    for event in events:
        if event["event"] in ("put", "taken_out"):
            event["slot"] += TINY.wall_slots


def _share_a_slot(events: Events) -> None:
    put = [event for event in events if event["event"] == "put"]
    other = next(event for event in put if event["order"] != put[0]["order"])
    other["slot"] = put[0]["slot"]
    events.remove(other)
    events.insert(events.index(put[0]) + 1, other | {"at_us": put[0]["at_us"]})


def _pack_half(events: Events) -> None:
    events.remove(_last(events, "put"))


def _pack_twice(events: Events) -> None:
    event = _last(events, "packed")
    events.insert(events.index(event) + 1, event | {"person": "packer-99"})


def _hide_what_is_missing(events: Events) -> None:
    event = _first(events, "short", rest=[])
    event["rest"] = [[0, event["missing_units"]]]


def _ship_as_complete(events: Events) -> None:
    event = next(e for e in events if e["event"] == "departed" and e["incomplete"])
    event["complete"] += event["incomplete"]
    event["incomplete"] = []


def _stage_in_another_lane(events: Events) -> None:
    event = _first(events, "staged")
    event["lane"] = 1 - event["lane"]


def _give_a_lane_twice(events: Events) -> None:
    opened = [event for event in events if event["event"] == "lane_opened"]
    opened[1]["lane"] = opened[0]["lane"]


def _give_a_door_twice(events: Events) -> None:
    docked = [event for event in events if event["event"] == "docked"]
    docked[1]["door"] = docked[0]["door"]


def _load_unstaged(events: Events) -> None:
    events.remove(_first(events, "staged", order=_last(events, "loaded")["order"]))


def _leave_early(events: Events) -> None:
    _last(events, "departed")["at_us"] -= 1


def _ship_unloaded(events: Events) -> None:
    events.remove(_last(events, "loaded"))


def _fly(events: Events) -> None:
    for event in events:
        if event["event"] == "picked":
            event["walked_mm"] = 0


def _run_fast(events: Events) -> None:
    _first(events, "brought")["walked_mm"] += 10_000_000


def _do_two_things(events: Events) -> None:
    packed = [event for event in events if event["event"] == "packed"]
    packed[1] |= {"person": packed[0]["person"], "begin_us": packed[0]["begin_us"]}


def _swap_in_time(events: Events) -> None:
    events[0], events[-1] = events[-1], events[0]


def _say_what_nobody_knows(events: Events) -> None:
    _first(events, "released")["event"] = "relesed"


def _pack_what_is_not_there(events: Events) -> None:
    _first(events, "packed")["order"] = TINY.orders


def _lose_an_arrival(events: Events) -> None:
    events.remove(_first(events, "arrived"))


def _claim_unreleased(events: Events) -> None:
    events.remove(_first(events, "released"))


def _release_half(events: Events) -> None:
    event = next(e for e in events if e["event"] == "released" and len(e["zones"]) > 1)
    event["zones"] = event["zones"][:1]


def _leave_a_pick_in_the_tote(events: Events) -> None:
    _first(events, "put")["picks"] -= 1


PLANTED: tuple[tuple[Callable[[Events], None], str], ...] = (
    (_pick_twice, "picked twice"),
    (_pick_elsewhere, "bin"),
    (_pick_too_much, "stock"),
    (_pick_for_another, "hand"),
    (_leave_a_line, "left behind"),
    (_claim_twice, "two hands"),
    (_overfill_cart, "cart"),
    (_invent_a_slot, "wall"),
    (_share_a_slot, "wall"),
    (_pack_half, "wall"),
    (_pack_twice, "packed twice"),
    (_hide_what_is_missing, "short"),
    (_ship_as_complete, "incomplete"),
    (_stage_in_another_lane, "lane"),
    (_give_a_lane_twice, "lane"),
    (_give_a_door_twice, "door"),
    (_load_unstaged, "two hands"),
    (_leave_early, "departure"),
    (_ship_unloaded, "departure"),
    (_fly, "walk"),
    (_run_fast, "walk"),
    (_do_two_things, "person"),
    (_swap_in_time, "sequence"),
    (_say_what_nobody_knows, "sequence"),
    (_pack_what_is_not_there, "sequence"),
    (_lose_an_arrival, "arrival"),
    (_claim_unreleased, "release"),
    (_release_half, "release"),
    (_leave_a_pick_in_the_tote, "left behind"),
)


@pytest.mark.parametrize(
    ("plant", "rule"), PLANTED, ids=[plant.__name__.strip("_") for plant, _ in PLANTED]
)
def test_planted_fault_is_found(
    plant: Callable[[Events], None],
    rule: str,
    day_file: dict[str, Any],
    events_of: dict[str, Events],
) -> None:
    """A checker that cannot fail shows nothing."""
    events = deepcopy(events_of["ours"])
    plant(events)
    assert rule in check(day_file, events)["faults"]


@pytest.mark.parametrize(
    ("limit", "value", "rule"),
    [
        ("wall_slots", 1, "wall"), ("lane_orders", 1, "lane"), ("lanes", 1, "lane"),
        ("doors", 1, "door"), ("hold_orders", 0, "hold"), ("pickers", 1, "person"),
        ("cart_orders", 1, "cart"), ("cart_volume_ml", 1, "cart"), ("cart_weight_g", 1, "cart"),
    ],
)  # fmt: skip
def test_limit_is_kept_or_found(
    limit: str, value: int, rule: str, day_file: dict[str, Any], events_of: dict[str, Events]
) -> None:
    """Each limit of the day's file is looked at: with a smaller one the same day breaks it."""
    smaller = day_file | {"limits": day_file["limits"] | {limit: value}}
    assert rule in check(smaller, events_of["ours"])["faults"]


@pytest.mark.parametrize(
    ("ahead_minutes", "cause", "caused_ago_us", "in_time"),
    [
        (61, "too little time or people", 0, True),
        (59, "too little time or people", 0, False),
        (59, "short", 0, False),
        (30, "", None, False),
    ],
    ids=["early", "late", "false cause", "unnamed"],
)
def test_miss_must_be_named_in_time(
    ahead_minutes: int,
    cause: str,
    caused_ago_us: int | None,
    in_time: bool,
    day_file: dict[str, Any],
    events_of: dict[str, Events],
) -> None:
    """Of an order that is never loaded, an hour before it leaves or for a cause that there is."""
    events = deepcopy(events_of["ours"])
    departed = _last(events, "departed")
    order = departed["complete"].pop()
    events.remove(_first(events, "loaded", order=order))
    at_us = departed["at_us"] - ahead_minutes * _MINUTE_US
    if caused_ago_us is not None:
        place = next(at for at, event in enumerate(events) if event["at_us"] > at_us)
        named = {"at_us": at_us, "event": "missed", "order": order, "cause": cause}
        events.insert(place, named | {"caused_us": at_us - caused_ago_us})
    before, result = check(day_file, events_of["ours"]), check(day_file, events)
    assert result["faults"] == {}
    assert result["on_trailer"] == before["on_trailer"] - 1
    assert result["missed"] == before["missed"] + 1
    assert result["named_in_time"] == before["named_in_time"] + in_time


def test_orders_are_called_infeasible_for_a_reason(
    day_file: dict[str, Any], events_of: dict[str, Events]
) -> None:
    """Whoever draws the day cannot call off what could have been done."""
    feasible = list(day_file["orders"]["feasible"])
    feasible[feasible.index(True)] = False
    told = day_file | {"orders": day_file["orders"] | {"feasible": feasible}}
    assert check(told, events_of["ours"])["faults"] == {"feasible": 1}


def test_checker_shares_nothing_with_what_it_checks() -> None:
    """It imports the standard library and its own modules."""
    folder = Path(check_package.__file__).parent
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(name.name in sys.stdlib_module_names for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or str(node.module).split(".")[0] in sys.stdlib_module_names


# -- the world, the tours, the sums --------------------------------------------------------------


def test_full_day_has_the_counts_of_the_goal() -> None:
    """Bins, orders, lines and what is finite; nothing is drawn for this."""
    site = describe_site(FULL)
    assert (site.bin_count, len(site.bays), len(site.zones)) == (42_000, 2, 3)
    assert (FULL.orders, FULL.lines, FULL.skus, FULL.pickers) == (24_000, 58_000, 18_000, 60)
    assert (FULL.wall_slots, FULL.lanes, FULL.doors, len(FULL.departs_us)) == (240, 8, 12, 6)


def test_day_is_drawn_in_full(day: Day) -> None:
    """All orders, lines and rows, each bin at most once, one late trailer."""
    assert (len(day.order_trailer), len(day.line_sku)) == (TINY.orders, TINY.lines)
    assert (np.diff(day.order_first) >= 1).all()
    assert (np.diff(day.order_arrives_us) >= 0).all()
    assert len(set(day.row_bin.tolist())) == len(day.row_bin)
    row_sku = np.repeat(np.arange(TINY.skus), np.diff(day.sku_first))
    assert (day.site.bin_zone[day.row_bin] == day.sku_zone[row_sku]).all()
    late_us = day.trailer_departs_us - day.trailer_planned_us
    assert sorted(late_us.tolist())[-2:] == [0, 90 * _MINUTE_US]
    assert (day.line_found_units < day.line_units).all()


@pytest.mark.parametrize("policy", ["exact", "s-shape"])
def test_steps_of_a_tour_are_its_length(policy: str, day: Day) -> None:
    """What is walked from stop to stop and back is the tour that the router made."""
    tours, rows = TourMaker(day, policy), np.flatnonzero(day.site.bin_zone[day.row_bin] == 1)[::4]
    picks = [Pick(order=0, line=at, row=row, units=1) for at, row in enumerate(rows.tolist())]
    steps = tours.steps(1, picks)
    floor, bins = day.site.zones[1], day.row_bin[rows]
    tour = route(
        floor.rectangle, day.site.bin_aisle[bins], day.site.bin_y_mm[bins], floor.depot,
        policy=policy,
    )  # fmt: skip
    assert sum(steps.walked_mm) + steps.back_mm == tour.length_mm
    assert [pick.line for pick in steps.picks] == tour.stop_order.tolist()
    assert min(*steps.walked_mm, steps.back_mm) >= 0


def test_interval_is_students() -> None:
    """Of 1, 2 and 3: mean 2, deviation 1, t 4.303 for two degrees of freedom."""
    found = interval_of([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.high - found.mean == pytest.approx(4.303 / 3**0.5)
    assert found.mean - found.low == pytest.approx(4.303 / 3**0.5)


def _pair(labour_s: float, **changed: Any) -> PairedDay:
    result = {
        "feasible": 1_000, "on_trailer": 995, "missed": 5, "named_in_time": 5, "faults": {},
        "labour_s_per_order": 100.0,
    }  # fmt: skip
    return PairedDay(1, {"ours": result | {"labour_s_per_order": labour_s} | changed,
                         "hourly": result})  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "met"),
    [
        ([_pair(80.0), _pair(80.1)], [True, True, True, True]),
        ([_pair(80.0), _pair(80.1, faults={"wall": 1})], [False, True, True, True]),
        ([_pair(80.0, on_trailer=994), _pair(80.1)], [True, False, True, True]),
        ([_pair(80.0), _pair(80.1, named_in_time=4)], [True, True, False, True]),
        ([_pair(80.0), _pair(84.0)], [True, True, True, False]),
    ],
)
def test_goals_are_judged(pairs: list[PairedDay], met: list[bool]) -> None:
    """On the worst day, not on the mean; the saving by the low end of its interval."""
    assert [goal.met for goal in judge(pairs)] == met


def test_command_line_tells_and_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tiny site saves little, which fails the run; its files are what the checker reads."""
    rows = tmp_path / "rows.json"
    code = acceptance.main(
        ["--tiny", "--days", "2", "--keep", str(tmp_path / "kept"), "--json", str(rows)]
    )
    told = capsys.readouterr().out
    assert code == 1
    assert told.count("MISSED  labour an order") == 2
    assert told.count("met     ") == 3 + 5
    seeds = [json.loads(line)["seed"] for line in rows.read_text(encoding="utf-8").splitlines()]
    assert seeds == [1, 2, 1]
    day, events = tmp_path / "kept" / "day-1.json", tmp_path / "kept" / "events-1-ours.jsonl"
    assert check_main([str(day), str(events)]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == {}
    text = events.read_text(encoding="utf-8").splitlines()
    events.write_text("\n".join(line for line in text if '"staged"' not in line), encoding="utf-8")
    assert check_main([str(day), str(events)]) == 1
