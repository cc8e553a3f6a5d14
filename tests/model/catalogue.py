"""Model of the commands that put rows into the catalogue."""

from __future__ import annotations

from typing import Any

from slotline.kernels.columns import (
    BATCH_CLAIMED,
    BATCH_PAUSED,
    LOAD_DEPARTED,
    LOAD_EXPECTED,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_WRONG_STATE,
    STATUS_AVAILABLE,
    UNIT_DEPARTED,
    UNIT_EMPTY,
    WAVE_PLANNED,
)
from slotline.tests.model.books import Books, Outcome, Row
from slotline.tests.model.tables import TableFull


class Catalogue(Books):
    """Names, items, places, units, purchase lines, and who and what work is done with."""

    def _row_of(self, table: str, *key: Any) -> int:
        return self.row_of_key.get((table, *key), NONE)

    def _append(self, table: str, key: tuple[Any, ...], content: Row) -> Outcome:
        try:
            row = self.register[table].add(content)
        except TableFull:
            self.seen["catalogue_full"] += 1
            return {"outcome": OUTCOME_LIMIT, table: NONE}
        self.row_of_key[(table, *key)] = row
        return {"outcome": OUTCOME_DONE, table: row}

    def _wrong(self, table: str) -> Outcome:
        self.seen[f"put_{table}_wrong_state"] += 1
        return {"outcome": OUTCOME_WRONG_STATE, table: NONE}

    def _change(self, table: str, row: int, content: Row, *, epoch: bool = False) -> Outcome:
        """Overwrite the given fields; the rest of the row stays."""
        before = self.register[table].rows[row]
        changed = any(before[name] != value for name, value in content.items())
        before.update(content)
        if changed and epoch:
            self.seen["epoch_raised"] += 1
            self.catalogue_epoch += 1
        return {"outcome": OUTCOME_DONE, table: row}

    def put_name(self, kind: int, code: str) -> Outcome:
        """Name a client, channel, reason or zone."""
        row = self._row_of("name", kind, code)
        if row != NONE:
            return {"outcome": OUTCOME_DONE, "name": row}
        return self._append("name", (kind, code), {"kind": kind, "code": code})

    def put_item(self, client: int, code: str, **content: int) -> Outcome:
        """Add an item or change it; its rotation only while no stock depends on it."""
        row = self._row_of("item", client, code)
        if row == NONE:
            content |= {"received_units": 0, "shipped_units": 0, "adjusted_units": 0}
            fresh = {"client": client, "code": code} | content
            made = self._append("item", (client, code), fresh)
            if made["outcome"] == OUTCOME_DONE:
                self.need_pool((made["item"], client, STATUS_AVAILABLE))
            return made
        turned = self.items()[row]["rotation"] != content["rotation"]
        if turned and any(stock.item == row for stock in self.stock.rows.values()):
            return self._wrong("item")
        return self._change("item", row, content, epoch=True)

    def put_pack(self, item: int, level: int, **content: int) -> Outcome:
        """Add a pack version or change it."""
        row = self._row_of("pack", item, level)
        if row == NONE:
            return self._append("pack", (item, level), {"item": item, "level": level} | content)
        return self._change("pack", row, content, epoch=True)

    def put_alias(self, code: str, client: int, **content: int) -> Outcome:
        """Add another code of an item or change what it means."""
        row = self._row_of("alias", client, code)
        if row == NONE:
            key = (client, code)
            return self._append("alias", key, {"client": client, "code": code} | content)
        return self._change("alias", row, content, epoch=True)

    def put_lot(self, item: int, owner: int, code: str, expiry_day: int) -> Outcome:
        """Add a lot or change its expiry, while nothing of it is there."""
        row = self._row_of("lot", item, owner, code)
        content = {"item": item, "owner": owner, "code": code, "expiry_day": expiry_day}
        if row == NONE:
            return self._append("lot", (item, owner, code), content)
        other = self.register["lot"].rows[row]["expiry_day"] != expiry_day
        if other and any(stock.lot == row for stock in self.stock.rows.values()):
            return self._wrong("lot")
        return self._change("lot", row, content)

    def put_location(self, code: str, **content: int) -> Outcome:
        """Add a location or change it."""
        row = self._row_of("location", code)
        if row == NONE:
            return self._append("location", (code,), {"code": code} | content)
        return self._change("location", row, content)

    def put_handling_unit(self, code: str, kind: int, parent: int, location: int) -> Outcome:
        """Add a handling unit somewhere, or change the kind of one."""
        row = self._row_of("handling_unit", code)
        if row != NONE:
            before = self.register["handling_unit"].rows[row]
            if before["state"] == UNIT_DEPARTED and before["kind"] != kind:
                return self._wrong("handling_unit")
            return self._change("handling_unit", row, {"kind": kind})
        if self.is_shut(parent):
            return self._wrong("handling_unit")
        content = {"code": code, "kind": kind, "state": UNIT_EMPTY}
        content |= {"parent": parent, "location": location}
        return self._append("handling_unit", (code,), content)

    def put_purchase_line(
        self, code: str, line_number: int, item: int, owner: int, **content: int
    ) -> Outcome:
        """Add a purchase line or change when, how much and for what price."""
        row = self._row_of("purchase_line", code, line_number)
        if row == NONE:
            content |= {"item": item, "owner": owner, "received_units": 0}
            key = (code, line_number)
            fresh = {"code": code, "line_number": line_number} | content
            made = self._append("purchase_line", key, fresh)
            if made["outcome"] == OUTCOME_DONE:
                self.need_pool((item, owner, STATUS_AVAILABLE))
            return made
        before = self.register["purchase_line"].rows[row]
        if (before["item"], before["owner"]) != (item, owner):
            return self._wrong("purchase_line")
        self.seen["purchase_line_slips"] += before["due_us"] < content["due_us"]
        return self._change("purchase_line", row, content)

    def put_worker(self, code: str, **content: int) -> Outcome:
        """Add a worker or change one; nobody with work in hand goes out of use."""
        row = self._row_of("worker", code)
        if row == NONE:
            return self._append("worker", (code,), {"code": code} | content)
        in_hand = (BATCH_CLAIMED, BATCH_PAUSED)
        if not content["active"] and any(
            batch.worker == row and batch.state in in_hand for batch in self.batch.kept.values()
        ):
            return self._wrong("worker")
        return self._change("worker", row, content)

    def put_cart(self, code: str, **content: int) -> Outcome:
        """Add a cart or change one that no batch has."""
        row = self._row_of("cart", code)
        if row == NONE:
            return self._append("cart", (code,), {"code": code} | content)
        before = self.register["cart"].rows[row]
        changed = any(before[name] != value for name, value in content.items())
        if changed and any(batch.cart == row for batch in self.batch.kept.values()):
            return self._wrong("cart")
        return self._change("cart", row, content)

    def put_wave(self, code: str, cutoff_us: int) -> Outcome:
        """Add a wave or change its cutoff."""
        row = self._row_of("wave", code)
        content = {"cutoff_us": cutoff_us}
        if row == NONE:
            return self._append("wave", (code,), {"code": code, "state": WAVE_PLANNED} | content)
        return self._change("wave", row, content)

    def put_load(self, code: str, **content: int) -> Outcome:
        """Add a load or change one that has not departed."""
        row = self._row_of("load", code)
        if row == NONE:
            fresh = {"code": code, "door": NONE, "seal": "", "state": LOAD_EXPECTED} | content
            return self._append("load", (code,), fresh)
        before = self.register["load"].rows[row]
        changed = any(before[name] != value for name, value in content.items())
        if changed and before["state"] == LOAD_DEPARTED:
            return self._wrong("load")
        return self._change("load", row, content)
