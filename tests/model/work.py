"""Model of the commands of work: batches, their tasks, who holds them and what goods go into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    BATCH_CANCELLED,
    BATCH_CLAIMED,
    BATCH_DONE,
    BATCH_OPEN,
    BATCH_PAUSED,
    BATCH_RELEASED,
    DAY_US,
    NONE,
    ORDER_OPEN,
    ORDER_RELEASED,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_NOT_HELD,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    POLICY_PARTIAL,
    ROTATION_FIFO,
    TASK_DONE,
    TASK_DROPPED,
    TASK_MOVE,
    TASK_PICK,
    TASK_SHORT,
    WAVE_RELEASED,
)
from slotline.tests.model.picking import Picking
from slotline.tests.model.tables import Allocation, Batch, TableFull, Task, refuse_if

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome


class Work(Picking):
    """Everything that is done with waves, batches, tasks and totes."""

    def _known_batch(self, number: int) -> Batch:
        refuse_if(number not in self.batch.kept, OUTCOME_UNKNOWN)
        return self.batch.kept[number]

    def _open_task(self, number: int) -> Task:
        refuse_if(number not in self.task.kept, OUTCOME_UNKNOWN)
        refuse_if(not self.task.kept[number].live, OUTCOME_WRONG_STATE)
        return self.task.kept[number]

    def _check_holder(self, batch: Batch, worker: int) -> None:
        refuse_if(batch.state != BATCH_CLAIMED, OUTCOME_WRONG_STATE)
        refuse_if(batch.worker != worker, OUTCOME_NOT_HELD)

    def _held_batch(self, worker: int, number: int) -> Batch:
        """Give a batch that the worker holds, or refuse."""
        batch = self._known_batch(number)
        self._check_holder(batch, worker)
        return batch

    def _check_holds_no_other(self, worker: int, batch: Batch | None) -> None:
        held = self.held_by(worker)
        refuse_if(held is not None and held is not batch, OUTCOME_NOT_FREE)

    def _renew(self, batch: Batch) -> None:
        """Let the lease run anew; none was given when it is 0."""
        batch.lease_until_us = self.time_us + batch.lease_us if batch.lease_us else 0

    # -- planning --------------------------------------------------------------------------------

    def open_batch(self, wave: int, zone: int, priority: int, due_us: int) -> Outcome:
        """Begin a batch without tasks."""
        oldest = self.batch.overwritten()
        refuse_if(oldest is not None and not oldest.ended, OUTCOME_LIMIT)
        self.seen["batch_ring_wraps"] += oldest is not None
        batch = Batch(self.batch.given, wave, zone, priority, due_us)
        return {"outcome": OUTCOME_DONE, "batch": self.batch.add(batch)}

    def add_pick(
        self,
        batch: int,
        order: int,
        allocation: int,
        stock: int,
        units: int,
        slot: int,
        tour_position: int,
    ) -> Outcome:
        """Plan a pick; a pooled allocation gets its bin by it."""
        found = self._known_batch(batch)
        wanted = self.allocation.rows.get(allocation)
        refuse_if(order not in self.order.kept, OUTCOME_UNKNOWN)
        refuse_if(wanted is None or wanted.order.number != order, OUTCOME_UNKNOWN)
        refuse_if(stock != NONE and stock not in self.stock.rows, OUTCOME_UNKNOWN)
        assert wanted is not None
        refuse_if(found.ended or self._is_beyond_cart(found, slot), OUTCOME_WRONG_STATE)
        refuse_if(wanted.order.state not in (ORDER_OPEN, ORDER_RELEASED), OUTCOME_WRONG_STATE)
        pooled = wanted.state == ALLOCATION_POOLED
        refuse_if(not pooled and wanted.state != ALLOCATION_BOUND, OUTCOME_WRONG_STATE)
        refuse_if(self.live_task_of(allocation) is not None, OUTCOME_WRONG_STATE)
        if pooled:
            refuse_if(stock == NONE, OUTCOME_WRONG_STATE)
            refuse_if(self.stock.rows[stock].pool != wanted.line.pool, OUTCOME_WRONG_STATE)
        else:
            refuse_if(stock not in (NONE, wanted.stock), OUTCOME_WRONG_STATE)
        short = wanted.order.policy != POLICY_PARTIAL and wanted.order.open > 0
        refuse_if(short, OUTCOME_SHORT)
        if pooled:
            refuse_if(units > min(wanted.units, self.free(stock)), OUTCOME_NOT_FREE)
            refuse_if(self._is_wrong_row(wanted, stock), OUTCOME_NOT_FREE)
        else:
            refuse_if(units != wanted.units, OUTCOME_NOT_FREE)
        refuse_if(not self.has_room_for_task(), OUTCOME_LIMIT)
        bound = self._bind_to(allocation, stock, units) if pooled else allocation
        self.allocation.rows[bound].wave = found.wave
        wanted.order.state = ORDER_RELEASED
        task = self.add_task(
            found,
            TASK_PICK,
            self.allocation.rows[bound].stock,
            units,
            order=order,
            allocation=bound,
            slot=slot,
            tour_position=tour_position,
        )
        return {"outcome": OUTCOME_DONE, "task": task.number, "allocation_bound": bound}

    def _is_wrong_row(self, allocation: Allocation, stock: int) -> bool:
        """Whether a row dies too early for an order, or goods are there that must go first."""
        row = self.stock.rows[stock]
        if row.expiry_day < self.required_day(allocation.order):
            self.seen["add_pick_too_short_lived"] += 1
            return True
        first = self.stock.rows[self.fit_rows(allocation.order, row.pool)[0]]
        if self.items()[row.item]["rotation"] == ROTATION_FIFO:
            passed_over = row.received_us // DAY_US > first.received_us // DAY_US
        else:
            passed_over = row.expiry_day > first.expiry_day
        self.seen["add_pick_passes_rotation_over"] += passed_over
        return passed_over

    def _bind_to(self, pooled: int, stock: int, units: int) -> int:
        """Take units of a pooled allocation from a stock row; give the bound allocation."""
        allocation = self.allocation.rows[pooled]
        if units == allocation.units:
            allocation.state, allocation.stock = ALLOCATION_BOUND, stock
            return pooled
        self.seen["add_pick_binds_part"] += 1
        bound = Allocation(allocation.order, allocation.line, stock, units, ALLOCATION_BOUND)
        row = self.add_allocation(bound)
        allocation.units -= units
        return row

    def add_move(
        self, batch: int, stock: int, units: int, location: int, tour_position: int
    ) -> Outcome:
        """Plan a put-away or a replenishment."""
        found = self._known_batch(batch)
        refuse_if(stock not in self.stock.rows, OUTCOME_UNKNOWN)
        refuse_if(found.ended or not self.is_active("location", location), OUTCOME_WRONG_STATE)
        refuse_if(units > self.stock.rows[stock].on_hand, OUTCOME_NOT_FREE)
        refuse_if(not self.has_room_for_task(), OUTCOME_LIMIT)
        task = self.add_task(
            found, TASK_MOVE, stock, units, location=location, tour_position=tour_position
        )
        return {"outcome": OUTCOME_DONE, "task": task.number}

    def release_batch(self, batch: int) -> Outcome:
        """Offer a batch to the workers."""
        found = self._known_batch(batch)
        refuse_if(found.state != BATCH_OPEN or not self.live_tasks(found), OUTCOME_WRONG_STATE)
        found.state = BATCH_RELEASED
        if found.wave != NONE:
            self.register["wave"].rows[found.wave]["state"] = WAVE_RELEASED
        return {"outcome": OUTCOME_DONE}

    def cancel_batch(self, batch: int) -> Outcome:
        """Drop what is not done of a batch; what lies in totes is delivered first."""
        found = self._known_batch(batch)
        refuse_if(found.ended, OUTCOME_WRONG_STATE)
        live = self.live_tasks(found)
        for task in live:
            self.reach(task)
            task.state = TASK_DROPPED
        outcome = OUTCOME_DONE
        if self.totes_of(found):
            outcome = OUTCOME_PARTIAL
        else:
            self.end_batch(found, BATCH_CANCELLED)
        return {"outcome": outcome, "dropped_tasks": len(live)}

    def drop_task(self, task: int) -> Outcome:
        """Take a task off its batch."""
        found = self._open_task(task)
        self.end_task(found, TASK_DROPPED)
        return {"outcome": OUTCOME_DONE, "batch": found.batch.number}

    def route_task(self, task: int, tour_position: int) -> Outcome:
        """Give a task another place on the way."""
        found = self._open_task(task)
        found.tour_position = tour_position
        return {"outcome": OUTCOME_DONE, "batch": found.batch.number}

    # -- holding ---------------------------------------------------------------------------------

    def claim_batch(self, worker: int, batch: int, zone: int, cart: int, lease_us: int) -> Outcome:
        """Let a worker have a batch: a given one, or the first that fits."""
        found = None if batch == NONE else self._known_batch(batch)
        idle = not self.is_active("worker", worker) or not self.is_active("cart", cart)
        refuse_if(idle, OUTCOME_WRONG_STATE)
        self._check_holds_no_other(worker, found)
        if found is None:
            found = self._first_that_fits(zone, cart)
        else:
            again = found is self.held_by(worker)
            others = found.state in (BATCH_CLAIMED, BATCH_PAUSED) and found.worker != worker
            refuse_if(others, OUTCOME_NOT_FREE)
            refuse_if(not again and found.state != BATCH_RELEASED, OUTCOME_WRONG_STATE)
            refusal = self._cart_refusal(found, cart)
            refuse_if(refusal != OUTCOME_DONE, refusal)
            self.seen["claimed_again"] += again
            self.seen["cart_given_late"] += again and cart != found.cart and cart != NONE
        found.state, found.worker = BATCH_CLAIMED, worker
        found.cart = found.cart if cart == NONE else cart
        found.lease_us = lease_us
        self._renew(found)
        return {
            "outcome": OUTCOME_DONE,
            "batch_claimed": found.number,
            "lease_until_us": found.lease_until_us,
        }

    def _is_beyond_cart(self, batch: Batch, slot: int) -> bool:
        """Whether the cart of a batch has no such slot."""
        return batch.cart != NONE and slot >= self.register["cart"].rows[batch.cart]["slots"]

    def _cart_refusal(self, batch: Batch, cart: int) -> int:
        """Why a batch cannot be done with a cart, DONE when it can."""
        if cart == NONE:
            return OUTCOME_DONE
        slots = self.register["cart"].rows[cart]["slots"]
        wanted = [task.slot for task in self.live_tasks(batch)]
        wanted += [tote.slot for tote in self.totes_of(batch)]
        if batch.cart not in (NONE, cart) or max(wanted, default=0) >= slots:
            return OUTCOME_WRONG_STATE
        if any(one.cart == cart and one is not batch for one in self.batch.kept.values()):
            return OUTCOME_NOT_FREE
        return OUTCOME_DONE

    def _first_that_fits(self, zone: int, cart: int) -> Batch:
        fit = [
            batch
            for batch in self.batch.kept.values()
            if batch.state == BATCH_RELEASED
            and (NONE in (zone, batch.zone) or batch.zone == zone)
            and self._cart_refusal(batch, cart) == OUTCOME_DONE
        ]
        refuse_if(not fit, OUTCOME_SHORT)
        return min(
            fit,
            key=lambda batch: (-batch.priority, batch.due_us == 0, batch.due_us, batch.number),
        )

    def pause_batch(self, worker: int, batch: int) -> Outcome:
        """Put a batch aside for a while."""
        found = self._held_batch(worker, batch)
        found.state, found.lease_until_us = BATCH_PAUSED, 0
        return {"outcome": OUTCOME_DONE}

    def resume_batch(self, worker: int, batch: int) -> Outcome:
        """Go on with a paused batch."""
        found = self._known_batch(batch)
        refuse_if(found.state != BATCH_PAUSED, OUTCOME_WRONG_STATE)
        refuse_if(found.worker != worker, OUTCOME_NOT_HELD)
        self._check_holds_no_other(worker, found)
        found.state = BATCH_CLAIMED
        self._renew(found)
        return {"outcome": OUTCOME_DONE, "lease_until_us": found.lease_until_us}

    def drop_batch(self, worker: int, batch: int) -> Outcome:
        """Give a batch back for somebody else."""
        found = self._known_batch(batch)
        refuse_if(found.state not in (BATCH_CLAIMED, BATCH_PAUSED), OUTCOME_WRONG_STATE)
        refuse_if(found.worker != worker, OUTCOME_NOT_HELD)
        self.give_up_batch(found)
        return {"outcome": OUTCOME_DONE}

    def reassign_batch(self, batch: int, worker: int) -> Outcome:
        """Give a batch to a worker, whoever has it."""
        found = self._known_batch(batch)
        given = (BATCH_RELEASED, BATCH_CLAIMED, BATCH_PAUSED)
        wrong = found.state not in given or not self.is_active("worker", worker)
        refuse_if(wrong, OUTCOME_WRONG_STATE)
        self._check_holds_no_other(worker, found)
        found.state, found.worker = BATCH_CLAIMED, worker
        self._renew(found)
        return {"outcome": OUTCOME_DONE, "lease_until_us": found.lease_until_us}

    def deliver_batch(self, worker: int, batch: int, location: int) -> Outcome:
        """Put all totes of a batch down somewhere and be done with it."""
        found = self._held_batch(worker, batch)
        refuse_if(bool(self.live_tasks(found)), OUTCOME_WRONG_STATE)
        refuse_if(not self.is_active("location", location), OUTCOME_WRONG_STATE)
        standing = [
            tote.handling_unit
            for tote in self.totes_of(found)
            if not self.is_shut(tote.handling_unit)
        ]
        for tote in self.totes_of(found):
            self.reach(tote)
        for handling_unit in standing:
            self.unit(handling_unit).update(parent=NONE, location=location)
        self.seen["delivered_totes"] += bool(standing)
        self.end_batch(found, BATCH_DONE)
        return {"outcome": OUTCOME_DONE, "totes": len(standing)}

    # -- working ---------------------------------------------------------------------------------

    def assign_tote(self, worker: int, batch: int, slot: int, handling_unit: int) -> Outcome:
        """Let goods of a slot go into a handling unit."""
        found = self._held_batch(worker, batch)
        self._check_may_be_tote(handling_unit)
        refuse_if(self._is_beyond_cart(found, slot), OUTCOME_WRONG_STATE)
        self._check_not_elsewhere(found, slot, handling_unit)
        self._put_tote(found, slot, handling_unit)
        self._renew(found)
        return {"outcome": OUTCOME_DONE}

    def _check_may_be_tote(self, handling_unit: int) -> None:
        inside = self.unit(handling_unit)["parent"] != NONE
        refuse_if(self.is_shut(handling_unit) or inside, OUTCOME_WRONG_STATE)

    def _check_not_elsewhere(self, batch: Batch, slot: int, handling_unit: int) -> None:
        tote = self.tote_of(handling_unit)
        here = tote.batch == NONE or (tote.batch, tote.slot) == (batch.number, slot)
        refuse_if(not here, OUTCOME_NOT_FREE)

    def _put_tote(self, batch: Batch, slot: int, handling_unit: int) -> None:
        for tote in self.totes_of(batch):
            if tote.slot == slot and tote.handling_unit != handling_unit:
                self.seen["tote_is_full"] += tote.current
                tote.current = 0
        tote = self.tote_of(handling_unit)
        tote.batch, tote.slot, tote.current = batch.number, slot, 1
        key = ("cart_tote", handling_unit)
        if key not in self.row_of_key:
            self.row_of_key[key] = self.totes.add(tote)

    def _unit_of(self, task: Task, handling_unit: int) -> int:
        """Give the handling unit that picked goods go into, or refuse the one given."""
        present = self.tote_at(task.batch, task.slot)
        if handling_unit in (NONE, present):
            refuse_if(present == NONE, OUTCOME_WRONG_STATE)
            return present
        refuse_if(present != NONE, OUTCOME_WRONG_STATE)
        self._check_may_be_tote(handling_unit)
        self._check_not_elsewhere(task.batch, task.slot, handling_unit)
        return handling_unit

    def confirm_task(self, worker: int, task: int, units: int, handling_unit: int) -> Outcome:
        """Confirm that units were picked or moved."""
        found = self._open_task(task)
        self._check_holder(found.batch, worker)
        if found.kind == TASK_MOVE:
            picked_ones = {ALLOCATION_PICKED, ALLOCATION_PACKED}
            is_carried = any(
                one.stock == found.stock and one.state in picked_ones
                for one in self.allocation.rows.values()
            )
            refuse_if(handling_unit != NONE or is_carried, OUTCOME_WRONG_STATE)
            refusal = self._move_refusal(found.stock, units, found.location, NONE)
        else:
            handling_unit = self._unit_of(found, handling_unit)
            refusal = self._pick_refusal(found.order, found.allocation, handling_unit)
        refuse_if(refusal != OUTCOME_DONE, refusal)
        refuse_if(units > found.units, OUTCOME_NOT_FREE)
        location = self.stock.rows[found.stock].location
        picked = NONE
        if found.kind == TASK_MOVE:
            stock = self._move(found.stock, units, found.location, NONE)
        else:
            self._put_tote(found.batch, found.slot, handling_unit)
            stock = self._take(found.allocation, units, handling_unit)
            picked = self._allocation_in(stock)
        found.units -= units
        found.done += units
        if found.units == 0:
            self.end_task(found, TASK_DONE)
        self._renew(found.batch)
        return {
            "outcome": OUTCOME_PARTIAL if found.units else OUTCOME_DONE,
            "batch": found.batch.number,
            "order": found.order,
            "stock": stock,
            "left_units": found.units,
            "allocation": picked,
            "location": location,
        }

    def short_task(
        self, worker: int, task: int, found_units: int, handling_unit: int, reason: int
    ) -> Outcome:
        """Confirm what was found of a pick; what is found elsewhere is picked in the same batch."""
        del reason  # journalled, not kept
        found = self._open_task(task)
        batch = found.batch
        self._check_holder(batch, worker)
        refuse_if(found.kind == TASK_MOVE, OUTCOME_WRONG_STATE)
        handling_unit = self._unit_of(found, handling_unit) if found_units else NONE
        refusal = self._pick_refusal(found.order, found.allocation, handling_unit)
        refuse_if(refusal != OUTCOME_DONE, refusal)
        refuse_if(found_units >= found.units, OUTCOME_NOT_FREE)
        last = max(one.tour_position for one in self.live_tasks(batch))
        if found_units:
            self._put_tote(batch, found.slot, handling_unit)
        found.done, found.units = found.done + found_units, 0
        self.end_task(found, TASK_SHORT)
        reply, rebound, picked = self._take_short(found.allocation, found_units, handling_unit)
        first_task = NONE
        for place, row in enumerate(rebound, start=1):
            allocation = self.allocation.rows[row]
            if not self.has_room_for_task(beside=found):
                raise TableFull
            added_task = self.add_task(
                batch,
                TASK_PICK,
                allocation.stock,
                allocation.units,
                order=found.order,
                allocation=row,
                slot=found.slot,
                tour_position=last + place,
            )
            first_task = added_task.number if first_task == NONE else first_task
        self.seen["short_task_adds_several"] += len(rebound) > 1
        self._renew(batch)
        added = {"added_tasks": len(rebound), "first_task": first_task, "allocation": picked}
        return reply | {"batch": batch.number, "order": found.order} | added
