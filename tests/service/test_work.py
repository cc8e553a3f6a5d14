"""Work over gRPC: a wave from plan to departure on a real server, and what queries show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest, UnknownEntity
from slotline.engine.schema import NameKind, Role, WorkerKind
from slotline.kernels.columns import (
    OUTCOME_DONE,
    OUTCOME_NOT_HELD,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
)
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slotline.engine.engine import Engine
    from slotline.service.client import SlotlineClient


@pytest.fixture
def floor(site: SlotlineClient) -> SlotlineClient:
    """Return a client of a site with two workers, a cart, a wave, a load and a second zone."""
    site.put_name(kind=NameKind.ZONE, code="B")
    site.put_location(code="B-01", zone="B", role=Role.PICK_FACE)
    site.put_location(code="sort", zone="B", role=Role.STAGE)
    site.put_location(code="door-1", zone="B", role=Role.DOCK)
    for code in ("ann", "bob"):
        site.put_worker(code=code, kind=WorkerKind.PERSON, zone="A")
    site.put_cart(code="cart-1", slots=2, volume_mm3=10**9, weight_g=50_000)
    site.put_wave(code="noon", cutoff_us=1)
    site.put_load(code="truck", appointment_us=1, departure_us=2)
    site.put_handling_unit(code="carton", kind=3, location="sort")
    return site


def accept(floor: SlotlineClient, units: int, placement: int = 1) -> int:
    """Accept an order of tea; give its number."""
    return floor.accept(
        channel="web", owner="acme", placement=placement, lines=[("tea", units)]
    ).order


def plan(floor: SlotlineClient, units: int = 3) -> tuple[int, int, int]:
    """Release a batch of one order; give the numbers of order, batch and task."""
    order = accept(floor, units)
    (line,) = floor.get_order(order).lines
    batch = floor.open_batch(wave="noon", zone="A", priority=5, due_us=9).batch
    task = floor.add_pick(
        batch=batch,
        order=order,
        allocation=line.allocations[0].allocation,
        stock=0,
        units=units,
        slot=1,
        tour_position=7,
    )
    assert task.outcome == OUTCOME_DONE
    floor.release_batch(batch=batch)
    return order, batch, task.task


def test_a_round_from_plan_to_departure(floor: SlotlineClient) -> None:
    """Every command by codes; the goods leave with the truck."""
    order, batch, task = plan(floor)
    claimed = floor.claim_batch(worker="ann", cart="cart-1", lease_us=60_000_000)
    assert (claimed.outcome, claimed.batch_claimed) == (pb.OUTCOME_DONE, batch)
    assert claimed.lease_until_us == claimed.time_us + 60_000_000
    assert floor.assign_tote(worker="ann", batch=batch, slot=1, handling_unit="tote-1").outcome == 0
    picked = floor.confirm_task(worker="ann", task=task, units=3)
    assert (picked.outcome, picked.order, picked.left_units) == (pb.OUTCOME_DONE, order, 0)
    assert floor.deliver_batch(worker="ann", batch=batch, location="sort").totes == 1
    (line,) = floor.get_order(order).lines
    sorted_ = floor.sort_pick(
        order=order, allocation=line.allocations[0].allocation, handling_unit="carton"
    )
    assert sorted_.outcome == pb.OUTCOME_DONE
    assert floor.pack(order=order, handling_unit="carton").outcome == pb.OUTCOME_DONE
    assert floor.stage(handling_unit="carton", location="sort").outcome == pb.OUTCOME_DONE
    assert floor.dock_load(load="truck", location="door-1").outcome == pb.OUTCOME_DONE
    assert floor.load_unit(handling_unit="carton", load="truck").outcome == pb.OUTCOME_DONE
    left = floor.depart(load="truck", seal="S-77")
    assert (left.outcome, left.orders, left.shipped_units) == (pb.OUTCOME_DONE, 1, 3)
    assert floor.get_order(order).state == pb.ORDER_STATE_SHIPPED
    load = floor.get_load("truck").load
    assert (load.state, load.seal, load.door) == (pb.LOAD_STATE_DEPARTED, "S-77", "door-1")
    assert [one.handling_unit for one in floor.get_load("truck").units] == ["carton"]


def test_refusals_of_work_come_as_outcomes(floor: SlotlineClient) -> None:
    """Another worker's batch is NOT_HELD, and that has its number in the protocol."""
    _, batch, task = plan(floor)
    floor.claim_batch(worker="ann", batch=batch)
    refused = floor.confirm_task(worker="bob", task=task, units=3, handling_unit="tote-1")
    assert refused.outcome == pb.OUTCOME_NOT_HELD == OUTCOME_NOT_HELD
    assert (refused.batch, refused.stock) == (-1, -1)
    for call in (
        lambda: floor.claim_batch(worker="eve"),
        lambda: floor.open_batch(wave="never"),
        lambda: floor.load_unit(handling_unit="carton", load="ship"),
    ):
        with pytest.raises(UnknownEntity, match="found code"):
            call()
    with pytest.raises(InvalidRequest, match=r"put_worker\.code: found 0 bytes"):
        floor.put_worker(code="")


def test_a_move_of_a_batch_is_carried_out(floor: SlotlineClient) -> None:
    """Put-away: no stock row is set aside, and the goods end where the task says."""
    batch = floor.open_batch().batch
    task = floor.add_move(batch=batch, stock=0, units=40, location="B-01", tour_position=1).task
    floor.release_batch(batch=batch)
    floor.claim_batch(worker="bob", batch=batch)
    (shown,) = floor.get_batch(batch).tasks
    assert (shown.kind, shown.location, shown.to_location) == (pb.TASK_KIND_MOVE, "A-01", "B-01")
    assert (shown.tote, shown.HasField("order"), shown.units) == ("", False, 40)
    assert floor.confirm_task(worker="bob", task=task, units=40).outcome == pb.OUTCOME_DONE
    assert [row.on_hand_units for row in floor.get_stock(location="B-01").rows] == [40]


def test_a_batch_shows_its_tasks_in_tour_order_with_places_and_totes(
    floor: SlotlineClient,
) -> None:
    """Live tasks with all that a picker must know; ended ones when asked for."""
    order, batch, task = plan(floor, 3)
    other = accept(floor, 2)
    (line,) = floor.get_order(other).lines
    early = floor.add_pick(
        batch=batch,
        order=other,
        allocation=line.allocations[0].allocation,
        stock=0,
        units=2,
        tour_position=4,
    ).task
    floor.claim_batch(worker="ann", batch=batch, cart="cart-1", lease_us=5_000_000)
    floor.assign_tote(worker="ann", batch=batch, slot=1, handling_unit="tote-1")
    reply = floor.get_batch(batch)
    info = reply.batch
    assert (info.wave, info.zone, info.priority, info.due_us) == ("noon", "A", 5, 9)
    assert (info.worker, info.cart, info.state) == ("ann", "cart-1", pb.BATCH_STATE_CLAIMED)
    assert (info.live_tasks, info.lease_us) == (2, 5_000_000)
    assert [(one.task, one.tour_position, one.slot, one.tote) for one in reply.tasks] == [
        (early, 4, 0, ""),
        (task, 7, 1, "tote-1"),
    ]
    shown = reply.tasks[1]
    assert (shown.client, shown.item, shown.location, shown.units) == ("acme", "tea", "A-01", 3)
    assert (shown.order, shown.channel, shown.stock, shown.kind) == (
        *(order, "web", 0),
        pb.TASK_KIND_PICK,
    )
    assert [(one.handling_unit, one.slot, one.current) for one in reply.totes] == [
        ("tote-1", 1, True)
    ]
    floor.confirm_task(worker="ann", task=task, units=3)
    assert [one.task for one in floor.get_batch(batch).tasks] == [early]
    ended = floor.get_batch(batch, with_ended=True).tasks
    assert [(one.task, one.state, one.done_units) for one in ended] == [
        (early, pb.TASK_STATE_OPEN, 0),
        (task, pb.TASK_STATE_DONE, 3),
    ]
    assert not ended[1].HasField("stock")
    with pytest.raises(UnknownEntity, match="batch: found number 99"):
        floor.get_batch(99)


def test_batches_are_listed_by_state_wave_zone_and_worker(floor: SlotlineClient) -> None:
    """Without states those that have not ended; pages go on where the last one ended."""
    _, first, _ = plan(floor)
    second = floor.open_batch(zone="B").batch
    third = floor.open_batch().batch
    floor.cancel_batch(batch=third)
    floor.claim_batch(worker="ann", batch=first)

    def numbers(batches: Iterator[pb.BatchInfo]) -> list[int]:
        return [one.batch for one in batches]

    assert numbers(floor.list_batches()) == [first, second]
    assert numbers(floor.list_batches(wave="noon")) == [first]
    assert numbers(floor.list_batches(zone="B")) == [second]
    assert numbers(floor.list_batches(worker="ann")) == [first]
    assert numbers(floor.list_batches(worker="bob")) == []
    assert numbers(floor.list_batches(states=[pb.BATCH_STATE_CANCELLED])) == [third]
    with pytest.raises(InvalidRequest, match="state: found 77"):
        numbers(floor.list_batches(states=[77]))


def test_a_load_shows_units_and_those_inside_them(floor: SlotlineClient) -> None:
    """With the orders whose goods they carry."""
    floor.put_handling_unit(code="pallet", kind=0, location="sort")
    orders = {}
    for unit in ("carton", "pallet"):
        orders[unit] = order = accept(floor, 2, placement=2)
        floor.release(order=order)
        (line,) = floor.get_order(order).lines
        floor.pick(
            order=order,
            allocation=line.allocations[0].allocation,
            units=2,
            handling_unit="tote-1",
        )
        floor.pack(order=order, handling_unit=unit)
    floor.move_handling_unit(handling_unit="carton", parent="pallet")
    floor.dock_load(load="truck", location="door-1")
    assert floor.load_unit(handling_unit="pallet", load="truck").outcome == pb.OUTCOME_DONE
    floor.put_load(code="later", departure_us=50)
    reply = floor.get_load("truck")
    assert (reply.load.loaded_units, reply.load.door) == (2, "door-1")
    loaded = pb.HANDLING_UNIT_STATE_LOADED
    assert [
        (one.handling_unit, one.parent, one.state, list(one.orders)) for one in reply.units
    ] == [
        ("carton", "pallet", loaded, [orders["carton"]]),
        ("pallet", "", loaded, [orders["pallet"]]),
    ]
    assert [one.code for one in floor.list_loads()] == ["truck", "later"]
    assert [one.code for one in floor.list_loads(departure_up_to_us=49)] == ["truck"]
    assert [one.code for one in floor.list_loads(states=[pb.LOAD_STATE_AT_DOOR])] == ["truck"]


def test_plans_and_confirmations_go_in_bulk_with_codes(floor: SlotlineClient) -> None:
    """What has changed meanwhile is refused by its row, and the rest is taken."""
    orders = [accept(floor, 2) for _ in range(3)]
    batch = floor.open_batch().batch
    found = floor.list_releasable().allocations
    assert found["order"].tolist() == orders
    floor.cancel(order=orders[1])
    planned = floor.bulk_add_pick(
        {
            "batch": batch,
            "order": found["order"],
            "allocation": found["allocation"],
            "stock": 0,
            "units": found["units"],
            "slot": [0, 0, 1],
            "tour_position": [1, 2, 3],
        }
    )
    assert planned.outcome["outcome"].tolist() == [OUTCOME_DONE, OUTCOME_UNKNOWN, OUTCOME_DONE]
    tasks = planned.outcome["task"]
    floor.bulk_add_move(
        {"batch": batch, "stock": 0, "units": 1, "location": ["B-01"], "tour_position": 9}
    )
    floor.release_batch(batch=batch)
    floor.claim_batch(worker="ann", batch=batch)
    routed = floor.bulk_route_task({"task": [*tasks[[0, 2]], 99], "tour_position": [5, 4, 0]})
    assert routed.outcome["outcome"].tolist() == [OUTCOME_DONE, OUTCOME_DONE, OUTCOME_UNKNOWN]
    assert [one.task for one in floor.get_batch(batch).tasks][:2] == [tasks[2], tasks[0]]
    for slot, unit in enumerate(("tote-1", "carton")):
        floor.assign_tote(worker="ann", batch=batch, slot=slot, handling_unit=unit)
    done = floor.bulk_confirm_task({"worker": "ann", "task": tasks[[0, 2]], "units": 2})
    assert done.outcome["outcome"].tolist() == [OUTCOME_DONE, OUTCOME_DONE]
    again = floor.bulk_confirm_task({"worker": "ann", "task": tasks[[0]], "units": 2})
    assert again.outcome["outcome"].tolist() == [OUTCOME_WRONG_STATE]


def test_refs_of_workers_carts_waves_and_loads_are_resolved(floor: SlotlineClient) -> None:
    """As those of every other table with codes."""
    for table, code in (("worker", "bob"), ("cart", "cart-1"), ("wave", "noon"), ("load", "truck")):
        refs, _ = floor.resolve(table, [code, "nothing"])
        assert refs.tolist() == [int(code == "bob"), -1]


def test_a_batch_changes_hands(floor: SlotlineClient) -> None:
    """Paused, resumed, dropped, given to another, and dropped of its work."""
    _, batch, task = plan(floor)
    floor.claim_batch(worker="ann", batch=batch, lease_us=1_000_000)
    assert floor.pause_batch(worker="ann", batch=batch).outcome == pb.OUTCOME_DONE
    resumed = floor.resume_batch(worker="ann", batch=batch)
    assert resumed.lease_until_us == resumed.time_us + 1_000_000
    assert floor.drop_batch(worker="bob", batch=batch).outcome == pb.OUTCOME_NOT_HELD
    assert floor.drop_batch(worker="ann", batch=batch).outcome == pb.OUTCOME_DONE
    assert floor.reassign_batch(batch=batch, worker="bob").outcome == pb.OUTCOME_DONE
    assert floor.route_task(task=task, tour_position=2).batch == batch
    assert floor.drop_task(task=task).batch == batch
    assert floor.cancel_batch(batch=batch).dropped_tasks == 0
    assert floor.get_batch(batch).batch.state == pb.BATCH_STATE_CANCELLED


def test_what_is_missing_is_looked_for_elsewhere_in_the_same_batch(floor: SlotlineClient) -> None:
    """The reply counts the tasks that were added, and the batch shows them."""
    floor.receive(item="tea", owner="acme", location="A-02", units=10)
    _, batch, task = plan(floor)
    floor.claim_batch(worker="ann", batch=batch)
    short = floor.short_task(
        worker="ann", task=task, found_units=1, handling_unit="tote-1", reason="count"
    )
    assert (short.outcome, short.rebound_units, short.added_tasks) == (pb.OUTCOME_DONE, 2, 1)
    (left,) = floor.get_batch(batch).tasks
    assert (left.location, left.units, left.tour_position, left.slot) == ("A-02", 2, 8, 1)


def test_units_are_put_together_and_come_off_a_load(floor: SlotlineClient) -> None:
    """Consolidated into a carton, packed, loaded and unloaded."""
    order = accept(floor, 2, placement=2)
    floor.release(order=order)
    (line,) = floor.get_order(order).lines
    floor.pick(
        order=order, allocation=line.allocations[0].allocation, units=2, handling_unit="tote-1"
    )
    moved = floor.consolidate(handling_unit="tote-1", into="carton")
    assert (moved.outcome, moved.moved_units) == (pb.OUTCOME_DONE, 2)
    floor.pack(order=order, handling_unit="carton")
    floor.dock_load(load="truck", location="door-1")
    floor.load_unit(handling_unit="carton", load="truck")
    assert floor.unload_unit(handling_unit="carton", location="sort").outcome == pb.OUTCOME_DONE
    assert not floor.get_load("truck").units


def test_what_can_be_planned_is_what_the_engines_columns_say(
    floor: SlotlineClient, engine: Engine
) -> None:
    """Against a slow look through the state, and pages of one row put together."""
    floor.receive(item="tea", owner="acme", location="B-01", units=5)
    accept(floor, 2)
    accept(floor, 1, placement=2)
    reply = floor.list_releasable()
    state = engine.state
    found = reply.allocations
    assert found["stock"].tolist() == [-1, 0]
    assert found["location"].tolist() == [-1, 0]
    assert found["choice"].tolist() == [0, -1]
    assert state.item.code[found["item"]].tolist() == [b"tea"] * 2
    np.testing.assert_array_equal(reply.candidates["stock"], [0, 1])
    free = state.stock.on_hand_units[[0, 1]] - state.stock.allocated_units[[0, 1]]
    np.testing.assert_array_equal(reply.candidates["free_units"], free)
    assert reply.sequence == engine.durable_sequence
    only_b = floor.list_releasable(zone="B")
    assert only_b.allocations["stock"].tolist() == [-1]
    assert only_b.candidates["stock"].tolist() == [1]
