"""How batches and tasks live and end, whatever command was the cause."""

from __future__ import annotations

from slotline.kernels.columns import (
    BATCH_CLAIMED,
    BATCH_DONE,
    BATCH_RELEASED,
    NONE,
    TASK_DROPPED,
    TASK_MOVE,
    TASK_PICK,
    WAVE_DONE,
)
from slotline.tests.model.books import Books
from slotline.tests.model.tables import Batch, Task, Tote


class Batches(Books):
    """Questions about batches, tasks and totes, and what follows when one ends."""

    # -- questions -------------------------------------------------------------------------------

    def live_tasks(self, batch: Batch | None = None) -> list[Task]:
        """Tasks that are still to be done, of a batch or of all, by number."""
        return [
            task
            for _, task in sorted(self.task.kept.items())
            if task.live and batch in (None, task.batch)
        ]

    def live_task_of(self, allocation: int) -> Task | None:
        """Give the pick that an allocation row waits for."""
        for task in self.live_tasks():
            if task.kind == TASK_PICK and task.allocation == allocation:
                return task
        return None

    def held_by(self, worker: int) -> Batch | None:
        """Give the batch that a worker works on now."""
        for batch in self.batch.kept.values():
            if batch.state == BATCH_CLAIMED and batch.worker == worker:
                return batch
        return None

    def totes_of(self, batch: Batch) -> list[Tote]:
        """Give the handling units that a batch has, by row of their table."""
        return [tote for tote in self.totes.rows if tote.batch == batch.number]

    def tote_of(self, handling_unit: int) -> Tote:
        """Give what a handling unit is to a batch; one that never was a tote is to none."""
        row = self.row_of_key.get(("cart_tote", handling_unit), NONE)
        return Tote(handling_unit) if row == NONE else self.totes.rows[row]

    def tote_at(self, batch: Batch, slot: int) -> int:
        """Give the handling unit that goods of a slot go into, -1 for none."""
        for tote in self.totes_of(batch):
            if tote.slot == slot and tote.current:
                return tote.handling_unit
        return NONE

    # -- tasks -----------------------------------------------------------------------------------

    def has_room_for_task(self, beside: Task | None = None) -> bool:
        """Whether the next task would overwrite neither a live one nor the given one."""
        oldest = self.task.overwritten()
        full = oldest is not None and (oldest.live or oldest is beside)
        self.seen["task_ring_full"] += full
        return not full

    def add_task(self, batch: Batch, kind: int, stock: int, units: int, **given: int) -> Task:
        """Give a batch something to do: `order`, `allocation`, `slot` or `location`."""
        self.seen["task_ring_wraps"] += self.task.given >= self.task.capacity
        task = Task(
            number=self.task.given,
            batch=batch,
            kind=kind,
            order=given.get("order", NONE),
            allocation=given.get("allocation", NONE),
            stock=stock,
            location=given.get("location", NONE),
            units=units,
            slot=given.get("slot", 0),
            tour_position=given["tour_position"],
        )
        self.task.add(task)
        return task

    def end_task(self, task: Task, state: int) -> None:
        """End a task, and its batch when nobody holds it and nothing is left of it."""
        assert task.live
        task.state = state
        batch = task.batch
        if batch.state == BATCH_RELEASED and not self._is_left(batch):
            self.seen["batch_ends_with_its_last_task"] += 1
            self.end_batch(batch, BATCH_DONE)

    def _is_left(self, batch: Batch) -> bool:
        return bool(self.live_tasks(batch) or self.totes_of(batch))

    def free_allocation(self, row: int) -> int:
        """End an allocation and drop the pick that waits for it."""
        task = self.live_task_of(row)
        units = super().free_allocation(row)
        if task is not None:
            self.seen["task_dropped_with_allocation"] += 1
            self.end_task(task, TASK_DROPPED)
        return units

    def free_if_empty(self, row: int) -> None:
        """Free a stock row that nothing is left on and drop the moves of it."""
        super().free_if_empty(row)
        if row in self.stock.rows:
            return
        for task in self.live_tasks():
            if task.kind == TASK_MOVE and task.stock == row:
                self.seen["task_dropped_with_stock"] += 1
                self.end_task(task, TASK_DROPPED)

    # -- batches ---------------------------------------------------------------------------------

    def end_batch(self, batch: Batch, state: int) -> None:
        """End a batch: totes, cart and holder are let go, and the wave may be done."""
        batch.state = state
        batch.worker, batch.cart, batch.lease_until_us = NONE, NONE, 0
        for tote in self.totes_of(batch):
            tote.batch, tote.slot, tote.current = NONE, 0, 0
        others = (one for one in self.batch.kept.values() if one.wave == batch.wave)
        if batch.wave != NONE and all(one.ended for one in others):
            self.seen["wave_done"] += 1
            self.register["wave"].rows[batch.wave]["state"] = WAVE_DONE

    def give_up_batch(self, batch: Batch) -> None:
        """Take a batch from its holder; it waits for another one, unless nothing is left of it."""
        batch.state = BATCH_RELEASED
        batch.worker, batch.lease_until_us = NONE, 0
        if not self.totes_of(batch):
            batch.cart = NONE
        if not self._is_left(batch):
            self.end_batch(batch, BATCH_DONE)

    def take_leases(self) -> None:
        """Drop the batches whose leases ended, up to a bound."""
        late = [
            batch
            for batch in self.batch.kept.values()
            if batch.state == BATCH_CLAIMED and 0 < batch.lease_until_us <= self.time_us
        ]
        late.sort(key=lambda batch: (batch.lease_until_us, batch.number))
        self.seen["tick_leases_bound"] += len(late) > self.tick_leases_max
        for batch in late[: self.tick_leases_max]:
            self.seen["tick_takes_lease"] += 1
            self.give_up_batch(batch)
