"""Verify a data directory: files, chain, records, books, and what clients were told."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...engine.schema import COMMANDS, Counter
from ...kernels.columns import (
    PROMISE_BROKEN,
    PROMISE_CONSUMED,
    PROMISE_EXPIRED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    PROMISE_RELEASED,
)
from .acks import AckBook, read_acks
from .books import COUNTER, ITEM, ORDER, POOL, PROMISE, STOCK, Books, net_units
from .files import DataFolder, Identity, read_identity
from .frames import FLAG_EPOCH, Frame, Walk
from .keys import KeyBook
from .lives import Answers, OtherRingError, check_lives
from .records import Record, RecordFault, read_records
from .snapshots import Replica, Snapshot, list_snapshots
from .stretch import Rings, Stretch
from .verdict import Findings, Place, Verdict, conclude
from .work import BATCH, TASK, check_work_lives, work_findings

if TYPE_CHECKING:
    from collections.abc import Callable

_PROMISE_NAMES = {
    PROMISE_LIVE: "live",
    PROMISE_PEGGED: "pegged",
    PROMISE_RELEASED: "released",
    PROMISE_EXPIRED: "expired",
    PROMISE_CONSUMED: "consumed",
    PROMISE_BROKEN: "broken",
}
_RING_GUESSES_MAX = 10
_WORK_FAULTS_MAX = 20


def verify(
    folder: Path,
    *,
    acks: Path | None = None,
    progress: Callable[[float], None] | None = None,
    rings: Rings | None = None,
) -> Verdict:
    """Verify a data directory from its bytes alone.

    Nothing is written or locked. Beside a running server the answer is best effort: what the server
    does meanwhile (a group half written, a segment trimmed) may look like damage; the verdict's
    notes say when a server held the directory.

    Parameters
    ----------
    folder : Path
        The data directory.
    acks : Path or None
        Log of what clients were told, see `acks.py`.
    progress : callable or None
        Told the share that is done, 0 to 1.
    rings : Rings or None
        Rows of the rings when the store was opened with others than the defaults. They are not
        stored; a wrong guess is noticed at the first number that lies elsewhere, and corrected.

    Returns
    -------
    Verdict
        Damage of any kind is a fault in it, never an exception.

    Raises
    ------
    StoreMismatch
        There is no such directory, or it cannot be read.
    """
    given = rings = rings or Rings()
    for _ in range(_RING_GUESSES_MAX):
        try:
            return Verification(Path(folder), acks, progress, rings).run()
        except OtherRingError as error:
            if error.rows <= 0 or error.rows == getattr(rings, error.table):
                break
            rings = rings._replace(**{error.table: error.rows})
    return Verification(Path(folder), acks, progress, given, are_rings_sure=True).run()


class Verification:
    """One verification; parameters as in `verify`.

    `are_rings_sure` makes a number in another row than its own a fault, not another guess.
    """

    def __init__(
        self,
        folder: Path,
        acks: Path | None,
        progress: Callable[[float], None] | None,
        rings: Rings,
        *,
        are_rings_sure: bool = False,
    ) -> None:
        self._findings = Findings()
        self._folder = DataFolder(folder, self._findings)
        self._was_in_use = self._folder.is_in_use()
        self._identity: Identity = read_identity(self._folder, self._findings)
        self._snapshots = list_snapshots(self._folder, self._identity.store_id, self._findings)
        self._walk = Walk(
            self._folder,
            self._identity.store_id,
            self._findings,
            watched=frozenset(snapshot.first for snapshot in self._snapshots),
            progress=progress,
        )
        told = read_acks(acks, self._findings) if acks is not None else []
        self._acks = AckBook(told, self._findings, acks.name if acks is not None else "")
        self._has_acks = acks is not None
        self._keys = KeyBook(self._findings)
        self._books = Books(self._findings, rings, are_rings_sure=are_rings_sure)
        self._replicas: list[Replica] = []
        self._waiting = list(self._snapshots)
        self._check_from = 0
        self._stretch = Stretch()
        self._answers = Answers()
        self._are_books_open = True
        self._sequence = 0
        self._time_us = 0
        self._records = self._orders = self._lines = 0
        self._commands = np.zeros(len(COMMANDS), np.int64)

    def run(self) -> Verdict:
        """Walk the journal, then close the books."""
        is_begun = False
        for frame in self._walk:
            if not is_begun:
                self._begin(frame)
                is_begun = True
            if self._are_books_open and not self._walk.is_complete:
                self._flush()
                self._close_books(self._sequence, "frames are lost or damaged behind it")
            if frame.header.flags & FLAG_EPOCH:
                self._check_epoch_frame(frame)
            else:
                self._read(frame)
        self._flush()
        self._load_replicas()
        if self._are_books_open:
            self._finish_books()
        self._check_snapshots()
        self._keys.check_once()
        self._acks.finish()
        if self._was_in_use or self._folder.is_in_use():
            self._findings.note(
                "a server holds this directory: the answer is best effort, repeat it when stopped"
            )
        return self._verdict()

    # -- reading ------------------------------------------------------------------------------

    def _begin(self, frame: Frame) -> None:
        """Start from nothing, or from a snapshot when the oldest segments were moved away."""
        first = self._walk.first_sequence
        self._sequence = first - 1
        if first == 1:
            self._load_replicas()
            return
        self._books.is_checking = False
        bases = [snapshot for snapshot in self._snapshots if snapshot.first >= first - 1]
        if not bases:
            place = Place(frame.file, frame.offset, first)
            self._findings.fault(
                "journal", place, f"history from sequence {first} on and no snapshot", "sequence 1"
            )
            self._close_books(first - 1, "nothing tells the state before it")
        self._load_replicas()

    def _load_replicas(self) -> None:
        """Load the snapshots that begin at the sequence just reached."""
        while self._waiting and self._waiting[0].first <= self._sequence:
            snapshot = self._waiting.pop(0)
            replica = Replica(snapshot)
            if snapshot.first < self._sequence or not replica.load(self._folder, self._findings):
                continue
            if not self._replicas and self._walk.first_sequence > 1:
                self._start_from(replica)
                self._start_checking()
            self._replicas.append(replica)

    def _start_from(self, replica: Replica) -> None:
        books = self._books
        for own, other in zip(books.tables, replica.tables, strict=True):
            own.replace(other.data)
        self._check_from = replica.snapshot.last
        self._findings.note(
            f"books begin at sequence {self._check_from}, from {replica.snapshot.name}: the "
            "history before is not in this directory"
        )

    def _start_checking(self) -> None:
        if not self._books.is_checking and self._sequence >= self._check_from > 0:
            self._books.is_checking = True
            self._books.rebase()

    def _check_epoch_frame(self, frame: Frame) -> None:
        header = frame.header
        if header.payload_bytes or header.record_count:
            place = Place(frame.file, frame.offset, header.first_sequence)
            found = f"{header.record_count} records in an epoch frame"
            self._findings.fault("journal", place, found, "none")

    def _read(self, frame: Frame) -> None:
        place = Place(frame.file, frame.offset, frame.header.first_sequence)
        count, sequence = 0, frame.header.first_sequence - 1
        try:
            for record in read_records(frame.payload):
                count += 1
                if record.first_sequence != sequence + 1:
                    found = f"a record of sequence {record.first_sequence}"
                    self._findings.fault("records", place, found, f"sequence {sequence + 1}")
                if record.time_us != frame.header.time_us:
                    found = f"a record of {record.time_us} us"
                    expected = f"{frame.header.time_us} us, the frame's"
                    self._findings.fault("time", place, found, expected)
                sequence = record.last_sequence
                self._take(record, place._replace(sequence=record.first_sequence))
        except RecordFault as error:
            self._findings.fault("records", place, error.found, error.expected)
            self._flush()
            self._close_books(sequence, "a record behind it cannot be read")
        if (count, sequence) != (frame.header.record_count, frame.header.last_sequence):
            expected = f"{frame.header.record_count} up to {frame.header.last_sequence}"
            found = f"{count} records up to sequence {sequence}"
            self._findings.fault("records", place, found, expected)

    def _take(self, record: Record, place: Place) -> None:
        self._records += 1
        self._commands[record.kind] += record.command_count
        if record.time_us < self._time_us:
            self._findings.fault("time", place, f"{record.time_us} us", f"{self._time_us} or later")
        self._time_us = max(self._time_us, record.time_us)
        self._keys.add(record, place)
        self._acks.see(record, place)
        self._sequence = record.last_sequence
        if not self._are_books_open:
            return
        self._answers.add(len(self._stretch.places), record)
        size = sum(len(part.images) for part in record.images) + 100 * record.command_count
        self._stretch.add(record, place, size + 50 * record.line_count)
        waits = self._waiting and record.last_sequence >= self._waiting[0].first
        starts = not self._books.is_checking and record.last_sequence >= self._check_from > 0
        if self._stretch.is_full or waits or starts:
            self._flush()
            self._load_replicas()
            self._start_checking()

    # -- books --------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Check and apply the stretch gathered so far."""
        stretch, answers = self._stretch, self._answers
        self._stretch, self._answers = Stretch(), Answers()
        if not stretch.places or not self._are_books_open:
            return
        books = self._books
        accepts = stretch.accepts()
        images = [stretch.images()]
        if accepts is not None:
            if not accepts.is_sound:
                found = "stored orders that do not fit their commands and answers"
                expected = "lines and units that add up"
                first = stretch.places[0]
                self._findings.fault("records", first, found, expected)
                self._close_books(first.sequence - 1, "a record behind it contradicts itself")
                return
            images.append(accepts.images(books.rings))
            orders, lines = accepts.stored
            self._orders += orders
            self._lines += lines
        if not books.is_checking and not self._check_from:
            return  # a state to write to comes with the first snapshot
        if not books.enter(stretch, images):
            self._close_books(stretch.places[0].sequence - 1, "a row behind it is no row")
            return
        if books.is_checking:
            answers.check(books, stretch)
            if accepts is not None:
                accepts.check_answers(stretch.places, self._findings)
            check_lives(books, accepts)
            check_work_lives(books)
        for replica in self._replicas:
            replica.apply(books.writes)
        books.close()

    def _close_books(self, sequence: int, reason: str) -> None:
        if self._are_books_open:
            self._are_books_open = False
            self._findings.note(f"books were checked up to sequence {sequence}: {reason}")

    def _finish_books(self) -> None:
        """Add everything up once more from the rows alone, with no help of running sums."""
        books = self._books
        if not books.is_checking:
            return
        items, stock = books.tables[ITEM].data, books.tables[STOCK].data
        on_hand = np.zeros(items.size, np.int64)
        held = np.flatnonzero(stock["on_hand_units"])
        held = held[(stock["item"][held] >= 0) & (stock["item"][held] < items.size)]
        np.add.at(on_hand, stock["item"][held], stock["on_hand_units"][held])
        place = Place("", -1, self._sequence)
        for row in np.flatnonzero(on_hand != net_units(items))[:20].tolist():
            found = f"item {row} with {on_hand[row]} units on hand at the end"
            self._findings.fault("conservation", place, found, f"{net_units(items)[row]}")
        allocated, available = books.totals()
        oversold = np.flatnonzero(allocated > stock["on_hand_units"])
        for row in oversold[:20].tolist():
            found = f"stock row {row} with {allocated[row]} units allocated at the end"
            self._findings.fault("oversell", place, found, f"{stock['on_hand_units'][row]} on hand")
        for row in np.flatnonzero(available < 0)[:20].tolist():
            found = f"pool {row} with {available[row]} units available at the end"
            self._findings.fault("availability", place, found, "0 or more")
        self._check_codes(place)
        for found, expected in islice(work_findings(books), _WORK_FAULTS_MAX):
            self._findings.fault("work", place, found, expected)
        for replica in self._replicas:
            replica.compare(books.tables, self._findings)

    def _check_codes(self, place: Place) -> None:
        """No order code of a channel twice among the orders that are kept."""
        orders = self._books.tables[ORDER].data
        orders = orders[orders["code"] != b""]
        pairs, counts = np.unique(orders[["channel", "code"]], return_counts=True)
        for pair in pairs[counts > 1][:20].tolist():
            found = f"order code {pair[1]!r} of channel {pair[0]} twice"
            self._findings.fault("orders", place, found, "once")

    def _check_snapshots(self) -> None:
        for replica in self._replicas:
            if self._walk.is_complete and self._walk.first_sequence == 1:
                replica.compare_keys(self._keys, self._findings)
        for snapshot in self._snapshots:
            self._check_snapshot(snapshot)

    def _check_snapshot(self, snapshot: Snapshot) -> None:
        place = Place(snapshot.name, -1, snapshot.first)
        if snapshot.last > self._walk.sequence:
            found = f"records up to sequence {self._walk.sequence}"
            self._findings.fault("snapshots", place, found, f"up to {snapshot.last}")
        chains = self._walk.digests.get(snapshot.first, set())
        begins = snapshot.first == self._walk.first_sequence - 1 or snapshot.first == 0
        if self._walk.is_complete and not begins and snapshot.chain not in chains:
            found = f"no frame that ends at its sequence with chain {snapshot.chain.hex()[:16]}"
            self._findings.fault("snapshots", place, found, "a frame of this journal")

    # -- verdict ------------------------------------------------------------------------------

    def _verdict(self) -> Verdict:
        counts = self._counts()
        details = self._details(counts)
        return conclude(
            self._findings,
            details,
            counts,
            folder=str(self._folder.path),
            store_id=self._identity.store_id.hex(),
            site=self._identity.site,
        )

    def _counts(self) -> dict[str, Any]:
        books, walk = self._books, self._walk
        items = books.tables[ITEM].data
        promises = books.tables[PROMISE].data["state"]
        states = np.bincount(promises, minlength=256)
        epoch = int(books.tables[COUNTER].data["value"][Counter.CATALOGUE_EPOCH])
        return {
            "segments": walk.segments,
            "archived_segments": walk.archived,
            "frames": walk.frames,
            "epochs": walk.epochs,
            "records": self._records,
            "first_sequence": walk.first_sequence,
            "last_sequence": walk.sequence,
            "catalogue_epoch": epoch,
            "commands": {
                command.name: int(count)
                for command, count in zip(COMMANDS, self._commands, strict=True)
                if count
            },
            "orders": self._orders,
            "lines": self._lines,
            "received_units": int(items["received_units"].sum()),
            "shipped_units": int(items["shipped_units"].sum()),
            "adjusted_units": int(items["adjusted_units"].sum()),
            "on_hand_units": int(books.tables[STOCK].data["on_hand_units"].sum(dtype=np.int64)),
            "promises": {
                name: int(states[state]) for state, name in _PROMISE_NAMES.items() if states[state]
            },
            "keys": self._keys.count,
            "snapshots": len(self._snapshots),
            "acks": self._acks.checked,
        }

    def _details(self, counts: dict[str, Any]) -> dict[str, str]:
        books = self._books
        records = f"{counts['records']:,} records"
        span = f"sequences {counts['first_sequence']:,} to {counts['last_sequence']:,}"
        sign = "-" if counts["adjusted_units"] < 0 else "+"
        units = (
            f"{counts['received_units']:,} received - {counts['shipped_units']:,} shipped {sign} "
            f"{abs(counts['adjusted_units']):,} adjusted = {counts['on_hand_units']:,} on hand"
        )
        stocked = np.count_nonzero(books.tables[STOCK].data["on_hand_units"])
        oversell = (
            f"allocated never more than on hand in any stock row; at the end {stocked:,} rows with "
            f"{counts['on_hand_units']:,} on hand, {int(books.allocated_units.sum()):,} allocated"
        )
        availability = (
            f"on hand - allocated - promised never below 0 in any of {books.count(POOL):,} pools; "
            f"at the end {int(books.available_units.sum()):,} units left in all"
        )
        details = {
            "store": f"store {self._identity.store_id.hex()}, site {self._identity.site}",
            "head": f"the journal reaches sequence {counts['last_sequence']:,}",
            "journal": f"{counts['frames']:,} frames in {counts['segments']} segments, {span}",
            "archive": f"{counts['archived_segments']} archived segments",
            "snapshots": f"{counts['snapshots']} snapshots, {len(self._replicas)} replayed",
            "records": records,
            "keys": f"{counts['keys']:,} keys",
            "time": records,
            "catalogue": f"epoch {counts['catalogue_epoch']:,}",
            "conservation": units,
            "oversell": oversell,
            "availability": availability,
            "lines": f"{counts['lines']:,} order lines",
            "orders": f"{counts['orders']:,} orders",
            "promises": f"{books.count(PROMISE):,} promises",
            "work": f"{books.count(BATCH):,} batches, {books.count(TASK):,} tasks",
            "receipts": f"{counts['received_units']:,} units",
            "shipments": f"{counts['shipped_units']:,} units",
            "outcomes": f"{sum(counts['commands'].values()):,} commands",
        }
        if self._has_acks:
            details["acknowledged"] = f"{counts['acks']:,} acknowledgements"
        return details
