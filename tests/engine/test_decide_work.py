"""Batches, tasks and totes: what each command of work does and when it is refused."""

from __future__ import annotations

import pytest

from slotline.engine.lifecycle import BatchState, OrderState, TaskState, WaveState
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_FREE,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    DAY_US,
    OUTCOME_DONE,
    OUTCOME_NOT_FREE,
    OUTCOME_NOT_HELD,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
)
from slotline.tests.engine.desk import ITEM, TODAY, Desk

DONE, PARTIAL, SHORT, UNKNOWN = OUTCOME_DONE, OUTCOME_PARTIAL, OUTCOME_SHORT, OUTCOME_UNKNOWN
WRONG, NOT_FREE, NOT_HELD = OUTCOME_WRONG_STATE, OUTCOME_NOT_FREE, OUTCOME_NOT_HELD
HOUR_US = 3_600_000_000


class Floor(Desk):
    """A desk with workers 0 and 1, carts 0 (two slots) and 1 (one), a wave and a batch of it."""

    def __init__(self) -> None:
        super().__init__()
        self.do("put_worker", code=["ann", "bob"], kind=0, zone=-1, active=1)
        self.do("put_cart", code=["C0", "C1"], slots=[2, 1], volume_mm3=0, weight_g=0, active=1)
        self.do("put_wave", code="W", cutoff_us=self.time_us + HOUR_US)
        self.batch = self.open_batch()

    def open_batch(self, **columns: int) -> int:
        """Open a batch; give its number."""
        given = {"wave": 0, "zone": -1, "priority": 0, "due_us": 0} | columns
        outcome, number = self.one("open_batch", **given)
        assert outcome == DONE
        return int(number)

    def add(self, order: int, stock: int, units: int, **columns: int) -> tuple[int, int, int]:
        """Add a pick of an order's first allocation; give outcome, task, allocation."""
        given = {"batch": self.batch, "slot": 0, "tour_position": 0} | columns
        if "allocation" not in given:
            given["allocation"] = self.allocation_rows(order)[0]
        outcome, task, allocation = self.one(
            "add_pick", order=order, stock=stock, units=units, **given
        )
        return int(outcome), int(task), int(allocation)

    def picks(self, *units: int) -> list[int]:
        """Plan a pick of each number of units, one order each, and release them; give tasks."""
        tasks = []
        for place, wanted in enumerate(units):
            stock = self.receive(wanted)
            order = self.order((0, wanted))
            outcome, task, _ = self.add(order, stock, wanted, slot=place % 2, tour_position=place)
            assert outcome == DONE
            tasks.append(task)
        assert self.one("release_batch", batch=self.batch) == (DONE,)
        return tasks

    def claim(self, worker: int = 0, **columns: int) -> tuple[int, ...]:
        """Claim the first batch, or a given one."""
        given = {"batch": -1, "zone": -1, "cart": -1, "lease_us": HOUR_US} | columns
        return self.one("claim_batch", worker=worker, **given)

    def confirm(self, task: int, units: int, worker: int = 0, unit: int = 0) -> tuple[int, ...]:
        """Confirm units of a task into a tote."""
        return self.one("confirm_task", worker=worker, task=task, units=units, handling_unit=unit)

    def batch_state(self, number: int) -> BatchState:
        """Give the state of a batch."""
        return BatchState(int(self.state.batch.state[self.state.batch_row(number)]))

    def task_state(self, number: int) -> TaskState:
        """Give the state of a task."""
        return TaskState(int(self.state.task.state[self.state.task_row(number)]))

    def wave_state(self) -> WaveState:
        """Give the state of the wave."""
        return WaveState(int(self.state.wave.state[0]))


@pytest.fixture
def floor() -> Floor:
    """Return a floor."""
    return Floor()


# -- planned -------------------------------------------------------------------------------------


def test_a_pick_binds_its_allocation_to_the_planned_bin(floor: Floor) -> None:
    """Bins are chosen with the route, at release."""
    stock = floor.receive(5)
    order = floor.order((0, 3))
    assert floor.allocations(order) == [(-1, 3, ALLOCATION_POOLED)]
    outcome, task, allocation = floor.add(order, stock, 3, slot=1, tour_position=7)
    assert (outcome, task) == (DONE, 0)
    assert floor.allocations(order) == [(stock, 3, ALLOCATION_BOUND)]
    assert floor.stock(stock) == (5, 3, 0)
    assert floor.order_state(order) == OrderState.RELEASED
    assert int(floor.state.allocation.wave[allocation]) == 0
    assert floor.available() == 2


def test_part_of_an_allocation_is_bound_and_the_rest_stays_pooled(floor: Floor) -> None:
    """One order line, two bins."""
    one, two = floor.receive(2), floor.receive(2)
    order = floor.order((0, 4))
    assert floor.add(order, one, 2)[0] == DONE
    assert floor.add(order, two, 2)[0] == DONE
    assert sorted(floor.allocations(order)) == [
        (one, 2, ALLOCATION_BOUND),
        (two, 2, ALLOCATION_BOUND),
    ]


def test_what_has_changed_meanwhile_is_refused_by_row(floor: Floor) -> None:
    """A plan comes from outside; every row of it is looked at."""
    stock = floor.receive(4)
    order, other = floor.order((0, 2)), floor.order((0, 2))
    held = floor.receive(2, status=1)
    assert floor.add(order, stock, 2, batch=9)[0] == UNKNOWN
    assert floor.add(99, stock, 2, allocation=0)[0] == UNKNOWN
    assert floor.add(order, stock, 2, allocation=floor.allocation_rows(other)[0])[0] == UNKNOWN
    assert floor.add(order, -1, 2)[0] == WRONG
    assert floor.add(order, held, 2)[0] == WRONG
    assert floor.add(order, stock, 3)[0] == NOT_FREE
    assert floor.add(order, stock, 2)[0] == DONE
    assert floor.add(order, stock, 2)[0] == WRONG
    floor.one("cancel", order=other)
    assert floor.add(other, stock, 2, allocation=0)[0] == UNKNOWN


def test_a_bin_may_be_chosen_among_those_of_one_expiry_only(floor: Floor) -> None:
    """First expired, first out: a later lot is not taken because it lies nearer."""
    soon, late = floor.lot("soon", TODAY + 5), floor.lot("late", TODAY + 9)
    later = floor.receive(5, lot=late)
    first, second = floor.receive(2, lot=soon), floor.receive(2, lot=soon)
    order, next_order = floor.order((0, 2)), floor.order((0, 3))
    assert floor.add(order, later, 2)[0] == NOT_FREE
    assert floor.add(order, second, 2)[0] == DONE
    assert floor.add(next_order, later, 1)[0] == NOT_FREE
    assert floor.add(next_order, first, 2)[0] == DONE
    assert floor.add(next_order, later, 1)[0] == DONE


def test_first_in_first_out_goes_by_the_day_of_receipt(floor: Floor) -> None:
    """Item 1 is FIFO."""
    old = floor.receive(2, item=1)
    floor.time_us += DAY_US
    new, also_new = floor.receive(2, item=1), floor.receive(2, item=1)
    order = floor.order((1, 4))
    assert floor.add(order, new, 2)[0] == NOT_FREE
    assert floor.add(order, old, 2)[0] == DONE
    assert floor.add(order, also_new, 2)[0] == DONE


def test_goods_that_do_not_live_long_enough_are_not_planned(floor: Floor) -> None:
    """The required day is the order's."""
    soon, late = floor.lot("soon", TODAY + 1), floor.lot("late", TODAY + 9)
    first, second = floor.receive(2, lot=soon), floor.receive(2, lot=late)
    order = floor.order((0, 2), departure_us=(TODAY + 3) * DAY_US)
    assert floor.add(order, first, 2)[0] == NOT_FREE
    assert floor.add(order, second, 2)[0] == DONE


def test_a_batch_without_tasks_is_not_released(floor: Floor) -> None:
    """Nobody walks for nothing."""
    assert floor.one("release_batch", batch=floor.batch) == (WRONG,)
    assert floor.one("release_batch", batch=77) == (UNKNOWN,)
    floor.picks(1)
    assert floor.wave_state() == WaveState.RELEASED
    assert floor.one("release_batch", batch=floor.batch) == (WRONG,)


# -- claimed -------------------------------------------------------------------------------------


def test_two_people_never_hold_the_same_work(floor: Floor) -> None:
    """Neither by claim nor by confirmation; a second claim by the holder is the same one."""
    (task,) = floor.picks(2)
    assert floor.claim(0) == (DONE, floor.batch, floor.time_us + HOUR_US)
    assert floor.claim(1, batch=floor.batch)[0] == NOT_FREE
    assert floor.claim(1)[0] == SHORT
    assert floor.confirm(task, 1, worker=1)[0] == NOT_HELD
    assert floor.claim(0, batch=floor.batch)[0] == DONE
    assert floor.claim(0)[0] == NOT_FREE


def test_the_most_urgent_batch_of_the_zone_goes_first(floor: Floor) -> None:
    """Priority, then due time with none last, then number."""
    numbers = [
        floor.open_batch(priority=priority, due_us=due_us, zone=zone)
        for priority, due_us, zone in [(0, 0, -1), (0, 9, -1), (5, 0, 2), (0, 8, 2)]
    ]
    for number in numbers:
        floor.batch = number
        floor.picks(1)
    for expected in (numbers[2], numbers[3], numbers[1], numbers[0]):
        outcome, claimed, _ = floor.claim(0, zone=2)
        assert (outcome, claimed) == (DONE, expected)
        floor.one("pause_batch", worker=0, batch=claimed)


def test_a_cart_is_on_one_batch_and_large_enough(floor: Floor) -> None:
    """Slots are counted; who asks for the next batch gets one that his cart can take."""
    floor.picks(1, 1)
    assert floor.claim(0, batch=floor.batch, cart=1)[0] == WRONG
    assert floor.claim(0, cart=1)[0] == SHORT
    assert floor.claim(0, cart=0)[0] == DONE
    second = floor.open_batch()
    floor.batch = second
    floor.picks(1)
    assert floor.claim(1, batch=second, cart=0)[0] == NOT_FREE
    assert floor.claim(1, batch=second, cart=1)[0] == DONE
    # From then on no pick names a slot that it does not have.
    stock, order = floor.receive(2), floor.order((0, 1))
    assert floor.add(order, stock, 1, slot=1)[0] == WRONG
    assert floor.add(order, stock, 1, slot=0)[0] == DONE


def test_who_is_given_work_says_on_which_cart(floor: Floor) -> None:
    """A supervisor knows no cart; the worker's own claim binds it, and gives the lease an end."""
    floor.picks(1, 1)
    floor.one("release_batch", batch=floor.batch)
    assert floor.one("reassign_batch", batch=floor.batch, worker=0) == (DONE, 0)
    assert floor.claim(0, batch=floor.batch, cart=1)[0] == WRONG
    until_us = floor.time_us + HOUR_US
    assert floor.claim(0, batch=floor.batch, cart=0) == (DONE, floor.batch, until_us)
    assert int(floor.state.batch.cart[0]) == 0
    assert floor.claim(0, batch=floor.batch, cart=1)[0] == WRONG
    assert floor.claim(0, batch=floor.batch)[0] == DONE
    floor.batch = floor.open_batch()
    floor.picks(1)
    assert floor.claim(1, batch=floor.batch, cart=0)[0] == NOT_FREE


def test_paused_work_stays_and_is_resumed(floor: Floor) -> None:
    """It has no lease, and its worker may take something urgent meanwhile."""
    floor.picks(1)
    floor.claim(0)
    assert floor.one("pause_batch", worker=1, batch=floor.batch) == (NOT_HELD,)
    assert floor.one("pause_batch", worker=0, batch=floor.batch) == (DONE,)
    urgent = floor.open_batch()
    paused, floor.batch = floor.batch, urgent
    floor.picks(1)
    assert floor.claim(0)[1] == urgent
    assert floor.one("resume_batch", worker=0, batch=paused)[0] == NOT_FREE
    assert floor.claim(1, batch=paused)[0] == NOT_FREE
    floor.time_us += 9 * HOUR_US
    floor.do("tick")
    assert floor.batch_state(paused) == BatchState.PAUSED
    assert floor.one("resume_batch", worker=0, batch=paused) == (DONE, floor.time_us + HOUR_US)


def test_a_lease_ends_with_a_tick_and_work_renews_it(floor: Floor) -> None:
    """What the lost worker has in his totes stays with the batch."""
    tasks = floor.picks(1, 1)
    floor.claim(0, cart=0)
    floor.time_us += HOUR_US - 1
    assert floor.confirm(tasks[0], 1)[0] == DONE
    floor.time_us += HOUR_US - 1
    floor.do("tick")
    assert floor.batch_state(floor.batch) == BatchState.CLAIMED
    floor.time_us += 1
    floor.do("tick")
    assert floor.batch_state(floor.batch) == BatchState.RELEASED
    assert floor.confirm(tasks[1], 1, unit=1)[0] == WRONG
    assert floor.claim(1, batch=floor.batch, cart=1)[0] == WRONG
    assert floor.claim(1, batch=floor.batch)[0] == DONE
    assert floor.confirm(tasks[1], 1, worker=1, unit=1)[0] == DONE
    assert floor.one("deliver_batch", worker=1, batch=floor.batch, location=1) == (DONE, 2)


def test_a_supervisor_gives_work_to_another(floor: Floor) -> None:
    """The former holder is told so."""
    (task,) = floor.picks(1)
    floor.claim(0)
    assert floor.one("reassign_batch", batch=floor.batch, worker=1)[0] == DONE
    assert floor.confirm(task, 1, worker=0)[0] == NOT_HELD
    assert floor.confirm(task, 1, worker=1)[0] == DONE
    other = floor.open_batch()
    floor.batch = other
    floor.picks(1)
    assert floor.one("reassign_batch", batch=other, worker=1)[0] == NOT_FREE


def test_workers_and_carts_with_work_stay_in_use(floor: Floor) -> None:
    """Until they have none."""
    floor.picks(1)
    floor.claim(0, cart=0)
    gone = {"code": "ann", "kind": 0, "zone": -1, "active": 0}
    assert floor.one("put_worker", **gone) == (WRONG, -1)
    cart = {"code": "C0", "slots": 1, "volume_mm3": 0, "weight_g": 0, "active": 1}
    assert floor.one("put_cart", **cart) == (WRONG, -1)
    floor.one("drop_batch", worker=0, batch=floor.batch)
    assert floor.one("put_worker", **gone) == (DONE, 0)
    assert floor.one("put_cart", **cart) == (DONE, 0)
    assert floor.claim(0)[0] == WRONG


# -- carried out ---------------------------------------------------------------------------------


def test_a_confirmed_task_is_a_pick_into_the_tote_of_its_slot(floor: Floor) -> None:
    """A part leaves the task open; another tote is refused."""
    (task,) = floor.picks(3)
    floor.claim(0, cart=0)
    assert floor.confirm(task, 1, unit=-1)[0] == WRONG
    assign = {"worker": 0, "batch": floor.batch, "handling_unit": 0}
    assert floor.one("assign_tote", slot=2, **assign) == (WRONG,)
    assert floor.one("assign_tote", slot=0, **assign) == (DONE,)
    assert floor.one("assign_tote", slot=1, **assign) == (NOT_FREE,)
    assert floor.confirm(task, 1, unit=1)[0] == WRONG
    assert floor.confirm(task, 4, unit=-1)[0] == NOT_FREE
    outcome, batch, order, stock, left, picked, location = floor.confirm(task, 1, unit=-1)
    assert (outcome, batch, order, left, location) == (PARTIAL, floor.batch, 0, 2, 0)
    assert int(floor.state.allocation.stock[picked]) == stock
    assert floor.confirm(task, 2, unit=-1)[0] == DONE
    assert floor.task_state(task) == TaskState.DONE
    assert sorted(units for _, units, state in floor.allocations(0)) == [1, 2]
    assert {state for _, _, state in floor.allocations(0)} == {ALLOCATION_PICKED}
    assert floor.confirm(task, 1, unit=-1)[0] == WRONG


def test_a_full_tote_stays_with_the_batch(floor: Floor) -> None:
    """The next one takes its slot; all are delivered."""
    (task,) = floor.picks(2)
    floor.claim(0)
    floor.confirm(task, 1, unit=0)
    assign = {"worker": 0, "batch": floor.batch, "slot": 0}
    assert floor.one("assign_tote", handling_unit=1, **assign) == (DONE,)
    assert floor.confirm(task, 1, unit=-1)[0] == DONE
    assert floor.one("deliver_batch", worker=0, batch=floor.batch, location=1) == (DONE, 2)
    assert floor.state.handling_unit.location[:2].tolist() == [1, 1]
    assert floor.batch_state(floor.batch) == BatchState.DONE
    assert floor.wave_state() == WaveState.DONE


def test_work_of_a_task_is_not_done_beside_it(floor: Floor) -> None:
    """Picks by hand are for allocations without a task."""
    floor.picks(2)
    (row,) = floor.allocation_rows(0)
    given = {"order": 0, "allocation": row, "handling_unit": 0}
    assert floor.one("pick", units=2, **given)[0] == WRONG
    assert floor.one("short_pick", found_units=0, reason=3, **given)[0] == WRONG
    assert floor.one("drop_task", task=0) == (DONE, floor.batch)
    assert floor.one("pick", units=2, **given)[0] == DONE


def test_a_short_task_is_bound_anew_and_joins_the_batch(floor: Floor) -> None:
    """Behind the last stop, in the same slot; a new tour comes from outside."""
    one, two, three = (floor.receive(units) for units in (3, 2, 9))
    order = floor.order((0, 3))
    task = floor.add(order, one, 3, slot=1, tour_position=4)[1]
    floor.one("release_batch", batch=floor.batch)
    floor.claim(0)
    short = {"worker": 0, "task": task, "handling_unit": -1, "reason": 3}
    assert floor.one("short_task", found_units=3, **short)[0] == WRONG
    assert floor.one("short_task", found_units=0, **short) == (
        *(DONE, floor.batch, order, 3, 0, 2),
        *(1, -1),
    )
    assert floor.task_state(task) == TaskState.SHORT
    task_table = floor.state.task
    rows = [floor.state.task_row(number) for number in (1, 2)]
    assert task_table.stock[rows].tolist() == [two, three]
    assert task_table.units[rows].tolist() == [2, 1]
    assert task_table.slot[rows].tolist() == [1, 1]
    assert task_table.tour_position[rows].tolist() == [5, 6]
    assert floor.do("route_task", task=[1, 2, 0], tour_position=[9, 8, 1]) == {
        "outcome": [DONE, DONE, WRONG],
        "batch": [floor.batch, floor.batch, -1],
    }


def test_a_short_task_without_other_goods_ends(floor: Floor) -> None:
    """What was found is picked."""
    (task,) = floor.picks(3)
    floor.claim(0)
    short = {"worker": 0, "task": task, "handling_unit": 0, "reason": 3}
    *told, picked = floor.one("short_task", found_units=1, **short)
    assert told == [SHORT, floor.batch, 0, 0, 2, 0, -1]
    assert floor.allocation_rows(0) == [picked]
    assert [units for _, units, _ in floor.allocations(0)] == [1]
    assert floor.one("deliver_batch", worker=0, batch=floor.batch, location=0) == (DONE, 1)


def test_a_change_to_an_order_drops_its_work(floor: Floor) -> None:
    """A batch that nobody holds ends when nothing is left of it."""
    first, second = floor.picks(1, 1)
    assert floor.one("cancel", order=0)[0] == DONE
    assert floor.task_state(first) == TaskState.DROPPED
    assert floor.batch_state(floor.batch) == BatchState.RELEASED
    assert floor.one("deallocate", order=1)[0] == DONE
    assert floor.task_state(second) == TaskState.DROPPED
    assert floor.batch_state(floor.batch) == BatchState.DONE
    assert floor.allocations(1) == []


def test_a_cancelled_batch_gives_its_allocations_back_to_planning(floor: Floor) -> None:
    """With goods in a tote it must be delivered first."""
    tasks = floor.picks(1, 1)
    other = floor.open_batch()
    floor.claim(0)
    floor.confirm(tasks[0], 1)
    assert floor.one("cancel_batch", batch=floor.batch) == (PARTIAL, 1)
    assert floor.batch_state(floor.batch) == BatchState.CLAIMED
    assert floor.add(1, -1, 1, batch=other)[0] == DONE
    assert floor.one("deliver_batch", worker=0, batch=floor.batch, location=0) == (DONE, 1)
    assert floor.one("cancel_batch", batch=other) == (DONE, 1)
    assert floor.batch_state(other) == BatchState.CANCELLED
    assert floor.one("cancel_batch", batch=other) == (WRONG, 0)


def test_moves_are_work_as_well(floor: Floor) -> None:
    """Put-away and replenishment on the way; the goods may be gone when one comes."""
    stock = floor.receive(5)
    gone = floor.receive(1)
    move = {"batch": floor.batch, "location": 1, "tour_position": 0}
    assert floor.one("add_move", stock=stock, units=6, **move)[0] == NOT_FREE
    task = floor.one("add_move", stock=stock, units=3, **move)[1]
    dropped = floor.one("add_move", stock=gone, units=1, **move)[1]
    floor.one("release_batch", batch=floor.batch)
    floor.claim(0)
    assert floor.one("adjust", stock=gone, delta_units=-1, reason=3)[0] == DONE
    assert floor.task_state(dropped) == TaskState.DROPPED
    assert floor.confirm(task, 2, unit=0)[0] == WRONG
    outcome, _, order, moved, left, picked, location = floor.confirm(task, 2, unit=-1)
    assert (outcome, order, left, picked, location) == (PARTIAL, -1, 1, -1, 0)
    assert int(floor.state.stock.location[moved]) == 1
    assert floor.stock(moved) == (2, 0, 0)
    assert floor.confirm(task, 1, unit=-1)[0] == DONE
    assert floor.one("deliver_batch", worker=0, batch=floor.batch, location=0) == (DONE, 0)


def test_work_may_join_a_running_batch(floor: Floor) -> None:
    """Of its holder nothing is asked; the stream of tasks tells."""
    floor.picks(1)
    floor.claim(0)
    stock = floor.receive(1)
    order = floor.order((0, 1))
    outcome, task, _ = floor.add(order, stock, 1, tour_position=1)
    assert outcome == DONE
    assert floor.confirm(task, 1)[0] == DONE


def test_an_ended_batch_takes_no_work(floor: Floor) -> None:
    """A plan that comes too late is refused by row."""
    stock = floor.receive(1)
    order = floor.order((0, 1))
    floor.one("cancel_batch", batch=floor.batch)
    assert floor.add(order, stock, 1)[0] == WRONG
    assert floor.allocations(order) == [(-1, 1, ALLOCATION_POOLED)]


def test_freed_allocations_are_those_of_no_task(floor: Floor) -> None:
    """A row of an allocation that is used again must not end somebody else's task."""
    tasks = floor.picks(2)
    (row,) = floor.allocation_rows(0)
    floor.one("cancel", order=0)
    assert int(floor.state.allocation.state[row]) == ALLOCATION_FREE
    order = floor.order((0, 2))
    assert floor.allocation_rows(order) == [row]
    assert floor.task_state(tasks[0]) == TaskState.DROPPED
    assert floor.one("cancel", order=order)[0] == DONE


def test_items_out_of_use_still_go_their_way(floor: Floor) -> None:
    """What is pooled is picked; nothing new is taken."""
    stock = floor.receive(2)
    order = floor.order((0, 2))
    floor.do("put_item", **(ITEM | {"code": "fefo", "active": 0}))
    assert floor.add(order, stock, 2)[0] == DONE


def test_a_move_leaves_goods_that_were_picked_meanwhile(floor: Floor) -> None:
    """They lie in a tote and go with their order."""
    stock = floor.receive(2)
    move = {"stock": stock, "units": 2, "location": 1, "tour_position": 0}
    task = floor.one("add_move", batch=floor.batch, **move)[1]
    floor.one("release_batch", batch=floor.batch)
    floor.claim(0)
    order = floor.order((0, 2))
    floor.do("release", order=order, wave=-1)
    (row,) = floor.allocation_rows(order)
    floor.one("pick", order=order, allocation=row, units=2, handling_unit=0)
    assert floor.confirm(task, 2, unit=-1)[0] == WRONG
    assert int(floor.state.stock.handling_unit[stock]) == 0
