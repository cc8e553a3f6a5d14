"""Model of the commands that take orders and give them stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    NONE,
    ORDER_CANCELLED,
    ORDER_OPEN,
    ORDER_RELEASED,
    OUTCOME_DONE,
    OUTCOME_DUPLICATE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_LIVE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    PLACEMENT_BINS,
    PLACEMENT_NONE,
    POLICY_ALL_OR_NOTHING,
    POLICY_PARTIAL,
    PROMISE_CONSUMED,
    PROMISE_LIVE,
    STATUS_AVAILABLE,
)
from slotline.tests.model.batches import Batches
from slotline.tests.model.tables import Allocation, Line, Order, Promise

if TYPE_CHECKING:
    from slotline.tests.model.books import Outcome

OrderLine = tuple[int, int, int]
"""Item, units, promise number or -1."""


class Orders(Batches):
    """Accept, allocate, deallocate, cancel and release."""

    def allocations_of(self, order: Order, *states: int) -> list[int]:
        """Allocation rows of an order in given states, in line order, lowest row first."""
        rows = self.allocation.rows
        mine = [row for row in rows if rows[row].order is order and rows[row].state in states]
        return sorted(mine, key=lambda row: (rows[row].line.number, row))

    def _serve(self, order: Order, placement: int) -> tuple[int, int]:
        """Give an order's open lines stock; give the units wanted and the units served.

        Unless the policy is PARTIAL all or none is served.
        """
        wanted = order.open
        to_bins = placement == PLACEMENT_BINS or order.min_life_days > 0
        served = 0
        rows_before = dict(self.allocation.rows)
        used_before, reused_before = self.allocation.used, self.allocation.reused
        for line in order.lines:
            asked = min(line.open, self.takeable(order, line, to_bins=False))
            if asked < line.open and order.policy != POLICY_PARTIAL:
                break
            units = min(asked, self.takeable(order, line, to_bins=to_bins))
            served += units
            if units and to_bins:
                self.bind(order, line, units, NONE, ALLOCATION_BOUND)
            elif units:
                self.add_allocation(Allocation(order, line, NONE, units, ALLOCATION_POOLED))
                line.allocated += units
            if units < asked:
                self.want_more()
                if order.policy != POLICY_PARTIAL:
                    break
        if order.policy != POLICY_PARTIAL and served < wanted:
            self.seen["all_or_none_given_up"] += served > 0
            for row, allocation in self.allocation.rows.items():
                if row not in rows_before:
                    allocation.line.allocated -= allocation.units
            self.allocation.rows = rows_before
            self.allocation.used, self.allocation.reused = used_before, reused_before
            self.reached.clear()
            served = 0
        return wanted, served

    def _named_promises(self, owner: int, wanted: list[OrderLine]) -> list[Promise] | None:
        """Give the promises that lines name, or None when one cannot be used."""
        named: list[Promise] = []
        for item, _, number in wanted:
            if number == NONE:
                continue
            promise = self.promise.kept.get(number)
            if promise is None or promise.state != PROMISE_LIVE or promise in named:
                return None
            in_use = self.items()[item]["active"]
            if promise.pool != (item, owner, STATUS_AVAILABLE) or not in_use:
                return None
            named.append(promise)
        return named

    def _rings_are_full(self, lines: int) -> bool:
        """Whether a new order would overwrite one that is not closed."""
        oldest = self.order.overwritten()
        if oldest is not None and not oldest.closed:
            self.seen["order_ring_full"] += 1
            return True
        open_lines = [
            line.number
            for order in self.order.kept.values()
            if not order.closed
            for line in order.lines
        ]
        end = self._first_line(lines) + lines
        if lines > self.line.capacity or end - min(open_lines, default=end) > self.line.capacity:
            self.seen["line_ring_full"] += 1
            return True
        return False

    def _first_line(self, lines: int) -> int:
        """Give the number of the next order's first line; its lines never wrap round the ring."""
        first, capacity = self.line.given, self.line.capacity
        if first % capacity + lines > capacity:
            return first - first % capacity + capacity
        return first

    def accept(self, wanted: list[OrderLine], placement: int, **given: Any) -> Outcome:
        """Take an order and serve it as its policy says."""
        zeros = [0] * len(wanted)
        for order in self.order.kept.values():
            same = (order.channel, order.code) == (given["channel"], given["code"])
            if same and given["code"]:
                return {"outcome": OUTCOME_DUPLICATE, "order": order.number, "lines": zeros}
        if self._rings_are_full(len(wanted)):
            return {"outcome": OUTCOME_LIMIT, "order": NONE, "lines": zeros}
        named = self._named_promises(given["owner"], wanted)
        if named is None:
            return {"outcome": OUTCOME_NOT_LIVE, "order": NONE, "lines": zeros}
        first = self._first_line(len(wanted))
        lines = [
            Line(first + position, item, given["owner"], units)
            for position, (item, units, _) in enumerate(wanted)
        ]
        order = Order(self.order.given, state=ORDER_OPEN, lines=lines, **given)
        for promise in named:
            promise.state = PROMISE_CONSUMED
            del self.outstanding[promise.pool][promise.number]
        asked, served = order.open, order.open
        if placement != PLACEMENT_NONE:
            asked, served = self._serve(order, placement)
        if served < asked and order.policy == POLICY_ALL_OR_NOTHING:
            for promise in named:
                promise.state = PROMISE_LIVE
                self.outstanding[promise.pool][promise.number] = promise
            self.seen["accept_refused_short"] += 1
            return {"outcome": OUTCOME_SHORT, "order": NONE, "lines": zeros}
        self._keep(order)
        self.seen["promise_consumed"] += bool(named)
        self.seen["accept_partial"] += 0 < served < asked
        return {
            "outcome": _how_far(asked, served),
            "order": order.number,
            "lines": [line.allocated for line in lines],
        }

    def _keep(self, order: Order) -> None:
        self.seen["order_ring_wraps"] += self.order.given >= self.order.capacity
        self.seen["line_ring_wraps"] += self.line.given >= self.line.capacity
        self.order.add(order)
        self.line.skip_to(order.lines[0].number)
        for line in order.lines:
            self.need_pool(line.pool)
            self.line.add(line)

    def _known_order(self, number: int) -> Order | None:
        found = self.order.kept.get(number)
        self.seen["overwritten_order_unknown"] += found is None and number < self.order.given
        return found

    def _find_at_work(self, number: int) -> tuple[Order | None, int]:
        """Give an order that is OPEN or RELEASED, or None and why not."""
        order = self._known_order(number)
        if order is None:
            return None, OUTCOME_UNKNOWN
        if order.state not in (ORDER_OPEN, ORDER_RELEASED):
            return None, OUTCOME_WRONG_STATE
        return order, OUTCOME_DONE

    def allocate(self, order: int, placement: int) -> Outcome:
        """Serve the open units of an order."""
        found, refusal = self._find_at_work(order)
        if found is None:
            return {"outcome": refusal, "allocated_units": 0}
        if found.state == ORDER_RELEASED:
            self.seen["allocate_released"] += 1
            placement = PLACEMENT_BINS
        asked, served = self._serve(found, placement)
        return {"outcome": _how_far(asked, served), "allocated_units": served}

    def _free_unpicked(self, order: Order) -> int:
        rows = self.allocations_of(order, ALLOCATION_POOLED, ALLOCATION_BOUND)
        return sum(self.free_allocation(row) for row in rows)

    def deallocate(self, order: int) -> Outcome:
        """Give back what an order has not picked yet."""
        found, refusal = self._find_at_work(order)
        if found is None:
            return {"outcome": refusal, "freed_units": 0}
        freed = self._free_unpicked(found)
        if found.state == ORDER_RELEASED and not self.allocations_of(
            found, ALLOCATION_PICKED, ALLOCATION_PACKED
        ):
            self.seen["deallocate_reopens"] += 1
            found.state = ORDER_OPEN
        return {"outcome": OUTCOME_DONE, "freed_units": freed}

    def cancel(self, order: int) -> Outcome:
        """End an order that nothing is picked for."""
        found, refusal = self._find_at_work(order)
        if found is None:
            return {"outcome": refusal, "freed_units": 0}
        if self.allocations_of(found, ALLOCATION_PICKED, ALLOCATION_PACKED):
            self.seen["cancel_refused_picked"] += 1
            return {"outcome": OUTCOME_WRONG_STATE, "freed_units": 0}
        freed = self._free_unpicked(found)
        for line in found.lines:
            line.cancelled = line.ordered - line.shipped
            self.seen["cancel_after_shipping"] += line.shipped > 0
        found.state = ORDER_CANCELLED
        return {"outcome": OUTCOME_DONE, "freed_units": freed}

    def _bind_pooled(self, row: int, wave: int) -> int:
        """Turn a pooled allocation into bound ones; give the units that no bin has."""
        pooled = self.allocation.rows[row]
        left = pooled.units
        first = True
        for stock in self.fit_rows(pooled.order, pooled.line.pool):
            taken = min(left, self.free(stock))
            if taken == 0:
                break
            if first:
                pooled.stock, pooled.units = stock, taken
                pooled.state, pooled.wave = ALLOCATION_BOUND, wave
                first = False
            else:
                self.seen["release_splits_allocation"] += 1
                bound = Allocation(pooled.order, pooled.line, stock, taken, ALLOCATION_BOUND, wave)
                self.add_allocation(bound)
            left -= taken
        if left and not first:
            self.want_more()
        pooled.line.allocated -= left
        if first:
            self.allocation.free(row)
        return left

    def release(self, order: int, wave: int) -> Outcome:
        """Send an order to the floor: what was pooled gets its bins."""
        found, refusal = self._find_at_work(order)
        nothing = {"bound_units": 0, "short_units": 0}
        if found is None:
            return {"outcome": refusal} | nothing
        if found.policy != POLICY_PARTIAL and found.open > 0:
            return {"outcome": OUTCOME_SHORT} | nothing
        if not self.allocations_of(found, ALLOCATION_POOLED, ALLOCATION_BOUND):
            return {"outcome": OUTCOME_SHORT} | nothing
        for row in self.allocations_of(found, ALLOCATION_POOLED, ALLOCATION_BOUND):
            self.reach(self.allocation.rows[row])
        short = sum(
            self._bind_pooled(row, wave) for row in self.allocations_of(found, ALLOCATION_POOLED)
        )
        bound = self.allocations_of(found, ALLOCATION_BOUND)
        for row in bound:
            self.allocation.rows[row].wave = wave
        bound_units = sum(self.allocation.rows[row].units for row in bound)
        if bound_units:
            self.seen["release_partial"] += short > 0
            found.state = ORDER_RELEASED
        else:
            self.seen["release_all_short"] += 1
        return {
            "outcome": _how_far(bound_units + short, bound_units),
            "bound_units": bound_units,
            "short_units": short,
        }


def _how_far(asked: int, served: int) -> int:
    """DONE, PARTIAL or SHORT."""
    if served == asked:
        return OUTCOME_DONE
    return OUTCOME_PARTIAL if served else OUTCOME_SHORT
