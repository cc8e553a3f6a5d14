"""Crash the real journal code at every disk operation, and refuse every one of them.

For each operation of a scripted life (creation, groups, roll-over, archive, trim, reuse,
reopening) the disk is rebuilt as a power cut would leave it, recovered by `Journal.open`, and
compared with what was acknowledged. Each planted bug must make the same harness complain.
"""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from slotline.engine import failpoints, writer
from slotline.engine.errors import (
    InvalidRequest,
    JournalCorrupt,
    JournalFailed,
    SlotlineError,
    StoreMismatch,
)
from slotline.engine.frame import frame_bytes
from slotline.engine.journal import Journal
from slotline.engine.store import FileStore
from slotline.tests.simulation.recording_store import Disk, Fault, Operation, RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slotline.engine.frame import Buffer
    from slotline.engine.journal import Detect
    from slotline.tests.simulation.recording_store import Choice

STORE_ID = bytes(range(16))
SEGMENT_BYTES = 8192
SIZES = (0, 1, 63, 64, 65, 200, 500, 900, 1500)


class Violation(AssertionError):
    """The journal broke its promise."""


@dataclass
class Life:
    """What was submitted and acknowledged, and when, in one run of the script."""

    store: RecordingStore
    detect: Detect = "lag"
    is_created_at: int = 1 << 60
    payloads: dict[int, bytes] = field(default_factory=dict)
    groups: list[tuple[int, int]] = field(default_factory=list)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)

    def submit(self, journal: Journal, rng: random.Random) -> None:
        """Append one random group."""
        first = journal.durable_sequence + 1
        last = first + rng.choice((0, 0, 1, 6))
        payload = rng.randbytes(rng.choice(SIZES))
        self.payloads[first] = payload
        self.groups = [group for group in self.groups if group[0] < first] + [(first, last)]
        cut = rng.randint(0, len(payload))
        buffers: list[Buffer] = [payload[:cut], memoryview(payload)[cut:]]
        journal.append(buffers, first, last, last - first + 1, 1000 + first)
        self.acknowledged.append((len(self.store.log), last))

    def acknowledged_before(self, operations: int) -> int:
        """Return the last sequence acknowledged within so many operations."""
        return max((last for at, last in self.acknowledged if at <= operations), default=0)


def open_again(life: Life, store: RecordingStore) -> Journal:
    """Recover a store as the next process would."""
    return Journal.open(
        store,
        time_us=9,
        segment_bytes=SEGMENT_BYTES,
        detect=life.detect,
    )


def live(life: Life, seed: int, groups: int) -> None:
    """Run the script on the store of `life`: two epochs with roll-over, archive and reuse."""
    rng = random.Random(seed)
    journal = Journal.create(
        life.store, "SIM", store_id=STORE_ID, created_us=5, segment_bytes=SEGMENT_BYTES,
        detect=life.detect,
    )  # fmt: skip
    life.is_created_at = min(life.is_created_at, len(life.store.log))
    for number in range(groups):
        life.submit(journal, rng)
        if rng.random() < 0.1:
            journal.idle()
        if rng.random() < 0.15:
            journal.archive_sealed()
        if rng.random() < 0.15:
            journal.trim(rng.randint(0, journal.durable_sequence))
        if number == groups // 2:
            journal.close()
            journal = open_again(life, life.store)
    journal.archive_sealed()
    journal.trim(journal.durable_sequence)
    life.submit(journal, rng)


def check(life: Life, image: dict[str, bytes], operations: int, *, deep: bool = False) -> None:
    """Recover an image and compare it with what was acknowledged by then."""
    store = RecordingStore.from_image(image)
    try:
        journal = open_again(life, store)
    except StoreMismatch as error:
        if operations >= life.is_created_at:
            raise Violation(f"store gone after operation {operations}: {error}") from error
        Journal.create(
            store, "SIM", store_id=STORE_ID, created_us=5, segment_bytes=SEGMENT_BYTES
        ).close()
        return
    except SlotlineError as error:
        raise Violation(f"operation {operations}: refused to open: {error}") from error
    recovered = compare(life, journal, life.acknowledged_before(operations))
    if deep:
        # Life goes on after a crash: append, die, recover again.
        journal.append([b"after"], recovered + 1, recovered + 1, 1, 1)
        store.unlock()
        try:
            again = open_again(life, store)
        except SlotlineError as error:
            raise Violation(f"operation {operations}: second open refused: {error}") from error
        if again.durable_sequence != recovered + 1:
            raise Violation(f"operation {operations}: the group after recovery is lost")
        check_frame(again, recovered + 1, b"after")


def check_frame(journal: Journal, sequence: int, payload: bytes) -> None:
    """Find one group and compare its payload."""
    found = bytes(journal.find(sequence).payload)
    if found != payload:
        raise Violation(f"sequence {sequence} reads as {found[:20]!r}")


def compare(life: Life, journal: Journal, acknowledged: int) -> int:
    """Compare every recovered group with the submitted one; return the last sequence."""
    last = 0
    try:
        for frame in journal.read_from(1):
            expected = life.payloads.get(frame.first_sequence)
            if frame.first_sequence != last + 1 or expected is None or frame.payload != expected:
                raise Violation(f"group {frame.first_sequence} after {last} was not submitted")
            last = frame.last_sequence
    except JournalCorrupt as error:
        raise Violation(f"unreadable after recovery: {error}") from error
    if last != journal.durable_sequence or last < acknowledged:
        raise Violation(
            f"recovered {last} of {journal.durable_sequence}, acknowledged {acknowledged}"
        )
    return last


def keep_some(chosen: list[bool]) -> Choice:
    """Choose pending operations by their row."""
    return lambda row, _operation: chosen[row]


def tear(torn: Operation, point: int, *, rest: bool) -> Choice:
    """Choose the first `point` bytes of one write, and all or none of the rest."""
    return lambda _row, operation: point if operation is torn else rest


def images(disk: Disk, rng: random.Random, newest: Operation | None) -> Iterator[dict[str, bytes]]:
    """Yield the ways in which a power cut may leave the disk now."""
    yield disk.image(lambda _row, _operation: False)
    if not disk.pending:
        return
    yield disk.image(lambda _row, _operation: True)
    if len(disk.pending) > 1:
        for _ in range(2):
            yield disk.image(keep_some([rng.random() < 0.5 for _ in disk.pending]))
    if newest is None or newest.kind != "write":
        return
    size = len(newest.content)
    points = {1, 63, 64, 127, 128, 130, size // 2, size - 1, rng.randrange(size + 1)}
    for point in sorted(point for point in points if 0 < point < size):
        yield disk.image(tear(newest, point, rest=True))
        yield disk.image(tear(newest, point, rest=False))


def crash_everywhere(life: Life, seed: int, *, start: dict[str, bytes] | None = None) -> int:
    """Check every image of every moment of a life; return how many."""
    rng = random.Random(seed)
    disk = Disk(start or {})
    count = 0
    for done, operation in enumerate([None, *life.store.log]):
        if operation is not None:
            disk.step(operation)
        for image in images(disk, rng, operation):
            check(life, image, done, deep=count % 3 == 0)
            count += 1
    return count


@pytest.fixture(autouse=True)
def _both_ways_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the small groups of the script take the way of large ones from 300 bytes on."""
    monkeypatch.setattr(writer, "JOIN_BYTES_MAX", 300)
    monkeypatch.setattr(writer, "START_WRITE_BYTES_MIN", 700)


@pytest.fixture(autouse=True)
def _nothing_planted() -> Iterator[None]:
    """Leave no planted bug behind."""
    yield
    failpoints.plant()


@pytest.mark.parametrize("detect", ["lag", "full"])
def test_a_power_cut_at_any_operation_loses_no_acknowledged_group(detect: Detect) -> None:
    """Every operation, with none, all, some or a torn part of the unsynced ones."""
    total = 0
    for seed in range(3):
        life = Life(RecordingStore(), detect)
        live(life, seed, groups=36)
        names = life.store.names_to_inodes
        assert sum(name.endswith(".frames") for name in names) >= 3
        assert any(o.kind == "rename" and "spare" in o.target for o in life.store.log), (
            "no segment was reused"
        )
        total += crash_everywhere(life, seed)
    print(f"crash images checked ({detect}): {total}")
    assert total > 3000


def test_a_power_cut_during_recovery_loses_nothing() -> None:
    """Recovery itself is cut at each of its operations, from torn and whole images."""
    life = Life(RecordingStore())
    live(life, 7, groups=14)
    rng = random.Random(7)
    disk = Disk({})
    count = 0
    for done, operation in enumerate([None, *life.store.log]):
        if operation is not None:
            disk.step(operation)
        if done < life.is_created_at:
            continue
        choices = list(images(disk, rng, operation))
        for image in rng.sample(choices, min(2, len(choices))):
            store = RecordingStore.from_image(image)
            open_again(life, store)
            second = Disk(image)
            for step in [None, *store.log]:
                if step is not None:
                    second.step(step)
                for cut in images(second, rng, step):
                    check(life, cut, done)
                    count += 1
    print(f"crash images checked during recovery: {count}")
    assert count > 2000


@pytest.mark.parametrize("is_sticky", [False, True], ids=["once", "sticky"])
@pytest.mark.parametrize("kind", ["EIO", "ENOSPC", "short"])
def test_a_refused_operation_stops_all_acknowledgements(kind: str, is_sticky: bool) -> None:
    """Every operation refused in turn: no acknowledgement after it, restart has the prefix."""
    whole = Life(RecordingStore())
    live(whole, 3, groups=24)
    total = whole.store.attempts
    for at in range(total):
        life = Life(RecordingStore(fault=Fault(at, kind, is_sticky)))
        with pytest.raises(JournalFailed):
            live(life, 3, groups=24)
        assert life.store.fault is not None
        assert life.store.fault.is_hit
        acknowledged = life.acknowledged_before(1 << 60)
        life.store.fault = None
        life.store.is_locked = False
        restart_and_cut(life, acknowledged)
    print(f"operations refused ({kind}, sticky {is_sticky}): {total}")


def restart_and_cut(life: Life, acknowledged: int) -> None:
    """Recover on the running machine, which may show what the disk lacks, then cut the power."""
    try:
        journal = open_again(life, life.store)
    except StoreMismatch:
        assert acknowledged == 0
        return
    recovered = compare(life, journal, acknowledged)
    life.acknowledged.append((len(life.store.log), recovered))
    disk = Disk({})
    for operation in life.store.log:
        disk.step(operation)
    check(life, disk.image(lambda _row, _operation: False), len(life.store.log), deep=True)


def test_a_journal_that_failed_refuses_every_later_append() -> None:
    """One refused sync, then a healthy store: the same error again, nothing written."""
    store = RecordingStore()
    journal = Journal.create(store, "S", store_id=STORE_ID, created_us=1, segment_bytes=8192)
    store.fault = Fault(store.attempts + 1, "EIO")
    with pytest.raises(JournalFailed, match="sync"):
        journal.append([b"a"], 1, 1, 1, 1)
    written = len(store.log)
    for _ in range(3):
        with pytest.raises(JournalFailed):
            journal.append([b"a"], 1, 1, 1, 1)
        with pytest.raises(JournalFailed):
            journal.idle()
    assert len(store.log) == written
    assert journal.durable_sequence == 0


KILLED_WRITER = """
import sys
from slotline.engine.journal import Journal
from slotline.engine.store import FileStore

journal = Journal.open(FileStore(sys.argv[1]), time_us=1, segment_bytes=8192)
journal.start_background()
while True:
    sequence = journal.durable_sequence + 1
    journal.append([sequence.to_bytes(8, "little") * 40], sequence, sequence, 1, 1)
    journal.trim(sequence - 20)
    sys.stdout.write(f"{sequence}\\n")
    sys.stdout.flush()
"""


def test_a_killed_process_loses_no_acknowledged_group(tmp_path: Path) -> None:
    """SIGKILL in the middle of writing, with both background threads, eight times over."""
    path = tmp_path / "data"
    Journal.create(
        FileStore(path), "SIM", store_id=STORE_ID, created_us=1, segment_bytes=SEGMENT_BYTES
    ).close()
    extra = 0
    for kill in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED_WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(30 + 17 * kill):
            writer.stdout.readline()
        writer.kill()
        lines = [line for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
        acknowledged = int(lines[-1]) if lines else 0
        journal = Journal.open(FileStore(path), time_us=1, segment_bytes=SEGMENT_BYTES)
        sequences = [frame.first_sequence for frame in journal.read_from(1)]
        assert sequences == list(range(1, journal.durable_sequence + 1))
        assert journal.durable_sequence >= acknowledged
        extra += journal.durable_sequence > acknowledged > 0
        journal.close()
    print(f"kills: 8, recovered sequences: {sequences[-1]}, with an unacknowledged tail: {extra}")


# ---- every bit -------------------------------------------------------------------------------


def reference_store(detect: Detect = "lag") -> Life:
    """Make a small closed store with archive, live segments, a reused one and a spare."""
    life = Life(RecordingStore(), detect)
    live(life, 11, groups=18)
    life.store.is_locked = False
    open_again(life, life.store).close()
    return life


def detects(life: Life, image: dict[str, bytes]) -> bool:
    """Tell whether opening, reading all and verifying the archive finds damage."""
    store = RecordingStore.from_image(image)
    try:
        journal = open_again(life, store)
        last = 0
        for frame in journal.read_from(1):
            if frame.payload != life.payloads[frame.first_sequence]:
                raise Violation(f"wrong data at {frame.first_sequence}")
            last = frame.last_sequence
        for entry in journal.archive.entries:
            journal.archive.verify(entry)
    except (JournalCorrupt, StoreMismatch):
        return True
    if last != max(last for _, last in life.acknowledged):
        raise Violation(f"a silent prefix: {last}")
    return False


def flip(image: dict[str, bytes], name: str, bit: int) -> dict[str, bytes]:
    """Return an image with one bit flipped."""
    content = bytearray(image[name])
    content[bit >> 3] ^= 1 << (bit & 7)
    return {**image, name: bytes(content)}


def harmless_bytes(life: Life, image: dict[str, bytes], name: str) -> list[range]:
    """Say where a flip may go unnoticed, because nothing is told by those bytes.

    Spares, the lock, one of the two slots of the head (the other one stands in), the gaps
    between the slots, and the unused rest of a segment. Everything else must be detected.
    """
    size = len(image[name])
    if name == "head" or name == "lock" or "spare" in name:
        return [range(size)]
    if name.endswith(".segment"):
        store = RecordingStore.from_image(image)
        journal = open_again(life, store)
        used = next(s.used_bytes for s in journal.live_segments() if s.name == name)
        is_last = journal.live_segments()[-1].name == name
        # Opening has added an epoch frame of 128 bytes to the last segment.
        return [range(used - (frame_bytes(0) if is_last else 0), size)]
    return []


def test_every_single_bit_is_detected_or_tells_nothing() -> None:
    """One random bit of each byte of a reference store; long runs of zeros are sampled."""
    life = reference_store()
    image = life.store.image()
    rng = random.Random(1)
    detected = harmless = 0
    for name, content in image.items():
        ignorable = harmless_bytes(life, image, name)
        for byte in range(len(content)):
            is_harmless = any(byte in part for part in ignorable)
            # The zeros of a header page are under one CRC32C, and nothing reads the harmless.
            is_dull = is_harmless or ("/" in name and 128 <= byte < 4092)
            if is_dull and byte % 37:
                continue
            found = detects(life, flip(image, name, byte * 8 + rng.randrange(8)))
            if not found:
                assert is_harmless, f"{name} byte {byte}: flip not detected"
                harmless += 1
            else:
                detected += 1
    print(f"bit flips detected: {detected}, in bytes that tell nothing: {harmless}")
    assert detected > 5_000


def damaged_last_group(life: Life, how: str) -> dict[str, bytes]:
    """Return the image of a live store whose last acknowledged group is hurt."""
    image = life.store.image()
    name = max(n for n in image if n.endswith(".segment") and "spare" not in n)
    content = bytearray(image[name])
    end = max(row for row, byte in enumerate(content) if byte) + 1
    start = content.rfind(b"SLFR", 0, end)
    if how == "lost":
        content[start:] = bytes(len(content) - start)
    else:
        content[start + 130] ^= 1
    return {**image, name: bytes(content)}


@pytest.mark.parametrize("how", ["lost", "flipped"])
def test_damage_to_the_last_acknowledged_group_is_refused(how: str) -> None:
    """A lying disk or rot at the very end: only the head can tell, and does."""
    life = Life(RecordingStore(), "full")
    journal = Journal.create(
        life.store, "S", store_id=STORE_ID, created_us=1, segment_bytes=8192, detect="full"
    )
    for number in range(1, 6):
        journal.append([b"p" * 100], number, number, 1, 1)
    with pytest.raises(JournalCorrupt, match=r"head says segment 1 offset \d+ sequence 5"):
        open_again(life, RecordingStore.from_image(damaged_last_group(life, how)))


# ---- planted bugs ----------------------------------------------------------------------------


def forge(life: Life) -> dict[str, bytes]:
    """Return an image in which one old group was replaced by another with good checksums."""
    other = Life(RecordingStore())
    rng = random.Random(99)
    journal = Journal.create(
        other.store, "SIM", store_id=STORE_ID, created_us=5, segment_bytes=SEGMENT_BYTES
    )
    payload = rng.randbytes(len(life.payloads[1]))
    journal.append([payload], *life.groups[0], life.groups[0][1], 1001)
    image = life.store.image()
    name = "journal/000000000001.segment"
    forged = other.store.image()[name]
    size = 4096 + 128 + frame_bytes(len(payload))
    return {**image, name: forged[:size] + image[name][size:]}


def hunt(bug: str) -> None:
    """Run the part of the harness that must notice the planted bug."""
    failpoints.plant(bug)
    if bug == "head_not_checked":
        life = Life(RecordingStore(), "full")
        journal = Journal.create(
            life.store, "S", store_id=STORE_ID, created_us=1, segment_bytes=8192, detect="full"
        )
        for number in range(1, 6):
            life.payloads[number] = b"p" * 100
            journal.append([b"p" * 100], number, number, 1, 1)
            life.acknowledged.append((len(life.store.log), number))
        detects(life, damaged_last_group(life, "lost"))
        return
    if bug == "chain_not_verified":
        life = Life(RecordingStore())
        rng = random.Random(5)
        journal = Journal.create(
            life.store, "SIM", store_id=STORE_ID, created_us=5, segment_bytes=SEGMENT_BYTES
        )
        life.payloads[1] = b"q" * 300
        life.groups.append((1, 1))
        journal.append([b"q" * 300], 1, 1, 1, 1)
        for _ in range(3):
            life.submit(journal, rng)
        detects(life, forge(life))
        return
    for seed in range(3):
        life = Life(RecordingStore())
        live(life, seed, groups=36)
        crash_everywhere(life, seed)


@pytest.mark.parametrize("bug", sorted(failpoints.PLANTED_JOURNAL))
def test_each_planted_bug_is_caught(bug: str) -> None:
    """The harness is worth nothing unless it complains about a journal known to be broken."""
    with pytest.raises(Violation) as caught:
        hunt(bug)
    print(f"planted bug {bug}: {caught.value}")


@pytest.mark.parametrize("bug", ["head_not_checked", "chain_not_verified"])
def test_the_same_hunt_finds_nothing_in_sound_code(bug: str) -> None:
    """Without the switch the damage is detected, so the violation above came from the bug."""
    planted = failpoints.plant
    try:
        failpoints.plant = lambda *_names: None
        hunt(bug)
        assert not failpoints.planted
    finally:
        failpoints.plant = planted


def test_a_sequence_that_is_not_durable_cannot_be_found() -> None:
    """The empty journal holds no sequence at all."""
    journal = Journal.create(
        RecordingStore(), "S", store_id=STORE_ID, created_us=1, segment_bytes=8192
    )
    with pytest.raises(InvalidRequest, match="expected 1 to 0"):
        journal.find(1)
