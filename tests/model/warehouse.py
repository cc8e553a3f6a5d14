"""The command set a second time: plain objects, slow and obvious.

It follows `docs/commands.md` sentence by sentence and shares nothing with the engine but the names
of the schema and the numbers of the codes. Sums are made anew whenever they are needed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from slotline.engine import limits
from slotline.engine.schema import COMMAND_NUMBER, COMMANDS, NAME_KINDS, Command
from slotline.kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    BATCH_CLAIMED,
    BATCH_OPEN,
    LOAD_AT_DOOR,
    NONE,
    ORDER_CANCELLED,
    ORDER_OPEN,
    ORDER_PACKED,
    ORDER_SHIPPED,
    OUTCOME_LIMIT,
    STATUS_AVAILABLE,
    TASK_PICK,
    UNIT_LOADED,
    WAVE_DONE,
)
from slotline.tests.model.catalogue import Catalogue
from slotline.tests.model.loads import Loads
from slotline.tests.model.promises import Promises
from slotline.tests.model.tables import (
    OUTSTANDING,
    CallRefused,
    PoolKey,
    ReachedTooFar,
    Refused,
    TableFull,
)
from slotline.tests.model.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slotline.tests.model.books import Outcome

Columns = dict[str, list[Any]]

PLACED = ("receive", "move", "move_handling_unit", "put_handling_unit")
"""Commands that put something into exactly one place."""

REACHING = {*limits.UNBOUNDED_KINDS, "accept", "receive", "release_hold"}
"""Commands that may touch any number of allocations or promises."""

COUNTS = ("dropped_tasks", "added_tasks", "totes", "orders")
"""Outcome columns that count something and so are 0 when nothing happened."""


class Warehouse(Catalogue, Promises, Work, Loads):
    """A warehouse that obeys commands.

    Parameters
    ----------
    capacity : Capacity
        Rows per table.
    """

    # -- commands --------------------------------------------------------------------------------

    def apply(
        self,
        kind: str,
        columns: Mapping[str, Sequence[Any]],
        lines: Mapping[str, Sequence[Any]] | None,
        time_us: int,
    ) -> list[Outcome]:
        """Obey a batch of commands of one kind, in order.

        Parameters
        ----------
        kind : str
            Name of the command.
        columns, lines : mapping of str to list
            One value per command (per line), or a single value for all.
        time_us : int
            Time of the batch; one that is before an earlier batch's counts as that one's.

        Returns
        -------
        list of dict
            Outcome columns by name for each command; `accept` also has `lines`, the units that
            each line was given.

        Raises
        ------
        CallRefused
            A ref names a row that does not exist. Nothing has changed.
        """
        command = COMMANDS[COMMAND_NUMBER[kind]]
        rows = _as_rows(columns)
        self._check_refs(command, rows)
        self._check_values(kind, rows)
        details: list[list[dict[str, Any]]] = [[] for _ in rows]
        if command.has_lines:
            counts = [row.pop("line_count") for row in rows]
            flat = _as_rows(lines or {}, sum(counts))
            assert len(flat) == sum(counts)
            self._check_refs(command, flat)
            for position, count in enumerate(counts):
                start = sum(counts[:position])
                details[position] = flat[start : start + count]
        self.time_us = max(self.time_us, time_us)
        together = limits.ACCEPT_REACH_MAX if kind == "accept" else limits.RUN_REACH_MAX
        outcomes: list[Outcome] = []
        for row, detail in zip(rows, details, strict=True):
            self.reached = {}
            room = min(limits.COMMAND_REACH_MAX, together)
            self.reach_room = room if kind in REACHING else None
            try:
                outcomes.append(self._obey(kind, row, detail))
            except ReachedTooFar:
                # The message is full: what is left of it is not looked at.
                rest = details[len(outcomes) :]
                return outcomes + [_refusal(kind, OUTCOME_LIMIT, len(one)) for one in rest]
            together -= len(self.reached)
        return outcomes

    def _check_refs(self, command: Command, rows: list[dict[str, Any]]) -> None:
        for field in (*command.fields, *command.line_fields):
            if not field.refers:
                continue
            counted = self.row_count(field.refers)
            low = NONE if field.optional else 0
            for row in rows:
                if field.name not in row:
                    continue
                known = low <= row[field.name] < counted
                if known and field.refers == "name" and row[field.name] != NONE:
                    kind = self.register["name"].rows[row[field.name]]["kind"]
                    known = kind == NAME_KINDS[field.name]
                if not known:
                    raise CallRefused(f"{command.name}.{field.name} {row[field.name]}")

    def _check_values(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Refuse calls that mean nothing: no code, two places or none, a change by nothing."""
        new_codes = set()
        for row in rows:
            if kind.startswith("put_") and row.get("code") == "":
                raise CallRefused(f"{kind}: no code")
            if kind == "adjust" and row["delta_units"] == 0:
                raise CallRefused("adjust by nothing")
            above = row.get("parent", row.get("handling_unit"))
            placeless = kind in PLACED and (row["location"] == NONE) == (above == NONE)
            if kind == "put_handling_unit":
                known = ("handling_unit", row["code"]) in self.row_of_key
                placeless = placeless and not known and row["code"] not in new_codes
                new_codes.add(row["code"])
            if placeless:
                raise CallRefused(f"{kind}: not exactly one place")

    def row_count(self, table: str) -> int:
        """Rows of a table that were ever used."""
        if table == "stock":
            return self.stock.used
        return len(self.register[table].rows)

    def _obey(self, kind: str, row: dict[str, Any], detail: list[dict[str, Any]]) -> Outcome:
        # Copying the state is slow, so only where a table may run full half-way.
        undo = self.save() if self._is_nearly_full(len(detail)) else None
        if kind == "accept":
            row["wanted"] = [(one["item"], one["units"], one["promise"]) for one in detail]
        name = {"promise": "promise_units"}.get(kind, kind)
        method: Callable[..., Outcome] = getattr(self, name)
        try:
            outcome = method(**row)
        except Refused as refused:
            outcome = _refusal(kind, refused.outcome, len(detail))
        except TableFull as error:
            assert undo, "a table that seemed large enough was not"
            room = self.reach_room
            undo()
            self.seen["reached_too_far" if isinstance(error, ReachedTooFar) else "table_full"] += 1
            is_message_full = room is not None and room < limits.COMMAND_REACH_MAX
            if kind == "accept" and isinstance(error, ReachedTooFar) and is_message_full:
                raise
            self.reached = {}
            outcome = _refusal(kind, OUTCOME_LIMIT, len(detail))
        self.seen[f"{kind}:{outcome['outcome']}"] += 1
        return outcome

    def _is_nearly_full(self, lines: int) -> bool:
        stock, allocations = len(self.stock.rows), len(self.allocation.rows)
        units = len(self.register["handling_unit"].rows)
        needs = 2 * stock + allocations + lines + units + 2
        outstanding = sum(len(held) for held in self.outstanding.values())
        reaching = self.reach_room is not None
        live = len(self.live_tasks())
        return (
            (self.reach_room is not None and self.reach_room < needs + outstanding + live)
            or (reaching and live > 0 and self.task.given + needs > self.task.capacity)
            or self.stock.capacity - stock < needs
            or self.allocation.capacity - allocations < needs
            or self.receipts.capacity - len(self.receipts.rows) < 1
            or self.pool_keys.capacity - len(self.pool_keys.rows) < needs
        )

    def tick(self) -> Outcome:
        """Let time pass: promises, stock and leases end, each up to a bound."""
        outcome = super().tick()
        self.take_leases()
        return outcome

    # -- views -----------------------------------------------------------------------------------

    def stock_rows(self) -> dict[int, tuple[int, ...]]:
        """Rows in use as (item, pool, lot, pack, location, handling unit, receipt, ...).

        The last four are expiry day, on hand, allocated and time of receipt.
        """
        return {
            row: (
                stock.item,
                self.pool_keys.rows.index(stock.pool),
                stock.lot,
                stock.pack,
                stock.location,
                stock.handling_unit,
                stock.receipt,
                stock.expiry_day,
                stock.on_hand,
                self.allocated(row),
                stock.received_us,
            )
            for row, stock in sorted(self.stock.rows.items())
        }

    def allocations(self) -> dict[int, tuple[int, ...]]:
        """Rows in use as (order number, line number, stock, units, state, wave)."""
        return {
            row: (one.order.number, one.line.number, one.stock, one.units, one.state, one.wave)
            for row, one in sorted(self.allocation.rows.items())
        }

    def orders(self) -> dict[int, tuple[Any, ...]]:
        """Orders in the ring by number, as (reference, channel, owner, priority, policy, ...).

        The rest is state, minimum life, departure, line count and code.
        """
        return {
            number: (
                order.reference,
                order.channel,
                order.owner,
                order.priority,
                order.policy,
                order.state,
                order.min_life_days,
                order.departure_us,
                len(order.lines),
                order.code,
            )
            for number, order in self.order.kept.items()
        }

    def lines(self) -> dict[tuple[int, int], tuple[int, ...]]:
        """Lines by (order number, position), as (item, ordered, allocated, shipped, cancelled).

        Left out are lines that the ring has overwritten.
        """
        return {
            (number, position): (
                line.item,
                line.ordered,
                line.allocated,
                line.shipped,
                line.cancelled,
            )
            for number, order in self.order.kept.items()
            for position, line in enumerate(order.lines)
            if line.number in self.line.kept
        }

    def promises(self) -> dict[int, tuple[int, ...]]:
        """Promises in the ring by number, as (item, owner, channel, units, state, expires, due)."""
        return {
            number: (
                promise.item,
                promise.owner,
                promise.channel,
                promise.units,
                promise.state,
                promise.expires_us,
                promise.due_us,
            )
            for number, promise in self.promise.kept.items()
        }

    def pools(self) -> dict[int, int]:
        """Available units by pool row."""
        return {row: self.available(pool) for row, pool in enumerate(self.pool_keys.rows)}

    def available_units(self) -> dict[PoolKey, int]:
        """Available units by item, owner and status."""
        return {pool: self.available(pool) for pool in self.pool_keys.rows}

    @property
    def counters(self) -> dict[str, int]:
        """Scalars of the site and, per table, the rows ever used (rings: numbers given)."""
        counted = {name: len(table.rows) for name, table in self.register.items()}
        return counted | {
            "catalogue_epoch": self.catalogue_epoch,
            "time_us": self.time_us,
            "receipt": len(self.receipts.rows),
            "pool": len(self.pool_keys.rows),
            "stock": self.stock.used,
            "allocation": self.allocation.used,
            "promise": self.promise.given,
            "order": self.order.given,
            "line": self.line.given,
            "batch": self.batch.given,
            "task": self.task.given,
            "cart_tote": len(self.totes.rows),
        }

    # -- invariants ------------------------------------------------------------------------------

    def check(self) -> None:
        """Assert what must hold whatever the commands were."""
        on_hand: Counter[int] = Counter()
        for row, stock in self.stock.rows.items():
            on_hand[stock.item] += stock.on_hand
            assert stock.on_hand > 0
            assert 0 <= self.allocated(row) <= stock.on_hand
            assert stock.status == STATUS_AVAILABLE or self.allocated(row) == 0
            assert stock.pool in self.pool_keys.rows
        for item, kept in enumerate(self.items()):
            booked = kept["received_units"] - kept["shipped_units"] + kept["adjusted_units"]
            assert booked == on_hand[item]
        for pool, available in self.available_units().items():
            assert available >= 0, pool
        self._check_promises()
        self._check_orders()
        self._check_work()

    def _check_promises(self) -> None:
        ring = {
            promise.number: promise
            for promise in self.promise.kept.values()
            if promise.state in OUTSTANDING
        }
        indexed = {
            number: one for held in self.outstanding.values() for number, one in held.items()
        }
        assert indexed == ring

    def _check_orders(self) -> None:
        units: Counter[int] = Counter()
        states: dict[int, set[int]] = {}
        for allocation in self.allocation.rows.values():
            assert self.order.kept[allocation.order.number] is allocation.order
            assert self.line.kept[allocation.line.number] is allocation.line
            assert allocation.units > 0
            assert (allocation.state == ALLOCATION_POOLED) == (allocation.stock == NONE)
            if allocation.on_a_row:
                assert self.stock.rows[allocation.stock].pool == allocation.line.pool
            units[allocation.line.number] += allocation.units
            states.setdefault(allocation.order.number, set()).add(allocation.state)
        for number, order in self.order.kept.items():
            held = states.get(number, set())
            assert not (order.state == ORDER_OPEN and held - {ALLOCATION_POOLED, ALLOCATION_BOUND})
            if order.state == ORDER_PACKED:
                assert not held & {ALLOCATION_POOLED, ALLOCATION_BOUND, ALLOCATION_PICKED}
            assert not (order.closed and held)
            if order.state in (ORDER_SHIPPED, ORDER_CANCELLED):
                assert order.open == 0
            for line in order.lines:
                assert line.allocated == (0 if order.closed else units[line.number])
                assert min(line.open, line.allocated, line.shipped, line.cancelled) >= 0

    def _check_work(self) -> None:
        waiting: Counter[int] = Counter()
        for task in self.live_tasks():
            assert self.batch.kept[task.batch.number] is task.batch
            assert not task.batch.ended
            assert task.units > 0
            assert task.stock in self.stock.rows
            if task.kind != TASK_PICK:
                continue
            waiting[task.allocation] += 1
            allocation = self.allocation.rows[task.allocation]
            assert (allocation.state, allocation.units) == (ALLOCATION_BOUND, task.units)
            assert (allocation.order.number, allocation.stock) == (task.order, task.stock)
        assert set(waiting.values()) <= {1}
        batches = self.batch.kept.values()
        holders = Counter(batch.worker for batch in batches if batch.state == BATCH_CLAIMED)
        assert set(holders.values()) <= {1}
        carts = Counter(batch.cart for batch in batches if batch.cart != NONE)
        assert set(carts.values()) <= {1}
        for batch in batches:
            assert not (batch.ended and (self.totes_of(batch) or batch.cart != NONE))
            if batch.wave != NONE and self.register["wave"].rows[batch.wave]["state"] == WAVE_DONE:
                assert batch.ended or batch.state == BATCH_OPEN
        for unit in range(len(self.register["handling_unit"].rows)):
            if self.unit(unit)["state"] == UNIT_LOADED:
                on = self.register["load_unit"].rows[self.row_of_key["load_unit", unit]]["load"]
                assert on != NONE
                assert self.register["load"].rows[on]["state"] == LOAD_AT_DOOR


def _as_rows(
    columns: Mapping[str, Sequence[Any]], count: int | None = None
) -> list[dict[str, Any]]:
    """Turn columns into one dict per command; a single value stands for all."""
    if count is None:
        count = max((len(values) for values in columns.values()), default=1)
    return [
        {
            name: values[0] if len(values) == 1 else values[position]
            for name, values in columns.items()
        }
        for position in range(count)
    ]


def _refusal(kind: str, outcome: int, lines: int) -> Outcome:
    """Reply to a command that changed nothing: no rows, no numbers, no units."""
    reply: Outcome = {
        field.name: 0 if field.name.endswith("_units") or field.name in COUNTS else NONE
        for field in COMMANDS[COMMAND_NUMBER[kind]].outcome
    }
    reply["outcome"] = outcome
    if kind == "accept":
        reply["lines"] = [0] * lines
    return reply
