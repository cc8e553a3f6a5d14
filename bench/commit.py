"""Group commit: the journal's appends beside bare writes and syncs of the same bytes.

The bare side does what any program must do to get the same bytes into the same files: it writes
the same vectors of buffers at the same 64-byte steps through segment files that were zero-filled by
the journal's own function, syncs, and writes a slot of 512 bytes to either page of a head file in
turn. It makes no checksum, hash or header, never syncs the head and never rolls over. Both sides
take turns in short slices, so that a busy moment of the disk meets both; a slice ends before the
journal has used up its spare segments, because refilling them is the work of another thread.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Final

from slotline.engine.frame import HEADER_BYTES, frame_bytes
from slotline.engine.head import HEAD_BYTES, SLOT_BYTES, SLOT_STRIDE_BYTES
from slotline.engine.journal import Journal
from slotline.engine.segments import HEADER_PAGE_BYTES, SEGMENT_BYTES
from slotline.engine.spares import SPARE_COUNT_MAX
from slotline.engine.store import FileStore

from .ours import Measure, Plan

SIZES: Final = (200, 1_700, 17_000, 170_000, 1_000_000)
GOAL: Final = 0.9
_SLICES: Final = 8


class _Bare:
    """Writes and syncs along zero-filled files."""

    def __init__(self, folder: Path, payload: bytes) -> None:
        store = FileStore(folder)
        # As many as the journal writes in turn: one in use and the spares.
        self._files = [
            store.create_zeroed(str(number), SEGMENT_BYTES) for number in range(SPARE_COUNT_MAX + 1)
        ]
        self._head = store.create_zeroed("head", HEAD_BYTES)
        padding = bytes(-len(payload) & 63)
        self._buffers = (secrets.token_bytes(HEADER_BYTES), payload, padding)
        self._step = HEADER_BYTES + len(payload) + len(padding)
        self._at, self._offset = 0, HEADER_PAGE_BYTES

    def run(self, seconds: float, groups_max: int) -> tuple[int, float]:
        """Write for a while; give the count and the time."""
        buffers, step, count = self._buffers, self._step, 0
        head, slot = self._head.descriptor, secrets.token_bytes(SLOT_BYTES)
        start = now = time.perf_counter()
        while now - start < seconds and count < groups_max:
            if self._offset + step > SEGMENT_BYTES:
                self._at, self._offset = (self._at + 1) % len(self._files), HEADER_PAGE_BYTES
            file = self._files[self._at].descriptor
            os.pwritev(file, buffers, self._offset)
            os.fdatasync(file)
            os.pwrite(head, slot, (count & 1) * SLOT_STRIDE_BYTES)
            self._offset += step
            count += 1
            now = time.perf_counter()
        return count, now - start

    def close(self) -> None:
        """Close the files."""
        for file in (*self._files, self._head):
            file.close()


class _Appends:
    """Appends to a journal, which uses its segments again."""

    def __init__(self, folder: Path, payload: bytes) -> None:
        self._journal = Journal.create(
            FileStore(folder), "bench", store_id=secrets.token_bytes(16), created_us=1
        )
        self._payload = payload
        self._time_us = 1
        # Whole segments, so that there are as many spares as the journal keeps.
        filler = bytes(self._journal.payload_bytes_max)
        for sequence in range(1, SPARE_COUNT_MAX + 2):
            self._journal.append((filler,), sequence, sequence, 1, self._time_us)
        self.tidy()

    def run(self, seconds: float, groups_max: int) -> tuple[int, float]:
        """Append for a while; give the count and the time."""
        append, buffers, count = self._journal.append, (self._payload,), 0
        sequence = self._journal.durable_sequence
        start = now = time.perf_counter()
        while now - start < seconds and count < groups_max:
            sequence += 1
            append(buffers, sequence, sequence, 1, self._time_us)
            count += 1
            now = time.perf_counter()
        return count, now - start

    def tidy(self) -> None:
        """Archive and free what is full; this is the work of other threads in a service."""
        self._journal.archive_sealed()
        self._journal.trim(self._journal.durable_sequence)
        os.sync()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def measure_commit(plan: Plan) -> list[Measure]:
    """Measure group commit at five sizes of group.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Part of the bare rate, one a size.
    """
    return [_measure_size(plan, size) for size in SIZES]


def _measure_size(plan: Plan, size: int) -> Measure:
    plan.report(f"group commit: {size:,} bytes")
    payload = secrets.token_bytes(size)
    with tempfile.TemporaryDirectory(prefix="commit-", dir=plan.directory) as parent:
        totals = _take_turns(Path(parent), payload, plan.of(2.0, 0.4))
    rates = {name: count / elapsed_s for name, (count, elapsed_s) in totals.items()}
    return Measure(
        "group commit",
        f"{size:,} bytes, part of bare write + fdatasync",
        rates["journal"] / rates["bare"],
        "x",
        GOAL,
        peer=f"{rates['journal']:,.0f}/s against bare {rates['bare']:,.0f}/s",
        extra={"groups_s": rates["journal"], "bare_s": rates["bare"]},
    )


def _take_turns(folder: Path, payload: bytes, seconds: float) -> dict[str, list[float]]:
    """Run both sides in turns; give count and seconds of each."""
    bare, appends = _Bare(folder / "bare", payload), _Appends(folder / "journal", payload)
    totals = {"bare": [0.0, 0.0], "journal": [0.0, 0.0]}
    groups_max = SPARE_COUNT_MAX * (SEGMENT_BYTES - HEADER_PAGE_BYTES) // frame_bytes(len(payload))
    # A B B A: a drift of the disk's speed falls on both alike.
    turns = [("bare", bare.run), ("journal", appends.run)]
    try:
        while totals["bare"][1] < seconds:
            for name, run in turns:
                count, elapsed_s = run(seconds / _SLICES, groups_max)
                totals[name][0] += count
                totals[name][1] += elapsed_s
            turns.reverse()
            appends.tidy()
    finally:
        bare.close()
        appends.close()
    return totals
