"""The books: what must hold between the tables after every record, checked a stretch at a time.

Each law is a sum that must not change, or must not fall below zero. The writes of a stretch are
turned into changes keyed by (row, step); summing them by key checks the law after each record for
all rows that the record touched, and a row that is not touched cannot break it.

- conservation: per item, change of on hand = change of received - shipped + adjusted
- oversell: per stock row, units BOUND, PICKED and PACKED <= on hand
- availability: per pool, free units - POOLED - LIVE promises >= 0
- lines: per line, change of allocated units = change of its allocation rows
- receipts, shipments: per item, received units are receipts', shipped units are lines'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...engine.schema import TABLE_NUMBER, TABLES, Counter
from ...kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_FREE,
    ALLOCATION_PACKED,
    ALLOCATION_POOLED,
    PROMISE_LIVE,
    STATUS_AVAILABLE,
)
from .tables import (
    STEP_BITS,
    AsOf,
    Table,
    Writes,
    group_sum,
    grown,
    running_sum,
)

if TYPE_CHECKING:
    from .stretch import Images, Rings, Stretch
    from .verdict import Findings, Place

COUNTER = TABLE_NUMBER["counter"]
ITEM = TABLE_NUMBER["item"]
POOL = TABLE_NUMBER["pool"]
STOCK = TABLE_NUMBER["stock"]
RECEIPT = TABLE_NUMBER["receipt"]
PURCHASE_LINE = TABLE_NUMBER["purchase_line"]
PROMISE = TABLE_NUMBER["promise"]
ORDER = TABLE_NUMBER["order"]
LINE = TABLE_NUMBER["line"]
ALLOCATION = TABLE_NUMBER["allocation"]

FAULTS_PER_STRETCH_MAX = 20

_Changes = tuple[list[np.ndarray], list[np.ndarray]]


def net_units(items: np.ndarray) -> np.ndarray:
    """Give received - shipped + adjusted of item rows, int64."""
    result: np.ndarray = items["received_units"] - items["shipped_units"] + items["adjusted_units"]
    return result


def bound_units(rows: np.ndarray) -> np.ndarray:
    """Give the units of allocation rows that lie in a stock row, else 0; int64."""
    state = rows["state"]
    is_bound = (state >= ALLOCATION_BOUND) & (state <= ALLOCATION_PACKED)
    return np.where(is_bound, rows["units"], 0).astype(np.int64)


def pooled_units(rows: np.ndarray) -> np.ndarray:
    """Give the units of allocation rows that are POOLED, else 0; int64."""
    return np.where(rows["state"] == ALLOCATION_POOLED, rows["units"], 0).astype(np.int64)


def live_units(rows: np.ndarray) -> np.ndarray:
    """Give the units of promise rows that are LIVE, else 0; int64."""
    return np.where(rows["state"] == PROMISE_LIVE, rows["units"], 0).astype(np.int64)


class Books:
    """All tables, and the running sums of the laws.

    Parameters
    ----------
    findings : Findings
        Gets each broken law.
    rings : Rings
        Rows of the rings.
    are_rings_sure : bool
        Whether a number in another row than its own is a fault, not a sign of another ring.

    Attributes
    ----------
    tables : list of Table
        By number.
    is_checking : bool
        False while only writes are applied, as for the fuzzy part of a snapshot.
    allocated_units, available_units : ndarray of int64
        Per stock row, and per pool.
    times_us : ndarray of int64
        Time of each step of the entered stretch.
    """

    def __init__(self, findings: Findings, rings: Rings, *, are_rings_sure: bool) -> None:
        self._findings = findings
        self.rings = rings
        self.are_rings_sure = are_rings_sure
        self.tables = [Table(number) for number in range(len(TABLES))]
        self.is_checking = True
        self.allocated_units = np.zeros(1024, np.int64)
        self.available_units = np.zeros(1024, np.int64)
        self.writes: dict[int, Writes] = {}
        self._pool_keys = np.empty(0, np.int64)
        self._pool_rows = np.empty(0, np.int64)
        self._places: list[Place] = []
        self.times_us = np.empty(0, np.int64)

    def count(self, table: int) -> int:
        """Give the rows or numbers ever given of a table, as its counter says."""
        return int(self.tables[COUNTER].data["value"][Counter.COUNT_BASE + table])

    def enter(self, stretch: Stretch, images: list[dict[int, Images]]) -> bool:
        """Arrange a stretch's writes and check the laws; the tables stay until `close`.

        Returns
        -------
        bool
            False when rows are beyond reason: the stretch cannot be entered.
        """
        self._places = stretch.places
        self.times_us = np.array(stretch.times_us, np.int64)
        gathered: dict[int, list[tuple[Images, bool]]] = {}
        for is_new, source in enumerate(images):
            for table, part in source.items():
                gathered.setdefault(table, []).append((part, bool(is_new)))
        self.writes = {}
        for table, parts in gathered.items():
            rows = np.concatenate([part.rows for part, _ in parts])
            if not rows.size:
                continue
            limit = self.tables[table].row_limit(rows.size)
            wild = rows[(rows < 0) | (rows >= limit)]
            if wild.size:
                found = f"row {int(wild[0])} of table {TABLES[table].name}"
                expected = f"rows in turn, below {limit}"
                self._findings.fault("records", self._places[0], found, expected)
                return False
            self.tables[table].reserve(int(rows.max()) + 1)
            self.writes[table] = self.tables[table].arrange(
                rows,
                np.concatenate([part.steps for part, _ in parts]),
                np.concatenate([part.images for part, _ in parts]),
                np.concatenate([np.full(part.rows.size, new) for part, new in parts]),
            )
        self._learn_pools(self.writes.get(POOL))
        if self.is_checking:
            self._check_conservation()
            self._check_lines()
            self._check_receipts()
            self._check_stock_and_pools()
        return True

    def close(self) -> None:
        """Apply the entered writes."""
        for table, writes in self.writes.items():
            self.tables[table].apply(writes)
        self.writes = {}

    def rebase(self) -> None:
        """Recompute the running sums and the pools' keys from the tables as they are."""
        self._pool_keys = np.empty(0, np.int64)
        self._pool_rows = np.empty(0, np.int64)
        count = self.count(POOL)
        pools = self.tables[POOL].data[:count]
        self._add_pools(np.arange(count, dtype=np.int64), pools)
        self.allocated_units, self.available_units = self.totals()

    def totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Give allocated units per stock row and available units per pool, from the rows alone."""
        stock, allocation = self.tables[STOCK].data, self.tables[ALLOCATION].data
        allocated = np.zeros(stock.size, np.int64)
        bound = bound_units(allocation)
        rows = np.flatnonzero(bound)
        inside = rows[(allocation["stock"][rows] >= 0) & (allocation["stock"][rows] < stock.size)]
        np.add.at(allocated, allocation["stock"][inside], bound[inside])
        available = np.zeros(self.tables[POOL].data.size, np.int64)
        free = stock["on_hand_units"].astype(np.int64) - allocated
        held = np.flatnonzero((stock["pool"] >= 0) & (stock["on_hand_units"] > 0))
        held = held[stock["pool"][held] < available.size]
        np.add.at(available, stock["pool"][held], free[held])
        pooled = pooled_units(allocation)
        rows = np.flatnonzero(pooled)
        pools = self._pool_of_lines(allocation["line"][rows].astype(np.int64), None)
        np.subtract.at(available, pools[pools >= 0], pooled[rows][pools >= 0])
        promise = self.tables[PROMISE].data
        live = live_units(promise)
        rows = np.flatnonzero(live)
        rows = rows[(promise["pool"][rows] >= 0) & (promise["pool"][rows] < available.size)]
        np.subtract.at(available, promise["pool"][rows], live[rows])
        return allocated, available

    # -- pools --------------------------------------------------------------------------------

    def _learn_pools(self, writes: Writes | None) -> None:
        if writes is None:
            return
        known = self._pool_rows
        again = np.isin(writes.rows, known) & (writes.before != writes.after)
        self.report("availability", writes.steps, again, "a pool that changed", "pools as made")
        new = ~np.isin(writes.rows, known)
        self._add_pools(writes.rows[new], writes.after[new])

    def _add_pools(self, rows: np.ndarray, pools: np.ndarray) -> None:
        chosen = pools["status"] == STATUS_AVAILABLE
        keys = (pools["item"].astype(np.int64) << STEP_BITS) | pools["owner"]
        keys = np.append(self._pool_keys, keys[chosen])
        found = np.append(self._pool_rows, rows[chosen])
        order = np.argsort(keys, kind="stable")
        self._pool_keys, self._pool_rows = keys[order], found[order]

    def _pool_of_lines(self, lines: np.ndarray, steps: np.ndarray | None) -> np.ndarray:
        """Give the AVAILABLE pool of lines' item and owner after given steps, -1 for none."""
        steps = np.zeros(lines.size, np.int64) if steps is None else steps
        line = AsOf(self.tables[LINE], self.writes.get(LINE), lines, steps)
        orders = line["order"].astype(np.int64)
        order = AsOf(self.tables[ORDER], self.writes.get(ORDER), orders, steps)
        keys = (line["item"].astype(np.int64) << STEP_BITS) | order["owner"]
        if not self._pool_keys.size:
            return np.full(lines.size, -1, np.int64)
        found = np.minimum(np.searchsorted(self._pool_keys, keys), self._pool_keys.size - 1)
        is_known = (self._pool_keys[found] == keys) & line.exists & order.exists
        return np.where(is_known, self._pool_rows[found], -1)

    # -- laws ---------------------------------------------------------------------------------

    def _check_conservation(self) -> None:
        keys: list[np.ndarray] = []
        values: list[np.ndarray] = []
        items, stock = self.writes.get(ITEM), self.writes.get(STOCK)
        if items is not None:
            keys.append(items.keys)
            values.append(net_units(items.before) - net_units(items.after))
        if stock is not None:
            for side, sign in ((stock.before, -1), (stock.after, 1)):
                units = side["on_hand_units"].astype(np.int64)
                held = units != 0
                keys.append(_key(side["item"][held], stock.steps[held]))
                values.append(sign * units[held])
        found, sums = group_sum(keys, values)
        self._report_sums("conservation", "item", found, sums, "on hand against its books")

    def _check_lines(self) -> None:
        keys: list[np.ndarray] = []
        values: list[np.ndarray] = []
        lines, allocations = self.writes.get(LINE), self.writes.get(ALLOCATION)
        if lines is not None:
            keys.append(lines.keys)
            change = lines.before["allocated_units"].astype(np.int64)
            values.append(change - lines.after["allocated_units"])
            parts = ("allocated_units", "shipped_units", "cancelled_units")
            used = np.zeros(lines.rows.size, np.int64)
            wrong = lines.after["ordered_units"] <= 0
            for name in parts:
                used += lines.after[name]
                wrong |= lines.after[name] < 0
            wrong |= used > lines.after["ordered_units"]
            expected = "allocated, shipped and cancelled units within those ordered"
            self.report("lines", lines.steps, wrong, "a line with more", expected, lines.rows)
        if allocations is not None:
            for side, sign in ((allocations.before, -1), (allocations.after, 1)):
                units = np.where(side["state"] != ALLOCATION_FREE, side["units"], 0)
                used_rows = units != 0
                keys.append(_key(side["line"][used_rows], allocations.steps[used_rows]))
                values.append(sign * units[used_rows].astype(np.int64))
        found, sums = group_sum(keys, values)
        self._report_sums("lines", "line", found, sums, "in its allocation rows")

    def _check_receipts(self) -> None:
        items, lines = self.writes.get(ITEM), self.writes.get(LINE)
        receipts, purchases = self.writes.get(RECEIPT), self.writes.get(PURCHASE_LINE)
        received: _Changes = ([], [])
        shipped: _Changes = ([], [])
        bought: _Changes = ([], [])
        if items is not None:
            for changes, name in ((received, "received_units"), (shipped, "shipped_units")):
                changes[0].append(items.keys)
                changes[1].append(items.before[name] - items.after[name])
        if receipts is not None:
            units = receipts.after["units"].astype(np.int64) - receipts.before["units"]
            received[0].append(_key(receipts.after["item"], receipts.steps))
            received[1].append(units)
            ordered = receipts.after["purchase_line"] >= 0
            bought[0].append(_key(receipts.after["purchase_line"], receipts.steps)[ordered])
            bought[1].append(units[ordered])
        if purchases is not None:
            bought[0].append(purchases.keys)
            change = purchases.before["received_units"].astype(np.int64)
            bought[1].append(change - purchases.after["received_units"])
        if lines is not None:
            before = np.where(lines.is_new, 0, lines.before["shipped_units"]).astype(np.int64)
            shipped[0].append(_key(lines.after["item"], lines.steps))
            shipped[1].append(lines.after["shipped_units"] - before)
        found, sums = group_sum(*received)
        self._report_sums("receipts", "item", found, sums, "in receipts against received units")
        found, sums = group_sum(*bought)
        self._report_sums("receipts", "purchase line", found, sums, "in receipts against its own")
        found, sums = group_sum(*shipped)
        self._report_sums("shipments", "item", found, sums, "of lines against units shipped")

    def _check_stock_and_pools(self) -> None:
        """No stock row is oversold, and no pool promised beyond what is free."""
        stock, allocations = self.writes.get(STOCK), self.writes.get(ALLOCATION)
        keys: list[np.ndarray] = []
        values: list[np.ndarray] = []
        if stock is not None:
            keys.append(stock.keys)
            values.append(np.zeros(stock.keys.size, np.int64))
        if allocations is not None:
            for side, sign in ((allocations.before, -1), (allocations.after, 1)):
                units = bound_units(side)
                placed = units != 0
                keys.append(_key(side["stock"][placed], allocations.steps[placed]))
                values.append(sign * units[placed])
        found, sums = group_sum(keys, values)
        self.allocated_units = grown(self.allocated_units, self.tables[STOCK].data.size)
        inside = (found >= 0) & ((found >> STEP_BITS) < self.allocated_units.size)
        steps = found & ((1 << STEP_BITS) - 1)
        self.report("oversell", steps, ~inside, "units of no stock row", "a row of the table")
        found, sums = found[inside], sums[inside]
        rows, steps = found >> STEP_BITS, steps[inside]
        allocated = running_sum(found, sums, self.allocated_units)
        now = AsOf(self.tables[STOCK], stock, rows, steps)
        on_hand = now["on_hand_units"].astype(np.int64)
        wrong = (allocated > on_hand) | (allocated < 0)
        texts = ("allocated beyond on hand", "allocated units of 0 to on hand")
        self.report("oversell", steps, wrong, *texts, rows, allocated, on_hand)
        then = AsOf(self.tables[STOCK], stock, rows, steps - 1)
        earlier = then["on_hand_units"].astype(np.int64) - (allocated - sums)
        self._check_pools(
            [_key(then["pool"], steps), _key(now["pool"], steps)],
            [-earlier, on_hand - allocated],
        )
        self.allocated_units[rows] = allocated

    def _check_pools(self, keys: list[np.ndarray], values: list[np.ndarray]) -> None:
        promises, allocations = self.writes.get(PROMISE), self.writes.get(ALLOCATION)
        for side, sign in (("before", 1), ("after", -1)):
            if promises is not None:
                image = getattr(promises, side)
                units = live_units(image)
                keys.append(_key(image["pool"], promises.steps))
                values.append(sign * units)
            if allocations is not None:
                image = getattr(allocations, side)
                units = pooled_units(image)
                rows = np.flatnonzero(units)
                steps = allocations.steps[rows]
                pools = self._pool_of_lines(image["line"][rows].astype(np.int64), steps)
                keys.append(_key(pools, steps))
                values.append(sign * units[rows])
        keys = [key[value != 0] for key, value in zip(keys, values, strict=True)]
        values = [value[value != 0] for value in values]
        found, sums = group_sum(keys, values)
        self.available_units = grown(self.available_units, self.tables[POOL].data.size)
        inside = (found >= 0) & ((found >> STEP_BITS) < self.available_units.size)
        steps = found & ((1 << STEP_BITS) - 1)
        self.report("availability", steps, ~inside, "units of no pool", "a row of the table")
        found, sums, steps = found[inside], sums[inside], steps[inside]
        rows = found >> STEP_BITS
        available = running_sum(found, sums, self.available_units)
        texts = ("available units of a pool", "0 or more")
        self.report("availability", steps, available < 0, *texts, rows, available)
        self.available_units[rows] = available

    # -- reporting ----------------------------------------------------------------------------

    def place(self, step: int) -> Place:
        """Give the place of a step's record."""
        return self._places[step]

    def report(
        self,
        check: str,
        steps: np.ndarray,
        wrong: np.ndarray,
        found: str,
        expected: str,
        rows: np.ndarray | None = None,
        *numbers: np.ndarray,
    ) -> None:
        """Add a fault for each place of `wrong`, at most `FAULTS_PER_STRETCH_MAX`.

        Parameters
        ----------
        check, found, expected : str
            Texts.
        steps : ndarray of int64, shape (N,)
            Step of each place.
        wrong : ndarray of bool, shape (N,)
            Where the law is broken.
        rows, numbers : ndarray, shape (N,)
            Told with what was found.
        """
        places = np.flatnonzero(wrong)
        for at in places[np.argsort(steps[places], kind="stable")][:FAULTS_PER_STRETCH_MAX]:
            text = found if rows is None else f"{found}: row {int(rows[at])}"
            text += "".join(f", {int(number[at])}" for number in numbers)
            self._findings.fault(check, self._places[int(steps[at])], text, expected)

    def _report_sums(
        self, check: str, what: str, keys: np.ndarray, sums: np.ndarray, rest: str
    ) -> None:
        wrong = np.flatnonzero(sums)
        steps = keys & ((1 << STEP_BITS) - 1)
        for at in wrong[np.argsort(steps[wrong], kind="stable")][:FAULTS_PER_STRETCH_MAX]:
            self._findings.fault(
                check,
                self._places[int(steps[at])],
                f"{what} {int(keys[at] >> STEP_BITS)} off by {int(sums[at])} units {rest}",
                "a difference of 0",
            )


def _key(rows: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Join row and step into a key; a row of -1 gives a negative key."""
    result: np.ndarray = (rows.astype(np.int64) << STEP_BITS) | steps
    return result
