"""New tours after short picks: exact, sent as one message, refused by row where stale."""

from __future__ import annotations

import json
import threading
from functools import partialmethod
from itertools import permutations
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from slotline.engine.errors import UnknownEntity
from slotline.kernels.columns import NONE, OUTCOME_WRONG_STATE
from slotline.optimizer.distances import Distances
from slotline.optimizer.site_description import describe
from slotline.optimizer.site_generate import generate
from slotline.service import cli
from slotline.service.replan import PickFloor, Replan, ReplanWorker, replan_batch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from slotline.optimizer.site_map import SiteMap
    from slotline.service.client import SlotlineClient
    from slotline.service.server import Server
    from slotline.service.v1 import slotline_pb2 as pb


def make_site(**more: object) -> SiteMap:
    """Make a site of four aisles in two blocks with one depot."""
    plain = {"name": "North", "aisles": 4, "bays": [6, 6], "places": [{"kind": "depot"}]}
    return generate(describe({**plain, **more}))


@pytest.fixture(scope="module")
def map_() -> SiteMap:
    """Give the map."""
    return make_site()


def walk_mm(site: SiteMap, bins: list[str], start: str) -> int:
    """Length from a bin through bins to the depot, by the map's own ways."""
    distances = Distances(site)
    rows = {code: row for row, code in enumerate(site.bins.code)}
    stops = [rows[code] for code in (start, *bins)]
    return distances.walk([*stops, distances.place_stop(int(site.depot_rows[0]))]).length_mm


def bins_of(site: SiteMap, *places: int) -> list[str]:
    """Codes of bins by their rows."""
    return [site.bins.code[place] for place in places]


@pytest.mark.parametrize("start", [0, 40, 95])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"aisle_directions": ["to_back", "to_front"]},
        {"floors": 2, "aisles": 2, "lifts": [{"aisle": 1}]},
    ],
    ids=["rectangle", "one-way", "floors"],
)
def test_the_order_is_a_shortest_one_from_where_the_picker_stands(
    more: dict[str, object], start: int
) -> None:
    """Against every other order, walked on the map; the same bin may come twice."""
    site = make_site(**more)
    found = bins_of(site, 3, 70, 31, 31, 88, 12)
    at = site.bins.code[start]
    order = PickFloor(site).tour_order(found, at)
    assert sorted(order) == list(range(len(found)))
    shortest = min(walk_mm(site, list(one), at) for one in permutations(set(found)))
    assert walk_mm(site, [found[place] for place in order], at) == shortest


def test_a_tour_may_end_between_two_aisles() -> None:
    """The nine stations of a floor with four aisles; the picker begins where tours end."""
    site = make_site(places=[{"kind": "depot"}, {"kind": "pack", "count": 9}])
    end = "PACK-02"
    place = site.places.code.index(end)
    assert site.rectangle().place_aisle[place] == NONE
    found = bins_of(site, 3, 70, 31, 88)
    distances = Distances(site)
    stop = distances.place_stop(end)

    def length_mm(bins: Iterable[str]) -> int:
        return distances.walk([stop, *(distances.bin_stop(code) for code in bins), stop]).length_mm

    order = PickFloor(site, end).tour_order(found, "no bin")
    shortest = min(length_mm(one) for one in permutations(found))
    assert length_mm(found[place] for place in order) == shortest


def test_tours_end_at_a_place_of_the_map(map_: SiteMap) -> None:
    """Any other is named."""
    with pytest.raises(UnknownEntity, match="place: found code 'roof', expected one of DEPOT"):
        PickFloor(map_, "roof")


@pytest.fixture
def floor(site: SlotlineClient, map_: SiteMap) -> SlotlineClient:
    """Return a client of a site with the map's bins, ten units of tea in six of them each."""
    site.adjust(stock=0, delta_units=-100, reason="count")
    for row, code in enumerate(map_.bins.code):
        site.put_location(code=code, zone="A", role=1, bay=row)
    for code in bins_of(map_, 5, 90, 45, 20, 60, 33):
        site.receive(item="tea", owner="acme", location=code, units=10)
    site.put_worker(code="ann")
    return site


def start(floor: SlotlineClient, slots: int = 4) -> pb.GetBatchReply:
    """Let ann claim a batch of four orders, each of the ten units of one bin."""
    batch = floor.open_batch().batch
    for position in range(4):
        order = floor.accept(channel="web", owner="acme", placement=2, lines=[("tea", 10)]).order
        (line,) = floor.get_order(order).lines
        floor.add_pick(
            batch=batch,
            order=order,
            allocation=line.allocations[0].allocation,
            units=10,
            slot=position % slots,
            tour_position=position,
        )
    floor.release_batch(batch=batch)
    floor.claim_batch(worker="ann", batch=batch)
    return floor.get_batch(batch)


def test_a_short_pick_gives_the_batch_a_new_tour(floor: SlotlineClient, map_: SiteMap) -> None:
    """What is bound anew is no longer the last stop, if another order is shorter."""
    shown = start(floor)
    first = shown.tasks[0]
    found: list[Replan] = []
    worker = ReplanWorker(floor, PickFloor(map_), found.append)
    worker.run(until_idle=True)
    floor.short_task(worker="ann", task=first.task, found_units=0, reason="count")
    worker.run(until_idle=True)
    (made,) = found
    left = floor.get_batch(shown.batch.batch)
    assert made.refused == ()
    assert [one.task for one in left.tasks] == list(made.tasks)
    bins = [one.location for one in left.tasks]
    assert len(bins) == 4
    shortest = min(walk_mm(map_, list(one), first.location) for one in permutations(bins))
    assert walk_mm(map_, bins, first.location) == shortest


def test_a_pick_that_was_added_to_a_running_batch_is_where_its_picker_stands(
    floor: SlotlineClient, map_: SiteMap
) -> None:
    """A short one, too: the worker learns of it when it is added."""
    number = start(floor).batch.batch
    found: list[Replan] = []
    worker = ReplanWorker(floor, PickFloor(map_), found.append)
    worker.run(until_idle=True)
    order = floor.accept(channel="web", owner="acme", placement=2, lines=[("tea", 10)]).order
    (line,) = floor.get_order(order).lines
    added = floor.add_pick(
        batch=number, order=order, allocation=line.allocations[0].allocation, units=10
    ).task
    worker.run(until_idle=True)
    at = next(one.location for one in floor.get_batch(number).tasks if one.task == added)
    floor.short_task(worker="ann", task=added, found_units=0, reason="count")
    worker.run(until_idle=True)
    assert len(found) == 1
    bins = [one.location for one in floor.get_batch(number).tasks]
    shortest = min(walk_mm(map_, list(one), at) for one in permutations(bins))
    assert walk_mm(map_, bins, at) == shortest


def test_heavy_goods_stay_before_fragile_ones(floor: SlotlineClient, map_: SiteMap) -> None:
    """Of one tote, however much longer the tour becomes."""
    shown = start(floor, slots=1)
    number, tasks = shown.batch.batch, [one.task for one in shown.tasks]
    for ranked in (tasks, tasks[::-1]):
        made = replan_batch(
            floor, PickFloor(map_), number, rank=lambda one, ranked=ranked: ranked.index(one.task)
        )
        assert made is not None
        assert list(made.tasks) == ranked
        assert [one.task for one in floor.get_batch(number).tasks] == ranked


def test_what_changed_meanwhile_is_refused_by_task(
    floor: SlotlineClient, map_: SiteMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that ends between the look and the message; the others get their places."""
    shown = start(floor)
    ended = shown.tasks[2].task
    floor.drop_task(task=ended)
    monkeypatch.setattr(floor, "get_batch", lambda _: shown)
    made = replan_batch(floor, PickFloor(map_), shown.batch.batch)
    assert made is not None
    assert made.refused == ((ended, OUTCOME_WRONG_STATE),)
    monkeypatch.undo()
    tasks = [one.task for one in floor.get_batch(shown.batch.batch).tasks]
    assert tasks == [task for task in made.tasks if task != ended]


def test_a_batch_that_nobody_holds_is_left_alone(floor: SlotlineClient, map_: SiteMap) -> None:
    """Its next holder begins somewhere else."""
    shown = start(floor)
    floor.drop_batch(worker="ann", batch=shown.batch.batch)
    assert replan_batch(floor, PickFloor(map_), shown.batch.batch) is None


def test_a_worker_begins_with_what_happens_from_then_on(
    floor: SlotlineClient, map_: SiteMap
) -> None:
    """Old shortages are left out; it runs until it is stopped."""
    shown = start(floor)
    floor.short_task(worker="ann", task=shown.tasks[0].task, found_units=0, reason="count")
    told: SimpleQueue[Replan] = SimpleQueue()
    worker = ReplanWorker(floor, PickFloor(map_), told.put)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        while not floor.list_endpoints().endpoints:
            continue
        later = floor.get_batch(shown.batch.batch).tasks[1].task
        sequence = floor.short_task(
            worker="ann", task=later, found_units=0, reason="count"
        ).sequence
        assert told.get(timeout=20.0).sequence >= sequence
    finally:
        worker.stop()
        thread.join()
    assert told.empty()


def test_picks_that_are_not_on_the_map_come_last_and_are_told(
    floor: SlotlineClient,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the command, whose map lacks the two aisles at the right."""
    shown = start(floor)
    floor.short_task(worker="ann", task=shown.tasks[0].task, found_units=0, reason="count")
    tasks = floor.get_batch(shown.batch.batch).tasks
    strange = [one for one in tasks if one.location[:3] in ("A03", "A04")]
    assert 0 < len(strange) < len(tasks)
    path = tmp_path / "site.yaml"
    path.write_text(
        "{name: North, aisles: 2, bays: [6, 6], places: [{kind: depot}]}", encoding="utf-8"
    )
    monkeypatch.setattr(ReplanWorker, "run", partialmethod(ReplanWorker.run, until_idle=True))
    target = f"127.0.0.1:{server.port}"
    assert cli.main(["work", "replan", str(path), "--target", target, "--json"]) == 0
    captured = capsys.readouterr()
    made = json.loads(captured.out)
    assert made["tasks"][-len(strange) :] == [one.task for one in strange]
    assert made["off_map"] == [one.location for one in strange]
    named = ", ".join(repr(one.location) for one in strange)
    assert f"found {named}, expected bins of the map; their tasks come last" in captured.err
