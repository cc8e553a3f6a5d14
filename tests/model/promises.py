"""Model of the commands that promise units, and of the passing of time."""

from __future__ import annotations

from slotline.kernels.columns import (
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_LIVE,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    PROMISE_EXPIRED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    PROMISE_RELEASED,
    STATUS_AVAILABLE,
    STATUS_EXPIRED,
)
from slotline.tests.model.books import Books, Outcome
from slotline.tests.model.tables import OUTSTANDING, Promise


class Promises(Books):
    """Promise, release and tick."""

    def _may_promise(self, item: int, owner: int, units: int, due_us: int) -> int:
        """State of a new promise, or 0 when there is nothing to promise from."""
        pool = (item, owner, STATUS_AVAILABLE)
        self.seen["inactive_item_promised"] += not self.is_active("item", item)
        if self.available(pool) >= units:
            return PROMISE_LIVE
        if due_us > self.time_us and self.atp_at(pool, due_us) >= units:
            self.seen["pegged"] += 1
            return PROMISE_PEGGED
        return 0

    def promise_units(
        self, item: int, owner: int, channel: int, units: int, expires_us: int, due_us: int
    ) -> Outcome:
        """Keep units for a channel until a time, from stock or from supply."""
        pool = (item, owner, STATUS_AVAILABLE)
        refused = {"promise": NONE, "available_units": 0}
        if expires_us <= self.time_us:
            return {"outcome": OUTCOME_NOT_LIVE} | refused
        oldest = self.promise.overwritten()
        if oldest is not None and oldest.state in OUTSTANDING:
            self.seen["promise_ring_full"] += 1
            return {"outcome": OUTCOME_LIMIT} | refused
        state = self._may_promise(item, owner, units, due_us)
        if not state:
            available = self.available(pool)
            return {"outcome": OUTCOME_SHORT, "promise": NONE, "available_units": available}
        self.seen["promise_ring_wraps"] += self.promise.given >= self.promise.capacity
        number = self.promise.given
        made = Promise(number, item, owner, channel, units, state, expires_us, due_us)
        self.promise.add(made)
        self.outstanding.setdefault(pool, {})[number] = made
        return {
            "outcome": OUTCOME_DONE,
            "promise": number,
            "available_units": self.available(pool),
        }

    def release_promise(self, promise: int) -> Outcome:
        """End a promise before its time."""
        found = self.promise.kept.get(promise)
        if found is None:
            return {"outcome": OUTCOME_UNKNOWN, "available_units": 0}
        if found.state not in OUTSTANDING:
            return {"outcome": OUTCOME_NOT_LIVE, "available_units": 0}
        self.seen["peg_released"] += found.state == PROMISE_PEGGED
        self.close_promise(found, PROMISE_RELEASED)
        return {"outcome": OUTCOME_DONE, "available_units": self.available(found.pool)}

    def tick(self) -> Outcome:
        """Expire promises, then stock, each up to a bound."""
        due = [
            promise
            for held in self.outstanding.values()
            for promise in held.values()
            if promise.expires_us <= self.time_us
        ]
        due.sort(key=lambda promise: (promise.expires_us, promise.number))
        self.seen["tick_promises_bound"] += len(due) > self.tick_promises_max
        for promise in due[: self.tick_promises_max]:
            self.seen["peg_expired"] += promise.state == PROMISE_PEGGED
            self.close_promise(promise, PROMISE_EXPIRED)
        expired_promises = min(len(due), self.tick_promises_max)
        self.expired_promises += expired_promises
        rows = [
            row
            for row, stock in self.stock.rows.items()
            if stock.status == STATUS_AVAILABLE
            and stock.expiry_day < self.today
            and self.free(row) > 0
        ]
        rows.sort(key=lambda row: (self.stock.rows[row].expiry_day, row))
        self.seen["tick_rows_bound"] += len(rows) > self.tick_stock_rows_max
        expired_rows, room = 0, self.tick_taken_back_max
        for row in rows[: self.tick_stock_rows_max]:
            pool = self.stock.rows[row].pool
            part, reached = self._part_that_expires(row, room)
            if part == 0:
                break
            room -= reached
            is_whole = part == self.free(row)
            expired = row
            if part < self.stock.rows[row].on_hand:
                self.seen["tick_splits"] += 1
                expired = self.split(row, part)
            self.set_status(expired, STATUS_EXPIRED)
            self.take_back(pool)
            expired_rows += 1
            if not is_whole:
                self.seen["tick_expires_part"] += 1
                break
        self.seen["tick_expires_promise"] += expired_promises > 0
        self.seen["tick_expires_stock"] += bool(rows)
        return {
            "outcome": OUTCOME_DONE,
            "expired_promises": expired_promises,
            "expired_stock_rows": expired_rows,
        }

    def _part_that_expires(self, row: int, room: int) -> tuple[int, int]:
        """Give the free units of a row that a tick can expire, and what that takes back."""
        free, pool = self.free(row), self.stock.rows[row].pool
        missing, reached = free - self.available(pool), 0
        for one in self.given_out(pool) if missing > 0 else []:
            if missing <= 0 or reached == room:
                break
            missing -= one.units
            reached += 1
        return free - max(0, missing), reached
